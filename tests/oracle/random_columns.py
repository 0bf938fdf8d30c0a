"""Random columns of a model, in every form that the language has."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from oracle.conditions import anything, condition, constant, number, wider
from oracle.diagrams import ATTRIBUTES
from oracle.inputs import InputPath, Stub
from oracle.models import Bag, Field, Look, Model, Order, Own, Ref
from oracle.random_rows import numeric
from oracle.references import Paths
from oracle.terms import Binary, Call, Case, Const, Divide, Ratio, Term
from oracle.values import NUMBERS
from oracle.world import LONGEST, Entity, World

LABELS = ("top", "high", "mid", "low")
DAYS = tuple(dt.date(2024, 1, day) for day in range(28, 32))


def additive(world: World, name: str, column: str) -> bool:
    """Whether the values of the column may be added up over all rows."""
    if world.is_entity(name):
        entity = world.entity(name)
        found = entity.column(column)
        tied = {c for k in world.links for c in (*k.child_columns, *k.parent_columns)}
        determined = {c for _, right in entity.determines for c in right}
        if found.type not in NUMBERS or found.stock or column in {*entity.key, *tied, *determined}:
            return False
        return found.is_ is None or any(
            isinstance(p, Ref) and additive(world, name, p.column) for p in found.is_.parts()
        )
    model = world.model(name)
    if column in model.keep:
        return model.whole and additive(world, model.rows[0], column)
    field = next((f for f in model.columns if f.name == column), None)
    if field is None or field.form != "is" or field.default or field.cast or not isinstance(field.term, Bag):
        return False
    bag = field.term
    met = {g for p in bag.way.parts for g in p.grain}
    complete = bag.way.own or met == set(model.grain_names)
    return complete and bag.function in ("sum", "count") and not bag.distinct


def named(near: Sequence[Ref], leaves: Sequence[Term]) -> list[Ref]:
    """Those whose text begins with the input itself, so that it is clear over whose rows an aggregate runs."""
    prefix = near[0].written.split(".", maxsplit=1)[0] + "."
    return [t for t in leaves if isinstance(t, Ref) and t.written.startswith(prefix)]


def _is_readable(entity: Entity) -> bool:
    """Whether a query knows the name of its staging model: a long one is shortened."""
    return not entity.table and len(entity.relation.encode()) <= LONGEST


def _plain(field: Field) -> bool:
    """Whether it is an aggregate of the rows themselves, by their own columns."""
    bag = field.term
    if field.form != "is" or not isinstance(bag, Bag) or not bag.way.own or field.default or field.cast or field.via:
        return False
    return bag.function not in ("first", "last", "array_agg") and not any(
        isinstance(p, Ref) and p.steps for p in bag.parts()
    )


class Inputs:
    """What the columns of one model may read."""

    def __init__(self, world: World, stub: Stub, rng: random.Random) -> None:
        self.world, self.stub, self.random = world, stub, rng
        self.paths = Paths(world, rng)
        self.looks = stub.looks(self.paths)
        names = [e.name for e in world.entities] + [m.name for m in world.models]
        self.bags = [(n, m) for n in names for m in stub.input_paths(n) if not self._one(n, m)]
        said = [(n, stub.matched(n, rng)) for n in names if rng.random() < 0.4]
        said += [(n, stub.bridged(n)) for n in names if n not in [name for name, met in said if met]]
        self.bags += [(n, m) for n, m in said if m is not None]
        self.agreed = [a for a in stub.agreed() if a.column not in stub.model.keep]

    def _one(self, name: str, path: InputPath) -> bool:
        """An input of which there is one row at most is looked up, and not added up."""
        if path.way.own:
            return self.stub.model.whole
        columns = {c for p in path.way.parts if not p.steps for c in p.columns}
        return columns >= set(self.world.key(name)) or name in {x.start for x in self.looks if not x.steps}

    def bag(self) -> tuple[str, InputPath] | None:
        return self.random.choice(self.bags) if self.bags else None


class Fields:
    def __init__(self, world: World, stub: Stub, rng: random.Random) -> None:
        self.world, self.stub, self.random = world, stub, rng
        self.inputs = Inputs(world, stub, rng)
        self.done: list[Field] = []
        self.loose: set[str] = set()
        self.traits: set[str] = set()
        self.matched: dict[str, tuple[tuple[str, str], ...]] = {}

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def model(self, count: int) -> Model:
        for _ in range(count):
            found = self._field()
            if found is not None:
                self.done.append(found)
        self.random.shuffle(self.done)
        model = self.stub.model
        traits = (*model.traits, *sorted(self.traits))
        match = (*model.match, *sorted(self.matched.items()))
        loose = (*model.loose, *sorted(self.loose))
        found = replace(model, columns=tuple(self.done), loose=loose, traits=traits, match=match)
        return self._by_hand(self._said_once(found))

    def _said_once(self, model: Model) -> Model:
        """One role of all columns is said at the model instead."""
        roles = {f.via for f in model.columns if f.via}
        if len(roles) != 1 or model.via or self.chance(0.5):
            return model
        role = roles.pop()
        inputs = {p.source for f in model.columns if f.via for p in f.term.parts() if isinstance(p, Bag)}
        via = (inputs.pop(), role) if len(inputs) == 1 and self.chance(0.5) else role
        columns = tuple(replace(f, via=None) for f in model.columns)
        return replace(model, via=via, columns=columns, traits=(*model.traits, "via of the model"))

    def _by_hand(self, model: Model) -> Model:
        """Written as a query, where everything is read from one entity, or looked up by the keys that it refers to."""
        far = any(way for g in model.grain for way, _ in g.sources) or len(model.rows) > 1
        terms = list(model.where.parts()) if model.where else []
        far = far or any(isinstance(t, Ref) and t.steps for t in terms)
        if (
            far
            or not self.world.is_entity(model.rows[0])
            or not _is_readable(self.world.entity(model.rows[0]))
            or self.chance(0.75)
        ):
            return model
        columns = tuple(f for f in model.columns if (self._is_lookup(f, model) if model.whole else _plain(f)))
        if model.whole and any(isinstance(t, Ref) and "." not in t.written for t in terms):
            columns = ()  # with a join, a bare name may be of two tables
        if not columns and not model.whole:
            return model
        traits = (*(t for t in model.traits if t in ("whole", "grouped", "where")), "sql")
        traits += ("join",) if model.whole and columns else ()
        keep = model.keep if model.whole else ()  # PostgreSQL shows no column that is not grouped by
        return replace(
            model, columns=columns, keep=keep, by_hand=True, keep_all=False, match=(), via=None, traits=traits
        )

    def _is_lookup(self, field: Field, model: Model) -> bool:
        """Whether it is a column of what the rows refer to, step by step by its key."""
        look = field.term
        if field.form != "is" or not isinstance(look, Look) or look.start != model.rows[0] or not look.steps:
            return False
        ends = [self.world.entity(s.end) for s in look.steps if self.world.is_entity(s.end)]
        plain = len(ends) == len(look.steps) and all(map(_is_readable, ends))
        keyed = plain and all(set(s.there) == set(e.key) for s, e in zip(look.steps, ends, strict=True))
        return keyed and not (field.default or field.cast or field.via)

    def _name(self) -> str:
        taken = {f.name for f in self.done} | {c for r in self.stub.model.rows for c in self.world.columns(r)}
        taken |= {*self.stub.model.grain_names}
        if self.chance(0.25):
            name = self.random.choice(list(ATTRIBUTES))
            if name not in taken:
                return name
        return next(name for n in range(1, 99) if (name := f"c{n}") not in taken)

    def _field(self) -> Field | None:
        makers = [self._aggregate, self._aggregate, self._aggregate, self._pick, self._look, self._made, self._ratio]
        return self.random.choice([*makers, self._tier, self._formula])()

    # bags

    def _meet(self) -> tuple[str, InputPath] | None:
        found = self.inputs.bag()
        if found and self._may_be_meant_otherwise(found[1]):
            return None
        if found:
            self.loose |= {*found[1].loose}
            if found[1].match:
                self.matched[found[0]] = found[1].match
            self.traits |= {t for t in (found[1].trait, "via" if found[1].via else None) if t}
        return found

    def _may_be_meant_otherwise(self, path: InputPath) -> bool:
        """A bridge of links, beside another input's `match:`; a `via:` to rows that are no entity's."""
        said = bool(self.matched or self.stub.model.match)
        beside = (path.trait == "over a bridge" and said) or (bool(path.match) and "over a bridge" in self.traits)
        return beside or bool(path.via and not self.world.is_entity(self.stub.model.rows[0]))

    def _filter(self, leaves: Sequence[Term], share: float = 0.4) -> Term | None:
        return condition(self.random, leaves, self.random.choice((0, 1, 2))) if self.chance(share) else None

    def _bag(self, only: Sequence[str] = ()) -> tuple[Bag, InputPath] | None:
        met = self._meet()
        if met is None:
            return None
        name, path = met
        leaves = self.inputs.paths.leaves(name)
        near = [t for t in leaves if isinstance(t, Ref) and not t.steps]
        sums = [t for t in near if additive(self.world, name, t.column) or self._is_level(name, path, t.column)]
        wanted = list(only) or ["sum", "sum", "count", "count", "distinct", "min", "max", "avg", "bool", "agg", "*"]
        found = getattr(self, f"_of_{self.random.choice(wanted).replace('*', 'rows')}")(near, leaves, sums)
        if found is None:
            found = {"function": "count", "argument": self.random.choice(near), "type": "int"}
        if found["argument"] is None and (not path.way.own or len(self.stub.model.rows) > 1):
            found["argument"] = near[0]
        bag = Bag(source=name, way=path.way, filter=self._filter(leaves), **found)
        return bag, path

    def _is_level(self, name: str, path: InputPath, column: str) -> bool:
        """Whether it is a stock, and each row of the model is of one point of its time: then levels add up."""
        if not self.world.is_entity(name) or not self.world.entity(name).column(column).stock:
            return False
        if path.way.own:
            times = [column for g in self.stub.model.grain for way, column in g.sources if not way]
        else:
            times = [column for part in path.way.parts if not part.steps for column in part.columns]
        return "day" in times

    def _of_sum(self, near: list[Ref], leaves: list[Term], sums: list[Ref]) -> dict[str, Any] | None:
        if not sums:
            return None
        value: Term = self.random.choice(sums)
        rates = [t for t in leaves if isinstance(t, Ref) and t.steps and t.column == "price" and t.type in NUMBERS]
        match self.random.randrange(8):
            case 0:
                value = Binary("*", value, Const(self.random.choice((2, -1)), "int"), value.type)
            case 1 if rates and value.type != "float":  # two amounts of different keys make none
                value = self._weighted(value, rates)
            case 2:
                value = Call("coalesce", (value, Const(0, "int")), value.type)
            case 3:
                value = Case(((condition(self.random, leaves, 1), value),), Const(0, "int"), value.type)
            case 4 if len(sums) > 1:
                other = self.random.choice(sums)
                value = Binary(self.random.choice("+-"), value, other, wider(value.type, other.type))
            case 5 if len(rates) > 1 and value.type != "float":  # such as the rates of both parents of a bridge
                value = self._weighted(self._weighted(value, rates), rates)
        return {"function": "sum", "argument": value, "type": value.type}

    def _weighted(self, value: Term, rates: Sequence[Ref]) -> Term:
        """The amount of the row times a rate of a row it belongs to, or times what the rate leaves of one."""
        rate: Term = self.random.choice(rates)
        if self.chance(0.3):
            rate = Binary("-", Const(1, "int"), rate, rate.type)
        sides = (value, rate) if self.chance(0.7) else (rate, value)
        return Binary("*", *sides, wider(value.type, rate.type))

    def _of_avg(self, near: list[Ref], leaves: list[Term], sums: list[Ref]) -> dict[str, Any] | None:
        if not sums:
            return None
        value = self.random.choice(sums)
        return {"function": "avg", "argument": value, "type": "float" if value.type == "float" else "num"}

    def _of_count(self, near: list[Ref], leaves: list[Term], sums: list[Ref]) -> dict[str, Any]:
        return {"function": "count", "argument": self.random.choice(near), "type": "int"}

    def _of_rows(self, near: list[Ref], leaves: list[Term], sums: list[Ref]) -> dict[str, Any]:
        return {"function": "count", "argument": None, "type": "int"}

    def _of_distinct(self, near: list[Ref], leaves: list[Term], sums: list[Ref]) -> dict[str, Any]:
        repeated = [t for t in near if t.column not in self.world.key(t.owner)] or near  # a key is distinct anyway
        value = self.random.choice(
            (repeated if self.chance(0.8) else near) if self.chance(0.7) else named(near, leaves)
        )
        return {"function": "count", "argument": value, "type": "int", "distinct": True}

    def _of_min(self, near: list[Ref], leaves: list[Term], sums: list[Ref]) -> dict[str, Any] | None:
        plain = [t for t in (near if self.chance(0.7) else named(near, leaves)) if t.type != "bool"]
        if not plain:
            return None
        value: Term = self.random.choice(plain)
        if self.chance(0.25):
            value = anything(self.random, value)
            value = value if value.type != "bool" else plain[0]
        return {"function": self.random.choice(("min", "max")), "argument": value, "type": value.type}

    _of_max = _of_min

    def _of_bool(self, near: list[Ref], leaves: list[Term], sums: list[Ref]) -> dict[str, Any]:
        value = condition(self.random, near, self.random.choice((0, 0, 1)))
        return {"function": self.random.choice(("bool_and", "bool_or")), "argument": value, "type": "bool"}

    def _of_agg(self, near: list[Ref], leaves: list[Term], sums: list[Ref]) -> dict[str, Any] | None:
        texts = [t for t in near if t.type == "text"]
        by = [self.random.choice(near)] if self.chance(0.5) else []
        source = near[0].owner
        keys = [t for t in near if t.column in self.world.key(source)]
        order = [Order(t, self.chance(0.3), self.random.choice((None, None, "first", "last"))) for t in by]
        order += [Order(t) for t in keys if t not in by]
        if texts and self.chance(0.7):
            value = self.random.choice(texts)
            distinct = self.chance(0.2)
            order = [Order(value)] if distinct else order
            found = {
                "function": "string_agg",
                "argument": value,
                "type": "text",
                "separator": self.random.choice((",", "-", "")),
            }
            if distinct:
                # with `distinct`, what is ordered by must be what is added: text both
                found["separator"] = ","
            return {**found, "distinct": distinct, "order": tuple(order)}
        value = self.random.choice([t for t in near if t.type in ("int", "text")] or [near[0]])
        return {"function": "array_agg", "argument": value, "type": "list", "order": tuple(order)}

    def _default(self, term: Term, share: float = 0.3) -> Const | None:
        if term.type in ("list", "ts") or not self.chance(share):
            return None
        if term.type in ("int", "num"):
            held = self.random.choice((0, -1, Decimal("0.5"), Decimal("0.125")))
            return Const(held, "num" if isinstance(held, Decimal) else "int")
        return Const("none", "text") if term.type == "text" else constant(self.random, term.type)

    def _aggregate(self) -> Field | None:
        found = self._bag()
        if found is None:
            return self._look()
        bag, path = found
        default = None if bag.function in ("sum", "count") else self._default(bag)
        kind = "num" if default is not None and default.type == "num" else bag.type
        to = None
        if self.chance(0.1) and bag.type in ("int", "num") and default is None:
            to = kind = self.random.choice(("num", "float"))
        return Field(self._name(), "is", bag, kind, default=default, cast=to, via=path.via)

    def _pick(self) -> Field | None:
        met = self._meet()
        if met is None:
            return self._look()
        name, path = met
        leaves = self.inputs.paths.leaves(name)
        near = [t for t in leaves if isinstance(t, Ref) and not t.steps]
        value = self.random.choice(near if self.chance(0.8) else named(near, leaves))
        which = self.random.choice(("first", "last"))
        mapping = self.chance(0.75)
        bare = self.inputs.paths.leaves(name, 0.3, bare=True) if mapping else leaves
        order = []
        for term in self.random.sample(bare, min(len(bare), self.random.choice((1, 1, 2)))):
            nulls = self.random.choice((None, None, "first", "last" if which == "first" else None))
            order.append(Order(term, self.chance(0.4), nulls))
        bag = Bag(which, name, path.way, value, value.type, self._filter(bare), order=tuple(order))
        default = self._default(bag)
        kind = "num" if default is not None and default.type == "num" else bag.type
        return Field(self._name(), which if mapping else "is", bag, kind, default=default, via=path.via)

    # values

    def _look(self) -> Field | None:
        looks: list[Term] = [*self.inputs.looks, *self.inputs.agreed]
        if not looks:
            return None
        look = self.random.choice(looks)
        default = self._default(look, 0.2)
        kind = "num" if default is not None and default.type == "num" else look.type
        return Field(self._name(), "is", look, kind, default=default)

    def _leaves(self) -> list[Term]:
        own = [Own(f.name, f.type) for f in self.done if f.type != "list"]
        looks: list[Look] = self.inputs.looks
        there = self.world.columns(self.stub.base)
        kept = [Own(n, there[n]) for n in self.stub.model.keep if there[n] != "list"]
        return [*own, *own, *kept, *self.random.sample(looks, min(4, len(looks)))]

    def _made(self) -> Field | None:
        """A value made of others of the row."""
        leaves = self._leaves()
        if not leaves:
            return None
        if self.chance(0.3):
            made: Term = condition(self.random, leaves, self.random.choice((0, 1, 2)))
        elif self.chance(0.4) and (numbers := [leaf for leaf in numeric(leaves) if not self._sums_counts(leaf)]):
            made = number(self.random, numbers, 2)
        else:
            made = anything(self.random, self.random.choice(leaves))
        return Field(self._name(), "is", made, made.type)

    def _number(self) -> Term | None:
        """A number of the row: one that is there, or an aggregate."""
        leaves = numeric(self._leaves())
        if leaves and self.chance(0.6):
            return self.random.choice(leaves)
        found = self._bag(("sum", "count", "distinct"))
        return found[0] if found and not found[1].via else None

    def _ratio(self) -> Field | None:
        left, right = self._number(), self._number()
        if left is None or right is None:
            return None
        otherwise, said = self.random.choice(((0, False), (0, True), (None, True), (-1, True)))
        return Field(self._name(), "is", Ratio(left, right, otherwise, said), "float")

    def _formula(self) -> Field | None:
        """Aggregates and values in one formula."""
        left, right = self._number(), self._number()
        if left is None or right is None:
            return None
        kind = wider(left.type, right.type)
        forms: list[Term] = [Binary(self.random.choice("+-*"), left, right, kind), Divide(left, right, kind)]
        if any(map(self._sums_counts, (left, right))):
            forms.pop()  # the sum of a count is numeric, and its quotient is not cut
        forms.append(Binary("-", Const(10, "int"), Binary("-", left, right, kind), kind))
        found = self.random.choice(forms)
        return Field(self._name(), "is", found, kind)

    def _sums_counts(self, term: Term) -> bool:
        """Whether it is a number of a model, or an aggregate of one, itself or in a column of the same model."""
        own = {f.name: f.term for f in self.done}
        if isinstance(term, Own):
            if term.name in own:
                return any(map(self._sums_counts, own[term.name].parts()))
            return not self.world.is_entity(self.stub.base)
        if isinstance(term, Look):
            return not term.steps and not self.world.is_entity(term.start)
        return isinstance(term, Bag) and not self.world.is_entity(term.source)

    def _tier(self) -> Field | None:
        days = [t for t in self._leaves() if t.type == "date"]
        value = self.random.choice(days) if days and self.chance(0.4) else self._number()
        if value is None:
            return None
        labels = LABELS[: self.random.randint(1, 4)]
        numbers = (-1, 0, 1, 2, 3, 5, 8, Decimal("2.5"))
        if value.type == "float":  # a sum of fractions reaches none of these by rounding
            numbers = tuple(n + Decimal("0.003") for n in numbers)
        bounds = self.random.sample(DAYS if value.type == "date" else numbers, len(labels))
        if self.chance(0.7):
            bounds.sort(reverse=True)
        otherwise = "rest" if self.chance(0.6) else None
        cut = tuple(zip(labels, bounds, strict=True))
        default = Const("none", "text") if self.chance(0.2) else None
        return Field(self._name(), "tier", value, "text", cut, otherwise, default)
