"""The only place that writes to standard output and standard error.

What people read is made inert for terminals and for the logs of a workflow, and holds no secret; what machines read
goes out as it is, without the secrets that are known."""

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
    """Text for people. Colours of the tool stay where a terminal shows them."""
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
    """A stream that was closed by whoever started us is None."""
    return stream is not None and bool(stream.isatty())


def is_drawn(stream: Any) -> bool:
    """Whether tables and trees are drawn there, and lines are written over: a terminal that can do it."""
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def is_colored(stream: Any) -> bool:
    """As the user's environment says (no-color.org, bixense.com/clicolors); by default on a terminal."""
    environment = os.environ.get
    if environment("NO_COLOR") or stream is None:
        return False
    if any(environment(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return is_drawn(stream) and environment("CLICOLOR") != "0"


def width_of(stream: Any) -> int:
    """Columns of the terminal."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):
        columns = 0
    return max(20, columns or shutil.get_terminal_size().columns)


def draw(drawing: Drawing) -> None:
    """A table or a tree on a terminal: `drawing` makes its lines for a width, with or without colours."""
    out = sys.stdout
    color = is_colored(out)
    text = drawing(width=width_of(out), color=color, encoding=out.encoding or "utf-8")
    _write(_fitting(without_commands(scrubbed(text)), out))


class Drawing(Protocol):
    """What `drawing.lines_of` gives: lines in which all text is inert."""

    def __call__(self, *, width: int, color: bool, encoding: str) -> str: ...


_line = threading.RLock()
_is_read = True
_is_up = False  # whether a line of progress stands on the terminal


def status(drawing: Drawing | None) -> None:
    """The one line of progress on standard error: it is written over, and goes when anything else is written."""
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
    """A file's text on standard output; what a terminal shows of it cannot steer it. ErdError E803 where that
    is closed, or has no sign for a part of the text."""
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
    """What was asked for, for a machine or for people."""
    if machine:
        document(text, nl=True)
    else:
        echo(text)


def command(line: Command) -> None:
    """A line that the runner of a workflow is to take for a command."""
    _write(_fitting(scrubbed(line), sys.stdout))


@contextlib.contextmanager
def protocol() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Standard input and output for a protocol. Whatever else is printed meanwhile, by anybody, goes to standard error.

    ErdError E803 where one of them is closed."""
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
    """Where the reader has gone, as in `| head -1`, the rest is unread; the work goes on, and so does its exit code."""
    global _is_read  # noqa: PLW0603
    with _line:
        _erase()
        try:
            click.echo(text, err=err, nl=nl, color=True)
        except BrokenPipeError:
            give_up(sys.stderr if err else sys.stdout)
            _is_read = False


def is_read() -> bool:
    """Whether all that was said has found a reader."""
    return _is_read


def give_up(stream: IO[Any] | None) -> None:
    """Nobody reads it: what is still to be written to it goes nowhere."""
    if stream is not None:
        with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def _unfit(text: str, stream: IO[Any]) -> str | None:
    """The first character that the stream cannot write."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8", getattr(stream, "errors", None) or "strict")
    except UnicodeEncodeError as error:
        return text[error.start]
    except LookupError:
        pass
    return None


def _fitting(text: str, stream: IO[Any]) -> str:
    """With a question mark for each sign that the stream's encoding does not have."""
    if _unfit(text, stream) is None:
        return text
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
