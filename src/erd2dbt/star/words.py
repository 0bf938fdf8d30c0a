"""What names tell of tables and columns: events, measures, upkeep; and the names that models get."""

from __future__ import annotations

import re

from erd2dbt.erd import Attribute
from erd2dbt.infer.quantities import RATE
from erd2dbt.infer.quantities import is_price as is_price_by_name
from erd2dbt.infer.words import is_number, is_rank, is_time, plural, singular
from erd2dbt.postgres_types import canonical, family

_WHEN = r"_?(?:date|at|on|by|time|ts|dts|datetime|timestamp|utc)"
_UPKEEP = re.compile(  # of a whole name: `price_changed_at` tells of a price
    r"_\w+"  # what loaders add: _fivetran_synced, _airbyte_extracted_at
    r"|row_?(?:guid|version)|record_version|search_?vector|fulltext"
    rf"|(?:(?:date|last|row|record|dwh?|sys|system)_?)*(?:update|updated|modified|changed)(?:{_WHEN})*"
    r"|(?:created|inserted|updated|modified|changed|deleted)_?by(?:_(?:id|name|user|user_id))?"
    rf"|(?:etl|dwh?|dbt)_\w+|(?:loaded|ingested|synced|extracted){_WHEN}|load_(?:ts|dts|timestamp)"
)
_SECRET = re.compile(r"(?:^|_)(?:passw(?:or)?d|pwd|passphrase)(?:_?(?:hash|salt|digest))?$")
_CREATED = re.compile(
    r"(?:^|_)(?:date_?)?(?:created|inserted|added|uploaded|erstellt|angelegt)(?:_?(?:date|at|on|am|time|datetime))?$|^creat"
)
_NO_EVENT = re.compile(
    r"birth|dob|passw|hire|join|valid|effective|expir|release|publish|discontinu|deleted|(?:^|_)last|merged|login|until|(?:^|_)to(?:_|$)"
    r"|geburt|naiss|nacim|nascita|nascim"
)
_PLANNED = re.compile(r"due|required|expected|planned|scheduled|promised|end|finish|clos|complet|return|target")
_VALIDITY = re.compile(r"valid|effective|expir|from|until|(?:^|_)to(?:_|$)|start|end")
_ID = re.compile(r"(?:id|key|code|nr|no)(?:_?\d)?$")
_NO_MEASURE = re.compile(
    r"(?:^|_)(?:id|key|code|year|month|day|week|quarter|hour|zip|postal|postcode|phone|lat|latitude|long|longitude|"
    r"altitude|version|level|depth|status|flag|type|category|class|group|size|priority|threshold|age|length|width|height|weight|serial|ssn|"
    r"jahr|monat|annee|mois|plz)$"
    r"|_(?:key|no|nr|num)$|^(?:is|has|max|min)_|flag$|(?<!pa)(?<!^b)(?<!_b)id$|(?<!value_as_)number$|(?<!an)nummer$"
    r"|numero$|timezone|_offset$|^port$",
    re.IGNORECASE,
)
_STOCK = re.compile(
    r"balance|stock|on_?hand|on_?order|inventory|allocated|bestand|saldo|solde|existencias|giacenza", re.IGNORECASE
)
_READING = re.compile(
    r"discount$|score|(?<!ope)(?<!gene)rating|temperature|rank|reorder|delta_|reading|(?:^|_)range_|(?:^|_)(?:limit|dose)(?:_|$)"
    r"|^val(?:ue)?(?:_?as)?_?(?:num\w*|float|int\w*|decimal)$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"^(?:name|title|label|slug|description|(?:first|last|full|display|company)_?name|username)$")
_DEGENERATE = re.compile(
    r"(?:^|_)(?:no|status|type|currency|channel|method|reference|mode|model)$|(?<!phone)(?<!phone_)(?<!house_)number$"
    r"|(?<!post)(?<!postal)(?<!postal_)(?<!zip)(?<!zip_)code$"
)
_UPKEEP_TABLE = re.compile(r"migrations?$|schema_version|^flyway|^alembic|databasechangelog|ar_internal_metadata")
_PREFIX = re.compile(r"^(?:dim|fct|fact|facts|bridge|stg|staging|raw|src|tbl|tab|t)_(?=.)")
_DATE_ENDING = re.compile(r"[_ ]?(?:at|on|ts|timestamp|datetime|date_?time|time|date)$")


def is_upkeep(column: Attribute) -> bool:
    """Whether it tells when or by whom the row was touched or loaded, or is a secret: nothing of what it is about."""
    return bool(_UPKEEP.fullmatch(column.name.lower())) or is_secret(column)


def is_secret(column: Attribute) -> bool:
    """A password, or what is made of one."""
    return _says(_SECRET, column)


def is_event_date(column: Attribute) -> bool:
    return _is_date(column) and not is_upkeep(column) and not is_creation(column) and not _says(_NO_EVENT, column)


def is_same_moment(one: Attribute, other: Attribute) -> bool:
    """Whether both are the day and the time of one event: `sold_date` and `sold_datetime`."""
    return _DATE_ENDING.sub("", one.name.lower()) == _DATE_ENDING.sub("", other.name.lower())


def is_creation(column: Attribute) -> bool:
    return _is_date(column) and _says(_CREATED, column)


def is_planned(column: Attribute) -> bool:
    """Whether the date is of something that follows the event: when it is due, or ends."""
    return _says(_PLANNED, column)


def is_measure(column: Attribute) -> bool:
    """A number that is not a code, a place in an order, or a part of a date."""
    name = column.name.lower()
    return is_number(column.type) and not is_rank(name, column.type) and not _NO_MEASURE.search(name)


def is_added_up(column: Attribute) -> bool:
    """Whether sums of it mean something: no rate, no price of one piece, no balance, no reading in some unit."""
    odd = _says(RATE, column) or _says(_READING, column) or is_price(column)
    return is_measure(column) and not is_stock(column) and not odd


def is_price(column: Attribute) -> bool:
    """The price of one piece, and not of all of a line or an order."""
    return is_price_by_name(column.name)


def is_state(column: Attribute) -> bool:
    """Whether it says how something stands at a time: a price, a rate, a stock."""
    return is_stock(column) or is_price(column) or _says(RATE, column)


def is_stock(column: Attribute) -> bool:
    return column.stock or (is_measure(column) and _says(_STOCK, column))


def is_name(column: Attribute, entity: str) -> bool:
    """Whether it names the row for people, as things have it and events have not."""
    name = column.name.lower()
    own = singular(bare(entity))
    return bool(_NAMED.match(name)) or name in (f"{own}_name", f"{own}name", f"{own}_title")


def is_degenerate(column: Attribute) -> bool:
    """A text by which events are told apart, such as an order's number or status."""
    return family_of(column) == "text" and _says(_DEGENERATE, column)


def is_rank_like(column: Attribute) -> bool:
    """A place in an order, as bridges have it."""
    return is_rank(column.name.lower(), column.type) or bool(re.search(r"rank|order$|position", column.name.lower()))


def is_validity(column: Attribute) -> bool:
    """A date from or to which the row holds."""
    return _is_date(column) and _says(_VALIDITY, column)


def is_id(column: Attribute) -> bool:
    """A code or number of something, whatever it is: `fact_id_1`, `source_code`."""
    return _says(_ID, column)


def without_id(name: str) -> str:
    """`owner_user_id`, `owneruserid` -> `owner_user`, `owneruser`; a name that is no more than an id stays."""
    return re.sub(r"(?<=..)_?(?:id|code|key)$", "", name)


def is_own_id(column: Attribute, entity: str) -> bool:
    """The id of the row itself: `id`, or `payment_id` of `payments`."""
    name, own = column.name.lower(), one(bare(entity))
    return name in ("id", f"{own}_id", f"{own}id")


def is_upkeep_table(name: str) -> bool:
    return bool(_UPKEEP_TABLE.search(name.lower()))


def is_day(column: Attribute) -> bool:
    return family_of(column) == "date"


def bare(entity: str) -> str:
    """The name without what only says which kind of table it is: `raw_orders`, `tbl_orders` -> `orders`."""
    return _PREFIX.sub("", entity.lower())


def many(stem: str) -> str:
    return plural(stem)


def one(stem: str) -> str:
    return singular(stem)


def numbered(stem: str, number: str) -> str:
    """As `naming: number` wants it: `plural`, `singular` or `as_drawn`."""
    return many(stem) if number == "plural" else one(stem) if number == "singular" else stem


def stem(entity: str) -> str:
    """The word by which details are called after their header: `orders`, `order_headers`, `order_order` -> `order`."""
    own = one(bare(entity))
    name = re.sub(r"_?(?:header|head|master)$", "", own) or own
    first, _, rest = name.partition("_")
    return first if first == rest else name


def day_of(name: str) -> str:
    """The name of the day of a moment: `ordered_at` -> `ordered_date`, `order_date` -> `order_day`."""
    base = _DATE_ENDING.sub("", name) or name
    return f"{base}_day" if name.endswith("date") else f"{base}_date"


def _says(pattern: re.Pattern[str], column: Attribute) -> bool:
    return bool(pattern.search(column.name.lower()))


def _is_date(column: Attribute) -> bool:
    return is_time(column.name.lower(), column.type) and family_of(column) in ("date", "timestamp")


def family_of(column: Attribute) -> str | None:
    """`integer`, `text`, `date`, …; None where no type is said."""
    known = canonical(column.type) if column.type else None
    return family(known) if known else None
