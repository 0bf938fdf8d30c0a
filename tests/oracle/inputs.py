"""How an input meets the rows of a model: over which links, by a name, by `match:`, or over a bridge."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from oracle.data import dangles
from oracle.models import Agreed, Grain, Look, Model, Part, Way
from oracle.provenance import copies, is_complete, is_local, made, sources
from oracle.references import Paths, distinguishing
from oracle.world import Step, World, by_value, chains, ident


@dataclass(frozen=True)
class InputPath:
    """A way in which an input meets the rows; `via` is the role that must be said."""

    way: Way
    via: str | None = None
    loose: tuple[str, ...] = ()
    coarse: bool = False
    trait: str | None = None
    match: tuple[tuple[str, str], ...] = ()


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
            own = [(ident(start), ())]
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
        return not self.model.whole and any(len(chains(self.world, rows, end)) > 1 for rows in self.model.rows)

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
            Agreed(f"{ident(self.base)}.{ident(c)}", c, self.world.columns(self.base)[c])
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
        if not parts or (missing and self._has_renamed_key(name)):
            return []
        trait = "by name" if named else "coarse" if missing else None
        return [InputPath(Way(tuple(parts)), via, coarse=bool(missing), trait=trait)]

    def _has_renamed_key(self, name: str) -> bool:
        """Whether the key of a model has a copy of a column of its rows: it may lead to the same rows as this."""
        if self.world.is_entity(name):
            return False
        model = self.world.model(name)
        return any({*model.grain_names} & copies(self.world, rows) for rows in model.rows)

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
    held = tuple(by_value(whole))
    if held and column in held[-1].there:
        before = dict(zip(held[-1].there, held[-1].here, strict=True))[column]
        return Part(held[:-1], (before,), (grain.name,), whole)
    return Part(whole, (column,), (grain.name,), whole)


def _parts(way: tuple[Step, ...], columns: tuple[str, ...], grain: tuple[str, ...]) -> tuple[Part, ...]:
    """Where the row at the end of a way has these columns."""
    pairs = zip(columns, grain, strict=True)
    return tuple(_part_of(way, Grain(name, "", (((), column),))) for column, name in pairs)
