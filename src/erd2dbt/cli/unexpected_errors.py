"""Handles unexpected errors: a full disk, a closed output, a bug of the tool."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from erd2dbt.cli.console import FAULTS
from erd2dbt.cli.output import echo, give_up
from erd2dbt.escape.terminal import inert
from erd2dbt.faults.diagnostics import ErdError, as_text
from erd2dbt.system.secrets import scrubbed

BUG = 70  # EX_SOFTWARE of sysexits.h
UNREAD = 141  # as a process that SIGPIPE ends


@contextlib.contextmanager
def crashes_reported() -> Iterator[None]:
    """Turn an uncaught exception into a short message and exit code 70. The traceback goes into a file."""
    try:
        yield
    except (click.exceptions.Exit, click.Abort):  # `--help` ends so, and a question that nobody answers
        raise
    except click.ClickException as error:
        vars(error)["message"] = inert(scrubbed(error.message))  # click prints it, with words of the command line
        raise
    except ErdError as error:  # such as an output that is closed, where no file is read
        _report(as_text(error.diagnostics, {}).rstrip(), FAULTS)
    except BrokenPipeError:
        give_up(sys.stdout)
        sys.exit(UNREAD)
    except OSError as error:
        _report(f"error: {(error.strerror or str(error)).lower()}{_named(error)}", FAULTS)
    except Exception as error:
        if _is_out_of_memory(error):
            _report("error: the input needs more memory than there is", FAULTS)
        _report(f"error: {accident_text(error)}", BUG)


def accident_text(error: Exception) -> str:
    """Return the message for a bug of the tool, with the path of the file that has the traceback."""
    file = _keep(error)
    return (
        f"this is a bug in erd2dbt, not in your input: {type(error).__name__}{_place(error)}\n"
        f"  = note: {f'details are in {file}' if file else 'no file with details could be written'}.\n"
        "  = fix: report it with that file. Add the input if you may share it"
    )


def _report(text: str, code: int) -> None:
    try:
        echo(text, err=True)
    except OSError:
        give_up(sys.stderr)
    sys.exit(code)


def _is_out_of_memory(error: Exception) -> bool:
    """Tell whether memory ran out. A library that cannot be loaded for that reason raises an ImportError (glibc)."""
    return isinstance(error, MemoryError) or (
        isinstance(error, ImportError) and "failed to map segment from shared object" in str(error)
    )


def _named(error: OSError) -> str:
    return f": `{error.filename}`" if error.filename else ""


def _place(error: Exception) -> str:
    """Return the module of the tool in which the exception occurred."""
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "erd2dbt" in frame.filename]
    return f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""


def _keep(error: Exception) -> str | None:
    """Write the traceback to a new file; return its path."""
    import tempfile
    import traceback

    lines = traceback.format_exception(error, limit=-200)
    text = scrubbed("".join(lines))
    try:
        number, path = tempfile.mkstemp(prefix="erd2dbt-", suffix=".log")
        with open(number, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return None
    return path
