"""Keys by the name of a table: its own id, the id with which it begins, and its codes; and ids of other things."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from erd2dbt.draft.key_evidence import Candidate, Table
from erd2dbt.draft.key_words import (
    CODES,
    abbreviates,
    is_id,
    is_period,
    is_place,
    is_upkeep,
    last_noun,
    last_senses,
    says_history,
    short_stem,
    stem_of,
)
from erd2dbt.draft.values import DraftColumn, DraftEntity
from erd2dbt.infer.references import is_copy, is_named_after, plain
from erd2dbt.infer.vocabulary import last, senses, tokens, word_list
from erd2dbt.infer.words import is_time, last_word
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

_HEADS = re.compile(r"_?(?:header|head|master|main|base|history|archive|log|dim)$")
_COPY = re.compile(r"(?:archive|history|log|backup|old|copy)s?")
_CHANGES = frozenset(word_list("change"))
_OF_ANYTHING = word_list("code_of_anything")
_SHARED = 3  # number of tables with a column of the same name from which the column is not specific to one
_LEAST = 3  # minimum letters before the last word of a joined name: `icu` of `icustays`, not `no` of `nothing`


def counted(table: Table) -> Iterator[Candidate]:
    counted = [column.name for column in table.columns if column.is_counted]
    if len(counted) == 1:
        yield Candidate((counted[0],), 5.75, "the database numbers its rows by it")


def by_own_name(table: Table) -> Iterator[Candidate]:
    own = [name for name in table.names if is_named_after(name, table.one.name)]
    by_last = [
        name
        for name in (_last(table) or _short(table) or _glued(table) or _abbreviated(table))
        if not _ties_two(table, name)
    ]
    found = own or first_id(table) or by_last
    if len(found) > 1 and found[0] == table.names[0]:
        found = found[:1]  # `item_sk, item_id`: the first column of the table
    if len(found) == 1 and _is_within_first(table, found[0]):
        yield Candidate((table.names[0], found[0]), 5.6, "a number by its name, always with the id before it")
    elif len(found) == 1 and (season := _within_period(table, found[0])):
        yield Candidate(season, 5.6, "by its name, within a period with which it begins")
    elif len(found) == 1 and not _is_called_otherwise(table, found[0]):
        is_behind = table.may_be_null(found) and found[0] != table.names[0] and table.names[0] in table.filled
        score = 2.25 if is_behind else 5.5 if own and not table.may_be_null(found) else 4.0
        yield Candidate((found[0],), score, "by its name")


def _is_called_otherwise(table: Table, name: str) -> bool:
    """Return whether a column behind the first is called exactly as another table: `event_code` of `event_codes`."""
    there = table.around.things.get(plain(name))
    return name != table.names[0] and there is not None and there != table.one.name and plain(name) != "id"


def _is_within_first(table: Table, own: str) -> bool:
    """Return whether an own number follows another table's id, and no table has the number without that id.

    Tables without either do not count. At least one other table has both.
    """
    first = table.names[0]
    if table.names[1:2] != [own] or not leads(table, first) or not table.filled.issuperset((first, own)):
        return False
    held = set(table.around.holders.get(own, ())) - {table.one.name}
    return not plain(own).endswith(("id", "sk", "key")) and held <= set(table.around.holders[first])


def _within_period(table: Table, own: str) -> tuple[str, ...]:
    """Yield `year_id, league_id, team_id` of `teams`: the id follows a period and other ids, all NOT NULL."""
    before = table.columns[: table.names.index(own)]
    told = [column.name for column in before if column.name in table.ids or is_period(column)]
    begins = bool(before) and is_period(before[0]) and is_id(before[0].name)
    return (*told, own) if begins and len(told) == len(before) and table.filled.issuperset(told) else ()


def by_first_id(table: Table) -> Iterator[Candidate]:
    """Yield `auth_id` of `card_authorizations`: the table's first id. No other table begins with it or has its name."""
    name = table.names[0] if table.names else ""
    if not is_id(name) or is_copy(name) or name in table.foreign or table.may_be_null([name]):
        return
    others = [one for one in table.around.firsts.get(name, ()) if one.name != table.one.name]
    if others or table.around.named_after(name, "") or table.shortened(name):
        return
    if all(c.name in table.ids or is_place(c.name, c.type) or is_upkeep(c) for c in table.columns):
        return  # the table only joins others
    people = any(word.senses & {"person"} for word in tokens(name))
    people = people or is_period(table.columns[0]) or _is_of_several(table, name)
    is_short = len(stem := plain(stem_of(name))) >= _LEAST and abbreviates(stem, table.one.name)
    if not people and len(table.columns) > 2 and (is_short or not happens_again(table)):
        yield Candidate((name,), 3.8, "the id with which it begins, and no other table is called so")


def _is_of_several(table: Table, name: str) -> bool:
    """Return whether the first id may be only a part of the key: it ends in another table's name, or an id follows.

    It is not where the table's name begins with the word that the id shortens. The same holds where only this table has
    the id, and the second column is shared.
    """
    end = last_noun(stem_of(name))
    if any(
        plain(singular(snake(other.name))) == end for other in table.around.draft.entities if other is not table.one
    ):
        return True
    second = table.columns[1]
    follows = second.name in table.filled and (second.name in table.ids or is_period(second))
    holders = table.around.holders
    shared = len(holders.get(second.name, ())) > 1 or bool(table.around.named_after(second.name, ""))
    only_here = len(holders.get(name, ())) == 1 and shared
    return follows and not only_here and not last_noun(table.one.name).startswith(plain(stem_of(name)))


def _short(table: Table) -> list[str]:
    """Yield `emp_no` of `employees`, if it is the first column."""
    name = table.names[0] if table.names else ""
    return [name] if table.shortened(name) == {table.one.name} and not table.may_be_null([name]) else []


def _abbreviated(table: Table) -> list[str]:
    """Yield `clm_id` of `carrier_claim`, if it is the first id, and shortens no other table that begins with it."""
    name = table.names[0] if table.names else ""
    stem = plain(stem_of(name))
    if not table.around.is_silent or not is_id(name) or not _shortens(stem, last_noun(table.one.name)):
        return []
    rivals = (one.name for one in table.around.firsts.get(name, ()) if one.name != table.one.name)
    others = [other for other in rivals if _shortens(stem, last_noun(other))]
    return [] if others or table.around.named_after(name, "") else [name]


def _shortens(stem: str, noun: str) -> bool:
    return len(stem) >= _LEAST and stem != noun and abbreviates(stem, noun)


def _glued(table: Table) -> list[str]:
    """Yield `stay_id` of `icustays`, if no other table has that name: the ids before it belong to other tables."""
    entity = plain(singular(snake(table.one.name)))
    for name in table.names:
        if name != table.names[0] and snake(name).endswith(("_no", "_nr")):
            return []  # a number within what it begins with
        stem = short_stem(name)
        is_last = entity.endswith(stem) and len(entity) - len(stem) >= _LEAST
        if len(stem) > 3 and is_last and not table.around.named_after(name, table.one.name):
            alike = [other for other in table.around.firsts.get(name, ()) if other.name != table.one.name]
            each = name == table.names[0] and all(plain(singular(snake(o.name))).endswith(stem) for o in alike)
            is_only = each or len(table.around.ending(stem)) == 1 or table.ids == [name]
            return [name] if is_only else []
        if name not in table.ids or len(table.around.holders.get(name, ())) == 1:
            break
    return []


def _last(table: Table) -> list[str]:
    """Yield `touchpoint_id` of `attribution_touchpoints`, if no other table has that name."""
    own = [name for name in table.names if is_named_after(name, last_word(table.one.name))]
    return [
        name
        for name in own
        if table.around.is_only_first(name, table.one.name) and not table.around.named_after(name, "")
    ]


def _ties_two(table: Table, own: str) -> bool:
    """Return whether the name consists of an id's word and that of another id, as `student_assignments` with
    `student_id`. The id is that of another table, which begins with it. Lines and items have ids of their own.
    """
    homes = (one for one in table.around.firsts.get(own, ()) if one is not table.one and not _is_tied(one, own))
    is_tied = own in table.filled and not is_detail(table) and _is_tied(table.one, own)
    return is_tied and next(homes, None) is not None


def _is_tied(one: DraftEntity, own: str) -> bool:
    rest = plain(singular(snake(one.name))).removesuffix(plain(stem_of(own)))
    others = (column for column in one.columns if column.name != own and column.fields.get("not_null"))
    return bool(rest) and any(is_id(c.name) and rest == plain(singular(stem_of(c.name))) for c in others)


def first_id(table: Table) -> list[str]:
    """Yield `order_id` of `order_headers`, if it is the first column and no other table has that name."""
    if not table.names:
        return []
    name, entity = table.names[0], plain(table.one.name)
    stem = re.sub(r"(?:id|key|code|no|sk)$", "", plain(name))
    is_own = (is_id(name) or plain(name).endswith(("key", "sk"))) and len(stem) > 2 and entity.startswith(stem)
    if not is_own or name in table.foreign or table.around.named_after(name, table.one.name):
        return []
    if is_detail(table) and table.columns[1:2] and is_filled_place(table, table.columns[1]):
        return []
    head = plain(singular(_HEADS.sub("", snake(table.one.name))))
    others = [other for other in table.around.firsts.get(name, ()) if other.name != table.one.name]
    is_head = head == stem or is_named_after(name, _HEADS.sub("", singular(snake(table.one.name))))
    if not is_head and _names_parts_of(table, stem):
        return []
    own_ids = [any(is_named_after(c.name, other.name) for c in other.columns) for other in others]
    copies = [plain(o.name).startswith(entity) or _COPY.fullmatch(entity.removeprefix(plain(o.name))) for o in others]
    alone = all(own or bool(copy) for own, copy in zip(own_ids, copies, strict=True))
    return [name] if is_head or alone else []


def _names_parts_of(table: Table, stem: str) -> bool:
    """Return whether the second column names what the row is of another table: `mod_name` of `profile_exceptions`,
    beside `user_profiles`.
    """
    second = table.columns[1] if len(table.columns) > 1 else None
    whole = table.around.things.get(stem)
    names = second is not None and second.name in table.filled and "named" in last_senses(second.name)
    return names and whole is not None and whole != table.one.name


def is_alone(table: Table, run: Sequence[DraftColumn]) -> bool:
    """Return whether the first column already distinguishes the rows by its name, so that no more are needed."""
    first = tuple(column.name for column in run[:1])
    return any(found.columns == first for rule in (by_own_name, by_first_id) for found in rule(table))


def is_filled_place(table: Table, column: DraftColumn) -> bool:
    return column.name in table.filled and is_place(column.name, column.type) and numbers_rows(column.name)


def is_detail(table: Table) -> bool:
    word = last(table.one.name)
    return word is not None and "detail" in word.senses


def numbers_rows(name: str) -> bool:
    """Return whether a place numbers the rows: `section_no`."""
    word = last(name)
    return word is not None and "numbering" in word.senses


def leads(table: Table, column: str) -> bool:
    return column in table.foreign or bool(table.around.named_after(column, table.one.name))


def happens_again(table: Table) -> bool:
    """Return whether the table has repeated rows for the same id: readings, rates, a history."""
    end = last(table.one.name)
    return says_history(table.one.name) or (end is not None and bool(end.senses & {"occurrence", "snapshot"}))


def is_of_a_log(table: Table, columns: Sequence[str]) -> bool:
    """Return whether a single column is the id of something else that the table has rows of again and again.

    `track_id` of `points_log (track_id, latitude, longitude, at)`: the moments of a track. It is not where the id is
    named after the table, or declared unique.
    """
    if len(columns) != 1 or _is_declared(table, columns[0]) or columns[0] in own_codes(table):
        return False
    if any(found.columns == columns for rule in (by_own_name, by_first_id, counted) for found in rule(table)):
        return False
    second = table.columns[1:2] if columns[0] == table.names[0] else []
    if any(is_time(c.name, c.type) and c.name in table.filled and "validity" in senses(c.name) for c in second):
        return True
    times = [c for c in table.columns if c.name != columns[0] and is_time(c.name, c.type) and not is_upkeep(c)]
    again = happens_again(table) or any(word.text in _CHANGES for word in tokens(table.one.name)[-1:])
    return again and bool(times) and columns[0] in table.ids and not _is_repeated(table, columns[0])


def _is_repeated(table: Table, name: str) -> bool:
    """Return whether other tables have the id, and those that begin with it only as the first part of their key."""
    others = [one for one in table.around.firsts.get(name, ()) if one.name != table.one.name]
    seconds = [one.columns[1] for one in others if len(one.columns) > 1]
    parts = all(column.fields.get("not_null") and "named" not in last_senses(column.name) for column in seconds)
    return len(table.around.holders[name]) > 1 and len(seconds) == len(others) and parts


def _is_declared(table: Table, name: str) -> bool:
    return (name,) in table.one.uniques or any(c.name == name and c.fields.get("unique") for c in table.columns)


def own_codes(table: Table) -> list[str]:
    """The columns that are called as a code or a name of the rows themselves is: `sku`, `iata_code`, `plane_code`."""
    own = f"{singular(table.one.name)}_"
    codes = [n for code in CODES for n in table.names if n.rstrip("_").lower() in (code, f"{own}{code}")]
    return [
        n
        for n in codes
        if n.rstrip("_").lower() in (*_OF_ANYTHING, *(f"{own}{code}" for code in CODES))
        or len(table.around.holders[n]) < _SHARED
    ]
