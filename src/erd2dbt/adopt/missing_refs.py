"""SQL of a project that reads models which are not there: dbt compiles nothing then."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from erd2dbt.design.project.surroundings import Place, Surroundings
from erd2dbt.write.lock import read_lock

_PACKAGES = ("packages.yml", "dependencies.yml")
_BESIDE = ("analyses", "snapshots")


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
    texts = {**dict(_own_texts(root, around, ours)), **edited}
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


def _own_texts(root: str, around: Surroundings, ours: Collection[str]) -> Iterator[tuple[str, str]]:
    for folder in dict.fromkeys((around.model_path, around.test_path, *_BESIDE)):
        for here, folders, files in os.walk(f"{root}/{folder}"):
            folders.sort()
            yield from _texts(root, here, files, ours)


def _texts(root: str, here: str, files: Iterable[str], ours: Collection[str]) -> Iterator[tuple[str, str]]:
    for name in sorted(files):
        path = os.path.relpath(f"{here}/{name}", root).replace(os.sep, "/")
        if name.endswith(".sql") and path not in ours:
            with open(f"{here}/{name}", encoding="utf-8", errors="replace") as file:
                yield path, file.read()


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".sql")
