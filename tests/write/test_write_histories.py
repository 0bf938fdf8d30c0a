"""Any history of generating, editing, deleting and dying loses no byte of a person's and ends well."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from folders import generate, killed_after, stamps, tree, write
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.write.changes import decide, refusals

PATHS = ["dbt_project.yml", "models/a.sql", "models/b.sql", "models/deep/c.sql", "seeds/d.csv"]
OURS = st.sampled_from(["1\n", "2\n", "3\n"])
SPECS = st.dictionaries(st.sampled_from(PATHS), OURS)


@dataclass(frozen=True)
class Generate:
    files: dict[str, str]
    killed_after: int | None


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
    st.builds(Generate, SPECS, st.none() | st.integers(0, 60)),
    st.builds(Edit, ANYWHERE, st.sampled_from(["mine\n", "mine too\n", "mine\r\n"]) | OURS),
    st.builds(Delete, ANYWHERE),
    st.builds(Checkout, ANYWHERE),
)


@dataclass
class History:
    """A folder, the bytes in it that are a person's, and the paths that a person ever wrote to."""

    out: Path
    mine: dict[str, str] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def step(self, step: Generate | Edit | Delete | Checkout) -> None:
        if isinstance(step, Generate):
            self.generate(step)
        elif isinstance(step, Edit):
            write(self.out, {step.path: step.text})
            self.touched.add(step.path)
            self.mine.pop(step.path, None)
            if "mine" in step.text:
                self.mine[step.path] = step.text
        elif (self.out / step.path).exists():
            text = (self.out / step.path).read_bytes().decode()
            if isinstance(step, Delete):
                write(self.out, {step.path: None})
                self.mine.pop(step.path, None)
            elif step.path not in self.mine:
                write(self.out, {step.path: text.replace("\r\n", "\n").replace("\n", "\r\n")})

    def generate(self, step: Generate) -> None:
        refused = {fault.message.split("`")[1] for fault in refusals(decide(step.files, self.out))}
        assert refused <= self.touched, "a file of ours was called edited"
        assert refused >= self.mine.keys() & step.files.keys(), "an edit was not noticed"
        before = tree(self.out)
        if refused:
            assert tree(self.out) == before
        elif step.killed_after is None:
            generate(step.files, self.out)
            self.check_done(step.files)
        else:
            with pytest.MonkeyPatch.context() as patch:
                killed_after(step.killed_after, step.files, self.out, patch)
        now = tree(self.out)
        assert self.mine == {path: now.get(path) for path in self.mine}, "a person's bytes were lost"

    def check_done(self, files: dict[str, str]) -> None:
        now = tree(self.out)
        assert {path: now[path].replace("\r\n", "\n") for path in files} == files
        left = {path for path in now if path not in files}
        assert all(any(path.startswith(stale) for path in self.touched) for stale in left), "a stale file was left"
        again = decide(files, self.out)
        assert {change.path for change in again if change.fate == "same"} == files.keys()
        assert {change.path for change in again if change.fate != "same"} <= self.mine.keys() | self.touched
        before = stamps(self.out)
        generate(files, self.out)
        assert stamps(self.out) == before, "a second run wrote something"

    def settle(self, files: dict[str, str]) -> None:
        """The person gives way where they are refused; then all is as generated."""
        for fault in refusals(decide(files, self.out)):
            self.step(Delete(fault.message.split("`")[1]))
        self.generate(Generate(files, None))


@settings(deadline=None, max_examples=200)
@given(st.lists(STEPS, max_size=12), SPECS)
def test_any_history(steps: list[Generate | Edit | Delete | Checkout], last: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder) / "out")
        for step in steps:
            history.step(step)
        history.settle(last)
