"""The word that a table or column is named after: without layer prefix and `_id`, in singular or plural."""

from __future__ import annotations

import re

from erd2dbt.names.plurals import plural, singular

_PREFIX = re.compile(r"^(?:dim|fct|fact|facts|bridge|stg|staging|raw|src|tbl|tab|t)_(?=.)")
DATE_ENDING = re.compile(r"[_ ]?(?:at|on|ts|timestamp|datetime|date_?time|time|date)$")


def without_id(name: str) -> str:
    """`owner_user_id`, `owneruserid` -> `owner_user`, `owneruser`. A name that is only an id is unchanged."""
    return re.sub(r"(?<=..)_?(?:id|code|key)$", "", name)


def bare(entity: str) -> str:
    """The name without words for a kind of table: `raw_orders`, `tbl_orders` -> `orders`."""
    return _PREFIX.sub("", entity.lower())


def several(stem: str, *, is_english: bool) -> str:
    """The stem for several rows. Only English plurals are known: another noun stays, and `arzt` never is `arzts`."""
    return plural(stem) if is_english else stem


def numbered(stem: str, several_: str, number: str) -> str:
    """The stem as `naming: number` sets it: `plural`, `singular` or `as_drawn`."""
    return several_ if number == "plural" else singular(stem) if number == "singular" else stem


def stem(entity: str) -> str:
    """The word in the names of a header's details: `orders`, `order_headers`, `order_order` -> `order`."""
    own = singular(bare(entity))
    name = re.sub(r"_?(?:header|head|master)$", "", own) or own
    first, _, rest = name.partition("_")
    return first if first == rest else name


def day_of(name: str) -> str:
    """The name for the day of a timestamp: `ordered_at` -> `ordered_date`, `date_created` -> `created_date`.

    A name that already ends in a date gets another word: `order_date` -> `order_day`.
    """
    base = DATE_ENDING.sub("", name) or name
    if base.startswith("date_"):
        base = base.removeprefix("date_")
    return f"{base}_day" if name.endswith("date") else f"{base}_date"
