"""Undeclared keys in schemas that declare nothing NOT NULL: exports, data lakes, logs.

Key columns are usually first. The columns with which a table begins are taken for NOT NULL there, as far as their names
allow, so that the rules of other schemas apply. What is doubtful without the declaration stays open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from erd2dbt.datatypes.postgres import family
from erd2dbt.draft.key_beginnings import SHORT_CODE, may_identify
from erd2dbt.draft.key_evidence import Candidate, Neighbours, Table
from erd2dbt.draft.key_own_names import happens_again, leads, own_codes
from erd2dbt.draft.key_words import (
    is_id,
    is_period,
    is_place,
    is_upkeep,
    is_version,
    is_within,
    last_senses,
    says_history,
    stem_of,
)
from erd2dbt.draft.values import DraftColumn, DraftEntity
from erd2dbt.infer.references import is_named_after, plain
from erd2dbt.infer.vocabulary import last, senses
from erd2dbt.infer.words import is_time
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

_SURE = 3.1  # score from which the columns behind a key raise no doubt
_SHORTEST = 3  # letters of a stem
_FIGURES = 2  # numbers behind a time of the day that make a reading
BY_PLACE = "the columns with which it begins, by their names; nothing is declared NOT NULL"


def declares_nothing(tables: Iterable[DraftEntity]) -> bool:
    """Return whether no column of any table is declared NOT NULL."""
    return not any(column.fields.get("not_null") for one in tables for column in one.columns)


def with_assumed(one: DraftEntity, around: Neighbours) -> DraftEntity:
    """Return the table with NOT NULL at the columns that may be its key."""
    table = Table(around, one)
    assumed = {*_beginning(table), *(name for some in one.uniques for name in some)}
    for column in table.columns:
        if column.is_counted or column.fields.get("unique") or is_named_after(column.name, one.name):
            assumed.add(column.name)
    columns = (replace(c, fields={**c.fields, "not_null": True}) if c.name in assumed else c for c in one.columns)
    return replace(one, columns=tuple(columns))


def _beginning(table: Table) -> Iterator[str]:
    """Yield the columns with which the table begins, until one that identifies nothing. A second moment is the end."""
    has_moment = False
    for column in table.columns:
        is_moment = is_time(column.name, column.type)
        is_own_code = column.name in table.names[:1] and column.name in own_codes(table)[:1]
        tells = is_own_code or (not has_moment if is_moment else _identifies(table, column))
        if is_upkeep(column) or not tells:
            return
        has_moment = has_moment or is_moment
        yield column.name


def _identifies(table: Table, column: DraftColumn) -> bool:
    is_number = is_period(column) or is_place(column.name, column.type) or is_version(column.name)
    return column.name in table.ids or is_number or is_within(column.name)


def owned_by_first(table: Table) -> Iterator[Candidate]:
    """Yield `gateway_eui` of `(gateway_eui, site_id, …)`: only this table has it first, and the next id leads away."""
    if len(table.columns) < 2 or happens_again(table) or not _has_own_first(table):
        return
    is_joint = all(c.name in table.ids or is_place(c.name, c.type) or is_upkeep(c) for c in table.columns)
    second = table.names[1]
    if not is_joint and second in table.ids and _leads_away(table, second):
        yield Candidate(
            (table.names[0],), 2.95, "the id with which it begins, as no other table does, before an id of another"
        )


def begins_with_own(table: Table) -> bool:
    """Return whether the table begins with an id with which no other table begins, and that names no other table."""
    return bool(table.names) and is_id(table.names[0]) and _has_own_first(table)


def _has_own_first(table: Table) -> bool:
    first = table.columns[0]
    is_told = first.name in table.ids and first.name not in table.foreign and not is_period(first)
    return table.around.is_silent and is_told and not _leads_away(table, first.name)


def may_repeat_daily(table: Table, name: str) -> bool:
    """Return whether a day may be needed besides an id. Without NOT NULL, the id has to be that of another table."""
    return not table.around.is_silent or _leads_by_name(table, name) or happens_again(table)


def is_doubtful(table: Table, found: Candidate) -> bool:
    """Return whether a proposed key may be too short, too long, or another thing's, where nothing is NOT NULL.

    The rules with a high score have evidence enough.
    """
    size = len(found.columns)
    if not table.around.is_silent or found.score >= _SURE:
        return False
    if set(table.names[:size]) != set(found.columns):
        return found.columns[0] not in own_codes(table) or "named" in last_senses(found.columns[0])
    if size == 1 and (_is_one_letter(table.columns[0]) or any(_is_own_word(table, name) for name in table.names[1:2])):
        return True
    if found.columns[0] in own_codes(table):
        return False
    return _is_too_long(table, size) or _continues(table, size) or _may_happen_twice(table, size)


def _is_one_letter(column: DraftColumn) -> bool:
    return column.type == "boolean" or column.type.endswith("(1)")


def _is_own_word(table: Table, name: str) -> bool:
    """Return whether the table's name begins with what a column identifies: `jobcode` of `jobcode_tbl`."""
    stem = plain(stem_of(name))
    return len(stem) >= _SHORTEST and plain(singular(snake(table.one.name))).startswith(stem)


def _is_too_long(table: Table, size: int) -> bool:
    """Return whether the first id may be enough: it may be the table's own, or the moment may be that of the record."""
    if size == 1:
        return False
    run, last_one = table.columns[:size], table.columns[size - 1]
    names = [column.name for column in run]
    if not any(name not in table.ids or _leads_by_name(table, name) for name in names):
        return len(table.around.firsts.get(names[0], ())) > 1
    if size > 2 and any(is_time(column.name, column.type) for column in run) and begins_with_own(table):
        return True
    is_known = bool(senses(last_one.name)) or is_time(last_one.name, None)
    return size == 2 and last_one.type == "date" and not is_known


def _may_happen_twice(table: Table, size: int) -> bool:
    """Return whether several rows may have the same moment: `payments` of an account on a day.

    Readings and levels have one row: only figures are behind the moment, and behind a time of the day at least two.
    """
    moment, behind = table.columns[size - 1], table.columns[size:]
    word = last(table.one.name)
    is_history = says_history(table.one.name) and word is not None and "stock" not in word.senses
    if not is_time(moment.name, moment.type) or "validity" in senses(moment.name) or is_history:
        return False
    figures = [c for c in behind if not is_upkeep(c) and c.name not in table.ids]
    if any(family(c.type) not in ("integer", "numeric", "float", "boolean") for c in figures):
        return True
    is_event = word is not None and "occurrence" in word.senses and any("flow" in senses(c.name) for c in figures)
    return is_event or (moment.type != "date" and len(figures) < _FIGURES)


def _continues(table: Table, size: int) -> bool:
    """Return whether the column behind a key may be a part of it, as far as its name and type say."""
    if size >= len(table.columns):
        return False
    last_one, after = table.columns[size - 1], table.columns[size]
    if is_time(last_one.name, last_one.type):
        return is_place(after.name, after.type) or is_version(after.name) or is_within(after.name)
    if size == 1 and leads(table, after.name) and not _leads_by_name(table, last_one.name):
        return False
    if is_time(after.name, after.type) or not may_identify(table, after) or last_senses(after.name) & {"worth"}:
        return False
    return family(after.type) != "text" or bool(SHORT_CODE.search(after.type))


def _leads_by_name(table: Table, name: str) -> bool:
    return leads(table, name) or bool(table.shortened(name) - {table.one.name})


def _leads_away(table: Table, name: str) -> bool:
    others: Sequence[DraftEntity] = table.around.firsts.get(name, ())
    return _leads_by_name(table, name) or any(one.name != table.one.name for one in others)
