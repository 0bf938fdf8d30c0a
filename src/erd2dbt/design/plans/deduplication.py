"""Duplicate raw rows: staging keeps the latest row of each key, as `latest: {by: updated_at}` declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from erd2dbt.datatypes.postgres import ORDERED, canonical, family
from erd2dbt.design.plans.plan import Cte, Item, Select
from erd2dbt.diagram.erd import Entity
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree, column

RANK = "row_rank"


def latest_rows(entity: Entity, names: Iterable[str], source: str) -> tuple[Cte, Cte]:
    """Two selects over staged rows: rank rows within each key, then keep the first. `names`: the staged columns."""
    names = list(names)
    rank = free(RANK, names)
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column(word.text) for word in entity.key],
        order=exp.Order(expressions=list(_order(entity, names))),
    )
    first = exp.EQ(this=column(rank), expression=exp.Literal.number(1))
    kept = tuple(Item(name) for name in names)
    return (
        Cte(name="ranked", selects=(Select(items=(*kept, Item(rank, number)), source=source),)),
        Cte(name="latest", selects=(Select(items=kept, source="ranked", where=first),)),
    )


def free(wanted: str, taken: Iterable[str]) -> str:
    """The name, with a `_` added while it is taken."""
    names = set(taken)
    while wanted in names:
        wanted += "_"
    return wanted


def _order(entity: Entity, names: Iterable[str]) -> Iterator[Tree]:
    """The latest row first. All other raw columns break ties, so that each run keeps the same row."""
    by = [word.text for word in entity.latest]
    keys = {word.text for word in entity.key}
    types = {a.name: canonical(a.type or "") or a.type for a in entity.columns}
    raw = {a.name for a in entity.columns if a.formula is None}
    for name in (*by, *(name for name in names if name in raw and name not in (*by, *keys))):
        plain = column(name)
        type_ = types.get(name)
        tree = plain if type_ is None or family(type_) in ORDERED else sql.cast(plain, "text")
        yield exp.Ordered(this=tree, desc=True, nulls_first=False)
