"""Whether a column can refer to a key, by their types."""

from __future__ import annotations

import re

from erd2dbt.datatypes.postgres import canonical, family

_ALIKE = {"integer": "number", "numeric": "number", "float": "number", "date": "time", "timestamp": "time"}
_DECIMALS = re.compile(r", ?[1-9]\d*\)$")


def kind_of(type_: str) -> str:
    """The type family. Types of one family are comparable: integer with numeric, text with varchar."""
    known = family(type_)
    return _ALIKE.get(known, known if known != "other" else canonical(type_) or type_)


def is_fraction(type_: str, key: str) -> bool:
    """Whether a number has decimals, as no reference to a whole number has: `price` does not refer to `prices`."""
    return family(key) == "integer" and (family(type_) == "float" or bool(_DECIMALS.search(type_)))
