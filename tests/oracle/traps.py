"""Models that count twice or mean two things: each must be refused, with one of its codes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from oracle.conditions import condition
from oracle.models import Bag, Field, Grain, Look, Model, Ref, Way
from oracle.provenance import is_local
from oracle.random_columns import additive
from oracle.random_rows import Rows
from oracle.references import Paths
from oracle.terms import Binary, Call, Case, Const, Divide, Ratio, Term
from oracle.world import Column, Step, World, chains, ident

Trap = tuple[str, World, list[Model]]
FAN = ("E303", "E203")
_RATES = ("price", "score")  # an amount may be multiplied by these


class Trapper:
    """Traps that this diagram allows; the last model of each must be refused."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world, self.random = world, rng
        self.rows, self.paths = Rows(world, rng), Paths(world, rng)

    def all(self) -> Iterator[Trap]:
        for label, make in TRAPS.items():
            found = make(self)
            if found is not None:
                world, models = found
                yield label, world, models

    def names(self) -> list[str]:
        found = [e.name for e in self.world.entities]
        self.random.shuffle(found)
        return found

    def fans(self) -> Iterator[tuple[str, str]]:
        """(child, parent) where one link leads from many to one."""
        for child in self.names():
            for parent in self.names():
                ways = chains(self.world, child, parent) if child != parent else []
                back = chains(self.world, parent, child)
                if len(ways) == 1 and not back and not any(k.role for k in self.world.links if k.child == k.parent):
                    yield child, parent

    def number(self, name: str) -> Ref | None:
        found = [c for c in self.world.entity(name).columns if additive(self.world, name, c.name) and c.is_ is None]
        return self.ref(name, self.random.choice(found).name) if found else None

    def ref(self, name: str, column: str) -> Ref:
        return Ref(f"{ident(name)}.{ident(column)}", (), column, self.world.columns(name)[column])

    def whole(self, base: str, name: str, *fields: Field) -> Model:
        return replace(self.rows.whole(base, name), columns=fields)

    def trap(self, base: str, codes: tuple[str, ...], term: Term, via: str | None = None) -> Model:
        return replace(self.whole(base, "trap", Field("x", "is", term, term.type, via=via)), trap=codes)

    def fan(self) -> tuple[str, str, Ref, Ref] | None:
        """Child and parent with a number each; the child is no row of the parent by columns of one name."""
        for child, parent in self.fans():
            fine, coarse = self.number(child), self.number(parent)
            if fine and coarse and not self.by_name(child, parent):
                return child, parent, fine, coarse
        return None

    def by_name(self, child: str, parent: str) -> bool:
        """Whether the rest of the child's key stands in the parent, too: it may be one row by these."""
        tied = {c for k in self.world.links if k.child == child for c in k.child_columns}
        rest = {*self.world.key(child)} - tied
        return rest <= {*self.world.entity(parent).names} and not any(is_local(self.world, c) for c in rest)

    def above(self, name: str) -> str | None:
        """What many of this lead to, on the only way."""
        return next((parent for child, parent in self.fans() if child == name), None)


def bag(function: str, argument: Term, kind: str = "num", distinct: bool = False, where: Term | None = None) -> Bag:
    source = next(p for p in argument.parts() if isinstance(p, Ref)).owner
    return Bag(function, source, Way(), argument, kind, where, distinct)


Made = tuple[World, list[Model]] | None


def fan_in_a_formula(t: Trapper) -> Made:
    found = t.fan()
    if not found:
        return None
    _, parent, fine, coarse = found
    kind = "num"
    forms: list[Term] = [
        Binary("-", fine, coarse, kind),
        Binary("+", coarse, fine, kind),
        Call("coalesce", (coarse, fine), kind),
        Call("greatest", (fine, coarse), kind),
        Call("nullif", (coarse, fine), kind),
        Case(((Binary(">", fine, Const(1, "int"), "bool"), coarse),), fine, kind),
        Divide(coarse, fine, kind),
    ]
    return t.world, [t.trap(parent, FAN, bag("sum", t.random.choice(forms)))]


def rate_of_each_row_times_an_amount_of_the_whole(t: Trapper) -> Made:
    """The amount is taken once for each finer row, whatever the rate of that row is."""
    found = t.fan()
    if not found or found[3].column in _RATES:
        return None
    child, parent, fine, coarse = found
    rated = t.world.columns(child)
    rate = next((t.ref(child, name) for name in _RATES if name in rated), fine)
    forms: list[Term] = [
        Binary("*", coarse, rate, "num"),
        Binary("*", coarse, Binary("-", Const(1, "int"), rate, "num"), "num"),
        Binary("*", Binary("+", rate, Const(1, "int"), "num"), coarse, "num"),
        Binary("*", Divide(rate, Const(100, "int"), "num"), coarse, "num"),
        Case(((Binary(">", fine, Const(1, "int"), "bool"), Binary("*", coarse, rate, "num")),), None, "num"),
    ]
    term = t.random.choice(forms)
    if t.random.random() < 0.5:
        return t.world, [t.trap(parent, FAN, bag("sum", term))]
    start = t.rows.whole(child, "h1")
    key, names = t.world.key(child), start.grain_names
    looks = {ref.written: Look(ref.written, child, key, names, (), ref.column, ref.type) for ref in (coarse, rate)}
    made = Binary("*", looks[coarse.written], looks[rate.written], "num")
    helper = replace(start, columns=(Field("made", "is", made, "num"),))
    return t.world, [helper, t.trap(parent, FAN, bag("sum", Ref("h1.made", (), "made", "num")))]


def changed_share_of_an_amount(t: Trapper) -> Made:
    """Shares that are changed do not sum to one, so they do not spread an amount."""
    for child, parent in t.fans():
        coarse = t.number(parent)
        entity = t.world.entity(child)
        if not coarse or coarse.column in _RATES or t.by_name(child, parent) or "share" in entity.names:
            continue
        changed = replace(entity, columns=(*entity.columns, Column("share", "num")))
        entities = [changed if e is entity else e for e in t.world.entities]
        world = World(t.world.kind, t.world.seed, entities, t.world.links, t.world.rows)
        share = Ref(f"{ident(child)}.share", (), "share", "num")
        forms: list[Term] = [
            Binary("-", Const(1, "int"), share, "num"),
            Binary("+", share, Const(1, "int"), "num"),
            Call("greatest", (share, Const(1, "int")), "num"),
            Call("round", (share,), "num"),
            Call("coalesce", (share, Const(1, "int")), "num"),
            Binary("*", share, share, "num"),
            Case(((Binary(">", share, Const(0, "int"), "bool"), share),), Const(1, "int"), "num"),
        ]
        term = Binary("*", coarse, t.random.choice(forms), "num")
        return world, [t.trap(parent, FAN, bag("sum", term))]
    return None


def average_times_another_number(t: Trapper) -> Made:
    """Only the count of the averaged values makes a total of an average."""
    found = _below(t)
    if not found:
        return None
    _, child, parent, fine = found
    mean, count = bag("avg", fine), bag("count", fine, "int")
    part = Ratio(bag("sum", fine), count)
    others: list[Term] = [
        bag("sum", fine),
        bag("max", fine),
        bag("count", fine, "int", where=Binary(">", fine, Const(1, "int"), "bool")),
        Binary("+", count, Const(1, "int"), "int"),
        Binary("+", Binary("*", count, Const(0, "int"), "int"), Const(1, "int"), "int"),
    ]
    fields = (
        Field("mean", "is", t.random.choice([mean, part]), "num"),
        Field("other", "is", t.random.choice(others), "num"),
    )
    helper = t.whole(child, "h1", *fields)
    refs = (Ref(f"h1.{f.name}", (), f.name, "num") for f in fields)
    return t.world, [helper, t.trap(parent, ("E302",), bag("sum", Binary("*", *refs, "num")))]


def parent_added_up_by_its_children(t: Trapper) -> Made:
    found = t.fan()
    if not found:
        return None
    child, parent, _, coarse = found
    told = {c for names in t.world.entity(child).unique for c in names}  # `= 1` of these leaves one child
    told |= {*t.world.key(child), *(c for k in t.world.links if k.child == child for c in k.child_columns)}
    leaves = [r for r in t.paths.leaves(child, 0.0) if isinstance(r, Ref) and not r.steps and r.column not in told]
    if not leaves:
        return None
    term = bag(t.random.choice(("sum", "avg")), coarse, where=condition(t.random, leaves, 1))
    return t.world, [t.trap(t.above(parent) or parent, FAN, term)]


def parent_copied_and_added_up(t: Trapper) -> Made:
    found = t.fan()
    if not found:
        return None
    child, parent, _, coarse = found
    start = t.rows.whole(child, "h1")
    look = Look(coarse.written, child, t.world.key(child), start.grain_names, (), coarse.column, coarse.type)
    models = [replace(start, columns=(Field("copied", "is", look, coarse.type),))]
    if t.random.random() < 0.5:
        models.append(Model("h2", ("h1",), start.grain, whole=True, keep=("copied",)))
    source = Ref(f"{models[-1].name}.copied", (), "copied", coarse.type)
    return t.world, [*models, t.trap(parent, FAN, bag("sum", source))]


def _below(t: Trapper) -> tuple[str, str, str, Ref] | None:
    """Grandchild, child and parent on the only way, and a number of the grandchild."""
    for child, parent in t.fans():
        for grandchild, middle in t.fans():
            fine = t.number(grandchild) if middle == child else None
            if fine and len(chains(t.world, grandchild, parent)) == 1:
                return grandchild, child, parent, fine
    return None


def distinct_counts_added_up(t: Trapper) -> Made:
    found = _below(t)
    if not found:
        return None
    grandchild, child, parent, _ = found
    entity = t.world.entity(grandchild)
    tied = {c for k in t.world.links for c in (*k.child_columns, *k.parent_columns)}
    single = {c for u in entity.unique for c in u} | {c for left, _ in entity.determines for c in left}
    plain = [c for c in entity.names if c not in {*entity.key, *tied, *single} and entity.column(c).is_ is None]
    if not plain:
        return None
    counted = bag("count", t.ref(grandchild, t.random.choice(plain)), "int", distinct=True)
    helper = t.whole(child, "h1", Field("n", "is", counted, "int"))
    return t.world, [helper, t.trap(parent, ("E301",), bag("sum", Ref("h1.n", (), "n", "int")))]


def averages_added_up(t: Trapper) -> Made:
    found = _below(t)
    if not found:
        return None
    _, child, parent, fine = found
    mean = bag("avg", fine)
    forms: list[Term] = [
        mean,
        Binary("+", mean, Const(1, "int"), "num"),
        Call("coalesce", (mean, Const(0, "int")), "num"),
        Call("greatest", (mean, Const(0, "int")), "num"),
        Ratio(bag("sum", fine), bag("count", fine, "int")),
        Binary("*", Ratio(bag("sum", fine), bag("count", fine, "int")), Const(100, "int"), "float"),
        Divide(bag("sum", fine), bag("count", fine, "int"), "num"),
    ]
    helper = t.whole(child, "h1", Field("mean", "is", t.random.choice(forms), "num"))
    outer = bag(t.random.choice(("sum", "avg")), Ref("h1.mean", (), "mean", "num"))
    return t.world, [helper, t.trap(parent, ("E302",), outer)]


def stock_added_up_along_time(t: Trapper) -> Made:
    for entity in t.world.entities:
        stocks = [c for c in entity.columns if c.stock]
        place = next((k for k in t.world.links if k.child == entity.name and k.child_columns == entity.key[:1]), None)
        if not stocks or place is None or "day" not in entity.key:
            continue
        held = t.ref(entity.name, stocks[0].name)
        match t.random.randrange(4):
            case 0:
                term: Term = bag("sum", Binary("*", held, Const(2, "int"), "num"))
            case 1:
                kept = replace(t.rows.whole(entity.name, "h1"), keep=(held.column,))
                return t.world, [
                    kept,
                    t.trap(
                        place.parent, ("E309",), bag("sum", Ref(f"h1.{ident(held.column)}", (), held.column, "num"))
                    ),
                ]
            case 2:
                total = t.whole(entity.name, "h1", Field("units", "is", replace(_look(t, entity.name, held)), "num"))
                return t.world, [
                    total,
                    t.trap(place.parent, ("E309",), bag("sum", Ref("h1.units", (), "units", "num"))),
                ]
            case _:
                term = bag("sum", held)
        return t.world, [t.trap(place.parent, ("E309",), term)]
    return None


def _look(t: Trapper, base: str, ref: Ref) -> Look:
    key = t.world.key(base)
    return Look(ref.written, base, key, key, (), ref.column, ref.type)


def _is_ambiguous(t: Trapper, start: str, end: str) -> bool:
    """Whether several ways are left: those along foreign keys go first, and of these a link between the two."""
    ways = chains(t.world, start, end) if start != end else []
    referring = [way for way in ways if all(_refers(t, step) for step in way)]
    referring = referring or [way[:-1] or way for way in ways]  # to the entity that the end extends
    direct = [way for way in referring if len(way) == 1]
    return len(direct or referring) > 1 and t.world.kind != "tenant"


def _refers(t: Trapper, step: Step) -> bool:
    return (step.start, step.end, step.here) in [(k.child, k.parent, k.child_columns) for k in t.world.links]


def two_ways_to_a_value(t: Trapper) -> Made:
    for name in t.names():
        for other in t.names():
            if _is_ambiguous(t, name, other):
                plain = [c for c in t.world.entity(other).names if c not in t.world.key(other)]
                if plain:
                    look = _look(t, name, t.ref(other, t.random.choice(plain)))
                    return t.world, [t.trap(name, ("E205",), look)]
    return None


def two_ways_to_the_rows(t: Trapper) -> Made:
    for name in t.names():
        for other in t.names():
            if _is_ambiguous(t, other, name) and not chains(t.world, name, other):
                term = bag("count", t.ref(other, t.world.key(other)[0]), "int")
                return t.world, [t.trap(name, ("E205",), term)]
    return None


def two_homes_of_a_grain(t: Trapper) -> Made:
    """Two parents have the column that the rows are grouped by, none of them nearer than the other or a third."""
    for child in t.names():
        linked = {k.parent for k in t.world.links if k.child == child}
        parents = [p for c, p in t.fans() if c == child and len(chains(t.world, c, p)[0]) == 1]
        for left in parents:
            for right in parents:
                shared = {*t.world.entity(left).names} & {*t.world.entity(right).names}
                shared -= {*t.world.entity(child).names, "tenant_id"}
                shared -= {name for third in linked - {left, right} for name in t.world.entity(third).names}
                if left < right and shared and not chains(t.world, left, right) and not chains(t.world, right, left):
                    name = sorted(shared)[0]
                    grain = (Grain(name, t.world.columns(left)[name], (((), name),)),)
                    codes = ("E205", "E103", "E206")
                    return t.world, [Model("trap", (child,), grain, trap=codes)]
    return None


def bare_bag(t: Trapper) -> Made:
    for child, parent in t.fans():
        tied = {*t.world.key(child), *(c for k in t.world.links if k.child == child for c in k.child_columns)}
        plain = [c.name for c in t.world.entity(child).columns if c.name not in tied and c.is_ is None]
        if plain and not t.by_name(child, parent):
            return t.world, [t.trap(parent, ("E202",), _look(t, parent, t.ref(child, t.random.choice(plain))))]
    return None


def two_bags_in_one(t: Trapper) -> Made:
    for child, parent in t.fans():
        for other, same in t.fans():
            apart = not chains(t.world, child, other) and not chains(t.world, other, child)
            left, right = t.number(child), t.number(other)
            named = t.by_name(child, other) or t.by_name(other, child)
            if same == parent and other != child and apart and left and right and not named:
                return t.world, [t.trap(parent, FAN, bag("sum", Binary("*", left, right, "num")))]
    return None


def determined_added_up(t: Trapper) -> Made:
    """One value for each order number, repeated on each of its lines."""
    for child, parent in t.fans():
        entity = t.world.entity(child)
        found = t.number(child)
        tied = {c for k in t.world.links for c in k.child_columns}
        left = [c for c in entity.columns if c.is_ is None and c.name not in {*entity.key, *tied} and not c.nullable]
        left = [c for c in left if found and c.name != found.column and not entity.unique]
        if found and left:
            changed = replace(entity, determines=(((left[0].name,), (found.column,)),))
            entities = [changed if e is entity else e for e in t.world.entities]
            world = World(t.world.kind, t.world.seed, entities, t.world.links, t.world.rows)
            return world, [t.trap(parent, FAN, bag("sum", found))]
    return None


def equal_values_added_once(t: Trapper) -> Made:
    """Equal amounts of two rows are two amounts."""
    for child, parent in t.fans():
        found = t.number(child)
        entity = t.world.entity(child)
        single = {c for u in entity.unique for c in u}
        if found and found.column not in single:
            return t.world, [t.trap(parent, FAN, bag("sum", found, distinct=True))]
    return None


def empty_grain(t: Trapper) -> Made:
    for name in t.names():
        for column in t.world.entity(name).columns:
            if column.said and column.is_ is None and column.type in ("text", "int", "date"):
                grain = (Grain(column.name, column.type, (((), column.name),)),)
                return t.world, [Model("trap", (name,), grain, trap=("E103",))]
    return None


def one_name_of_two_types(t: Trapper) -> Made:
    names = next(
        (
            [a, b]
            for a in t.names()
            for b in t.names()
            if a != b and not {*chains(t.world, a, b), *chains(t.world, b, a)}
        ),
        None,
    )
    if names is None:
        return None  # where a link leads from one to the other, it decides
    marks = (Column("mark", "int"), Column("mark", "text"))
    entities = [
        replace(e, columns=(*e.columns, marks[names.index(e.name)])) if e.name in names else e for e in t.world.entities
    ]
    world = World(t.world.kind, t.world.seed, entities, t.world.links, t.world.rows)
    grain = (Grain("mark", "int", (((), "mark"), ((), "mark"))),)
    return world, [Model("trap", tuple(names), grain, trap=("E206",))]


def coarse_and_added_up(t: Trapper) -> Made:
    """What is known of a part of the grain only, added up over the rest."""
    for child, parent in t.fans():
        link = next((k for k in t.world.links if (k.child, k.parent) == (child, parent) and not k.role), None)
        other = next((c for c, p in t.fans() if p == parent and c != child and not chains(t.world, c, child)), None)
        fine = t.number(other) if other else None
        entity = t.world.entity(child)
        plain = [c for c in entity.columns if not c.nullable and c.is_ is None and c.name not in entity.key]
        plain = [
            c for c in plain if c.type in ("text", "bool", "date", "int") and link and c.name not in link.child_columns
        ]
        if not link or link.optional or not other or not fine or not plain or chains(t.world, child, other):
            continue
        plain = [c for c in plain if not any(k.child == child and c.name in k.child_columns for k in t.world.links)]
        if not plain:
            continue
        column = plain[0]
        reached = [e.name for e in t.world.entities if e.name == other or chains(t.world, other, e.name)]
        if any(column.name in t.world.columns(n) for n in reached):
            continue
        types = t.world.columns(child)
        columns = (*link.child_columns, column.name)
        grain = tuple(Grain(c, types[c], (((), c),)) for c in columns)
        home = ((parent, link.child_columns, link.parent_columns),)
        helper = Model("h1", (child,), grain, home, columns=(Field("part", "is", bag("sum", fine), fine.type),))
        return t.world, [helper, t.trap(parent, FAN, bag("sum", Ref("h1.part", (), "part", fine.type)))]
    return None


TRAPS: dict[str, Callable[[Trapper], Made]] = {
    f.__name__.replace("_", " "): f
    for f in (
        fan_in_a_formula,
        rate_of_each_row_times_an_amount_of_the_whole,
        changed_share_of_an_amount,
        average_times_another_number,
        parent_added_up_by_its_children,
        parent_copied_and_added_up,
        distinct_counts_added_up,
        averages_added_up,
        stock_added_up_along_time,
        two_ways_to_a_value,
        two_ways_to_the_rows,
        two_homes_of_a_grain,
        bare_bag,
        two_bags_in_one,
        determined_added_up,
        equal_values_added_once,
        empty_grain,
        one_name_of_two_types,
        coarse_and_added_up,
    )
}
