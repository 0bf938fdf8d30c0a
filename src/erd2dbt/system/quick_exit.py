"""Ends a process without freeing its objects one by one, which takes 6 % of the time of a large project."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable

_allowed = False


def allow() -> None:
    """Say that nothing relies on being freed: no database is open, no library has files of its own."""
    global _allowed  # noqa: PLW0603 -- a process ends once
    _allowed = True


def run_program(main: Callable[[], object]) -> None:
    """Run the whole program. If it allows it, the process ends after its threads and all functions of `atexit`.

    A tracer that is there before, such as one that measures coverage, has results to write: the end is the usual one.
    """
    codes: list[int] = []
    if sys.gettrace() is None:
        atexit.register(_leave, codes)  # the first one that is registered is called last
    try:
        main()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            codes.append(end.code or 0)
        raise


def _leave(codes: list[int]) -> None:
    """Leave with the code, if there is one. The usual end reports an output that cannot be written."""
    if not (codes and _allowed):
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        return
    os._exit(codes[0])
