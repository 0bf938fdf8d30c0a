"""Finds columns whose values are secrets, whatever they are called. The draft says `meta: {secret: true}` of them.

The evidence counts values and quotes none. A sample of each table is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute
from erd2dbt.discover.queries import Place, Probe
from erd2dbt.draft.undeclared import edges
from erd2dbt.draft.values import Draft, DraftColumn, DraftEntity, Remark
from erd2dbt.faults.diagnostics import Span
from erd2dbt.star.secret_values import secret_values
from erd2dbt.star.secrets import SECRET, is_secret

_ROWS = 1_000  # of a sample
_CHARACTERS = 4_096  # of a value: a token or a private key has less
_NOWHERE = Span("draft", 1, 1)


def with_secrets(draft: Draft, probe: Probe, places: Mapping[str, Place], count: Callable[[str], int]) -> Draft:
    """Return the draft with the columns marked whose values are secrets. `count` returns the rows of an entity."""
    linked: dict[str, set[str]] = {one.name: set(one.key) for one in draft.entities}
    for child, parent, pairs in edges(draft, ()):
        linked.setdefault(child, set()).update(a for a, _ in pairs)
        linked.setdefault(parent, set()).update(b for _, b in pairs)
    return replace(
        draft,
        entities=tuple(
            _marked(one, probe, places[one.name], count(one.name), linked[one.name]) if one.name in places else one
            for one in draft.entities
        ),
    )


def _marked(one: DraftEntity, probe: Probe, place: Place, rows: int, ids: set[str]) -> DraftEntity:
    asked = [column for column in one.columns if place.has((column.name,)) and _may_be_secret(column)]
    if not asked or not rows:
        return one
    parts = [f"substr(cast({place.columns[c.name].sql} as text), 1, {_CHARACTERS})" for c in asked]
    found = probe.rows(f"select {', '.join(parts)} from {place.sample(rows, _ROWS)} limit {_ROWS}")  # noqa: S608 - quoted
    why = {}
    for at, column in enumerate(asked):
        values = [str(row[at]) for row in found or () if row[at] is not None]
        why[column.name] = secret_values(one.table or one.name, column.name, values, is_id=column.name in ids)
    return replace(one, columns=tuple(_column(column, why.get(column.name)) for column in one.columns))


def _column(column: DraftColumn, why: str | None) -> DraftColumn:
    if why is None:
        return column
    comment = Remark.INFERRED(f"secret: {why}")
    return replace(
        column,
        fields={**column.fields, "meta": {**_meta(column), SECRET: True}},
        comment=f"{column.comment}; {comment}" if column.comment else comment,
    )


def _may_be_secret(column: DraftColumn) -> bool:
    """Return whether the type suits a secret, and neither the spec nor the name decides already."""
    known = canonical(column.type)
    holds = known is not None and (family(known) == "text" or known.startswith(("bigint", "numeric")))
    named = is_secret(Attribute(name=column.name, span=_NOWHERE, type=column.type))
    return holds and not named and not column.is_computed and SECRET not in _meta(column)


def _meta(column: DraftColumn) -> dict[str, object]:
    said = column.fields.get("meta")
    return dict(said) if isinstance(said, Mapping) else {}
