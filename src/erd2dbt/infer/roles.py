"""What a name says besides the thing: its number, a row of the same table, or what a person is to the row."""

from __future__ import annotations

import re
from collections.abc import Iterable

from erd2dbt.infer.vocabulary import Token, senses, tokens, word_list
from erd2dbt.infer.words import last_word
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake
from erd2dbt.read.boxes.layers import bare

_ABOVE = re.compile(r"(?:parent|previous|next|root|(?:in_)?reply_to|original|replaced_by)(?:_(?:id|key|no))?")
_HIGHER = frozenset(word_list("above"))
_SUPERIOR = _HIGHER - {"parent"}
_KIND_ENDS = frozenset(("id", "nr", "no", "key", "code", "kz", "cd"))
_BOSS = re.compile(r"(?:manager|supervisor|boss|superior|reports?_to|mentor)(?:_(?:id|key|no))?")
_PEOPLE = frozenset(("employee", "staff", "user", "person", "people", "worker", "agent", "member", "personnel"))
_BY = frozenset(word_list("by_whom"))
_WRITES = frozenset(word_list("row_written")) | frozenset(word_list("row_made"))
_ACTS = frozenset(("created", "written", "deleted", "touched"))
_PARTICIPLE = re.compile(r"ge\w{3,}(?:t|en)|\w{3,}iert")  # German: `gebucht_von`; `abfahrt_von` says from where
PLURALS = frozenset(("s", "es", "e", "n", "en", "er", "i", "x"))
_LINKED = re.compile(r"(\w+?)(?:id|nr|no|nummer|kennung|schlussel|schluessel)")
_LINKS = ("s", "es", "n", "en")  # between a German noun and the next
_LONG_STEM = 4  # letters of a noun that may have such an ending
_OF = re.compile(r"([a-z]{4,})_of(?:_id)?")  # `rollback_of`
_NO_ROW = frozenset(("flow", "rate", "extreme", "stock", "counting", "label", "place", "clock", "day", "unit", "person",
                     "part_played"))  # fmt: skip


def is_linked(column: str, own: Iterable[str]) -> bool:
    """Whether letters link a table's name with a word for its number, as in German: `rechnungsnr`, `kundennummer`.

    All names are without separators. The table may have the plural of another language: `rechnungen`.
    """
    found = _LINKED.fullmatch(column)
    stems = {found[1], *(found[1].removesuffix(link) for link in _LINKS)} if found else set()
    stems = {one for one in stems if len(one) >= _LONG_STEM}
    return any(name == one or (name.startswith(one) and name[len(one) :] in PLURALS) for name in own for one in stems)


def is_above(table: str, column: str) -> bool:
    """Whether a column references the same table: `parent_id`, `parent_category`, `copy_of`, `manager_id` of people."""
    people = bool(_PEOPLE & {singular(word) for word in (*snake(table).split("_"), snake(table))})
    first, _, end = column.rpartition("_")
    if first in _SUPERIOR and end in _KIND_ENDS:
        return True
    if _ABOVE.fullmatch(column) or (people and _BOSS.fullmatch(column)):
        return True
    return _is_above_its_like(table, column) or _is_made_of_another(table, column)


def _is_above_its_like(table: str, column: str) -> bool:
    """Whether the name is a word for what is above and the table's own: `parent_category`, `categoria_padre`."""
    said = [word for word in snake(column).split("_") if word not in _KIND_ENDS]
    own = {snake(bare(table)), singular(snake(bare(table))), last_word(snake(table))}
    sides = ((said[:1], said[1:]), (said[-1:], said[:-1]))
    things = ((mark, "_".join(rest)) for mark, rest in sides)
    return any(_HIGHER.issuperset(mark) and {thing, singular(thing)} & own - {""} for mark, thing in things)


def _is_made_of_another(table: str, column: str) -> bool:
    """Whether the name says what the row is of another row: `rollback_of` of `deployments`. Figures are no rows."""
    found = _OF.fullmatch(column)
    return found is not None and senses(found[1]).isdisjoint(_NO_ROW)


def plays_a_part(column: str) -> bool:
    """Whether the column names a person's role in the row: `owner_id`, `uploaded_by`, `angelegt_von`."""
    found = _without_kind(column)
    if not found or found[-1].is_plural:
        return False  # `followers` are counted
    return "part_played" in found[-1].senses or acts(column)


def acts(column: str) -> bool:
    """Whether the column says by whom something was done: `uploaded_by`, `angelegt_von`, `creator_id`."""
    found = _without_kind(column)
    if found and "actor" in found[-1].senses:
        return not found[-1].is_plural
    return len(found) > 1 and (found[-1].text == "by" or (found[-1].text in _BY and _is_act(found[-2])))


def writes_row(column: str) -> bool:
    """Whether the column says who wrote the row: `updated_by`, `angelegt_von`."""
    words = _without_kind(column)
    return acts(column) and any(word.text in _WRITES or word.senses & {"actor", *_ACTS} for word in words)


def _without_kind(column: str) -> list[Token]:
    return [word for word in tokens(column) if word.text not in ("id", "uuid", "fk")]


def _is_act(word: Token) -> bool:
    """Whether the word says what somebody does with a row. `von` behind another word says from where."""
    return word.text in _WRITES or bool(word.senses & _ACTS) or _PARTICIPLE.fullmatch(word.text) is not None
