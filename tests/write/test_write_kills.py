"""Runs that end too early, and runs that meet."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from folders import Disk, die, generate, killed_after, tree, write

from erd2dbt.diagnostics import ErdError
from erd2dbt.write import alone as alone_module
from erd2dbt.write import files as disk_module
from erd2dbt.write.changes import Choice, apply, decide
from erd2dbt.write.paths import BASE, LOCK, RUNNING

if TYPE_CHECKING:
    from pathlib import Path

    from erd2dbt.diagnostics import Diagnostic

BEFORE = {
    "kept.yml": "k\n",
    "models/a.sql": "a\n",
    "models/b.sql": "b\n",
    "old/c.sql": "c\n",
    "old/d.sql": "d\n",
}
AFTER = {
    "kept.yml": "k\n",
    "models/a.sql": "a2\n",
    "models/b.sql": "b2\n",
    "new/e.sql": "e\n",
    "new/f/g.sql": "g\n",
}
THIRD = {"kept.yml": "k2\n", "models/a.sql": "a3\n", "old/c.sql": "c\n", "new/e.sql": "e3\n"}
MOST_STEPS = 200

# Goes into the folder argv[1], says so, and stays.
STAYING = """
import sys
from erd2dbt.write.alone import alone
with alone(sys.argv[1]) as staging:
    open(staging + "/0", "w").close()
    print("inside", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("following", [BEFORE, AFTER, THIRD, {}], ids=["before", "after", "third", "nothing"])
def test_killed_at_every_step_the_next_run_goes_on(
    following: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the next run generates, no file of ours is called edited, and nothing is left behind."""
    steps = 0
    for steps in range(MOST_STEPS):
        out = tmp_path / str(steps)
        generate(BEFORE, out)
        if not killed_after(steps, AFTER, out, monkeypatch):
            break
        torn = {path for path in AFTER if tree(out).get(path) not in (None, BEFORE.get(path), AFTER[path])}
        assert not torn
        generate(following, out)
        assert tree(out) == following
        assert generate(following, out) == dict.fromkeys(following, "same")
    assert 30 < steps < MOST_STEPS - 1


def test_killed_in_a_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for steps in range(MOST_STEPS):
        out = tmp_path / str(steps) / "new"
        if not killed_after(steps, AFTER, out, monkeypatch):
            return
        generate({"a.sql": "other\n"}, out)
        assert tree(out) == {"a.sql": "other\n"}
    pytest.fail("it never came to its end")


def test_killed_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(BEFORE, tmp_path)
    for steps in range(MOST_STEPS):
        killed_after(steps, (AFTER, THIRD, BEFORE)[steps % 3], tmp_path, monkeypatch)
    assert set(generate(AFTER, tmp_path).values()) <= {"same", "update", "create", "remove"}
    assert tree(tmp_path) == AFTER


def test_a_forced_run_that_was_killed_has_not_made_an_edit_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = {"models/a.sql": "mine\n", "new/e.sql": "mine\n"}
    for steps in range(MOST_STEPS):
        out = tmp_path / str(steps)
        generate(BEFORE, out)
        write(out, edits)
        if not killed_after(steps, AFTER, out, monkeypatch, force=True):
            return
        now = tree(out)
        mine = {path for path, text in edits.items() if now[path] == text}
        assert {c.path for c in decide(AFTER, out) if c.fate in ("conflict", "keep")} == mine
    pytest.fail("it never came to its end")


LINES = "".join(f"{line}\n" for line in range(9))
EDITED_BEFORE = {"models/a.sql": LINES, "models/b.sql": LINES, "old/c.sql": LINES}
EDITS = {
    "models/a.sql": LINES.replace("1", "mine"),
    "models/b.sql": LINES.replace("1", "mine").replace("8", "mine"),
    "old/c.sql": LINES.replace("1", "mine"),
}
EDITED_AFTER = {
    "models/a.sql": LINES.replace("8", "new"),
    "models/b.sql": LINES.replace("5", "new").replace("8", "new"),
    "new/e.sql": "e\n",
}


@pytest.mark.parametrize("choice", Choice)
def test_killed_at_every_step_of_a_merge_the_next_run_ends_as_if_it_had_not_been(
    choice: Choice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that is merged already is not merged again with what it was made from, nor marked a second time."""

    def edited(out: Path) -> Path:
        generate(EDITED_BEFORE, out)
        write(out, EDITS)
        return out

    whole = edited(tmp_path / "whole")
    generate(EDITED_AFTER, whole, conflict=choice)
    expected, records = tree(whole), [(whole / name).read_bytes() for name in (LOCK, BASE)]
    for steps in range(MOST_STEPS):
        out = edited(tmp_path / str(steps))
        if not killed_after(steps, EDITED_AFTER, out, monkeypatch, conflict=choice):
            break
        half = tree(out)
        assert not [path for path in {*EDITS, *expected} if half.get(path) not in (EDITS.get(path), expected.get(path))]
        generate(EDITED_AFTER, out, conflict=choice)
        assert (tree(out), [(out / name).read_bytes() for name in (LOCK, BASE)]) == (expected, records)
    assert 15 < steps < MOST_STEPS - 1


def full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fault_of(files: dict[str, str], out: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Diagnostic | None:
    """The fault of generating on this disk, if there is one."""
    decided = decide(files, out)
    with monkeypatch.context() as patch:
        disk.install(patch)
        try:
            apply(decided, files, out)
        except ErdError as error:
            return error.diagnostics[0]
    return None


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not all can be staged, nothing is written; where the rest fails, the next run goes on."""
    untouched = 0
    for steps in range(MOST_STEPS):
        out, new = tmp_path / str(steps), tmp_path / f"{steps} new/deep"
        generate(BEFORE, out)
        lock = (out / LOCK).read_bytes()
        fault = fault_of(AFTER, out, Disk(steps, full, ("mkdir", "write")), monkeypatch)
        fault_of(AFTER, new, Disk(steps, full, ("mkdir", "write")), monkeypatch)
        if fault is None:
            break
        assert (fault.code, fault.message.split(": ")[1]) == ("E803", "no space left on device")
        assert not (out / RUNNING).exists()
        if (out / LOCK).read_bytes() == lock:
            assert tree(out) == BEFORE
            assert not new.parent.exists()
            untouched += 1
        generate(AFTER, out)
        assert tree(out) == AFTER
    assert untouched >= len(AFTER)
    assert steps < MOST_STEPS - 1


def test_a_file_that_cannot_be_put_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told how far the run came; the next one goes on."""
    generate(BEFORE, tmp_path)

    def refuse(source: str, target: str) -> None:
        if target.endswith("b.sql"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        os.rename(source, target)

    disk = Disk(MOST_STEPS, die)
    monkeypatch.setattr(disk, "replace", refuse, raising=False)
    fault = fault_of(AFTER, tmp_path, disk, monkeypatch)
    assert fault is not None
    assert fault.message == "cannot write `models/b.sql`: permission denied"
    assert fault.notes == ("1 of 4 files were put in place; the next run goes on from there",)
    assert not (tmp_path / RUNNING).exists()
    generate(AFTER, tmp_path)
    assert tree(tmp_path) == AFTER


def test_one_run_at_a_time_and_none_after_a_kill(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", STAYING, str(tmp_path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"inside\n"
        with pytest.raises(ErdError) as caught:
            generate(AFTER, tmp_path)
        (fault,) = caught.value.diagnostics
        assert fault.code == "E803"
        assert f"another run (process {other.pid}) is writing" in fault.message
        other.send_signal(signal.SIGKILL)
    generate(AFTER, tmp_path)
    assert tree(tmp_path) == AFTER


def test_the_other_run_writes_while_this_one_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it wrote is not taken for somebody's work."""
    generate(BEFORE, tmp_path)
    others = [AFTER]
    really = disk_module.read

    def read(place: str, inside: str) -> bytes | None:
        if others:
            generate(others.pop(), tmp_path)
        return really(place, inside)

    monkeypatch.setattr(disk_module, "read", read)
    decided = decide(BEFORE, tmp_path)
    fates = {change.path: str(change.fate) for change in decided}
    assert not others
    assert fates["models/a.sql"] == fates["models/b.sql"] == "update"
    assert not {"conflict", "orphan"} & set(fates.values())


def test_the_other_run_ends_at_this_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock got on a file that its last holder has removed holds nobody else off: it is sought again."""
    really, tries = alone_module._lock, []

    def just_before(handle: int) -> None:
        tries.append(handle)
        if len(tries) <= 2:
            (tmp_path / RUNNING / "pid").unlink()
            (tmp_path / RUNNING).rmdir()
        really(handle)

    monkeypatch.setattr(alone_module, "_lock", just_before)
    with alone_module.alone(str(tmp_path)):
        assert (tmp_path / RUNNING / "pid").read_text() == str(os.getpid())
        with pytest.raises(ErdError, match="another run"):
            generate(AFTER, tmp_path)
    assert len(tries) == 4


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_stranger_in_the_place_of_staging(kind: str, tmp_path: Path) -> None:
    write(tmp_path, {"elsewhere/0": "mine\n", "out/mine.sql": "mine\n"})
    if kind == "file":
        write(tmp_path, {f"out/{RUNNING}": "mine\n"})
    else:
        (tmp_path / "out" / RUNNING).symlink_to("../elsewhere")
    before = tree(tmp_path)
    with pytest.raises(ErdError) as caught:
        generate(AFTER, tmp_path / "out")
    assert [fault.code for fault in caught.value.diagnostics] == ["E803"]
    assert tree(tmp_path) == before
