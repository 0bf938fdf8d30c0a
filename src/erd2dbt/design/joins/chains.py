"""Chains of links from the rows of a relation to the columns of a grain: the only way in which an input is joined.

A chain gives the whole set of columns that it compares. Where the diagram draws no chain, columns of the same name
and of types that compare as a key may serve (`by_name`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from erd2dbt.datatypes.comparison import joins_on_key
from erd2dbt.design.joins.walks import End, Row, Step, World, every_walk, shown_rows, steps_of, walk
from erd2dbt.design.plans.plan import Field, Origin, Relation


class AmbiguousError(Exception):
    """Several chains or columns would do; `choices` names them in the diagram's words, `words` what chooses each."""

    def __init__(self, wanted: str, choices: list[str], words: Iterable[str | None] = ()) -> None:
        super().__init__(wanted)
        self.wanted, self.choices, self.words = wanted, choices, [word for word in words if word]
        self.source: str | None = None  # whose way it is, where `via:` has to name it


class IncomparableError(Exception):
    """The only columns that would do are of types that do not compare as a key (E206)."""

    def __init__(self, own: tuple[str, str], wanted: tuple[str, str | None, str | None]) -> None:
        super().__init__(wanted[0])
        self.own, self.wanted, self.types = own, wanted[0], wanted[1:]


@dataclass(frozen=True, slots=True)
class Chain:
    """A way from the rows of a relation to columns of a grain. `pairs`: column of the grain -> where its value stands.

    `length` counts links; `plain`: each step follows a foreign key, and they lead to the grain's own entity.
    `named`: columns of the grain that are only matched by their name. `looped`: it ends with the links of an entity to
    itself by which the rows have the column.
    """

    row: Row
    pairs: tuple[tuple[str, End], ...]
    length: int = 0
    plain: bool = True
    beyond: tuple[Step, ...] = ()  # links behind the last row: many-to-many, or from the grain's side
    named: frozenset[str] = frozenset()
    looped: bool = False

    @property
    def covered(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.pairs)

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.row.before, *(s.text for s in (*self.row.steps, *self.beyond)))))

    @property
    def text(self) -> str:
        return " then ".join(self.links)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(step.word for step in (*self.row.steps, *self.beyond))

    def goes(self, via: str) -> bool:
        """Whether `via` names the chain: a role or a foreign key of its links, an entity on the way, or all words."""
        steps = (*self.row.steps, *self.beyond)
        passed = {step.target for step in steps[:-1]}
        return via in passed or any(via in step.names for step in steps) or via == ".".join(self.words)

    def leads_by(self, via: str) -> bool:
        """Whether `via` names the chain, or the entity that it arrives at."""
        return self.goes(via) or (bool(self.row.steps) and self.row.steps[-1].target == via)

    @property
    def places(self) -> frozenset[tuple[str, tuple[object, ...]]]:
        """The pairs, equal for chains that provably give the same values."""
        return frozenset((name, self.row.place(end)) for name, end in self.pairs)


@dataclass(frozen=True, slots=True)
class _Part:
    """Columns of a grain as attributes of an entity: `at` maps them, `links` lead there from the grain's own entity.

    `loop`: the links of the entity to itself by which the rows have the columns: those of a manager are no one else's.
    """

    entity: str
    at: Mapping[str, str]
    links: tuple[Step, ...] = ()
    homes: int = 0  # links from here to the entity whose key the columns are
    plain: bool = True
    loop: tuple[str, ...] = ()


def chains(world: World, start: Relation, grain: Mapping[str, Field], via: str | None = None) -> list[Chain]:
    """The chains that cover most of the grain, each for other columns of it; empty where no link leads there.

    Raises AmbiguousError where several cover the same columns with values that may differ. One link alone is
    taken before longer ways, and a way along foreign keys before one over a common parent or an extension.
    """
    if via is None:
        found = [c for c in _candidates(world, walk(world, start), grain) if c.looped or not c.row.circles]
    else:
        found = _going(world, start, grain, via)
    widest = [c for c in found if not any(c.covered < other.covered for other in found)]
    covers = {chain.covered: None for chain in widest}
    return [choose([c for c in widest if c.covered == cover], _target_column(start, grain, cover)) for cover in covers]


def _target_column(start: Relation, grain: Mapping[str, Field], cover: frozenset[str]) -> str:
    origin = next((shown.origin for name, shown in grain.items() if name in cover), None)
    return f"{origin.entity}.{origin.column}" if origin else start.name


def _going(world: World, start: Relation, grain: Mapping[str, Field], via: str) -> list[Chain]:
    """The chains that `via` names, else those over rows that a shorter walk leads to as well: any may be named."""
    found = [c for c in _candidates(world, walk(world, start), grain) if c.goes(via)]
    return found or [c for c in _candidates(world, every_walk(world, start), grain) if c.goes(via)]


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
        homes = part.homes if row.steps or part.links else 0  # the very column of the rows is nearer than any link
        yield Chain(row, pairs, row.length + homes, plain, part.links[::-1], looped=bool(part.loop))
    for step in steps_of(world, row):
        there = {b: a for a, b in step.pairs}
        if step.target != part.entity or step.to_one or not _is_many_to_many(world, row, step):
            continue
        named = [(name, a) for _, b in step.pairs for name, a in part.at.items() if a == b]
        pairs = tuple((name, row.end(there[a])) for name, a in named)
        if len(pairs) == len(step.pairs):
            yield Chain(row, pairs, row.length + 1, plain, (step, *part.links[::-1]))


def _is_many_to_many(world: World, row: Row, step: Step) -> bool:
    """Whether the link has the key of neither side: of its ends, none is one row of the other."""
    own = {attribute for attribute, column in row.shown.items() if any(a == column for a, _ in step.pairs)}
    return not {word.text for word in world.graph.entities[row.entity].key} <= own


def _parts(world: World, grain: Mapping[str, Field]) -> Iterator[_Part]:
    """The grain's columns as attributes: of the entity that they come from, and of those that these refer to."""
    groups: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for name, shown in grain.items():
        if shown.origin is not None:
            groups.setdefault((shown.origin.entity, shown.path), {})[name] = shown.origin.column
    for (entity, path), at in groups.items():
        yield from _referred(world, _Part(entity, at, loop=_loop(world, entity, path)))


def _loop(world: World, entity: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The end of a path that only goes from one row of the entity to another."""
    row = Row(entity, world.shelf[entity], {f: f for f in world.shelf[entity].fields}, entity)
    own = {step.text for step in steps_of(world, row) if step.target == entity}
    last = next((n for n, text in enumerate(reversed(path)) if text not in own), len(path))
    return path[len(path) - last :]


def _referred(world: World, part: _Part) -> Iterator[_Part]:
    """A part, and what its columns refer to. Columns that are no key stand for the key that they refer to."""
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
            yield from _referred(world, _Part(step.target, at, (*part.links, step), plain=part.plain and not is_key))


def choose(found: list[Chain], wanted: str, *, arriving: bool = False) -> Chain:
    """The one that is meant among chains to the same columns; AmbiguousError where their values may differ.

    `arriving`: `via:` may name the entity at the end of a chain, too.
    """
    own = [c for c in found if not c.row.before] or found
    plain = [c for c in own if c.plain] or own
    nearest = min(plain, key=lambda c: c.length).length
    near = [c for c in plain if nearest > 1 or c.length == nearest]
    ends = {c.places: c for c in sorted(near, key=_order, reverse=True)}
    distinct = [c for c in ends.values() if not any(_goes_on(c, other) for other in ends.values())]
    if len(distinct) == 1:
        return distinct[0]
    distinct.sort(key=_order)
    word = last_word if arriving else _word
    raise AmbiguousError(wanted, [c.text for c in distinct], [word(c, distinct) for c in distinct])


def _order(chain: Chain) -> tuple[object, ...]:
    return chain.length, chain.words, chain.links, tuple((n, e.node, e.column) for n, e in chain.pairs)


def _goes_on(chain: Chain, other: Chain) -> bool:
    """Whether a chain only goes on behind the place where another has arrived: at the row that shows the grain's own
    column, no other reference of this row is meant."""
    mine, others = chain.row.steps, other.row.steps
    same = chain.row.before == other.row.before and other.beyond in ((), chain.beyond)
    return same and len(others) < len(mine) and mine[: len(others)] == others


def _word(chain: Chain, choices: list[Chain]) -> str | None:
    """What `via:` says to take this chain and none of the others."""
    steps = (*chain.row.steps, *chain.beyond)
    words = [s.role for s in reversed(steps) if s.role] + [s.target for s in steps[:-1]]
    words += [*(own for s in steps for own, _ in s.pairs), ".".join(chain.words)]
    lone = (w for w in words if w and sum(other.goes(w) for other in choices) == 1)
    return next(lone, None)


def by_name(
    world: World, start: Relation, grain: Mapping[str, Field], near: Chain | None = None, via: str | None = None
) -> Chain | None:
    """A chain over columns of the grain's own names: of `start`, else of the nearest rows that it leads to.

    With `near`, only `start` and the relation that its columns are in may serve. None where no column has the name.
    Raises AmbiguousError where two at equal distance do, IncomparableError where types are all that is wrong.
    """
    wanted = {name: shown for name, shown in grain.items() if near is None or name not in near.covered}
    if near is not None:
        return _completed(world, start, near, wanted)
    if _has_another_key(world, start, wanted) or _is_drawn(world, start, wanted):
        return None
    rows = [Row("", start, {}, start.name), *(row for row in walk(world, start) if row.steps and not row.circles)]
    found = [_same_names(row, names) for row in rows if (names := _named(world, row.relation, wanted))]
    found = [chain for chain in found if via is None or chain.leads_by(via)]
    if not found:
        _blame_types(start, wanted)
        return None
    own = [chain for chain in found if not chain.row.steps]
    fitting = own or [chain for chain in found if len(chain.pairs) == len(wanted)] or found
    nearest = min(chain.length for chain in fitting)
    near_by = {chain.places: chain for chain in sorted(fitting, key=_order) if chain.length == nearest}
    distinct = sorted(near_by.values(), key=_order)
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
    more = tuple((name, places[name]) for name in wanted if name in places)
    return replace(near, pairs=(*near.pairs, *more), named=frozenset(places)) if places else near


def _same_names(row: Row, names: list[str]) -> Chain:
    """The chain to columns of these names. Those of an optional extension are read there: it may be missing."""
    optional = bool(row.steps) and row.steps[-1].down
    pairs = tuple((name, End(len(row.steps), name) if optional else row.end(name)) for name in names)
    return Chain(row, pairs, row.length, not row.down, named=frozenset(names))


def _confirmed(world: World, chain: Chain, wanted: Mapping[str, Field]) -> Chain:
    """The same chain without the names that links confirm: both columns refer to one column of a third entity."""
    known = {name: _to_one_column(world, chain.row.relation.fields[name], wanted[name]) for name in chain.named}
    steps = (step for name in sorted(known) for step in known[name])
    named = frozenset(name for name, found in known.items() if not found)
    return replace(chain, named=named, beyond=tuple(dict.fromkeys((*chain.beyond, *steps))))


def _to_one_column(world: World, one: Field, other: Field) -> tuple[Step, ...]:
    """The steps from two columns to one that both refer to, as parts of foreign keys; none where there is none."""
    if one.origin is None or other.origin is None:
        return ()
    mine, others = (list(_references(world, field.origin)) for field in (one, other) if field.origin)
    return next(((a, b) for a, at in mine for b, there in others if at == there), ())


def _references(world: World, origin: Origin) -> Iterator[tuple[Step, Origin]]:
    hops = sorted(world.graph.hops(origin.entity), key=lambda hop: (hop.target, hop.role or "", hop.pairs))
    for hop in hops:
        there = dict(hop.pairs).get(origin.column)
        if hop.to_one and there is not None:
            yield Step(hop.target, hop.pairs, True, hop.role, hop.link.text), Origin(hop.target, there)


def last_word(chain: Chain, choices: list[Chain]) -> str | None:
    """What `via:` says to take the columns of the last row of this chain."""
    words = [*chain.words[::-1], *(own for step in chain.row.steps for own, _ in step.pairs)]
    return next((word for word in words if sum(other.leads_by(word) for other in choices) == 1), None)


def at_parents(world: World, start: Relation, names: Collection[str], via: str | None) -> list[Chain]:
    """The chains to rows that have columns of all these names; none for those of `start` itself. A foreign key stands
    for what it refers to, one link farther."""
    rows = [row for row in walk(world, start) if row.steps and not row.circles]
    near = [(row, _same_names(row, list(names))) for row in rows if all(name in row.relation.fields for name in names)]
    found = [replace(chain, length=chain.length + 1) if _refers(world, row, names) else chain for row, chain in near]
    return [chain for chain in found if via is None or chain.leads_by(via)]


def _refers(world: World, row: Row, names: Collection[str]) -> bool:
    """Whether a row refers to another by these columns."""
    up = (step for step in steps_of(world, row) if step.to_one and not step.down)
    return any({own for own, _ in step.pairs} == set(names) for step in up)


def _named(world: World, relation: Relation, wanted: Mapping[str, Field]) -> list[str]:
    """The names that a relation has, too, with values that can be those: of its type. None where one of them is the key
    of another thing: a key is compared whole or not at all."""
    if _has_another_key(world, relation, wanted):
        return []
    return [name for name in wanted if name in relation.fields and comparable(relation.fields[name], wanted[name])]


def _is_drawn(world: World, start: Relation, wanted: Mapping[str, Field]) -> bool:
    """Whether links lead to what is wanted, though not by keys alone, or not from the columns that are shown: then a
    name is not a guess that would do."""
    ends = {shown.origin.entity for shown in wanted.values() if shown.origin}
    if ends & {row.entity for row in walk(world, start)}:
        return False
    entities = {row.entity for row in shown_rows(start) if _is_whole(world, row)}
    return any(world.graph.leads_to_one(entity, end) for entity in entities for end in ends)


def _is_whole(world: World, row: Row) -> bool:
    """Whether the key of the entity is shown: the row is one of it, with links of its own."""
    return all(word.text in row.shown for word in world.graph.entities[row.entity].key)


def _has_another_key(world: World, relation: Relation, wanted: Mapping[str, Field]) -> bool:
    shared = [name for name in wanted if name in relation.fields]
    return any(are_keys_of_different_things(world, relation.fields[name], wanted[name]) for name in shared)


def comparable(one: Field, other: Field) -> bool:
    return one.type is None or other.type is None or joins_on_key(one.type, other.type).keeps_apart


def are_keys_of_different_things(world: World, one: Field, other: Field) -> bool:
    """`orders.id` and `customers.id`, and no link says that these are the same: each alone tells the rows of its entity
    apart, or each is a part of a key whose name holds within its entity only."""
    a, b = one.origin, other.origin
    if a is None or b is None:  # of a query: what its column means is not drawn
        known = a or b
        return known is not None and (known.entity, known.column) in world.graph.local_keys
    if a.entity == b.entity:
        return False
    if {(a.entity, a.column), (b.entity, b.column)} <= world.graph.local_keys:
        return True
    return all([w.text for w in world.graph.entities[o.entity].key] == [o.column] for o in (a, b))


def _blame_types(start: Relation, wanted: Mapping[str, Field]) -> None:
    for name, shown in wanted.items():
        own = start.fields.get(name)
        if own is not None and not comparable(own, shown):
            raise IncomparableError((start.name, name), (name, own.type, shown.type))
