"""Random diagrams of the kinds that people draw."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from oracle.models import Ref
from oracle.terms import Binary, Call, Case, Const, Logic, Term
from oracle.world import Column, Entity, Link, World, chains, ident

NAMES = (
    "regions stores customers orders lines visits tickets products shipments payments agents teams logs items "
    "sessions invoices budgets claims"
).split()
STATUSES = ("open", "paid", "void")
# name -> type; the same names come back in many entities
ATTRIBUTES = {
    "amount": "num",
    "price": "num",
    "qty": "int",
    "points": "int",
    "score": "float",
    "status": "text",
    "name": "text",
    "country": "text",
    "flag": "bool",
    "day": "date",
    "at": "ts",
}

# names that have to be quoted, or are as long as PostgreSQL keeps, by type
ODD = {
    "num": ("Total €", "amount_due_" + 52 * "x"),
    "int": ("order", "Qty (pcs)"),
    "float": ("select", "wert_größe"),
    "text": ("Größe", "it's"),
    "bool": ("end", "Is paid?"),
    "date": ("user", "Day of week"),
    "ts": ("At.Time",),
}
# names of entities that have to be quoted, that the tool or SQL uses itself, or that leave no byte for a suffix
ODD_ENTITIES = ("order", "user", "Kunden", "größen", "source", "final", "grain_values", "e_" + 61 * "x", 31 * "ä")


def one(name: str) -> str:
    return name.removesuffix("s")


class Builder:
    def __init__(self, kind: str, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World(kind, seed)
        self.free = [*NAMES]
        self.random.shuffle(self.free)
        self.style = "id" if kind in ("id", "tenant") else self.random.choice(("named", "named", "id"))
        self.tenant = kind == "tenant"
        self.odd = seed % 7 == 3  # some columns have names that people give and SQL quotes

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def entity(self, name: str | None = None, key: list[Column] | None = None, few: bool = False) -> str:
        """A new entity with its own key, or this one, and some attributes."""
        name = name or self.free.pop()
        if key is None:
            own = "id" if self.style == "id" else f"{one(name)}_id"
            key = [Column(own, "int")]
            if self.tenant:
                key.insert(0, Column("tenant_id", "int"))
        columns = [*key]
        for attribute in self.random.sample(list(ATTRIBUTES), self.random.randint(1, 2 if few else 5)):
            made = self.attribute(attribute)
            if made.name not in [c.name for c in columns]:
                columns.append(made)
        table = f"t_{name}" if self.chance(0.1) else None
        self.world.entities.append(Entity(name, tuple(c.name for c in key), tuple(columns), table=table))
        return name

    def attribute(self, name: str) -> Column:
        kind = ATTRIBUTES[name]
        nullable = self.chance(0.5)
        column = Column(name, kind, nullable, said=nullable and self.chance(0.4))
        if self.odd and self.chance(0.4):
            column = replace(column, name=self.random.choice(ODD[kind]))
        elif name == "status":
            column = replace(column, values=STATUSES)
        if self.chance(0.1):
            column = replace(column, raw=f"{name.title()}X")
        if kind in ("int", "num", "date") and self.chance(0.1):
            column = replace(column, cast=True)
        return column

    def add(self, name: str, *columns: Column) -> None:
        self.world.entities = [
            replace(e, columns=(*e.columns, *columns)) if e.name == name else e for e in self.world.entities
        ]

    def change(self, name: str, **fields: object) -> None:
        self.world.entities = [replace(e, **fields) if e.name == name else e for e in self.world.entities]

    def link(
        self,
        child: str,
        parent: str,
        role: str | None = None,
        *,
        optional: bool | None = None,
        one_: bool = False,
        every: bool = False,
    ) -> Link:
        """A link over new foreign key columns of the child, or over a tenant that both have."""
        there = self.world.entity(parent)
        optional = self.chance(0.3) if optional is None else optional
        renamed = role is not None or self.chance(0.2)
        pairs, new = [], []
        mine = self.world.entity(child).names
        for key in there.key:
            if key == "tenant_id" and "tenant_id" in mine and child != parent:
                pairs.append((key, key))
                continue
            if key == "tenant_id" and child == parent:
                pairs.append((key, key))
                continue
            base = key if key.startswith(one(parent)) or (len(there.key) > 1 and key != "id") else f"{one(parent)}_id"
            name = f"{role or 'ref'}_{base}" if renamed or base in mine or child == parent else base
            while name in mine:
                name += "_2"
            kind = there.column(key).type
            wide = self.random.choice(("bigint", "smallint")) if kind == "int" and self.chance(0.15) else None
            new.append(Column(name, kind, nullable=optional and self.chance(0.85), sql=wide))
            pairs.append((name, key))
        self.add(child, *new)
        link = Link(child, parent, tuple(pairs), role, optional, one_, every, self.chance(0.4))
        self.world.links.append(link)
        return link

    def computed(self) -> None:
        """Columns that staging computes."""
        for entity in list(self.world.entities):
            if self.chance(0.3):
                self.add(entity.name, Column("calc", *self._formula(entity)))

    def versioned(self) -> None:
        """Raw tables that hold several versions of a row."""
        for entity in list(self.world.entities):
            if self.chance(0.12):
                self.add(entity.name, Column("version", "int", nullable=self.chance(0.5)))
                self.change(entity.name, latest="version")

    def _formula(self, entity: Entity) -> tuple[str, bool, Term]:
        plain = {c.type: Ref(ident(c.name), (), c.name, c.type) for c in entity.columns if c.is_ is None}
        number = plain.get("num") or plain.get("int")
        forms: list[Term] = []
        if number:
            forms.append(Binary("*", number, Const(2, "int"), number.type))
            forms.append(Call("coalesce", (number, Const(0, "int")), number.type))
        if number and "bool" in plain:
            forms.append(Case(((plain["bool"], number),), Const(-1, "int"), number.type))
        if "text" in plain:
            forms.append(Call("upper", (plain["text"],), "text"))
            known = Binary("=", plain["text"], Const("open", "text"), "bool")
            other = plain.get("bool") or Binary("=", plain["text"], Const("void", "text"), "bool")
            forms.append(
                Logic("and", (Logic("or", (known, other)), Call("coalesce", (other, Const(True, "bool")), "bool")))
            )
        if not forms:
            forms.append(Const(7, "int"))
        found = self.random.choice(forms)
        return found.type, True, found


def _tree(b: Builder, size: int, share: float = 0.4) -> None:
    """Each entity leads to one or two before it, and never on two ways to the same."""
    b.entity()
    for _ in range(size - 1):
        names = [e.name for e in b.world.entities]
        child = b.entity()
        parents = [b.random.choice(names)]
        reached = {n for n in names if chains(b.world, parents[0], n)}
        apart = [n for n in names if not reached & {m for m in names if chains(b.world, n, m)}]
        if apart and b.chance(share):
            parents.append(b.random.choice(apart))
        for parent in parents:
            b.link(child, parent, every=b.chance(0.1))


def _named(b: Builder) -> None:
    _tree(b, b.random.randint(3, 5))


def _tenant(b: Builder) -> None:
    if b.chance(0.5):
        b.entity("tenants", [Column("tenant_id", "int")], few=True)
    _tree(b, b.random.randint(3, 4))
    if b.world.is_entity("tenants"):
        for entity in b.world.entities[1:]:
            drawn = any(link.child == entity.name and link.parent == "tenants" for link in b.world.links)
            if not drawn and b.chance(0.6):
                b.world.links.append(Link(entity.name, "tenants", (("tenant_id", "tenant_id"),), turned=b.chance(0.4)))


def _diamond(b: Builder) -> None:
    top = b.entity()
    left, right = b.entity(), b.entity()
    b.link(left, top)
    b.link(right, top)
    bottom = b.entity()
    b.link(bottom, left)
    b.link(bottom, right)
    if b.chance(0.5):
        b.link(b.entity(), bottom)
    if b.chance(0.3):
        b.link(bottom, top)


def _subtype(b: Builder, parent: str, name: str) -> str:
    there = b.world.entity(parent)
    renamed = len(there.key) == 1 and b.chance(0.5)
    key = [Column(f"{one(name)}_id" if renamed else k, there.column(k).type) for k in there.key]
    b.entity(name, key, few=True)
    pairs = tuple((c.name, k) for c, k in zip(key, there.key, strict=True))
    b.world.links.append(Link(name, parent, pairs, one=True, turned=b.chance(0.5)))
    return name


def _party(b: Builder) -> None:
    b.style = "named"
    b.entity("persons", few=True)
    customers, employees = _subtype(b, "persons", "customers"), _subtype(b, "persons", "employees")
    orders = b.entity("orders")
    b.link(orders, customers, optional=b.chance(0.2))
    lines = b.entity("lines")
    b.link(lines, orders, optional=False)
    b.link(lines, b.random.choice(("persons", employees)), role=None)
    b.free = [n for n in b.free if n not in ("customers", "orders", "lines")]


def _roles(b: Builder) -> None:
    dates = b.entity("dates", [Column("day", "date")], few=True)
    facts = b.entity()
    for role in b.random.sample(("ordered", "shipped", "paid"), 2):
        b.link(facts, dates, role)
    people = b.entity()
    if b.chance(0.6):
        for role in ("buyer", "payer"):
            b.link(facts, people, role)
    else:
        b.link(facts, people)
    if b.chance(0.5):
        b.link(b.entity(), facts)


def _self(b: Builder) -> None:
    top = b.entity()
    boss = b.entity()
    b.link(boss, top)
    b.link(boss, boss, "manager", optional=True)
    b.link(b.entity(), boss)


def _subtypes(b: Builder) -> None:
    b.style = "named"
    _tree(b, 2)
    base = b.world.entities[-1].name
    sub = _subtype(b, base, b.free.pop())
    _subtype(b, base, b.free.pop())
    if b.chance(0.6):
        b.link(b.entity(), sub)
    if b.chance(0.4):
        b.link(b.entity(), base, one_=True)


def _bridge(b: Builder) -> None:
    left, right = b.entity(), b.entity()
    if b.chance(0.4):
        b.link(left, b.entity())
    name = b.free.pop()
    key, pairs = [], []
    for parent in (left, right):
        there = b.world.entity(parent)
        cols = [Column(f"{one(parent)}_id" if k == "id" else k, there.column(k).type) for k in there.key]
        key += cols
        pairs.append(tuple((c.name, k) for c, k in zip(cols, there.key, strict=True)))
    b.entity(name, key, few=True)
    for parent, tied in zip((left, right), pairs, strict=True):
        b.world.links.append(Link(name, parent, tied, turned=b.chance(0.4)))
    if b.chance(0.4):  # the owner of an order, beside those who have a credit of it
        b.link(left, right)


def _stock(b: Builder) -> None:
    place = b.entity()
    days = b.entity("dates", [Column("day", "date")], few=True) if b.chance(0.5) else None
    there = b.world.entity(place).key[-1]
    own = f"{one(place)}_id" if there == "id" else there
    name = b.free.pop()
    b.entity(name, [Column(own, "int"), Column("day", "date")], few=True)
    b.add(name, Column("balance", "num", nullable=b.chance(0.3), stock=True))
    b.world.links.append(Link(name, place, ((own, there),), turned=b.chance(0.4)))
    if days:
        b.world.links.append(Link(name, days, (("day", "day"),), turned=b.chance(0.4)))
    if b.chance(0.7):
        b.link(place, b.entity())


def _composite(b: Builder) -> None:
    keys = b.random.choice((("country", "code"), ("product_no", "area"), ("branch", "year")))
    base = b.entity(
        None,
        [
            Column(keys[0], "text" if keys[0] == "country" else "int"),
            Column(keys[1], "text" if keys[1] in ("code", "area") else "int"),
        ],
    )
    child = b.entity()
    b.link(child, base)
    if b.chance(0.6):  # a weak entity: the key of its parent and a number
        there = b.world.entity(child)
        key = [Column(f"{one(child)}_id" if k == "id" else k, there.column(k).type) for k in there.key]
        weak = b.entity(None, [*key, Column("line_no", "int")])
        b.world.links.append(Link(weak, child, tuple((c.name, k) for c, k in zip(key, there.key, strict=True))))
    if b.chance(0.5):
        b.link(b.entity(), base)


def _mixed(b: Builder) -> None:
    _tree(b, b.random.randint(3, 4))
    names = [e.name for e in b.world.entities]
    for _ in range(b.random.randint(1, 2)):
        match b.random.randrange(4):
            case 0:
                _subtype(b, b.random.choice(names), b.free.pop())
            case 1:
                child, parent = b.random.sample(names, 2)
                if names.index(child) > names.index(parent) and not _drawn(b, child, parent):
                    b.link(child, parent)
            case 2:
                boss = b.random.choice(names)
                if not _drawn(b, boss, boss):
                    b.link(boss, boss, "above", optional=True)
            case _:
                b.link(b.entity(), b.random.choice(names), one_=b.chance(0.5))


def _drawn(b: Builder, child: str, parent: str) -> bool:
    return any({link.child, link.parent} == {child, parent} for link in b.world.links)


KINDS: dict[str, Callable[[Builder], None]] = {
    "named": _named,
    "id": _named,
    "tenant": _tenant,
    "party": _party,
    "diamond": _diamond,
    "roles": _roles,
    "self": _self,
    "subtype": _subtypes,
    "bridge": _bridge,
    "stock": _stock,
    "composite": _composite,
    "mixed": _mixed,
}


def diagram(kind: str, seed: int) -> Builder:
    """A world without rows and models."""
    b = Builder(kind, seed)
    KINDS[kind](b)
    b.computed()
    _claims(b)
    b.versioned()
    b.random.shuffle(b.world.links)
    apart = random.Random(f"{kind} {seed}")
    _existing(b.world, apart)
    _oddly_named(b.world, apart)
    return b


def _existing(world: World, apart: random.Random) -> None:
    """Some entities are models of someone else, in which nothing is computed, cast or renamed."""
    for place, entity in enumerate(world.entities):
        if entity.latest is None and apart.random() < 0.12:
            columns = tuple(replace(c, raw=None, cast=False) for c in entity.columns if c.is_ is None)
            name = apart.choice(("dim_{}", "Crm {}")).format(entity.name)
            world.entities[place] = replace(entity, columns=columns, table=None, existing=name)


def _oddly_named(world: World, apart: random.Random) -> None:
    """In some worlds two entities have names that people give and SQL quotes or cuts."""
    if apart.random() > 0.2:
        return
    picked = apart.sample(world.entities, min(2, len(world.entities)))
    named = dict(zip([e.name for e in picked], apart.sample(ODD_ENTITIES, len(picked)), strict=True))
    world.entities = [replace(e, name=named.get(e.name, e.name)) for e in world.entities]
    world.links = [
        replace(k, child=named.get(k.child, k.child), parent=named.get(k.parent, k.parent)) for k in world.links
    ]


def _claims(b: Builder) -> None:
    """`determines` and `unique` over plain columns."""
    tied = {(link.child, c) for link in b.world.links for c in link.child_columns}
    tied |= {(link.parent, c) for link in b.world.links for c in link.parent_columns}
    for entity in list(b.world.entities):
        plain = [
            c
            for c in entity.columns
            if c.is_ is None and c.name not in entity.key and (entity.name, c.name) not in tied
        ]
        if len(plain) >= 2 and b.chance(0.25):
            left, right = b.random.sample(plain, 2)
            if right.type in ("text", "bool", "date"):
                b.change(entity.name, determines=(((left.name,), (right.name,)),))
        elif plain and b.chance(0.15):
            column = b.random.choice([c for c in plain if c.type in ("int", "num", "ts")] or plain)
            if column.type in ("int", "num", "ts"):
                b.change(entity.name, unique=((column.name,),), said_beside=b.chance(0.5))
