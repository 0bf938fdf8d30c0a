"""The meaning of table and column names: events, measures, audit columns; and the names of models."""

from __future__ import annotations

import re

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute
from erd2dbt.infer.vocabulary import tokens, word_list
from erd2dbt.infer.words import is_number, is_rank, is_time
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import DATE_ENDING, bare
from erd2dbt.star.privacy import is_audit_reference
from erd2dbt.star.secrets import is_secret

_WHEN = r"_?(?:date|at|on|by|time|ts|dts|datetime|timestamp|utc)"
_UPKEEP = re.compile(  # of a whole name: `price_changed_at` is about a price
    r"_\w+"  # columns that loaders add: _fivetran_synced, _airbyte_extracted_at
    r"|row_?(?:guid|version)|record_version|search_?vector|fulltext"
    rf"|(?:(?:date|last|row|record|dwh?|sys|system)_?)*(?:update|updated|modified|changed)(?:{_WHEN})*"
    r"|(?:created|inserted|updated|modified|changed|deleted)_?by(?:_(?:id|name|user|user_id))?|write_?(?:date|uid)"
    rf"|(?:etl|dwh?|dbt)_\w+|(?:loaded|ingested|synced|extracted){_WHEN}|load_(?:ts|dts|timestamp)"
)
_VALIDITY = re.compile(r"valid|effective|expir|from|until|(?:^|_)to(?:_|$)|start|end")
_ID = re.compile(r"(?:id|key|code|nr|no)(?:_?\d)?$")
_NAMING = frozenset(word_list("before_name"))
_WRITINGS = frozenset(word_list("writing"))
_CLASSES = frozenset(word_list("class"))
_DEGENERATE = re.compile(
    r"(?:^|_)(?:no|status|type|currency|channel|method|reference|mode|model)$|(?<!phone)(?<!phone_)(?<!house_)number$"
    r"|(?<!post)(?<!postal)(?<!postal_)(?<!zip)(?<!zip_)code$"
)
_WRITTEN, _MADE = frozenset(word_list("row_written")), frozenset(word_list("row_made"))
_ON, _BY = frozenset(word_list("on_day")), frozenset(word_list("by_whom"))
_VERB_AND_WHEN = 2  # words
_LANGUAGES = frozenset(word_list("language"))
_UPKEEP_TABLE = re.compile(r"migrations?$|schema_version|^flyway|^alembic|databasechangelog|ar_internal_metadata")


def is_upkeep(column: Attribute) -> bool:
    """Whether the column records when or by whom the row was written or loaded, or is a secret."""
    named_so = bool(_UPKEEP.fullmatch(column.name.lower()))
    return named_so or is_secret(column) or is_audit_reference([column.name]) or _is_last_write(column)


def _is_last_write(column: Attribute) -> bool:
    """Whether it says in another language when or by whom the row was written: `geaendert_am`, `creado_por`."""
    found = [word.text for word in tokens(column.name)]
    if len(found) != _VERB_AND_WHEN:
        return False
    if found[1] in _BY:
        return found[0] in _WRITTEN | _MADE
    return found[1] in _ON and found[0] in _WRITTEN and family_of(column) in ("date", "timestamp", None)


def is_same_moment(one: Attribute, other: Attribute) -> bool:
    """Whether the two are the day and the time of one event: `sold_date` and `sold_datetime`."""
    return DATE_ENDING.sub("", one.name.lower()) == DATE_ENDING.sub("", other.name.lower())


def is_name(column: Attribute, entity: str) -> bool:
    """Whether the column is a name for the row, as things have one and events do not. A description is not a name."""
    if family_of(column) not in ("text", None):
        return False
    found = tokens(column.name)
    if not found or "named" not in found[-1].senses:
        return False
    own = {singular(word.text) for word in tokens(bare(entity))}
    is_own = all(word.text in _NAMING | own for word in found[:-1])
    return is_own or column.name.lower() == f"{singular(bare(entity))}_{found[-1].text}"


def is_called_as(column: Attribute, entity: str) -> bool:
    """Whether the column is a text that is called as the entity is, so that it says which row this is: `city.city`."""
    return family_of(column) in ("text", None) and column.name.lower() == singular(bare(entity))


def is_place(name: str, type_: str | None) -> bool:
    """Whether the number is a position in an order: `line_no`, `stop_sequence`."""
    found = tokens(name)
    return is_rank(name.lower(), type_) or (bool(found) and "place" in found[-1].senses and is_number(type_))


def is_class(column: Attribute) -> bool:
    """Whether the column is a code, a type or a status that groups things."""
    found = tokens(column.name)
    return bool(found) and (found[-1].text in _CLASSES or column.values != ())


def is_degenerate(column: Attribute) -> bool:
    """Whether the column is a degenerate dimension: a text such as an order's number or status."""
    return family_of(column) == "text" and _name_matches(_DEGENERATE, column)


def is_short(column: Attribute) -> bool:
    """Whether the column is a text that says a role or a grade, and not a text that people write at length."""
    found = tokens(column.name)
    is_long = bool(found) and found[-1].text in _WRITINGS
    return family_of(column) == "text" and not is_long


def is_rank_like(column: Attribute) -> bool:
    """Whether the column is a position in an order, as bridges have one."""
    return is_place(column.name, column.type) or bool(re.search(r"rank|order$|position", column.name.lower()))


def is_validity(column: Attribute) -> bool:
    """Whether the date is the start or end of the row's validity."""
    return _is_date(column) and _name_matches(_VALIDITY, column)


def is_period(column: Attribute) -> bool:
    """Whether the column is a calendar period other than a date: `year`, `fiscal_quarter`, `season_code`."""
    said = [word for word in tokens(column.name) if word.text not in ("id", "code", "key", "no", "nr", "number")]
    return bool(said) and "period" in said[-1].senses and family_of(column) not in ("date", "timestamp")


def is_language(column: Attribute) -> bool:
    """Whether the column is a language: `lang`, `locale_code`, `language_id`."""
    said = [word.text for word in tokens(column.name) if word.text not in ("id", "code", "key")]
    return bool(said) and said[-1] in _LANGUAGES


def is_id(column: Attribute) -> bool:
    """Whether the column is a code or number of any thing: `fact_id_1`, `source_code`."""
    return _name_matches(_ID, column)


def is_own_id(column: Attribute, entity: str) -> bool:
    """Whether the column is the id of the row itself: `id`, or `payment_id` of `payments`."""
    name, own = column.name.lower(), singular(bare(entity))
    return name in ("id", f"{own}_id", f"{own}id")


def is_upkeep_table(name: str) -> bool:
    """Whether a migration tool writes the table, by its name."""
    return bool(_UPKEEP_TABLE.search(name.lower()))


def is_day(column: Attribute) -> bool:
    """Whether the type is a date without a time of day."""
    return family_of(column) == "date"


def _name_matches(pattern: re.Pattern[str], column: Attribute) -> bool:
    return bool(pattern.search(column.name.lower()))


def _is_date(column: Attribute) -> bool:
    return is_time(column.name.lower(), column.type) and family_of(column) in ("date", "timestamp")


def family_of(column: Attribute) -> str | None:
    """The type family: `integer`, `text`, `date`, …; None without a type."""
    known = canonical(column.type) if column.type else None
    return family(known) if known else None
