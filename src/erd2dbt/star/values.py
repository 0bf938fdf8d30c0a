"""The star while it is built: the kind of each entity and the name of its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from erd2dbt.diagram.erd import Attribute, Erd, Expression, ModelSpec
from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import Diagnostic
from erd2dbt.star.kinds import Classified, Kind
from erd2dbt.star.missing_tables import Phantom
from erd2dbt.star.parents import Parent
from erd2dbt.star.privacy import personal_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """The star. `models`: entity -> its model, where it has its own. `phantoms`: each with its dimension."""

    erd: Erd
    entities: Mapping[str, Classified]
    models: Mapping[str, str]
    phantoms: tuple[tuple[Phantom, str], ...] = ()
    specs: tuple[ModelSpec, ...] = ()  # in reading order
    remarks: tuple[Diagnostic, ...] = ()  # on what is declared, and excluded from the star

    @property
    def without_model(self) -> tuple[Classified, ...]:
        return tuple(one for one in self.entities.values() if one.name not in self.models)

    def headers(self, one: Classified) -> tuple[tuple[Parent, Classified], ...]:
        """The events that the rows of a fact are parts of, each with its link."""
        return tuple((found.parent, self.entities[found.parent.entity]) for found in one.headers)

    def has_mart(self, one: Classified) -> bool:
        return one.name in self.models

    def dimension(self, entity: str) -> str | None:
        """The dimension with the rows of an entity; None without one."""
        return self.models.get(entity) if self.entities[entity].kind is Kind.DIMENSION else None


def rows_of(one: Classified, *needed: str) -> Expression | None:
    """The filter of a model over these rows: required columns are not null, and deleted rows are excluded."""
    parts = [f"{ident(name)} is not null" for name in needed]
    parts += [one.upkeep.alive] if one.upkeep.alive else []
    return Expression(" and ".join(parts), one.entity.span) if parts else None


def kept(one: Classified) -> tuple[Attribute, ...]:
    """The columns that a mart shows.

    Excluded columns are dropped, and so is personal data of facts, unless a key, link or event depends on it.
    """
    needed = {word.text for word in one.entity.key} | {c for p in one.parents for c in p.columns}
    needed |= {one.event_date.name} if one.event_date else set()
    kept = [c for c in one.entity.columns if c.name in needed or c.name not in one.upkeep.left_out]
    hidden = personal_columns(one.entity) if one.is_fact else {}
    return tuple(c for c in kept if c.name in needed or c.name not in hidden)
