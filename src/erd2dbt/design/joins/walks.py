"""Walks along links: the rows of entities that one row of a relation leads to, by many-to-one steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from erd2dbt.design.joins.promises import promised
from erd2dbt.design.plans.plan import Field, Relation
from erd2dbt.diagram.graph import EntityGraph, Hop

FARTHEST = 6  # most steps of a walk
_MOST = 8  # rows of one entity that a walk keeps besides those one step away; with two, the author must choose


@dataclass(frozen=True, slots=True)
class World:
    """The input of planning: the checked graph and the relations that are planned so far.

    Results are cached: relations are only added, and those that links lead to are there from the start.
    """

    graph: EntityGraph
    shelf: Mapping[str, Relation]
    walks: dict[str, list[Row]] = field(default_factory=dict)  # from planned relations, each walked once
    own: dict[str, Mapping[str, str]] = field(default_factory=dict)  # entity -> attribute -> column of its relation
    drawn: dict[str, list[Drawn]] = field(default_factory=dict)  # by entity
    steps: dict[int, tuple[Row, tuple[Step, ...]]] = field(default_factory=dict)  # by the identity of `Row.shown`

    def hops(self, entity: str) -> list[Drawn]:
        """Every hop from an entity."""
        if entity not in self.drawn:
            self.drawn[entity] = [_drawn(self, hop) for hop in self.graph.hops(entity)]
        return self.drawn[entity]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A hop with the text of its link. `unique`, `down` and `sure` as in `Step`."""

    hop: Hop
    text: str
    unique: bool
    down: bool
    sure: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A link from one relation to another, in the columns of these two; `role` where the link has one.

    `to_one`: by the key of the target. `unique`: by other columns that are claimed unique; the target is grouped by
    these before the join. `down`: from a row to its optional extension, against the foreign key of a one-to-one link.
    `own`: not a link, but from a row of a model to the entity's row with the same key. `sure`: links claim that there
    is a matching row, where the columns are not null.
    """

    target: str
    pairs: tuple[tuple[str, str], ...]
    to_one: bool
    role: str | None
    drawn: str
    down: bool = False
    unique: bool = False
    own: bool = False
    sure: bool = True

    @property
    def single(self) -> bool:
        """Whether the step leads to at most one row."""
        return self.to_one or self.unique

    @property
    def by(self) -> tuple[str, ...]:
        """The columns that the target is grouped by before the join; empty for a join on its key."""
        return tuple(theirs for _, theirs in self.pairs) if self.unique else ()

    @property
    def word(self) -> str:
        """The word of the step in a path: its role, else the entity it leads to."""
        return self.role or self.target

    @property
    def names(self) -> frozenset[str]:
        """The names by which `via:` may select the step: its role, and its foreign key columns on either side."""
        keys = (own if self.to_one else theirs for own, theirs in self.pairs)
        return frozenset((*([self.role] if self.role else []), *(own for own, _ in self.pairs), *keys))

    @property
    def text(self) -> str:
        return f"{self.drawn} ({self.role})" if self.role else self.drawn


@dataclass(frozen=True, slots=True)
class End:
    """A column on the path, in the relation that the n-th step leads to. 0 is the start of the walk."""

    node: int
    column: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an entity that a walk leads to. `shown`: attribute of the entity -> column of `relation`.

    `before`: links between the walk's first relation and a row that this relation has looked up itself. `start`: the
    entity of the row at the start of the walk. `keyless`: that row shows a foreign key without its own key.
    """

    entity: str
    relation: Relation
    shown: Mapping[str, str]
    start: str
    steps: tuple[Step, ...] = ()
    before: tuple[str, ...] = ()
    keyless: bool = False

    @property
    def length(self) -> int:
        return len(self.before) + sum(not step.own for step in self.steps)

    @property
    def down(self) -> bool:
        return any(step.down for step in self.steps)

    @property
    def circles(self) -> bool:
        """Whether the walk visits an entity twice."""
        return bool(self.rounds)

    @property
    def rounds(self) -> tuple[tuple[Step, ...], ...]:
        """The parts of the walk that lead from an entity back to it. They share no steps.

        From a foreign key without its row, a walk over another entity may lead to other rows of the start.
        """
        steps = [step for step in self.steps if not step.own]
        is_other = self.keyless and bool(steps) and steps[0].target != self.start
        found, going = [], list[Step]()  # `going`: the steps to `visited`, without rounds
        visited = ["" if is_other else self.start]
        for step in steps:
            going.append(step)
            if step.target in visited:
                first = visited.index(step.target)
                found.append(tuple(going[first:]))
                del going[first:], visited[first + 1 :]
            else:
                visited.append(step.target)
        return tuple(found)

    def place(self, end: End) -> tuple[object, ...]:
        """A value that is equal for the same column of the same row, for any walk to it."""
        first = self._first(end, sure=False)
        return self.before, self.steps[: first.node], first.column

    def end(self, column: str, node: int | None = None) -> End:
        """The first place of the value of a column of the `node`-th relation: a step compares equal columns.

        The search stops at an optional row: its column is NULL where the row is missing, unlike the foreign key that
        leads to it.
        """
        return self._first(End(len(self.steps) if node is None else node, column), sure=True)

    def _first(self, end: End, *, sure: bool) -> End:
        at, column = end.node, end.column
        while at:
            step = self.steps[at - 1]
            own = next((a for a, b in step.pairs if b == column), None)
            if own is None or (sure and not step.sure and at < len(self.steps)):
                break
            at, column = at - 1, own
        return End(at, column)


def shown_rows(relation: Relation) -> tuple[Row, ...]:
    """The rows of entities whose columns one row of a relation shows; its own first, then looked-up ones."""
    found: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for name, shown in sorted(relation.fields.items(), key=lambda item: not _has_its_name(*item)):
        if shown.origin is not None:
            columns = found.setdefault((shown.origin.entity, shown.path), {})
            columns.setdefault(shown.origin.column, name)
    rows = [Row(entity, relation, columns, entity, before=path) for (entity, path), columns in found.items()]
    return tuple(sorted(rows, key=lambda row: (row.length, row.before, row.entity)))


def _has_its_name(name: str, shown: Field) -> bool:
    return shown.origin is not None and shown.origin.column == name


def steps_of(world: World, row: Row) -> tuple[Step, ...]:
    """Every step that the columns of a row allow. The order does not depend on the order of the links."""
    known = world.steps.get(id(row.shown))
    if known is None or known[0].entity != row.entity:
        known = world.steps[id(row.shown)] = row, tuple(_steps_of(world, row))  # the row keeps the identity taken
    return known[1]


def _steps_of(world: World, row: Row) -> list[Step]:
    steps = []
    for drawn in world.hops(row.entity):
        hop = drawn.hop
        own = [row.shown[a] for a, _ in hop.pairs if a in row.shown]
        if len(own) == len(hop.pairs):
            pairs = tuple((name, b) for name, (_, b) in zip(own, hop.pairs, strict=True))
            known = drawn.down, drawn.unique
            steps.append(Step(hop.target, pairs, hop.to_one, hop.role, drawn.text, *known, sure=drawn.sure))
    return sorted(steps, key=lambda step: (step.target, step.role or "", step.pairs, step.drawn))


def steps(world: World, relation: Relation) -> Iterator[Step]:
    """Every step that the columns of a relation allow."""
    for row in shown_rows(relation):
        yield from steps_of(world, row)


def _drawn(world: World, hop: Hop) -> Drawn:
    unique = not hop.to_one and _is_probe(world, hop.target, [theirs for _, theirs in hop.pairs])
    is_extended = unique and _is_probe(world, hop.source, [own for own, _ in hop.pairs])
    down = _is_down(world.graph, hop) or (is_extended and not world.graph.refers(hop))
    sure = promised(world.graph, hop.source, hop.pairs, hop.target)
    return Drawn(hop, hop.link.text, unique, down, sure)


def _is_probe(world: World, entity: str, columns: list[str]) -> bool:
    return world.shelf[entity].state.is_probe(columns) is not None


def _is_down(graph: EntityGraph, hop: Hop) -> bool:
    """Whether a one-to-one link leads from a required row to an optional one."""
    forth = hop.source == hop.link.left
    there, here = (hop.link.right_cap, hop.link.left_cap) if forth else (hop.link.left_cap, hop.link.right_cap)
    keyed = {w.text for w in graph.entities[hop.source].key} <= {a for a, _ in hop.pairs}
    return keyed and hop.to_one and not there.minimum and bool(here.minimum)


def walk(world: World, start: Relation) -> list[Row]:
    """The rows that one row of `start` leads to, nearest first. Two walks to provably the same row are one.

    Steps down one-to-one links come last. They are taken from every row that is reached without them.
    """
    if world.shelf.get(start.name) is not start:
        return _walked(world, start)
    if start.name not in world.walks:
        world.walks[start.name] = _walked(world, start)
    return world.walks[start.name]


def every_walk(world: World, start: Relation) -> list[Row]:
    """Like `walk`, with every walk to the same row. No walk visits a row twice."""
    return _walked(world, start, merged=False)


def _walked(world: World, start: Relation, *, merged: bool = True) -> list[Row]:
    rows = [replace(row, keyless=not shows_key(world, row)) for row in shown_rows(start)]
    seen: set[tuple[object, ...]] = {_identity(world, row) for row in rows}
    kept = Counter(row.entity for row in rows)
    passed = {id(row): frozenset((_identity(world, row),)) for row in rows}
    for down in (False, True):
        frontier = list(rows)
        for _ in range(FARTHEST):
            following = []
            for row in frontier:
                for source, step in _onward(world, row):
                    there = _walk_step(world, source, step) if step.single and (down or not step.down) else None
                    if there is None or len(there.steps) > FARTHEST:
                        continue
                    if kept[there.entity] >= _MOST and len(there.steps) > 1:
                        continue
                    place = _identity(world, there)
                    identity = place if merged else (there.entity, there.before, there.steps)
                    if identity not in seen and (merged or place not in passed[id(row)]):
                        seen.add(identity)
                        kept[there.entity] += 1
                        passed[id(there)] = passed[id(row)] | {place}
                        following.append(there)
            rows += following
            frontier = following
    return rows


def shows_key(world: World, row: Row) -> bool:
    """Whether the row shows the whole key of its entity, so that it can use the entity's links."""
    return all(word.text in row.shown for word in world.graph.entities[row.entity].key)


def _onward(world: World, row: Row) -> Iterator[tuple[Row, Step]]:
    """The steps from a row. A row of a model with the key of an entity can also use the entity's other links."""
    own = steps_of(world, row)
    yield from ((row, step) for step in own)
    entity = world.shelf.get(row.entity)
    if row.steps or entity is None or row.relation is entity or not shows_key(world, row):
        return
    pairs = tuple((row.shown[word.text], word.text) for word in world.graph.entities[row.entity].key)
    same = _walk_step(
        world, row, Step(row.entity, pairs, True, None, f"{row.relation.name} has the key of {row.entity}", own=True)
    )
    known = {(step.drawn, step.role, tuple(theirs for _, theirs in step.pairs)) for step in own}
    if same is not None:
        steps = steps_of(world, same)
        yield from ((same, s) for s in steps if (s.drawn, s.role, tuple(b for _, b in s.pairs)) not in known)


def _walk_step(world: World, row: Row, step: Step) -> Row | None:
    relation = world.shelf.get(step.target)
    if relation is None:
        return None
    shown = world.own.get(step.target)
    if shown is None:
        shown = {f.origin.column: name for name, f in relation.fields.items() if f.origin}
        world.own[step.target] = shown
    return Row(step.target, relation, shown, row.start, (*row.steps, step), row.before, row.keyless)


def _identity(world: World, row: Row) -> tuple[object, ...]:
    """A value that is equal for two walks to the same row: the entity, and the first place of its key."""
    key = [row.shown.get(word.text) for word in world.graph.entities[row.entity].key]
    if None in key:
        return row.entity, row.before, row.steps
    return row.entity, *(row.place(row.end(name)) for name in key if name is not None)
