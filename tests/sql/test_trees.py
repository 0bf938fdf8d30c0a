"""Trees walked, rewritten and printed: as sqlglot's own slower ways, and nothing changes while it is looked at."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from erd2dbt.sql.layout import layout, one_line
from erd2dbt.sql.trees import columns_in, copied, nodes, rewritten

TEXTS = (
    "a + b * (c - 1)",
    "coalesce(sum(o.x) filter (where o.y = 'A' and not z is null), 0)::numeric(12, 2)",
    "case when a > 1 then 'x' when b in (1, 2, 3) then null else lower(c) end",
    "first(t.v order by t.at desc, t.id)",
    "(array_agg(x order by y))[1] || array[1, 2][1]",
    "now() - interval '3 quarter' + interval '1 day'",
    "date_trunc('month', a at time zone 'UTC') between '2020-01-01'::date and current_date",
    "j -> 'k' ->> 'l' || j #>> '{a,b}'",
    'count(distinct "User"."naïve col")',
    "ratio(a, ratio(b, c, null))",
    "concat(a, b) || concat_ws('-', a, b)",
)


def parsed(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, read="postgres")


@pytest.mark.parametrize("text", TEXTS)
def test_as_sqlglot_walks_and_copies(text: str) -> None:
    tree = parsed(text)
    assert [*map(id, nodes(tree))] == [*map(id, tree.dfs())]
    assert [*map(id, columns_in(tree))] == [*map(id, tree.find_all(exp.Column, bfs=False))]
    twin = copied(tree)
    assert twin == tree
    assert not {id(n) for n in nodes(twin)} & {id(n) for n in nodes(tree)}


@pytest.mark.parametrize("text", TEXTS)
def test_rewritten_as_sqlglot_transforms(text: str) -> None:
    def visit(node: exp.Expr) -> exp.Expr:
        return exp.column("other", node.args.get("table")) if isinstance(node, exp.Column) else node

    tree = parsed(text)
    assert rewritten(tree, visit) == tree.transform(visit)
    assert tree == parsed(text)


@pytest.mark.parametrize("text", TEXTS)
def test_printing_changes_nothing(text: str) -> None:
    tree = parsed(text)
    first = one_line(tree)
    assert one_line(tree) == first
    assert tree == parsed(text)


def test_a_long_chain_is_spelled_once_and_not_once_more_at_each_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " + ".join(f"sum(some_table.number_{n}) - x_{n} || 'a' * {n}" for n in range(60))
    tree, spelled = parsed(text), 0

    def counted(part: exp.Expr) -> str:
        nonlocal spelled
        spelled += sum(1 for _ in nodes(part))
        return one_line(part)

    monkeypatch.setattr("erd2dbt.sql.layout.one_line", counted)
    laid_out = layout(tree, indent=8)
    assert " ".join(laid_out.split()) == one_line(tree) == text
    assert max(map(len, laid_out.splitlines())) <= 80
    assert spelled < 4 * sum(1 for _ in nodes(tree))
