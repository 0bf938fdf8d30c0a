"""Runs that end too early, and runs that meet: the project is the old one or the new one, and no line is lost."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from folders import Disk, full, generate, killed_after, tree, write

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines import generation
from erd2dbt.write import files as disk_module
from erd2dbt.write import run_lock as alone_module
from erd2dbt.write.changes import Choice, decide, recover
from erd2dbt.write.paths import BASE, JOURNAL, LOCK, RUNNING
from erd2dbt.write.recovery import Recovered
from erd2dbt.write.run_lock import KilledRun, killed_run

if TYPE_CHECKING:
    from pathlib import Path

    from erd2dbt.faults.diagnostics import Diagnostic

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
MOST_STEPS = 500

# Goes into the folder argv[1], says so, and stays.
STAYING = """
import sys
from erd2dbt.write.run_lock import locked_run
with locked_run(sys.argv[1]) as inside:
    open(inside.staging + "/0", "w").close()
    print("inside", flush=True)
    sys.stdin.read()
"""


# -- a project of more than fifty files, killed at every step


def project(entities: int, *, columns: str = "") -> dict[str, str]:
    """Of this many entities, one of three sources each, with a model for every second one."""
    numbers = range(entities)
    lines = ["version: 1", "project: large", "sources: {a: {schema: a}, b: {schema: b}, c: {schema: c}}", "entities:"]
    lines += [
        f"  e{n}: {{source: {'abc'[n % 3]}, key: e{n}_id, columns: {{e{n}_id: int, label: text{columns}}}}}"
        for n in numbers
    ]
    lines += ["models:", *(f"  m{n}: {{grain: e{n}_id, rows: e{n}, keep: all}}" for n in numbers[::2])]
    return dict(generation.generate("\n".join(lines).encode(), "large.yml").files)


LARGE = project(30)
EDITS = {
    path: f"{text}-- mine, in {path}\n" for path, text in LARGE.items() if "/stg_e" in path and path.endswith(".sql")
}
RUNS = {
    "first": ({}, {}, LARGE),
    "update": (LARGE, {}, project(30, columns=", amount: bigint, paid: date")),
    "removal": (LARGE, {}, project(12)),
    "merge": (LARGE, EDITS, project(30, columns=", amount: bigint, paid: date")),
}


@pytest.mark.parametrize(("run", "kills"), [("first", 65), ("update", 50), ("removal", 25), ("merge", 60)])
def test_killed_at_every_step_of_a_large_project_it_is_the_old_or_the_new_one(
    run: str, kills: int, tmp_path: Path
) -> None:
    """The next run says which, by what stands in the project; until then each file is the old or the new one.

    Every second or third step is tried here; `benchmarks/kills.py` tries each."""
    before, edits, after = RUNS[run]
    assert len(LARGE) > 50
    old, new = tmp_path / "old", tmp_path / "new"
    for out in (old, new):
        if before:
            generate(before, out)
        write(out, edits)
    generate(after, new)
    was, will = whole(old), whole(new)
    told = set()
    steps = killed = 0
    for steps in range(0, MOST_STEPS, 2 if run == "removal" else 3):
        out = tmp_path / "out"
        linked(old, out)
        if not killed_after(steps, after, out):
            break
        half = whole(out)
        torn = [p for p in half if half[p] not in (was.get(p), will.get(p)) and p[0] != "." and p[-1] != "/"]
        assert torn == []
        assert not [path for path in was.keys() & will.keys() if path not in half]
        left, recovered = killed_run(str(out)), recover(out)
        expected = {None: None, KilledRun.PREPARED: "undone", KilledRun.BEGUN: "finished", KilledRun.DONE: "finished"}[
            left
        ]
        assert recovered is None if expected is None else f"its changes were {expected}" == recovered
        now = whole(out)
        assert now == (was if recovered is Recovered.UNDONE or (recovered is None and now == was) else will)
        told.add((recovered, half == was, half == will))
        if steps % 10 == 0:
            generate(after, out)
            assert whole(out) == will
        shutil.rmtree(out)
        killed += 1
    assert kills <= killed < MOST_STEPS - 1
    assert told >= {(Recovered.UNDONE, True, False), (Recovered.FINISHED, False, False)}
    assert whole(old) == was, "a file was changed in its place: it could have been half-written"


def whole(out: Path) -> dict[str, str]:
    """All files, those for the next run included, but not its folder for staged ones; and empty folders."""
    records = {name: (out / name).read_text() for name in (BASE, LOCK) if (out / name).exists()}
    found = tree(out) if out.exists() else {}
    return {path: text for path, text in found.items() if not path.startswith(RUNNING)} | records


def linked(source: Path, target: Path) -> None:
    """A copy that shares its files: who changes one in its place instead of replacing it, changes both."""
    if source.exists():
        shutil.copytree(source, target, copy_function=os.link)


# -- whatever comes next


@pytest.mark.parametrize("following", [BEFORE, AFTER, THIRD, {}], ids=["before", "after", "third", "nothing"])
def test_killed_at_every_step_the_next_run_goes_on(following: dict[str, str], tmp_path: Path) -> None:
    """Whatever the next run generates, no file of ours is called edited, and nothing is left behind."""
    steps = 0
    for steps in range(MOST_STEPS):
        out = tmp_path / str(steps)
        generate(BEFORE, out)
        if not killed_after(steps, AFTER, out):
            break
        generate(following, out)
        assert tree(out) == following
        assert generate(following, out) == dict.fromkeys(following, "same")
    assert 30 < steps < MOST_STEPS - 1


def test_killed_again_and_again(tmp_path: Path) -> None:
    generate(BEFORE, tmp_path)
    for steps in range(100):
        killed_after(steps, (AFTER, THIRD, BEFORE)[steps % 3], tmp_path)
    assert set(generate(AFTER, tmp_path).values()) <= {"same", "update", "create", "remove"}
    assert tree(tmp_path) == AFTER


def test_a_forced_run_that_was_killed_has_not_made_an_edit_its_own(tmp_path: Path) -> None:
    edits = {"models/a.sql": "mine\n", "new/e.sql": "mine\n"}
    for steps in range(MOST_STEPS):
        out = tmp_path / str(steps)
        generate(BEFORE, out)
        write(out, edits)
        if not killed_after(steps, AFTER, out, force=True):
            return
        is_finished = recover(out) is Recovered.FINISHED
        mine = set() if is_finished or tree(out) == AFTER else set(edits)
        assert {c.path for c in decide(AFTER, out) if c.fate in ("conflict", "keep")} == mine
    pytest.fail("it never came to its end")


LINES = "".join(f"{line}\n" for line in range(9))
EDITED_BEFORE = {"models/a.sql": LINES, "models/b.sql": LINES, "old/c.sql": LINES}
EDITED = {
    "models/a.sql": LINES.replace("1", "mine"),
    "models/b.sql": LINES.replace("1", "mine").replace("8", "mine"),
    "old/c.sql": LINES.replace("1", "mine"),
}
EDITED_AFTER = {
    "models/a.sql": LINES.replace("8", "new"),
    "models/b.sql": LINES.replace("5", "new").replace("8", "new"),
    "new/e.sql": "e\n",
}


@pytest.mark.parametrize("is_lost", [False, True], ids=["found", "lost"])
@pytest.mark.parametrize("choice", Choice)
def test_killed_at_every_step_of_a_merge_the_next_run_ends_as_if_it_had_not_been(
    choice: Choice, is_lost: bool, tmp_path: Path
) -> None:
    """A text that is merged already is not merged again, nor marked a second time, even if the journal gets lost."""

    def edited(out: Path) -> Path:
        generate(EDITED_BEFORE, out)
        write(out, EDITED)
        return out

    edited(tmp_path / "whole")
    generate(EDITED_AFTER, tmp_path / "whole", conflict=choice)
    expected = whole(tmp_path / "whole")
    for steps in range(MOST_STEPS):
        out = edited(tmp_path / str(steps))
        if not killed_after(steps, EDITED_AFTER, out, conflict=choice):
            break
        if is_lost:
            subprocess.run(["rm", "-rf", out / RUNNING], check=True)
        generate(EDITED_AFTER, out, conflict=choice)
        assert whole(out) == expected
    assert 15 < steps < MOST_STEPS - 1


# -- what is found by the next run


def begun(out: Path, files: dict[str, str], *, moved: int) -> None:
    """A run that was killed when it had put so many files in place."""
    for steps in range(MOST_STEPS):
        with_copy = out.with_name(f"{out.name} {steps}")
        subprocess.run(["cp", "-r", out, with_copy], check=True)
        assert killed_after(steps, files, with_copy)
        if (
            killed_run(str(with_copy)) is KilledRun.BEGUN
            and sum(tree(with_copy).get(p) == t for p, t in files.items()) > moved
        ):
            subprocess.run(["rm", "-r", out], check=True)
            with_copy.rename(out)
            return


def test_the_finishing_of_a_killed_run_is_killed_at_every_step(tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(BEFORE, out)
    begun(out, AFTER, moved=2)
    steps = 0
    for steps in range(MOST_STEPS):
        again = tmp_path / str(steps)
        linked(out, again)
        if not killed_after(steps, AFTER, again):
            break
        assert recover(again) in (Recovered.FINISHED, None)
        assert tree(again) == AFTER
    assert 10 < steps < MOST_STEPS - 1


def test_what_was_edited_since_stays_and_is_merged(tmp_path: Path) -> None:
    """An edit of a file that was not written yet, of one that was, and of one that was to be removed."""
    before = {"a.sql": LINES, "b.sql": LINES, "c.sql": LINES, "d.sql": LINES, "gone.sql": LINES}
    after = {path: LINES.replace("8", "new") for path in before if path != "gone.sql"} | {"e.sql": LINES}
    edits = {path: LINES.replace("1", "mine") for path in ("c.sql", "d.sql", "e.sql", "gone.sql")}
    edits |= {"a.sql": after["a.sql"].replace("1", "mine")}
    out = tmp_path / "out"
    generate(before, out)
    begun(out, after, moved=1)
    assert [p for p in after if tree(out).get(p) == after[p]] == ["a.sql", "b.sql"]
    write(out, edits)
    assert recover(out) is Recovered.FINISHED
    assert tree(out) == {
        "a.sql": edits["a.sql"],
        "b.sql": after["b.sql"],
        **{p: edits[p] for p in edits if p != "a.sql"},
    }
    fates = {change.path: str(change.fate) for change in decide(after, out)}
    assert fates == {
        "a.sql": "keep", "b.sql": "same", "c.sql": "merge", "d.sql": "merge", "e.sql": "conflict", "gone.sql": "orphan",
    }  # fmt: skip


def test_what_version_control_restored_since_is_not_called_edited(tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(BEFORE, out)
    was = whole(out)
    begun(out, AFTER, moved=2)
    write(out, dict(was))
    assert recover(out) is Recovered.FINISHED
    assert set(generate(AFTER, out).values()) <= {"same", "update", "create", "remove"}
    assert tree(out) == AFTER


def test_what_was_begun_in_another_version_of_the_project_is_dropped(tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(THIRD, out)
    third = whole(out)
    generate(BEFORE, out)
    begun(out, AFTER, moved=2)
    subprocess.run(["find", out, "-mindepth", "1", "-not", "-path", f"*{RUNNING}*", "-delete"], check=True)
    write(out, dict(third))
    assert recover(out) is Recovered.DROPPED
    assert whole(out) == third
    assert not (out / RUNNING).exists()


HOSTILE = '{"format": 1, "steps": [["../mine.sql", null, "%s"]], "locks": [{}, {}, {}], "templates": ""}'


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', HOSTILE % ("0" * 64)], ids=str)
def test_a_journal_that_no_run_wrote(text: str, tmp_path: Path) -> None:
    generate(BEFORE, tmp_path / "out")
    write(tmp_path / "out", {f"{RUNNING}/{JOURNAL}": text, f"{RUNNING}/0": "0\n"})
    before = tree(tmp_path)
    with pytest.raises(ErdError) as caught:
        generate(AFTER, tmp_path / "out")
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.message) == ("E803", "`.erd2dbt.running/journal` is not what this erd2dbt writes")
    assert fault.fixes == ("delete the folder `.erd2dbt.running`: what that run had left to do is not done then",)
    assert tree(tmp_path) == before


def test_what_was_begun_does_not_leave_the_project_through_a_link(tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(BEFORE, out)
    begun(out, AFTER, moved=1)
    (out / "models").rename(tmp_path / "elsewhere")
    (out / "models").symlink_to("../elsewhere")
    before = tree(tmp_path / "elsewhere")
    with pytest.raises(ErdError, match="E804 `models` is a symbolic link that leads out of the project"):
        recover(out)
    assert tree(tmp_path / "elsewhere") == before


# -- a disk that refuses


def fault_of(files: dict[str, str], out: Path, disk: Disk) -> Diagnostic | None:
    """The fault of generating on this disk, if there is one."""
    with pytest.MonkeyPatch.context() as patch:
        disk.install(patch)
        try:
            generate(files, out)
        except ErdError as error:
            return error.diagnostics[0]
    return None


def test_a_full_disk(tmp_path: Path) -> None:
    """Where not all can be staged, nothing is written; where the rest fails, the next run finishes it."""
    untouched, begun_ = 0, 0
    for steps in range(MOST_STEPS):
        out, new = tmp_path / str(steps), tmp_path / f"{steps} new/deep"
        generate(BEFORE, out)
        was = whole(out)
        fault = fault_of(AFTER, out, Disk(steps, full, ("mkdir", "write")))
        fault_of(AFTER, new, Disk(steps, full, ("mkdir", "write")))
        if fault is None:
            break
        assert (fault.code, fault.message.split(": ")[1]) == ("E803", "no space left on device")
        if killed_run(str(out)) is None:
            assert not (out / RUNNING).exists()
            assert whole(out) == was
            assert not new.parent.exists()
            untouched += 1
        else:
            assert killed_run(str(out)) is KilledRun.BEGUN
            assert "fix it and run again: the next run finishes what this one began" in fault.fixes
            begun_ += 1
            assert recover(out) is Recovered.FINISHED
            assert tree(out) == AFTER
        generate(AFTER, out)
        assert tree(out) == AFTER
    assert untouched >= len(AFTER)
    assert begun_ >= 3
    assert steps < MOST_STEPS - 1


def test_a_file_that_cannot_be_put_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told how far the run came; the next one finishes it, or tells the same."""
    generate(BEFORE, tmp_path)
    really = os.replace

    def refuse(source: str, target: str) -> None:
        if target.endswith("b.sql"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        really(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    for placed in ("1 of 4", "0 of 3"):
        with pytest.raises(ErdError) as caught:
            generate(AFTER, tmp_path)
        (fault,) = caught.value.diagnostics
        assert fault.message == "cannot write `models/b.sql`: permission denied"
        assert fault.notes == (f"{placed} files were put in place",)
        assert fault.fixes == (
            "fix it and run again: the next run finishes what this one began",
            "or delete the folder `.erd2dbt.running`, and what is left to do is not done",
        )
    monkeypatch.undo()
    assert recover(tmp_path) is Recovered.FINISHED
    assert tree(tmp_path) == AFTER


@pytest.mark.parametrize("is_second", [False, True])
def test_ctrl_c_at_every_step(is_second: bool, tmp_path: Path) -> None:
    """Before the first file is in place nothing is written; after it all is. Pressed again, the next run finishes."""
    seen = set()
    for steps in range(MOST_STEPS):
        out = tmp_path / str(steps)
        generate(BEFORE, out)
        was = whole(out)
        presses = [1, 1] if is_second else [1]

        def press(presses: list[int] = presses) -> None:
            if presses:
                presses.pop()
                raise KeyboardInterrupt

        try:
            with pytest.MonkeyPatch.context() as patch:
                Disk(steps, press).install(patch)
                generate(AFTER, out)
        except KeyboardInterrupt:
            left = killed_run(str(out))
            found = "left" if left else "old" if whole(out) == was else "new"
            seen.add(found)
            assert left in (None, KilledRun.BEGUN, KilledRun.DONE)
            if left:
                assert recover(out) is Recovered.FINISHED
            assert {p: t for p, t in whole(out).items() if p[0] != "."} == (BEFORE if found == "old" else AFTER)
            continue
        break
    assert seen >= ({"old", "new", "left"} if is_second else {"old", "new"})


# -- runs that meet


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
        assert killed_run(str(tmp_path)) is None, "it lives"
        other.send_signal(signal.SIGKILL)
    assert recover(tmp_path) is Recovered.UNDONE
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
    with alone_module.locked_run(str(tmp_path)):
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
