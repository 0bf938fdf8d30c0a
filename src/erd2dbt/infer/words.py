"""The words of column names: what they count, sum or divide, as analysts use them."""

from __future__ import annotations

import re

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.names.plurals import singular

# Different words with usually the same meaning: each row is one such thing.
MONEY = frozenset({"revenue", "sales", "amount", "value", "gmv", "income", "turnover"})
_EVENTS = ({"order", "purchase", "conversion", "sale"}, {"visit", "session"}, {"customer", "user", "client"})

# indicator -> (numerator, denominator), by the usual definition; a name means a column `<name>` or `total_<name>`
INDICATORS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ctr": (("clicks",), ("impressions",)),
    "click_through_rate": (("clicks",), ("impressions",)),
    "cpc": (("spend", "cost"), ("clicks",)),
    "cost_per_click": (("spend", "cost"), ("clicks",)),
    "cpa": (("spend", "cost"), ("conversions", "acquisitions")),
    "cost_per_conversion": (("spend", "cost"), ("conversions",)),
    "cac": (("spend", "cost"), ("new_customers", "customers")),
    "roas": (("revenue", "sales"), ("spend", "cost")),
    "aov": (("revenue", "sales"), ("orders", "purchases", "conversions")),
    "avg_order_value": (("revenue", "sales"), ("orders", "purchases", "conversions")),
    "arpu": (("revenue", "sales"), ("users", "unique_users", "customers")),
    "conversion_rate": (("conversions", "orders"), ("sessions", "visits", "clicks")),
    "bounce_rate": (("bounces",), ("sessions", "visits")),
    "open_rate": (("opens",), ("sends", "deliveries")),
    "budget_utilization": (("spend", "cost"), ("budget",)),
}

_TOTAL = re.compile(r"^(?:total|sum|num|number_of|n|count|cnt)_(?:of_)?(?=.)")
_COUNTED = re.compile(r"_(?:count|cnt|total)$")
_TIME = re.compile(r"(?:^|_)(?:date|day|timestamp|datetime|time|at|ts|on)$")
_RANK = re.compile(r"(?:^|_)(?:position|seq|sequence|rank|no|number|order|index|step)$")
_IDENTIFIER = re.compile(r"(?:^|_)(?:id|ids|no|nr|key|code|uuid|guid|zip|year|month|day|week|version)$")
_DECIDED = re.compile(r"(?:^|_)(?:tier|segment|band|bucket|category|class|grade|level|cohort|group|status|score|flag)$")


# Words that the plurals library gets wrong: the plural is equal, or the ending is not a plural.


def is_counting(name: str) -> bool:
    """Whether the name is for a count or a sum."""
    return bool(_TOTAL.match(name) or _COUNTED.search(name))


def counted(name: str) -> str:
    """The thing that it counts or sums: `total_sessions`, `session_count` -> `sessions`, `session`."""
    return _COUNTED.sub("", _TOTAL.sub("", name, count=1)) or name


def last_word(name: str) -> str:
    """`attribution_touchpoints` -> `touchpoint`."""
    return singular(name.rpartition("_")[2])


def is_thing(name: str, box: str) -> bool:
    """Whether the (plural) name is a word for a box's rows: its whole name, or its last word."""
    return singular(name) in (singular(box), last_word(box))


def is_synonym(name: str, box: str) -> bool:
    """Whether both are words for one event, such as an order and a conversion."""
    words = {singular(name), last_word(box)}
    return any(words <= event for event in _EVENTS)


def is_identifier(name: str) -> bool:
    """Whether a column identifies a thing, and is not a quantity: `store_id`, `customer_no`, `postal_code`, `year`."""
    return bool(_IDENTIFIER.search(name))


def is_money(name: str) -> bool:
    return bool(MONEY & set(name.split("_")))


def is_time(name: str, kind: str | None) -> bool:
    """Whether it is a date or timestamp: by its type, or by its name, since diagrams often give dates a text type."""
    of = _family(kind)
    return of in ("date", "timestamp") or (of in ("text", None) and bool(_TIME.search(name)))


def is_rank(name: str, kind: str | None) -> bool:
    return _family(kind) in ("integer", None) and bool(_RANK.search(name))


def is_number(kind: str | None) -> bool:
    return _family(kind) in ("integer", "numeric", "float")


def is_whole(kind: str | None) -> bool:
    """Whether a count fits the type: an integer, or no type."""
    return _family(kind) in ("integer", None)


def is_truth(kind: str | None) -> bool:
    return _family(kind) == "boolean"


def is_decided(name: str) -> bool:
    """Whether a business rule defines such a column, which no diagram contains."""
    return bool(_DECIDED.search(name))


def _family(kind: str | None) -> str | None:
    known = canonical(kind) if kind else None
    return family(known) if known else None
