"""The same aggregate over an entity's own rows, with every filter between them and the original aggregate.

A fix that aggregates the entity's rows must read the same rows as before. The `where:` of a model in between, and the
aggregate's own `filter`, become a filter on the entity's columns. Where that is impossible, no such fix is offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.design.columns.measures import said
from erd2dbt.design.joins.draft import Draft, Reduction
from erd2dbt.design.joins.scope import Scope
from erd2dbt.design.joins.walks import World
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram.erd import Expression, ModelSpec, Pick
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import rewritten
from erd2dbt.sqlproof.measuring import argument_of


class _UnwritableError(Exception):
    """A filter that the entity's columns cannot express."""


def from_rows(draft: Draft, reduction: Reduction, made: Tree, shown: Measure, measure: Measure) -> str | None:
    """The measure as an expression over its entity; None where a filter in between cannot be written there.

    Also None where the argument is not the shown measure itself, such as twice an average.
    """
    value = argument_of(made)
    if not isinstance(value, exp.Column):
        return None
    node = next((n for n in reduction.scope.nodes.values() if n.alias == value.table), None)
    if node is None or not _shows(draft.world, node.relation.name, value.name, shown):
        return None
    own_rows = [word.text for word in draft.spec.rows]
    if draft.where is not None and not reduction.own and shown.entity in own_rows:
        return None  # these rows are filtered, and those of the model in between are not
    try:
        conditions = list(_conditions(draft, reduction, made, node.relation.name))
    except _UnwritableError:
        return None
    return said(restricted(measure, conditions))


def _shows(world: World, name: str, shown: str, measure: Measure) -> bool:
    """Whether a column of a model is the measure itself, kept or rolled up by the models in between."""
    spec = world.graph.models.get(name)
    if spec is None:
        return name in world.graph.entities
    said_column = next((c for c in spec.columns if c.name == shown), None)
    if said_column is None:
        return bool(spec.rows) and _shows(world, spec.rows[0].text, shown, measure)
    formula = said_column.formula
    tree = sql.parse(formula, Collector()) if isinstance(formula, Expression) else None
    if tree is None:
        return False
    text = _row_ratio(measure) if measure.aggregate is Aggregate.RATE else said(measure)
    wanted = sql.parse(Expression(text, spec.span), Collector()) if text else None
    if wanted is not None and one_line(_spelled(spec, tree)) == one_line(wanted):
        return True
    inner = tree.this if isinstance(tree, (exp.Sum, exp.Min, exp.Max)) else tree
    parts = sql.parts(inner) if isinstance(inner, (exp.Column, exp.Dot)) else ()
    return len(parts) == 2 and parts[0] in world.graph.models and _shows(world, parts[0], parts[1], measure)


def _row_ratio(measure: Measure) -> str | None:
    """A ratio of each row, as its column defines it; None for other measures."""
    return f"ratio({', '.join(part.source for part in measure.parts)})" if len(measure.parts) == 2 else None


def _spelled(spec: ModelSpec, tree: Tree, depth: int = 0) -> Tree:
    """A formula with the model's own columns replaced by their formulas."""
    own = {c.name: c.formula for c in spec.columns}

    def visit(node: Tree) -> Tree:
        formula = own.get(node.name) if isinstance(node, exp.Column) and not node.table else None
        found = sql.parse(formula, Collector()) if isinstance(formula, Expression) else None
        return node if found is None or depth > len(own) else _spelled(spec, found, depth + 1)

    return rewritten(tree, visit)


def restricted(measure: Measure, conditions: list[str]) -> Measure:
    """The measure of only those rows for which the conditions are also true."""
    known = [*([measure.filter] if measure.filter else []), *conditions]
    several = len(known) > 1
    text = " and ".join(f"({c})" if several and " or " in c.lower() else c for c in dict.fromkeys(known))
    parts = tuple(restricted(part, conditions) for part in measure.parts)
    return replace(measure, filter=text or None, parts=parts)


def _conditions(draft: Draft, reduction: Reduction, made: Tree, read: str) -> Iterator[str]:
    """The filters of the aggregate, of its rows, and of the model `read`, which these may look up."""
    scope, seen = reduction.scope, set[str]()
    if isinstance(made, exp.Filter):
        yield _shown(made.expression.this, scope)
    where = draft.where if reduction.own else reduction.where
    if where is not None:
        yield _shown(where, scope)
    for name in (scope.base.relation.name, read):
        yield from _of_models(draft.world, name, seen)


def _shown(condition: Tree, scope: Scope) -> str:
    """A condition over a scope, in the attributes that its columns show."""
    nodes = {node.alias: node.relation for node in scope.nodes.values()}

    def visit(node: Tree) -> Tree:
        if not isinstance(node, exp.Column):
            return node
        relation = nodes.get(node.table)
        origin = relation.fields[node.name].origin if relation and node.name in relation.fields else None
        if origin is None:
            raise _UnwritableError
        return column(origin.column, origin.entity)

    return one_line(rewritten(condition, visit))


def _of_models(world: World, name: str, seen: set[str]) -> Iterator[str]:
    """The filters that exclude rows of a model, and of the models that it reads."""
    if name in seen or name in world.graph.entities:
        return
    seen.add(name)
    spec = world.graph.models.get(name)
    if spec is None or spec.sql is not None or spec.existing is not None:
        raise _UnwritableError
    if spec.where is not None:
        yield _qualified(spec.where, world.shelf[spec.rows[0].text])
    for other in _reads(spec, world):
        yield from _of_models(world, other, seen)


def _reads(spec: ModelSpec, world: World) -> Iterator[str]:
    yield from (word.text for word in spec.rows)
    for said_column in spec.columns:
        formula = said_column.formula
        if isinstance(formula, Pick):
            text: Expression | None = formula.value
        else:
            text = formula if isinstance(formula, Expression) else formula.value
        tree = sql.parse(text, Collector()) if text else None
        for reference in sql.references(tree) if tree is not None else ():
            parts = sql.parts(reference)
            if len(parts) > 1 and parts[0] in world.graph.models:
                yield parts[0]


def _qualified(where: Expression, rows: Relation) -> str:
    """A model's filter, in the attributes that the columns of its rows source show."""
    tree = sql.parse(where, Collector())
    if tree is None:
        raise _UnwritableError

    def visit(node: Tree) -> Tree:
        if not isinstance(node, (exp.Column, exp.Dot)):
            return node
        *owner, name = sql.parts(node)
        field = rows.fields.get(name)
        if owner not in ([], [rows.name]) or field is None or field.origin is None:
            raise _UnwritableError
        return column(field.origin.column, field.origin.entity)

    return one_line(rewritten(tree, visit))
