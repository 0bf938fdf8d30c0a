"""Prints messages in the right stream and colour, and returns exit codes: 0 done, 1 differs or refused, 2 faults."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.cli.output import document, draw, echo, is_colored, is_drawn, is_terminal
from erd2dbt.escape import shell
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Fix, Severity, as_json, as_text
from erd2dbt.system.progress import report_to, show_counts
from erd2dbt.system.reading import read_stdin, read_whole
from erd2dbt.system.recursion import room_for_nesting

if TYPE_CHECKING:
    from erd2dbt.cli.status import StatusLine
    from erd2dbt.explain.tree import Branch
    from erd2dbt.pipelines.summary import Grid, Paint

DIFFERS, FAULTS = 1, 2
STDIN = Path("-")
INTERRUPTED = 130
_MOST_ALIKE = 20  # warnings of one code that are shown in full
LABEL = 9  # columns of a summary line before its text


class Console:
    """Standard output for results, standard error for progress and faults."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False, json: bool = False, spoken: bool = False) -> None:
        """`spoken`: standard output is for the text of a file, so the summary goes to standard error."""
        self.quiet, self.verbose, self.json, self.spoken = quiet, verbose, json, spoken
        self.started = time.monotonic()
        self.sources: dict[str, str] = {}
        self.hints: Mapping[str, str] = {}
        self.draft_of = ""  # what the spec was drafted from, when it is in no file
        self.called: dict[str, str] = {}  # folders that stand for others, and these
        self.status = _status_line() if is_drawn(sys.stderr) and not (quiet or json) else None
        if not quiet:
            report_to(self.progress)
            show_counts(self.status)

    @property
    def paint(self) -> Paint:
        from erd2dbt.pipelines.summary import Paint

        return Paint(self._is_colored, _colored_sql)

    @property
    def _is_colored(self) -> bool:
        return is_colored(sys.stderr if self.spoken else sys.stdout)

    def say(self, line: str | None) -> None:
        """Print a line of the summary. Its first column, the action, is coloured on a terminal."""
        if line is None or self.quiet or self.json:
            return
        self._said()
        if type(line) is not str and not self.spoken and is_drawn(sys.stdout):
            from erd2dbt.pipelines.summary import Grid

            if isinstance(line, Grid):
                self.show(line)
                return
        line = self._called(line)
        done, said = line[:LABEL], line[LABEL:]
        is_summary = self._is_colored and done.strip().isalpha() and done.endswith(" ")
        echo(self.paint.good(done) + said if is_summary else line, err=self.spoken)

    def show(self, shown: Grid | Sequence[Branch]) -> None:
        """Print a table or a tree on a terminal, with colours and lines if it supports them."""
        from erd2dbt.cli.drawing import table, tree
        from erd2dbt.pipelines.summary import Grid

        draw(table(shown) if isinstance(shown, Grid) else tree(shown))

    def show_grid(self, grid: Grid, text: Callable[[Grid], str]) -> None:
        """Print a table, drawn on a terminal, otherwise as plain text."""
        self._said()
        if is_drawn(sys.stdout):
            self.show(grid)
        else:
            echo(text(grid))

    def show_tree(self, branches: Callable[[], Iterable[Branch]], text: Callable[[], str]) -> None:
        """Print a tree, drawn on a terminal, otherwise as plain text."""
        self._said()
        if is_drawn(sys.stdout):
            self.show([*branches()])
        else:
            echo(text())

    def progress(self, line: str) -> None:
        """Show a slow phase: a line with -v, otherwise only on a terminal, and only while it lasts."""
        if self.quiet or self.json:
            return
        if self.verbose or (self.status is None and is_terminal(sys.stderr)):
            echo(f"         {self._called(line)}", err=True)
        elif self.status is not None:
            self.status.phase(self._called(line))

    def _said(self) -> None:
        if self.status is not None:
            self.status.said()

    def close(self) -> None:
        """End all progress lines."""
        if self.status is not None:
            self.status.stop()

    def call(self, folder: Path, other: Path) -> None:
        """Show one folder under the name of another one, which it replaces."""
        self.called[str(folder)] = str(other)

    def _called(self, text: str) -> str:
        for folder, other in self.called.items():
            text = text.replace(folder, other)
        return text

    def report(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Print faults in full. As JSON, they are the output."""
        self._said()
        diagnostics = [self._with_hint(one) for one in self._with_tried_fixes(diagnostics)]
        if self.json:
            document(self._called(as_json(diagnostics)), nl=True)
        elif diagnostics:
            shown, more = _first_of_each(diagnostics)
            echo(self._called(as_text(shown, self.sources, color=is_colored(sys.stderr))), err=True)
            for code, count in more.items():
                echo(f"{count:,} more of {code}; `--format json` has all of them\n", err=True)

    def _with_tried_fixes(self, diagnostics: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
        """Return the diagnostics without repairs that make their spec invalid."""
        if not any(isinstance(fix, Fix) for one in diagnostics for fix in one.fixes):
            return diagnostics
        from erd2dbt.pipelines.autofix import without_failing_fixes

        files = {one.span.file for one in diagnostics if one.span is not None}
        texts = {file: self.sources[file] for file in files & self.sources.keys()}
        for file, text in texts.items():
            own = {one: one for one in diagnostics if one.span is not None and one.span.file == file}
            own |= dict(zip(own, without_failing_fixes(text.encode(), file, list(own)), strict=True))
            diagnostics = [own.get(one, one) for one in diagnostics]
        return diagnostics

    def drafted(self, spec: str, text: str, source: str, hints: Mapping[str, str]) -> None:
        """Use the text of a draft for excerpts in faults, because it is not in a file. `hints`: code -> the first
        fix."""
        self.sources[spec], self.draft_of, self.hints = text, source, hints

    def _with_hint(self, one: Diagnostic) -> Diagnostic:
        return replace(one, fixes=(self.hints[one.code], *one.fixes)) if one.code in self.hints else one

    def finish(self, remarks: Sequence[Diagnostic]) -> None:
        """End a successful run: print its duration, or the result as JSON."""
        if self.json:
            self.report(remarks)
        self.say(f"done     in {time.monotonic() - self.started:.1f} s")


def _first_of_each(diagnostics: Sequence[Diagnostic]) -> tuple[list[Diagnostic], Mapping[str, int]]:
    """Return all errors, the first warning or note of each code, and the number of others of each code."""
    seen: Counter[str] = Counter()
    shown = []
    for one in diagnostics:
        seen[one.code] += 1
        if one.severity is Severity.ERROR or seen[one.code] <= _MOST_ALIKE:
            shown.append(one)
    told = Counter(one.code for one in shown)
    return shown, {code: count - told[code] for code, count in seen.items() if count > told[code]}


def _status_line() -> StatusLine:
    from erd2dbt.cli.status import StatusLine

    return StatusLine()


def _colored_sql(text: str) -> str:
    from erd2dbt.cli.drawing import sql_text

    return sql_text(text)


@contextlib.contextmanager
def faults_reported(console: Console) -> Iterator[None]:
    """Turn faults into text and exit code 2. Nothing that a user can cause becomes a traceback."""
    try:
        with room_for_nesting():
            yield
    except ErdError as error:
        console.report(error.diagnostics)
        found = sum(d.severity is Severity.ERROR for d in error.diagnostics)
        if not console.json:
            echo(f"\n{found} {'fault' if found == 1 else 'faults'}", err=True)
            if console.draft_of:
                again = f"`erd2dbt import {shell.word(console.draft_of)} -o spec.yml`"
                drafted = f"the lines above are those of the spec that is drafted from `{console.draft_of}`"
                echo(f"{drafted}; {again} writes it", err=True)
        sys.exit(FAULTS)
    except KeyboardInterrupt:
        echo("\ninterrupted", err=True)
        sys.exit(INTERRUPTED)
    finally:
        console.close()


def read_bytes(console: Console, spec: Path) -> bytes:
    """Return the bytes of the spec, or of standard input for `-`, and keep them for excerpts in faults.

    Raises E015 when it cannot be read.
    """
    try:
        data = read_stdin() if spec == STDIN else read_whole(spec)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ErdError([Diagnostic(code="E015", message=f"cannot read {_called(spec)}: {reason}")]) from None
    console.sources[str(spec)] = data.decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff")
    return data


def _called(spec: Path) -> str:
    return "standard input" if spec == STDIN else f"`{spec}`"
