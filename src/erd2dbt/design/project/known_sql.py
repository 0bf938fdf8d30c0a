"""Cached SQL files that an earlier run laid out, rendered and proved, and that are still valid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from erd2dbt.cache.digests import digest_of
from erd2dbt.cache.pieces import Piece, Pieces
from erd2dbt.design.plans.known_relations import KnownRelations
from erd2dbt.design.plans.plan import Plan
from erd2dbt.design.project.project import SqlFile


@dataclass(slots=True)
class KnownSql:
    """`relations`: their digests depend on the program and its templates, too."""

    pieces: Pieces
    relations: KnownRelations
    engine: str
    _keys: dict[str, str] = field(default_factory=dict)  # by dbt model
    _proved: dict[str, str] = field(default_factory=dict)  # dbt model -> the text that was proved

    def file(self, plan: Plan, folder: str) -> SqlFile | None:
        """The cached file of a plan in the folder; None where it is not valid."""
        model = plan.relation.model
        key = self._keys[model] = digest_of(self.relations.digests[plan.relation.name], self.engine, folder)
        piece = self.pieces.get(f"sql {model}")
        if piece is None or piece.head not in ([key, True], [key, False]):
            self.pieces.drop(f"sql {model}")
            return None
        text = piece.body.decode()
        if piece.head == [key, True]:
            self._proved[model] = text
        return SqlFile(model=model, path=f"{folder}/{model}.sql", laid_out=text)

    def proved(self, texts: Mapping[str, str]) -> set[str]:
        """The models whose given texts were proved already."""
        return {model for model, text in self._proved.items() if texts.get(model) == text}

    def keep(self, files: Iterable[SqlFile], texts: Mapping[str, str], unproved: Collection[str]) -> None:
        """Store the text of each model for the next run. `unproved`: models to be proved again."""
        for file in files:
            is_proved = file.model not in unproved
            if file.laid_out is None or is_proved != (file.model in self._proved):
                piece = Piece([self._keys[file.model], is_proved], texts[file.model].encode())
                self.pieces.put(f"sql {file.model}", piece)
