"""Random models over a diagram: the inventor knows the one chain that each of its references means."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from oracle.data import dangles
from oracle.models import Agreed, Grain, Look, Model, Part, Ref, Way
from oracle.terms import IsNull, Logic, Term
from oracle.values import NUMBERS
from oracle.world import Link, Step, World, chains, ident

Home = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class InputPath:
    """A way in which an input meets the rows; `via` is the role that must be said."""

    way: Way
    via: str | None = None
    loose: tuple[str, ...] = ()
    coarse: bool = False
    trait: str | None = None
    match: tuple[tuple[str, str], ...] = ()


def is_filtered(world: World, name: str) -> bool:
    """Whether the model leaves out rows of its entity."""
    if world.is_entity(name):
        return False
    model = world.model(name)
    return model.where is not None or any(is_filtered(world, r) for r in model.rows)


def is_complete(world: World, name: str) -> bool:
    """Whether the rows are all those of an entity."""
    return origin(world, name) is not None and not is_filtered(world, name)


def is_local(world: World, column: str) -> bool:
    """Whether a link refers to a key of this name by another: then it says nothing outside of its entity."""
    pairs = {pair for k in world.links for pair in k.pairs if len({*pair}) > 1}
    return any(column in pair for pair in pairs) and any(column in e.key for e in world.entities)


def origin(world: World, name: str) -> str | None:
    """The entity whose rows a model takes whole."""
    if world.is_entity(name):
        return name
    model = world.model(name)
    return origin(world, model.rows[0]) if model.whole else None


def sources(world: World, name: str) -> set[str]:
    """The entities whose rows a model's rows are made of."""
    return {name} if world.is_entity(name) else {e for rows in world.model(name).rows for e in sources(world, rows)}


def made(world: World, name: str) -> set[str]:
    """The columns of a model that a formula has made, its own or that of a model whose column it keeps."""
    if world.is_entity(name):
        return set()
    model = world.model(name)
    return {f.name for f in model.columns} | {c for c in model.keep if c in made(world, model.rows[0])}


def nullable(world: World, name: str, column: str) -> bool:
    """Whether the column of an entity, or a kept one of a model, can be empty."""
    if not world.is_entity(name):
        model = world.model(name)
        if column in model.grain_names:
            return False
        return column not in model.keep or nullable(world, model.rows[0], column)
    entity = world.entity(name)
    links = [link for link in world.links if link.child == name and not link.optional and column in link.child_columns]
    return column not in entity.key and not links and entity.column(column).nullable


def segment(step: Step) -> str:
    return step.role or step.end


def distinguishing(ways: Sequence[tuple[Step, ...]], way: tuple[Step, ...], *, beside: bool = False) -> str | None:
    """A word that only this way has: a role or, `beside` these, an entity that it passes or a column that it leaves by.
    From a model the same row may be reached with and without the entity that it is made of."""
    words = [step.role for step in way if step.role]
    if beside:
        words += [step.end for step in way[:-1]] + [column for step in way for column in step.here]
    return next((word for word in words if sum(word in _words(other) for other in ways) == 1), None)


def _words(way: Sequence[Step]) -> set[str]:
    return {word for step in way for word in (*step.here, *([step.role] if step.role else []))} | {
        step.end for step in way[:-1]
    }


class Paths:
    """References from a row of an entity or model along to-one links."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.random = world, rng

    def reached(self, start: str) -> list[tuple[str, tuple[Step, ...]]]:
        """(how it is written, steps) of all that a row of `start` leads to by one way, or by one that can be said."""
        found: list[tuple[str, tuple[Step, ...]]] = []
        names = [e.name for e in self.world.entities] + [m.name for m in self.world.models]
        for name in names:
            if name == start:
                continue
            ways = chains(self.world, start, name)
            for way in ways:
                spelled = ".".join([start, *map(segment, way)])
                sayable = all(self.world.is_entity(s.start) and self.world.is_entity(s.end) for s in way)
                if len(ways) == 1 and not (sayable and self.random.random() < 0.25):
                    found.append((name, way))
                elif sayable and all(self._clear(s) for s in way):
                    found.append((spelled, way))
        return found + [climb for written, way in [(start, ()), *found] for climb in self._climbs(start, written, way)]

    def _clear(self, step: Step) -> bool:
        """Whether the name of the step says which link is taken."""
        return sum(segment(s) == segment(step) for s in self.world.steps(step.start)) == 1

    def _climbs(self, start: str, written: str, way: tuple[Step, ...]) -> list[tuple[str, tuple[Step, ...]]]:
        at = way[-1].end if way else start
        selfs = [s for s in self.world.steps(at) if s.end == at and s.here != s.there]
        ups = [s for s in selfs if self._upwards(s)]
        return [(f"{written}.{s.role}", (*way, s)) for s in ups if s.role]

    def _upwards(self, step: Step) -> bool:
        return any(
            link.child == step.start and link.parent == step.end and link.child_columns == step.here
            for link in self.world.links
        )

    def leaves(self, start: str, far: float = 0.5, bare: bool = False) -> list[Term]:
        """References to the columns of `start`, and some to those of what it leads to."""
        plain = {n: t for n, t in self.world.columns(start).items() if t != "list"}
        near = [Ref(ident(n) if bare else f"{start}.{ident(n)}", (), n, t) for n, t in plain.items()]
        if self.random.random() > far:
            return list(near)
        distant = [
            Ref(f"{written}.{ident(n)}", way, n, t)
            for written, way in self.reached(start)
            for n, t in self.world.columns(way[-1].end).items()
            if t != "list"
        ]
        return [*near, *self.random.sample(distant, min(3, len(distant)))]


class Stub:
    """A model before it has columns: its rows and its grain, and how inputs meet them."""

    def __init__(self, world: World, model: Model) -> None:
        self.world, self.model = world, model

    @property
    def base(self) -> str:
        return self.model.rows[0]

    def starts(self) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        """(entity or model, its columns, grain columns) of each row that the grain tells."""
        if self.model.whole:
            return [(self.base, self.world.key(self.base), self.model.grain_names)]
        homes = self.model.home
        return [(home, theirs, mine) for home, mine, theirs in homes if set(theirs) == set(self.world.key(home))]

    def looks(self, paths: Paths) -> list[Look]:
        """Values that the grain leads to by one way. What `match:` names is met by that, not by links."""
        found: dict[tuple[str, str], list[Look]] = {}
        for start, columns, grain in self.starts():
            own = [(start, ())]
            for written, way in [*own, *paths.reached(start)]:
                end = way[-1].end if way else start
                for name, kind in self.world.columns(end).items():
                    if kind == "list":
                        continue
                    look = Look(f"{written}.{ident(name)}", start, columns, grain, way, name, kind)
                    found.setdefault((end, written), []).append(look)
        said = {name for name, _ in self.model.match}
        found = {place: looks for place, looks in found.items() if place[0] not in said}
        clear = [looks for looks in found.values() if len({(x.start, x.steps) for x in looks}) == 1]
        return [x for looks in clear for x in looks if not self._from_two(x)]

    def _from_two(self, look: Look) -> bool:
        """Whether another part of the grain, or another way from the rows, leads there, too."""
        end = look.steps[-1].end if look.steps else look.start
        starts = {s for s, _, _ in self.starts() if s == end or chains(self.world, s, end)}
        if len(starts) > 1:
            return True
        if self.model.whole or len(self.model.rows) > 1:
            return False
        return len(chains(self.world, self.base, end)) > 1

    def input_paths(self, name: str) -> list[InputPath]:
        """How the input meets the rows: nothing where it does not, or on several ways that cannot be told apart."""
        model, world = self.model, self.world
        if name in model.rows:
            return [InputPath(Way(own=True))]
        if name in [home for home, _, _ in model.home]:
            return []  # a part of the grain is its key: it is looked up
        if len(model.rows) > 1:
            return self._by_home(name)
        ways = chains(world, name, self.base)
        if not model.whole and chains(world, self.base, name):
            return []  # it is a parent of the rows, too: is it the bag of it, or of the rows that is meant?
        if ways and not model.whole and not self._is_determined(name):
            return []
        direct = [
            way
            for home, _, _ in model.home
            if home != self.base
            for way in chains(world, name, home)
            if self.base not in [s.end for s in way]
        ]
        if ways and direct:
            return []  # on which of the two ways is not to be told
        if ways:
            found = []
            for way in ways:
                via = distinguishing([*ways, *direct], way, beside=world.is_entity(name)) if len(ways) > 1 else None
                if len(ways) == 1 or via:
                    found.append(self._met(way, via, bool(direct)))
            return found
        return self._by_home(name)

    def _is_determined(self, name: str) -> bool:
        """Whether an input meets grouped rows over the base: not by a column of its own, where rows of the base are
        missing, or where a formula of the base has made a column that is called so."""
        world = self.world
        return is_complete(world, self.base) and not self._made() & {*self.model.grain_names} & {*world.columns(name)}

    def _made(self) -> set[str]:
        """The columns that the rows have of their own; what they show may be of another name elsewhere."""
        return made(self.world, self.base)

    def _met(self, way: tuple[Step, ...], via: str | None, more: bool) -> InputPath:
        """Over a model, the rows of which need not be drawn, it may be said that no link leads there."""
        over_model = not self.model.whole and not self.world.is_entity(self.base)
        loose = (("E205",) if more else ()) + (("E201", "E205") if over_model else ())
        trait = "party" if more else "over a model" if over_model else None
        return InputPath(self._through(way), via, loose, trait=trait)

    def matched(self, name: str, rng: random.Random) -> InputPath | None:
        """An input that nothing ties to the rows, met by columns that are said."""
        if self.input_paths(name) or any(
            chains(self.world, name, r) or chains(self.world, r, name) for r in self.model.rows
        ):
            return None
        if any(chains(self.world, name, home) for home, _, _ in self.model.home):
            return None
        pairs: list[tuple[str, str]] = []
        for grain in self.model.grain:
            taken = {c for _, c in pairs}
            fits = [c for c, t in self.world.columns(name).items() if t == grain.type and c not in taken]
            if not fits:
                return None
            pairs.append((grain.name, rng.choice(fits)))
        parts = tuple(Part((), (c,), (g,)) for g, c in pairs)
        return InputPath(Way(parts), loose=("E205",), trait="match", match=tuple(pairs))

    def bridged(self, name: str) -> InputPath | None:
        """An input that the one bridge between it and the rows leads to: each pair of them is one row there."""
        world, base = self.world, self.base
        if not (self.model.whole and world.is_entity(base) and world.is_entity(name)) or self.input_paths(name):
            return None
        if name in self.model.rows or chains(world, base, name) or chains(world, name, base):
            return None
        there = [e for e in world.entities if e.name not in (base, name) and chains(world, e.name, name)]
        ways = [(e, chains(world, e.name, name), chains(world, e.name, base)) for e in there]
        ways = [(e, on, back) for e, on, back in ways if back]
        if len(ways) != 1:
            return None
        bridge, on, back = ways[0]
        if [len(way) for way in (*on, *back)] != [1, 1]:
            return None
        if {*bridge.key} != {*on[0][0].here, *back[0][0].here} or {*on[0][0].here} & {*back[0][0].here}:
            return None
        parts = _parts(back[0], world.key(base), self.model.grain_names)
        return InputPath(Way(parts, over=bridge.name, there=on[0]), trait="over a bridge")

    def agreed(self) -> list[Agreed]:
        """What the grain determines by a claim, beside it."""
        if self.model.whole or len(self.model.rows) > 1 or not self.world.is_entity(self.base):
            return []
        grain = {g.sources[0][1] for g in self.model.grain if not g.sources[0][0]}
        return [
            Agreed(f"{self.base}.{ident(c)}", c, self.world.columns(self.base)[c])
            for left, right in self.world.entity(self.base).determines
            if grain >= set(left)
            for c in right
            if c not in self.model.grain_names
        ]

    def _through(self, way: tuple[Step, ...]) -> Way:
        if self.model.whole:
            return Way(_parts(way, self.world.key(self.base), self.model.grain_names))
        return Way(tuple(_part_of(way, g) for g in self.model.grain))

    def _by_home(self, name: str) -> list[InputPath]:
        parts: list[Part] = []
        left = list(self.model.grain_names)
        via = None
        for home, mine, theirs in self.model.home:
            ways = chains(self.world, name, home)
            if not ways or (name == home):
                continue
            way = ways[0]
            if len(ways) > 1:
                via = distinguishing(ways, way)
                if via is None or len(self.model.home) > 1:
                    return []
            parts += _parts(way, theirs, mine)
            left = [g for g in left if g not in mine]
        if self._is_read_twice(parts) or len({p.grain for p in parts}) != len(parts) or (not parts and not left):
            return []
        named = self._by_name(name, left)
        if named is None:
            return []
        covered = {g for p in parts for g in p.grain}
        if sum(len(p.grain) for p in parts) != len(covered):
            return []
        parts += [Part((), (g,), (g,)) for g in named]
        if named and (self._may_be_bridged(name) or self._has_shared_parent(name)):
            return []
        missing = [g for g in left if g not in named]
        if not parts:
            return []
        trait = "by name" if named else "coarse" if missing else None
        return [InputPath(Way(tuple(parts)), via, coarse=bool(missing), trait=trait)]

    def _is_read_twice(self, parts: Sequence[Part]) -> bool:
        """Whether a value that several rows hold may be read before a row that is not there, or behind it."""
        return len(self.model.rows) > 1 and dangles(self.world.seed) and any(p.steps for p in parts)

    def _may_be_bridged(self, name: str) -> bool:
        """Whether something leads to the input and to the rows, or is where the rows come from: then a name alone is no
        way."""
        world = self.world
        ends = {*self.model.rows, *(home for home, _, _ in self.model.home)}
        ends |= {entity for rows in self.model.rows for entity in sources(world, rows)}
        others = [e.name for e in world.entities if e.name not in {name, *self.model.rows}]
        between = [e for e in others if chains(world, e, name)]
        return any(e == end or chains(world, e, end) for e in between for end in ends)

    def _has_shared_parent(self, name: str) -> bool:
        """Whether the input and the rows refer to one thing: then links join them, and no name does."""
        world = self.world
        return any(chains(world, name, e.name) and chains(world, self.base, e.name) for e in world.entities)

    def _by_name(self, name: str, grain: Sequence[str]) -> list[str] | None:
        """Those that the input has under the same name and type; None where what it leads to has them as well."""
        world = self.world
        types = self.model.types(world)
        mine = world.columns(name)
        above = {
            column
            for other in [e.name for e in self.world.entities]
            if other != name and chains(self.world, name, other)
            for column in self.world.columns(other)
        }
        if any(g in above or (g in mine and is_local(world, g)) for g in grain):
            return None
        if any(g in mine and (mine[g] != types[g] or g in self._made()) for g in grain):
            return None
        return [g for g in grain if g in mine]


def _part_of(way: tuple[Step, ...], grain: Grain) -> Part:
    """A foreign key holds the value of what it refers to, also where there is no such row; but nothing is behind a row
    that is not there."""
    steps, column = grain.sources[0]
    whole = (*way, *steps)
    if whole and column in whole[-1].there:
        before = dict(zip(whole[-1].there, whole[-1].here, strict=True))[column]
        return Part(whole[:-1], (before,), (grain.name,), whole)
    return Part(whole, (column,), (grain.name,), whole)


def _parts(way: tuple[Step, ...], columns: tuple[str, ...], grain: tuple[str, ...]) -> tuple[Part, ...]:
    """Where the row at the end of a way has these columns."""
    pairs = zip(columns, grain, strict=True)
    return tuple(_part_of(way, Grain(name, "", (((), column),))) for column, name in pairs)


class Rows:
    """Random rows and grain of a model."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.random = world, rng
        self.paths = Paths(world, rng)

    def whole(self, base: str, name: str) -> Model:
        types = self.world.columns(base)
        grain = tuple(Grain(k, types[k], (((), k),)) for k in self.world.key(base))
        return Model(name, (base,), grain, self._homes(base, grain), whole=True, traits=("whole",))

    def _homes(self, base: str, grain: Sequence[Grain]) -> tuple[Home, ...]:
        """The entity whose rows these are, and those that parts of the grain lead to."""
        names = tuple(g.name for g in grain)
        if self.world.is_entity(base):
            return ((base, names, self.world.key(base)), *self._parents(base, names))
        return tuple(h for h in self.world.model(base).home if set(h[1]) <= set(names))

    def links_of(self, base: str) -> list[Link]:
        """The links whose foreign key the rows hold."""
        entity = origin(self.world, base)
        names = self.world.columns(base)
        if entity is None:
            return []
        carried = {n for n in names if self._is_of(base, entity, n)}
        return [
            link
            for link in self.world.links
            if link.child == entity and link.parent != entity and carried.issuperset(link.child_columns)
        ]

    def _is_of(self, base: str, entity: str, column: str) -> bool:
        if base == entity:
            return True
        model = self.world.model(base)
        return column in (*model.grain_names, *model.keep) and self._is_of(model.rows[0], entity, column)

    def _parents(self, base: str, names: Sequence[str]) -> tuple[Home, ...]:
        """The largest links that parts of the grain take."""
        found: list[Home] = []
        taken: set[str] = set()
        for link in sorted(self.links_of(base), key=lambda k: -len(k.pairs)):
            columns = link.child_columns
            if set(columns) <= set(names) and not taken & set(columns):
                taken |= set(columns)
                found.append((link.parent, columns, link.parent_columns))
        return tuple(found)

    def grouped(self, base: str, name: str) -> Model | None:
        """Rows grouped by foreign keys, by plain columns, or by columns of what they lead to."""
        types = self.world.columns(base)
        key = set(self.world.key(base))
        links = [k for k in self.links_of(base) if not key <= set(k.child_columns) and not k.one]
        tied = {c for link in self.links_of(base) for c in link.child_columns}
        plain = [n for n, t in types.items() if n not in tied and t in ("text", "int", "date", "bool")]
        plain = [n for n in plain if {n} != key]
        far = self._far(base, set(types))
        grain: list[Grain] = []
        traits = ["grouped"]
        if links and self.random.random() < 0.6:
            link = self.random.choice(links)
            grain += [Grain(c, types[c], (((), c),)) for c in link.child_columns]
        if plain and (not grain or self.random.random() < 0.4):
            column = self.random.choice(plain)
            grain.append(Grain(column, types[column], (((), column),)))
        elif far and not grain:
            way, column, kind = self.random.choice(far)
            grain.append(Grain(column, kind, ((way, column),)))
            traits.append("grain over links")
        names = [g.name for g in grain]
        if not grain or key <= set(names):
            return None
        homes = self._parents(base, names) if origin(self.world, base) else self._inner(base, names)
        homes += tuple((way[-1].end, (g.name,), (column,)) for g in grain for way, column in g.sources if way)
        where = self._not_null(base, grain)
        return Model(name, (base,), tuple(grain), homes, where, traits=tuple(traits))

    def _inner(self, base: str, names: Sequence[str]) -> tuple[Home, ...]:
        return tuple(h for h in self.world.model(base).home if set(h[1]) <= set(names))

    def _far(self, base: str, own: set[str]) -> list[tuple[tuple[Step, ...], str, str]]:
        """Columns that one way leads to, of names that nothing else on the way has."""
        seen: dict[str, list[tuple[tuple[Step, ...], str, str]]] = {}
        for entity in self.world.entities:
            ways = chains(self.world, base, entity.name) if entity.name != base else []
            for way in ways:
                for column in entity.columns:
                    seen.setdefault(column.name, []).append((way, column.name, column.type))
        return [
            hits[0]
            for name, hits in seen.items()
            if len(hits) == 1 and name not in own and hits[0][2] in ("text", "int", "date", "bool")
        ]

    def _not_null(self, base: str, grain: Sequence[Grain]) -> Term | None:
        conditions: list[Term] = []
        for g in grain:
            way, column = g.sources[0]
            end = way[-1].end if way else base
            if nullable(self.world, end, column) or any(not s.sure for s in way):
                conditions.append(IsNull(Ref(f"{end}.{ident(column)}", way, column, g.type), negated=True))
        if not conditions:
            return None
        return conditions[0] if len(conditions) == 1 else Logic("and", tuple(conditions))

    def union(self, name: str) -> Model | None:
        """The values of two: foreign keys to one entity, or columns of one name."""
        names = [e.name for e in self.world.entities]
        self.random.shuffle(names)
        for left in names:
            for right in names:
                if left != right and (found := self._united(left, right, name)):
                    return found
        return None

    def _united(self, left: str, right: str, name: str) -> Model | None:
        mine, theirs = self.world.columns(left), self.world.columns(right)
        for a in self.links_of(left):
            for b in self.links_of(right):
                if a.parent != b.parent or a.parent_columns != b.parent_columns or a.role or b.role:
                    continue
                if len(chains(self.world, left, a.parent)) > 1 or len(chains(self.world, right, a.parent)) > 1:
                    continue
                if self._any_null(left, a.child_columns) or self._any_null(right, b.child_columns):
                    continue
                pairs = list(zip(a.child_columns, b.child_columns, strict=True))
                grain = tuple(Grain(c, mine[c], (((), c), ((), d))) for c, d in pairs)
                match = tuple((c, d) for c, d in pairs) if a.child_columns != b.child_columns else ()
                home = ((a.parent, a.child_columns, a.parent_columns),)
                said = ((right, match),) if match else ()
                return Model(name, (left, right), grain, home, match=said, traits=("union",))
        shared = [
            n
            for n, t in mine.items()
            if theirs.get(n) == t
            and t in ("text", "int", "date")
            and not self._any_null(left, [n])
            and not self._any_null(right, [n])
            and n not in (*self.world.key(left), *self.world.key(right))
        ]
        if not shared or chains(self.world, left, right) or chains(self.world, right, left):
            return None
        column = self.random.choice(shared)
        grain = (Grain(column, mine[column], (((), column), ((), column))),)
        return Model(name, (left, right), grain, traits=("union", "by name"))

    def _any_null(self, name: str, columns: Sequence[str]) -> bool:
        return any(nullable(self.world, name, c) for c in columns)

    def keep(self, model: Model) -> Model:
        """Some columns of the rows, or all."""
        there = [c for c in self.world.columns(model.rows[0]) if c not in model.grain_names]
        if not model.whole:
            there = [a.column for a in Stub(self.world, model).agreed()]
            return replace(model, keep=tuple(there)) if self.random.random() < 0.5 else model
        if not there:
            return model
        match self.random.randrange(4):
            case 0:
                return replace(model, keep=tuple(there), keep_all=True)
            case 1 | 2:
                return replace(model, keep=tuple(self.random.sample(there, self.random.randint(1, len(there)))))
        return model


def numeric(leaves: Sequence[Term]) -> list[Term]:
    return [t for t in leaves if t.type in NUMBERS]
