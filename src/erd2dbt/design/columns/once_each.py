"""Fixes that aggregate a repeated value where it occurs once, in a model of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.columns.attributes import field_measure
from erd2dbt.design.columns.measures import in_words
from erd2dbt.design.columns.use import Use
from erd2dbt.design.joins.presence import may_be_null
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram import repairs
from erd2dbt.faults.diagnostics import Fix, Hint, Paste
from erd2dbt.prove.measure import Aggregate
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.measuring import argument_of

_UNITS = ("quantity", "qty", "units", "share", "weight")
_OTHER = {"+": "-", "-": "+"}


def once_each(use: Use) -> Iterator[Fix | Hint]:
    """Fixes for a sum or average of values that repeat. A fix never changes which rows count."""
    inner, world = use.inner, use.draft.world
    fixes: list[Fix | Hint] = []
    if inner.group and use.is_whole and use.values and use.condition is None and not use.filtered:
        if use.state.determines(sorted(inner.home), use.by) is None:
            fixes = [*_shared(use)] if use.outer is Aggregate.SUM and not inner.is_rate else []
        elif inner.source == use.value:
            fixes = [*_between(use)]
    fixes = fixes or _apart(use)
    yield from fixes or [_elsewhere(use, own=set(inner.group) == set(world.shelf[inner.entity].grain))]


def _apart(use: Use) -> list[Fix | Hint]:
    """Sum the terms of a sum or difference apart, each over the rows that have it. None where rows are filtered."""
    argument = argument_of(use.tree)
    if use.outer is not Aggregate.SUM or use.condition is not None or use.filtered or argument is None:
        return []
    terms = list(_terms(argument, "+"))
    if len(terms) < 2 or any(not any(columns_in(term)) for _, term in terms):
        return []
    sums = (f"{sign} {in_words(exp.Sum(this=term), use.reduction.scope)}" for sign, term in terms)
    text = " ".join(sums).removeprefix("+ ")
    column = use.column_by(text if use.is_alone else f"({text})")
    return [repairs.formula("sum each over its own rows", use.model, use.column, column)] if column else []


def _terms(tree: Tree, sign: str) -> Iterator[tuple[str, Tree]]:
    """The terms of a sum or difference with their signs."""
    inner = tree.unnest()
    if not isinstance(inner, (exp.Add, exp.Sub)):
        yield sign, inner
        return
    yield from _terms(inner.this, sign)
    yield from _terms(inner.expression, sign if isinstance(inner, exp.Add) else _OTHER[sign])


def _elsewhere(use: Use, *, own: bool) -> Hint:
    inner = use.inner
    if own:
        return Hint(f"aggregate it where it appears once: in a model with `rows: {inner.entity}`")
    name = inner.source.rpartition(".")[2]
    return Hint(
        f"bring it to one row each, in a model with `grain: [{', '.join(inner.group)}]`, `rows: {inner.entity}`, "
        f"`{name}: {inner.source}` and the columns of your grain, and aggregate that"
    )


def _between(use: Use) -> Iterator[Fix]:
    """Aggregate the values of a model with one row for each. It has the grain columns of the own model, too."""
    inner, scope = use.inner, use.reduction.scope
    value = inner.source.rpartition(".")[2]
    met = {match.name: in_words(match.inner, scope) for match in use.reduction.on}
    shown = {value: inner.source, **{name: read for name, read in met.items() if name not in inner.group}}
    name = _free_name(use, inner.entity)
    column = use.column_by(f"{use.outer}({name}.{value})")
    if column is not None:
        model = _model(use, inner.entity, shown)
        yield _with_model("aggregate it where it appears once", use, name, model, column)


def _shared(use: Use) -> Iterator[Fix]:
    """Divide each value among the rows that repeat it, because they are in several rows of the model."""
    name = _free_name(use, use.read)
    column = use.column_by(f"sum(ratio({use.value}, {name}.n))")
    if column is not None:
        why = "each value is in several rows of the model: divide it among them evenly"
        world, read = use.draft.world, use.draft.world.shelf[use.read]
        if any(key in read.fields and may_be_null(world, read, key) for key in use.inner.group):
            model = _model(use, use.inner.entity, {"n": f"count({use.read}.{read.grain[0]})"})
        else:
            model = _model(use, use.read, {"n": "count(*)"})
        yield _with_model(why, use, name, model, column)


def _free_name(use: Use, of: str) -> str:
    graph = use.draft.world.graph
    name = f"{of}_per_{'_'.join(use.inner.group)}"
    numbered = (name if i == 1 else f"{name}_{i}" for i in range(1, len(graph.models) + 3))
    return next(n for n in numbered if n not in graph.models and n not in graph.entities)


def _model(use: Use, rows: str, columns: Mapping[str, str]) -> str:
    """A model with one row for each value, as YAML."""
    shown = ", ".join(f"{c}: {repairs.scalar(text, flow=True)}" for c, text in columns.items())
    return f"{{grain: {repairs.listing(use.inner.group)}, rows: {rows}, columns: {{{shown}}}}}"


def units_of(relation: Relation) -> str | None:
    """The column with a number of units in each row, such as a quantity; None without one."""
    found = (f.name for f in relation.fields.values() if f.name.lower() in _UNITS and is_number(f.type))
    return next((f"{relation.name}.{name}" for name in found), None)


def is_number(type_: str | None) -> bool:
    return type_ is not None and family(type_) in ("integer", "numeric", "float")


def weighted(use: Use) -> Iterator[Fix]:
    """For a mean of values that rows look up, such as prices: each value times the units of the row."""
    inner, world = use.inner, use.draft.world
    if inner.entity in inner.over or inner.filter or use.condition is not None or use.filtered or not use.values:
        return
    units = (units_of(world.shelf[name]) for name in sorted(inner.over & world.graph.entities.keys()))
    for unit in (one for one in units if one is not None):
        total = f"sum({unit} * {inner.source})"
        text = total if use.outer is Aggregate.SUM else f"ratio({total}, sum({unit}), null)"
        whole = use.column_by(text)
        if whole is not None:
            yield repairs.formula("if the units weigh, multiply each value by them", use.model, use.column, whole)


def level_at_each_time(use: Use) -> Iterator[Fix]:
    """For the mean levels of things: the mean of their total level, from a model with the total at each time."""
    world = use.draft.world
    entity, _, name = use.inner.source.partition(".")
    relation, spec = world.shelf.get(entity), world.graph.entities.get(entity)
    if relation is None or spec is None or name not in relation.fields or not use.values:
        return
    level = field_measure(relation, name, spec)
    if level is None or not level.stock or use.inner.filter or use.condition is not None or use.filtered:
        return
    grain = [*dict.fromkeys((*use.draft.grain, *sorted(level.stock)))]
    model = f"{entity}_per_{'_'.join(grain)}"
    total = repairs.scalar(f"sum({use.inner.source})", flow=True)
    text = f"{{grain: {repairs.listing(grain)}, rows: {entity}, columns: {{{name}: {total}}}}}"
    column = use.column_by(f"avg({model}.{name})")
    if column is not None and model not in world.shelf:
        yield _with_model("average the total level of each time", use, model, text, column)


def _with_model(why: str, use: Use, name: str, model: str, column: str) -> Fix:
    """A fix that adds a model, and reads it in the column."""
    text = repairs.scalar(column)
    return Fix(
        f"{why}:\n{name}: {model}\n{use.column}: {text}",
        Paste(("models", name), model),
        Paste(("models", use.model, "columns", use.column), text),
    )
