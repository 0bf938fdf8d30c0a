"""Chains of links from a relation's rows to the columns of a grain. Inputs are joined only along chains.

A chain gives all columns that the join compares. Where the diagram has no chain, columns of the same name and of types
that compare as a key may be used (`by_name`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError, RolesError
from erd2dbt.design.joins.comparable_columns import are_keys_of_different_things, comparable
from erd2dbt.design.joins.walks import End, Row, Step, World, every_walk, shown_rows, shows_key, steps_of, walk
from erd2dbt.design.plans.plan import Field, Origin, Relation


@dataclass(frozen=True, slots=True)
class Chain:
    """A path from a relation's rows to columns of a grain. `pairs`: column of the grain -> the place of its value.

    `length`: the number of links. `plain`: each step follows a foreign key, up to the grain's own entity. `named`:
    columns of the grain that match by name only. `looped`: it ends with the self-references of an entity by which the
    rows have the column. `end`: the grain's own entity, from which `beyond` leads back.
    """

    row: Row
    pairs: tuple[tuple[str, End], ...]
    length: int = 0
    plain: bool = True
    beyond: tuple[Step, ...] = ()  # links after the last row: many-to-many, or from the grain's side
    named: frozenset[str] = frozenset()
    looped: bool = False
    end: str | None = None

    @property
    def covered(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.pairs)

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.row.before, *(s.text for s in (*self.row.steps, *self.beyond)))))

    @property
    def distance(self) -> int:
        """The number of links between the rows and the grain's own entity, including links to its extension."""
        return max(self.length, self.row.length + len(self.beyond))

    @property
    def text(self) -> str:
        return " then ".join(self.links)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(step.word for step in (*self.row.steps, *self.beyond))

    def goes(self, via: str) -> bool:
        """Whether `via` selects the chain: a role or foreign key of its links, an entity on the path, or all words.

        The name of a link at the last entity is that of the last link. Else the chain goes up a link that leads back.
        """
        steps = (*self.row.steps, *self.beyond)
        if via == ".".join(self.words) or via in {step.target for step in steps[:-1]}:
            return True
        return any(via in step.names for step in steps) and not self._returns_after(via)

    def _returns_after(self, via: str) -> bool:
        """Whether `via` names a link at the last entity, and the last link is another one."""
        there = (self.row.start, *(step.target for step in self.row.steps))
        back = (*(step.target for step in self.beyond), self.end or self.row.entity)
        ends = [*pairwise(there), *pairwise(back)]
        named = [via in step.names for step in (*self.row.steps, *self.beyond)]
        return not named[-1] and any(is_named and back[-1] in pair for is_named, pair in zip(named, ends, strict=True))

    def names_rounds(self, via: str) -> bool:
        """Whether the chain returns to no entity, or `via` names the round: a role or foreign key in it, or all words.

        A single name is for one round: `manager` is not the manager of the manager.
        """
        rounds = self.row.rounds
        if self.looped or not rounds or via == ".".join(self.words):
            return True
        return len(rounds) == 1 and any(via in step.names for step in rounds[0])

    def ends_at(self, via: str) -> bool:
        """Whether `via` names the entity at the end of the chain, its role, or all words."""
        last = self.row.steps[-1:]
        return via == ".".join(self.words) or any(via in (step.target, step.role) for step in last)

    @property
    def read(self) -> dict[str, tuple[object, ...]]:
        """For each column of the grain, the place of the value that it is compared with. One value has one place."""
        return {name: self.row.place(end)[1:] for name, end in self.pairs}

    def shares(self, read: Mapping[str, tuple[object, ...]]) -> bool:
        """Whether the chain compares one of these values with another column of the grain."""
        pairs = ((name, other) for name, mine in self.read.items() for other, theirs in read.items() if mine == theirs)
        return any(name != other for name, other in pairs)

    @property
    def places(self) -> frozenset[tuple[str, tuple[object, ...]]]:
        """A value that is equal for chains that provably give the same column values."""
        return frozenset((name, self.row.place(end)) for name, end in self.pairs)


@dataclass(frozen=True, slots=True)
class _Part:
    """Columns of a grain as attributes of an entity. `at` maps them; `links` lead there from the grain's own entity.

    `loop`: the self-references of the entity by which the rows have the columns. A manager's columns are not those of
    the employee.
    """

    entity: str
    at: Mapping[str, str]
    links: tuple[Step, ...] = ()
    homes: int = 0  # links from here to the entity that has the columns as its key
    plain: bool = True
    loop: tuple[str, ...] = ()
    root: str | None = None  # the grain's own entity, where `links` start


def chains(world: World, start: Relation, grain: Mapping[str, Field], via: str | None = None) -> list[Chain]:
    """The chains that cover most of the grain, each for different columns; empty where no link leads there.

    A single link is preferred to a longer path. A path along foreign keys is preferred to one over a common parent or
    an extension. Raises AmbiguousError where several chains cover the same columns with values that may differ, and
    RolesError where several compare one column of the rows with different columns.
    """
    widest = widest_chains(world, start, grain, via)
    covers = {chain.covered: None for chain in widest}
    try:
        found = [
            choose([c for c in widest if c.covered == cover], _target_column(start, grain, cover)) for cover in covers
        ]
        _refuse_roles(start, found)
    except AmbiguousError as problem:
        problem.start = start.name
        raise
    return found


def _refuse_roles(start: Relation, found: list[Chain]) -> None:
    """Raises RolesError for the chains that share a value. The rows are joined by one link of a grain's entity."""
    roles = sorted((c for c in found if any(c.shares(o.read) for o in found if o is not c)), key=_order)
    if not roles:
        return
    texts = [chain.text for chain in roles]
    if len({*texts}) < len(texts):
        texts = [" ".join(filter(None, (chain.text, f"by {_listed(chain)}"))) for chain in roles]
    raise RolesError(start.name, texts, [word_of(c, roles) or _grain_word(c, roles) for c in roles])


def _listed(chain: Chain) -> str:
    return " and ".join(f"`{name}`" for name, _ in chain.pairs)


def _grain_word(chain: Chain, choices: list[Chain]) -> str | None:
    """A column of the grain as the word for the chain to it, where no chain has a word of that name."""
    taken = {name for other in choices if other is not chain for name in other.covered}
    words = (name for name, _ in chain.pairs if name not in taken)
    return next((name for name in words if not any(other.goes(name) for other in choices)), None)


def widest_chains(world: World, start: Relation, grain: Mapping[str, Field], via: str | None) -> list[Chain]:
    """Every chain that covers as much of the grain as any other to these columns."""
    if via is None:
        found = [c for c in _candidates(world, walk(world, start), grain) if c.looped or not c.row.circles]
    else:
        found = _going(world, start, grain, via)
    return [c for c in found if not any(c.covered < other.covered for other in found)]


def _target_column(start: Relation, grain: Mapping[str, Field], cover: frozenset[str]) -> str:
    origin = next((shown.origin for name, shown in grain.items() if name in cover), None)
    return f"{origin.entity}.{origin.column}" if origin else start.name


def _going(world: World, start: Relation, grain: Mapping[str, Field], via: str) -> list[Chain]:
    """The chains that `via` selects, without rounds that it does not name, where there are such chains.

    If the walks to the nearest rows have none, also detours to rows that a shorter walk reaches. Without any, the word
    may be a column of the grain: then no chain shares a value with the one to it.
    """
    found: list[Chain] = []
    for walked in (walk, every_walk):
        going = [c for c in _candidates(world, walked(world, start), grain) if c.goes(via)]
        if named := [c for c in going if c.names_rounds(via)]:
            return named
        found = found or going
    if found or via not in grain:
        return found
    near = [c for c in _candidates(world, walk(world, start), grain) if c.looped or not c.row.circles]
    named = [chain for chain in near if via in chain.covered]
    return [c for c in near if via in c.covered or not any(c.shares(chain.read) for chain in named)] if named else []


def _candidates(world: World, rows: list[Row], grain: Mapping[str, Field]) -> Iterator[Chain]:
    for part in _parts(world, grain):
        for row in rows:
            yield from _at(world, row, part)


def _at(world: World, row: Row, part: _Part) -> Iterator[Chain]:
    """The chains that end in a row: it shows the part's columns, or a many-to-many link leads to some of them."""
    plain = part.plain and not row.down
    if part.loop and (*row.before, *(step.text for step in row.steps))[-len(part.loop) :] != part.loop:
        return
    if row.entity == part.entity and all(a in row.shown for a in part.at.values()):
        pairs = tuple((name, row.end(row.shown[a])) for name, a in part.at.items())
        homes = part.homes if row.steps or part.links else 0  # an own column is nearer than any link
        yield Chain(row, pairs, row.length + homes, plain, part.links[::-1], looped=bool(part.loop), end=part.root)
    for step in steps_of(world, row):
        there = {b: a for a, b in step.pairs}
        if step.target != part.entity or step.to_one or not _is_many_to_many(world, row, step):
            continue
        named = [(name, a) for _, b in step.pairs for name, a in part.at.items() if a == b]
        pairs = tuple((name, row.end(there[a])) for name, a in named)
        if len(pairs) == len(step.pairs):
            yield Chain(row, pairs, row.length + 1, plain, (step, *part.links[::-1]), end=part.root)


def _is_many_to_many(world: World, row: Row, step: Step) -> bool:
    """Whether the link is many-to-many: it contains the key of neither side."""
    own = {attribute for attribute, column in row.shown.items() if any(a == column for a, _ in step.pairs)}
    return not {word.text for word in world.graph.entities[row.entity].key} <= own


def _parts(world: World, grain: Mapping[str, Field]) -> Iterator[_Part]:
    """The grain's columns as attributes of their own entity, and of the entities that they refer to."""
    groups: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for name, shown in grain.items():
        for origin, path in (*([(shown.origin, shown.path)] if shown.origin else []), *shown.also):
            groups.setdefault((origin.entity, path), {})[name] = origin.column
    for (entity, path), at in groups.items():
        yield from _referred(world, _Part(entity, at, loop=_loop(world, entity, path)))


def _loop(world: World, entity: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The end of a path that has only self-references of the entity."""
    row = Row(entity, world.shelf[entity], {f: f for f in world.shelf[entity].fields}, entity)
    own = {step.text for step in steps_of(world, row) if step.target == entity}
    last = next((n for n, text in enumerate(reversed(path)) if text not in own), len(path))
    return path[len(path) - last :]


def _referred(world: World, part: _Part) -> Iterator[_Part]:
    """A part, and the keys that its columns refer to. A foreign key column stands for the key that it references."""
    is_key = {w.text for w in world.graph.entities[part.entity].key} <= set(part.at.values())
    shown = {attribute: name for name, attribute in reversed(list(part.at.items()))}
    row = Row(part.entity, world.shelf[part.entity], shown, part.entity)
    up = [step for step in steps_of(world, row) if step.to_one and not step.down]
    whole = not is_key and any(len(step.pairs) == len(part.at) for step in up)
    yield replace(part, homes=part.homes + 1) if whole else part
    if any(step.target == part.entity for step in part.links) or len(part.links) > 1:
        return
    for step in up:
        at = dict(step.pairs)
        if step.target != part.entity:
            plain, root = part.plain and not is_key, part.root or part.entity
            yield from _referred(world, _Part(step.target, at, (*part.links, step), plain=plain, root=root))


def choose(found: list[Chain], wanted: str) -> Chain:
    """The intended one of several chains to the same columns. AmbiguousError where their values may differ."""
    distinct = _preferred(found)
    if len(distinct) == 1:
        return distinct[0]
    raise AmbiguousError(wanted, [c.text for c in distinct], [word_of(c, distinct) for c in distinct])


def choose_parent(world: World, found: list[Chain], wanted: str) -> Chain:
    """The intended one of several chains to columns that only have a name in common. AmbiguousError where it is open.

    A link to one thing takes precedence over longer ways to it, but not over another thing of that name.
    """
    groups: list[tuple[set[Origin], list[Chain]]] = []
    for chain in found:
        meanings = _meanings(world, chain)
        alike = [group for group in groups if group[0] & meanings]
        groups = [group for group in groups if group not in alike]
        merged = set[Origin](meanings).union(*(known for known, _ in alike))
        groups.append((merged, [*(c for _, chains in alike for c in chains), chain]))
    ends = {c.places: c for _, group in groups for c in _preferred(group)}
    distinct = sorted(ends.values(), key=_order)
    if len(distinct) == 1:
        return distinct[0]
    raise AmbiguousError(wanted, [c.text for c in distinct], [last_word(c, distinct) for c in distinct])


def _preferred(found: list[Chain]) -> list[Chain]:
    """The chains that take precedence, in order: several where their values may differ."""
    own = [c for c in found if not c.row.before] or found
    plain = [c for c in own if c.plain] or own
    nearest = min(c.distance for c in plain)
    near = [c for c in plain if nearest > 1 or c.distance == nearest]
    ends = {c.places: c for c in sorted(near, key=_order, reverse=True)}
    return sorted((c for c in ends.values() if not any(_goes_on(c, other) for other in ends.values())), key=_order)


def _meanings(world: World, chain: Chain) -> set[Origin]:
    """The columns of entities that the ends of a chain show, and those that these refer to."""
    shown = (chain.row.relation.fields[name].origin for name, _ in chain.pairs)
    found, following = set[Origin](), {origin for origin in shown if origin is not None}
    while following:
        found |= following
        following = {there for origin in following for _, there in _references(world, origin)} - found
    return found


def _order(chain: Chain) -> tuple[object, ...]:
    return chain.length, chain.words, chain.links, tuple((n, e.node, e.column) for n, e in chain.pairs)


def _goes_on(chain: Chain, other: Chain) -> bool:
    """Whether a chain extends another one that has already arrived at the row with the grain's own column.

    No other reference of that row is meant.
    """
    mine, others = chain.row.steps, other.row.steps
    same = chain.row.before == other.row.before and other.beyond in ((), chain.beyond)
    return same and len(others) < len(mine) and mine[: len(others)] == others


def word_of(chain: Chain, choices: list[Chain]) -> str | None:
    """The `via:` word that selects this chain and none of the others; None without one."""
    steps = (*chain.row.steps, *chain.beyond)
    words = [s.role for s in reversed(steps) if s.role] + [s.target for s in steps[:-1]]
    words += [*(own for s in steps for own, _ in s.pairs), ".".join(chain.words)]
    lone = (w for w in words if w and sum(other.goes(w) for other in choices) == 1)
    return next(lone, None)


def by_name(
    world: World, start: Relation, grain: Mapping[str, Field], near: Chain | None = None, via: str | None = None
) -> Chain | None:
    """A chain over columns that are named like the grain's: of `start`, else of the rows that it leads to.

    With `near`, only `start` and the relation of its columns are considered. None where no column has the name. Raises
    AmbiguousError where two have it, IncomparableError where only the types do not match.
    """
    wanted = {name: shown for name, shown in grain.items() if near is None or name not in near.covered}
    if near is not None:
        made = _completed(world, start, near, wanted)
        _blame_types(start, {name: shown for name, shown in wanted.items() if name not in made.covered})
        return made
    if _has_another_key(world, start, wanted) or _is_drawn(world, start, wanted):
        return None
    rows = [Row("", start, {}, start.name), *(row for row in walk(world, start) if row.steps and not row.circles)]
    found = [_same_names(row, names) for row in rows if (names := _named(world, row.relation, wanted))]
    found = _led(found, via)
    if not found:
        _blame_types(start, wanted)
        return None
    own = [chain for chain in found if not chain.row.steps]
    fitting = own or [chain for chain in found if len(chain.pairs) == len(wanted)] or found
    distinct = sorted({chain.places: chain for chain in sorted(fitting, key=_order, reverse=True)}.values(), key=_order)
    if own:
        _blame_types(start, {name: shown for name, shown in wanted.items() if name not in own[0].covered})
    if len(distinct) > 1:
        named = [f"{chain.row.relation.name}.{chain.pairs[0][0]}" for chain in distinct]
        raise AmbiguousError(next(iter(wanted)), named, [last_word(c, distinct) for c in distinct])
    return _confirmed(world, distinct[0], wanted)


def _completed(world: World, start: Relation, near: Chain, wanted: Mapping[str, Field]) -> Chain:
    last = max((end.node for _, end in near.pairs), default=0)
    places = {name: End(0, name) for name in _named(world, start, wanted)}
    if last:
        there = _named(world, world.shelf[near.row.steps[last - 1].target], wanted)
        places = {name: End(last, name) for name in there} | places
    read = near.read.values()  # a value that a link compares with another column is not that of this name
    places = {name: end for name, end in places.items() if near.row.place(end)[1:] not in read}
    more = tuple((name, places[name]) for name in wanted if name in places)
    return replace(near, pairs=(*near.pairs, *more), named=frozenset(places)) if places else near


def _same_names(row: Row, names: list[str]) -> Chain:
    """The chain to columns of these names. Columns of an optional extension are read in the extension."""
    optional = bool(row.steps) and row.steps[-1].down
    pairs = tuple((name, End(len(row.steps), name) if optional else row.end(name)) for name in names)
    return Chain(row, pairs, row.length, not row.down, named=frozenset(names))


def _confirmed(world: World, chain: Chain, wanted: Mapping[str, Field]) -> Chain:
    """The chain without the names that links confirm: one column, or both refer to one column of a third entity."""
    fields = chain.row.relation.fields
    known = {name: _to_one_column(world, fields[name], wanted[name]) for name in chain.named}
    steps = (step for name in sorted(known) for step in known[name])
    named = frozenset(name for name, found in known.items() if not found and not _is_it(fields[name], wanted[name]))
    return replace(chain, named=named, beyond=tuple(dict.fromkeys((*chain.beyond, *steps))))


def _is_it(one: Field, wanted: Field) -> bool:
    """Whether a column is the one that a grain column shows, in one of the sources of the rows."""
    return one.origin is not None and (one.origin, one.path) in ((wanted.origin, wanted.path), *wanted.also)


def _to_one_column(world: World, one: Field, other: Field) -> tuple[Step, ...]:
    """The steps from two columns to the column that both refer to, as parts of foreign keys; empty without one.

    One of the two may be this column itself.
    """
    if one.origin is None or other.origin is None:
        return ()
    for start, end in ((one.origin, other.origin), (other.origin, one.origin)):
        if step := next((step for step, there in _references(world, start) if there == end), None):
            return (step,)
    mine, others = (list(_references(world, field.origin)) for field in (one, other) if field.origin)
    return next(((a, b) for a, at in mine for b, there in others if at == there), ())


def _references(world: World, origin: Origin) -> Iterator[tuple[Step, Origin]]:
    hops = sorted(world.graph.hops(origin.entity), key=lambda hop: (hop.target, hop.role or "", hop.pairs))
    for hop in hops:
        there = dict(hop.pairs).get(origin.column)
        if hop.to_one and there is not None:
            yield Step(hop.target, hop.pairs, True, hop.role, hop.link.text), Origin(hop.target, there)


def last_word(chain: Chain, choices: list[Chain]) -> str | None:
    """The `via:` word that selects the columns in the last row of this chain; None without one."""
    words = [*chain.words[::-1], *(own for step in chain.row.steps for own, _ in step.pairs)]
    return next((word for word in words if _led(choices, word) == [chain]), None)


def _led(found: list[Chain], via: str | None) -> list[Chain]:
    """The chains that `via` selects. One that ends at this entity takes precedence over one that passes it."""
    if via is None:
        return found
    return [chain for chain in found if chain.ends_at(via)] or [chain for chain in found if chain.goes(via)]


def at_parents(world: World, start: Relation, names: Collection[str], via: str | None) -> list[Chain]:
    """The chains to parent rows that have columns of all these names, without `start` itself.

    A foreign key stands for the key it references, one link farther.
    """
    rows = [row for row in walk(world, start) if row.steps and not row.circles]
    near = [(row, _same_names(row, list(names))) for row in rows if all(name in row.relation.fields for name in names)]
    found = [replace(chain, length=chain.length + 1) if _refers(world, row, names) else chain for row, chain in near]
    return _led(found, via)


def tied(world: World, chain: Chain) -> frozenset[str]:
    """The columns of a chain that are used together: those of one key, or of one foreign key, of its last row."""
    row, names = chain.row, chain.covered
    key = frozenset(row.relation.grain)
    parts = [key, *(frozenset(own for own, _ in step.pairs) for step in steps_of(world, row) if step.to_one)]
    return frozenset(name for part in parts if len(part) > 1 and part <= names for name in part)


def _refers(world: World, row: Row, names: Collection[str]) -> bool:
    """Whether a row refers to another by these columns."""
    up = (step for step in steps_of(world, row) if step.to_one and not step.down)
    return any({own for own, _ in step.pairs} == set(names) for step in up)


def _named(world: World, relation: Relation, wanted: Mapping[str, Field]) -> list[str]:
    """The wanted names that a relation also has, with matching types. Empty where one is the key of another thing.

    A key is compared whole or not at all.
    """
    if _has_another_key(world, relation, wanted):
        return []
    return [name for name in wanted if name in relation.fields and comparable(relation.fields[name], wanted[name])]


def _is_drawn(world: World, start: Relation, wanted: Mapping[str, Field]) -> bool:
    """Whether links lead to the wanted columns, but not by keys, or from columns that are not shown.

    Then a match by name is not used as a guess.
    """
    ends = {shown.origin.entity for shown in wanted.values() if shown.origin}
    if ends & {row.entity for row in walk(world, start)}:
        return False
    entities = {row.entity for row in shown_rows(start) if shows_key(world, row)}
    return any(world.graph.leads_to_one(entity, end) for entity in entities for end in ends)


def _has_another_key(world: World, relation: Relation, wanted: Mapping[str, Field]) -> bool:
    shared = [name for name in wanted if name in relation.fields]
    return any(are_keys_of_different_things(world, relation.fields[name], wanted[name]) for name in shared)


def _blame_types(start: Relation, wanted: Mapping[str, Field]) -> None:
    """Raise IncomparableError for a column with a wanted name whose type does not compare."""
    for name, shown in wanted.items():
        own = start.fields.get(name)
        if own is not None and not comparable(own, shown):
            raise IncomparableError((start.name, name), (name, own.type, shown.type))
