"""Totals of a model and of its inputs, as queries over its own CTEs, so that the two can be compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.columns.measures import said
from erd2dbt.design.plans.plan import Cte, Field, Join, Plan, Relation, Select
from erd2dbt.diagram.erd import Entity
from erd2dbt.escape.sql import ident
from erd2dbt.prove.measure import Aggregate, is_zero
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.printing import printed
from erd2dbt.sql.trees import columns_in, distinct_of

_ADDED = (Aggregate.SUM, Aggregate.COUNT, Aggregate.DISTINCT)
_DOUBLE, _SINGLE = 1e-9, 1e-4
_NUMBERS = ("integer", "numeric", "float")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A column whose total equals the total of its input, except for rows that are excluded on purpose.

    `relation`: the input. `made_of`: its column, where only that is summed. `words`: the total in the diagram's names.
    Each query returns one number and needs the model's CTEs: `total` of all rows of the input, `filtered` of the rows
    that `where` excludes, `unmet` of the rows that join no row of the model on the columns `on`.
    """

    column: str
    words: str
    relation: str
    made_of: str | None
    total: str
    where: str = ""
    filtered: str | None = None
    on: tuple[str, ...] = ()
    unmet: str | None = None
    rounded: float = 0.0  # by how much the column's type may change one row
    close: float = _DOUBLE  # floating point: the relative error that the order of a sum may cause


def flows(plan: Plan, shelf: Mapping[str, Relation], added: Collection[tuple[str, str]]) -> tuple[Flow, ...]:
    """The totals of a model that can be checked against its inputs; none for hand-written SQL.

    `shelf`: relations by name. `added`: the columns of entities with meaningful sums.
    """
    return tuple(_flows(plan, shelf, added)) if plan.ctes and plan.sql is None else ()


def spine(plan: Plan) -> str | None:
    """A query over the model's CTEs for the grain of each planned row; None for hand-written SQL."""
    if not plan.ctes or plan.sql is not None or not plan.relation.grain:
        return None
    select = _first(plan)
    trees = {item.name: item.tree or column(item.name) for item in select.items}
    keys = ", ".join(printed(trees[name]) for name in plan.relation.grain)
    if select.group is None:
        return f"select {keys} from {_rows(plan, select, [trees[name] for name in plan.relation.grain])}"  # noqa: S608
    rows = f"{_source(select, select.joins)}{_where(select.where)}"
    return f"select {keys} from {rows} group by {keys}"  # noqa: S608 - the model's own


def _flows(plan: Plan, shelf: Mapping[str, Relation], added: Collection[tuple[str, str]]) -> Iterator[Flow]:
    for field in plan.relation.fields.values():
        found = _follow(plan, field.name, shelf) if _is_added(plan, field, added) else None
        if found is not None:
            types = {field.type, _type_of(found, shelf)}
            rounded = _rounded(field, found, plan, shelf)
            close = _SINGLE if "real" in types else _DOUBLE
            yield replace(found, words=_words(plan, field, found), rounded=rounded, close=close)


def _is_added(plan: Plan, field: Field, added: Collection[tuple[str, str]]) -> bool:
    """Whether the column's total is meaningful: a sum, a count, or an additive number of an entity."""
    entity = plan.spec if isinstance(plan.spec, Entity) else None
    if family(field.type or "") not in _NUMBERS or field.name in plan.relation.grain:
        return False
    if entity is not None:
        return (entity.name, field.name) in added
    measure = field.measure
    if measure is None or measure.aggregate is not Aggregate.VALUE:
        return measure is not None and measure.aggregate in _ADDED
    return any(measure.source == f"{name}.{its}" for name, its in added)


def _words(plan: Plan, field: Field, flow: Flow) -> str:
    if isinstance(plan.spec, Entity):
        return f"sum({flow.relation}.{field.name})"
    measure = field.measure
    assert measure is not None
    return said(measure) or f"sum({measure.source})"


def _type_of(flow: Flow, shelf: Mapping[str, Relation]) -> str | None:
    """The type of the one column that is summed; None for several."""
    source = shelf[flow.relation].fields.get(flow.made_of or "")
    return source.type if source is not None else None


def _rounded(field: Field, flow: Flow, plan: Plan, shelf: Mapping[str, Relation]) -> float:
    scale = _scale(field.type)
    if scale is None or isinstance(plan.spec, Entity) or flow.total.startswith("select count("):
        return 0.0
    known = _scale(_type_of(flow, shelf))
    return 0.0 if known is not None and known <= scale else 0.5 * 10.0**-scale


def _scale(type_: str | None) -> int | None:
    """Digits after the decimal point; None where their number is not limited."""
    if family(type_ or "") == "integer":
        return 0
    inner = (type_ or "").partition("(")[2].rstrip(")").split(",")
    return int(inner[1]) if len(inner) == 2 else None


# -- from a column of the last CTE to the rows of an input


def _follow(plan: Plan, column_name: str, shelf: Mapping[str, Relation]) -> Flow | None:
    ctes = {cte.name: cte for cte in plan.ctes}
    met: tuple[Join, str] | None = None
    cte: Cte | None = plan.ctes[-1]
    name = column_name
    while cte is not None and len(cte.selects) == 1:
        (select,) = cte.selects
        tree = next((item.tree for item in select.items if item.name == name), None) or column(name)
        plain = _bare(tree)
        if _adds_up(plain, plan, select, shelf):
            return _met(plan, _grouped(plan, column_name, select, plain), met)
        if not isinstance(plain, exp.Column) or select.group is not None:
            return None
        join = next((join for join in select.joins if join.alias == plain.table), None)
        inner = ctes.get(select.source if join is None else join.cte)
        if inner is None:  # an input's own column: of the rows, or of a relation with one row for each of them
            if join is not None and not met and _is_for_one(plan, select, join):
                return _met(plan, _carried(plan, column_name, join.cte, plain), (join, plain.name))
            whole = join is None and not met
            return _carried(plan, column_name, select.source, tree, select) if whole else None
        if join is not None and met:
            return None
        met = (join, plain.name) if join is not None else met
        cte, name = inner, plain.name
    return None


def _bare(tree: Tree) -> Tree:
    """The tree without casts, and without the 0 of an empty sum."""
    while isinstance(tree, (exp.Cast, exp.Paren)) or _is_zeroed(tree):
        tree = tree.this
    return tree


def _is_zeroed(tree: Tree) -> bool:
    return isinstance(tree, exp.Coalesce) and len(tree.expressions) == 1 and is_zero(one_line(tree.expressions[0]))


def _adds_up(tree: Tree, plan: Plan, select: Select, shelf: Mapping[str, Relation]) -> bool:
    """Whether it is a sum or a count of an input's rows; a distinct count only where each row counts once."""
    call = tree.this if isinstance(tree, exp.Filter) else tree
    relation = dict(plan.imports).get(select.source)
    if relation is None or not isinstance(call, (exp.Sum, exp.Count)):
        return False
    distinct = distinct_of(call.this)
    if distinct is None:
        return True
    counted = [one for one in distinct.expressions if isinstance(one, exp.Column)]
    own = [one.name for one in counted if one.table in ("", select.source)]
    return isinstance(call, exp.Count) and len(counted) == len(own) == 1 and (own[0],) == shelf[relation].grain


def _grouped(plan: Plan, name: str, select: Select, tree: Tree) -> Flow:
    imports, call = dict(plan.imports), tree.this
    looks_up = any(c.table not in ("", select.source) for c in columns_in(tree))
    total = f"select {printed(tree)} from "  # noqa: S608 - the model's own
    relation, made_of = imports[select.source], None
    if isinstance(tree, exp.Sum) and isinstance(call, exp.Column):
        source = next((join.cte for join in select.joins if join.alias == call.table), select.source)
        relation, made_of = imports[source], call.name
    flow = Flow(
        column=name,
        words="",
        relation=relation,
        made_of=made_of,
        total=total + _source(select, select.joins if looks_up else ()),
    )
    return _filtered(flow, total, select)


def _carried(plan: Plan, name: str, cte: str, tree: Tree, select: Select | None = None) -> Flow:
    total = f"select sum({printed(tree)}) from "  # noqa: S608 - the model's own
    relation, made_of = dict(plan.imports)[cte], _bare(tree).name
    flow = Flow(column=name, words="", relation=relation, made_of=made_of, total=total + ident(cte))
    return _filtered(flow, total, select) if select is not None else flow


def _filtered(flow: Flow, total: str, select: Select) -> Flow:
    if select.where is None:
        return flow
    condition = printed(select.where)
    rows = f"{_source(select, select.joins)} where ({condition}) is not true"
    return replace(flow, where=condition, filtered=total + rows)


def _met(plan: Plan, flow: Flow, met: tuple[Join, str] | None) -> Flow:
    """The flow with the total of rows that join no row of the model, where the input is joined."""
    if met is None:
        return flow
    join, name = met
    pairs = [f"{printed(a)} = {printed(b)}" for a, b in join.on]
    rows = _rows(plan, _first(plan), [a for a, _ in join.on])
    linked = " and ".join(pairs)
    there = f"select 1 from {rows}{' and ' if ' where ' in rows else ' where '}{linked}"  # noqa: S608 - quoted
    own = f"{ident(join.cte)} as {ident(join.alias)}"
    unmet = f"select sum({printed(column(name, join.alias))}) from {own} where not exists ({there})"  # noqa: S608
    return replace(flow, unmet=unmet, on=tuple(b.name for _, b in join.on))


def _is_for_one(plan: Plan, select: Select, join: Join) -> bool:
    """Whether each row of the joined relation joins at most one row of the model."""
    keys = {i.name: one_line(i.tree or column(i.name, select.source)) for i in select.items}
    return {keys.get(name) for name in plan.relation.grain} <= {one_line(a) for a, _ in join.on}


# -- the model's rows


def _first(plan: Plan) -> Select:
    """The select with all rows of the model: later selects only add columns."""
    ctes = {cte.name: cte for cte in plan.ctes}
    select = plan.ctes[-1].selects[0]
    while select.group is None and not select.joins and select.where is None and select.source in ctes:
        inner = ctes[select.source]
        if len(inner.selects) > 1:
            break
        select = inner.selects[0]
    return select


def _rows(plan: Plan, select: Select, read: list[Tree] | None = None) -> str:
    """The rows before a reduced input is joined to them."""
    made = {cte.name for cte in plan.ctes}
    trees = [*(read or []), *([select.where] if select.where is not None else [])]
    used = {c.table for tree in trees for c in columns_in(tree)} - {"", select.source}
    lookups = [join for join in select.joins if join.cte not in made] if used else []
    return f"{_source(select, lookups)}{_where(select.where)}"


def _source(select: Select, joins: Iterable[Join]) -> str:
    parts = [ident(select.source)]
    for join in joins:
        pairs = " and ".join(f"{printed(a)} = {printed(b)}" for a, b in join.on)
        parts.append(f"left join {ident(join.cte)} as {ident(join.alias)} on {pairs}")
    return " ".join(parts)


def _where(condition: Tree | None) -> str:
    return f" where ({printed(condition)})" if condition is not None else ""
