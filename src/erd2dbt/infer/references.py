"""Undeclared references inferred from names: `billing_address_id` refers to `addresses`.

A name alone proves nothing: `discover/` checks these candidates against rows. Without rows, only unambiguous candidates
count.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from erd2dbt.datatypes.postgres import family
from erd2dbt.infer.closeness import Closeness, Column, Distance
from erd2dbt.infer.key_types import is_fraction, kind_of
from erd2dbt.infer.naming_styles import NamingStyles, naming_styles
from erd2dbt.infer.people import may_act, table_of_people
from erd2dbt.infer.roles import PLURALS, is_above, is_linked, plays_a_part
from erd2dbt.infer.vocabulary import senses, word_list
from erd2dbt.infer.words import last_word
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake as snake_of
from erd2dbt.read.boxes.layers import bare

_PREFIX = re.compile(r"[a-z]{1,3}_(?=.)")  # share of a table's columns
_NUMBERED = re.compile(r"(?<=_id)_?\d+$")  # `concept_id_1`
_IDS = re.compile(r"_id$")
GENERIC = frozenset(("id", "key", "code", "name", "date", "number", "uuid", "type", "status", "title", "value"))
_GENERAL = GENERIC | frozenset(word_list("general_key"))
_CODES = frozenset(("code", "no", "number", "sku", "key", "uuid"))  # unique besides a key; others refer to these, too
_SHORTEST = 6  # letters of a name that may end another name without a `_` before it
_GLUED = 5  # letters of the last word of a name such as `order_shippingevent`
_CODED = re.compile(r"(?:id|key|code|no|nr|number|sku)$", re.IGNORECASE)
_PLACE = re.compile(r"(?:line|row|seq|pos)(?:no|nr|num|number)")  # `line_no` of `lines` is a position within a parent
_SIZED = re.compile(r"\((?:[1-9]|[12]\d|3[0-2])\)$")
"""A length that codes have. Equal on both sides, it confirms that a text refers to the table of its name."""
_OWN = ("id", "key", "code", "no", "nr", "number", "pk", "sk", "uuid", "guid")
_CONTACTS = frozenset(("email", "phone"))  # people have the same in several tables
_FIGURES = ("flow", "rate", "extreme", "stock", "counting", "label", "place", "clock")  # of numbers that are not ids
_WORD, SPOKEN = 4, 5
_SHORT_STEM = 3  # letters of a stem that may have any ending
Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table, by its names. `tied`: its columns that have a reference already."""

    name: str
    columns: Mapping[str, str]  # name -> type, in any spelling
    key: Columns = ()
    uniques: tuple[Columns, ...] = ()
    tied: frozenset[Columns] = frozenset()
    leads: Mapping[str, str] = field(default_factory=dict)  # single columns among them -> the table they reference

    @property
    def is_pairing(self) -> bool:
        """Whether the table has only the references that it joins."""
        own = set(self.columns) - set(self.key)
        tied = {name for columns in self.tied for name in columns}
        return len(own) > 1 and all(name in tied or _IDS.search(snake(name)) for name in own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Columns of a child whose names refer to key columns of a parent.

    `rank`: 0 the parent's name, 1 its key's name, 2 and 3 the same with a role, 4 a word for a parent in the same
    table. SPOKEN: the thing's own word, which any text column may have, so that rows decide.
    """

    child: str
    columns: Columns
    parent: str
    to: Columns
    rank: int
    distance: Distance | None = None  # the distance of the names; None for several columns

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple(zip(self.columns, self.to, strict=True))


def snake(name: str) -> str:
    """The name in snake case, without `_` at the ends: some systems write `USER_ID_`."""
    return snake_of(name).strip("_")


def ends(name: str) -> list[str]:
    """`billing_user_id` -> itself, `user_id`, `id`."""
    words = name.split("_")
    return ["_".join(words[start:]) for start in range(len(words))]


def names_after(box: str, key: str, *, whole: bool = False) -> set[str]:
    """The names that a foreign key to a box may have, like `user_id`, where its key is one column.

    They come from its `whole` name, or also from its last word.
    """
    names = {singular(bare(box))} if whole else {singular(bare(box)), last_word(box)}
    return {f"{name}_{word}" for name in names for word in (key.lower(), "id")}


def references(relations: Iterable[Relation]) -> dict[tuple[str, Columns], list[Reference]]:
    """(child, its columns) -> their possible parents by name, best first. Tied columns are excluded."""
    relations = list(relations)
    styles = naming_styles({one.name: tuple(one.columns) for one in relations})
    bare_ones = [_unprefixed(_in_the_usual_way(one, styles)) for one in relations]
    originals = {one.name: names for one, names in bare_ones}
    written = {one.name: {new: old for old, new in styles.columns(one.columns, one.name).items()} for one in relations}
    originals = {name: {short: written[name][long] for short, long in some.items()} for name, some in originals.items()}
    relations = [one for one, _ in bare_ones]
    index = _Index(relations, styles.tables)
    near = Closeness(
        tables=[one.name for one in relations],
        pairings={one.name for one in relations if one.is_pairing},
        precedents=_precedents(relations),
    )
    found: dict[tuple[str, Columns], list[Reference]] = {}
    for child in relations:
        for one in (*_of_a_joint(child, index), *_single(child, index), *_together(child, relations)):
            if one.columns not in child.tied:
                found.setdefault((child.name, one.columns), []).append(_measured(one, index, near))
    prefixed: dict[tuple[str, Columns], list[Reference]] = {}
    for (name, columns), some in found.items():
        place = tuple(originals[name][column] for column in columns)
        prefixed[name, place] = [_renamed(one, originals) for one in sorted(some, key=_order)]
    return prefixed


def _in_the_usual_way(one: Relation, styles: NamingStyles) -> Relation:
    """The table with its columns in the usual style. Prefixes of table names show which tables are near each other."""
    usual = styles.columns(one.columns, one.name)
    return replace(
        one,
        columns={usual[name]: type_ for name, type_ in one.columns.items()},
        key=_as_called(one.key, usual),
        uniques=tuple(_as_called(some, usual) for some in one.uniques),
        tied=frozenset(_as_called(some, usual) for some in one.tied),
        leads={usual.get(name, name): table for name, table in one.leads.items()},
    )


def _as_called(columns: Columns, usual: Mapping[str, str]) -> Columns:
    return tuple(usual.get(name, name) for name in columns)


def prefix_of(columns: Iterable[str]) -> str:
    """The prefix of all columns of a table: `l_` of `l_orderkey`; empty without one."""
    names = [name.lower() for name in columns]
    mark = _PREFIX.match(names[0]) if names else None
    own = len(names) > 1 and mark is not None and all(name.startswith(mark[0]) for name in names)
    return mark[0] if own and mark else ""


def _unprefixed(one: Relation) -> tuple[Relation, Mapping[str, str]]:
    """The table with its column prefix removed, and the prefixed name of each column."""
    size = len(prefix_of(one.columns))
    if not size:
        return one, {name: name for name in one.columns}
    without = {name: name[size:] for name in one.columns}
    cut = replace(
        one,
        columns={without[name]: type_ for name, type_ in one.columns.items()},
        key=tuple(without.get(name, name) for name in one.key),
        uniques=tuple(tuple(without.get(name, name) for name in some) for some in one.uniques),
        tied=frozenset(tuple(without.get(name, name) for name in some) for some in one.tied),
        leads={without.get(name, name): table for name, table in one.leads.items()},
    )
    return cut, {short: name for name, short in without.items()}


def _renamed(one: Reference, originals: Mapping[str, Mapping[str, str]]) -> Reference:
    columns = tuple(originals[one.child][name] for name in one.columns)
    to = tuple(originals[one.parent].get(name, name) for name in one.to)
    return one if (columns, to) == (one.columns, one.to) else replace(one, columns=columns, to=to)


def _precedents(relations: Iterable[Relation]) -> Mapping[str, set[str]]:
    """Column name -> the tables that columns of this name reference already."""
    found: dict[str, set[str]] = {}
    for one in relations:
        for column, parent in one.leads.items():
            if snake(column) not in GENERIC:
                found.setdefault(column.lower(), set()).add(parent)
    return found


def _measured(one: Reference, index: _Index, near: Closeness) -> Reference:
    if len(one.columns) != 1 or one.rank == _WORD:
        return one
    parent = index.known[one.parent]
    if one.rank in (1, 3) and _is_plural_of(one.parent, one.to[0]):
        one = replace(one, rank=one.rank - 1)  # the key is named after its table, though no English plural says so
    by_key = one.rank in (1, 3)
    refers = by_key and one.to in parent.tied
    distance = near.of(Column(one.child, one.columns[0]), one.parent, by_key=int(by_key) + int(refers))
    return replace(one, distance=distance)


def _is_plural_of(table: str, key: str) -> bool:
    """Whether a table is called as its key is, with the plural of another language: `almacenes (id_almacen)`."""
    stem, name = plain(_CODED.sub("", key)), plain(snake(bare(table)))
    return len(stem) > _SHORT_STEM and name.startswith(stem) and name[len(stem) :] in PLURALS


def _order(one: Reference) -> tuple[object, ...]:
    """The sort key of a reference. For several columns, and for a parent in the same table, the rank decides."""
    if one.distance is None:
        return (True, False, one.rank)
    near = one.distance
    is_spoken = one.rank == SPOKEN and near.no_precedent
    return (near.no_precedent, near.doubt, is_spoken, near)


def is_named_after(column: str, box: str) -> bool:
    """Whether a column is named like the key of a box: `id`, `currency_code`, `shipmethodid` of `shipmethod`."""
    own = {plain(singular(snake(bare(box)))), plain(snake(bare(box)))}
    if _PLACE.fullmatch(plain(column)):
        return False
    return plain(column) in {"id", *(f"{name}{word}" for name in own for word in _OWN)} or is_linked(plain(column), own)


def is_copy(column: str) -> bool:
    """Whether the column is a replication id that each row has besides its key."""
    name = plain(column)
    return name.endswith(("guid", "uuid")) and name not in ("guid", "uuid")


def clear(some: Iterable[Reference], key: Columns = ()) -> Reference | None:
    """The only reference that names allow; None where they allow several. `key`: the child's own key.

    Several columns with the same names as a key may be a coincidence.
    """
    single = [one for one in some if len(one.columns) == 1 and (one.columns != key or _is_extension(one))]
    able = [one for one in single if _decides(one)]
    if not able:
        return None
    best = [one for one in able if one.distance == able[0].distance]
    by_key = able[0].rank in (1, 3)
    alone = not any(one.distance and one.distance.doubt for one in single) and len(able) == 1
    return best[0] if len(best) == 1 and (not by_key or alone or _has_precedent(best[0])) else None


def _is_extension(one: Reference) -> bool:
    """Whether the child's whole key is named like its parent. `team_email` by `team_id` has one row per team."""
    near = one.distance
    return one.rank == 0 and near is not None and not (near.doubt or near.unmatched or near.other_words)


def _decides(one: Reference) -> bool:
    """Whether the name alone decides. It does not for a word such as `status`, which any text column may have."""
    if one.rank == SPOKEN:
        return _has_precedent(one)
    return one.distance is None or not one.distance.doubt


def _has_precedent(one: Reference) -> bool:
    return one.distance is not None and not one.distance.no_precedent


def _handle(one: Relation) -> str | None:
    """The column by which others refer to the table: its key, or a unique `id` besides a natural or composite key."""
    ids = [unique[0] for unique in one.uniques if len(unique) == 1]
    ids = [name for name in ids if is_named_after(name, one.name) and plain(name).endswith("id")]
    if len(one.key) == 1 and (one.key[0] in ids or not ids or plain(one.key[0]).endswith("id")):
        return one.key[0]
    return ids[0] if len(ids) == 1 else None


@dataclass(slots=True)
class _Index:
    """An index by names without `_`, of the tables that one column identifies."""

    relations: list[Relation]
    short: Mapping[str, str]  # table -> its name without the prefix of its schema
    after: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # name -> parent -> column
    keys: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    things: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # `customer` of `customers`
    called: dict[str, dict[str, str]] = field(
        default_factory=lambda: defaultdict(dict)
    )  # without prefix: `ci_customers`
    known: dict[str, Relation] = field(default_factory=dict)
    people: str | None = None  # the only table of users, where there is just one

    def __post_init__(self) -> None:
        for one in self.relations:
            self.known[one.name] = one
            alone = [handle] if (handle := _handle(one)) else []
            # `offer_id` is an offer, not a row of the join table `voucher_offers`
            called = names_after(snake(one.name), snake(alone[0]), whole=one.is_pairing) if alone else set()
            if alone and not one.is_pairing:
                own = singular(snake(bare(one.name)))
                glued = own.rpartition("_")[2]
                parts = [glued[at:] for at in range(1, len(glued) - _GLUED + 1)] if "_" in own else []
                called |= {f"{end}_{word}" for end in (*ends(own)[1:-1], *parts) for word in (snake(alone[0]), "id")}
            for name in called:
                self.after[plain(name)][one.name] = alone[0]
            if alone and not one.is_pairing:
                self.after[_by_same_word(one.name, alone[0])].setdefault(one.name, alone[0])
            if alone and is_named_after(alone[0], one.name) and snake(alone[0]) not in GENERIC:
                self.after[plain(alone[0])][one.name] = alone[0]  # `itemnumber` of `items`
            if alone:
                self.things[plain(singular(snake(one.name)))][one.name] = alone[0]
                self.called[plain(singular(snake(self.short.get(one.name, one.name))))][one.name] = alone[0]
            self._add_codes(one)
            alone += [one.key[0]] if len(one.key) == 1 else []
            alone += [unique[0] for unique in one.uniques if len(unique) == 1 and _CODED.search(unique[0])]
            for column in dict.fromkeys(alone):
                if snake(column) not in _GENERAL and not is_copy(column) and not senses(column) & _CONTACTS:
                    self.keys[plain(column)][one.name] = column
        single = [one for one in self.relations if len(one.key) == 1 and not one.is_pairing]
        self.people = table_of_people(one.name for one in single if not self._is_text(one.name, one.key[0]))

    def _add_codes(self, one: Relation) -> None:
        own = plain(singular(snake(bare(one.name))))
        for code in (unique[0] for unique in one.uniques if len(unique) == 1 and snake(unique[0]) in _CODES):
            for thing in {own, plain(last_word(one.name))}:  # `currency_code` with `currencies (id, code)`
                self.after[f"{thing}{plain(code)}"].setdefault(one.name, code)

    def named(self, word: str) -> Relation | None:
        """The table of this name, without `_`, that one column identifies."""
        return next((one for one in self.relations if plain(one.name) == word and len(one.key) == 1), None)

    def at(self, name: str, *, whole: bool, is_all: bool) -> Iterator[tuple[str, str, int]]:
        """(parent, column, rank) of tables with this name. A thing's own name counts only as the `whole` name."""
        after, keys = self.after.get(name, {}), self.keys.get(name, {})
        things = {**(self.called.get(name, {}) if is_all else {}), **self.things.get(name, {})} if whole else {}
        spoken = {parent for parent, column in things.items() if self._is_text(parent, column)} - after.keys()
        after = {**after, **{parent: column for parent, column in things.items() if parent not in spoken}}
        yield from ((parent, column, 0) for parent, column in after.items())
        yield from ((parent, column, 1) for parent, column in keys.items() if parent not in after)
        yield from ((parent, things[parent], SPOKEN) for parent in things if parent in spoken and parent not in keys)

    def _is_text(self, parent: str, column: str) -> bool:
        return family(self.known[parent].columns.get(column, "")) == "text"


def plain(name: str) -> str:
    """The name without word separators: some schemas write `unitmeasurecode`."""
    return name.lower().replace("_", "").replace(" ", "")


def _by_same_word(table: str, key: str) -> str:
    """`clerk_nr` of `clerks (staff_nr)`: the same word behind the name of the table."""
    return f"{plain(singular(snake(bare(table))))}{snake(key).rpartition('_')[2]}"


def _of_a_joint(child: Relation, index: _Index) -> Iterator[Reference]:
    """The two references of Prisma's implicit join table: `A` and `B` of `_PostToTag`, in the order of the names."""
    name, columns = plain(child.name), {column.lower(): column for column in child.columns}
    if not child.name.startswith("_") or columns.keys() != {"a", "b"}:
        return
    for found in re.finditer("to", name):
        left, right = (index.named(part) for part in (name[: found.start()], name[found.end() :]))
        if left is None or right is None:
            continue
        ends = ((columns["a"], left), (columns["b"], right))
        if all(kind_of(child.columns[own]) == kind_of(one.columns.get(one.key[0], "")) for own, one in ends):
            for own, one in ends:
                yield Reference(child=child.name, columns=(own,), parent=one.name, to=one.key, rank=_WORD)
            return


def _single(child: Relation, index: _Index) -> Iterator[Reference]:
    for column, type_ in child.columns.items():
        if not (found := list(_of_its_own(child, column, type_, index))) and snake(column) in GENERIC:
            continue
        yield from found
        if found or is_copy(column):
            continue
        for parent, to, rank in _leads(child, column, index):
            there = index.known[parent].columns.get(to, type_)
            if kind_of(there) == kind_of(type_) and not is_fraction(type_, there):
                known = 0 if rank == SPOKEN and there == type_ and _SIZED.search(type_) else rank
                yield Reference(child=child.name, columns=(column,), parent=parent, to=(to,), rank=known)


def _of_its_own(child: Relation, column: str, type_: str, index: _Index) -> Iterator[Reference]:
    """References by the child's own words: `type` of `artists` -> `artist_types`.

    `collection` of `editor_collection_areas` -> `editor_collections`. Numbers only: any text may have such a name.
    """
    if kind_of(type_) != "number" or column in child.key:
        return
    own, name = plain(singular(snake(child.name))), plain(singular(snake(column)))
    exact = index.things.get(own + name, {})
    above = {p: to for key, some in index.things.items() if _is_above(key, own, name) for p, to in some.items()}
    for parent, to in {**above, **exact}.items():
        if parent != child.name and kind_of(index.known[parent].columns.get(to, "")) == "number":
            yield Reference(child=child.name, columns=(column,), parent=parent, to=(to,), rank=0)


def _is_above(key: str, own: str, name: str) -> bool:
    return len(name) >= _GLUED and key not in (own, name) and key.endswith(name) and own.startswith(key)


def _leads(child: Relation, column: str, index: _Index) -> list[tuple[str, str, int]]:
    """The parents by the longest end of the column's name that matches one."""
    own = {snake(name) for name in (child.key if len(child.key) == 1 else ())}
    whole = _NUMBERED.sub("", snake(column))
    told = "_" in whole and kind_of(child.columns[column]) == "number" and senses(whole).isdisjoint(_FIGURES)
    for n, name in enumerate(_tails(whole)):
        found = [
            (parent, to, rank + 2 * bool(n)) for parent, to, rank in index.at(name, whole=not n or told, is_all=not n)
        ]
        if not n and whole in own:
            # its own key references another table only where its rows are that thing: not where it is named like itself
            others = [one for one in found if one[0] != child.name]
            return [] if any(one[0] == child.name and one[2] == 0 for one in found) else others
        found = [one for one in found if (one[0], one[1]) != (child.name, column)]
        if not n:  # `employee_id` of `employees` is not a reference to itself
            found = [one for one in found if one[0] != child.name]
        if found:
            return [] if n and is_named_after(column, child.name) else found
    if len(child.key) == 1 and column not in child.key and is_above(child.name, whole):
        return [(child.name, child.key[0], _WORD)]
    if index.people and plays_a_part(whole) and may_act(whole, index.people, child.name, _named_after(child, index)):
        return [(index.people, index.known[index.people].key[0], _WORD)]
    return []


def _named_after(child: Relation, index: _Index) -> set[str]:
    """The tables that columns of the child are named after, or refer to by declaration."""
    return {*child.leads.values(), *(parent for name in child.columns for parent in index.after[plain(snake(name))])}


def _tails(name: str) -> Iterator[str]:
    """`bill_to_address_id`, then its ends. Of a name without `_`, every end that is long enough."""
    whole = plain(name)
    yield whole
    if "_" in name:
        yield from (plain(end) for end in ends(name)[1:] if end not in GENERIC)
    else:
        yield from (whole[at:] for at in range(1, len(whole) - _SHORTEST + 1))


def _together(child: Relation, relations: Iterable[Relation]) -> Iterator[Reference]:
    """Composite keys of other tables whose columns are all here under the same names, or all behind one role."""
    own = {plain(name): name for name in child.columns}
    for parent in relations:
        if len(parent.key) < 2 or parent.name == child.name or _leads_to(parent, child):
            continue
        for role in ("", *_roles(child, parent)):
            columns = [own.get(f"{role}{plain(name)}") for name in parent.key]
            fits = all(
                column is not None and kind_of(child.columns[column]) == kind_of(parent.columns.get(name, ""))
                for column, name in zip(columns, parent.key, strict=True)
            )
            if fits:
                found = tuple(column for column in columns if column is not None)
                yield Reference(
                    child=child.name, columns=found, parent=parent.name, to=parent.key, rank=3 if role else 1
                )


def _roles(child: Relation, parent: Relation) -> Iterator[str]:
    """What is before the first column of the parent's key: `off` of `off_part_no`."""
    first = f"_{snake(parent.key[0])}"
    if snake(parent.key[0]) not in GENERIC:
        yield from (plain(name[: -len(first)]) for name in map(snake, child.columns) if name.endswith(first))


def _leads_to(one: Relation, other: Relation) -> bool:
    """Whether the table has the key of the other, which is then its parent."""
    own = {plain(name) for name in one.columns}
    key = {plain(name) for name in other.key}
    after = {plain(name) for name in names_after(snake(other.name), "id")}
    return bool(own & after) or (bool(key - GENERIC) and own >= key)


Edge = tuple[str, str, tuple[tuple[str, str], ...]]  # (child, parent, pairs of columns)


def is_covered(one: Reference, edges: Iterable[Edge]) -> bool:
    """Whether a declared composite key covers the reference, as for a line's product through its price.

    For several columns: whether a declared link already joins the two tables on some of them.
    """
    edges = list(edges)
    if len(one.columns) > 1:
        turned = {(b, a) for a, b in one.pairs}
        ends = {(one.child, one.parent): set(one.pairs), (one.parent, one.child): turned}
        return any(pairs and set(pairs) < ends.get((child, parent), set()) for child, parent, pairs in edges)
    leads = {(child, pairs[0][0]): parent for child, parent, pairs in edges if len(pairs) == 1}
    return any(
        child == one.child
        and len(pairs) > 1
        and any(a == one.columns[0] and leads.get((parent, b)) == one.parent for a, b in pairs)
        for child, parent, pairs in edges
    )
