"""How the faults of writing are worded: the user's own path, and the reason of the operating system."""

from __future__ import annotations

import os

from erd2dbt.faults.diagnostics import Diagnostic


def shown(path: str) -> str:
    """A path fit for a message: what cannot be printed is replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in path)


def os_fault(what: str, error: OSError, *notes: str) -> Diagnostic:
    """E803: `what` was attempted in vain; the sentence ends with the system's reason."""
    reason = (error.strerror or str(error)).lower()
    return Diagnostic(code="E803", message=f"cannot {what}: {reason}", notes=notes)


def write_fault(path: str, code: int, *notes: str) -> Diagnostic:
    """E803: the path cannot be written for the reason that has this number in `errno`."""
    return os_fault(f"write `{shown(path)}`", OSError(code, os.strerror(code)), *notes)
