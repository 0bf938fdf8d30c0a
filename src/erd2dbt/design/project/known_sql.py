"""Cached SQL files that an earlier run laid out, rendered and proved, and that are still valid."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields

from erd2dbt.cache.digests import digest_of
from erd2dbt.cache.pieces import Piece, Pieces
from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.project import Project, SqlFile


@dataclass(frozen=True, slots=True)
class _Kept:
    file: SqlFile
    text: str
    is_proved: bool


@dataclass(slots=True)
class KnownSql:
    """`relations`: name -> a digest of everything that it depends on, including the program and its templates."""

    pieces: Pieces
    relations: Mapping[str, str]
    engine: str
    _keys: dict[str, str] = field(default_factory=dict)  # by dbt model
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def file(self, plan: Plan, folder: str) -> SqlFile | None:
        """The cached file of a plan in the folder; None where it is not valid."""
        model = plan.relation.model
        key = self._keys[model] = digest_of(self.relations[plan.relation.name], self.engine, folder)
        piece = self.pieces.get(f"sql {model}")
        if piece is None or piece.head != key:
            self.pieces.drop(f"sql {model}")
            return None
        kept = self._kept[model] = _Kept(*pickle.loads(piece.body))  # noqa: S301 - sealed with a key of the user
        return kept.file

    def texts(self, project: Project) -> dict[str, str]:
        """Path -> text of the files that are unchanged since they were laid out, even if they were moved."""
        found = ((file, self._kept.get(file.model)) for file in project.sql)
        return {file.path: kept.text for file, kept in found if kept is not None and _is_same(file, kept.file)}

    def proved(self, texts: Mapping[str, str]) -> set[str]:
        """The models whose given texts were proved already."""
        return {model for model, kept in self._kept.items() if kept.is_proved and texts.get(model) == kept.text}

    def keep(self, files: Iterable[SqlFile], texts: Mapping[str, str], unproved: Collection[str]) -> None:
        """Store the files for the next run, with the text of each model. `unproved`: models to be proved again.

        `files`: before the project is fitted into another one, as `file` returns them.
        """
        for file in files:
            kept, now = self._kept.get(file.model), _Kept(file, texts[file.model], file.model not in unproved)
            if kept is None or not (_is_same(file, kept.file) and now.is_proved == kept.is_proved):
                body = pickle.dumps((now.file, now.text, now.is_proved), protocol=5)
                self.pieces.put(f"sql {file.model}", Piece(self._keys[file.model], body))


def _is_same(file: SqlFile, other: SqlFile) -> bool:
    """Whether the file equals the other one except for its path."""
    return all(
        getattr(file, one.name) is getattr(other, one.name) or getattr(file, one.name) == getattr(other, one.name)
        for one in fields(file)
        if one.name != "path"
    )
