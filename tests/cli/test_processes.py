"""The command line as a process: what a terminal shows, a reader that leaves, Ctrl-C in the middle of a build."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.run.file_lock import try_lock
from erd2dbt.run.postgres_embedded import cache_folder

if TYPE_CHECKING:
    from conftest import Shop

RED, GREEN, YELLOW = "\x1b[1;31m", "\x1b[32m", "\x1b[1;33m"


def test_python_runs_the_package() -> None:
    done = subprocess.run([sys.executable, "-m", "erd2dbt", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("erd2dbt, version ")


def on_a_terminal(shop: Shop, *words: str, **more: str) -> str:
    """What the program writes when all of its streams are a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **more}
    with shop.start(*words, env=environment, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        written = b""
        while chunk := _read(ours):
            written += chunk
    os.close(ours)
    return written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how Linux says that the other end is closed
        return b""


def test_colours_on_a_terminal_and_only_there(shop: Shop) -> None:
    shop.replace("shop.yml", "country: customers.country", "country: customers.continent")
    faults = on_a_terminal(shop, "check", "shop.yml")
    shop.replace("shop.yml", "country: customers.continent", "country: customers.country")
    remarks = on_a_terminal(shop, "check", "shop.yml")
    assert f"{RED}error E" in faults
    assert f"{YELLOW}warning W501\x1b[0m: " in remarks
    assert f"{GREEN}read     \x1b[0m2 entities" in remarks
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert on_a_terminal(shop, "check", "shop.yml", **plain) == _without_colours(remarks)
    piped = shop.start("check", "shop.yml", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert sorted(piped.communicate()[0].splitlines()) == sorted(_without_colours(remarks).splitlines())


def _without_colours(text: str) -> str:
    for code in (RED, GREEN, YELLOW, "\x1b[1;36m", "\x1b[0m"):
        text = text.replace(code, "")
    return text


@pytest.mark.parametrize(
    ("broken", "words", "code"),
    [
        ("stdout", ("--help",), 1),  # click's own
        ("stdout", ("check", "--help"), 141),
        ("stdout", ("explain", "E202"), 0),
        ("stdout", ("check", "shop.yml"), 0),
        ("stdout", ("check", "shop.yml", "--format", "json"), 0),
        ("stdout", ("completion", "bash"), 0),
        ("stdout", ("convert", "shop.yml", "--to", "dbml"), 0),
        ("stdout", ("diff", "shop.yml", "-o", "none"), 1),
        ("stdout", ("generate", "shop.yml", "-o", "out", "--no-compile", "-v"), 0),
        ("stdout", ("generate", "shop.yml", "-o", "out", "--no-compile", "--watch"), 0),
        ("stderr", ("check", "shop.yml"), 0),
        ("stderr", ("check", "none.yml"), 2),
        ("stderr", ("explain", "nothing"), 2),
    ],
    ids=str,
)
def test_a_reader_that_has_gone(shop: Shop, broken: str, words: tuple[str, ...], code: int) -> None:
    """As in `| head -1`: nothing is said any more, above all no traceback; the work is done."""
    reads, writes = os.pipe()
    os.close(reads)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, broken: writes}
    with shop.start(*words, **streams) as process:
        os.close(writes)
        said = "".join(text or "" for text in process.communicate())
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
    assert process.returncode == code
    assert Path("out/dbt_project.yml").is_file() == (words[0] == "generate")


@pytest.mark.usefixtures("minded_interrupts")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_a_build_that_is_interrupted_leaves_nothing_running(shop: Shop, number: signal.Signals) -> None:
    with shop.start("build", "shop.yml", "-o", "out", "-v", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as build:
        assert build.stderr is not None
        for line in build.stderr:
            if "reads the project" in line:  # the server runs, and so does dbt
                break
        assert _server_lives()
        assert _dbt_lives(shop)
        build.send_signal(number)
        rest = build.stderr.read()
    assert build.returncode == 128 + number
    assert "Traceback" not in rest
    assert ("\ninterrupted\n" in rest) == (number == signal.SIGINT)
    assert not _server_lives()
    assert not _dbt_lives(shop)


def _server_lives() -> bool:
    """Each process of a server inherits the lock on this file."""
    free = try_lock(cache_folder("shop", Path("out")) / "alive")
    if free is not None:
        free.close()
    return free is None


def _dbt_lives(shop: Shop) -> bool:
    everything = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True).stdout
    return any("--project-dir" in line and str(shop.folder) in line for line in everything.splitlines())
