"""Every command, killed by force at every change of the disk and at random moments; and two of them at once.

Usage: `python benchmarks/kills.py --kills 500 --pairs 3`.

After each kill the same command runs once more. Then everything must stand as after a run that nobody killed: the
files, the branches, the index, the work trees, the board; no half file, no staged one, no server. What a kill leaves is
said by the next run. `--pairs` runs each pair of commands at once so many times: both end, at least one does its work,
one that does not says why, and a further run brings all to the same end. The stories stand in `kill_stories.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import pkgutil
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import erd2dbt
from erd2dbt.cli import COMMANDS
from erd2dbt.cli import main as command
from erd2dbt.write.run_lock import killed_run
from kill_stories import NO_STORY, TOGETHER, Place, State, Story, stories

CHANGING = ("mkdir", "rmdir", "unlink", "replace", "rename", "open", "write", "fsync", "ftruncate", "chmod", "symlink")
PATIENCE = 180  # seconds for one run
SAID = ("the last run was interrupted", "its work tree was removed")
REASONS = ("is writing into `", "changed while it was being", "nothing was written", "run the command again", "E810")
__all__ = ["COMMANDS", "NO_STORY", "TOGETHER", "both", "killed_at_steps", "prepare", "stories"]
EXPECTED: dict[str, State] = {}
SECONDS: dict[str, float] = {}


def main() -> None:
    arguments = _arguments()
    prepare()
    chance = random.Random(arguments.seed)
    wrong: list[str] = []
    chosen = [story for story in stories() if arguments.only in (None, story.name)] if arguments.kills else []
    killed = sum(_killed(story, arguments, chance, wrong, len(chosen)) for story in chosen)
    pairs = [*combinations_with_replacement(TOGETHER, 2)] * arguments.pairs
    for one, other in pairs:
        both(one, other, wrong)
    print(f"{killed} kills, {len(pairs)} pairs at once")
    print(f"{len(wrong)} wrong", *wrong[:20], sep="\n    ")
    sys.exit(bool(wrong))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--every", type=int, default=1, help="only each so many-th change of the disk")
    parser.add_argument("--servers", type=int, default=5, help="kills of commands that start a server")
    parser.add_argument("--only", help="one of the stories, such as `import again`")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def prepare() -> None:
    """What each child would do first: it is forked, so it finds all modules loaded."""
    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "a@b.c", f"GIT_{who}_DATE": "2026-01-01T00:00:00Z"}
    for module in pkgutil.walk_packages(erd2dbt.__path__, "erd2dbt."):
        with contextlib.suppress(ImportError):  # of an extra that is not installed
            importlib.import_module(module.name)
    Place.serve()


# -- kills


def _killed(story: Story, arguments: argparse.Namespace, chance: random.Random, wrong: list[str], of: int) -> int:
    steps = 0 if story.server else killed_at_steps(story, wrong, arguments.every)
    moments = arguments.servers if story.server else max(arguments.kills // of - steps, 5)
    killed = sum(killed_at_a_moment(story, chance, wrong) for _ in range(moments))
    print(f"{story.name:<20} killed at {steps:>3} writes, at {killed:>3} moments", flush=True)
    return steps + killed


def killed_at_steps(story: Story, wrong: list[str], every: int = 1, most: int | None = None) -> int:
    """How often it was killed."""
    _expected(story)
    steps = 0
    for at in range(0, 10_000, every):
        place = Place(story, run)
        ended = _ended(_child(story.words, killed_at=at))
        if ended != -signal.SIGKILL or steps == most:
            place.end()
            break
        _check(place, f"write {at}", wrong)
        place.end()
        steps += 1
    return steps


def killed_at_a_moment(story: Story, chance: random.Random, wrong: list[str]) -> bool:
    _expected(story)
    place = Place(story, run)
    process = _child(story.words)
    time.sleep(chance.uniform(0, SECONDS[story.name]))
    is_killed = os.waitpid(process, os.WNOHANG) == (0, 0)
    if is_killed:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    _check(place, "a moment", wrong)
    place.end()
    return is_killed


def _expected(story: Story) -> State:
    """What stands there after a run that nobody kills."""
    if story.name not in EXPECTED:
        place = Place(story, run)
        began = time.monotonic()
        ended = run(*story.words)
        SECONDS[story.name] = time.monotonic() - began
        if ended not in (0, 1) or (ended and not _only_reads(story, place)):
            sys.exit(f"`{' '.join(story.words)}` ends with {ended}: tell its story in kill_stories.py\n{_said()}")
        EXPECTED[story.name] = place.state()
        place.end()
    return EXPECTED[story.name]


def _only_reads(story: Story, place: Place) -> bool:
    del place
    return story.words[0] == "diff"


def _check(place: Place, when: str, wrong: list[str]) -> None:
    """That one more run heals all, and says so."""
    story, own = place.story, Path(".git/erd2dbt")
    was_left = killed_run("out") or killed_run(".") or (own.is_dir() and any(own.glob("*.lock")))
    ended = run(*story.words)
    said, found, expected = _said(), place.state(), _expected(story)
    if ended not in (*story.again, _ended_alone(story)) or found != expected:
        differ = [path for path in {*found, *expected} if found.get(path) != expected.get(path)]
        wrong.append(f"{story.name}, killed at {when}: ends with {ended}, {sorted(differ)[:4]} {said[-300:]}")
    elif was_left and not any(word in said for word in SAID):
        wrong.append(f"{story.name}, killed at {when}: nothing is said of {was_left}")
    elif story.server and (left := _servers(place.folder)):
        wrong.append(f"{story.name}, killed at {when}: servers are left: {left}")


def _ended_alone(story: Story) -> int:
    return 1 if story.words[0] == "diff" else 0


def _servers(folder: Path) -> list[str]:
    """Processes with a file of this folder in their words, once they had time to end."""
    for _ in range(100):
        if not (found := list(_processes(str(folder)))):
            break
        time.sleep(0.1)
    return found


def _processes(word: str) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_text(errors="replace").replace("\0", " ")
            if word in words:
                yield f"{process.name} {words[:80]}"


# -- two at once


def both(one: Story, other: Story, wrong: list[str]) -> None:
    """Two commands at once, on one project and with one cache."""
    place = Place(one, run)
    outputs = [place.folder / name for name in ("one.txt", "other.txt")]
    processes = [_child(story.words, said=file) for story, file in zip((one, other), outputs, strict=True)]
    ends = [_ended(process) for process in processes]
    told = [file.read_text(errors="replace") for file in outputs]
    name = f"{one.name} and {other.name}"
    if {*ends} - {0, 1, 2} or any("Traceback" in text for text in told):
        wrong.append(f"{name} at once: end with {ends} {told}")
    unsaid = [text for end, text in zip(ends, told, strict=True) if end == 2 and not any(r in text for r in REASONS)]
    if unsaid:
        wrong.append(f"{name} at once: end with {ends}, without a reason: {unsaid}")
    for _ in range(2):
        again = [run(*story.words) for story in (one, other)]
    found = place.state()
    place.end()
    place = Place(one, run)
    for _ in range(2):
        expected = [run(*story.words) for story in (one, other)]
    wanted = place.state()
    place.end()
    if (again, found) != (expected, wanted):
        differ = [path for path in {*found, *wanted} if found.get(path) != wanted.get(path)]
        wrong.append(f"after {name} at once: {ends}, {again} and not {expected}, {sorted(differ)[:4]}")


# -- children


def run(*words: str) -> int:
    """In a child, which no patch outlives."""
    return _ended(_child(words))


def _said() -> str:
    return (Place.root / "said").read_text(errors="replace")


def _child(words: tuple[str, ...], *, killed_at: int | None = None, said: Path | None = None) -> int:
    """The number of a process; `killed_at`: after so many changes of the disk."""
    if process := os.fork():
        return process
    into = os.open(said or Place.root / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(into, 1)
    os.dup2(into, 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    if killed_at is not None:
        _count(killed_at)
    code = 99
    try:
        command([*words], standalone_mode=False)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException as error:
        print("Traceback:", repr(error), flush=True)
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _ended(process: int) -> int:
    """How it ends; negative if it was killed. Killed here if it hangs, which is 98."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return 98


def _count(left: int) -> None:
    """Lets so many changes of the disk pass, and kills this process at the next one."""
    counts = [left]

    def patched(name: str) -> Callable[..., Any]:
        really = getattr(os, name)

        def call(*args: Any, **more: Any) -> Any:
            if name != "open" or (len(args) > 1 and args[1] & os.O_CREAT):
                if not counts[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                counts[0] -= 1
            return really(*args, **more)

        return call

    for name in CHANGING:
        setattr(os, name, patched(name))


if __name__ == "__main__":
    main()
