"""A verdict as workflow commands of GitHub Actions, which annotate the lines of the spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from erd2dbt.escape.github_actions import Command, command
from erd2dbt.faults.diagnostics import Diagnostic, Hint, Severity
from erd2dbt.gate.verdict import Verdict
from erd2dbt.pipelines.summary import like_lines

_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def verdict_commands(verdict: Verdict) -> Iterator[Command]:
    """An error for each file that is due, a notice for each edit that stays and each likeness."""
    if verdict.interrupted:
        word = "notice" if verdict.is_up_to_date else "error"
        yield command(word, verdict.spec, (1, 1), "the last run was interrupted", verdict.interrupted)
    for one in verdict.comparison.differences:
        title = f"{one.change.path} is out of date" if one.is_due else f"{one.change.path} was edited"
        said = f"{one.change.fate}{one.change.moved}: {verdict.causes(one)}"
        message = f"{said}; run {verdict.fix_command}" if one.is_due else said
        yield command("error" if one.is_due else "notice", verdict.spec, verdict.place(one), title, message)
    for sentence in verdict.broken:
        yield command("error", verdict.spec, (1, 1), "dbt cannot compile the project", sentence)
    likes = ((one.of, one.old, one.new, one.why) for one in verdict.comparison.likes)
    for line in like_lines(likes, followed=verdict.comparison.is_followed):
        yield command("notice", verdict.spec, (1, 1), "Renamed?", line.removeprefix("renamed? "))


def fault_commands(faults: Iterable[Diagnostic], spec: str) -> Iterator[Command]:
    """Each fault at its place, with its first fix; one without a place at the head of the spec."""
    for one in faults:
        file, place = (one.span.file, (one.span.line, one.span.column)) if one.span else (spec, (1, 1))
        fixes = tuple(f"{'hint' if isinstance(fix, Hint) else 'fix'}: {fix}" for fix in one.fixes[:1])
        yield command(_WORDS[one.severity], file, place, one.code, "\n".join((one.message, *one.notes, *fixes)))
