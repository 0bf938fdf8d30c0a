"""Detects from the cache that a command has nothing to do, before heavy modules are imported."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from erd2dbt.cache.up_to_date import RunInputs, UpToDate, known_up_to_date, remember_up_to_date
from erd2dbt.system.reading import read_regular

if TYPE_CHECKING:
    from erd2dbt.cli.console import Console
    from erd2dbt.pipelines.product_cache import Product
    from erd2dbt.write.changes import Change

# What a command says, and how it does it. Every other option is taken to decide what is generated.
_MANNERS = frozenset(
    "spec new quiet verbose form check branch no_compile offline stat fail_on force conflict renames data load "
    "stepwise show".split()
)
_META = "erd2dbt."  # options that commands do not take as parameters
_CLEAN = frozenset({"create", "update", "same", "remove"})
_PROJECT = "dbt_project.yml"


class Watch:
    """The state of a project from the beginning of a command to its end."""

    def __init__(self, spec: Path, templates: Path | None) -> None:
        self.begun = time.time_ns()
        self._asked = _asked(spec, templates)

    def is_unchanged(self, console: Console, command: Literal["generate", "diff"]) -> bool:
        """Return whether the command would change nothing. If so, its output is printed."""
        found = None if self._asked is None else known_up_to_date(self._asked)
        if found is None:
            return False
        if command == "generate":
            from erd2dbt.cli.branching import remove_left_around

            remove_left_around(Path(found.out), console.say)
        for line in found.generate if command == "generate" else found.diff:
            console.say(line)
        if command == "generate":
            console.finish(())
        return True

    def keep(self, data: bytes, made: Product, out: Path, changes: Iterable[Change], staged: int | None) -> None:
        """Store the state of the project for the next command, if all files are as generated from the spec `data`.

        `staged`: the time after the files were written, None if no file was.
        """
        asked = self._asked
        if asked is None or asked.data != data or _PROJECT not in made.files:
            return
        if any(change.fate not in _CLEAN or change.origin is not None for change in changes):
            return
        from erd2dbt.write.paths import BASE, LOCK, RUNNING

        own = {path: text.encode() for path, text in made.files.items()}
        when = self.begun if staged is None else staged
        found = _unchanged_lines(made, asked.spec, out)
        remember_up_to_date(asked, found, own, (LOCK, BASE, RUNNING), begun=self.begun, staged=when)


def _asked(spec: Path, templates: Path | None) -> RunInputs | None:
    """Return the inputs; None if the spec is not a file, or if a profile is named, whose changes are not visible
    here."""
    context = click.get_current_context()
    if context.params.get("target") or context.params.get("profiles_dir"):
        return None
    options = {name: value for name, value in context.params.items() if name not in _MANNERS}
    options |= {name: value for name, value in context.meta.items() if name.startswith(_META)}
    options = {name: value for name, value in options.items() if value not in (None, False, ())}
    try:
        return RunInputs(spec=spec, data=read_regular(spec), templates=templates, options=options)
    except OSError:
        return None


def _unchanged_lines(made: Product, spec: Path, out: Path) -> UpToDate:
    """Return the output of a `generate` that writes nothing, or of a `diff` without differences."""
    from erd2dbt.gate.as_text import verdict_lines
    from erd2dbt.gate.verdict import Verdict
    from erd2dbt.pipelines import summary
    from erd2dbt.write.comparison import NO_DIFFERENCE

    verdict = Verdict(
        comparison=NO_DIFFERENCE, spec=str(spec), out=str(out), notes=made.notes, models=made.models, places=made.places
    )
    lines = (*made.said, summary.files_line({"same": len(made.files)}, str(out), made.engine), *made.notes)
    return UpToDate(out=str(out), generate=lines, diff=tuple(verdict_lines(verdict, summary.Paint(False))))
