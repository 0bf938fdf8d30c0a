"""Any history of generating, editing, deleting, merging and dying loses no line of a person's and ends well."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from folders import generate, killed_after, stamps, tree, write
from hypothesis import example, given, settings
from hypothesis import strategies as st

from erd2dbt.write.changes import Choice, Fate, decide, recover, refusals

PATHS = ["dbt_project.yml", "models/a.sql", "models/b.sql", "models/deep/c.sql", "seeds/d.csv"]
LINES = [f"{line}\n" for line in range(6)]


def generated(changed: set[int], end: int) -> str:
    """Some lines of six in another version, and not always all."""
    return "".join(f"new {line}" if at in changed else line for at, line in enumerate(LINES[:end]))


def edited(text: str, at: int, removed: int) -> str:
    """With a line of the person's put in, and some of the generated ones taken out."""
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:at], f"mine {at}\n", *lines[at + removed :]])


OURS = st.builds(generated, st.sets(st.integers(0, 5)), st.integers(1, 6))
MINE = st.builds(edited, OURS, st.integers(0, 6), st.integers(0, 3))
SPECS = st.dictionaries(st.sampled_from(PATHS), OURS)


@dataclass(frozen=True)
class Generate:
    files: dict[str, str]
    killed_after: int | None
    conflict: Choice | None = None


@dataclass(frozen=True)
class Edit:
    path: str
    text: str


@dataclass(frozen=True)
class Delete:
    path: str


@dataclass(frozen=True)
class Checkout:
    """Version control writes the file with other line endings."""

    path: str


ANYWHERE = st.sampled_from([*PATHS, "models/mine.sql", "models/deep/mine.sql"])
STEPS = st.one_of(
    st.builds(Generate, SPECS, st.none() | st.integers(0, 60), st.sampled_from([None, Choice.THEIRS, Choice.MARKERS])),
    st.builds(Edit, ANYWHERE, MINE | OURS),
    st.builds(Delete, ANYWHERE),
    st.builds(Checkout, ANYWHERE),
)


def mine_in(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n") if "mine" in line]


@dataclass
class History:
    """A folder, the lines in it that are a person's, and the paths that a person ever wrote to."""

    out: Path
    mine: dict[str, list[str]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def step(self, step: Generate | Edit | Delete | Checkout) -> None:
        if isinstance(step, Generate):
            self.generate(step)
        elif isinstance(step, Edit):
            write(self.out, {step.path: step.text})
            self.touched.add(step.path)
            self.mine.pop(step.path, None)
            if mine_in(step.text):
                self.mine[step.path] = mine_in(step.text)
        elif (self.out / step.path).exists():
            text = (self.out / step.path).read_bytes().decode()
            if isinstance(step, Delete):
                write(self.out, {step.path: None})
                self.mine.pop(step.path, None)
            else:
                write(self.out, {step.path: text.replace("\r\n", "\n").replace("\n", "\r\n")})

    def generate(self, step: Generate) -> None:
        recover(self.out)
        decided = decide(step.files, self.out, conflict=step.conflict)
        work = {change.path for change in decided if change.fate in (Fate.CONFLICT, Fate.KEEP, Fate.MERGE)}
        assert work <= self.touched, "a file of ours was called edited"
        assert work >= self.mine.keys() & step.files.keys(), "an edit was not noticed"
        before = tree(self.out)
        if refusals(decided):
            assert tree(self.out) == before
        elif step.killed_after is None:
            generate(step.files, self.out, conflict=step.conflict)
            self.check_done(step.files)
        else:
            killed_after(step.killed_after, step.files, self.out, conflict=step.conflict)
        now = tree(self.out)
        assert self.mine == {path: mine_in(now.get(path, "")) for path in self.mine}, "a person's line was lost"

    def check_done(self, files: dict[str, str]) -> None:
        now = tree(self.out)
        clean = files.keys() - self.touched
        assert {path: now[path].replace("\r\n", "\n") for path in clean} == {path: files[path] for path in clean}
        left = {path for path in now if path not in files}
        assert all(any(path.startswith(stale) for path in self.touched) for stale in left), "a stale file was left"
        again = {change.path: change.fate for change in decide(files, self.out)}
        assert {path for path, fate in again.items() if fate in (Fate.SAME, Fate.KEEP)} == files.keys()
        assert {path for path, fate in again.items() if fate is not Fate.SAME} <= self.touched
        before = stamps(self.out)
        generate(files, self.out)
        assert stamps(self.out) == before, "a second run wrote something"

    def settle(self, files: dict[str, str]) -> None:
        """The person gives way where they are refused; then all is as generated."""
        recover(self.out)
        for change in decide(files, self.out):
            if change.fate is Fate.CONFLICT:
                self.step(Delete(change.path))
        self.generate(Generate(files, None))


@settings(deadline=None, max_examples=200)
@given(st.lists(STEPS, max_size=12), SPECS)
@example([Generate({"models/a.sql": "0\n"}, 22), Delete("models/a.sql")], {})  # its folder must not stay
@example([Generate({"models/a.sql": "0\n"}, 26), Delete("models/a.sql")], {})
def test_any_history(steps: list[Generate | Edit | Delete | Checkout], last: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder) / "out")
        for step in steps:
            history.step(step)
        history.settle(last)
