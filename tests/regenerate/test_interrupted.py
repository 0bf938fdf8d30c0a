"""What the command line says of runs that were killed, refused or interrupted, word for word."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from folders import Disk, die, full, tree

from erd2dbt.cli import main
from erd2dbt.write.paths import LOCK, RUNNING
from erd2dbt.write.run_lock import KilledRun, killed_run, locked_run

SHOP = Path(__file__).parent / "shop.yml"
GENERATE = ("generate", "shop.yml", "-o", "dbt", "--no-compile")
DIFF = ("diff", "shop.yml", "-o", "dbt")
OUT = Path("dbt")
FINISHED = "note     the last run was interrupted: its changes were finished"
UNDONE = "note     the last run was interrupted: its changes were undone"


@pytest.fixture(autouse=True)
def in_a_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder has a project, and a spec that has changed since."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ERD2DBT_CACHE", str(tmp_path / "cache"))
    shutil.copy(SHOP, "shop.yml")
    assert run(*GENERATE).exit_code == 0
    text = SHOP.read_text(encoding="utf-8").replace("sum(orders.amount)", "max(orders.amount)")
    Path("shop.yml").write_text(text.replace("People who buy", "People who bought"), encoding="utf-8")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def killed(call: str, ending: str, *, times: int = 1) -> None:
    """A run that is killed when it calls this function of the system with this path, for the first or a later time."""
    child = os.fork()
    if not child:
        seen, really = [], getattr(os, call)

        def fatal(*paths: str) -> None:
            if str(paths[-1]).endswith(ending):
                seen.append(paths)
                if len(seen) == times:
                    die()
            really(*paths)

        setattr(os, call, fatal)
        run(*GENERATE)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])


HALF_DONE = ("replace", "models/marts/customer_value.sql")
PREPARED = ("replace", "/journal")
DONE = ("unlink", "/done")


@pytest.mark.parametrize(
    ("how", "said", "due"),
    [(HALF_DONE, FINISHED, False), (PREPARED, UNDONE, True), (DONE, FINISHED, False)],
    ids=["half done", "prepared", "done"],
)
def test_the_run_after_a_killed_one_says_what_became_of_it(how: tuple[str, str], said: str, due: bool) -> None:
    killed(*how)
    after = run(*GENERATE)
    lines = after.stdout.splitlines()
    assert (after.exit_code, after.stderr) == (0, "")
    assert lines[1] == said
    assert lines[2].startswith("wrote    5 files" if due else "wrote    0 files")
    assert "interrupted" not in run(*GENERATE).stdout
    assert not (OUT / RUNNING).exists()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (HALF_DONE, "the last run was interrupted: the next one finishes its changes"),
        (PREPARED, "the last run was interrupted: it had changed nothing yet"),
        (DONE, "the last run was interrupted: its changes are finished"),
    ],
    ids=["half done", "prepared", "done"],
)
def test_diff_says_so_and_writes_nothing(how: tuple[str, str], said: str) -> None:
    killed(*how)
    before = tree(OUT)
    text, data, markdown, github = (run(*DIFF, "--format", form) for form in ("text", "json", "markdown", "github"))
    assert text.stdout.startswith(f"note     {said}\n")
    assert json.loads(data.stdout)["interrupted"] == said
    assert f"\n{said.capitalize()}.\n" in markdown.stdout
    assert f"title=the last run was interrupted::{said}\n" in github.stdout
    assert {text.exit_code, data.exit_code, markdown.exit_code, github.exit_code} == {
        1 if how is HALF_DONE or how is PREPARED else 0
    }
    assert tree(OUT) == before


def test_all_files_are_in_place_and_the_lock_is_not() -> None:
    """Then nothing differs, but the project is not at its end."""
    killed("replace", LOCK, times=2)
    told = run(*DIFF)
    assert told.exit_code == 1
    assert told.stdout.splitlines() == [
        "note     the last run was interrupted: the next one finishes its changes",
        "dbt is out of date; `erd2dbt generate shop.yml -o dbt` finishes it",
    ]
    assert run(*DIFF, "--format", "markdown").stdout.startswith("### ❌ `dbt` is out of date\n")


def test_another_run_is_inside() -> None:
    with locked_run("dbt"):
        told = run(*GENERATE)
        assert "interrupted" not in run(*DIFF).stdout
    message = f"another run (process {os.getpid()}) is writing into `dbt`; nothing was written"
    assert told.exit_code == 2
    assert told.stderr == f"error E803: {message}\n  = fix: wait until it has ended\n\n1 fault\n"


def test_a_full_disk_while_files_are_prepared() -> None:
    before = tree(OUT)
    with pytest.MonkeyPatch.context() as patch:
        Disk(3, full, ("write",)).install(patch)
        told = run(*GENERATE)
    assert told.exit_code == 2
    assert told.stderr == (
        "error E803: cannot write `models/marts/customer_value.sql`: no space left on device\n"
        "  = note: nothing was written: the project is as it was\n\n1 fault\n"
    )
    assert tree(OUT) == before


def test_a_full_disk_while_files_are_put_in_place() -> None:
    def refuse(source: str, target: str) -> None:
        if target.endswith(".sql"):
            full()
        really(source, target)

    really = os.replace
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        told = run(*GENERATE)
    assert told.exit_code == 2
    assert told.stderr == (
        "error E803: cannot write `models/marts/customer_value.sql`: no space left on device\n"
        "  = note: 2 of 5 files were put in place\n"
        "  = fix: fix it and run again: the next run finishes what this one began\n"
        "  = fix: or delete the folder `.erd2dbt.running`, and what is left to do is not done\n\n1 fault\n"
    )
    assert FINISHED in run(*GENERATE).stdout


# Stays for a while, once, when it is about to put the first file in place.
SLOW = """
import os, sys, time
from erd2dbt.cli import main
really, times = os.replace, [60]
def slow(source, target):
    if str(target).endswith("README.md") and times:
        print("half", flush=True)
        time.sleep(times.pop())
    really(source, target)
os.replace = slow
main()
"""


@pytest.mark.usefixtures("minded_interrupts")
@pytest.mark.parametrize(
    ("number", "code", "said", "left"),
    [(signal.SIGINT, 130, "\ninterrupted\n", None), (signal.SIGTERM, -signal.SIGTERM, "", KilledRun.BEGUN)],
    ids=["ctrl-c", "kill"],
)
def test_interrupted_in_the_middle(number: signal.Signals, code: int, said: str, left: KilledRun | None) -> None:
    """Ctrl-C waits until the files are in place; a run that is killed is finished by the next."""
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *GENERATE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "half\n":
                break
        time.sleep(0.05)
        process.send_signal(number)
        _, stderr = process.communicate()
    assert (process.returncode, stderr) == (code, said)
    assert killed_run("dbt") is left
    told = run(*GENERATE).stdout
    assert (FINISHED in told) == (left is KilledRun.BEGUN)
    assert "wrote    0 files" in told
