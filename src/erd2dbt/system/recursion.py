"""How deep an input may be nested: room on the stack for what is allowed, and a fault where it is deeper."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from erd2dbt.faults.diagnostics import Diagnostic, ErdError

# Calls within each other. A level of an expression takes up to twelve of them; most take nothing of the stack that
# the operating system gives, of which this many calls of the other kind leave three quarters free.
_ROOM = 10_000


@contextmanager
def room_for_nesting() -> Iterator[None]:
    """ErdError E005 instead of a RecursionError."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _ROOM))
    try:
        yield
    except RecursionError:
        message = "the input is nested too deep: too many levels"
        fix = "write it in smaller parts: several columns, models or files"
        raise ErdError([Diagnostic(code="E005", message=message, fixes=(fix,))]) from None
    finally:
        sys.setrecursionlimit(before)
