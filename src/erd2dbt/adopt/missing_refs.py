"""SQL of a project that reads models which are not there: dbt compiles nothing then."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from erd2dbt.adopt.own_texts import own_texts
from erd2dbt.design.project.surroundings import Place, Surroundings
from erd2dbt.write.lock import read_lock

_PACKAGES = ("packages.yml", "dependencies.yml")


@dataclass(frozen=True, slots=True)
class MissingRef:
    """Where SQL reads a model that no file of the project makes; `now`: what that is called, where it is known."""

    place: Place
    model: str
    now: str | None

    @property
    def sentence(self) -> str:
        """For a summary."""
        is_called = f"; it is `{self.now}` now: write `ref('{self.now}')`" if self.now else ""
        return f"{self.place} reads `{self.model}`, which is not in the project{is_called}"


def missing_refs(
    out: Path,
    around: Surroundings,
    models: Collection[str],
    edited: Mapping[str, str],
    renamed: Mapping[str, str],
) -> list[MissingRef]:
    """In all SQL that is not as generated. `models` are generated, `edited` are files of theirs as they will stand.

    `renamed`: old name of a model -> new name. Nothing where packages are wanted and not installed: they have models,
    too."""
    root = os.fspath(out)
    if not os.path.isdir(root) or _lacks_packages(root):
        return []
    ours = read_lock(root)
    texts = {**own_texts(root, around, ours, (".sql",)), **edited}
    if not texts:
        return []
    from erd2dbt.sqlproof.dbttext import ref_places  # the parser of SQL is loaded for texts alone

    left = {_stem(path) for path in ours if path.endswith(".sql") and os.path.isfile(f"{root}/{path}")}
    known = {*models, *around.nodes, *(left - renamed.keys())}
    return [
        MissingRef(Place(path, line), model, renamed.get(model))
        for path, text in sorted(texts.items())
        for model, line in ref_places(text)
        if model not in known
    ]


def _lacks_packages(root: str) -> bool:
    wants = any(os.path.isfile(f"{root}/{name}") for name in _PACKAGES)
    return wants and not os.path.isdir(f"{root}/dbt_packages")


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".sql")
