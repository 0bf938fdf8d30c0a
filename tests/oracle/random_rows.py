"""Random rows and grain of a model: those of one entity or model, whole or grouped, or of two."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from oracle.inputs import Stub
from oracle.models import Grain, Model, Ref
from oracle.provenance import copies, nullable, origin
from oracle.references import Paths, distinguishing, segment
from oracle.terms import IsNull, Logic, Term
from oracle.values import NUMBERS
from oracle.world import Link, Step, World, chains, ident

Home = tuple[str, tuple[str, ...], tuple[str, ...]]


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
        tied = {c for link in self.links_of(base) for c in link.child_columns} | copies(self.world, base)
        plain = [n for n, t in types.items() if n not in tied and t in ("text", "int", "date", "bool")]
        plain = [n for n in plain if {n} != key]
        far = self._far(base, set(types))
        grain: list[Grain] = []
        traits = ["grouped"]
        via: tuple[str, str] | None = None
        roles = [one for one in far if one[3]]
        if roles and self.random.random() < 0.5:
            links, plain, far = [], [], roles
        if links and self.random.random() < 0.6:
            link = self.random.choice(links)
            grain += [Grain(c, types[c], (((), c),)) for c in link.child_columns]
        if plain and (not grain or self.random.random() < 0.4):
            column = self.random.choice(plain)
            grain.append(Grain(column, types[column], (((), column),)))
        elif far and not grain:
            way, column, kind, role = self.random.choice(far)
            grain.append(Grain(column, kind, ((way, column),)))
            traits.append("grain over a role" if role else "grain over links")
            via = (base, role) if role else None
        names = [g.name for g in grain]
        if not grain or key <= set(names):
            return None
        homes = self._parents(base, names) if origin(self.world, base) else self._inner(base, names)
        homes += tuple((way[-1].end, (g.name,), (column,)) for g in grain for way, column in g.sources if way)
        where = self._not_null(base, grain)
        loose = ("E205",) if via else ()  # other inputs may be met over each of the roles
        return Model(name, (base,), tuple(grain), homes, where, via=via, loose=loose, traits=tuple(traits))

    def _inner(self, base: str, names: Sequence[str]) -> tuple[Home, ...]:
        return tuple(h for h in self.world.model(base).home if set(h[1]) <= set(names))

    def _far(self, base: str, own: set[str]) -> list[tuple[tuple[Step, ...], str, str, str | None]]:
        """Columns that one way leads to, or one of two and its role, of names that nothing else on the way has."""
        seen: dict[str, list[tuple[tuple[Step, ...], str, str]]] = {}
        for entity in self.world.entities:
            ways = chains(self.world, base, entity.name) if entity.name != base else []
            for way in ways:
                for column in entity.columns:
                    seen.setdefault(column.name, []).append((way, column.name, column.type))
        found: list[tuple[tuple[Step, ...], str, str, str | None]] = []
        for name, hits in seen.items():
            ways = [way for way, _, _ in hits]
            for way, _, kind in hits if name not in own else ():
                role = self._role(ways, way) if len(ways) > 1 and self.world.is_entity(base) else None
                if (len(ways) == 1 or role) and kind in ("text", "int", "date", "bool"):
                    found.append((way, name, kind, role))
        return found

    def _role(self, ways: Sequence[tuple[Step, ...]], way: tuple[Step, ...]) -> str | None:
        """The role that tells this way from the others to the same entity, if a path can name each of its links."""
        sayable = all(self.paths.is_clear(step) for step in way)
        same = len({other[-1].end for other in ways}) == 1
        return distinguishing(ways, way) if sayable and same else None

    def _not_null(self, base: str, grain: Sequence[Grain]) -> Term | None:
        conditions: list[Term] = []
        for g in grain:
            way, column = g.sources[0]
            end = way[-1].end if way else base
            if nullable(self.world, end, column) or any(not s.sure for s in way):
                said = [base, *map(segment, way)] if way and self._is_one_of_two(base, end) else [end]
                written = ".".join(map(ident, [*said, column]))
                conditions.append(IsNull(Ref(written, way, column, g.type), negated=True))
        if not conditions:
            return None
        return conditions[0] if len(conditions) == 1 else Logic("and", tuple(conditions))

    def _is_one_of_two(self, base: str, end: str) -> bool:
        return len(chains(self.world, base, end)) > 1

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
