"""What becomes of each file: as it was generated, as a person left it, and as it is generated now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from folders import generate, stamps, tree, write

from erd2dbt.diagnostics import ErdError
from erd2dbt.write.changes import Fate, apply, counts, decide, refusals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

A, B, C = "models/marts/a.sql", "models/marts/b.sql", "models/staging/c.sql"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`left` is what a person did after `before` was generated (None: deleted); `after` is all there is."""

    name: str
    before: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, str]
    force: bool = False
    fates: Mapping[str, str]
    after: Mapping[str, str]


SCENARIOS = [
    Scenario(
        name="an empty folder",
        files={A: "a\n", C: "ü\n"},
        fates={A: "create", C: "create"},
        after={A: "a\n", C: "ü\n"},
    ),
    Scenario(
        name="nothing changed",
        before={A: "a\n", B: "b\n"},
        files={A: "a\n", B: "b\n"},
        fates={A: "same", B: "same"},
        after={A: "a\n", B: "b\n"},
    ),
    Scenario(
        name="two changed, one new, two gone with their folder",
        before={A: "a\n", B: "b\n", C: "c\n", "models/staging/d.sql": "d\n"},
        files={A: "a2\n", B: "b2\n", "seeds/e.csv": "e\n"},
        fates={
            A: "update",
            B: "update",
            C: "remove",
            "models/staging/d.sql": "remove",
            "seeds/e.csv": "create",
        },
        after={A: "a2\n", B: "b2\n", "seeds/e.csv": "e\n"},
    ),
    Scenario(
        name="deleted by a person, the last of its folder too",
        before={A: "a\n", C: "c\n"},
        left={A: None, C: None},
        files={A: "a\n", C: "c2\n"},
        fates={A: "create", C: "create"},
        after={A: "a\n", C: "c2\n"},
    ),
    Scenario(
        name="edited, and generated as before",
        before={A: "a\n", B: "b\n"},
        left={A: "mine\n", B: "mine\n"},
        files={A: "a\n", B: "b\n", C: "c\n"},
        fates={A: "conflict", B: "conflict", C: "create"},
        after={A: "mine\n", B: "mine\n"},
    ),
    Scenario(
        name="edited, and forced",
        before={A: "a\n", B: "b\n"},
        left={A: "mine\n", C: "mine\n"},
        files={A: "a2\n", B: "b\n", C: "c\n"},
        force=True,
        fates={A: "update", B: "same", C: "update"},
        after={A: "a2\n", B: "b\n", C: "c\n"},
    ),
    Scenario(
        name="edited to what is generated now",
        before={A: "a\n", B: "b\n"},
        left={A: "a2\n", B: "b2\n"},
        files={A: "a2\n", B: "b2\n"},
        fates={A: "same", B: "same"},
        after={A: "a2\n", B: "b2\n"},
    ),
    Scenario(
        name="files of someone else, in the way and beside",
        left={A: "mine\n", B: "mine\n", "README.md": "mine\n"},
        files={A: "a\n", B: "b\n", C: "c\n"},
        fates={A: "conflict", B: "conflict", C: "create"},
        after={A: "mine\n", B: "mine\n", "README.md": "mine\n"},
    ),
    Scenario(
        name="no longer generated: edited ones and foreign neighbours stay",
        before={A: "a\n", B: "b\n", C: "c\n"},
        left={A: "mine\n", "models/staging/mine.sql": "mine\n"},
        files={},
        fates={A: "orphan", B: "remove", C: "remove"},
        after={A: "mine\n", "models/staging/mine.sql": "mine\n"},
    ),
    Scenario(
        name="an orphan is not forced away",
        before={A: "a\n", B: "b\n"},
        left={A: "mine\n"},
        files={B: "b\n"},
        force=True,
        fates={A: "orphan", B: "same"},
        after={A: "mine\n", B: "b\n"},
    ),
    Scenario(
        name="only line endings differ",
        before={A: "1\n2\n", B: "1\n2\n", C: "1\n2\n"},
        left={A: "1\r\n2\r\n", B: "1\r\n2\r\n", C: "1\r\n2\r\n"},
        files={A: "1\n2\n", B: "1\n3\n"},
        fates={A: "same", B: "update", C: "remove"},
        after={A: "1\r\n2\r\n", B: "1\n3\n"},
    ),
    Scenario(
        name="emptied, as a power cut may do: nothing can be lost",
        before={A: "a\n", B: "b\n"},
        left={A: "", B: ""},
        files={A: "a\n"},
        fates={A: "update", B: "remove"},
        after={A: "a\n"},
    ),
    Scenario(
        name="deleted and no longer generated",
        before={A: "a\n", C: "c\n"},
        left={C: None},
        files={A: "a\n"},
        fates={A: "same"},
        after={A: "a\n"},
    ),
]


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: case.name)
def test_scenario(case: Scenario, tmp_path: Path) -> None:
    out = tmp_path / "Mein Projekt für dbt"
    if case.before:
        generate(case.before, out)
    write(out, case.left)
    decided = decide(case.files, out, force=case.force)
    assert {change.path: str(change.fate) for change in decided} == case.fates
    if refusals(decided):
        with pytest.raises(ErdError):
            apply(decided, case.files, out)
    else:
        apply(decided, case.files, out)
        again = decide(case.files, out)
        assert {change.fate for change in again} <= {Fate.SAME, Fate.ORPHAN}
        before = stamps(out)
        apply(again, case.files, out)
        assert stamps(out) == before
    assert tree(out) == case.after


def test_a_path_that_changes_in_case_is_one_file_where_case_is_ignored(tmp_path: Path) -> None:
    """A hard link shows one file under two names, as such a disk does."""
    old = {"models/Orders.sql": "1\n", "models/Items.sql": "2\n"}
    new = {"models/orders.sql": "1\n", "models/items.sql": "3\n"}
    generate(old, tmp_path)
    for before, after in zip(old, new, strict=True):
        (tmp_path / after).hardlink_to(tmp_path / before)
    assert generate(new, tmp_path) == {"models/orders.sql": "same", "models/items.sql": "update"}
    assert generate(new, tmp_path) == {"models/orders.sql": "same", "models/items.sql": "same"}


def test_a_path_that_changes_in_case_is_another_file_elsewhere(tmp_path: Path) -> None:
    generate({"Orders.sql": "1\n", "Items.sql": "2\n"}, tmp_path)
    fates = generate({"orders.sql": "1\n", "items.sql": "3\n"}, tmp_path)
    assert fates == {
        "Items.sql": "remove",
        "Orders.sql": "remove",
        "items.sql": "create",
        "orders.sql": "create",
    }
    assert tree(tmp_path) == {"orders.sql": "1\n", "items.sql": "3\n"}


def test_an_orphan_is_told_until_it_has_gone_and_is_removed_when_the_edit_is_undone(tmp_path: Path) -> None:
    generate({A: "a\n", B: "b\n", C: "c\n"}, tmp_path)
    write(tmp_path, {A: "mine\n", B: "mine\n"})
    for _ in range(2):
        assert generate({C: "c\n"}, tmp_path) == {A: "orphan", B: "orphan", C: "same"}
    write(tmp_path, {A: "a\n", B: None})
    assert generate({C: "c\n"}, tmp_path) == {A: "remove", C: "same"}
    assert tree(tmp_path) == {C: "c\n"}


def test_refusals_name_the_file_and_say_what_to_do(tmp_path: Path) -> None:
    generate({A: "a\n"}, tmp_path)
    write(tmp_path, {A: "mine\n", B: "mine\n"})
    edited, foreign = refusals(decide({A: "a\n", B: "b\n"}, tmp_path))
    assert (edited.code, edited.message) == ("E801", f"`{A}` was edited since it was generated")
    assert (foreign.code, foreign.message) == ("E802", f"`{B}` was not generated by erd2dbt")
    assert all("`--force`" in fault.fixes[-1] and len(fault.fixes) == 2 for fault in (edited, foreign))


def test_counts_are_in_the_order_of_a_summary(tmp_path: Path) -> None:
    generate({A: "a\n", B: "b\n", C: "c\n"}, tmp_path)
    decided = decide({A: "a\n", B: "b\n", "d": "d\n"}, tmp_path)
    assert list(counts(decided).items()) == [("create", 1), ("same", 2), ("remove", 1)]


def test_files_are_plain_text_that_the_umask_allows(tmp_path: Path) -> None:
    generate({A: "one\r\ntwo\n", B: "ü\n"}, tmp_path)
    assert (tmp_path / A).read_bytes() == b"one\ntwo\n"
    other = tmp_path / "other"
    other.touch()
    assert {(tmp_path / path).stat().st_mode for path in (A, B)} == {other.stat().st_mode}
