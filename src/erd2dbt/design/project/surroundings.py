"""The existing dbt project around the generated files, as values that `adopt.survey` finds."""

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
    """An existing project. All paths are relative to it, with slashes.

    `theirs`: files of its owner that would otherwise be generated. `nodes`: models, seeds and snapshots, with their
    places. `folders`: where dbt looks for files. `sources` (by source and table) and `models`: nodes with properties in
    the owner's YAML. `tests`: its generic tests. `unread`: YAML files that only dbt can read.
    """

    name: str | None = None  # of the dbt project; None: everything is generated
    settings: str = ""  # the text of `dbt_project.yml`, where that belongs to its owner
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
