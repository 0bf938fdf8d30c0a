"""Hostile paths and unfit folders: a clear fault, and nothing is written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from folders import generate, tree, write

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.write.changes import apply, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOBODY = 65534


def faults(files: Mapping[str, str], out: Path) -> list[tuple[str, str]]:
    with pytest.raises(ErdError) as caught:
        generate(files, out)
    return [(fault.code, fault.message) for fault in caught.value.diagnostics]


HOSTILE = {
    "/etc/cron.d/x": "is absolute",
    "C:/x": "is absolute",
    "c:x": "is absolute",
    "../x": "climbs with `..`",
    "models/../../x": "climbs with `..`",
    "models/..": "climbs with `..`",
    "": "has a step without a name",
    ".": "has a step without a name",
    "models//x": "has a step without a name",
    "models/./x": "has a step without a name",
    "models/": "has a step without a name",
    "models\\x": "has a backslash",
    "..\\x": "has a backslash",
    "x\0.sql": "has a character that no file name should have",
    "x\x1b[2J": "has a character that no file name should have",
    "x\ud800": "has a character that no file name should have",
    "models/" + "x" * 256: "has a name of more than 255 bytes",
    "ü" * 128 + "/x": "has a name of more than 255 bytes",
    ".erd2dbt.lock": "is a name that erd2dbt needs itself",
    ".ERD2DBT.running/0": "is a name that erd2dbt needs itself",
}


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: ascii(path)[:24])
def test_hostile_path(path: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = faults({path: "x\n", "models/good.sql": "x\n"}, out)
    assert [code for code, _ in found] == ["E804"]
    assert HOSTILE[path] in found[0][1]
    assert found[0][1].isprintable()
    assert not out.exists()


def test_all_faults_at_once(tmp_path: Path) -> None:
    assert [code for code, _ in faults({"../a": "", "/b": "", "c": "\ud800"}, tmp_path)] == [
        "E803",
        "E804",
        "E804",
    ]


@pytest.mark.parametrize("path", ["x" * 255, "ü" * 127, ".user.yml", "a b/ö.sql", "..x/x..", "models/.gitkeep", "ab:c"])
def test_odd_path(path: str, tmp_path: Path) -> None:
    assert generate({path: "x\n"}, tmp_path) == {path: "create"}
    assert tree(tmp_path) == {path: "x\n"}


@pytest.mark.parametrize(("one", "other"), [("models/A.sql", "Models/a.sql"), ("ü.sql", "u\u0308.SQL"), ("ß", "SS")])
def test_paths_that_are_one_file_on_some_disks(one: str, other: str, tmp_path: Path) -> None:
    ((code, message),) = faults({one: "", other: "", "b.sql": ""}, tmp_path)
    assert code == "E804"
    assert f"`{one}`" in message
    assert f"`{other}`" in message


def test_a_path_that_is_the_folder_of_another(tmp_path: Path) -> None:
    files = {"models/a": "", "Models/A/b": "", "models/a/c": ""}
    assert faults(files, tmp_path) == [("E804", "`models/a` would be a file and a folder at once")]


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    write(elsewhere, {"a.sql": "mine\n", "b.sql": "mine\n"})
    (out / "models").mkdir(parents=True)
    (out / "models/marts").symlink_to("../../elsewhere")
    (out / "models/b.sql").symlink_to(elsewhere / "b.sql")
    found = faults({"models/marts/a.sql": "a\n", "models/marts/c.sql": "c\n", "models/b.sql": "b\n"}, out)
    assert [code for code, _ in found] == ["E804", "E804"]
    assert [message.split("`")[1] for _, message in found] == ["models/b.sql", "models/marts"]
    assert tree(elsewhere) == {"a.sql": "mine\n", "b.sql": "mine\n"}


def test_a_link_out_of_the_project_is_not_removed_through(tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate({"models/a.sql": "a\n", "models/b.sql": "b\n"}, out)
    (out / "models").rename(tmp_path / "elsewhere")
    (out / "models").symlink_to(tmp_path / "elsewhere")
    assert [code for code, _ in faults({}, out)] == ["E804"]
    assert tree(tmp_path / "elsewhere") == {"a.sql": "a\n", "b.sql": "b\n"}


def test_links_within_the_project_and_to_it(tmp_path: Path) -> None:
    files = {"models/a.sql": "a\n", "models/b.sql": "b\n"}
    (tmp_path / "real/deep").mkdir(parents=True)
    (tmp_path / "out").symlink_to("real")
    (tmp_path / "real/models").symlink_to("deep")
    generate(files, tmp_path / "out")
    assert tree(tmp_path / "real/deep") == {"a.sql": "a\n", "b.sql": "b\n"}
    assert generate({}, tmp_path / "out") == {"models/a.sql": "remove", "models/b.sql": "remove"}


def test_a_linked_file_is_replaced_and_its_target_left(tmp_path: Path) -> None:
    generate({"a.sql": "a\n", "b.sql": "b\n"}, tmp_path)
    (tmp_path / "a.sql").rename(tmp_path / "mine.sql")
    (tmp_path / "a.sql").symlink_to("mine.sql")
    generate({"a.sql": "a2\n", "b.sql": "b2\n"}, tmp_path)
    assert tree(tmp_path) == {"a.sql": "a2\n", "b.sql": "b2\n", "mine.sql": "a\n"}


def test_what_stands_there_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.sql").mkdir()
    os.mkfifo(tmp_path / "b.sql")
    assert faults({"a.sql": "", "b.sql": ""}, tmp_path) == [
        ("E803", "cannot read `a.sql`: it is not a regular file"),
        ("E803", "cannot read `b.sql`: it is not a regular file"),
    ]


def test_a_file_stands_where_a_folder_is_needed(tmp_path: Path) -> None:
    write(tmp_path, {"models": "mine\n"})
    assert faults({"models/a.sql": "", "models/b/c.sql": ""}, tmp_path) == [
        ("E803", "cannot write `models`: not a directory")
    ]


def test_the_output_folder_is_a_file_or_below_one(tmp_path: Path) -> None:
    write(tmp_path, {"out": "mine\n"})
    for out in (tmp_path / "out", tmp_path / "out/deeper"):
        assert faults({"a.sql": "", "b.sql": ""}, out)[0][0] == "E803"
    assert tree(tmp_path) == {"out": "mine\n"}


def test_the_output_folder_is_a_dead_link(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("nowhere")
    ((code, message),) = faults({"a.sql": ""}, tmp_path / "out")
    assert code == "E803"
    assert message.endswith("no such file or directory")


@pytest.mark.parametrize("name", ["o\0ut", "o\ud800ut", "x" * 256, "x/" * 3000])
def test_an_output_folder_that_cannot_be(name: str, tmp_path: Path) -> None:
    found = faults({"a.sql": "", "b.sql": ""}, tmp_path / name)
    assert {code for code, _ in found} == {"E803"}
    assert not list(tmp_path.iterdir())


def test_a_relative_output_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    generate({"a.sql": "a\n"}, Path("new/deep"))
    generate({"models/b.sql": "b\n"}, Path())
    assert tree(tmp_path)["models/b.sql"] == "b\n"
    assert tree(tmp_path / "new/deep") == {"a.sql": "a\n"}


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder, and no privilege: root may write where nobody may."""
    with tempfile.TemporaryDirectory(prefix="erd2dbt-test-") as name:
        Path(name).chmod(0o777)
        if os.geteuid() == 0:
            os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield Path(name)
        finally:
            if os.getresuid()[2] == 0:
                os.setresuid(0, 0, 0)


@pytest.mark.skipif(not hasattr(os, "setresuid"), reason="privileges cannot be given up for a while")
def test_a_folder_that_may_not_be_written(as_nobody: Path) -> None:
    before = {"a/1.sql": "1\n", "b/2.sql": "2\n", "c/3.sql": "3\n"}
    after = {"a/1.sql": "x\n", "b/new/4.sql": "x\n", "c/3.sql": "3\n", "d/5.sql": "x\n"}
    out = as_nobody / "out"
    generate(before, out)
    for closed in (out / "a", out / "b"):
        closed.chmod(0o555)
    found = faults(after, out)
    assert found == [("E803", f"cannot write `{out}/{name}`: permission denied") for name in ("a", "b")]
    assert tree(out) == before
    out.chmod(0o555)
    assert faults(after, out) == [("E803", f"cannot write into `{out}`: permission denied")]
    assert generate(before, out) == dict.fromkeys(before, "same")
    out.chmod(0o000)
    assert faults(before, out)[0][0] == "E803"
    assert faults(before, out / "deeper")[0][0] == "E803"
    for folder in (out, out / "a", out / "b"):
        folder.chmod(0o755)
    (out / "c/3.sql").chmod(0o000)
    assert faults(before, out) == [("E803", "cannot read `c/3.sql`: permission denied")]


def test_the_folder_changed_after_it_was_decided(tmp_path: Path) -> None:
    files = {"a.sql": "a\n", "b.sql": "b\n"}
    decided = decide(files, tmp_path)
    write(tmp_path, {"b.sql": "mine\n"})
    with pytest.raises(ErdError, match="changed"):
        apply(decided, files, tmp_path)
    assert tree(tmp_path) == {"b.sql": "mine\n"}
