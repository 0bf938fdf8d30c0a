"""Finds SQL that reads models that do not exist: dbt compiles nothing then."""

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
    """A reference to a model that no file of the project defines. `now`: the model's new name, if known."""

    place: Place
    model: str
    now: str | None

    @property
    def sentence(self) -> str:
        """The sentence for a summary."""
        is_called = f"; it is `{self.now}` now: write `ref('{self.now}')`" if self.now else ""
        return f"{self.place} reads `{self.model}`, which is not in the project{is_called}"


def missing_refs(
    out: Path,
    around: Surroundings,
    models: Collection[str],
    edited: Mapping[str, str],
    renamed: Mapping[str, str],
) -> list[MissingRef]:
    """Return the missing references of all SQL that differs from the generated text.

    `models`: the generated ones. `edited`: their files, as they will be written. `renamed`: old -> new name of a model.
    Empty if packages are required and not installed, because they have models too.
    """
    root = os.fspath(out)
    if not os.path.isdir(root) or _lacks_packages(root):
        return []
    ours = read_lock(root)
    texts = {**own_texts(root, around, ours, (".sql",)), **edited}
    if not texts:
        return []
    from erd2dbt.sqlproof.dbttext import ref_places  # the SQL parser is imported only if there is a text to parse

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
