"""Rules that propose a key from the columns with which a table begins, and from how other tables repeat them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from erd2dbt.datatypes.postgres import family
from erd2dbt.draft.key_evidence import Candidate, Table
from erd2dbt.draft.key_words import (
    VERSIONS,
    abbreviates,
    is_id,
    is_period,
    is_place,
    is_upkeep,
    is_within,
    last_noun,
    stem_of,
)
from erd2dbt.draft.values import DraftColumn, DraftEntity
from erd2dbt.infer.references import GENERIC, is_copy, is_named_after
from erd2dbt.infer.vocabulary import last, says, senses, tokens, word_list
from erd2dbt.infer.words import is_time
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

_WIDEST = 8  # maximum columns in a key that another table repeats
_MOST = 6  # maximum columns that another table repeats: a copy repeats more
_LOOKUP = 5  # maximum columns of a table of codes and their names
SHORT_CODE = re.compile(r"\((?:[1-9]|1\d|20)\)$")
_WHOLE = re.compile(r"(?:numeric|decimal|number)\(\d+(?:, ?0)?\)", re.IGNORECASE)
_FIGURES = frozenset(("flow", "rate", "state", "stock", "extreme", "each", "counting", "cumulated", "secret", "money"))
_PRICES = frozenset(("price", "rate", "state"))
_EXPLAINS = frozenset(word_list("explanation"))
_SURELY_MORE = 2  # times as many columns of its own make a table the one that others refer to


def beginnings(table: Table) -> Iterator[Candidate]:
    """Yield the candidates of all rules of this module."""
    for rule in (
        _first_filled,
        _repeated,
        _numbered,
        _handed_down,
        _referred_to,
        _lookup,
        _filled_first,
        _parts,
        _setting,
        _values,
        _of_parts,
        _priced,
    ):
        yield from rule(table)


def _run(table: Table) -> list[DraftColumn]:
    """Return the NOT NULL columns with which a table begins."""
    return list(takewhile(lambda column: column.name in table.filled, table.columns))


def _repeated(table: Table) -> Iterator[Candidate]:
    """Yield `company, pay_group, period_end` of `pay_calendar`, if another table has all of them, too.

    Equal names may be a coincidence where each of them refers to something. Numbers behind them belong to the key.
    """
    run = list(takewhile(lambda column: may_identify(table, column), _run(table)))[:_WIDEST]
    size = max((_repeats(run, other) for other in table.around.draft.entities if other is not table.one), default=0)
    shared = run[:size]
    if size < 2 or size > _MOST or not any(_is_own(table, column) for column in shared):
        return
    behind = run[size:]
    if table.around.begins_with_key:
        while behind and behind[-1].name in table.ids:
            behind.pop()
    else:
        behind = list(takewhile(lambda column: _numbers(table, column), behind))
        rest = [column for column in table.columns[size + len(behind) :] if column.name in table.filled]
        if any(may_identify(table, column) for column in rest):
            return  # what follows may distinguish the rows of one whole
    names = tuple(column.name for column in (*shared, *behind))
    yield Candidate(names, 3.7 if size > 2 else 2.9, "it begins with them, never NULL, and another table repeats them")


def may_identify(table: Table, column: DraftColumn) -> bool:
    """Return whether a column may be a part of a key: an id, a day, a number or a short text, and no figure."""
    if column.name in table.ids or is_period(column) or column.type == "date":
        return True
    is_name = family(column.type) in ("integer", "text", "other", "numeric") and not is_upkeep(column)
    return is_name and not _is_figure(column) and not _names(column) and "named" not in senses(column.name)


def _is_figure(column: DraftColumn) -> bool:
    """Return whether a column says how much or how often. A `page_no` is only a number."""
    end = last(column.name)
    return not senses(column.name).isdisjoint(_FIGURES) and (end is None or "label" not in end.senses)


def _repeats(run: Sequence[DraftColumn], other: DraftEntity) -> int:
    kinds = {column.name: family(column.type) for column in other.columns}
    same = takewhile(lambda c: kinds.get(c.name) == family(c.type) and c.name.lower() not in GENERIC, run)
    return len(list(same))


def _is_own(table: Table, column: DraftColumn) -> bool:
    """Return whether the column refers to no other table, and is not a moment, period or version."""
    name = column.name
    leads = name in table.foreign or bool(table.around.named_after(name, table.one.name) or table.shortened(name))
    leads = leads or any(one is not table.one for one in table.around.firsts.get(name, ()))
    is_moment = is_time(name, column.type) or is_period(column) or name.lower() in VERSIONS or is_upkeep(column)
    return not leads and not is_moment and family(column.type) in ("integer", "numeric", "text", "other")


def _numbers(table: Table, column: DraftColumn) -> bool:
    """Return whether an integer numbers something within a row's whole, as far as its name says."""
    is_whole = family(column.type) == "integer" or bool(_WHOLE.fullmatch(column.type))
    if _refers(table, column) or not is_whole or is_upkeep(column) or is_period(column):
        return False
    return not _is_figure(column)


def _refers(table: Table, column: DraftColumn) -> bool:
    """Return whether an id is more than a number: `step_no` is one, unless another table has that name or begins so."""
    if column.name not in table.ids or not snake(column.name).endswith(("_no", "_nr")):
        return column.name in table.ids
    others = any(one is not table.one for one in table.around.firsts.get(column.name, ()))
    return others or column.name in table.foreign or bool(table.around.named_after(column.name, ""))


def _numbered(table: Table) -> Iterator[Candidate]:
    """Yield `block_code, bay, row, tier`: an id of something else, and the integers behind it that are NOT NULL."""
    run = _run(table)
    ids = list(takewhile(lambda column: _refers(table, column), run))
    own = any(is_named_after(column.name, table.one.name) for column in run)
    if not ids or own or table.around.begins_with_key:
        return
    numbers = list(takewhile(lambda column: _numbers(table, column), run[len(ids) :]))
    if len(numbers) > 1 and "worth" in _last_senses(numbers[-1]):
        numbers.pop()  # `value` of `(account_id, key, value)` is what the others distinguish
    names = tuple(column.name for column in (*ids, *numbers))
    after = run[len(names) : len(names) + 1]
    if not numbers or len(names) > _WIDEST or any(column.name in table.ids or is_period(column) for column in after):
        return
    ends = not after or not may_identify(table, after[0])
    if len(numbers) > 1 or len(ids) == 1:
        score = 4.6 if len(numbers) > 1 and ends else 2.4
        yield Candidate(names, score, "an id, and the numbers within it, never NULL")


def _first_filled(table: Table) -> Iterator[Candidate]:
    """Yield the first columns, if the schema declares NOT NULL for the first columns of tables and for no others."""
    run = [column for column in table.columns if column.name in table.filled]
    while run and says(run[-1].name, "secret", "token"):
        run.pop()  # it is kept for what the others identify
    moments = any(is_time(column.name, column.type) and column.type != "date" for column in run)
    is_first = 0 < len(run) <= _MOST and len(run) < len(table.columns) and run == table.columns[: len(run)]
    if is_first:
        run = _without_attributes(table, run)
    if table.around.begins_with_key and is_first and not moments:
        yield Candidate(tuple(column.name for column in run), 2.6, "the first columns, which alone are never NULL")


def _without_attributes(table: Table, run: list[DraftColumn]) -> list[DraftColumn]:
    """Return the columns before the first that is a name or an amount: `part_no` of `part_no, part_desc`."""
    cut = next((n for n, c in enumerate(run) if n and (_names(c) or _counts(table, c) or _ends(run[:n], c))), len(run))
    return run[:cut] if cut > 1 or all(map(_names, run[1:2])) else run


def _names(column: DraftColumn) -> bool:
    word = last(column.name)
    return word is not None and ("named" in word.senses or word.text in _EXPLAINS)


def _ends(run: Sequence[DraftColumn], column: DraftColumn) -> bool:
    """Return whether the column is the end of what another one begins: the start is enough."""
    is_time_there = any(is_time(one.name, one.type) or says(one.name, "onset") for one in run)
    return says(column.name, "ended") and is_time_there


def _counts(table: Table, column: DraftColumn) -> bool:
    """Return whether a number is an amount, and not a number of the rows: `lap` of `lap_times`."""
    is_number = family(column.type) in ("integer", "numeric", "float")
    own = last_noun(column.name) in {singular(word.text) for word in tokens(table.one.name)}
    return is_number and column.name not in table.ids and _is_figure(column) and not own


def _handed_down(table: Table) -> Iterator[Candidate]:
    """Yield `file_no` of `applications`: others begin with it, too, but with a place, a day or an id behind it.

    Of several tables it is the one with by far the most columns of its own.
    """
    first = table.columns[0] if table.columns else None
    if first is None or not table.around.is_handed_down(first) or first.name in table.foreign:
        return
    if table.around.named_after(first.name, "") or table.may_be_null([first.name]) or is_period(first):
        return
    if _shortens_another(table, first.name) or last_noun(stem_of(first.name)) in table.around.things:
        return  # `drug_concept_id` is a concept
    rivals = [one for one in table.around.firsts.get(first.name, ()) if not _is_part(table, one)]
    own = {one.name: _of_its_own(table, one) for one in rivals}
    mine = own.pop(table.one.name, 0)
    if len(table.around.holders[first.name]) > 1 and mine >= _SURELY_MORE * max(own.values(), default=1):
        yield Candidate((first.name,), 2.9, "it begins with it, and others repeat it as a part of their keys")


def _shortens_another(table: Table, column: str) -> bool:
    """Return whether a column's name shortens another table's: `stn_code` of stations, at the start of balances."""
    stem, others = stem_of(column), (one.name for one in table.around.draft.entities if one is not table.one)
    names = (name for name in others if not snake(name).startswith(stem))
    return not abbreviates(stem, table.one.name) and any(abbreviates(stem, name) for name in names)


def _is_part(table: Table, one: DraftEntity) -> bool:
    """Return whether the second column of a table says that the first is only a part of the key."""
    second = one.columns[1] if len(one.columns) > 1 else None
    if second is None or not second.fields.get("not_null"):
        return False
    tells = is_place(second.name, second.type) or is_period(second) or is_time(second.name, second.type)
    refers = is_id(second.name) or table.around.is_handed_down(second)
    counts = family(second.type) == "integer" and not refers
    return tells or is_within(second.name) or second.name.lower() in VERSIONS or counts


def _of_its_own(table: Table, one: DraftEntity) -> int:
    """Return how many columns are neither ids nor kept by the system."""
    return sum(not is_id(column.name) and not is_upkeep(column) for column in one.columns[1:])


def _referred_to(table: Table) -> Iterator[Candidate]:
    """Yield `badge_no` of `operators`, if another table has `operator_badge_no` of this type."""
    first = table.columns[0] if table.columns else None
    if first is None or table.may_be_null([first.name]) or _is_part(table, table.one):
        return
    called = f"{singular(snake(table.one.name))}_{snake(first.name)}"
    others = (one for one in table.around.draft.entities if one is not table.one)
    held = [c for one in others for c in one.columns if snake(c.name) == called or snake(c.name).endswith(f"_{called}")]
    if any(family(column.type) == family(first.type) for column in held) and "named" not in senses(first.name):
        yield Candidate((first.name,), 5.0, "other tables refer to it by the name of the table and its own")


def _lookup(table: Table) -> Iterator[Candidate]:
    """Yield `cause_cd` of `(cause_cd, cause_desc)`: a short code that is never NULL, before its name."""
    if not 2 <= len(table.columns) <= _LOOKUP or is_copy(table.names[0]):
        return
    first, second = table.columns[:2]
    word = last(first.name)
    is_coded = is_id(first.name) or (word is not None and "label" in word.senses)
    is_coded = is_coded or (family(first.type) in ("text", "other") and bool(SHORT_CODE.search(first.type)))
    says = "named" in senses(second.name) or any(word.text in _EXPLAINS for word in tokens(second.name)[-1:])
    is_coded = is_coded and "named" not in senses(first.name) and not table.may_be_null([first.name])
    refers = first.name in table.foreign or table.around.named_after(first.name, table.one.name)
    if is_coded and says and not refers:
        yield Candidate((first.name,), 2.6, "a code that is never NULL, before its name")


def _filled_first(table: Table) -> Iterator[Candidate]:
    """Yield the columns with which the table begins, if they may identify a row, and no other column is NOT NULL."""
    run = _run(table)
    own = any(is_named_after(column.name, table.one.name) for column in run)
    if (
        table.around.is_silent
        or not 2 < len(run) <= _MOST
        or own
        or len(run) < len(table.filled)
        or len(table.columns) < len(run) + 2
    ):
        return
    moments = [column for column in run if is_time(column.name, column.type) and column.type != "date"]
    others = [column for column in run if column not in moments]
    if is_place(run[1].name, run[1].type) or snake(run[1].name).endswith(("_no", "_nr")):
        return  # the number within the first is enough
    if len(moments) < 2 and not any(map(is_upkeep, run)) and all(may_identify(table, column) for column in others):
        ids = [column for column in run if column.name in table.ids]
        short = all(column in ids or family(column.type) != "text" or SHORT_CODE.search(column.type) for column in run)
        if len(ids) == 2 and short:
            yield Candidate(tuple(column.name for column in run), 2.6, "ids and what is never NULL with them")


def _parts(table: Table) -> Iterator[Candidate]:
    """Yield all columns, if they are ids and a place, and another table begins with the place and the id before it."""
    run = _run(table)
    if len(run) < len(table.columns) or not 2 < len(run) <= _MOST or table.ids == table.names:
        return
    if not all(column.name in table.ids or is_place(column.name, column.type) for column in run):
        return
    pairs = {(a.name, b.name) for a, b in pairwise(run) if is_place(b.name, b.type)}
    others = [one for one in table.around.draft.entities if one is not table.one and len(one.columns) > 1]
    if any((one.columns[0].name, one.columns[1].name) in pairs for one in others):
        yield Candidate(tuple(table.names), 3.2, "ids, one of them of several columns, and nothing else")


def _setting(table: Table) -> Iterator[Candidate]:
    """Yield `key` of `(key, value)`."""
    names = table.names
    is_first = 2 <= len(names) <= _LOOKUP and is_within(names[0]) and not table.may_be_null(names[:1])
    if is_first and not table.ids and any("worth" in senses(name) for name in names[1:]):
        yield Candidate((names[0],), 2.5, "its name, before the value")


def _values(table: Table) -> Iterator[Candidate]:
    """Yield `school_id, title` of `(school_id, title, config_value)`: all before the value, and no moment behind it."""
    at = next((n for n, column in enumerate(table.columns) if "worth" in _last_senses(column)), 0)
    run, behind = table.columns[:at], table.columns[at + 1 :]
    if not 2 <= len(run) <= _LOOKUP or any(column.name not in table.filled for column in run):
        return
    moments = any(is_time(column.name, column.type) and not is_upkeep(column) for column in (*run, *behind))
    own = _has_own_id_first(table) or any(is_named_after(column.name, table.one.name) for column in run)
    is_text = family(run[-1].type) == "text" and family(table.columns[at].type) == "text"
    if is_text and any(column.name in table.ids for column in run) and not own and not moments:
        yield Candidate(tuple(column.name for column in run), 4.6, "an id, and what its values are called")


def _has_own_id_first(table: Table) -> bool:
    """Return whether it begins with an id that only it has, before one that others have, too: a number of its rows."""
    first, second = table.names[:2]
    holders = table.around.holders
    return is_id(first) and len(holders.get(first, ())) == 1 and is_id(second) and len(holders.get(second, ())) > 1


def _last_senses(column: DraftColumn) -> frozenset[str]:
    word = last(column.name)
    return word.senses if word is not None else frozenset()


def _of_parts(table: Table) -> Iterator[Candidate]:
    """Yield `match_id, game_no, player_id` of `player_stats`, if `match_games` begins with the first two as its key."""
    run = _run(table)[:3]
    if len(run) < 3 or not is_place(run[1].name, run[1].type) or run[2].name not in table.ids:
        return
    pair = [column.name for column in run[:2]]
    others = (one for one in table.around.draft.entities if [column.name for column in one.columns[:2]] == pair)
    words = {last_noun(stem_of(pair[0])), *(singular(word.text) for word in tokens(pair[1])[:1])}
    whole = [one for one in others if words <= {singular(word.text) for word in tokens(one.name)}]
    if whole and table.one not in whole:
        yield Candidate(tuple(column.name for column in run), 4.7, "a part of something, and an id for each row of it")


def _priced(table: Table) -> Iterator[Candidate]:
    """Yield `tariff_code, valid_from` of `tariffs`: what has a price, and the day since which the price is valid."""
    run = _run(table)[:2]
    if len(run) < 2 or not any(word.senses & _PRICES for word in tokens(table.one.name)):
        return
    own, since = run
    starts = is_time(since.name, since.type) and "validity" in senses(since.name)
    if (
        starts
        and not own.is_counted
        and own.type != "uuid"
        and may_identify(table, own)
        and not is_time(own.name, own.type)
    ):
        yield Candidate((own.name, since.name), 5.65, "what has a price, and the day since which it is valid")
