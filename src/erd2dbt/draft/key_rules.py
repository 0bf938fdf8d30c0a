"""The rules that propose candidates for a key, each with its evidence and its weight."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from erd2dbt.datatypes.postgres import family
from erd2dbt.draft.key_beginnings import beginnings
from erd2dbt.draft.key_evidence import Candidate, Table
from erd2dbt.draft.key_nullability import begins_with_own, may_repeat_daily, owned_by_first
from erd2dbt.draft.key_own_names import (
    by_first_id,
    by_own_name,
    counted,
    first_id,
    happens_again,
    is_alone,
    is_detail,
    is_filled_place,
    leads,
    numbers_rows,
    own_codes,
)
from erd2dbt.draft.key_words import (
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
    stem_of,
)
from erd2dbt.draft.values import DraftColumn, DraftEntity
from erd2dbt.infer.references import is_copy, is_named_after, plain
from erd2dbt.infer.vocabulary import last, says, senses, tokens, word_list
from erd2dbt.infer.words import is_time
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

_MOST = 4  # maximum ids in a key
_WIDEST = 6  # maximum columns in a key with a period or places
_LEADING_CODES = word_list("leading_code")
_ONE_TO_ONE = frozenset(word_list("one_to_one"))
_FIGURES = frozenset(("flow", "stock"))  # how much there is: no part of a key
_FEW = 3  # ratio of all columns to NOT NULL ones from which these count as few


_Rule = Callable[[Table], Iterator[Candidate]]


def candidates(table: Table) -> Iterator[Candidate]:
    for rule in (
        _declared, counted, by_own_name, _versions, _places, _made_of, by_first_id, _pairs, _leading, _filled, _totals,
        _within, _collections, _codes, _alone, _levels, beginnings, owned_by_first,
    ):  # fmt: skip
        yield from rule(table)


def _versions(table: Table) -> Iterator[Candidate]:
    """Yield `node_id, version` of `nodes`, if other tables have both columns, or if each row is a version of
    something."""
    versions = [name for name in table.names if name.lower() in VERSIONS and not table.may_be_null([name])]
    own = [name for name in table.names if is_named_after(name, table.one.name)] or first_id(table)
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
    inside = not rest and _is_within_first(table, tied)
    others = [column for column in table.columns if column.name not in ids and not is_upkeep(column)]
    if len(tied) > 1 and (not own or inside) and others and len(rest) * 2 <= len(name):
        places = [table.names.index(one) for one in tied]
        within = [one for one in ids if min(places) <= table.names.index(one) <= max(places)]
        for column in table.columns[max(places) + 1 :]:
            if not is_period(column) or column.name not in table.filled:
                break
            within.append(column.name)
        of_period = not rest and any(is_calendar_part(stems[one]) for one in tied)  # `subscriber_month`
        within = [*_day_first(table, min(places)), *within]
        score = 4.25 if of_period or inside else 3.75
        yield Candidate(tuple(within), score, "its name consists of the names of the tables that it links")


def _is_within_first(table: Table, tied: Sequence[str]) -> bool:
    """Return whether the second id counts within the first: `player_id, outfit_id` of `player_outfits`.

    No other table has the second, and little else is known of it.
    """
    if len(tied) != 2 or table.names[:2] != list(tied) or len(table.columns) > _FEW + 1:
        return False
    if not plain(table.one.name).startswith(plain(singular(stem_of(tied[0])))):
        return False  # `meta_id` of `post_meta` is its own
    column = table.columns[1]
    alone = len(table.around.holders.get(column.name, ())) == 1 and not column.is_counted
    return alone and column.type != "uuid" and not column.fields.get("unique")


def _day_first(table: Table, size: int) -> list[str]:
    """Return the day with which a table begins, right before its ids: `awarded_on, player_id, award_id`."""
    first = table.columns[0]
    is_of_row = size == 1 and first.type == "date" and first.name in table.filled and not is_upkeep(first)
    return [first.name] if is_of_row else []


def _filled(table: Table) -> Iterator[Candidate]:
    """Yield the NOT NULL columns if they are few among many: schemas declare keys NOT NULL first."""
    if table.around.is_silent:
        return
    filled = [column for column in table.columns if column.name in table.filled]
    names = tuple(column.name for column in filled)
    if any(is_time(c.name, c.type) for c in filled) and not happens_again(table):
        return
    if any(senses(c.name) & _FIGURES and not is_place(c.name, c.type) for c in filled):
        return
    tell = any(name in table.ids for name in names) or any(is_period(c) or is_place(c.name, c.type) for c in filled)
    few = _FEW - 1 if len(names) >= _FEW and all(name in table.ids for name in names) else _FEW
    if 1 < len(names) <= _MOST and tell and len(table.columns) >= few * len(names) and not any(map(is_upkeep, filled)):
        yield Candidate(names, 2.6, "they alone are never NULL")


def _totals(table: Table) -> Iterator[Candidate]:
    """Yield `hour_ts, campaign_id, country` of hourly sums: a part of the calendar and what is counted within it.

    All columns behind them are numbers.
    """
    run: list[DraftColumn] = []
    for column in table.columns:
        is_number = family(column.type) in ("integer", "numeric", "float")
        tells = column.name in table.ids or is_period(column) or is_calendar(column) or not is_number
        tells = tells or (bool(run) and is_filled_place(table, column))
        if column.name not in table.filled or not tells:
            break
        run.append(column)
    rest = table.columns[len(run) :]
    numbers = all(family(column.type) in ("integer", "numeric", "float") or is_upkeep(column) for column in rest)
    times = [column for column in run if is_time(column.name, column.type)]
    if is_alone(table, run) or begins_with_own(table) or any("validity" in senses(column.name) for column in times):
        return
    if 1 < len(run) <= _WIDEST and len(rest) > 1 and numbers and len(times) == 1 and is_calendar(times[0]):
        why = "a part of the calendar and what numbers are given for in it, all NOT NULL"
        yield Candidate(tuple(column.name for column in run), 4.6, why)


def _levels(table: Table) -> Iterator[Candidate]:
    """Yield `id_compte, jour` of `soldes (id_compte, jour, montant)`: ids and a day of a table of levels.

    Nothing is declared NOT NULL, and only numbers follow. Events have several rows of one thing on a day.
    """
    run = takewhile(lambda one: one.name in table.ids or _has_id_first(one.name), table.columns)
    ids = [column.name for column in run]
    rest = table.columns[len(ids) :]
    word = last(table.one.name)
    is_of_levels = word is not None and bool(word.senses & {"stock", "snapshot"}) and "occurrence" not in word.senses
    is_declared = bool(table.filled or table.around.declares_nullability) and not table.around.is_silent
    if not ids or not is_of_levels or is_declared or len(rest) < 2:
        return
    day, *figures = rest
    are_figures = all(family(one.type) in ("integer", "numeric", "float") or is_upkeep(one) for one in figures)
    own = any(is_named_after(name, table.one.name) for name in ids)
    if day.type == "date" and is_day(day) and are_figures and not own and len(ids) < _MOST:
        yield Candidate((*ids, day.name), 3.9, "ids and a day, and its rows are levels by their name")


def _has_id_first(name: str) -> bool:
    """Return whether a column is called as ids are in romance languages, where no table tells: `id_compte`."""
    return snake(name).startswith("id_")


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
        end = last(table.one.name)
        is_of_both = stem in plain(table.one.name) or (end is not None and end.is_plural)
        says = stem not in other and is_of_both and "general" not in senses(names[1])
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
    is_text = family(table.columns[0].type) in ("text", "other", "integer")
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
            why = (
                "it is declared unique and never NULL"
                if table.filled and not table.around.is_silent
                else "it is declared unique"
            )
            yield Candidate(some, 5.0 + own, why)
        elif len(some) > 1 and table.filled.intersection(some):
            empty = ", ".join(name for name in some if name not in table.filled)
            yield Candidate(some, 2.5, f"it is declared unique, though {empty} may be NULL")


def _places(table: Table) -> Iterator[Candidate]:
    """Yield an id and a position within it: `order_id`, `line_no`."""
    places = [c.name for c in table.columns if is_place(c.name, c.type) and not table.may_be_null([c.name])]
    places = [name for name in places if name not in table.ids[:1] or not leads(table, name)]
    places = places or [c.name for c in table.columns[1:2] if _is_called_place(c) and c.name in table.filled]
    places = [name for name in places if not table.shortened(name)]
    first = table.ids[:1]
    own = any(is_named_after(name, table.one.name) for name in table.names)
    if len(places) == 1 and first and first != places and not own and not table.may_be_null(first):
        is_led = leads(table, first[0]) and table.names.index(first[0]) < table.names.index(places[0])
        within = (
            is_led or first[0] in table.foreign or plain(table.one.name).startswith(plain(first[0]).removesuffix("id"))
        )
        if within or table.names[:2] == [first[0], places[0]]:
            yield Candidate((first[0], places[0]), 4.5, "by their names: a place within something")


def _is_called_place(column: DraftColumn) -> bool:
    """Return whether a whole number has nothing but a word for a place as its name: `rang`."""
    found = tokens(column.name)
    return family(column.type) == "integer" and len(found) == 1 and "place" in found[0].senses


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
        starts = not run and column.type == "date" and happens_again(table)
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
        is_single = len(run) == 1 and (_is_since(after) or may_repeat_daily(table, run[0]))
        if is_single or happens_again(table) or is_place(after.name, after.type) or _is_as_of(after):
            what = [c.name for c in rest[1:2] if c.name in table.filled and is_within(c.name)]
            what += [c.name for c in takewhile(lambda c: is_filled_place(table, c), rest[1:])]
            what = what or _slots(table, rest[1:])
            why = "ids, and a day or a place, that are never NULL, with which it begins"
            is_behind = len(run) > 1 and is_place(after.name, after.type) and numbers_rows(after.name)
            is_behind = (
                is_behind and not is_detail(table) and not is_alone(table, table.columns)
            )  # lines are numbered within the first id, their whole
            yield Candidate((*run, after.name, *what)[:_WIDEST], 4.55 if is_behind else 2.75, why)
    elif len(run) == 1 and _is_one_to_one(table, run[0]):
        yield Candidate((run[0],), 2.25, "the id with which it begins, and it is not a collection")
    elif len(run) == 1 and _is_referred_to(table, run[0]):
        yield Candidate((run[0],), 2.25, "the id with which it begins, and others refer to it by that")


def _slots(table: Table, rest: Sequence[DraftColumn]) -> list[str]:
    """Return the ids of parts of a day behind the day, where nothing else behind it is never NULL: `period_id`."""
    found = [c.name for c in takewhile(lambda c: c.name in table.filled and "period" in senses(c.name), rest)]
    behind = rest[len(found) :]
    return found if behind and not any(column.name in table.filled for column in behind) else []


def _is_own_number(table: Table, column: DraftColumn) -> bool:
    """Return whether a text is a number that only this table has: `licence_no`, an attribute behind an id."""
    alone = len(table.around.holders.get(column.name, ())) == 1 and not leads(table, column.name)
    return alone and family(column.type) == "text" and snake(column.name).endswith(("_no", "_nr"))


def _is_since(column: DraftColumn) -> bool:
    """Return whether a column is a place, or the start of a validity, and not merely a day."""
    return not is_day(column) or "validity" in senses(column.name)


def _is_as_of(column: DraftColumn) -> bool:
    """Return whether a day is that of a snapshot: `snap_dt`."""
    return says(column.name, "snapshot", "validity")


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
    others = [name for name in table.ids if name != column and name in table.filled and leads(table, name)]
    is_more = not plain(entity).startswith(stem) or end.text in _ONE_TO_ONE
    return not others and len(table.columns) > 2 and is_more


def _is_referred_to(table: Table, column: str) -> bool:
    """Return whether no other table is named after an id or begins with only it, and another table has it."""
    others = [one for one in table.around.firsts.get(column, ()) if one.name != table.one.name]
    if leads(table, column) or any(not _begins_with_more(one) for one in others):
        return False
    return len(table.around.holders.get(column, ())) > 1


def _begins_with_more(one: DraftEntity) -> bool:
    """Return whether the second column is also an id or a period, so that the first alone is not a key."""
    return len(one.columns) > 1 and (is_id(one.columns[1].name) or is_period(one.columns[1]))


def _has_code_first(table: Table) -> bool:
    """Return whether the first of what looks like ids is a code of the rows themselves: `iso_code` of `countries`."""
    return bool(table.ids) and table.ids[0] in own_codes(table)[:1]


def _codes(table: Table) -> Iterator[Candidate]:
    """Yield a code or a name by which people distinguish the rows, if there is no id."""
    names = table.names
    if not names or table.foreign or table.ids[:1] == names[:1]:
        return
    codes = own_codes(table)
    if codes:
        name = codes[0]
        is_first = name == names[0]
        if not table.may_be_null([name]) and (is_first or not table.ids or _has_code_first(table)):
            yield Candidate((name,), 2.5 if is_first else 2.0, "by its name, it distinguishes rows")
    first = table.columns[0]
    coded = any(word.text in _LEADING_CODES for word in tokens(first.name))
    if coded and first.name in table.filled:
        yield Candidate((first.name,), 3.0, "a code that is never NULL, with which it begins")
