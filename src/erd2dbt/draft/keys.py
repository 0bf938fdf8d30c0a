"""Keys that nobody drew, proposed from names and links; each bears its evidence, and its test will hold it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.draft.values import Draft, DraftEntity, Remark
from erd2dbt.erd import TODO
from erd2dbt.infer.words import is_time, singular

_ID = re.compile(r"(?:^|_)id(?:_?\d+)?$|[a-z]I[dD]$|(?<=[a-z])id$|_key$|_code$", re.ASCII)
_CODES = ("sku", "code", "iso_code", "iata", "iata_code", "number", "slug", "username", "email", "name", "title")


def with_keys(draft: Draft) -> Draft:
    """The draft with a proposal wherever a key is still to be decided and names tell one."""
    return replace(draft, entities=tuple(_with_key(draft, one) for one in draft.entities))


def _with_key(draft: Draft, one: DraftEntity) -> DraftEntity:
    if one.key != (TODO,):
        return one
    key, why = next(_proposals(draft, one), ((TODO,), ""))
    return replace(one, key=key, key_comment=Remark.INFERRED(why)) if why else one


def _proposals(draft: Draft, one: DraftEntity) -> Iterator[tuple[tuple[str, ...], str]]:
    """(columns, evidence), the surest first."""
    names = [column.name for column in one.columns if column.name != TODO]
    filled = {column.name for column in one.columns if column.fields.get("not_null")}
    foreign = [name for name in names if name in _foreign(draft, one.name)]
    ids = [name for name in names if name in foreign or _ID.search(name)]
    if len(ids) > 1 and len(ids) == len(names):
        yield tuple(ids), "every column refers to another table, so the pair is the row"
    certain = [name for name in ids if name in filled]
    times = [c.name for c in one.columns if c.name in filled and is_time(c.name, c.type)]
    if certain:
        yield (*certain, *(t for t in times if t not in certain)), "ids and times that are never empty"
    own = [name for name in _CODES if name in names or f"{singular(one.name)}_{name}" in names]
    if own and not foreign:
        name = own[0] if own[0] in names else f"{singular(one.name)}_{own[0]}"
        yield (name,), "by its name, it tells one row from another"
    if len(ids) > 1:
        yield tuple(ids), "ids of several other things, and nothing else that tells rows apart"


def _foreign(draft: Draft, entity: str) -> set[str]:
    """The columns by which it refers to others: a link is drawn from what refers."""
    lefts = ((link.text.split()[0].strip('"'), link.pairs) for link in draft.links)
    return {a for left, pairs in lefts if left == entity for a, _ in pairs}
