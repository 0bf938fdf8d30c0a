"""The measure of each column of a planned model, through lookups, groupings, picks and formulas."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.columns.attributes import field_measure, rows_measure
from erd2dbt.design.joins.draft import SIBLING, Draft, Reduction
from erd2dbt.design.joins.grain_proof import filtered, flat, passing, whole
from erd2dbt.design.joins.presence import every_row_matches, gap_before
from erd2dbt.design.joins.scope import Node, Scope
from erd2dbt.design.plans.plan import Relation
from erd2dbt.prove import arithmetic
from erd2dbt.prove.additivity import occurs_once
from erd2dbt.prove.grouping import COUNTS, Bag, Call, aggregated, levels_of, picked
from erd2dbt.prove.measure import ADDED, ROW_LEVEL, Aggregate, Measure
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.inference import infer
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.predicates import never_null
from erd2dbt.sql.trees import columns_in, rewritten
from erd2dbt.sqlproof.measuring import (
    OF_PARTS,
    Made,
    aggregate_of,
    argument_of,
    call_of,
    columns_of,
    condition_of,
    measured,
)


def in_words(tree: Tree, scope: Scope) -> str:
    """An expression of a scope as a user writes it, with each column under its relation's name."""
    return one_line(_named(tree, scope))


def _named(tree: Tree, scope: Scope, made: Sequence[Reduction] = ()) -> Tree:
    names = {node.alias: node.relation.name for node in scope.nodes.values()}
    outputs = {(one.cte, name): (output, one.scope) for one in made for name, output in one.outputs.items()}

    def visit(node: Tree) -> Tree:
        if not isinstance(node, exp.Column):
            return node
        output = outputs.get((node.table, node.name))
        return _named(*output) if output is not None else column(node.name, names.get(node.table, node.table))

    return rewritten(tree, visit)


def in_words_of_rows(tree: Tree, draft: Draft) -> str:
    """An expression of a model's columns as a user writes it: with the aggregates that its inputs are reduced by."""
    return one_line(_named(tree, draft.outer, (*draft.reductions, *([draft.inner] if draft.inner else []))))


def said(measure: Measure) -> str | None:
    """The measure as a formula over the entity's own rows; None where it is not a single aggregate."""
    if measure.factors:  # `source` names one of them only
        return None
    if measure.aggregate in (Aggregate.RATIO, Aggregate.RATE):
        parts = [said(replace(p, aggregate=Aggregate.SUM) if p.aggregate in ROW_LEVEL else p) for p in measure.parts]
        return f"ratio({', '.join(p for p in parts if p)})" if len(parts) == 2 and None not in parts else None
    if measure.aggregate not in _SAID or measure.parts or measure.summands:
        return None
    distinct = measure.aggregate is Aggregate.DISTINCT
    call = f"count(distinct {measure.source})" if distinct else f"{measure.aggregate}({measure.source})"
    return f"{call} filter (where {measure.filter})" if measure.filter else call


_SAID = (*ADDED, Aggregate.MIN, Aggregate.MAX, Aggregate.AVG)  # aggregates that can be written over rows again


class Measures:
    """The measures of one draft, cached. Outside of reductions, columns are `alias.column`, as in the proof."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._known: dict[str, Measure | None] = {}
        self._states: dict[str, State] = {}
        self._inputs: dict[tuple[str, str], Measure] = {}
        self._outputs: dict[tuple[str, str], Measure] = {}
        self._met: dict[str, tuple[tuple[str, str], ...]] = {}
        self._names: dict[tuple[str, str], dict[str, str]] = {}

    # -- outside of reductions: the model's own columns

    def column(self, name: str) -> Measure | None:
        """The measure of a column of the model; None for a constant."""
        if name not in self._known:
            known = self.draft.columns[name]
            made = self._of(known.tree, self.draft.outer, outside=True)
            said = known.said.type if known.said is not None else None
            is_cut = (
                family(said or "") == "integer" and family(infer(known.tree, self.draft.type_of) or "") != "integer"
            )
            self._known[name] = arithmetic.changed(made) if is_cut else made
        return self._known[name]

    def outside(self, tree: Tree) -> Measure | None:
        return self._of(tree, self.draft.outer, outside=True)

    def fields(self) -> dict[str, Measure]:
        """The measures of the model's columns, under the model's own names."""
        names, state = self._shown(), self.draft.state or whole(self.draft)
        grain = tuple((name, flat(self.draft.grain_column(name))) for name in self.draft.grain)
        rows = Bag(state, grain, tuple(self.draft.grain))
        found = {name: self.column(name) for name in self.draft.columns}
        return {name: _placed(m, names, rows) for name, m in found.items() if m is not None}

    def _shown(self) -> dict[str, str]:
        names = {flat(self.draft.grain_column(name)): name for name in self.draft.grain}
        for name, known in self.draft.columns.items():
            tree = known.tree
            while isinstance(tree, exp.Column) and tree.table == SIBLING and tree.name in self.draft.columns:
                tree = self.draft.columns[tree.name].tree
            if isinstance(tree, exp.Column):
                names.setdefault(flat(tree), name)
        return names

    # -- formulas

    def _of(self, tree: Tree, scope: Scope, *, outside: bool) -> Measure | None:
        """The measure of an expression over a scope; None for constants and conditions."""

        def find(node: Tree) -> Measure | Literal[Made.OF_PARTS] | None:
            return self._reference(node, scope) if isinstance(node, exp.Column) else OF_PARTS

        base = scope.base
        rows = [rows_measure(base.relation).renamed(self._called(scope, base))]
        rows += [replace(row, entity=name) for row in rows for name in self._row_names(base.relation)]
        if scope is self.draft.outer and (own := self._own_filter()):
            rows = [replace(row, passed=row.passed | own) for row in rows]
        return measured(tree, find, rows, defaults=outside)

    def _row_names(self, relation: Relation) -> set[str]:
        """The entities whose whole key the relation has, so that each row is one row of theirs."""
        shown: dict[str, dict[str, str]] = {}
        for name, known in relation.fields.items():
            if known.origin is not None:
                shown.setdefault(known.origin.entity, {})[known.origin.column] = name
        entities = self.draft.world.graph.entities
        return {
            entity
            for entity, columns in shown.items()
            if entity != relation.name
            and all(word.text in columns for word in entities[entity].key)
            and set(relation.grain) <= {columns[word.text] for word in entities[entity].key}
        }

    # -- references

    def _reference(self, reference: exp.Column, scope: Scope) -> Measure | None:
        draft = self.draft
        if reference.table == SIBLING:
            return self.column(reference.name)
        for made in (*draft.reductions, *([draft.inner] if draft.inner else [])):
            if made.cte == reference.table and reference.name in made.outputs:
                return self._output(made, reference.name)
        node = next((n for n in scope.nodes.values() if n.alias == reference.table), None)
        return self._looked_up(scope, node, reference.name) if node is not None else None

    def _looked_up(self, scope: Scope, node: Node, name: str) -> Measure | None:
        world, relation = self.draft.world, node.relation
        if world.shelf.get(relation.name) is relation:
            known = field_measure(relation, name, world.graph.entities.get(relation.name))
        else:  # grouped rows have their own alias
            known = field_measure(relation, name, None)
            known = replace(known, entity=self.draft.rows[0].name) if known is not None else None
        if known is not None and scope is self.draft.outer and (own := self._own_filter()):
            known = replace(known, passed=known.passed | own)
        return known.renamed(self._called(scope, node)) if known is not None else None

    def _called(self, scope: Scope, node: Node) -> dict[str, str]:
        """The outer names of a node's columns. A lookup's join columns have the names of the base."""
        key = scope.base.alias, node.alias
        if key not in self._names:
            joined = _joined(scope)
            own = {c: f"{node.alias}.{c}" for c in node.relation.fields}
            self._names[key] = {name: joined.get(called, called) for name, called in own.items()}
        return self._names[key]

    # -- inputs brought to one row

    def state(self, reduction: Reduction) -> State:
        """The state of the rows that a reduction groups."""
        if reduction.cte not in self._states:
            where = self.draft.where if reduction.own else reduction.where
            self._states[reduction.cte] = passing(reduction.scope, where)
        return self._states[reduction.cte]

    def met(self, reduction: Reduction) -> tuple[tuple[str, str], ...]:
        """The join columns of a reduction: (the model's, its own rows')."""
        if reduction.cte not in self._met:
            self._met[reduction.cte] = tuple((flat(match.outer), flat(match.inner)) for match in reduction.on)
        return self._met[reduction.cte]

    def input(self, reduction: Reduction, output: str) -> Measure:
        """The measure that an output aggregates. A count counts rows, whatever its column."""
        key = reduction.cte, output
        if key not in self._inputs:
            self._inputs[key] = self._input(reduction, output)
        return self._inputs[key]

    def level(self, reduction: Reduction, output: str) -> Measure | None:
        """The measure from which a picked output takes one row."""
        return self._of(reduction.outputs[output], reduction.scope, outside=False)

    def within(self, reduction: Reduction, tree: Tree) -> Measure | None:
        """The measure of an expression over the rows that a reduction groups."""
        return self._of(tree, reduction.scope, outside=False)

    def _output(self, reduction: Reduction, output: str) -> Measure:
        key = reduction.cte, output
        if key not in self._outputs:
            self._outputs[key] = self._reduced(reduction, output)
        return self._outputs[key]

    def _input(self, reduction: Reduction, output: str) -> Measure:
        tree = reduction.outputs[output]
        value = argument_of(tree)
        known = self._of(value, reduction.scope, outside=False) if value is not None else None
        if known is not None and aggregate_of(call_of(tree)) not in (Aggregate.COUNT, Aggregate.DISTINCT):
            return known
        if known is None:  # a constant or a condition
            value = value if isinstance(value, exp.Column) else None
        placed = self._counted(reduction.scope, value)
        if known is None:
            return placed
        return replace(known, home=placed.home, group=placed.group, summands=(), stock=frozenset())

    def _counted(self, scope: Scope, value: Tree | None) -> Measure:
        """The rows that a count reads."""
        node = self._counted_node(scope, value)
        return rows_measure(node.relation).renamed(self._called(scope, node))

    def _counted_node(self, scope: Scope, value: Tree | None) -> Node:
        """The node whose rows a count counts: the only one of its columns, else the base."""
        aliases = {c.table for c in columns_of(value)} if value is not None else set()
        named = [n for n in scope.nodes.values() if n.alias in aliases] if len(aliases) == 1 else []
        return next(iter(named), scope.base)

    def bag(self, reduction: Reduction) -> Bag:
        group = tuple(match.name for match in reduction.on)
        return Bag(self.state(reduction), self.met(reduction), group)

    def _reduced(self, reduction: Reduction, output: str) -> Measure:
        bag = self.bag(reduction)
        lacks = self._may_lack_rows(reduction, output)
        if reduction.order is not None or output in reduction.labels:
            return self._shown_value(reduction, output, bag, lacks=lacks)
        inner = self.input(reduction, output)
        return replace(aggregated(self._call(reduction, output, inner), inner, bag), nullable=lacks)

    def _call(self, reduction: Reduction, output: str, inner: Measure) -> Call:
        tree, scope = reduction.outputs[output], reduction.scope
        value, condition = argument_of(tree), condition_of(tree)
        own = inner.aggregate in ROW_LEVEL and isinstance(value, exp.Column)
        base, kind = scope.base.relation, aggregate_of(call_of(tree))
        if own:
            source = inner.source
        elif isinstance(value, exp.Star) or value is None:
            source = f"{base.name}.{base.grain[0]}"
        else:
            source = in_words(value, scope)
        return Call(
            aggregate=kind,
            values=(flat(value),) if isinstance(value, exp.Column) else (),
            read=(base.name, *self._where_null(reduction, value)),
            passing=filtered(self.state(reduction), condition),
            source=source,
            entity=inner.entity if own else base.name,
            filter=in_words(condition, scope) if condition is not None else None,
            passed=self._passed(reduction),
            rows=self._counted(scope, value) if kind in COUNTS else None,
            over=frozenset((base.name, *self._row_names(base))),
            skips=bool(self._where_null(reduction, value)),
        )

    def _where_null(self, reduction: Reduction, value: Tree | None) -> tuple[str, ...]:
        """The argument of an aggregate where it may be NULL; empty where each row has a value."""
        filled = self.state(reduction).not_null
        columns = list(columns_in(value)) if value is not None else []
        scope = reduction.scope
        empty = {c.name for c in columns if flat(c) not in filled and not self._is_filled(scope, c, filled)}
        known = {c.name for c in columns} - empty
        every = value is None or isinstance(value, exp.Star) or never_null(value, known)
        return () if every or value is None else (in_words(value, reduction.scope),)

    def _is_filled(self, scope: Scope, tree: exp.Column, filled: Collection[str]) -> bool:
        """Whether a column has a value in each row: a total, or a column of a lookup that each row matches."""
        node = next((n for n in scope.nodes.values() if n.alias == tree.table and n is not scope.base), None)
        if node is None or tree.name not in node.relation.state.not_null:
            return self._is_total(scope, tree)
        return gap_before(scope, node, filled) is None

    def _is_total(self, scope: Scope, tree: exp.Column) -> bool:
        """Whether a column of the rows themselves is a sum or count, which is 0 without rows."""
        shown = scope.base.relation.fields.get(tree.name) if tree.table == scope.base.alias else None
        known = shown.measure if shown is not None else None
        return known is not None and known.aggregate in ADDED and not known.nullable

    def _passed(self, reduction: Reduction) -> frozenset[str]:
        """The filter of the rows that a reduction groups."""
        where = self.draft.where if reduction is self.draft.inner else reduction.where
        return frozenset((in_words(where, reduction.scope),)) if where is not None else frozenset()

    def _own_filter(self) -> frozenset[str]:
        """The filter of ungrouped rows."""
        where, outer = self.draft.where, self.draft.outer
        return frozenset((in_words(where, outer),)) if where is not None and self.draft.whole else frozenset()

    def _shown_value(self, reduction: Reduction, output: str, bag: Bag, *, lacks: bool) -> Measure:
        """The measure of a pick or a label: one row's value for each match."""
        tree = reduction.outputs[output]
        label = output in reduction.labels
        inner = self._of(next(columns_in(tree)) if label else tree, reduction.scope, outside=False)
        shown = picked(inner or rows_measure(reduction.scope.base.relation), bag)
        return replace(shown, nullable=lacks and not label)

    def _may_lack_rows(self, reduction: Reduction, output: str) -> bool:
        """Whether an output can be NULL because it has no rows. Sums and counts are 0 then."""
        tree = reduction.outputs[output]
        if aggregate_of(call_of(tree)) in ADDED:
            return False
        if isinstance(tree, exp.Filter) or reduction.where is not None:
            return True
        return not reduction.own and not every_row_matches(self.draft, reduction)


def _joined(scope: Scope) -> dict[str, str]:
    """The join columns of lookups, by those of the base: they are equal where a row matches."""
    found: dict[str, str] = {}
    for _, join, _ in scope.joins:
        for here, there in join.on:
            assert isinstance(here, exp.Column)
            assert isinstance(there, exp.Column)
            found[flat(there)] = found.get(flat(here), flat(here))
    return found


def _placed(measure: Measure, names: dict[str, str], rows: Bag) -> Measure:
    """The measure in the model's own columns.

    Its home is kept where the model shows it. Otherwise the home is the grain, where each row has its own value.
    """
    if measure.summands:
        summands = tuple(_placed(summand, names, rows) for summand in measure.summands)
        return replace(_placed(replace(measure, summands=()), names, rows), summands=summands)
    placed = measure.shown(names)
    inner = measure.with_inner(lambda m: _placed(m, names, rows))
    placed = replace(placed, listed=inner.listed, factors=inner.factors)
    if not measure.stock <= names.keys():
        placed = replace(placed, stock=levels_of(measure, rows))
    if measure.home <= names.keys() or not occurs_once(measure, rows.state):
        return placed
    return replace(placed, home=rows.home)
