"""Classifies column names as evidence of keys: ids, positions, periods, versions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from erd2dbt.datatypes.postgres import family
from erd2dbt.draft.values import DraftColumn
from erd2dbt.infer.references import is_copy, plain
from erd2dbt.infer.vocabulary import Token, last, senses, tokens, word_list
from erd2dbt.infer.words import is_rank, is_time
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

_ID = re.compile(r"(?:^|_)id(?:_?\d+)?_?$|[a-z]I[dD]$|(?<=[a-z])id$|_(?:key|code|sk|fk|nr)$", re.ASCII)
_NO_ID = word_list("no_id")
_PLACE = re.compile(r"(?:line|item|row|seq|pos)(?:no|nr|num|number|item)?|seq(?:uence)?id")
_NO_PLACE = word_list("no_place")
CODES = word_list("code")
VERSIONS = frozenset(word_list("version"))
_HISTORY = word_list("history")
_PERIOD = re.compile(r"(?:^|_)(?:year|month|week|quarter|day|version|locale|lang(?:uage)?)(?:_(?:id|code|no))?$")
_PARTS = frozenset(word_list("calendar_part"))
_SHORTEST = 3  # letters of a stem
_WITHIN = frozenset(word_list("within"))


def is_id(name: str) -> bool:
    """Return whether a name is that of an id: `order_id`, `orderId`, `currency_code`."""
    return bool(_ID.search(name) or _ID.search(snake(name))) and not is_copy(name) and name not in _NO_ID


def is_place(name: str, kind: str | None) -> bool:
    """Return whether a column is a position within something: `line_no`, `lineNumber`, `seq`. Versions do not count."""
    found: Sequence[str] = [word.text for word in tokens(name)]
    if any(word in _NO_PLACE for word in found[:-1]):
        return False
    if family(kind) == "integer" and _numbers_a_place(tokens(name)):
        return True
    return is_rank(snake(name), kind) or bool(_PLACE.fullmatch(plain(name)))


def _numbers_a_place(words: Sequence[Token]) -> bool:
    """Return whether a name is a word for a number and one for a part, in any order: `num_ligne`, `pos_nr`."""
    numbers = [word for word in words if "numbering" in word.senses]
    parts = [word for word in words if word not in numbers and word.senses & {"place", "detail"}]
    return len(words) == len(numbers) + len(parts) == 2


def is_code(name: str) -> bool:
    """Return whether a column is a code or a name that distinguishes rows: `sku`, `product_name`."""
    return name in CODES or name.rpartition("_")[2] in CODES


def is_version(name: str) -> bool:
    """Return whether a column is the version of something: `version`, `rev_no`."""
    words = [word.text for word in tokens(name)]
    if len(words) > 1 and "numbering" in last_senses(name):
        words = words[:-1]
    return len(words) == 1 and words[0] in VERSIONS


def last_senses(name: str) -> frozenset[str]:
    end = last(name)
    return end.senses if end else frozenset()


def is_period(column: DraftColumn) -> bool:
    return bool(_PERIOD.search(snake(column.name)))


def is_calendar(column: DraftColumn) -> bool:
    """Return whether a column is a day, or a time that stands for a part of the calendar: `hour_ts`, `month_start`."""
    parts = _PARTS & {word.text for word in tokens(column.name)}
    return column.type == "date" or (family(column.type) == "timestamp" and bool(parts))


def is_calendar_part(name: str) -> bool:
    """Return whether a name is that of a part of the calendar: `month`."""
    return name in _PARTS


def is_day(column: DraftColumn) -> bool:
    """Return whether a column is the start date of a validity, or the date of an event."""
    no_part = {"written", "created", "deleted", "biography", "ended"}
    return is_time(column.name, column.type) and (
        "validity" in senses(column.name) or not senses(column.name) & no_part or says_history(column.name)
    )


def is_upkeep(column: DraftColumn) -> bool:
    found = senses(column.name)
    return is_copy(column.name) or (is_time(column.name, column.type) and bool(found & {"written", "created"}))


def says_history(entity: str) -> bool:
    return any(word.text in _HISTORY or singular(word.text) in _HISTORY for word in tokens(entity))


def last_noun(name: str) -> str:
    end = last(name)
    return singular(end.text) if end else ""


def short_stem(name: str) -> str:
    """Return `emp` of `emp_no`, `part` of `partkey`; empty if there is no stem."""
    found = re.fullmatch(r"(\w{3,}?)_?(?:id|key|no|nr|cd|num|fk)", snake(name))
    stem = plain(found[1]) if found and name.lower() not in _NO_ID else ""
    return stem if len(stem) >= _SHORTEST else ""


def abbreviates(stem: str, table: str) -> bool:
    """Return whether letters shorten a table's last word or its whole name: `ret` of `lease_return`, `rdv` of
    `rendez_vous`, `stn` of `station`. They begin the word, or are its first letter and later consonants of it.
    """
    words = (last_noun(table), plain(singular(snake(table))))
    return len(stem) >= _SHORTEST and any(word.startswith(stem) or _are_consonants_of(stem, word) for word in words)


def _are_consonants_of(stem: str, word: str) -> bool:
    rest = iter(word)
    return stem[:1] == word[:1] and not re.search(r"[aeiou]", stem[1:]) and all(letter in rest for letter in stem)


def stem_of(name: str) -> str:
    return re.sub(r"_(?:id|key|code|sk|fk|nr)$", "", snake(name))


def is_within(name: str) -> bool:
    return last_noun(name) in _WITHIN and len(tokens(name)) <= 2
