"""SQL of the tests' own that knows nothing of the tool: rows of a mart, and its totals, beside the raw tables'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpus.schemas import one_value
from erd2dbt.diagram.erd import ModelSpec
from erd2dbt.escape.sql import ident

if TYPE_CHECKING:
    from erd2dbt.design.plans.plan import Plan
    from erd2dbt.diagram.erd import Entity
    from erd2dbt.pipelines.generation import Generated
    from erd2dbt.run.connection import Connection


def counted_again(generated: Generated, plan: Plan, connection: Connection) -> None:
    """Rows are as many as distinct grains; where the rows are an entity's, as many as its own, with the same sums."""
    table = f"star.{ident(plan.relation.model)}"
    grain = ", ".join(map(ident, plan.relation.grain))
    assert one_value(connection, f"select count(*) - count(distinct ({grain})) from {table}") == 0, table
    spec = plan.spec
    assert isinstance(spec, ModelSpec)
    if spec.star is None or not spec.rows:
        return
    source = next(e for e in generated.erd.entities if e.name == spec.rows[0].text)
    raw = raw_table(generated, source)
    assert one_value(connection, f"select (select count(*) from {table}) - (select count(*) from {raw})") == 0, table
    for column in (c for c in source.columns if c.name in spec.star.measures):
        same_total(connection, f"{ident(column.name)} from {table}", f"{ident(column.raw or column.name)} from {raw}")
    for column, total in totals_of_details(generated, spec):
        same_total(connection, f"{ident(column)} from {table}", total)


def totals_of_details(generated: Generated, fact: ModelSpec) -> Iterator[tuple[str, str]]:
    """Columns of a fact that add up its details, each with `<measure> from <raw rows that have such a header>`."""
    sums = {m.name: m for m in generated.erd.models if m.star and m.star.kind == "pre-aggregation"}
    entities = {e.name: e for e in generated.erd.entities}
    for column in fact.columns:
        model, _, measure = column.formula.text.partition(".") if column.formula else ("", "", "")
        if model not in sums:
            continue
        detail = entities[sums[model].rows[0].text]
        formula = next(c.formula.text for c in sums[model].columns if c.name == measure and c.formula)
        found = re.fullmatch(rf"sum\({detail.name}\.(\w+)\)", formula)
        assert found or formula == "count(*)", formula
        summed = ident(raw_name(detail, found[1])) if found else "1"
        links = [link for link in generated.erd.links if (link.left, link.right) == (detail.name, fact.rows[0].text)]
        grain = {word.text for word in sums[model].grain}
        (pairs,) = [link.columns for link in links if {own for own, _ in link.columns} == grain]
        header = entities[fact.rows[0].text]
        met = " and ".join(f"h.{ident(raw_name(header, b))} = d.{ident(raw_name(detail, a))}" for a, b in pairs)
        there = f"select from {raw_table(generated, header)} as h where {met}"
        yield column.name, f"{summed} from {raw_table(generated, detail)} as d where exists ({there})"


def raw_table(generated: Generated, entity: Entity) -> str:
    schema = next(s.schema for s in generated.erd.sources if s.name == entity.source)
    return f"{ident(schema)}.{ident(entity.table)}"


def raw_name(entity: Entity, column: str) -> str:
    return next(c.raw or c.name for c in entity.columns if c.name == column)


def same_total(connection: Connection, one: str, other: str) -> None:
    """Each `<number> from <rows>`."""
    first, second = (f"coalesce((select sum(({word})::numeric){rest}), 0)" for word, rest in map(_parted, (one, other)))
    assert one_value(connection, f"select abs({first} - {second}) < 0.01"), (one, other)


def _parted(summed: str) -> tuple[str, str]:
    word, _, rows = summed.partition(" from ")
    return word, f" from {rows}"
