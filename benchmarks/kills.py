"""Commands that write, killed by force at every change of the disk and at random moments; and two of them at once.

Usage: `python benchmarks/kills.py --kills 500 --pairs 3`.

After each kill the same command runs once more. Then everything must stand as after a run that nobody killed: the
files, the branches, the index, the work trees; no half file, no staged one. `--pairs` runs each pair of commands at
once so many times: both end, at least one does its work, and a further run brings all to the same end.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any, ClassVar

from erd2dbt.cli import main as command

SHOP = """\
version: 1
project: shop
sources: {crm: {schema: crm}}
entities:
  customers:
    key: customer_id
    columns: {customer_id: int, name: text}
  orders:
    key: order_id
    columns: {order_id: int, customer_id: int, amount: int}
links:
  orders }o--|| customers: customer_id
"""
DIAGRAM = "erDiagram\n  users {\n    int user_id PK\n  }\n  visits {\n    int visit_id PK\n    int user_id FK\n  }\n"
DESCRIBED = (
    "version: 2\n\nmodels:\n  - name: stg_orders\n    description: Mine\n  - name: other\n    description: Theirs\n"
)
CHANGING = ("mkdir", "rmdir", "unlink", "replace", "rename", "open", "write", "fsync", "ftruncate", "chmod", "symlink")
State = dict[str, str]


@dataclass(frozen=True)
class Story:
    """What stands there before, and the command."""

    name: str
    begin: Callable[[], None]
    words: tuple[str, ...]


def generated() -> None:
    Path("shop.yml").write_text(SHOP)
    run("generate", "shop.yml", "-o", "out", "--no-compile", "-q")


def changed() -> None:
    """A project with an edit, whose spec has changed in several places."""
    generated()
    model = Path("out/models/marts/fct_orders.sql")
    model.write_text(f"{model.read_text()}-- mine\n")
    Path("shop.yml").write_text(
        SHOP.replace("name: text", "name: text, city: text").replace("amount: int", "paid: int")
    )


def committed() -> None:
    generated()
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "Before"]):
        subprocess.run(["git", *words], check=True)
    Path("shop.yml").write_text(SHOP.replace("name: text", "name: text, city: text"))
    subprocess.run(["git", "commit", "-qam", "The diagram of May"], check=True)


def imported() -> None:
    Path("er.mmd").write_text(DIAGRAM)
    run("import", "er.mmd", "-o", "spec.yml", "-q")
    Path("er.mmd").write_text(DIAGRAM.replace("visit_id PK\n", "visit_id PK\n    text page\n"))
    Path("spec.yml").write_text(Path("spec.yml").read_text().replace("  users:\n", "  users:\n    description: Mine\n"))


def owned() -> None:
    """A project of somebody's, who describes a model that is generated."""
    Path("shop.yml").write_text(SHOP)
    Path("out/models").mkdir(parents=True)
    Path("out/dbt_project.yml").write_text("name: theirs\nversion: '1.0'\nprofile: theirs\n")
    Path("out/models/theirs.yml").write_text(DESCRIBED)
    run("generate", "shop.yml", "-o", "out", "--no-compile", "-q")


STORIES = (
    Story("generate", lambda: Path("shop.yml").write_text(SHOP) and None, ("generate", "shop.yml", "-o", "out")),
    Story("generate again", changed, ("generate", "shop.yml", "-o", "out")),
    Story("generate --branch", committed, ("generate", "shop.yml", "-o", "out", "--branch", "may")),
    Story("import", lambda: Path("er.mmd").write_text(DIAGRAM) and None, ("import", "er.mmd", "-o", "spec.yml")),
    Story("import again", imported, ("import", "er.mmd", "-o", "spec.yml")),
    Story("adopt", owned, ("adopt", "shop.yml", "-o", "out", "--write")),
    Story("convert", generated, ("convert", "shop.yml", "--to", "dbml", "-o", "shop.dbml")),
)


def all_of_it() -> None:
    """A project with an edit and a changed spec, and a diagram that was imported and has changed."""
    changed()
    imported()
    Path("out/models/theirs.yml").write_text(DESCRIBED)


TOGETHER = tuple(
    Story(" ".join(words), all_of_it, words)
    for words in (
        ("generate", "shop.yml", "-o", "out"),
        ("diff", "shop.yml", "-o", "out"),
        ("adopt", "shop.yml", "-o", "out", "--write"),
        ("import", "er.mmd", "-o", "spec.yml"),
        ("check", "shop.yml", "--fix"),
        ("convert", "shop.yml", "--to", "dbml", "-o", "shop.dbml"),
    )
)


def main() -> None:
    arguments = _arguments()
    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "a@b.c", f"GIT_{who}_DATE": "2026-01-01T00:00:00Z"}
    chance = random.Random(arguments.seed)
    wrong: list[str] = []
    stories = [story for story in STORIES if arguments.only in (None, story.name)] if arguments.kills else []
    for story in stories:
        steps = _killed_at_steps(story, wrong)
        moments = max(arguments.kills // len(stories) - steps, 5)
        killed = sum(_killed_at_a_moment(story, chance, wrong) for _ in range(moments))
        print(f"{story.name:<20} killed at {steps:>3} writes, at {killed:>3} moments", flush=True)
    pairs = [*combinations_with_replacement(TOGETHER, 2)] * arguments.pairs
    for one, other in pairs:
        _both(one, other, wrong)
    print(f"{len(pairs)} pairs at once")
    print(f"{len(wrong)} wrong", *wrong[:20], sep="\n    ")
    sys.exit(bool(wrong))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", help="one of the stories, such as `import again`")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def run(*words: str) -> int:
    """In a child, which no patch outlives."""
    return _child(words, None)


def _child(words: tuple[str, ...], killed_at: int | None) -> int:
    """How a command ends; negative if it was killed, at so many changes of the disk."""
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    if killed_at is not None:
        _count(killed_at)
    try:
        command([*words], standalone_mode=False)
        os._exit(0)
    except SystemExit as end:
        os._exit(int(end.code or 0))
    except BaseException:
        os._exit(99)


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


def _words(story: Story) -> tuple[str, ...]:
    return (*story.words, "--no-compile") if story.words[0] == "generate" else story.words


class Place:
    """A folder of its own with a story\'s beginning, copied from one that was made once."""

    made: ClassVar[dict[str, Path]] = {}
    root: ClassVar = Path(tempfile.mkdtemp(prefix="erd2dbt-kills-"))

    def __init__(self, story: Story) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=self.root))
        os.environ["ERD2DBT_CACHE"] = str(self.folder / "cache")
        shutil.copytree(self._beginning(story), self.folder / "here", symlinks=True)
        os.chdir(self.folder / "here")

    def _beginning(self, story: Story) -> Path:
        if story.name not in self.made:
            place = self.root / f"begin {story.name}"
            place.mkdir()
            os.chdir(place)
            story.begin()
            self.made[story.name] = place
        return self.made[story.name]

    def end(self) -> None:
        os.chdir(self.root)
        shutil.rmtree(self.folder)


def _state() -> State:
    found = {
        str(path): path.read_text(errors="replace")
        for path in sorted(Path().rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
    if Path(".git").is_dir():
        for words in (("for-each-ref", "--format=%(refname) %(tree)"), ("status", "--porcelain"), ("worktree", "list")):
            said = subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout
            found[words[0]] = str(len(said.splitlines())) if words[0] == "worktree" else said
        found["trees"] = subprocess.run(
            ["git", "log", "--all", "--format=%T %s"], check=True, capture_output=True, text=True
        ).stdout
    return found


EXPECTED: dict[str, State] = {}


def _expected(story: Story) -> State:
    if story.name not in EXPECTED:
        place = Place(story)
        assert run(*_words(story)) == 0, story.name
        EXPECTED[story.name] = _state()
        place.end()
    return EXPECTED[story.name]


def _killed_at_steps(story: Story, wrong: list[str]) -> int:
    step = 0
    while True:
        place = Place(story)
        ended = _child(_words(story), step)
        if ended >= 0:
            place.end()
            return step
        _check(story, f"write {step}", wrong)
        place.end()
        step += 1


def _killed_at_a_moment(story: Story, chance: random.Random, wrong: list[str]) -> bool:
    place = Place(story)
    words = [sys.executable, "-c", "from erd2dbt.cli import main; main()", *_words(story)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(chance.uniform(0.2, 1.6))
    is_killed = process.poll() is None
    process.kill()
    process.wait()
    _check(story, "a moment", wrong)
    place.end()
    return is_killed


def _check(story: Story, when: str, wrong: list[str]) -> None:
    """That one more run heals all. Of a branch that is there already, the run before was done."""
    ended = run(*_words(story))
    is_done = "--branch" in story.words and ended == 2
    found, expected = _state(), _expected(story)
    if (ended and not is_done) or found != expected:
        differ = [path for path in {*found, *expected} if found.get(path) != expected.get(path)]
        wrong.append(f"{story.name}, killed at {when}: ends with {ended}, {sorted(differ)[:4]}")


def _both(one: Story, other: Story, wrong: list[str]) -> None:
    """Two commands at once, on one project and with one cache."""
    place = Place(one)
    program = [sys.executable, "-c", "from erd2dbt.cli import main; main()"]
    processes = [
        subprocess.Popen([*program, *_words(story)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for story in (one, other)
    ]
    ends = [process.wait(timeout=120) for process in processes]
    if 0 not in ends or {*ends} - {0, 1, 2}:
        wrong.append(f"{one.name} and {other.name} at once: end with {ends}")
    again = [run(*_words(story)) for story in (one, other)]
    found = _state()
    place.end()
    place = Place(one)
    expected = [run(*_words(story)) for story in (one, other, one, other)]
    if (again, found) != (expected[2:], _state()):
        differ = [path for path in {*found, *_state()} if found.get(path) != _state().get(path)]
        wrong.append(f"after {one.name} and {other.name} at once: {again}, {sorted(differ)[:4]}")
    place.end()


if __name__ == "__main__":
    main()
