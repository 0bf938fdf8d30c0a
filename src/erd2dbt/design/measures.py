"""The measure of each column of a model in the making, carried through lookups, groupings, picks and formulas."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from erd2dbt.design.attributes import field_measure, ratio_of, rows_measure
from erd2dbt.design.draft import SIBLING, Draft, Reduction
from erd2dbt.design.presence import always_met
from erd2dbt.design.proving import filtered, flat, scoped
from erd2dbt.design.scope import Node, Scope
from erd2dbt.prove import additivity
from erd2dbt.prove.additivity import ROW_LEVEL, Aggregate, Counted, Measure
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in, rewritten

_KINDS: dict[type[Tree], Aggregate] = {
    exp.Sum: Aggregate.SUM,
    exp.Min: Aggregate.MIN,
    exp.Max: Aggregate.MAX,
    exp.Avg: Aggregate.AVG,
}
_CONSTANT = (exp.Literal, exp.Boolean, exp.Null)
_TRANSPARENT = (exp.Paren, exp.Cast, exp.Neg, exp.Round)


def call_of(tree: Tree) -> Tree:
    return tree.this if isinstance(tree, exp.Filter) else tree


def aggregate_of(call: Tree) -> Aggregate:
    """Which of the aggregates that the calculus knows; OTHER for `bool_or`, `string_agg`, `sum(distinct x)`, …"""
    distinct = isinstance(call.this, exp.Distinct)
    if isinstance(call, exp.Count):
        return Aggregate.DISTINCT if distinct else Aggregate.COUNT
    return Aggregate.OTHER if distinct else _KINDS.get(type(call), Aggregate.OTHER)


def in_words(tree: Tree, scope: Scope) -> str:
    """An expression of a scope as a user writes it, each column under its relation's name."""
    names = {node.alias: node.relation.name for node in scope.nodes.values()}

    def visit(node: Tree) -> Tree:
        return column(node.name, names.get(node.table, node.table)) if isinstance(node, exp.Column) else node

    return one_line(rewritten(tree, visit))


def said(measure: Measure) -> str | None:
    """The measure as a formula over the entity's own rows; None where it is no single aggregate."""
    if measure.aggregate in (Aggregate.RATIO, Aggregate.RATE):
        parts = [said(replace(p, aggregate=Aggregate.SUM) if p.aggregate in ROW_LEVEL else p) for p in measure.parts]
        return f"ratio({', '.join(p for p in parts if p)})" if len(parts) == 2 and None not in parts else None
    if measure.aggregate in (Aggregate.VALUE, Aggregate.OTHER) or measure.parts:
        return None
    distinct = measure.aggregate is Aggregate.DISTINCT
    call = f"count(distinct {measure.source})" if distinct else f"{measure.aggregate}({measure.source})"
    return f"{call} filter (where {measure.filter})" if measure.filter else call


class Measures:
    """The measures of one draft, each worked out once. Outside columns are called `alias.column`, as in its proof."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._known: dict[str, Measure | None] = {}
        self._states: dict[str, State] = {}
        self._inputs: dict[tuple[str, str], Measure] = {}
        self._outputs: dict[tuple[str, str], Measure] = {}
        self._met: dict[str, tuple[tuple[str, str], ...]] = {}
        self._names: dict[tuple[str, str], dict[str, str]] = {}

    # -- outside: the model's own columns

    def column(self, name: str) -> Measure | None:
        """Of a column of the model; None for a constant."""
        if name not in self._known:
            tree = self.draft.columns[name].tree
            self._known[name] = self._of(tree, self.draft.outer, outside=True)
        return self._known[name]

    def outside(self, tree: Tree) -> Measure | None:
        return self._of(tree, self.draft.outer, outside=True)

    def fields(self) -> dict[str, Measure]:
        """The measures of the model's columns, under the model's own names."""
        names = self._shown()
        found = {name: self.column(name) for name in self.draft.columns}
        return {name: self._placed(m, names) for name, m in found.items() if m is not None}

    def _shown(self) -> dict[str, str]:
        names = {flat(self.draft.grain_column(name)): name for name in self.draft.grain}
        for name, known in self.draft.columns.items():
            tree = known.tree
            while isinstance(tree, exp.Column) and tree.table == SIBLING and tree.name in self.draft.columns:
                tree = self.draft.columns[tree.name].tree
            if isinstance(tree, exp.Column):
                names.setdefault(flat(tree), name)
        return names

    def _placed(self, measure: Measure, names: dict[str, str]) -> Measure:
        """In the model's own columns. One value for each row of the rows source is one for each of the model."""
        placed = measure.shown(names)
        base = self.draft.outer.base
        own = [c.removeprefix(f"{base.alias}.") for c in measure.home if c.startswith(f"{base.alias}.")]
        if measure.home <= names.keys() or len(own) < len(measure.home) or base.relation.state.is_key(own) is None:
            return placed
        return replace(placed, home=frozenset(self.draft.grain))

    # -- formulas

    def _of(self, tree: Tree, scope: Scope, *, outside: bool) -> Measure | None:
        """Of an expression over a scope; None for what is the same in every row, and for conditions."""
        if isinstance(tree, exp.Column):
            return self._reference(tree, scope)
        if isinstance(tree, (*_CONSTANT, exp.Predicate, exp.Connector, exp.Not)):
            return None
        if isinstance(tree, _TRANSPARENT):
            return self._of(tree.this, scope, outside=outside)
        ratio = ratio_of(tree)
        if ratio is not None:
            sides = [self._of(side, scope, outside=outside) for side in ratio[:2]]
            known = [side for side in sides if side is not None]
            return additivity.divided(*known) if len(known) == 2 else next(iter(known), None)
        if isinstance(tree, exp.Coalesce):
            return self._defaulted(tree, scope, outside=outside)
        return self._function(tree, scope, outside=outside)

    def _function(self, tree: Tree, scope: Scope, *, outside: bool) -> Measure | None:
        operands = tree.iter_expressions()
        if isinstance(tree, exp.Case):  # a condition chooses a value, it is none
            operands = iter([*(branch.args["true"] for branch in tree.args["ifs"]), *_listed(tree.args.get("default"))])
        known = [m for o in operands if (m := self._of(o, scope, outside=outside)) is not None]
        if not known:
            return None
        if isinstance(tree, (exp.Add, exp.Sub)) and len(known) == 2:
            return additivity.added(known)
        if isinstance(tree, (exp.Mul, exp.Div, exp.Case)) and len(known) == 1:
            return known[0]
        by_aggregate = isinstance(tree, exp.Div) and known[-1].aggregate not in ROW_LEVEL
        return additivity.divided(*known) if by_aggregate and len(known) == 2 else additivity.combined(known)

    def _defaulted(self, tree: exp.Coalesce, scope: Scope, *, outside: bool) -> Measure | None:
        """A constant for what is missing: the identity of a sum or count changes nothing (A4). Within the aggregate
        itself it is meant, and no default."""
        first, *others = (self._of(o, scope, outside=outside) for o in (tree.this, *tree.expressions))
        known = [m for m in (first, *others) if m is not None]
        if first is None or len(known) > 1:
            return additivity.combined(known) if known else None
        text = one_line(tree.expressions[-1])
        filled = replace(first, nullable=False)
        identity = filled.aggregate in (Aggregate.SUM, Aggregate.COUNT, Aggregate.DISTINCT) and additivity.is_zero(text)
        return replace(filled, default=text) if outside and not identity else filled

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

    def _looked_up(self, scope: Scope, node: Node, name: str) -> Measure:
        world, relation = self.draft.world, node.relation
        if world.shelf.get(relation.name) is relation:
            known = field_measure(relation, name, world.graph.entities.get(relation.name))
        else:  # grouped rows under a name of their own
            known = replace(field_measure(relation, name, None), entity=self.draft.rows[0].name)
        return known.renamed(self._called(scope, node))

    def _called(self, scope: Scope, node: Node) -> dict[str, str]:
        """What the columns of a node are called outside: those of a lookup that it is joined on, as the base's."""
        key = scope.base.alias, node.alias
        if key not in self._names:
            joined = _joined(scope)
            own = {c: f"{node.alias}.{c}" for c in node.relation.fields}
            self._names[key] = {name: joined.get(called, called) for name, called in own.items()}
        return self._names[key]

    # -- inputs brought to one row

    def state(self, reduction: Reduction) -> State:
        """What is known of the rows that a reduction groups."""
        if reduction.cte not in self._states:
            where = self.draft.where if reduction.own else reduction.where
            self._states[reduction.cte] = filtered(scoped(reduction.scope), where)
        return self._states[reduction.cte]

    def met(self, reduction: Reduction) -> tuple[tuple[str, str], ...]:
        """The columns that a reduction is met on: the model's, and its own rows'."""
        if reduction.cte not in self._met:
            self._met[reduction.cte] = tuple((flat(match.outer), flat(match.inner)) for match in reduction.on)
        return self._met[reduction.cte]

    def input(self, reduction: Reduction, output: str) -> Measure:
        """What an output aggregates; counts count rows, whatever the column."""
        key = reduction.cte, output
        if key not in self._inputs:
            self._inputs[key] = self._input(reduction, output)
        return self._inputs[key]

    def _output(self, reduction: Reduction, output: str) -> Measure:
        key = reduction.cte, output
        if key not in self._outputs:
            self._outputs[key] = self._reduced(reduction, output)
        return self._outputs[key]

    def _input(self, reduction: Reduction, output: str) -> Measure:
        call = call_of(reduction.outputs[output])
        value = call.this.expressions[0] if isinstance(call.this, exp.Distinct) else call.this
        node = self._counted_node(reduction.scope, value)
        rows = rows_measure(node.relation)
        known = self._of(value, reduction.scope, outside=False) if value is not None else None
        if known is not None and not isinstance(call, exp.Count):
            return known
        placed = rows.renamed(self._called(reduction.scope, node))
        return placed if known is None else replace(known, home=placed.home, group=placed.group)

    def _counted_node(self, scope: Scope, value: Tree | None) -> Node:
        """The node whose rows a count counts: that of its column, the base where it names none or several."""
        aliases = {c.table for c in columns_in(value)} if isinstance(value, exp.Column) else set()
        return next((n for n in scope.nodes.values() if n.alias in aliases), scope.base)

    def _reduced(self, reduction: Reduction, output: str) -> Measure:
        met = self.met(reduction)
        home = frozenset(outer for outer, _ in met)
        group = tuple(match.name for match in reduction.on)
        if reduction.order is not None or output in reduction.labels:
            return self._shown_value(reduction, output, home, group)
        call = call_of(reduction.outputs[output])
        outer, inner = aggregate_of(call), self.input(reduction, output)
        base = additivity.rolled(outer, inner, self.state(reduction), [own for _, own in met])
        if base is not None and inner.aggregate not in ROW_LEVEL:  # the same figure of the base, for larger groups
            made = replace(inner, aggregate=base, counted=_regrouped(inner.counted, met), nullable=False)
        else:
            made = self._fresh(reduction, output, outer, inner)
        times = {own: outside for outside, own in met}
        return replace(
            made,
            home=home,
            group=group,
            default=None,
            stock=frozenset(times[c] for c in inner.stock if c in times),
            nullable=self._may_lack_rows(reduction, output),
        )

    def _fresh(self, reduction: Reduction, output: str, outer: Aggregate, inner: Measure) -> Measure:
        tree, scope = reduction.outputs[output], reduction.scope
        call = call_of(tree)
        value = call.this.expressions[0] if isinstance(call.this, exp.Distinct) else call.this
        own = inner.aggregate in ROW_LEVEL and isinstance(value, exp.Column)
        base = scope.base.relation
        if own:
            source = inner.source
        elif isinstance(value, exp.Star) or value is None:
            source = f"{base.name}.{base.grain[0]}"
        else:
            source = in_words(value, scope)
        condition = tree.expression.this if isinstance(tree, exp.Filter) else None
        return Measure(
            aggregate=outer,
            entity=inner.entity if own else base.name,
            source=source,
            home=inner.home,
            group=inner.group,
            filter=in_words(condition, scope) if condition is not None else None,
            counted=self._counted(reduction, tree, value, outer, inner),
        )

    def _counted(
        self, reduction: Reduction, tree: Tree, value: Tree, outer: Aggregate, inner: Measure
    ) -> Counted | None:
        """The values that a later sum could meet in several of the groups."""
        by, state = self.met(reduction), self.state(reduction)
        if outer is Aggregate.DISTINCT:
            condition = tree.expression.this if isinstance(tree, exp.Filter) else None
            values = (flat(value),) if isinstance(value, exp.Column) else ()
            return Counted(filtered(state, condition), values, by)
        shared = outer in (Aggregate.SUM, Aggregate.COUNT) and not additivity.occurs_once(inner, state)
        in_groups = shared and additivity.occurs_once(inner, state, [base for _, base in by])
        return Counted(state, tuple(sorted(inner.home)), by) if in_groups else None

    def _shown_value(self, reduction: Reduction, output: str, home: frozenset[str], group: tuple[str, ...]) -> Measure:
        """One row's value for each match: what a pick or a label shows."""
        tree = reduction.outputs[output]
        label = output in reduction.labels
        shown = next(columns_in(tree)) if label else tree
        inner = self._of(shown, reduction.scope, outside=False) or rows_measure(reduction.scope.base.relation)
        to_outer = {own: outside for outside, own in self.met(reduction)}
        if label and inner.home <= to_outer.keys():
            home = frozenset(to_outer[c] for c in inner.home)
        times = frozenset(to_outer[c] for c in inner.stock if c in to_outer)
        lacks = not label and self._may_lack_rows(reduction, output)
        return replace(inner, home=home, group=group, stock=times, nullable=lacks, counted=None)

    def _may_lack_rows(self, reduction: Reduction, output: str) -> bool:
        """Whether an output can be NULL for want of rows; sums and counts are 0 then."""
        tree = reduction.outputs[output]
        if aggregate_of(call_of(tree)) in (Aggregate.SUM, Aggregate.COUNT, Aggregate.DISTINCT):
            return False
        if isinstance(tree, exp.Filter) or reduction.where is not None:
            return True
        return not reduction.own and not always_met(self.draft, reduction)


def _listed(tree: Tree | None) -> list[Tree]:
    return [tree] if tree is not None else []


def _joined(scope: Scope) -> dict[str, str]:
    """Columns that lookups are joined on, as the base's: where there is a match they are the same value."""
    found: dict[str, str] = {}
    for _, join, _ in scope.joins:
        for here, there in join.on:
            assert isinstance(here, exp.Column)
            assert isinstance(there, exp.Column)
            found[flat(there)] = found.get(flat(here), flat(here))
    return found


def _regrouped(counted: Counted | None, met: tuple[tuple[str, str], ...]) -> Counted | None:
    """The same bag in the larger groups of a roll-up; None where a group column is not among the smaller ones."""
    if counted is None:
        return None
    known = dict(counted.by)
    grouped = tuple((outside, known[own]) for outside, own in met if own in known)
    return replace(counted, by=grouped) if len(grouped) == len(met) else None
