"""A program that ends at once: what it leaves is what the usual end leaves, but for memory that is freed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import atexit, sys, threading, time
from erd2dbt.system import quick_exit

class Freed:
    def __del__(self):
        sys.stderr.write("freed ")

def main():
    global freed
    freed = Freed()
    atexit.register(lambda: print("called at exit"))
    threading.Thread(target=lambda: (time.sleep(0.2), print("thread ended"))).start()
    print("said without a line's end", end=" ")
    {allowed}
    {end}

{before}
quick_exit.run_program(main)
"""
_SAID = "said without a line's end thread ended\ncalled at exit\n"


@pytest.mark.parametrize(("end", "code", "error"), [
    ("sys.exit()", 0, ""),
    ("sys.exit(3)", 3, ""),
    ("sys.exit('why')", 1, "why\nfreed "),
    ("pass", 0, "freed "),
])  # fmt: skip
def test_threads_functions_at_exit_and_outputs_are_waited_for(end: str, code: int, error: str) -> None:
    done = _run(allowed="quick_exit.allow()", end=end)
    assert (done.returncode, done.stdout, done.stderr) == (code, _SAID, error)


def test_a_program_that_does_not_allow_it_frees_all_objects() -> None:
    done = _run(allowed="", end="sys.exit(3)")
    assert (done.returncode, done.stdout, done.stderr) == (3, _SAID, "freed ")


def test_a_tracer_writes_its_results_as_ever() -> None:
    before = "atexit.register(lambda: print('results')); sys.settrace(lambda *_: None)"
    done = _run(allowed="quick_exit.allow()", end="sys.exit(3)", before=before)
    assert (done.returncode, done.stdout) == (3, f"{_SAID}results\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_an_output_that_cannot_be_written_is_the_fault_that_python_makes_of_it() -> None:
    with open("/dev/full", "w") as full:
        done = _run(allowed="quick_exit.allow()", end="sys.exit(0)", stdout=full)
    assert done.returncode == 120
    assert "No space left on device" in done.stderr


def _run(*, before: str = "", stdout: object = subprocess.PIPE, **parts: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", _PROGRAM.format(before=before, **parts)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(program, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, env=buffered)  # type: ignore[call-overload,no-any-return]
