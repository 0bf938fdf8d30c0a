"""Resolves formulas: each reference becomes a column of the rows, of a lookup, or of an input reduced to one row."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.columns import not_numbers
from erd2dbt.design.columns.empty_denominators import null_if_empty
from erd2dbt.design.columns.inputs import Inputs, NoInputError
from erd2dbt.design.columns.named_inputs import named_in, value_of
from erd2dbt.design.joins import fanout_example, undeclared, unreached_faults
from erd2dbt.design.joins import fanout_faults as said
from erd2dbt.design.joins.bridges import with_partners
from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError
from erd2dbt.design.joins.draft import SIBLING, ColumnDraft, Draft, InputMatch, Match, Reduction
from erd2dbt.design.joins.grain_proof import flat, passing
from erd2dbt.design.joins.matching import link_beside, word_along
from erd2dbt.design.joins.missing_columns import missing_column
from erd2dbt.design.joins.missing_rows import coarse_or_lossy
from erd2dbt.design.joins.reductions import own_reduction, reduction
from erd2dbt.design.joins.scope import Node, Scope
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram.erd import ColumnSpec, Expression, Pick, PickEnd, Tier
from erd2dbt.faults.diagnostics import Collector, Hint, Span, did_you_mean
from erd2dbt.prove.claims import Claim
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.trees import columns_in, copied, nodes, rewritten
from erd2dbt.sql.type_mismatches import misfit
from erd2dbt.sqlproof.congruence import congruent
from erd2dbt.sqlproof.lists import length_of


def parse_formula(spec: ColumnSpec, faults: Collector) -> Tree | None:
    """The formula as one tree. A pick becomes FIRST or LAST with its order and filter inside. None after a fault."""
    formula = spec.formula
    if isinstance(formula, Expression):
        return sql.parse(formula, faults)
    if isinstance(formula, Tier):
        value = sql.parse(formula.value, faults)
        return sql.tier(value, formula) if value is not None else None
    return _pick(formula, faults)


def _pick(pick: Pick, faults: Collector) -> Tree | None:
    value = sql.parse(pick.value, faults)
    order = [_ordered(term, faults) for term in pick.order]
    where = sql.parse(pick.where, faults) if pick.where else None
    if value is None or None in order or (pick.where and where is None):
        return None
    kind = exp.First if pick.end is PickEnd.FIRST else exp.Last
    call: Tree = kind(this=exp.Order(this=value, expressions=order) if order else value)
    return exp.Filter(this=call, expression=exp.Where(this=where)) if where is not None else call


def _ordered(term: Expression, faults: Collector) -> Tree | None:
    """`timestamp desc` or `timestamp`, parsed as the order of an aggregate. None after a fault."""
    text = Expression(f"first(x order by {term.text})", term.span)
    call = sql.parse(text, faults)
    order = call.find(exp.Order) if call is not None else None
    return order.expressions[0] if order is not None and len(order.expressions) == 1 else None


class Resolver:
    """Resolves the formulas of one model, one after the other. `values`: the claims that decide values."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.values: set[Claim] = set()
        self._inputs = Inputs(draft)
        self._spec: ColumnSpec | None = None
        self._inherits: list[tuple[str, str]] = []
        self._failed = False
        self._ways: dict[str, tuple[str, ...]] = {}  # ungrouped rows: input -> the links of its way, without a word
        self._kept_at = draft.spec.span  # the place where a kept column is named
        self._alone = True  # whether the formula contains one aggregate: its output then has the column's name

    @property
    def _span(self) -> Span:
        return self._spec.place if self._spec is not None else self._kept_at

    def column(self, spec: ColumnSpec, tree: Tree) -> None:
        """Add the column to the draft, or the faults of its formula."""
        self._spec, self._inherits, self._failed = spec, [], False
        self._inputs.spec = spec
        self._inputs.read = frozenset(parts[0] for node in sql.references(tree) if len(parts := sql.parts(node)) > 1)
        self._alone = len(list(sql.outer_aggregates(tree))) == 1
        self.draft.accept(spec)
        bare = sql.is_aggregate(tree)
        resolved = self._resolved(tree)
        if self._failed or self._of_equal_values(resolved):
            return
        if spec.default is not None:
            if bare and isinstance(resolved, exp.Coalesce):
                resolved = resolved.this
            resolved = sql.coalesce(resolved, sql.constant(spec.default))
        self.draft.columns[spec.name] = ColumnDraft(
            name=spec.name, tree=_flat(resolved), said=spec, inherits=tuple(dict.fromkeys(self._inherits))
        )

    def _of_equal_values(self, tree: Tree) -> bool:
        """E202 for a formula over a grain column of grouped rows, where equal values may give different results."""
        draft = self.draft
        if draft.whole:
            return False
        types = {(node := draft.grain_column(name)).name: shown.type for name, shown in draft.grain.items()}
        loose = [name for name, type_ in types.items() if type_ and family(type_) == "interval"]
        read = [c.name for c in columns_in(tree) if c.table == node.table and c.name in loose]
        if not read or congruent(tree, lambda c: types.get(c.name) if c.table == node.table else draft.type_of(c)):
            return False
        self._fail(*said.equal_values(draft, self._spec, tree, read[0]))
        return True

    def kept(self, name: str, span: Span) -> None:
        """Add a column that is kept from the rows source."""
        self._spec, self._inherits, self._failed, self._kept_at = None, [], False, span
        self._inputs.spec, self._inputs.read = None, frozenset()
        rows = self.draft.rows[0]
        tree = self._qualified((rows.name, name))
        if tree is not None:
            self.draft.columns[name] = ColumnDraft(name=name, tree=tree, inherits=((rows.name, name),))

    def _resolved(self, tree: Tree) -> Tree:
        def visit(node: Tree) -> Tree:
            if sql.is_aggregate(node):
                return self._bag(node) or copied(node)
            if isinstance(node, (exp.Column, exp.Dot)):
                return self._scalar(node) or copied(node)
            return node

        resolved = rewritten(tree, visit)
        grouped = (*self.draft.reductions, *([self.draft.inner] if self.draft.inner else []))
        return null_if_empty(resolved, {made.cte for made in grouped})

    def _fail(self, code: str, message: str, *fixes: str, notes: Iterable[str] = ()) -> Tree | None:
        """Add the fault at the formula. Returns None, so that the caller can return it."""
        self._failed = True
        self.draft.fault(code, message, self._span, *fixes, notes=notes)
        return None

    # -- scalars

    def _scalar(self, node: exp.Column | exp.Dot) -> Tree | None:
        parts = sql.parts(node)
        if isinstance(node, exp.Column) and sql.is_star(node):
            return self._fail("E021", "`*` is allowed only in count(*)", Hint("name the columns"))
        if len(parts) == 1:
            return self._own_name(parts[0])
        return self._qualified(parts)

    def _own_name(self, name: str) -> Tree | None:
        draft = self.draft
        if name in draft.grain:
            return draft.grain_column(name)
        kept = draft.columns.get(name)
        if kept is not None and kept.said is None:
            self._inherits.extend(kept.inherits)
            return copied(kept.tree)
        if self._spec is not None and name == self._spec.name:
            return self._fail("E035", f"the column `{name}` reads itself", *said.qualify(draft, name))
        if any(c.name == name for c in draft.spec.columns):
            return column(name, SIBLING)
        own = [*draft.grain, *draft.columns, *(c.name for c in draft.spec.columns)]
        rows = [f"{r.name}.{field}" for r in draft.rows for field in r.fields]
        fixes = said.qualify(draft, name) or did_you_mean(name, own) or said.nearest(name, rows)
        return self._fail("E031", f"the model `{draft.spec.name}` has no column `{name}`", *fixes)

    def _qualified(self, parts: tuple[str, ...]) -> Tree | None:
        entity, *_, name = parts
        draft = self.draft
        relation = self._relation(entity)
        if relation is None:
            return None
        try:
            if draft.whole and relation is draft.rows[0] and not self._inputs.is_led_away(relation):
                node = self._follow(draft.outer, draft.outer.base, parts)
                return self._field(node, name) if node is not None else None
            return self._looked_up(relation, parts)
        except (AmbiguousError, IncomparableError) as problem:
            return self._fail(*said.no_join(draft, entity, problem, self._spec))

    def _looked_up(self, relation: Relation, parts: tuple[str, ...]) -> Tree | None:
        """A column over a many-to-one chain, or a column of an input that has one value for all its rows."""
        draft, via, name = self.draft, self._inputs.via(relation.name), parts[-1]
        is_input = draft.whole or relation not in draft.rows or self._inputs.is_led_away(relation)
        if not is_input:
            via = None if via == self._inputs.said_via() else via
            if (there := self._of_group(relation, parts)) is not None:
                return there
        if is_input and via is None and self._is_beside_link(relation, name):
            return None
        node = draft.outer.reach(relation.name, via) if is_input and not draft.said_of(relation.name) else None
        node = self._follow(draft.outer, node, parts)
        if node is not None:
            undeclared.warn_of_lookups(draft, self._spec, self._span, draft.outer)
            return self._field(node, name)
        if self._failed:
            return None
        return self._label(relation, parts, via)

    def _of_group(self, relation: Relation, parts: tuple[str, ...]) -> Tree | None:
        """A column at the end of a path from grouped rows, where the grain decides its first link; else None."""
        draft = self.draft
        if draft.inner is None or len(parts) < 3:
            return None
        columns = {match.column: match.name for match in draft.inner.on if match.node is draft.inner.scope.base}
        node = draft.outer.follow_group(relation, columns, parts[1], parts[2])
        node = self._follow(draft.outer, node, parts, start=2)
        return self._field(node, parts[-1]) if node is not None else None

    def _is_beside_link(self, relation: Relation, name: str) -> bool:
        """E205 for a lookup over other rows, where a link leads from the input to the rows."""
        draft = self.draft
        if draft.said_of(relation.name):
            return False
        found = draft.outer.find(relation.name)
        link = link_beside(draft, relation, found) if found else None
        if link is None:
            links = tuple(link for chain in found for link in chain.links)
            self._refuse_second_way(relation, links, lambda: word_along(draft.outer, relation.name, found))
            return False
        text, word = " and ".join(chain.text for chain in found), word_along(draft.outer, relation.name, found)
        self._fail(*said.two_ways(draft, self._spec, relation, name, (text, link), word=word))
        return True

    def _refuse_second_way(self, relation: Relation, links: tuple[str, ...], word: Callable[[], str | None]) -> None:
        """Raises AmbiguousError for an input that another column reaches along other links.

        A link between the two from either side is not such a way: each is the only one for a lookup, or an aggregate.
        """
        first = self._ways.setdefault(relation.name, links) if links and self.draft.whole else links
        if set(links) == set(first) or len(links) == len(first) == 1:
            return
        raise AmbiguousError(relation.name, [" then ".join(first), " then ".join(links)], [word()])

    def _relation(self, name: str) -> Relation | None:
        shelf = self.draft.world.shelf
        if name in shelf:
            return shelf[name]
        self._fail("E030", f"there is no entity or model `{name}`", *did_you_mean(name, shelf))
        return None

    def _field(self, node: Node, name: str) -> Tree | None:
        if name not in node.relation.fields:
            message, fixes = missing_column(self.draft.world.graph, node.relation.name, name, node.relation.fields)
            return self._fail("E031", message, *fixes)
        self._inherits.append((node.relation.name, name))
        return column(name, node.alias)

    def _follow(self, scope: Scope, node: Node | None, parts: tuple[str, ...], start: int = 1) -> Node | None:
        """The node at the end of a path from an entity's node, along its roles; None after a fault."""
        for at, role in enumerate(parts[start:-1], start=start):
            if node is None:
                return None
            try:
                following = scope.follow(node, role, parts[at + 1])
            except AmbiguousError as problem:
                self._fail(*said.ambiguous_role(self.draft, self._spec, parts, at, problem))
                return None
            if following is None:
                known = sorted(said.roles_from(scope.world, node.relation))
                self._fail(
                    "E032",
                    f"there is no many-to-one link with the role `{role}` from `{node.relation.name}`",
                    *did_you_mean(role, known),
                    *([Hint(f"its roles are {', '.join(known)}")] if known else []),
                )
            node = following
        return node

    def _no_path(self, relation: Relation, via: str | None) -> said.Fault:
        """E201 for an input that a column reads. `via`: the word for its way."""
        nowhere = unreached_faults.led_nowhere(self.draft, self._spec, relation, via) if via is not None else None
        return nowhere or unreached_faults.no_path(self.draft, relation)

    def _label(self, relation: Relation, parts: tuple[str, ...], via: str | None) -> Tree | None:
        """A column of a one-to-many input, or at the end of a path from it, that the match determines; else E202.

        It is grouped, with one value each.
        """
        draft, name = self.draft, parts[-1]
        met = self._inputs.match(relation, via)
        scope, on = met.scope, met.on
        if not on:
            return self._fail(*self._no_path(relation, via))
        end = self._follow(scope, scope.base, parts)
        if end is None or self._field(end, name) is None:
            return None
        known = passing(scope, draft.where if own_reduction(draft, scope) else None)
        met_on = [flat(match.inner) for match in on]
        claims = known.determines(met_on, [f"{end.alias}.{name}"], filled=met_on)
        if claims is None:
            return self._fail_to_many(relation, on, parts)
        self.values |= claims
        target = own_reduction(draft, scope) or reduction(draft, met, via)
        undeclared.warn_of_input(self.draft, self._spec, self._span, target)
        label = sql.label(column(name, end.alias), end.relation.fields[name].type)
        output = target.output("_".join((*parts[1:-1], name)), label)
        target.labels[output] = claims
        draft.types[target.cte, output] = draft.precise[target.cte, output] = end.relation.fields[name].type
        return column(output, target.cte)

    def _fail_to_many(self, relation: Relation, on: tuple[Match, ...], parts: tuple[str, ...]) -> Tree | None:
        draft, columns = self.draft, [match.column for match in on]
        if len(parts) > 2:
            return self._fail(*said.several_parents_fault(relation, columns, parts))
        by = [match.column for match in on if match.node.relation is relation and not match.node.path]
        notes = fanout_example.to_many(draft, relation, by, parts[-1]) if by else ()
        return self._fail(*said.to_many(draft, self._spec, relation, by or columns, parts[-1]), notes=notes)

    # -- bags

    def _bag(self, node: Tree) -> Tree | None:
        if sql.has_nested_aggregate(node):
            return self._fail(
                "E024",
                "an aggregate cannot contain another aggregate",
                Hint("compute the inner aggregate as a column of an intermediate model, and aggregate that column"),
            )
        try:
            named = named_in(node)
            if any(self._relation(name) is None for name in named):
                return None
            met, via = self._inputs.of_bag(node, named)
            self._refuse_second_match(met, via)
            inside = self._inside(node, met.scope, named)
            if value_of(node) and met.scope.base.relation.name not in named and not self._failed:
                words = {name: self._inputs.via_within(met.scope, name) for name in named}
                inside = with_partners(met.scope, words, inside)
        except NoInputError as problem:
            return self._fail(*problem.fault)
        except (AmbiguousError, IncomparableError) as problem:
            return self._fail(*said.no_join(self.draft, problem.wanted, problem, self._spec))
        if self._failed:
            return None
        if wrong := misfit(inside, met.scope.type_of):
            return self._fail(*said.ill_typed(wrong))
        call = inside.this if isinstance(inside, exp.Filter) else inside
        if isinstance(call, sql.PICKS):
            return self._picked(inside, met, via)
        target = own_reduction(self.draft, met.scope) or reduction(self.draft, met, via)
        self._warn(target, call, counts=length_of(node) is not None)
        output = target.output(self._output_name(node), inside)
        self.draft.learn(target.cte, output, inside)
        there = column(output, target.cte)
        counted = isinstance(call, exp.Count) and target.own
        if counted or not sql.empty_is_zero(node):
            return there
        return sql.coalesce(there, sql.zero(self.draft.types[target.cte, output]))

    def _warn(self, target: Reduction, call: Tree, *, counts: bool) -> None:
        """Warn of doubtful aggregates. `counts`: the length of the list that is collected is taken."""
        undeclared.warn_of_input(self.draft, self._spec, self._span, target)
        warned = not_numbers.not_a_number(self.draft, call)
        if warned:
            self.draft.fault(warned[0], warned[1], self._span, *warned[2:])
        if not target.own and self._spec is not None:
            additive = counts or isinstance(call, (exp.Sum, exp.Count))
            coarse_or_lossy(self.draft, self._spec, self._span, target, additive=additive)

    def _output_name(self, node: Tree) -> str:
        spec = self._spec
        assert spec is not None
        return spec.name if self._alone else f"{spec.name}_{sql.aggregate_word(node)}"

    def _refuse_second_match(self, met: InputMatch, via: str | None) -> None:
        """Raises AmbiguousError for an aggregated input that a lookup reaches along other links."""
        if via is None and not (met.own or met.said or met.named):
            relation = met.scope.base.relation
            self._refuse_second_way(relation, met.links, lambda: self._inputs.word_of_match(met))

    def _inside(self, node: Tree, scope: Scope, named: list[str]) -> Tree:
        """The aggregate over the columns of its own scope.

        Unqualified names are columns of the base, or of the value's input where the base is a bridge to it. `first` and
        `last` read the value's input.
        """
        draft, base = self.draft, scope.base.relation
        picks = isinstance(node.this if isinstance(node, exp.Filter) else node, sql.PICKS)
        values = value_of(node) if picks or base.name not in named else []
        over = values[0] if values else base.name

        def visit(inner: Tree) -> Tree:
            if not isinstance(inner, (exp.Column, exp.Dot)):
                return inner
            parts = sql.parts(inner)
            if isinstance(inner, exp.Column) and sql.is_star(inner):
                return exp.Star()
            if len(parts) == 1:
                own = scope.reach_by(over, [self._inputs.via_within(scope, over)]) or scope.base
                return self._field(own, parts[0]) or inner
            entity, *_, name = parts
            there = scope.reach_by(entity, [self._inputs.via_within(scope, entity)])
            there = self._follow(scope, there, parts)
            if there is None:
                if not self._failed:
                    self._fail(*said.cross(draft, base, entity))
                return inner
            return self._field(there, name) or inner

        return rewritten(node, visit)

    def _picked(self, tree: Tree, met: InputMatch, via: str | None) -> Tree:
        call = tree.this if isinstance(tree, exp.Filter) else tree
        where = tree.expression.this if isinstance(tree, exp.Filter) else None
        ordered = call.this if isinstance(call.this, exp.Order) else None
        value = ordered.this if ordered is not None else call.this
        order = tuple(ordered.expressions) if ordered is not None else ()
        if not order:
            word = "last" if isinstance(call, exp.Last) else "first"
            self._fail(*said.pick_without_order(self.draft, self._spec, met.scope.base.relation, word))
            return tree
        for term in order:
            not_numbers.text_order(self.draft, term, self._span)
        last = isinstance(call, exp.Last)
        target = reduction(self.draft, met, via, order=order, where=where, last=last)
        undeclared.warn_of_input(self.draft, self._spec, self._span, target)
        said.pick_order(self.draft, target, self._span, self._spec)
        output = target.output(self._output_name(tree), value)
        self.draft.learn(target.cte, output, value)
        return column(output, target.cte)


def _flat(tree: Tree) -> Tree:
    """`coalesce(coalesce(x, 0), 0)` with only one default."""
    if not any(isinstance(node.this, exp.Coalesce) for node in nodes(tree) if isinstance(node, exp.Coalesce)):
        return tree

    def visit(node: Tree) -> Tree:
        inner = node.this if isinstance(node, exp.Coalesce) else None
        if isinstance(inner, exp.Coalesce) and inner.expressions == node.expressions:
            return inner
        return node

    return rewritten(tree, visit)
