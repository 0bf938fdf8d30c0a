"""Types of the language in the words of an engine, from a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from erd2dbt.datatypes.postgres import canonical

MOST_DIGITS = 38  # the digits of decimals that any engine supports
BARE_SCALE = 12  # after the point, of a `numeric` without a precision
_MODIFIER = re.compile(r"\([^)]*\)")
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)")
Numeric = Callable[[int, int], str]
TypeOf = Callable[[str], str | None]


def decimal(word: str) -> Numeric:
    return lambda precision, scale: f"{word}({precision}, {scale})"


def types(words: Mapping[str, str], numeric: Numeric, arrays: str | None, interval: str | None = None) -> TypeOf:
    """A map of types. `words`: by PostgreSQL's name. `numeric`: by its digits.

    `arrays`: with `{}` for the element type.

    Types outside of PostgreSQL's own are enums and similar, so they become texts. Types unknown to the engine do, too.
    None: the engine has no such type.
    """

    @lru_cache(maxsize=1024)
    def type_of(type_: str) -> str | None:
        name = canonical(type_)
        if name is None:
            return words["text"]
        if name.endswith("[]"):
            element = type_of(name.removesuffix("[]"))
            return None if arrays is None or element is None else arrays.format(element)
        if name == "numeric":
            return numeric(MOST_DIGITS, BARE_SCALE)
        if digits := _NUMERIC.fullmatch(name):
            precision, scale = int(digits[1]), int(digits[2])
            return numeric(min(precision, MOST_DIGITS), scale) if 0 <= scale <= MOST_DIGITS else None
        plain = _MODIFIER.sub("", name)
        return interval if plain.startswith("interval") else words.get(plain, words["text"])

    return type_of
