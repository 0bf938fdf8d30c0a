"""Keys that nobody drew, proposed from names and links; each bears its evidence, and its test will hold it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.draft.undrawn import by_names, with_links
from erd2dbt.draft.values import Draft, DraftEntity, Remark
from erd2dbt.erd import TODO
from erd2dbt.infer.references import is_copy, is_named_after, plain
from erd2dbt.infer.words import is_rank, is_time, last_word, singular
from erd2dbt.read.names import snake

_ID = re.compile(r"(?:^|_)id(?:_?\d+)?$|[a-z]I[dD]$|(?<=[a-z])id$|_key$|_code$", re.ASCII)
_NO_ID = ("paid", "unpaid", "prepaid", "valid", "invalid", "void", "bid", "grid", "solid", "covid")
_MOST = 4  # ids in a key
_PLACE = re.compile(r"(?:line|item|row|seq|pos)(?:no|nr|num|number|item)?")
_CODES = ("sku", "code", "iso_code", "iata", "iata_code", "number", "slug", "username", "email", "name", "title")


def with_proposals(draft: Draft) -> Draft:
    """The draft with a key wherever names tell one and none is drawn, and with the links that names leave no choice
    about."""
    keyed = with_keys(draft)
    return with_links(keyed, by_names(keyed))


def with_keys(draft: Draft) -> Draft:
    return replace(draft, entities=tuple(_with_key(draft, one) for one in draft.entities))


def _with_key(draft: Draft, one: DraftEntity) -> DraftEntity:
    if one.key != (TODO,):
        return one
    key, why = next(named_keys(draft, one), ((TODO,), ""))
    return replace(one, key=key, key_comment=Remark.INFERRED(why)) if why else one


def named_keys(draft: Draft, one: DraftEntity) -> Iterator[tuple[tuple[str, ...], str]]:
    """(columns, evidence), the surest first."""
    names = [column.name for column in one.columns if column.name != TODO]
    filled = {column.name for column in one.columns if column.fields.get("not_null")}
    foreign = [name for name in names if name in _foreign(draft, one.name)]
    ids = [name for name in names if name in foreign or is_id(name)]
    own = [name for name in names if is_named_after(name, one.name)]
    first = [] if own else _first(draft, one)
    places = [column.name for column in one.columns if is_place(column.name, column.type)]
    if first and len(places) == 1:
        yield (first[0], places[0]), "by their names: a place within something"
    elif len(own or first) == 1:
        yield ((own or first)[0],), "by its name"
    if len(ids) > 1 and len(ids) == len(names):
        yield tuple(ids), "every column refers to another table, so the pair is the row"
    elif len(last := _last(draft, one)) == 1 and not own:
        yield tuple(last), "by its name"
    certain = [name for name in ids if name in filled]
    times = [c.name for c in one.columns if c.name in filled and is_time(c.name, c.type)]
    if certain:
        yield (*certain, *(t for t in times if t not in certain)), "ids and times that are never empty"
    codes = [name for name in _CODES if name in names or f"{singular(one.name)}_{name}" in names]
    if codes and not foreign and ids[:1] != names[:1]:
        name = codes[0] if codes[0] in names else f"{singular(one.name)}_{codes[0]}"
        yield (name,), "by its name, it tells one row from another"
    if 1 < len(ids) <= _MOST:
        yield tuple(ids), "ids of several other things, and nothing else that tells rows apart"


def _last(draft: Draft, one: DraftEntity) -> list[str]:
    """`touchpoint_id` of `attribution_touchpoints`, where no other table is named so."""
    names = [column.name for column in one.columns if is_named_after(column.name, last_word(one.name))]
    return [name for name in names if not any(is_named_after(name, other.name) for other in draft.entities)]


def _first(draft: Draft, one: DraftEntity) -> list[str]:
    """`order_id` of `order_headers`, where it comes first and no other table is named so."""
    name = one.columns[0].name
    stem = plain(name).removesuffix("id")
    others = [other for other in draft.entities if other.name != one.name]
    is_own = is_id(name) and len(stem) > 2 and plain(one.name).startswith(stem)
    shared = any(is_named_after(name, other.name) for other in others) or any(
        other.columns[0].name == name and not any(is_named_after(c.name, other.name) for c in other.columns)
        for other in others
    )
    return [name] if is_own and not shared else []


def is_id(name: str) -> bool:
    """`order_id`, `orderId`, `currency_code`."""
    return bool(_ID.search(name)) and not is_copy(name) and name not in _NO_ID


def is_place(name: str, kind: str | None) -> bool:
    """A number that tells the place within something else: `line_no`, `lineNumber`, `seq`."""
    return is_rank(snake(name), kind) or bool(_PLACE.fullmatch(plain(name)))


def is_code(name: str) -> bool:
    """A name by which people tell one thing from another: `sku`, `product_name`."""
    return name in _CODES or name.rpartition("_")[2] in _CODES


def _foreign(draft: Draft, entity: str) -> set[str]:
    """The columns by which it refers to others: a link is drawn from what refers."""
    lefts = ((link.text.split()[0], link.pairs) for link in draft.links)
    return {a for left, pairs in lefts if left == entity for a, _ in pairs}
