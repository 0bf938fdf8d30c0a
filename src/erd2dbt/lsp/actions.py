"""Repairs of faults as edits of the text: those of `check --fix`, and those that the messages tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from erd2dbt.escape.terminal import line
from erd2dbt.faults.diagnostics import Diagnostic, Fix, Hint
from erd2dbt.pipelines.autofix import autofix, with_fix, without_failing_fixes
from erd2dbt.read.spec.splicing import spliced

_LONGEST = 120  # characters of a title


@dataclass(frozen=True, slots=True)
class Repair:
    """The text with a fault repaired. `is_safe`: it leaves no choice, and `check --fix` makes it too."""

    fault: Diagnostic
    title: str
    after: str
    is_safe: bool


def trials(fault: Diagnostic) -> Iterator[Diagnostic]:
    """The fault with each of its repairs alone: what one `repair` tries."""
    if fault.edit is not None:
        yield replace(fault, fixes=fault.fixes[:1])
    pasting = (fix for fix in fault.fixes if isinstance(fix, Fix) and fix.pastes and not isinstance(fix, Hint))
    yield from (replace(fault, fixes=(fix,), edit=None) for fix in pasting)


def repair(text: str, file: str, trial: Diagnostic) -> Repair | None:
    """The repair of a fault that has but one; None where the spec does not accept it."""
    data = text.encode("utf-8", "surrogatepass")
    if trial.edit is not None:
        after = with_fix(data, file, trial)
        title = _title(trial, next(iter(trial.fixes), "repair it"))
        return Repair(trial, title, after.decode(), is_safe=True) if after is not None else None
    for fix in without_failing_fixes(data, file, [trial])[0].fixes:
        if isinstance(fix, Fix) and (found := spliced(text, fix, trial.span)) is not None:
            return Repair(trial, _title(trial, fix), found, is_safe=False)
    return None


def all_safe(text: str, file: str) -> str:
    """The text after every repair that leaves no choice."""
    return autofix(text.encode("utf-8", "surrogatepass"), file).data.decode()


def _title(fault: Diagnostic, told: str) -> str:
    said = line(told.split("\n", maxsplit=1)[0]).rstrip(":")
    return f"{fault.code}: {said if len(said) <= _LONGEST else f'{said[:_LONGEST]} …'}"
