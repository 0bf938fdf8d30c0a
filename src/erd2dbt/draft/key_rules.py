"""The rules that propose candidates for a key, each with its evidence and its weight."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from erd2dbt.datatypes.postgres import family
from erd2dbt.draft.key_beginnings import beginnings
from erd2dbt.draft.key_evidence import Candidate, Table
from erd2dbt.draft.key_words import (
    CODES,
    VERSIONS,
    is_calendar,
    is_calendar_part,
    is_day,
    is_id,
    is_period,
    is_place,
    is_upkeep,
    is_within,
    last_noun,
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

_MOST = 4  # maximum ids in a key
_WIDEST = 6  # maximum columns in a key with a period or places
_HEADS = re.compile(r"_?(?:header|head|master|main|base|history|archive|log|dim)$")
_COPY = re.compile(r"(?:archive|history|log|backup|old|copy)s?")
_OF_ANYTHING = word_list("code_of_anything")
_LEADING_CODES = word_list("leading_code")
_ONE_TO_ONE = frozenset(word_list("one_to_one"))
_SHARED = 3  # number of tables with a column of the same name from which the column is not specific to one
_FEW = 3  # ratio of all columns to NOT NULL ones from which these count as few
_LEAST = 3  # minimum letters before the last word of a joined name: `icu` of `icustays`, not `no` of `nothing`


_Rule = Callable[[Table], Iterator[Candidate]]


def candidates(table: Table) -> Iterator[Candidate]:
    for rule in (
        _declared, _counted, _own, _versions, _places, _made_of, _begins, _pairs, _leading, _filled, _totals,
        _within, _collections, _codes, _alone, beginnings,
    ):  # fmt: skip
        yield from rule(table)


def _counted(table: Table) -> Iterator[Candidate]:
    counted = [column.name for column in table.columns if column.is_counted]
    if len(counted) == 1:
        yield Candidate((counted[0],), 5.75, "the database numbers its rows by it")


def _versions(table: Table) -> Iterator[Candidate]:
    """Yield `node_id, version` of `nodes`, if other tables have both columns, or if each row is a version of
    something."""
    versions = [name for name in table.names if name.lower() in VERSIONS and not table.may_be_null([name])]
    own = [name for name in table.names if is_named_after(name, table.one.name)] or _first(table)
    if len(versions) == len(own) == 1 and last_noun(table.one.name) in ("version", "revision", "history"):
        yield Candidate((own[0], versions[0]), 4.25, "each row is a version of something")


def _made_of(table: Table) -> Iterator[Candidate]:
    """Yield `artist, tag` of `artist_tag`: the name consists of the names of the joined tables."""
    name = plain(singular(snake(table.one.name)))
    ids = [one for one in table.ids if not table.may_be_null([one])]
    stems = {one: plain(singular(stem_of(one))) for one in ids}
    tied = [one for one, stem in stems.items() if len(stem) > 2 and stem in name and stem != name]
    rest = name
    for stem in sorted((stems[one] for one in tied), key=len, reverse=True):
        rest = rest.replace(stem, "", 1)
    own = [one for one in table.names if is_named_after(one, table.one.name)]
    others = [column for column in table.columns if column.name not in ids and not is_upkeep(column)]
    if len(tied) > 1 and not own and others and len(rest) * 2 <= len(name):
        places = [table.names.index(one) for one in tied]
        within = [one for one in ids if min(places) <= table.names.index(one) <= max(places)]
        for column in table.columns[max(places) + 1 :]:
            if not is_period(column) or column.name not in table.filled:
                break
            within.append(column.name)
        of_period = not rest and any(is_calendar_part(stems[one]) for one in tied)  # `subscriber_month`
        score = 4.25 if of_period else 3.75
        yield Candidate(tuple(within), score, "its name consists of the names of the tables that it links")


def _filled(table: Table) -> Iterator[Candidate]:
    """Yield the NOT NULL columns if they are few among many: schemas declare keys NOT NULL first."""
    filled = [column for column in table.columns if column.name in table.filled]
    names = tuple(column.name for column in filled)
    if any(is_time(c.name, c.type) for c in filled) and not _happens_again(table):
        return
    if any("flow" in senses(c.name) and not is_place(c.name, c.type) for c in filled):
        return
    tell = any(name in table.ids for name in names) or any(is_period(c) or is_place(c.name, c.type) for c in filled)
    if 1 < len(names) <= _MOST and tell and len(table.columns) >= _FEW * len(names) and not any(map(is_upkeep, filled)):
        yield Candidate(names, 2.6, "they alone are never NULL")


def _totals(table: Table) -> Iterator[Candidate]:
    """Yield `hour_ts, campaign_id, country` of hourly sums: a part of the calendar and what is counted within it.

    All columns behind them are numbers.
    """
    run: list[DraftColumn] = []
    for column in table.columns:
        is_number = family(column.type) in ("integer", "numeric", "float")
        tells = column.name in table.ids or is_period(column) or is_calendar(column) or not is_number
        tells = tells or (bool(run) and _is_filled_place(table, column))
        if column.name not in table.filled or not tells:
            break
        run.append(column)
    rest = table.columns[len(run) :]
    numbers = all(family(column.type) in ("integer", "numeric", "float") or is_upkeep(column) for column in rest)
    times = [column for column in run if is_time(column.name, column.type)]
    if 1 < len(run) <= _WIDEST and len(rest) > 1 and numbers and len(times) == 1 and is_calendar(times[0]):
        why = "a part of the calendar and what numbers are given for in it, all NOT NULL"
        yield Candidate(tuple(column.name for column in run), 4.6, why)


def _within(table: Table) -> Iterator[Candidate]:
    """Yield the leading ids, and the column that distinguishes settings or texts: `way_id, k`, `id, locale`."""
    run = _leading_ids(table)
    after = table.columns[len(run) : len(run) + 1]
    named = [c.name for c in after if c.name in table.filled and family(c.type) == "text" and is_within(c.name)]
    own = any(is_named_after(name, table.one.name) for name in run)
    if run and named and not own and len(table.columns) > len(run) + 1:
        yield Candidate((*run, named[0]), 3.0, "ids, and what distinguishes the values of one thing")


def _leading_ids(table: Table) -> list[str]:
    """Return the NOT NULL ids and version with which a table begins."""
    run: list[str] = []
    for column in table.columns:
        told = column.name in table.ids or (bool(run) and column.name.lower() in VERSIONS)
        if not told or column.name not in table.filled or is_within(column.name) or is_copy(column.name):
            break
        run.append(column.name)
    return run if len(run) <= _MOST else []


def _collections(table: Table) -> Iterator[Candidate]:
    """Yield a table's only two columns, an id and one more, both NOT NULL: `artist, ipi` of `artist_ipi`."""
    said = [column for column in table.columns if not is_upkeep(column)]
    names = tuple(column.name for column in said)
    if len(said) == 2 and names[0] in table.ids and table.filled.issuperset(names):
        own = any(is_named_after(name, table.one.name) for name in names)
        stem, other = (plain(singular(re.sub(r"_id$", "", snake(name)))) for name in names)
        says = stem not in other and "general" not in senses(names[1])
        if not own and says and other in plain(table.one.name):
            yield Candidate(names, 2.75, "it contains nothing else, and is named after both")
    if len(table.columns) == 2 and table.filled.issuperset(names) and len({column.type for column in said}) == 1:
        is_number = said[0].type == "uuid" or family(said[0].type) == "integer"
        if is_number and not any(is_named_after(name, table.one.name) for name in names):
            yield Candidate(names, 2.25, "it contains nothing but a pair of equal type, never NULL")


def _alone(table: Table) -> Iterator[Candidate]:
    """Yield the only column; or, without an id, the code that the table is named after."""
    if not table.names:
        return
    name, *others = table.names
    if not others and not table.may_be_null([name]):
        yield Candidate((name,), 3.0, "it contains nothing else")
        return
    if is_copy(name) and table.columns[0].type == "uuid" and name in table.filled and name not in table.foreign:
        yield Candidate((name,), 3.6, "a number that no other row has, with which it begins")
    is_text = family(table.columns[0].type) in ("text", "other")
    words = {last_noun(table.one.name), plain(singular(snake(table.one.name)))}
    if is_text and name in table.filled and plain(name) in words and name not in table.foreign:
        yield Candidate((name,), 2.5, "it is called after it, and never NULL")
    elif (
        is_text and name in table.filled and last_noun(name) in ("token", "hash", "alias") and last_noun(name) in words
    ):
        yield Candidate((name,), 2.25, "it is called after it, and never NULL")


def _declared(table: Table) -> Iterator[Candidate]:
    """Yield the unique columns that the schema declares."""
    alone = [(column.name,) for column in table.columns if column.fields.get("unique")]
    for some in (*alone, *table.one.uniques):
        own = 0.0
        if len(some) == 1:
            is_own = is_named_after(some[0], table.one.name)
            own = 1.0 if is_own and plain(some[0]).endswith(("id", "sk", "key")) else 0.25 if is_id(some[0]) else 0.0
        if not table.may_be_null(some):
            why = "it is declared unique and never NULL" if table.filled else "it is declared unique"
            yield Candidate(some, 5.0 + own, why)
        elif len(some) > 1 and table.filled.intersection(some):
            empty = ", ".join(name for name in some if name not in table.filled)
            yield Candidate(some, 2.5, f"it is declared unique, though {empty} may be NULL")


def _own(table: Table) -> Iterator[Candidate]:
    own = [name for name in table.names if is_named_after(name, table.one.name)]
    found = own or _first(table) or _last(table) or _short(table) or _glued(table)
    if len(found) > 1 and found[0] == table.names[0]:
        found = found[:1]  # `item_sk, item_id`: the first column of the table
    if len(found) == 1 and _is_within_first(table, found[0]):
        yield Candidate((table.names[0], found[0]), 5.6, "a number by its name, always with the id before it")
    elif len(found) == 1 and (season := _within_period(table, found[0])):
        yield Candidate(season, 5.6, "by its name, within a period with which it begins")
    elif len(found) == 1:
        is_behind = table.may_be_null(found) and found[0] != table.names[0] and table.names[0] in table.filled
        score = 2.25 if is_behind else 5.5 if own and not table.may_be_null(found) else 4.0
        yield Candidate((found[0],), score, "by its name")


def _is_within_first(table: Table, own: str) -> bool:
    """Return whether an own number follows another table's id, and no table has the number without that id.

    Tables without either do not count. At least one other table has both.
    """
    first = table.names[0]
    if table.names[1:2] != [own] or not _leads(table, first) or not table.filled.issuperset((first, own)):
        return False
    held = set(table.around.holders.get(own, ())) - {table.one.name}
    return not plain(own).endswith(("id", "sk", "key")) and bool(held) and held <= set(table.around.holders[first])


def _within_period(table: Table, own: str) -> tuple[str, ...]:
    """Yield `year_id, league_id, team_id` of `teams`: the id follows a period and other ids, all NOT NULL."""
    before = table.columns[: table.names.index(own)]
    told = [column.name for column in before if column.name in table.ids or is_period(column)]
    begins = bool(before) and is_period(before[0]) and is_id(before[0].name)
    return (*told, own) if begins and len(told) == len(before) and table.filled.issuperset(told) else ()


def _begins(table: Table) -> Iterator[Candidate]:
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
    if not people and len(table.columns) > 2 and not _happens_again(table):
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


def _first(table: Table) -> list[str]:
    """Yield `order_id` of `order_headers`, if it is the first column and no other table has that name."""
    if not table.names:
        return []
    name, entity = table.names[0], plain(table.one.name)
    stem = re.sub(r"(?:id|key|code|no|sk)$", "", plain(name))
    is_own = (is_id(name) or plain(name).endswith(("key", "sk"))) and len(stem) > 2 and entity.startswith(stem)
    if not is_own or name in table.foreign or table.around.named_after(name, table.one.name):
        return []
    if _is_detail(table) and table.columns[1:2] and _is_filled_place(table, table.columns[1]):
        return []
    head = plain(singular(_HEADS.sub("", snake(table.one.name))))
    others = [other for other in table.around.firsts.get(name, ()) if other.name != table.one.name]
    is_head = head == stem or is_named_after(name, _HEADS.sub("", singular(snake(table.one.name))))
    own_ids = [any(is_named_after(c.name, other.name) for c in other.columns) for other in others]
    copies = [plain(o.name).startswith(entity) or _COPY.fullmatch(entity.removeprefix(plain(o.name))) for o in others]
    alone = all(own or bool(copy) for own, copy in zip(own_ids, copies, strict=True))
    return [name] if is_head or alone else []


def _places(table: Table) -> Iterator[Candidate]:
    """Yield an id and a position within it: `order_id`, `line_no`."""
    places = [c.name for c in table.columns if is_place(c.name, c.type) and not table.may_be_null([c.name])]
    places = [name for name in places if not table.shortened(name)]
    first = table.ids[:1]
    own = any(is_named_after(name, table.one.name) for name in table.names)
    if len(places) == 1 and first and first != places and not own and not table.may_be_null(first):
        leads = _leads(table, first[0]) and table.names.index(first[0]) < table.names.index(places[0])
        within = (
            leads or first[0] in table.foreign or plain(table.one.name).startswith(plain(first[0]).removesuffix("id"))
        )
        if within or table.names[:2] == [first[0], places[0]]:
            yield Candidate((first[0], places[0]), 4.5, "by their names: a place within something")


def _pairs(table: Table) -> Iterator[Candidate]:
    ids = [name for name in table.ids if not table.may_be_null([name])]
    ids = [name for n, name in enumerate(ids) if not _is_again(name, ids[:n])]
    kinds = {f"{stem_of(name)}_type" for name in ids}  # `likeable_type, likeable_id`
    ids = [name for name in table.names if name in ids or (snake(name) in kinds and name in table.filled)]
    if len(ids) < 2 or len(ids) > _MOST:
        return
    others = [column for column in table.columns if column.name not in ids]
    if not others:
        yield Candidate(tuple(ids), 3.5, "every column refers to another table, so the pair is the row")
    elif set(table.ids) <= set(ids) and all(
        is_upkeep(column) or is_place(column.name, column.type) for column in others
    ):
        yield Candidate(tuple(ids), 3.0, "it contains only ids, places in an order and audit columns")
    elif not (table.filled or table.around.declares_nullability or _has_code_first(table)):
        yield Candidate(tuple(ids), 2.0, "ids of several other things, and nothing else that distinguishes rows")


def _leading(table: Table) -> Iterator[Candidate]:
    """Yield the leading ids, then a day, a period or a position: `product_id, valid_from`."""
    run: list[str] = []
    for column in table.columns:
        tells = column.name in table.ids and not is_copy(column.name) and not _is_again(column.name, run)
        tells = tells and not (run and _is_own_number(table, column))
        counts = bool(run) and _counts_within(table, column)
        starts = not run and column.type == "date" and _happens_again(table)
        if column.name not in table.filled or not (tells or counts or starts or is_period(column)):
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
    if kept and after is not None and (is_day(after) or is_place(after.name, after.type)):
        if len(run) == 1 or _happens_again(table) or is_place(after.name, after.type):
            what = [c.name for c in rest[1:2] if c.name in table.filled and is_within(c.name)]
            what += [c.name for c in takewhile(lambda c: _is_filled_place(table, c), rest[1:])]
            why = "ids, and a day or a place, that are never NULL, with which it begins"
            is_behind = len(run) > 1 and is_place(after.name, after.type) and _numbers_rows(after.name)
            is_behind = is_behind and not _is_detail(table)  # lines are numbered within the first id, their whole
            yield Candidate((*run, after.name, *what)[:_WIDEST], 4.55 if is_behind else 2.75, why)
    elif len(run) == 1 and _is_one_to_one(table, run[0]):
        yield Candidate((run[0],), 2.25, "the id with which it begins, and it is not a collection")
    elif len(run) == 1 and _is_referred_to(table, run[0]):
        yield Candidate((run[0],), 2.25, "the id with which it begins, and others refer to it by that")


def _is_own_number(table: Table, column: DraftColumn) -> bool:
    """Return whether a text is a number that only this table has: `licence_no`, an attribute behind an id."""
    alone = len(table.around.holders.get(column.name, ())) == 1 and not _leads(table, column.name)
    return alone and family(column.type) == "text" and snake(column.name).endswith(("_no", "_nr"))


def _is_filled_place(table: Table, column: DraftColumn) -> bool:
    return column.name in table.filled and is_place(column.name, column.type) and _numbers_rows(column.name)


def _is_detail(table: Table) -> bool:
    word = last(table.one.name)
    return word is not None and "detail" in word.senses


def _numbers_rows(name: str) -> bool:
    """Return whether a place numbers the rows: `section_no`."""
    word = last(name)
    return word is not None and "numbering" in word.senses


def _is_again(name: str, run: Sequence[str]) -> bool:
    """Return whether `item_id` follows `item_sk`: another number of the same entity."""
    return stem_of(name) in {stem_of(other) for other in run if other != name}


def _counts_within(table: Table, column: DraftColumn) -> bool:
    """Return whether the column counts the rows of the table's subject: `lap` of `lap_times`."""
    name = plain(column.name)
    counts = family(column.type) == "integer" and len(name) > 2 and not senses(column.name) & {"rate", "state"}
    return counts and name in plain(table.one.name)


def _is_one_to_one(table: Table, column: str) -> bool:
    """Return whether the table is one-to-one with the table of its first id: `employee (person_id, …)`, not
    `person_phones`."""
    entity, end = table.one.name, last(table.one.name)
    stem = plain(column).removesuffix("id")
    if end is None or end.is_plural or end.senses & {"occurrence", "detail", "snapshot"}:
        return False
    others = [name for name in table.ids if name != column and name in table.filled and _leads(table, name)]
    is_more = not plain(entity).startswith(stem) or end.text in _ONE_TO_ONE
    return not others and len(table.columns) > 2 and is_more


def _leads(table: Table, column: str) -> bool:
    return column in table.foreign or bool(table.around.named_after(column, table.one.name))


def _is_referred_to(table: Table, column: str) -> bool:
    """Return whether no other table is named after an id or begins with only it, and another table has it."""
    others = [one for one in table.around.firsts.get(column, ()) if one.name != table.one.name]
    if _leads(table, column) or any(not _begins_with_more(one) for one in others):
        return False
    return len(table.around.holders.get(column, ())) > 1


def _begins_with_more(one: DraftEntity) -> bool:
    """Return whether the second column is also an id or a period, so that the first alone is not a key."""
    return len(one.columns) > 1 and (is_id(one.columns[1].name) or is_period(one.columns[1]))


def _happens_again(table: Table) -> bool:
    """Return whether the table has repeated rows for the same id: readings, rates, a history."""
    end = last(table.one.name)
    return says_history(table.one.name) or (end is not None and bool(end.senses & {"occurrence", "snapshot"}))


def _own_codes(table: Table) -> list[str]:
    """The columns that are called as a code or a name of the rows themselves is: `sku`, `iata_code`, `plane_code`."""
    own = f"{singular(table.one.name)}_"
    codes = [n for code in CODES for n in table.names if n.rstrip("_").lower() in (code, f"{own}{code}")]
    return [
        n
        for n in codes
        if n.rstrip("_").lower() in (*_OF_ANYTHING, *(f"{own}{code}" for code in CODES))
        or len(table.around.holders[n]) < _SHARED
    ]


def _has_code_first(table: Table) -> bool:
    """Return whether the first of what looks like ids is a code of the rows themselves: `iso_code` of `countries`."""
    return bool(table.ids) and table.ids[0] in _own_codes(table)[:1]


def _codes(table: Table) -> Iterator[Candidate]:
    """Yield a code or a name by which people distinguish the rows, if there is no id."""
    names = table.names
    if not names or table.foreign or table.ids[:1] == names[:1]:
        return
    codes = _own_codes(table)
    if codes:
        name = codes[0]
        is_first = name == names[0]
        if not table.may_be_null([name]) and (is_first or not table.ids or _has_code_first(table)):
            yield Candidate((name,), 2.5 if is_first else 2.0, "by its name, it distinguishes rows")
    first = table.columns[0]
    coded = any(word.text in _LEADING_CODES for word in tokens(first.name))
    if coded and first.name in table.filled:
        yield Candidate((first.name,), 3.0, "a code that is never NULL, with which it begins")
