"""The identity by which each entity, model and column of a diagram is recognized after a rename."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from erd2dbt.diagram.erd import Attribute, ColumnSpec, Erd, ModelSpec, Word
from erd2dbt.diagram.identity import Identity
from erd2dbt.names.length import fit
from erd2dbt.names.models import staging_names


def identities(erd: Erd, paths: Mapping[str, str]) -> dict[str, Identity]:
    """The identities of all entities and models, and of columns with more than a name.

    `paths`: the SQL file of each dbt model.
    """
    items = _items(erd)
    named = staging_names(erd)
    found: dict[str, Identity] = {}
    for entity in (entity for entity in erd.entities if entity.existing is None):
        table, file = f"{entity.source}.{entity.table}", paths[named[entity.name]]
        item, olds = items.get(entity.name, ""), _texts(entity.renamed_from)
        found[entity.name] = Identity(file=file, table=table, item=item, olds=olds)
        found.update(_columns(entity.name, entity.columns, items))
    often = Counter(map(_star, erd.models))
    for spec in (spec for spec in erd.models if spec.existing is None):
        item, olds = items.get(spec.name, ""), _texts(spec.renamed_from)
        star = _star(spec) if often[_star(spec)] == 1 else ""
        found[spec.name] = Identity(file=paths[fit(spec.name)], item=item, olds=olds, star=star)
        found.update(_columns(spec.name, spec.columns, items))
    return found


def _columns(
    owner: str, columns: Sequence[Attribute] | Sequence[ColumnSpec], items: Mapping[str, str]
) -> Iterator[tuple[str, Identity]]:
    for column in columns:
        name = f"{owner}.{column.name}"
        if column.renamed_from or name in items:
            yield name, Identity(item=items.get(name, ""), olds=_texts(column.renamed_from))


def _star(spec: ModelSpec) -> str:
    """The part of a derived model in its star, whatever its name."""
    if spec.star is None:
        return ""
    return spec.star.entity or " of ".join([spec.star.kind, *(word.text for word in spec.rows)])


def _texts(olds: Sequence[Word]) -> tuple[str, ...]:
    return tuple(old.text for old in olds)


def _items(erd: Erd) -> dict[str, str]:
    """The board's item of an entity, a model or a column, by its name."""
    found = erd.board.items if erd.board else ()
    return {".".join(word.text for word in (item.of, item.column) if word): item.id for item in found if item.of}
