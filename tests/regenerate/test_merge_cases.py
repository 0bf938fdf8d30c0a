"""Real generated files, edited by a person and generated anew: what the merge makes of them, text by text.

A case has `base`, `theirs`, `ours` and `merged`; one with conflicts also `conflicts.txt`, as they are told, and the
texts that `--conflict=theirs` and `=ours` give. `ERD2DBT_UPDATE_GOLDEN=1` rewrites what is expected.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from erd2dbt.faults.diagnostics import as_text
from erd2dbt.write.decisions import Change, Fate, Reason
from erd2dbt.write.merging.merge import Merged, merge
from erd2dbt.write.refusals import refusals

FOLDER = Path(__file__).parent / "merge"
CASES = sorted(case for case in FOLDER.iterdir() if case.is_dir())


def texts_of(name: str, merged: Merged, *, yours: Merged, generated: Merged) -> dict[str, str]:
    """What stands in the folder of a case, by the names of its files."""
    if not merged.conflicts:
        return {f"merged{name}": merged.text}
    change = Change(f"theirs{name}", Fate.CONFLICT, Reason.EDITED, conflicts=merged.conflicts)
    return {
        f"merged{name}": merged.text,
        f"merged_theirs{name}": yours.text,
        f"merged_ours{name}": generated.text,
        "conflicts.txt": as_text(refusals([change]), {}) + "\n",
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_merged(case: Path) -> None:
    (suffix,) = {file.suffix for file in case.glob("base.*")}
    base, theirs, ours = ((case / f"{name}{suffix}").read_bytes().decode() for name in ("base", "theirs", "ours"))
    merged, yours, generated = (
        merge(f"a{suffix}", base, theirs, ours, prefer=prefer) for prefer in (None, "yours", "generated")
    )
    found = texts_of(suffix, merged, yours=yours, generated=generated)
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        for file, text in found.items():
            (case / file).write_bytes(text.encode())
    given = {f"{name}{suffix}" for name in ("base", "theirs", "ours")}
    expected = {file.name: file.read_bytes().decode() for file in case.iterdir() if file.name not in given}
    assert found == expected
    assert merge(f"a{suffix}", ours, yours.text, ours).text == yours.text


def test_there_are_many_cases_of_either_kind() -> None:
    with_conflicts = [case for case in CASES if (case / "conflicts.txt").exists()]
    assert len(CASES) >= 25
    assert len(with_conflicts) >= 4
