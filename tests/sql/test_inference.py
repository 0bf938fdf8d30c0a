"""The type that is inferred of an expression is the one that the server has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erd2dbt.run.connection import connect
from erd2dbt.sql.inference import infer, plain
from erd2dbt.sql.reading import read_one
from sql.facts import CREATED, EXPRESSIONS, TYPES
from sql.test_expressions import REFUSED

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

AGGREGATES = (
    "sum(i)", "sum(b)", "sum(s)", "sum(n)", "sum(d)", "sum(r)", "sum(iv)", "sum(i * n)", "avg(i)", "avg(d)", "avg(r)",
    "avg(iv)", "avg(n)", "min(t)", "max(v)", "min(dt)", "max(ts)", "max(c)", "min(a)", "count(*)", "count(distinct t)",
    "bool_and(bo)", "bool_or(i > 1)", "string_agg(t, ',' order by i)", "array_agg(i)", "array_agg(n)", "array_agg(v)",
    "array_agg(distinct t)", "sum(n) filter (where i > 1)", "max(i) + 1", "sum(i) / count(*)",
    "row_number() over (order by i)", "lag(n) over (order by i)", "sum(i) over ()", "ntile(4) over (order by i)",
    "percent_rank() over (order by i)", "first_value(t) over (order by i)", "stddev(i)", "bit_and(i)", "json_agg(t)",
)  # fmt: skip
# Types that do not follow from what is written.
UNKNOWN: set[str] = set()


def of(text: str) -> str | None:
    found = infer(read_one(text), lambda column: TYPES.get(column.name))
    return plain(found) if found else None


def test_types_are_those_of_the_server(database: Connection) -> None:
    texts = [text for text in EXPRESSIONS if text not in REFUSED]
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(CREATED)
        is_type = {}
        for text in texts:
            cursor.execute(f"select pg_typeof({text})::text from facts limit 1")
            is_type[text] = cursor.fetchone()[0]
        for text in AGGREGATES:
            group = "" if " over " in text else "group by ()"
            cursor.execute(f"select pg_typeof({text})::text from facts {group} limit 1")
            is_type[text] = cursor.fetchone()[0]
    is_type = {text: "text" if said == "unknown" else said for text, said in is_type.items()}  # as a view has it
    inferred = {text: of(text) for text in is_type}
    wrong = {text: (inferred[text], said) for text, said in is_type.items() if inferred[text] not in (None, said)}
    assert wrong == {}, "\n".join(map(str, wrong.items()))
    assert {text for text, found in inferred.items() if found is None} == UNKNOWN
    assert len(is_type) > 600
