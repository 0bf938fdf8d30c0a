"""A verdict as plain data for machines; the shape is part of the tool's promise."""

from __future__ import annotations

from typing import Any

from erd2dbt.gate.verdict import Verdict
from erd2dbt.write.comparison import Difference
from erd2dbt.write.merging.values import Conflict


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """`{up_to_date, interrupted, spec, output, tools, select, command, notes, renamed, files}`.

    What may have been renamed is `{of, old, new, why, followed}`.
    A file is `{path, renamed_from, fate, due, causes, reason, model, line, column, diff, conflicts}`."""
    before, now = verdict.comparison.tools
    return {
        "up_to_date": verdict.is_up_to_date,
        "interrupted": verdict.interrupted,
        "spec": verdict.spec,
        "output": verdict.out,
        "tools": {"generated": before, "compared": now},
        "select": list(verdict.selected),
        "command": verdict.fix_command,
        "notes": list(verdict.notes),
        "broken": list(verdict.broken),
        "renamed": [
            {
                "of": one.of or None,
                "old": one.old,
                "new": one.new,
                "why": one.why,
                "followed": verdict.comparison.is_followed,
            }
            for one in verdict.comparison.likes
        ],
        "files": [_file(verdict, one) for one in verdict.comparison.differences],
    }


def _file(verdict: Verdict, one: Difference) -> dict[str, Any]:
    line, column = verdict.place(one)
    change = one.change
    return {
        "path": change.path,
        "renamed_from": change.origin.path if change.origin else None,
        "fate": str(change.fate),
        "due": one.is_due,
        "causes": [str(cause) for cause in one.causes],
        "reason": str(change.reason),
        "model": verdict.models.get(change.path),
        "line": line,
        "column": column,
        "diff": "".join(f"{line}\n" for line in one.diff),
        "conflicts": [_conflict(conflict) for conflict in change.conflicts],
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "line": conflict.line,
        "base": conflict.base,
        "yours": conflict.yours,
        "generated": conflict.generated,
    }
