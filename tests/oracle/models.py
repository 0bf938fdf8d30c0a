"""Models of the spec language, and what each of their cells is: naive loops over rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oracle.terms import Const, Term, cast
from oracle.values import ZEROS, Value, added, divided, ordered
from oracle.world import Row, Step, Tables, World, ident


class Read(Term):
    """What only the row knows, of a model or of an input."""

    def value(self, read: Any) -> Value:
        return read(self)


class Written(Read):
    """A reference that the inventor wrote, for it knows the chain."""

    written: str

    def text(self) -> str:
        return self.written

    @property
    def owner(self) -> str:
        """The entity or model with which the reference begins."""
        return self.written.split(".", maxsplit=1)[0].strip('"')


@dataclass(frozen=True)
class Ref(Written):
    """A column of the row of an input, or of a row that it leads to."""

    written: str
    steps: tuple[Step, ...]
    column: str
    type: str


@dataclass(frozen=True)
class Own(Read):
    """Another column of the model, by its bare name."""

    name: str
    type: str

    def text(self) -> str:
        return ident(self.name)


@dataclass(frozen=True)
class Look(Written):
    """A value that the grain leads to: the row of `start` whose `columns` are the grain's `grain`, and from it on."""

    written: str
    start: str
    columns: tuple[str, ...]
    grain: tuple[str, ...]
    steps: tuple[Step, ...]
    column: str
    type: str


@dataclass(frozen=True)
class Agreed(Written):
    """A column of the rows that is the same in the whole group, as `determines` claims."""

    written: str
    column: str
    type: str


@dataclass(frozen=True)
class Part:
    """Some columns of the grain, and where a row of the input holds them: at the end of steps.

    `way`: the whole chain, its last step included where the row before it holds the same values.
    """

    steps: tuple[Step, ...]
    columns: tuple[str, ...]
    grain: tuple[str, ...]
    way: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Way:
    """How an input meets the rows. `own`: it is the rows themselves, filtered as they are. `over`: rows of a bridge
    meet them, each of which leads to a row of the input by `there`."""

    parts: tuple[Part, ...] = ()
    own: bool = False
    over: str | None = None
    there: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Order:
    term: Term
    descending: bool = False
    nulls: str | None = None

    def text(self) -> str:
        return self.term.text() + (" desc" if self.descending else "") + (f" nulls {self.nulls}" if self.nulls else "")


@dataclass(frozen=True)
class Bag(Read):
    """An aggregate, or `first` and `last`, over the rows of an input. `argument` None: `count(*)`."""

    function: str
    source: str
    way: Way
    argument: Term | None
    type: str
    filter: Term | None = None
    distinct: bool = False
    order: tuple[Order, ...] = ()
    separator: str | None = None

    def text(self) -> str:
        inner = "*" if self.argument is None else self.argument.text()
        inner = f"distinct {inner}" if self.distinct else inner
        inner += f", '{self.separator}'" if self.separator is not None else ""
        inner += f" order by {', '.join(o.text() for o in self.order)}" if self.order else ""
        behind = f" filter (where {self.filter.text()})" if self.filter else ""
        return f"{self.function}({inner}){behind}"

    def parts(self) -> Iterator[Term]:
        yield self
        for term in (self.argument, self.filter, *(o.term for o in self.order)):
            if term:
                yield from term.parts()


@dataclass(frozen=True)
class Field:
    """A column of a model. `form` is `is`, `first`, `last` or `tier`; a pick's term is a Bag that is written apart."""

    name: str
    form: str
    term: Term
    type: str
    cut: tuple[tuple[str, Value], ...] = ()
    otherwise: str | None = None
    default: Const | None = None
    cast: str | None = None
    via: str | None = None


@dataclass(frozen=True)
class Grain:
    """A column of the grain: where the rows of each source hold it."""

    name: str
    type: str
    sources: tuple[tuple[tuple[Step, ...], str], ...]


@dataclass(frozen=True)
class Model:
    """`home`: (entity, columns of the grain, columns of the entity) for each entity whose row the grain tells.

    `loose`: the codes with one of which it may be refused, too. `traits`: what kind of model it is, for reports.
    `trap`: the codes with one of which it must be refused.
    """

    name: str
    rows: tuple[str, ...]
    grain: tuple[Grain, ...]
    home: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = ()
    where: Term | None = None
    keep: tuple[str, ...] = ()
    keep_all: bool = False
    columns: tuple[Field, ...] = ()
    match: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    via: str | tuple[str, str] | None = None  # a role, or an input and its role
    by_hand: bool = False  # written as `sql:`
    loose: tuple[str, ...] = ()
    whole: bool = False
    traits: tuple[str, ...] = ()
    trap: tuple[str, ...] = ()

    @property
    def grain_names(self) -> tuple[str, ...]:
        return tuple(g.name for g in self.grain)

    def homes(self, world: World) -> Sequence[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        return self.home

    def types(self, world: World) -> dict[str, str]:
        found = {g.name: g.type for g in self.grain}
        there = world.columns(self.rows[0])
        return found | {k: there[k] for k in self.keep} | {f.name: f.type for f in self.columns}

    def reads(self) -> set[str]:
        """The entities and models that it names or passes."""
        found = {*self.rows, *(name for name, _ in self.match)}
        for term in self.terms():
            if isinstance(term, Bag):
                found |= {term.source, term.way.over or term.source}
            elif isinstance(term, Look):
                found.add(term.start)
        return found | {n for s in self.steps() for n in (s.start, s.end)}

    def steps(self) -> Iterator[Step]:
        """All steps that its columns and its grain take."""
        for grain in self.grain:
            for way, _ in grain.sources:
                yield from way
        for term in self.terms():
            if isinstance(term, Bag):
                yield from term.way.there
                for part in term.way.parts:
                    yield from part.way
            elif isinstance(term, Look | Ref):
                yield from term.steps

    def terms(self) -> Iterator[Term]:
        for term in (self.where, *(f.term for f in self.columns)):
            if term is not None:
                yield from term.parts()


class _Group:
    """One row of a model: reads what its columns name."""

    def __init__(self, world: World, tables: Tables, model: Model, key: tuple[Value, ...], rows: list[list[Row]]):
        self.world, self.tables, self.model, self.rows = world, tables, model, rows
        self.grain = dict(zip(model.grain_names, key, strict=True))
        self.fields = {f.name: f for f in model.columns}
        self.known: dict[str, Value] = dict(self.grain)
        for name in model.keep:
            self.known[name] = rows[0][0][name]

    def __call__(self, term: Term) -> Value:
        if isinstance(term, Own):
            return self.cell(term.name)
        if isinstance(term, Look):
            end = self.tables.walk(self._start(term), term.steps)
            return None if end is None else end[term.column]
        if isinstance(term, Agreed):
            return self.rows[0][0][term.column]
        assert isinstance(term, Bag)
        return self._bag(term)

    def _start(self, look: Look) -> Row | None:
        """The row where the way begins; to a model that lists these values, none is needed."""
        values = [self.grain[g] for g in look.grain]
        if look.steps and look.steps[0].listed and set(look.steps[0].here) == set(look.columns):
            return dict(zip(look.columns, values, strict=True))
        return self.tables.find(look.start, look.columns, values)

    def cell(self, name: str) -> Value:
        if name not in self.known:
            self.known[name] = _field(self.fields[name], self)
        return self.known[name]

    def _bag(self, term: Bag) -> Value:
        bag = self._members(term)
        if term.filter is not None:
            condition = term.filter
            bag = [r for r in bag if condition.value(reader(self.tables, r)) is True]
        return folded(term, bag, self.tables, self.world.key(term.source))

    def _members(self, term: Bag) -> list[Row]:
        if term.way.own:
            return self.rows[self.model.rows.index(term.source)]
        rows = self.tables.rows[term.way.over or term.source]
        found = [self.tables.walk(r, term.way.there) for r in rows if all(self._meets(r, p) for p in term.way.parts)]
        return [r for r in found if r is not None]

    def _meets(self, row: Row, part: Part) -> bool:
        end = self.tables.walk(row, part.steps)
        pairs = zip(part.columns, part.grain, strict=True)
        return end is not None and all(end[c] is not None and end[c] == self.grain[g] for c, g in pairs)


def reader(tables: Tables, row: Row) -> Callable[[Any], Value]:
    """Reads references from one row of an input."""

    def read(ref: Any) -> Value:
        end = tables.walk(row, ref.steps)
        return None if end is None else end[ref.column]

    return read


def _field(field: Field, read: Any) -> Value:
    found = field.term.value(read)
    if field.form == "tier":
        found = tier(found, field.cut, field.otherwise)
    if field.cast:
        found = cast(found, field.cast)
    return field.default.held if found is None and field.default else found


def tier(value: Value, cut: Sequence[tuple[str, Value]], otherwise: str | None) -> str | None:
    """The label of the highest bound that is reached; nothing of nothing."""
    if value is None:
        return None
    for label, bound in sorted(cut, key=lambda c: c[1], reverse=True):
        if value >= bound:
            return label
    return otherwise


def folded(term: Bag, bag: Sequence[Row], tables: Tables, key: Sequence[str]) -> Value:
    """One value of a bag."""
    if term.function in ("first", "last"):
        return _picked(term, bag, tables, key)
    if term.argument is None:
        return len(bag)
    rows = ordered(bag, _by(term.order, tables)) if term.order else list(bag)
    values = [term.argument.value(reader(tables, r)) for r in rows]
    if term.function == "array_agg":
        return values or None
    values = [v for v in values if v is not None]
    if term.distinct:
        values = list(dict.fromkeys(values))
    return _FOLDS[term.function](values, term)


_FOLDS: Mapping[str, Callable[[list[Value], Bag], Value]] = {
    "sum": lambda v, t: added(v) if v else ZEROS[t.type],  # `/` asks which kind of zero it is
    "count": lambda v, t: len(v),
    "min": lambda v, t: min(v) if v else None,
    "max": lambda v, t: max(v) if v else None,
    "avg": lambda v, t: _mean(v) if v else None,
    "bool_and": lambda v, t: all(v) if v else None,
    "bool_or": lambda v, t: any(v) if v else None,
    "string_agg": lambda v, t: (t.separator or "").join(v) if v else None,
}


def _mean(values: list[Value]) -> Value:
    total = added(values)
    return total / len(values) if isinstance(total, float) else divided(Decimal(total), len(values))


def _by(order: Sequence[Order], tables: Tables) -> list[tuple[Callable[[Row], Value], bool, bool]]:
    """As SQL orders: NULL is higher than all else, unless said."""
    return [
        (
            lambda row, term=o.term: term.value(reader(tables, row)),
            o.descending,
            o.nulls == "first" if o.nulls else o.descending,
        )
        for o in order
    ]


def _picked(term: Bag, bag: Sequence[Row], tables: Tables, key: Sequence[str]) -> Value:
    """The value in the first row; for the last every direction is turned. A row without an order value loses, unless
    `nulls first` says that it is the first. The key decides between equals."""
    turned = term.function == "last"
    by = [
        (read, descending != turned, o.nulls == "first" and not turned)
        for (read, descending, _), o in zip(_by(term.order, tables), term.order, strict=True)
    ]
    by += [(lambda row, k=k: row[k], turned, False) for k in key]
    rows = ordered(bag, by)
    assert term.argument is not None
    return term.argument.value(reader(tables, rows[0])) if rows else None


def evaluate(model: Model, world: World, tables: Tables) -> list[dict[str, Value]]:
    """The rows of the model, and in `tables` what later models read."""
    groups: dict[tuple[Value, ...], list[list[Row]]] = {}
    for place, source in enumerate(model.rows):
        for row in tables.rows[source]:
            if model.where is not None and model.where.value(reader(tables, row)) is not True:
                continue
            ends = [(tables.walk(row, g.sources[place][0]), g.sources[place][1]) for g in model.grain]
            key = tuple(end[column] if end else None for end, column in ends)
            assert None not in key, f"{model.name}: the grain is empty in {row}"
            groups.setdefault(key, [[] for _ in model.rows])[place].append(row)
    found = []
    for key, rows in groups.items():
        group = _Group(world, tables, model, key, rows)
        names = [*model.grain_names, *model.keep, *(f.name for f in model.columns)]
        found.append({name: group.cell(name) for name in names})
    tables.rows[model.name] = list(found)
    return found


def evaluated(world: World) -> Tables:
    """Every entity with its computed columns, and every model in order."""
    tables = Tables()
    for entity in world.entities:
        tables.rows[entity.name] = [_staged(entity.columns, row) for row in world.rows[entity.name]]
    for model in world.models:
        evaluate(model, world, tables)
    return tables


def _staged(columns: Sequence[Any], raw: Mapping[str, Value]) -> dict[str, Value]:
    row = dict(raw)
    for column in columns:
        if column.is_ is not None:
            row[column.name] = column.is_.value(lambda ref, row=row: row[ref.column])
    return {c.name: row[c.name] for c in columns}
