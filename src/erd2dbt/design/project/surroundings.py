"""What is around the generated files in a dbt project that has more: values, as `adopt.survey` finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, by its path in the project."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """A project as its owner made it. All paths are relative to it, with slashes.

    `theirs`: files that are its owner's, and that would be generated otherwise. `nodes`: models, seeds and snapshots,
    and where they stand. `folders`: in which dbt looks for files.
    `sources` (by source and table) and `models`: whose properties are in a YAML of its owner.
    `tests`: generic tests that it has. `unread`: YAML files that cannot be read without dbt."""

    name: str | None = None  # of the dbt project; None: it is all ours
    settings: str = ""  # the text of its `dbt_project.yml`, where that is its owner's
    profile: str | None = None
    model_path: str = "models"
    macro_path: str = "macros"
    test_path: str = "tests"
    folders: tuple[str, ...] = ("models", "seeds", "snapshots", "macros", "tests", "analyses")
    theirs: frozenset[str] = frozenset()
    nodes: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[tuple[str, str], Place] = field(default_factory=dict)
    models: Mapping[str, Place] = field(default_factory=dict)
    tests: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


NOTHING = Surroundings()
