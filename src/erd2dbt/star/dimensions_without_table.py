"""Dimensions of things without a table: one row per id, with the columns that the id determines by a claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from erd2dbt.diagram.erd import Attribute, Entity, Expression, ModelSpec, StarModel
from erd2dbt.escape.sql import ident
from erd2dbt.star import descriptions, words
from erd2dbt.star.missing_tables import Phantom
from erd2dbt.star.secrets import secrets_of
from erd2dbt.star.values import Star
from erd2dbt.star.writing import words_of

_SQL = """\
with spoken_of as (

{places}

),

final as (

    {columns}
    from spoken_of
    group by 1

)

select * from final
"""
_COMPARED = ("text", "integer", "numeric", "float", "date", "timestamp")  # `min` returns one of them


def unowned(star: Star, phantom: Phantom, model: str, staged: Mapping[str, str]) -> ModelSpec:
    """`dim_users` from the `user_id` of several tables. Its grain follows from GROUP BY, whatever the data contains."""
    entities = {e.name: e for e in star.erd.entities}
    places = [(entities[name], column) for name, column in phantom.places.items()]
    span = places[0][0].span
    told = {c.name: (entity.name, c) for entity, column in places for c in _determined(entity, column)}
    key = ident(phantom.column)
    labels = [f"min({ident(name)}) as {ident(name)}" for name in told]
    parts = (_place(staged, phantom, entity, column, told) for entity, column in places)
    held = ", ".join(f"`{entity.name}.{column}`" for entity, column in places)
    known = f"Columns that it determines: {descriptions.codes(told)}." if told else ""
    return ModelSpec(
        name=model,
        span=span,
        grain=words_of([phantom.column], span),
        sql=Expression(
            _SQL.format(
                places="\n\n    union all\n\n".join(parts),
                columns=_select([key, *labels]),
            ),
            span,
        ),
        description=descriptions.paragraphs(
            f"Conformed dimension, one row per {descriptions.row_of(phantom.thing)}. No source table describes it.",
            f"Each distinct `{phantom.column}` of {held}.",
            known,
        ),
        star=StarModel(
            kind="phantom dimension",
            because=(f"{held} identify one thing without a table", "facts can still be compared over it"),
        ),
    )


def _place(
    staged: Mapping[str, str], phantom: Phantom, entity: Entity, column: str, told: Mapping[str, tuple[str, Attribute]]
) -> str:
    shown = [ident(column) if column == phantom.column else f"{ident(column)} as {ident(phantom.column)}"]
    for name, (owner, attribute) in told.items():
        plain = ident(name) if owner == entity.name else f"cast(null as {attribute.type}) as {ident(name)}"
        shown.append(plain)
    read = f"    from {{{{ ref('{staged[entity.name]}') }}}}"
    return f"    {_select(shown)}\n{read}\n    where {ident(column)} is not null"


def _select(items: Sequence[str]) -> str:
    return f"select {items[0]}" if len(items) == 1 else "select\n" + ",\n".join(f"        {item}" for item in items)


def _determined(entity: Entity, column: str) -> Iterator[Attribute]:
    """The columns that depend on the id alone, by a claim that is tested."""
    secrets = secrets_of(entity)
    for claim in entity.determines:
        if [word.text for word in claim.left] == [column]:
            named = {word.text for word in claim.right}
            found = (c for c in entity.columns if c.name in named and c.name != column and c.formula is None)
            yield from (c for c in found if c.type and words.family_of(c) in _COMPARED and c.name not in secrets)
