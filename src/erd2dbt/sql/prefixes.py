"""Splits a model's SQL into counting queries: the rows of each select, and of its joins one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.sql.layout import one_line
from erd2dbt.sql.printing import faithful
from erd2dbt.sql.reading import query

_MERGING = ("group", "having", "distinct", "qualify", "limit", "offset")


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinStep:
    """One join: a query for the row count with it, and one for the rows per value of its columns, most first.

    `relation`: the joined table or CTE. `columns`: its columns in the condition. Neither query has a limit.
    """

    text: str
    relation: str
    columns: tuple[str, ...]
    count: str
    worst: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectStep:
    """One select: its CTE name (None: the last select), output columns, rows before any join, joins, and result rows.

    `merges`: the result may have fewer rows, because of a group or otherwise.
    """

    name: str | None
    columns: tuple[str, ...]
    before: str | None
    joins: tuple[JoinStep, ...]
    where: str | None
    kept: str | None
    merges: bool
    rows: str  # the select itself as a FROM item
    head: str  # the CTEs before it


def steps(text: str) -> tuple[SelectStep, ...]:
    """The selects of a query in order of evaluation; empty where the SQL cannot be parsed."""
    tree = faithful(text)
    return tuple(_steps(tree)) if isinstance(tree, exp.Query) else ()


def tables(text: str) -> dict[str, str]:
    """CTEs that only rename a relation: CTE -> the table's name."""
    found = {}
    for cte in query(text).find_all(exp.CTE):
        select = cte.this
        source = select.args.get("from_") if isinstance(select, exp.Select) else None
        if source is None or not select.is_star or select.args.get("joins"):
            continue
        if isinstance(source.this, exp.Table):
            found[cte.alias] = source.this.name
    return found


def ctes(text: str) -> str:
    """The `with` of a query, to put before another select; empty without one, or where the query cannot be parsed."""
    tree = faithful(text)
    return _head(tree.ctes) if isinstance(tree, exp.Query) else ""


def _steps(tree: exp.Query) -> Iterator[SelectStep]:
    ctes = tree.ctes
    for place, cte in enumerate(ctes):
        if isinstance(cte.this, exp.Query):
            yield _select(cte.this, cte.alias, _head(ctes[:place]))
    last = tree.copy()
    last.set("with_", None)
    yield _select(last, None, _head(ctes))


def _head(ctes: list[exp.CTE]) -> str:
    parts = [f"{one_line(cte.args['alias'])} as ({one_line(cte.this)})" for cte in ctes]
    return f"with {', '.join(parts)} " if parts else ""


def _select(query: exp.Query, name: str | None, head: str) -> SelectStep:
    columns = tuple(s.alias_or_name for s in query.selects if not s.is_star)
    joins = query.args.get("joins") or [] if isinstance(query, exp.Select) else []
    source = query.args.get("from_")
    where = query.args.get("where") if source is not None else None
    start = f"{head}select count(*) {one_line(source)}" if source is not None else None
    joined = " ".join(map(one_line, (source, *joins))) if source is not None else ""
    return SelectStep(
        name=name,
        columns=columns,
        before=start,
        joins=tuple(_joins(source, joins, head)) if source is not None else (),
        where=one_line(where) if where is not None else None,
        kept=f"{head}select count(*) {joined} {one_line(where)}" if where is not None else None,
        merges=not isinstance(query, exp.Select) or any(query.args.get(word) for word in _MERGING),
        rows=one_line(query),
        head=head,
    )


def _joins(source: exp.Expr, joins: list[exp.Join], head: str) -> Iterator[JoinStep]:
    joined = one_line(source)
    for join in joins:
        joined = f"{joined} {one_line(join)}"
        inner = join.this.alias_or_name
        pairs = list(_pairs(join, inner))
        keys = ", ".join(one_line(column) for column, _ in pairs)
        found = " and ".join(f"{one_line(column)} is not null" for column, _ in pairs)
        counted = f"select {keys}, count(*) {joined} where {found} group by {keys} order by count(*) desc, {keys}"
        yield JoinStep(
            text=one_line(join),
            relation=join.this.name,
            columns=tuple(column for _, column in pairs),
            count=f"{head}select count(*) {joined}",
            worst=f"{head}{counted}" if pairs else None,
        )


def _pairs(join: exp.Join, inner: str) -> Iterator[tuple[exp.Column, str]]:
    """(column of the left side, column of the joined relation) of each equality in the condition."""
    on = join.args.get("on")
    for term in on.flatten() if isinstance(on, exp.And) else [on]:
        sides = [term.this, term.expression] if isinstance(term, exp.EQ) else []
        if len(sides) == 2 and all(isinstance(side, exp.Column) for side in sides):
            ours = [side for side in sides if side.table == inner]
            theirs = [side for side in sides if side.table != inner]
            if len(ours) == 1 == len(theirs):
                yield theirs[0], ours[0].name
