"""A second opinion: PostgreSQL's planner, which knows our claims as constraints, drops each join that we call to-one.

A left join that cannot multiply rows, and of which nothing is read, is removed by the planner. It proves less than we
do in general, but on what is generated it must come to the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from erd2dbt.design.plans.plan import Plan
from erd2dbt.escape.sql import ident
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.connection import Connection, Session, connect
from erd2dbt.sql.prefixes import SelectStep, steps

ROOT = Path(__file__).parents[2]
SPECS = {
    "marketing": ROOT / "specs" / "marketing.yml",
    **{path.parents[1].name: path for path in sorted(ROOT.glob("tests/golden/*/input/spec.yml"))},
}
REF = re.compile(r"\{\{\s*ref\('([^']+)'\)\s*\}\}")


@pytest.mark.parametrize("case", SPECS)
def test_the_planner_drops_every_generated_join(case: str, database: Connection) -> None:
    generated = generate(SPECS[case].read_bytes(), "spec.yml")
    with connect(database) as session:
        make_empty(generated, session)
        joins = 0
        for plan in generated.planned.plans:
            if not plan.ctes:
                continue
            for select in steps(with_distinct_on(text_of(generated, plan))):
                counts = list(joins_left(select, session))
                assert counts == [counts[0]] * len(counts) if counts else True, (plan.relation.model, select.name)
                joins += max(len(counts) - 1, 0)
        assert joins or not any(select.joins for plan in generated.planned.plans for select in all_selects(plan))


NAIVE = (
    # the labels of part of a key: the bug of `select distinct`
    """select f.campaign_id from int_campaign_funnel as f
       left join (select distinct campaign_id, campaign_name from stg_campaigns_daily) as labels
       on f.campaign_id = labels.campaign_id""",
    # the first touches of a customer, of which there are many
    """select c.user_id from int_customer_lifetime_value as c
       left join stg_attribution_touchpoints as t on c.user_id = t.user_id and t.touchpoint_position = 1""",
    """select c.user_id from int_customer_lifetime_value as c
       left join (select user_id, channel, rank() over (partition by user_id order by timestamp) as place
                  from stg_attribution_touchpoints) as t on c.user_id = t.user_id and t.place = 1""",
)


@pytest.mark.parametrize("sql", NAIVE)
def test_the_planner_keeps_the_joins_that_fan_out(sql: str, database: Connection) -> None:
    """The opinion is one: where rows can multiply it does not agree."""
    with connect(database) as session:
        make_empty(generate(SPECS["marketing"].read_bytes(), "spec.yml"), session)
        (select,) = steps(sql)
        assert list(joins_left(select, session)) == [0, 1]


def all_selects(plan: Plan) -> Iterator[Any]:
    return (select for cte in plan.ctes for select in cte.selects)


def make_empty(generated: Generated, session: Session) -> None:
    """Every model as an empty table with what is proved of it as constraints."""
    with session.cursor() as cursor:
        for plan in generated.planned.plans:
            relation = plan.relation
            columns = [
                f"{ident(f.name)} {f.type or 'text'}{' not null' if f.name in relation.state.not_null else ''}"
                for f in relation.fields.values()
            ]
            keys = [
                f"unique ({', '.join(sorted(map(ident, key.columns)))})" for key in relation.state.keys if key.columns
            ]
            cursor.execute(f"create table {ident(relation.model)} ({', '.join([*columns, *keys])})")


def text_of(generated: Generated, plan: Plan) -> str:
    text = generated.files[generated.project.sql_paths[plan.relation.model]]
    if plan.imports[0][0] == "source":
        return "select 1"  # one table, no join
    return REF.sub(lambda found: ident(found[1]), text)


def with_distinct_on(text: str) -> str:
    """`row_number() = 1` as `distinct on`, the form of it that the planner knows to be unique."""
    tree = sqlglot.parse_one(text, read="postgres")
    ctes = {cte.alias: cte for cte in tree.find_all(exp.CTE)}
    for cte in ctes.values():
        where = cte.this.args.get("where")
        ranked = ctes.get(cte.this.args["from_"].this.name) if isinstance(cte.this, exp.Select) else None
        number = next((w for w in ranked.this.find_all(exp.Window)), None) if ranked is not None else None
        if where is None or number is None or not isinstance(number.this, exp.RowNumber):
            continue
        assert where.this.sql().lower().endswith("= 1")
        picked = ranked.this.copy()
        keys = [key.copy() for key in number.args["partition_by"]]
        order = number.args["order"].expressions
        picked.set("expressions", [s.copy() for s in picked.selects if not s.find(exp.Window)])
        picked.set("distinct", exp.Distinct(on=exp.Tuple(expressions=keys)))
        picked.set(
            "order", exp.Order(expressions=[*(exp.Ordered(this=k.copy()) for k in keys), *(o.copy() for o in order)])
        )
        cte.set("this", picked)
    return tree.sql(dialect="postgres")


def joins_left(select: SelectStep, session: Session) -> Iterator[int]:
    """The joins in the plan of a select before its first join, and after each."""
    if select.before is None:
        return
    for query in (select.before, *(join.count for join in select.joins)):
        with session.cursor() as cursor:
            cursor.execute("explain (format json) " + query.replace(" as (", " as not materialized ("))
            ((((plan,),),),) = (cursor.fetchall(),)
        yield sum("Join Type" in node for node in nodes(plan["Plan"]))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
