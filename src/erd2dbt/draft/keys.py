"""Keys that nobody declared, proposed from names, types, constraints and links: ranked, each with its evidence.

A candidate that a declared link contradicts is none: where many rows lead to one of another table, the columns of the
link tell no row apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram.erd import TODO
from erd2dbt.draft.undeclared import by_names, ends_of, with_links
from erd2dbt.draft.values import Draft, DraftColumn, DraftEntity, DraftLink, Remark
from erd2dbt.infer.references import is_copy, is_named_after, plain, prefix_of
from erd2dbt.infer.vocabulary import last, senses, tokens
from erd2dbt.infer.words import is_rank, is_time, last_word
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

_ID = re.compile(r"(?:^|_)id(?:_?\d+)?_?$|[a-z]I[dD]$|(?<=[a-z])id$|_key$|_code$", re.ASCII)
_NO_ID = ("paid", "unpaid", "prepaid", "valid", "invalid", "void", "bid", "grid", "solid", "covid")
_MOST = 4  # ids in a key
_PLACE = re.compile(r"(?:line|item|row|seq|pos)(?:no|nr|num|number|item)?")
_CODES = ("sku", "code", "iso_code", "iata", "iata_code", "number", "slug", "username", "email", "name", "title")
_HEADS = re.compile(r"_?(?:header|head|master|main|base|history|archive|log)$")
_COPY = re.compile(r"(?:archive|history|log|backup|old|copy)s?")
_HISTORY = ("history", "price", "rate", "cost", "quota", "snapshot", "version", "audit", "daily", "monthly", "balance")
_PERIOD = re.compile(r"(?:^|_)(?:year|month|week|quarter|day|version|locale|lang(?:uage)?)(?:_(?:id|code|no))?$")
_ENOUGH = 2.0  # from which on a candidate is proposed


@dataclass(frozen=True, slots=True)
class Candidate:
    columns: tuple[str, ...]
    score: float
    why: str


def with_proposals(draft: Draft) -> Draft:
    """The draft with a key wherever names tell one and none is drawn, and with the links that names leave no choice
    about."""
    keyed = with_keys(draft)
    return with_links(keyed, by_names(keyed))


def with_keys(draft: Draft) -> Draft:
    around = Neighbours(draft)
    return replace(draft, entities=tuple(_with_key(around, one) for one in draft.entities))


def _with_key(around: Neighbours, one: DraftEntity) -> DraftEntity:
    if one.key != (TODO,):
        return one
    key, why = next(_named_keys(around, one), ((TODO,), ""))
    return replace(one, key=key, key_comment=Remark.INFERRED(why)) if why else one


def named_keys(draft: Draft, one: DraftEntity) -> Iterator[tuple[tuple[str, ...], str]]:
    """(columns, evidence), the surest first."""
    return _named_keys(Neighbours(draft), one)


def _named_keys(around: Neighbours, one: DraftEntity) -> Iterator[tuple[tuple[str, ...], str]]:
    size = len(prefix_of(column.name for column in one.columns))
    if size:
        yield from _prefixed_keys(around, one, size)
        return
    table = _Table(around, one)
    found: dict[tuple[str, ...], Candidate] = {}
    for candidate in _candidates(table):
        known = found.get(candidate.columns)
        if known is None or known.score < candidate.score:
            found[candidate.columns] = candidate
    for candidate in sorted(found.values(), key=lambda c: (-c.score, len(c.columns))):
        if candidate.score >= _ENOUGH and not table.is_contradicted(candidate.columns):
            yield candidate.columns, candidate.why


def _prefixed_keys(around: Neighbours, one: DraftEntity, size: int) -> Iterator[tuple[tuple[str, ...], str]]:
    """Of a table whose columns all begin with a mark of it: `o_orderkey`."""
    short = {column.name: column.name[size:] for column in one.columns}
    names = {short: name for name, short in short.items()}
    columns = tuple(replace(column, name=short[column.name]) for column in one.columns)
    cut = replace(one, columns=columns, uniques=tuple(tuple(short.get(n, n) for n in some) for some in one.uniques))
    own = Neighbours(replace(around.draft, entities=(cut,), links=()))
    own.foreign = {one.name: {short.get(name, name) for name in around.foreign.get(one.name, ())}}
    own.many = {one.name: [frozenset(short.get(n, n) for n in some) for some in around.many.get(one.name, ())]}
    own.others = tuple(other.name for other in around.draft.entities if other.name != one.name)
    for key, why in _named_keys(own, cut):
        yield tuple(names[name] for name in key), why


@dataclass
class Neighbours:
    """The draft as each of its tables sees it."""

    draft: Draft
    foreign: dict[str, set[str]] = field(default_factory=dict)  # entity -> the columns by which it refers to others
    many: dict[str, list[frozenset[str]]] = field(default_factory=dict)  # and those by which many rows do
    others: tuple[str, ...] = ()  # tables beside those of the draft

    def __post_init__(self) -> None:
        for link in self.draft.links:
            left, right = ends_of(link)
            self.foreign.setdefault(left, set()).update(a for a, _ in link.pairs)
            for entity, columns in _many(link, left, right):
                self.many.setdefault(entity, []).append(columns)

    @cached_property
    def firsts(self) -> dict[str, list[DraftEntity]]:
        """The name of a first column -> the tables that begin with it."""
        found: dict[str, list[DraftEntity]] = {}
        for one in self.draft.entities:
            found.setdefault(one.columns[0].name if one.columns else "", []).append(one)
        return found

    @cached_property
    def holders(self) -> dict[str, list[str]]:
        """The name of a column -> the tables that have it."""
        found: dict[str, list[str]] = {}
        for one in self.draft.entities:
            for column in one.columns:
                found.setdefault(column.name, []).append(one.name)
        return found

    def named_after(self, column: str, but: str) -> list[str]:
        """The other tables that a column is named after."""
        names = [*(one.name for one in self.draft.entities), *self.others]
        return [name for name in names if name != but and is_named_after(column, name)]


def _many(link: DraftLink, left: str, right: str) -> Iterator[tuple[str, frozenset[str]]]:
    """The end that is drawn with a crow's foot, and its columns."""
    _, caps, _ = link.text.split()
    if link.pairs and caps.startswith("}"):
        yield left, frozenset(a for a, _ in link.pairs)
    if link.pairs and caps.endswith("{"):
        yield right, frozenset(b for _, b in link.pairs)


@dataclass
class _Table:
    around: Neighbours
    one: DraftEntity

    @cached_property
    def columns(self) -> list[DraftColumn]:
        return [column for column in self.one.columns if column.name != TODO]

    @cached_property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @cached_property
    def foreign(self) -> set[str]:
        return self.around.foreign.get(self.one.name, set()) & set(self.names)

    @cached_property
    def filled(self) -> set[str]:
        return {column.name for column in self.columns if column.fields.get("not_null")}

    @cached_property
    def ids(self) -> list[str]:
        return [name for name in self.names if name in self.foreign or is_id(name)]

    def may_be_null(self, columns: Iterable[str]) -> bool:
        """Where the schema says of any column that it is never NULL, the others may be."""
        return bool(self.filled) and not self.filled.issuperset(columns)

    def is_contradicted(self, columns: tuple[str, ...]) -> bool:
        return any(set(columns) <= some for some in self.around.many.get(self.one.name, ()))


_Rule = Callable[[_Table], Iterator[Candidate]]


def _candidates(table: _Table) -> Iterator[Candidate]:
    for rule in (_declared, _own, _places, _pairs, _leading, _codes):
        yield from rule(table)


def _declared(table: _Table) -> Iterator[Candidate]:
    """What the schema says is unique."""
    alone = [(column.name,) for column in table.columns if column.fields.get("unique")]
    for some in (*alone, *table.one.uniques):
        own = len(some) == 1 and (is_named_after(some[0], table.one.name) or is_id(some[0]))
        if not table.may_be_null(some):
            why = "it is declared unique and never NULL" if table.filled else "it is declared unique"
            yield Candidate(some, 5.0 + own, why)
        elif len(some) > 1 and table.filled.intersection(some):
            empty = ", ".join(name for name in some if name not in table.filled)
            yield Candidate(some, 2.5, f"it is declared unique, though {empty} may be NULL")


def _own(table: _Table) -> Iterator[Candidate]:
    own = [name for name in table.names if is_named_after(name, table.one.name)]
    found = own or _first(table) or _last(table)
    if len(found) == 1:
        yield Candidate((found[0],), 4.0, "by its name")


def _last(table: _Table) -> list[str]:
    """`touchpoint_id` of `attribution_touchpoints`, where no other table is named so."""
    own = [name for name in table.names if is_named_after(name, last_word(table.one.name))]
    own = [name for name in own if len(table.around.holders.get(name, ())) == 1]
    return [name for name in own if name == table.names[0] and not table.around.named_after(name, "")]


def _first(table: _Table) -> list[str]:
    """`order_id` of `order_headers`, where it comes first and no other table is named so."""
    if not table.names:
        return []
    name, entity = table.names[0], plain(table.one.name)
    stem = re.sub(r"(?:id|key|code|no)$", "", plain(name))
    is_own = (is_id(name) or plain(name).endswith("key")) and len(stem) > 2 and entity.startswith(stem)
    if not is_own or name in table.foreign or table.around.named_after(name, table.one.name):
        return []
    head = plain(singular(_HEADS.sub("", snake(table.one.name))))
    others = [other for other in table.around.firsts.get(name, ()) if other.name != table.one.name]
    is_head = head == stem or is_named_after(name, _HEADS.sub("", singular(snake(table.one.name))))
    own_ids = [any(is_named_after(c.name, other.name) for c in other.columns) for other in others]
    copies = [plain(o.name).startswith(entity) or _COPY.fullmatch(entity.removeprefix(plain(o.name))) for o in others]
    alone = all(own or bool(copy) for own, copy in zip(own_ids, copies, strict=True))
    return [name] if is_head or alone else []


def _places(table: _Table) -> Iterator[Candidate]:
    """A place within something: `order_id`, `line_no`."""
    places = [c.name for c in table.columns if is_place(c.name, c.type) and not table.may_be_null([c.name])]
    first = table.ids[:1]
    own = any(is_named_after(name, table.one.name) for name in table.names)
    if len(places) == 1 and first and first != places and not own and not table.may_be_null(first):
        within = first[0] in table.foreign or plain(table.one.name).startswith(plain(first[0]).removesuffix("id"))
        if within or table.names[:2] == [first[0], places[0]]:
            yield Candidate((first[0], places[0]), 4.5, "by their names: a place within something")


def _pairs(table: _Table) -> Iterator[Candidate]:
    ids = [name for name in table.ids if not table.may_be_null([name])]
    if len(ids) < 2 or len(ids) > _MOST:
        return
    others = [column for column in table.columns if column.name not in ids]
    if not others:
        yield Candidate(tuple(ids), 3.5, "every column refers to another table, so the pair is the row")
    elif len(ids) == len(table.ids) and all(_is_upkeep(column) for column in others):
        yield Candidate(tuple(ids), 3.0, "it contains only ids and audit columns")
    elif not table.filled:
        yield Candidate(tuple(ids), 2.0, "ids of several other things, and nothing else that distinguishes rows")


def _leading(table: _Table) -> Iterator[Candidate]:
    """The ids with which a table begins, then a day, a period or a place: `product_id, valid_from`."""
    run: list[str] = []
    for column in table.columns:
        tells = column.name in table.ids and not is_copy(column.name)
        counts = bool(run) and _counts_within(table, column)
        if column.name not in table.filled or not (tells or counts or _is_period(column)):
            break
        run.append(column.name)
        if len(run) == _MOST:
            break
    ids = [name for name in run if name in table.ids]
    if not ids:
        return
    rest = table.columns[len(run) :]
    if len(run) > 1:
        yield Candidate(tuple(run), 2.5, "ids and periods that are never NULL, with which it begins")
    after = rest[0] if rest else None
    kept = after is not None and after.name in table.filled
    if kept and after is not None and (_is_day(after) or is_place(after.name, after.type)):
        if len(run) == 1 or says_history(table.one.name) or is_place(after.name, after.type):
            why = "ids, and a day or a place, that are never NULL, with which it begins"
            yield Candidate((*run, after.name), 2.75, why)
    elif len(run) == 1 and _is_one_to_one(table, run[0]):
        yield Candidate((run[0],), 2.25, "the id with which it begins, and it is not a collection")
    elif len(run) == 1 and _is_referred_to(table, run[0]):
        yield Candidate((run[0],), 2.25, "the id with which it begins, and others refer to it by that")


def _counts_within(table: _Table, column: DraftColumn) -> bool:
    """The how-manieth of what the table is of: `lap` of `lap_times`."""
    name = plain(column.name)
    return family(column.type) == "integer" and len(name) > 2 and name in plain(table.one.name)


def _is_one_to_one(table: _Table, column: str) -> bool:
    """A table of single things that begins with the id of another: `employee (person_id, …)`, not `person_phones`."""
    entity, end = table.one.name, last(table.one.name)
    stem = plain(column).removesuffix("id")
    if end is None or end.is_plural or end.senses & {"occurrence", "detail", "snapshot"}:
        return False
    others = [name for name in table.ids if name != column and name in table.filled and _leads(table, name)]
    return not others and len(table.columns) > 2 and not plain(entity).startswith(stem)


def _leads(table: _Table, column: str) -> bool:
    return column in table.foreign or bool(table.around.named_after(column, table.one.name))


def _is_referred_to(table: _Table, column: str) -> bool:
    """Whether no other table is named after an id or begins with it alone, and another holds it."""
    others = [one for one in table.around.firsts.get(column, ()) if one.name != table.one.name]
    if _leads(table, column) or any(not _begins_with_more(one) for one in others):
        return False
    return len(table.around.holders.get(column, ())) > 1


def _begins_with_more(one: DraftEntity) -> bool:
    """Whether its second column is an id or a period too, so that the first alone is no key."""
    return len(one.columns) > 1 and (is_id(one.columns[1].name) or _is_period(one.columns[1]))


def says_history(entity: str) -> bool:
    return any(word.text in _HISTORY or singular(word.text) in _HISTORY for word in tokens(entity))


def _codes(table: _Table) -> Iterator[Candidate]:
    """A code or a name by which people tell rows apart, where there is no id."""
    names = table.names
    if not names or table.foreign or table.ids[:1] == names[:1]:
        return
    own = f"{singular(table.one.name)}_"
    codes = [n for code in _CODES for n in names if n.rstrip("_").lower() in (code, f"{own}{code}")]
    if codes:
        name = codes[0]
        is_first = name == names[0]
        if not table.may_be_null([name]) and (is_first or not table.ids):
            yield Candidate((name,), 2.5 if is_first else 2.0, "by its name, it distinguishes rows")
    first = table.columns[0]
    coded = any(
        word.text in ("iso", "iata", "icao", "code", "abbreviation", "abbr", "symbol") for word in tokens(first.name)
    )
    if coded and first.name in table.filled:
        yield Candidate((first.name,), 3.0, "a code that is never NULL, with which it begins")


def _is_day(column: DraftColumn) -> bool:
    """A day from which on something holds, or on which it happened."""
    no_part = {"written", "created", "deleted", "biography", "ended"}
    return is_time(column.name, column.type) and (
        "validity" in senses(column.name) or not senses(column.name) & no_part or says_history(column.name)
    )


def _is_period(column: DraftColumn) -> bool:
    return bool(_PERIOD.search(snake(column.name)))


def _is_upkeep(column: DraftColumn) -> bool:
    found = senses(column.name)
    return is_copy(column.name) or (is_time(column.name, column.type) and bool(found & {"written", "created"}))


def is_id(name: str) -> bool:
    """`order_id`, `orderId`, `currency_code`."""
    return bool(_ID.search(name)) and not is_copy(name) and name not in _NO_ID


def is_place(name: str, kind: str | None) -> bool:
    """A number that tells the place within something else: `line_no`, `lineNumber`, `seq`; no version of it."""
    found: Sequence[str] = [word.text for word in tokens(name)]
    if any(word in ("revision", "version", "order", "account", "phone", "document") for word in found[:-1]):
        return False
    return is_rank(snake(name), kind) or bool(_PLACE.fullmatch(plain(name)))


def is_code(name: str) -> bool:
    """A name by which people tell one thing from another: `sku`, `product_name`."""
    return name in _CODES or name.rpartition("_")[2] in _CODES
