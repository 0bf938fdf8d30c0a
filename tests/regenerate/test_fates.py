"""What becomes of each file: as it was generated, as a person left it, and as it is generated now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from folders import generate, stamps, tree, write

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.write.changes import Choice, Fate, apply, counts, decide, refusals, undecided
from erd2dbt.write.paths import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOUR = "1\n2\n3\n4\n"
A, B, C = "models/marts/a.sql", "models/marts/b.sql", "models/staging/c.sql"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`left` is what a person did after `before` was generated (None: deleted); `after` is all there is."""

    name: str
    before: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str | None] = field(default_factory=dict)
    files: Mapping[str, str]
    force: bool = False
    conflict: Choice | None = None
    fates: Mapping[str, str]
    after: Mapping[str, str]


def marked(yours: str, before: str, now: str) -> str:
    """Both versions of a line, as they stand in a file."""
    return f"<<<<<<< yours\n{yours}\n||||||| generated before\n{before}\n=======\n{now}\n>>>>>>> generated now\n"


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
        fates={A: "keep", B: "keep", C: "create"},
        after={A: "mine\n", B: "mine\n", C: "c\n"},
    ),
    Scenario(
        name="edited, and generated anew at other lines",
        before={A: FOUR, B: FOUR},
        left={A: FOUR.replace("1", "mine"), B: FOUR.replace("1\n", "1\nmine\n").replace("\n", "\r\n")},
        files={A: FOUR.replace("4", "5"), B: FOUR.replace("3\n", ""), C: "c\n"},
        fates={A: "merge", B: "merge", C: "create"},
        after={A: "mine\n2\n3\n5\n", B: "1\r\nmine\r\n2\r\n4\r\n", C: "c\n"},
    ),
    Scenario(
        name="edited as it is generated anew, and more",
        before={A: FOUR, B: FOUR},
        left={A: "mine\n2\n3\n5\n", B: "mine\n1\n2\n3\n5\n"},
        files={A: "1\n2\n3\n5\n", B: "1\n2\n3\n5\n"},
        fates={A: "keep", B: "keep"},
        after={A: "mine\n2\n3\n5\n", B: "mine\n1\n2\n3\n5\n"},
    ),
    Scenario(
        name="edited, and generated anew at the same lines: nothing is written, nor what could be",
        before={A: FOUR, B: FOUR, C: FOUR},
        left={A: FOUR.replace("1", "mine"), B: FOUR.replace("4", "mine"), C: FOUR.replace("1", "mine")},
        files={A: FOUR.replace("1", "5"), B: FOUR.replace("4", "5"), C: FOUR.replace("4", "5"), "d.sql": "d\n"},
        fates={A: "conflict", B: "conflict", C: "merge", "d.sql": "create"},
        after={A: FOUR.replace("1", "mine"), B: FOUR.replace("4", "mine"), C: FOUR.replace("1", "mine")},
    ),
    Scenario(
        name="conflicts decided for what is generated",
        before={A: FOUR, B: FOUR},
        left={A: "mine\n2\nmine\n4\n", B: "mine\n"},
        files={A: "5\n2\n3\n4\n", B: "5\n"},
        conflict=Choice.OURS,
        fates={A: "merge", B: "merge"},
        after={A: "5\n2\nmine\n4\n", B: "5\n"},
    ),
    Scenario(
        name="conflicts decided for the person",
        before={A: FOUR, B: FOUR},
        left={A: "mine\n2\n3\n4\n", B: "mine\n"},
        files={A: "5\n2\n3\n6\n", B: "5\n"},
        conflict=Choice.THEIRS,
        fates={A: "merge", B: "keep"},
        after={A: "mine\n2\n3\n6\n", B: "mine\n"},
    ),
    Scenario(
        name="conflicts written with markers",
        before={A: FOUR, B: "b\n"},
        left={A: "mine\n2\n3\nmine\n", B: "mine\n"},
        files={A: "5\n2\n3\n6\n", B: "b2\n"},
        conflict=Choice.MARKERS,
        fates={A: "merge", B: "merge"},
        after={
            A: f"{marked('mine', '1', '5')}2\n3\n{marked('mine', '4', '6')}",
            B: marked("mine", "b", "b2"),
        },
    ),
    Scenario(
        name="what is not UTF-8 is in the way",
        before={A: FOUR, B: FOUR},
        left={A: FOUR.replace("1", "\udce4"), B: FOUR.replace("4", "\udcff\udc80")},
        files={A: FOUR.replace("4", "5"), B: FOUR.replace("1", "5")},
        fates={A: "conflict", B: "conflict"},
        after={A: "\udce4\n2\n3\n4\n", B: "1\n2\n3\n\udcff\udc80\n"},
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
        name="files of someone else are not a matter of conflicts",
        left={A: "mine\n", B: "mine\n"},
        files={A: "a\n", B: "b\n"},
        conflict=Choice.OURS,
        fates={A: "conflict", B: "conflict"},
        after={A: "mine\n", B: "mine\n"},
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
    decided = decide(case.files, out, force=case.force, conflict=case.conflict)
    assert {change.path: str(change.fate) for change in decided} == case.fates
    if refusals(decided):
        with pytest.raises(ErdError):
            apply(decided, case.files, out)
    else:
        apply(decided, case.files, out)
        again = decide(case.files, out)
        assert {change.fate for change in again} <= {Fate.SAME, Fate.KEEP, Fate.ORPHAN}
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


def test_refusals_of_files_name_them_and_say_what_to_do(tmp_path: Path) -> None:
    generate({A: "a\n"}, tmp_path)
    write(tmp_path, {A: "mine\n", B: "mine\n", BASE: None})
    edited, foreign = refusals(decide({A: "a2\n", B: "b\n"}, tmp_path))
    known = "was edited, and what was generated before is not known"
    assert (edited.code, edited.message) == ("E801", f"`{A}` {known}")
    assert (foreign.code, foreign.message) == ("E802", f"`{B}` was not generated by erd2dbt")
    assert all("`--force`" in fault.fixes[-1] and len(fault.fixes) == 2 for fault in (edited, foreign))


def test_refusals_of_places_name_them_with_three_texts(tmp_path: Path) -> None:
    generate({A: FOUR, B: FOUR}, tmp_path)
    write(tmp_path, {A: "mine\n2\n3\n", B: "1\nmine\n2\n3\nmine\n"})
    faults = refusals(decide({A: "5\n2\n3\n5\n", B: "1\n2\n3\n5\n"}, tmp_path), tmp_path)
    assert [(fault.code, str(fault.span), fault.message) for fault in faults] == [
        ("E806", f"{tmp_path / A}:1:1", "line 1: you changed it, and it is generated differently now"),
        ("E806", f"{tmp_path / A}:4:1", "line 4: you took it out, and it is generated differently now"),
        ("E806", f"{tmp_path / B}:5:1", "line 5: you changed it, and it is generated differently now"),
    ]
    assert faults[0].notes == ("generated before:\n1", "yours:\nmine", "generated now:\n5")
    assert faults[1].notes == ("generated before:\n4", "yours: nothing", "generated now:\n5")


def test_marked_places_are_told_until_they_are_decided(tmp_path: Path) -> None:
    generate({A: FOUR}, tmp_path)
    write(tmp_path, {A: "mine\n2\n3\nmine\n"})
    files = {A: "5\n2\n3\n5\n"}
    decided = decide(files, tmp_path, conflict=Choice.MARKERS)
    apply(decided, files, tmp_path)
    again = decide(files, tmp_path)
    assert [change.fate for change in again] == [Fate.KEEP]
    for changes in (decided, again):
        places = [str(fault.span) for fault in undecided(changes, tmp_path)]
        assert places == [f"{tmp_path / A}:1:1", f"{tmp_path / A}:10:1"]
    write(tmp_path, {A: "mine\n2\n3\n5\n"})
    assert undecided(decide(files, tmp_path)) == ()


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
