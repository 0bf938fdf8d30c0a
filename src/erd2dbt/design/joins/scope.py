"""The FROM clause of a planned select: a relation, and lookups from it over many-to-one chains of links.

Chains are derived: links declare the columns. Only many-to-one steps are taken here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from erd2dbt.design.joins.chain_errors import AmbiguousError
from erd2dbt.design.joins.chains import Chain, by_name, chains, widest_chains
from erd2dbt.design.joins.pieced_keys import is_pieced_together
from erd2dbt.design.joins.walks import End, Row, Step, World, shown_rows, steps, steps_of
from erd2dbt.design.plans.plan import Join, Relation
from erd2dbt.names.length import fit
from erd2dbt.sql.expression import column


@dataclass(frozen=True, slots=True)
class Node:
    """A relation in a FROM clause, under an alias. `path`: the links that lead there from the base.

    `by`: the columns that it is grouped by before the join, where these are claimed unique but are not the key. The
    number of rows then follows from the grouping, even if the claim fails.
    """

    alias: str
    relation: Relation
    path: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a lookup is joined on its columns: the links, and the columns that match by name only."""

    links: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


On = tuple[tuple[Node, str, str], ...]  # node, its column, the column of the joined relation


@dataclass(slots=True)
class Scope:
    """A base relation and its lookups. `names` hands out aliases that are unique in the whole model."""

    world: World
    base: Node
    names: Names
    joins: list[tuple[Node, Join, Node]] = field(default_factory=list)  # (from, join, to)
    reasons: dict[str, Reason] = field(default_factory=dict)  # alias -> the reason for its join
    _known: dict[tuple[object, ...], Node] = field(default_factory=dict)

    @property
    def nodes(self) -> dict[str, Node]:
        """The base and all lookups, by alias."""
        return {node.alias: node for node in (self.base, *(there for _, _, there in self.joins))}

    def node(self, alias: str) -> Node | None:
        """The node with this alias; None without one."""
        if self.base.alias == alias:
            return self.base
        return next((there for _, _, there in self.joins if there.alias == alias), None)

    def type_of(self, reference: exp.Column) -> str | None:
        """The type of a column of a node."""
        node = self.node(reference.table)
        found = node.relation.fields.get(reference.name) if node is not None else None
        return found.type if found is not None else None

    def reach(self, target: str, via: str | None = None) -> Node | None:
        """The node of `target`, joined now if it is not yet; None when no many-to-one chain leads there.

        Raises AmbiguousError when several chains do, IncomparableError when only the column types do not compare.
        """
        if target == self.base.relation.name and via is None:
            return self.base
        found = self.find(target, via)
        return self._arrive(self.world.shelf[target], found) if found else None

    def reach_by(self, target: str, words: Iterable[str | None]) -> Node | None:
        """Like `reach`, with the first of these words that selects a chain."""
        if target == self.base.relation.name:
            return self.base
        found = self.find_by(target, words)
        return self._arrive(self.world.shelf[target], found) if found else None

    def find_by(self, target: str, words: Iterable[str | None]) -> tuple[Chain, ...]:
        """Like `find`, with the first of these words that selects a chain. AmbiguousError has the target as source."""
        for word in filter(None, words):
            with contextlib.suppress(AmbiguousError):
                if found := self.find(target, word):
                    return found
        try:
            return self.find(target)
        except AmbiguousError as problem:
            problem.source = target
            raise

    def find(self, target: str, via: str | None = None) -> tuple[Chain, ...]:
        """The chains that together lead to the whole grain of the target; empty without them. Joins nothing.

        Several chains lead to what shared parents have in common, like the rate of a currency and a day. Where a row
        has many rows of the target, another link of that row does not select one of these.
        """
        relation = self.world.shelf[target]
        grain = {name: relation.fields[name] for name in relation.grain}
        base = self.base.relation
        try:
            found = chains(self.world, base, grain, via)
        except AmbiguousError:
            if is_pieced_together(self.world, base, widest_chains(self.world, base, grain, via)):
                return ()
            raise
        if is_pieced_together(self.world, base, found):
            return ()
        covered = frozenset(name for chain in found for name in chain.covered)
        if covered != grain.keys():
            near = found[0] if len(found) == 1 else None
            named = by_name(self.world, base, grain, near, via) if len(found) < 2 else None
            found = [named] if named is not None else []
            covered = frozenset(name for chain in found for name in chain.covered)
        return tuple(found) if covered == grain.keys() else ()

    def follow(self, node: Node, word: str, then: str) -> Node | None:
        """The node at the other end of the many-to-one link `word` from `node`; None without one.

        A link is named by its role, else by the entity it leads to. Of several links, the one that leads to a column or
        a link named `then` is used. Raises AmbiguousError where two do.
        """
        step = self._called(node.relation, word, then)
        return self._step(node, step) if step is not None else None

    def follow_group(self, rows: Relation, columns: Mapping[str, str], word: str, then: str) -> Node | None:
        """Like `follow`, from rows that are grouped into the base; None where they are not grouped by the link.

        `columns`: a column of the rows -> its name in the base.
        """
        step = self._called(rows, word, then)
        if step is None or any(own not in columns for own, _ in step.pairs):
            return None
        return self._step(self.base, replace(step, pairs=tuple((columns[own], its) for own, its in step.pairs)))

    def _called(self, relation: Relation, word: str, then: str) -> Step | None:
        """The many-to-one link of a relation with this name. Raises AmbiguousError as in `follow`."""
        for row in shown_rows(relation):
            near = [step for step in steps_of(self.world, row) if step.single]
            called = [step for step in near if step.word == word] or [step for step in near if word in step.names]
            if len(called) > 1:
                called = [step for step in called if self._leads_on(step.target, then)] or called
            if len(called) > 1:
                own = [", ".join(mine for mine, _ in step.pairs) for step in called]
                texts = [f"{step.text} by {columns}" for step, columns in zip(called, own, strict=True)]
                raise AmbiguousError(word, texts, [step.pairs[0][0] for step in called])
            if called:
                return called[0]
        return None

    def _leads_on(self, target: str, then: str) -> bool:
        relation = self.world.shelf[target]
        return then in relation.fields or any(then in (s.word, *s.names) for s in steps(self.world, relation))

    def pairs(self, alias: str) -> tuple[tuple[str, str], ...]:
        """The column pairs of a lookup: (left, its own). Left columns outside of the base are qualified."""
        join = next(join for _, join, _ in self.joins if join.alias == alias)
        pairs = [(a, b) for a, b in join.on if isinstance(a, exp.Column) and isinstance(b, exp.Column)]
        return tuple(
            (a.name if a.table == self.base.alias else f"{self._node_name(a.table)}.{a.name}", b.name) for a, b in pairs
        )

    def _node_name(self, alias: str) -> str:
        node = self.nodes[alias]
        return node.relation.name if node.by else alias

    def node_at(self, chain: Chain, end: End) -> Node:
        """The node with a column of a chain. Joins the lookups on the path."""
        return self._walked(chain.row, end.node)

    def _walked(self, row: Row, node: int) -> Node:
        if node == 0:
            return self.base
        step = row.steps[node - 1]
        ends = [(row.end(a, node - 1), b) for a, b in step.pairs]
        on = tuple((self._walked(row, end.node), end.column, b) for end, b in ends)
        path = (*row.before, *(s.text for s in row.steps[:node]))
        return self._join(on, self.world.shelf[step.target], path, Reason((step.text,)), step)

    def _arrive(self, target: Relation, found: tuple[Chain, ...]) -> Node:
        if len(found) == 1 and found[0].row.steps and found[0].row.relation is target and not found[0].named:
            return self._walked(found[0].row, len(found[0].row.steps))
        links = dict.fromkeys(link for chain in found for link in chain.links)
        named = dict.fromkeys(name for chain in found for name in sorted(chain.named))
        if len(found) == 1 and not named and (known := self._joined_along(target, tuple(links))):
            return known
        on = tuple((self.node_at(chain, end), end.column, name) for chain in found for name, end in chain.pairs)
        return self._join(on, target, tuple(links), Reason(tuple(links), tuple(named)))

    def _joined_along(self, target: Relation, links: tuple[str, ...]) -> Node | None:
        """The node of a relation that these links lead to already. A self-link leads up and down by one text."""
        found = (there for _, _, there in self.joins if there.relation is target and there.path == links)
        return next(found, None) if target is not self.base.relation else None

    def _step(self, node: Node, step: Step) -> Node:
        on = tuple((node, a, b) for a, b in step.pairs)
        path = (*node.path, step.text)
        return self._join(on, self.world.shelf[step.target], path, Reason((step.text,)), step)

    def _join(
        self, on: On, relation: Relation, path: tuple[str, ...], reason: Reason, step: Step | None = None
    ) -> Node:
        known = relation.name, *sorted((node.alias, a, b) for node, a, b in on)
        if known in self._known:
            return self._known[known]
        role, by = (step.role, step.by) if step else (None, ())
        cte = self.names.grouped_by(relation.name, by) if by else self.names.imported(relation.name)
        taken = cte == self.base.alias or any(join.alias == cte for _, join, _ in self.joins)
        alias = self.names.fresh(role or f"{relation.name}_2") if taken else cte
        if role and not taken and self._parallel(on[0][0], relation):
            alias = self.names.fresh(role)
        there = Node(alias, relation, path, by)
        pairs = tuple((column(a, node.alias), column(b, alias)) for node, a, b in on)
        last = max((node for node, _, _ in on), key=lambda node: len(node.path))
        self.joins.append((last, Join(cte, alias, pairs), there))
        self.reasons[alias] = reason
        self._known[known] = there
        return there

    def _parallel(self, node: Node, target: Relation) -> bool:
        rows = shown_rows(node.relation)
        others = [s for row in rows for s in steps_of(self.world, row) if s.target == target.name and s.single]
        return len(others) > 1


@dataclass(slots=True)
class Names:
    """CTE names and aliases of one model, each unique. Imports have the diagram's names."""

    taken: set[str] = field(default_factory=lambda: {"final", "joined", "aggregated", "derived"})
    imports: dict[str, str] = field(default_factory=dict)  # relation -> CTE
    grouped: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)  # relation, group columns -> CTE

    def imported(self, relation: str) -> str:
        if relation not in self.imports:
            self.imports[relation] = self.fresh(relation)
        return self.imports[relation]

    def grouped_by(self, relation: str, by: tuple[str, ...]) -> str:
        """The CTE with one row of the relation for each value of unique columns."""
        self.imported(relation)
        if (relation, by) not in self.grouped:
            self.grouped[relation, by] = self.fresh(f"{relation}_by_{'_'.join(by)}")
        return self.grouped[relation, by]

    def peek(self, relation: str) -> str:
        """The name that `imported` would return, without importing."""
        return self.imports.get(relation) or (relation if relation not in self.taken else fit(f"{relation}_2"))

    def fresh(self, wanted: str) -> str:
        name, n = fit(wanted), 2
        while name in self.taken:
            name, n = fit(f"{wanted}_{n}"), n + 1
        self.taken.add(name)
        return name
