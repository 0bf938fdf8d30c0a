"""Finds a column's type in a text: a PostgreSQL type, a type of another system or language, or a list of values."""

from __future__ import annotations

import re
from functools import lru_cache

from erd2dbt.datatypes.postgres import understood
from erd2dbt.read.boxes import vocabulary

_ENUM = re.compile(r"(?:enum|set)\s*\(.*\)", re.IGNORECASE)
# Types that are just as often the name of a column.
_NAMES_TOO = {"name", "path", "point", "line", "box", "circle", "polygon", "oid", "number", "object", "long"}
# Types that are everyday words: `start date` may be a name and a type, or a name of two words.
_NOUNS = {"date", "time", "text", "string", "interval", "money", "real", "timestamp", "datetime", "bit", "binary",
          "double", "year",
          *(word for word, kind in vocabulary.TYPES.items() if kind in ("date", "time", "numeric"))}  # fmt: skip
_CALL = re.compile(
    r"\b(?:sum|avg|average|count|min|max|ratio|coalesce|round|nullif|greatest|least|median|distinct)\s*\(",
    re.IGNORECASE,
)
_OPERATOR = re.compile(r"(?<=[\w)])\s+[-+*/]\s+(?=[\w(])|[<>≥≤]|\bcase\s+when\b|(?<=\w)\s*\*\s*\d", re.IGNORECASE)
_COMPARISON = re.compile(r"[<>≥≤+*=]")
_WITH_ARGUMENTS = re.compile(r"[A-Za-z_]\w*\s*\([^()]*\)|[A-Za-z_]\w*\[\]")
_VALUES = re.compile(r"\s*(?P<name>[^:|/{}\[\]()]+?)\s*(?::\s*|(?=[{\[(]))(?P<values>.+)")
_OPENING = frozenset(":{[(")
_VALUE = re.compile(r"[^\W_][\w -]{0,40}")


@lru_cache(maxsize=65536)
def is_type(text: str) -> bool:
    """Return whether a text is a type in any language. Words that are usually column names do not count."""
    plain = text.strip()
    if not plain or plain.lower() in _NAMES_TOO:
        return False
    if understood(plain) is not None or _ENUM.fullmatch(plain) is not None:
        return True
    return translated(plain) is not None


def is_noun(text: str) -> bool:
    """Return whether a type is also an everyday word, such as `date`."""
    return vocabulary.plain(text) in _NOUNS


def translated(text: str) -> str | None:
    """Return the PostgreSQL word for a type that is written in another language than English."""
    head, bracket, rest = text.strip().partition("(")
    known = vocabulary.TYPES.get(vocabulary.plain(head))
    if known is None or understood(text.strip()):
        return None
    if not bracket:
        return known
    length = {"text": "varchar", "numeric": "numeric"}.get(known)
    return f"{length}({rest}" if length and re.fullmatch(r"\s*\d+\s*(,\s*\d+\s*)?\)", rest) else None


def looks_like_type(text: str) -> bool:
    """Return whether a text is one word with arguments in brackets, and not a formula: `citext(20)`,
    `geometry(point,4326)`.
    """
    is_called = _WITH_ARGUMENTS.fullmatch(text.strip()) is not None
    return is_called and not is_formula(text)


def is_formula(text: str) -> bool:
    """Return whether a text is a formula."""
    return bool(_CALL.search(text) or _OPERATOR.search(text))


def enumeration(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return (name, values) of `status: open | closed` or `status {open, closed}`; None for any other text.

    Commas separate values only inside brackets: `address: street, city` may mean anything.
    """
    match = None if _OPENING.isdisjoint(text) else _VALUES.fullmatch(text)
    if match is None or _CALL.search(match["values"]) or _COMPARISON.search(match["values"]):
        return None
    inner = match["values"].strip()
    bracketed = re.fullmatch(r"[{\[]([^{}\[\]]+)[}\]]", inner)
    separator = r"\s*[|/,]\s*" if bracketed else r"\s*\|\s*|\s+/\s+"
    parts = [part.strip(" '\"") for part in re.split(separator, bracketed[1] if bracketed else inner)]
    least = 2 if bracketed or "|" in inner else 3  # `clicks / views` is a division
    is_list = len(parts) >= least and all(_VALUE.fullmatch(part) and not is_type(part) for part in parts)
    return (match["name"], tuple(parts)) if is_list else None


def lower(text: str) -> str:
    """Return the text in lower case, except inside quotes."""
    return re.sub(r"[^'\"]+(?=(?:[^'\"]*['\"][^'\"]*['\"])*[^'\"]*$)", lambda m: m[0].lower(), text.strip())
