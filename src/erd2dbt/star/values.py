"""The star in the making: what each entity is, and what its model is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from erd2dbt.diagram.erd import Attribute, Erd, Expression, ModelSpec
from erd2dbt.escape.sql import ident
from erd2dbt.star.kinds import Classified, Kind
from erd2dbt.star.missing_tables import Phantom
from erd2dbt.star.parents import Parent
from erd2dbt.star.privacy import personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """`models`: entity -> its model, for those that have one of their own. `phantoms`: each with its dimension."""

    erd: Erd
    entities: Mapping[str, Classified]
    models: Mapping[str, str]
    phantoms: tuple[tuple[Phantom, str], ...] = ()
    specs: tuple[ModelSpec, ...] = ()  # in the order in which people read them

    @property
    def without_model(self) -> tuple[Classified, ...]:
        return tuple(one for one in self.entities.values() if one.name not in self.models)

    def headers(self, one: Classified) -> tuple[tuple[Parent, Classified], ...]:
        """The events that the rows of a fact are parts of, each with the link that leads there."""
        return tuple((found.parent, self.entities[found.parent.entity]) for found in one.headers)

    def has_mart(self, one: Classified) -> bool:
        return one.name in self.models

    def dimension(self, entity: str) -> str | None:
        """The dimension that stands for the rows of an entity."""
        return self.models.get(entity) if self.entities[entity].kind is Kind.DIMENSION else None


def rows_of(one: Classified, *needed: str) -> Expression | None:
    """The condition of a model of these rows: what is `needed` is there, and deleted rows are not where they go."""
    parts = [f"{ident(name)} is not null" for name in needed]
    parts += [one.upkeep.alive] if one.upkeep.alive else []
    return Expression(" and ".join(parts), one.entity.span) if parts else None


def kept(one: Classified) -> tuple[Attribute, ...]:
    """The columns that readers want: not those that are excluded, nor personal data of facts, unless key, link or event
    depend on them."""
    needed = {word.text for word in one.entity.key} | {c for p in one.parents for c in p.columns}
    needed |= {one.event_date.name} if one.event_date else set()
    kept = [c for c in one.entity.columns if c.name in needed or c.name not in one.upkeep.left_out]
    return tuple(c for c in kept if c.name in needed or not (one.is_fact and personal(c)))
