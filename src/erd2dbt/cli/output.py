"""The only place that writes to standard output and standard error.

Text for people is escaped for terminals and for workflow logs, and contains no secret. Text for machines is unchanged,
except that known secrets are removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, Protocol

import click

from erd2dbt.escape.github_actions import Command
from erd2dbt.escape.terminal import inert, without_commands
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.system.secrets import hidden, scrubbed

# What the tool itself paints with: emphasis and colours that stand out from any background, and nothing that hides.
_COLOUR = re.compile(r"(\x1b\[(?:0|[1-4]|3[1-6])(?:;(?:[1-4]|3[1-6]))*m)")


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text for people. The tool's colours stay if a terminal shows them."""
    stream = sys.stderr if err else sys.stdout
    if stream is None:  # closed by whoever started us
        return
    shown = without_commands(scrubbed(text))
    if "\x1b" in shown and is_colored(stream):
        shown = "".join(part if odd % 2 else inert(part) for odd, part in enumerate(_COLOUR.split(shown)))
    else:
        shown = inert(_COLOUR.sub("", shown))
    _write(_fitting(shown, stream), err=err, nl=nl)


def is_terminal(stream: Any) -> bool:
    """Return whether a stream is a terminal. A stream that the parent process closed is None."""
    return stream is not None and bool(stream.isatty())


def is_drawn(stream: Any) -> bool:
    """Return whether tables and trees are drawn, and lines are overwritten: a terminal with these abilities."""
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def is_colored(stream: Any) -> bool:
    """Return whether to use colours: by the environment (no-color.org, bixense.com/clicolors), otherwise on a
    terminal."""
    environment = os.environ.get
    if environment("NO_COLOR") or stream is None:
        return False
    if any(environment(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return is_drawn(stream) and environment("CLICOLOR") != "0"


def width_of(stream: Any) -> int:
    """Return the columns of the terminal."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):
        columns = 0
    return max(20, columns or shutil.get_terminal_size().columns)


def draw(drawing: Drawing) -> None:
    """Draw a table or a tree on a terminal. `drawing` makes its lines for a width, with or without colours."""
    out = sys.stdout
    color = is_colored(out)
    text = drawing(width=width_of(out), color=color, encoding=out.encoding or "utf-8")
    _write(_fitting(without_commands(scrubbed(text)), out))


class Drawing(Protocol):
    """The result of `drawing.lines_of`: lines with escaped text."""

    def __call__(self, *, width: int, color: bool, encoding: str) -> str: ...


_line = threading.RLock()
_is_read = True
_is_up = False  # whether a line of progress stands on the terminal


def status(drawing: Drawing | None) -> None:
    """Show the progress line on standard error. It is overwritten, and removed before other output."""
    global _is_up  # noqa: PLW0603 - a terminal has but one last line
    with _line:
        if drawing is None:
            _erase()
            return
        err = sys.stderr
        width = width_of(err) - 1
        text = drawing(width=width, color=is_colored(err), encoding=err.encoding or "utf-8").split("\n")[0]
        with contextlib.suppress(OSError, ValueError):
            err.write(f"\r{_fitting(scrubbed(text), err)}\x1b[K")
            err.flush()
            _is_up = True


def _erase() -> None:
    global _is_up  # noqa: PLW0603
    if _is_up:
        _is_up = False
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def document(text: str, *, nl: bool = False) -> None:
    """Print the text of a file to standard output, escaped for a terminal.

    Raises ErdError E803 if the stream is closed, or its encoding lacks a character of the text.
    """
    text = hidden(text)
    if sys.stdout is None:
        raise ErdError([Diagnostic(code="E803", message="cannot write to standard output: it is closed")])
    if sys.stdout.isatty():
        text = inert(text)
    if (lost := _unfit(text, sys.stdout)) is not None:
        encoding = sys.stdout.encoding
        message = f"standard output is in {encoding}, which has no sign for U+{ord(lost):04X}"
        fixes = ("set PYTHONIOENCODING=utf-8", "write to a file: `-o <file>`")
        raise ErdError([Diagnostic(code="E803", message=message, fixes=fixes)])
    _write(text, nl=nl)


def answer(text: str, *, machine: bool) -> None:
    """Print the result, for a machine or for people."""
    if machine:
        document(text, nl=True)
    else:
        echo(text)


def command(line: Command) -> None:
    """Print a line that the runner of a workflow executes as a command."""
    _write(_fitting(scrubbed(line), sys.stdout))


@contextlib.contextmanager
def protocol() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Return standard input and output for a protocol. All other output goes to standard error meanwhile.

    Raises ErdError E803 if one of them is closed.
    """
    if sys.stdin is None or sys.stdout is None:
        raise ErdError([Diagnostic(code="E803", message="cannot serve: standard input or output is closed")])
    out = sys.stdout
    kept = os.dup(out.fileno())
    with open(os.dup(sys.stdin.fileno()), "rb") as reads, open(os.dup(out.fileno()), "wb") as writes:
        os.dup2(sys.stderr.fileno(), out.fileno())
        sys.stdout = sys.stderr
        try:
            yield reads, writes
        finally:
            sys.stdout = out
            os.dup2(kept, out.fileno())
            os.close(kept)


def _write(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write text. If the reader has gone, as in `| head -1`, the rest is discarded; work and exit code do not
    change."""
    global _is_read  # noqa: PLW0603
    with _line:
        _erase()
        try:
            click.echo(text, err=err, nl=nl, color=True)
        except BrokenPipeError:
            give_up(sys.stderr if err else sys.stdout)
            _is_read = False


def is_read() -> bool:
    """Return whether all output was read."""
    return _is_read


def give_up(stream: IO[Any] | None) -> None:
    """Discard the rest of the output, because nobody reads it."""
    if stream is not None:
        with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def _unfit(text: str, stream: IO[Any]) -> str | None:
    """Return the first character that the stream cannot encode."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8", getattr(stream, "errors", None) or "strict")
    except UnicodeEncodeError as error:
        return text[error.start]
    except LookupError:
        pass
    return None


def _fitting(text: str, stream: IO[Any]) -> str:
    """Return the text with a question mark for each character that the stream cannot encode."""
    if _unfit(text, stream) is None:
        return text
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
