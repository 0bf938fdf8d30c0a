"""The texts generated last: kept in one file that any clone has, believed only by their hashes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from folders import generate, stamps, tree, write

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.write.bases import base_text, read_bases
from erd2dbt.write.changes import Choice, decide
from erd2dbt.write.lock import digest
from erd2dbt.write.paths import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

A, B, C = "models/a.sql", "models/ü b.yml", "README.md"
OLD = {A: "1\n2\n3\n", B: "a: 1\nb: 2\nc: 3\n", C: "old\n"}
NEW = {A: "1\n2\n4\n", B: "a: 1\nb: 2\nc: 4\n", C: "new\n"}
EDITS = {A: "mine\n2\n3\n", B: "a: 0  # mine\nb: 2\nc: 3\n"}
MERGED = {A: "mine\n2\n4\n", B: "a: 0  # mine\nb: 2\nc: 4\n", C: "new\n"}


def kept(out: Path) -> set[str | None]:
    bases = read_bases(str(out))
    return {base_text(bases, name) for name in bases}


def test_it_has_what_was_generated_last_and_nothing_else(tmp_path: Path) -> None:
    generate(OLD, tmp_path)
    assert kept(tmp_path) == {*OLD.values()}
    write(tmp_path, EDITS)
    generate(NEW, tmp_path)
    assert kept(tmp_path) == {*NEW.values()}
    generate({C: "new\n"}, tmp_path)
    assert kept(tmp_path) == {*NEW.values()}, "edited files that are no longer generated may be so again"
    assert generate({**NEW, A: "1\n2\n5\n"}, tmp_path) == {A: "merge", B: "keep", C: "same"}


def test_a_changed_file_is_a_changed_line(tmp_path: Path) -> None:
    generate(OLD, tmp_path)
    before = (tmp_path / BASE).read_text().splitlines()
    generate({**OLD, A: "5\n"}, tmp_path)
    after = (tmp_path / BASE).read_text().splitlines()
    assert len({*after} - {*before}) == len({*before} - {*after}) == 1
    assert after[0].startswith("# ")
    assert after[1:] == sorted(after[1:])


def git(*arguments: str, folder: Path) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


def test_edits_are_merged_in_a_clone_without_history(tmp_path: Path) -> None:
    first = tmp_path / "first"
    generate(OLD, first)
    git("init", folder=first)
    for _ in range(2):
        git("add", "-A", folder=first)
        git("commit", "--allow-empty", "-m", "a", folder=first)
        write(first, EDITS)
    git("clone", "--depth", "1", first.as_uri(), "second", folder=tmp_path)
    assert generate(NEW, tmp_path / "second") == {A: "merge", B: "merge", C: "update"}
    assert {path: (tmp_path / "second" / path).read_text() for path in MERGED} == MERGED


def spoilt(text: str) -> Mapping[str, str | None]:
    lines = text.splitlines(keepends=True)
    swapped = [f"{lines[1][:64]} {lines[2][65:]}", f"{lines[2][:64]} {lines[1][65:]}"]
    return {
        "gone": None,
        "empty": "",
        "no text of ours": "{\n",
        "cut": "".join(line[:80] + "\n" for line in lines),
        "texts of other hashes": "".join([lines[0], *swapped]),
        "no Base64": "".join(line[:65] + "=\n" for line in lines),
    }


@pytest.mark.parametrize("how", spoilt("\n" * 3))
def test_without_it_edits_are_refused_until_a_choice_is_made(how: str, tmp_path: Path) -> None:
    files = {A: OLD[A], B: OLD[B]}
    generate(files, tmp_path)
    write(tmp_path, {**EDITS, BASE: spoilt((tmp_path / BASE).read_text())[how]})
    new = {A: NEW[A], B: NEW[B]}
    assert [(c.fate, c.reason) for c in decide(new, tmp_path)] == [
        ("conflict", "was edited, and what was generated before is not known")
    ] * 2
    assert {c.fate for c in decide(files, tmp_path)} == {"keep"}, "what is generated again is known without it"
    assert generate(new, tmp_path, conflict=Choice.THEIRS) == {A: "keep", B: "keep"}
    assert tree(tmp_path) == EDITS
    assert generate({A: NEW[A], B: NEW[B] + "d: 5\n"}, tmp_path) == {A: "keep", B: "merge"}


def test_it_is_written_anew_when_it_has_gone(tmp_path: Path) -> None:
    generate(OLD, tmp_path)
    whole = (tmp_path / BASE).read_bytes()
    for broken in (None, "", whole.decode() + "0" * 64 + " AA==\n"):
        write(tmp_path, {BASE: broken})
        assert generate(OLD, tmp_path) == dict.fromkeys(sorted(OLD), "same")
        assert (tmp_path / BASE).read_bytes() == whole


def test_both_sides_of_a_merge_in_version_control_are_read(tmp_path: Path) -> None:
    generate(OLD, tmp_path)
    head, *lines = (tmp_path / BASE).read_text().splitlines(keepends=True)
    write(
        tmp_path, {**EDITS, BASE: "".join([head, "<<<<<<< HEAD\n", lines[0], "=======\n", *lines[1:], ">>>>>>> b\n"])}
    )
    assert generate(NEW, tmp_path) == {A: "merge", B: "merge", C: "update"}


def test_line_endings_of_it_do_not_matter(tmp_path: Path) -> None:
    generate(OLD, tmp_path)
    place = tmp_path / BASE
    place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))
    before = stamps(tmp_path)
    generate(OLD, tmp_path)
    assert stamps(tmp_path) == before


def test_it_stays_in_the_project(tmp_path: Path) -> None:
    generate(OLD, tmp_path / "out")
    (tmp_path / "out" / BASE).rename(tmp_path / "elsewhere")
    (tmp_path / "out" / BASE).symlink_to("../elsewhere")
    write(tmp_path / "out", EDITS)
    with pytest.raises(ErdError, match=r"E803 `\.erd2dbt\.base` is a symbolic link that leads out"):
        decide(NEW, tmp_path / "out")
    (tmp_path / "out" / BASE).unlink()
    (tmp_path / "out" / BASE).mkdir()
    with pytest.raises(ErdError, match=r"E803 cannot read .*it is not a regular file"):
        decide(NEW, tmp_path / "out")


def test_a_text_is_believed_by_its_hash_alone() -> None:
    assert base_text({}, digest(b"1\n")) is None
    assert base_text({digest(b""): b""}, digest(b"")) == ""
