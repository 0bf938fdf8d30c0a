"""The FROM clause of a select in the making: a relation, and what is looked up from it over to-one hops.

Paths are found, never written: links know the columns. A hop that is not to-one is never taken here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from erd2dbt.design.plan import Field, Join, Origin, Relation
from erd2dbt.graph import EntityGraph, Hop
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import column

FARTHEST = 6  # to-one hops; farther paths are not what a reader of the diagram would expect


class AmbiguousError(Exception):
    """Several paths or columns would do; `choices` names them in the diagram's words (E205)."""

    def __init__(self, wanted: str, choices: list[str], roles: list[str]) -> None:
        super().__init__(wanted)
        self.wanted, self.choices, self.roles = wanted, choices, roles


@dataclass(frozen=True, slots=True)
class World:
    """What a plan may look at: the checked graph and the relations that are planned so far."""

    graph: EntityGraph
    shelf: Mapping[str, Relation]

    def domain(self, origin: Origin) -> tuple[str, str]:
        attribute = (origin.entity, origin.column)
        return self.graph.domains.get(attribute, attribute)


@dataclass(frozen=True, slots=True)
class Step:
    """A hop from one relation to another, in the columns of these two; `role` where the link has one."""

    target: str
    pairs: tuple[tuple[str, str], ...]
    to_one: bool
    role: str | None
    drawn: str


def steps(world: World, relation: Relation) -> Iterator[Step]:
    """Every hop that the columns of a relation carry: its own links, or those of the entities they come from."""
    by_origin: dict[Origin, str] = {}
    for name, shown in relation.fields.items():
        if shown.origin is not None:
            by_origin.setdefault(shown.origin, name)
    for entity in dict.fromkeys(origin.entity for origin in by_origin):
        for hop in world.graph.hops(entity):
            own = [by_origin.get(Origin(entity, a)) for a, _ in hop.pairs]
            if None not in own:
                yield _step(hop, [name for name in own if name is not None])


def _step(hop: Hop, own: list[str]) -> Step:
    pairs = tuple((name, b) for name, (_, b) in zip(own, hop.pairs, strict=True))
    return Step(hop.target, pairs, hop.to_one, hop.role, hop.link.text)


@dataclass(frozen=True, slots=True)
class Node:
    """A relation standing in a FROM clause under an alias."""

    alias: str
    relation: Relation


@dataclass(slots=True)
class Scope:
    """A base relation and its lookups. `names` hands out aliases that are free in the whole model."""

    world: World
    base: Node
    names: Names
    nodes: dict[tuple[tuple[str, ...], ...], Node] = field(default_factory=dict)
    joins: list[tuple[Node, Join, Node]] = field(default_factory=list)  # (from, join, to)

    def __post_init__(self) -> None:
        self.nodes[()] = self.base

    def reach(self, target: str, via: str | None = None) -> Node | None:
        """The node of `target`, joined now if it is not yet; None when no to-one path leads there.

        Raises AmbiguousError when several paths of the same length do.
        """
        if target == self.base.relation.name and via is None:
            return self.base
        path = self.find(target, via)
        if path is None:
            return None
        node = self.base
        for i, step in enumerate(path):
            node = self._join(node, step, tuple(_key(s) for s in path[: i + 1]))
        return node

    def find(self, target: str, via: str | None = None) -> tuple[Step, ...] | None:
        """The shortest to-one path, breadth first; joins nothing."""
        frontier: list[tuple[tuple[Step, ...], Relation]] = [((), self.base.relation)]
        seen = {self.base.relation.name}
        for hops in range(FARTHEST):
            longer = [(*path, s) for path, relation in frontier for s in steps(self.world, relation) if s.to_one]
            found = [p for p in longer if p[-1].target == target and (via is None or any(s.role == via for s in p))]
            if not found and hops == 0 and via is None and (direct := self._same_key(target)):
                return (direct,)
            if found:
                return _only(found, target)
            frontier = [(p, self.world.shelf[p[-1].target]) for p in longer if p[-1].target not in seen]
            seen |= {p[-1].target for p, _ in frontier}
        return None

    def _same_key(self, target: str) -> Step | None:
        """The target's whole grain carried by columns of the base: of one origin or domain, else of one name."""
        there, here = self.world.shelf[target], self.base.relation
        pairs = []
        for name in there.grain:
            own = next(iter(carriers(self.world, there.fields[name], here)), None)
            own = own or (name if name in here.fields else None)
            if own is None:
                return None
            pairs.append((own, name))
        return Step(target, tuple(pairs), True, None, f"{here.name} to {target} by {', '.join(there.grain)}")

    def follow(self, node: Node, role: str) -> Node | None:
        """The node at the other end of the to-one link that has this role, seen from `node`; a link without a role
        is followed by the name of what it leads to."""
        at = next(key for key, known in self.nodes.items() if known is node)
        for step in steps(self.world, node.relation):
            if (step.role or step.target) == role and step.to_one:
                return self._join(node, step, (*at, _key(step)))
        return None

    def _join(self, node: Node, step: Step, at: tuple[tuple[str, ...], ...]) -> Node:
        if at in self.nodes:
            return self.nodes[at]
        relation = self.world.shelf[step.target]
        cte = self.names.imported(relation.name)
        taken = cte == self.base.alias or any(join.alias == cte for _, join, _ in self.joins)
        alias = self.names.fresh(step.role or f"{step.target}_2") if taken else cte
        if step.role and not taken and self._parallel(node, step):
            alias = self.names.fresh(step.role)
        there = Node(alias, relation)
        on = tuple((column(a, node.alias), column(b, alias)) for a, b in step.pairs)
        self.joins.append((node, Join(cte, alias, on), there))
        self.nodes[at] = there
        return there

    def _parallel(self, node: Node, step: Step) -> bool:
        others = [s for s in steps(self.world, node.relation) if s.target == step.target and s.to_one]
        return len(others) > 1

    def ancestors(self) -> Iterator[tuple[str, Relation]]:
        """The relations that a to-one path leads to, nearest first."""
        frontier, seen = [self.base.relation], {self.base.relation.name}
        for _ in range(FARTHEST):
            following = []
            for relation in frontier:
                for step in steps(self.world, relation):
                    if step.to_one and step.target not in seen:
                        seen.add(step.target)
                        following.append(self.world.shelf[step.target])
                        yield step.target, following[-1]
            frontier = following


def _key(step: Step) -> tuple[str, ...]:
    return step.target, step.role or "", *(name for pair in step.pairs for name in pair)


def _only(found: list[tuple[Step, ...]], target: str) -> tuple[Step, ...]:
    distinct = {tuple(_key(s) for s in path): path for path in found}
    if len(distinct) == 1:
        return found[0]
    raise AmbiguousError(
        target,
        [" then ".join(s.drawn + (f" ({s.role})" if s.role else "") for s in path) for path in distinct.values()],
        [path[-1].role for path in distinct.values() if path[-1].role],
    )


def carriers(world: World, wanted: Field, relation: Relation, via: str | None = None) -> list[str]:
    """The columns of `relation` that carry the values of `wanted`, best first: of the same origin, of a column
    linked with it, of a column linked over others. With `via`, only columns of links in that role."""
    if wanted.origin is None:
        return []
    origin = wanted.origin
    if via is not None:
        return _in_role(world, origin, relation, via)
    shown = [(name, f.origin) for name, f in relation.fields.items() if f.origin]
    same = [name for name, o in shown if o == origin]
    if same:
        return same[:1]
    linked = _linked(world, origin)
    near = [name for name, o in shown if (o.entity, o.column) in linked]
    domain = world.domain(origin)
    found = near or [name for name, o in shown if world.domain(o) == domain]
    distinct = list({relation.fields[name].origin: name for name in reversed(found)}.values())[::-1]
    if len(distinct) > 1:
        roles = [r for r in (_role_of(world, relation, name) for name in distinct) if r]
        raise AmbiguousError(f"{origin.entity}.{origin.column}", [f"{relation.name}.{n}" for n in distinct], roles)
    return distinct


def _linked(world: World, origin: Origin) -> set[tuple[str, str]]:
    return {(hop.target, b) for hop in world.graph.hops(origin.entity) for a, b in hop.pairs if a == origin.column}


def _in_role(world: World, origin: Origin, relation: Relation, role: str) -> list[str]:
    """The columns that a link in this role pairs with `origin`, or with a column of its domain."""
    domain = world.domain(origin)
    pairs = [
        (a, Origin(step.target, b))
        for step in steps(world, relation)
        if step.role == role
        for a, b in step.pairs
        if relation.fields[a].origin != origin
    ]
    exact = [a for a, other in pairs if other == origin]
    return list(dict.fromkeys(exact or [a for a, other in pairs if world.domain(other) == domain]))


def _role_of(world: World, relation: Relation, name: str) -> str | None:
    for step in steps(world, relation):
        if step.role and any(a == name for a, _ in step.pairs):
            return step.role
    return None


@dataclass(slots=True)
class Names:
    """CTE names and aliases of one model: each once, imports under the diagram's own name."""

    taken: set[str] = field(default_factory=lambda: {"final", "joined", "aggregated", "derived"})
    imports: dict[str, str] = field(default_factory=dict)  # relation -> CTE

    def imported(self, relation: str) -> str:
        if relation not in self.imports:
            self.imports[relation] = self.fresh(relation)
        return self.imports[relation]

    def peek(self, relation: str) -> str:
        """What `imported` would answer, without importing."""
        return self.imports.get(relation) or (relation if relation not in self.taken else f"{relation}_2")

    def fresh(self, wanted: str) -> str:
        name, n = wanted, 2
        while name in self.taken:
            name, n = f"{wanted}_{n}", n + 1
        self.taken.add(name)
        return name


def prefixed(state: State, alias: str) -> dict[str, str]:
    """The renaming that tells two relations' columns apart in a joined state: `alias.column` -> column."""
    return {f"{alias}.{name}": name for name in state.columns}
