"""Limits the nesting of input: the stack has room for allowed nesting, and deeper input is a fault."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from erd2dbt.faults.diagnostics import Diagnostic, ErdError

# Nested calls. A level of an expression takes up to twelve of them; most take no space on the C stack of the
# operating system, and this many calls of the other kind leave three quarters of it free.
_ROOM = 10_000
SMALLER = "write it in smaller parts: several columns, models or files"


@contextmanager
def room_for_nesting() -> Iterator[None]:
    """Turn a RecursionError into ErdError E005."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _ROOM))
    try:
        yield
    except RecursionError:
        message = "the input is nested too deep: too many levels"
        raise ErdError([Diagnostic(code="E005", message=message, fixes=(SMALLER,))]) from None
    finally:
        sys.setrecursionlimit(before)
