"""PostgreSQL's built-in types: converts any accepted spelling to the output of `format_type`."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import Literal

Family = Literal[
    "integer",
    "numeric",
    "float",
    "text",
    "date",
    "timestamp",
    "time",
    "boolean",
    "json",
    "uuid",
    "binary",
    "interval",
    "array",
    "other",
]

_PLAIN = """
    smallint integer bigint real money boolean text name date json jsonb jsonpath uuid bytea xml oid regclass
    regtype regproc regprocedure inet cidr macaddr macaddr8 point line lseg box path polygon circle tsvector
    tsquery pg_lsn pg_snapshot txid_snapshot int4range int8range numrange tsrange tstzrange daterange
    int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange
    regnamespace regrole regcollation regconfig regdictionary regoper regoperator cid tid xid xid8 oidvector
    int2vector refcursor
"""

# an integer with a sequence; there are no arrays of these
_SERIAL = {
    **dict.fromkeys(("serial", "serial4"), "integer"),
    **dict.fromkeys(("bigserial", "serial8"), "bigint"),
    **dict.fromkeys(("smallserial", "serial2"), "smallint"),
}

# spelling -> PostgreSQL's own; these accept no modifier
_SYNONYMS = {
    **{word: word for word in _PLAIN.split()},
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    **_SERIAL,
    "float4": "real",
    "float8": "double precision",
    "double precision": "double precision",
    "bool": "boolean",
}

# spelling -> (PostgreSQL's own, its output without a modifier, the maximum number of modifiers)
_MODIFIED = {
    **dict.fromkeys(("numeric", "decimal", "dec"), ("numeric", "numeric", 2)),
    **dict.fromkeys(
        (
            "varchar",
            "character varying",
            "char varying",
            "national character varying",
            "national char varying",
        ),
        ("character varying", "character varying", 1),
    ),
    **dict.fromkeys(
        ("char", "character", "nchar", "national character", "national char"),
        ("character", "character(1)", 1),
    ),
    "bpchar": ("character", "bpchar", 1),
    "bit": ("bit", "bit(1)", 1),
    **dict.fromkeys(("varbit", "bit varying"), ("bit varying", "bit varying", 1)),
}

_INTERVAL_FIELDS = {
    "year", "month", "day", "hour", "minute", "second", "year to month", "day to hour", "day to minute",
    "day to second", "hour to minute", "hour to second", "minute to second",
}  # fmt: skip

# words of other systems -> the PostgreSQL equivalent
_FOREIGN = {
    **dict.fromkeys(("string", "str", "nvarchar", "varchar2", "clob", "longtext", "mediumtext"), "text"),
    **dict.fromkeys(("datetime", "datetime2", "timestamp_ntz", "smalldatetime"), "timestamp"),
    **dict.fromkeys(("timestamp_tz", "timestamp_ltz", "datetimeoffset"), "timestamptz"),
    **dict.fromkeys(("double", "float64"), "double precision"),
    **dict.fromkeys(("number", "bignumeric"), "numeric"),
    **dict.fromkeys(("tinyint", "byteint", "int16"), "smallint"),
    **dict.fromkeys(("mediumint", "int32"), "integer"),
    **dict.fromkeys(("long", "int64"), "bigint"),
    **dict.fromkeys(("blob", "binary", "varbinary", "bytes"), "bytea"),
    **dict.fromkeys(("object", "variant", "struct"), "jsonb"),
    "uniqueidentifier": "uuid",
    "float32": "real",
    "logical": "boolean",
}

_HEAD = re.compile(r"_*(?:pg_catalog\.)?([a-z0-9]+)")  # the first word of a type
_LONGEST = 100  # characters; no spelling of a type is longer
_TIMES = ("timestamp", "timestamptz", "time", "timetz")
KNOWN = tuple(sorted({*_SYNONYMS, *_MODIFIED, *_TIMES, "interval", "float"}))
_HEADS = frozenset(match[1] for word in (*KNOWN, *_FOREIGN) if (match := _HEAD.match(word)))

# base, (modifiers), suffix ("without time zone"), array brackets
_SPELLING = re.compile(
    r"(?:pg_catalog\.)?([a-z][a-z0-9_ ]*?) ?(?:\( ?(\d+|\d+ ?, ?-?\d+) ?\))?"
    r" ?((?:with|without) time zone)?( array(?: ?\[ ?\d+ ?\])?|(?: ?\[ ?\d* ?\])+)?"
)


@lru_cache(maxsize=4096)
def canonical(text: str) -> str | None:
    """Return PostgreSQL's own spelling of a built-in type (`int` -> `integer`); None for other types."""
    if len(text) > _LONGEST:
        return None
    match = _SPELLING.fullmatch(" ".join(text.lower().split()))
    if match is None:
        return None
    base, modifiers, zone, brackets = match.groups()
    if brackets and base in _SERIAL:
        return None
    numbers = tuple(int(n) for n in modifiers.split(",")) if modifiers else ()
    name = _zoned(base, numbers, zone) if zone or base in _TIMES else _named(base, numbers)
    return f"{name}[]" if name and brackets else name


def _named(base: str, numbers: tuple[int, ...]) -> str | None:
    if base in _SYNONYMS:
        return None if numbers else _SYNONYMS[base]
    if base in _MODIFIED:
        return _modified(base, numbers)
    if base == "float":
        return _float(numbers)
    first, _, fields = base.partition(" ")
    return _interval(fields, numbers) if first == "interval" else None


def _modified(base: str, numbers: tuple[int, ...]) -> str | None:
    name, bare, most = _MODIFIED[base]
    if not numbers:
        return bare
    if len(numbers) > most or numbers[0] < 1 or (name == "numeric" and not _is_precision(numbers)):
        return None
    if name == "numeric" and len(numbers) == 1:
        numbers = (*numbers, 0)
    return f"{name}({','.join(map(str, numbers))})"


def _is_precision(numbers: tuple[int, ...]) -> bool:
    precision, scale = (*numbers, 0)[:2]
    return precision <= 1000 and -1000 <= scale <= 1000


def _float(numbers: tuple[int, ...]) -> str | None:
    """Return the type of `float(p)`, which counts binary digits: up to 24 is real, up to 53 is double precision."""
    if len(numbers) > 1 or (numbers and not 1 <= numbers[0] <= 53):
        return None
    return "real" if numbers and numbers[0] <= 24 else "double precision"


def _zoned(base: str, numbers: tuple[int, ...], zone: str | None) -> str | None:
    """Return `timestamp` or `time`, with a precision and with or without time zone."""
    if base not in _TIMES or len(numbers) > 1:
        return None
    if base.endswith("tz"):
        return None if zone else f"{base.removesuffix('tz')}{_seconds(numbers)} with time zone"
    return f"{base}{_seconds(numbers)} {zone or 'without time zone'}"


def _interval(fields: str, numbers: tuple[int, ...]) -> str | None:
    """Return `interval` with its fields and its precision. Beside fields, only seconds accept a precision."""
    fits = not fields or (fields in _INTERVAL_FIELDS and (not numbers or fields.endswith("second")))
    return f"interval {fields}".rstrip() + _seconds(numbers) if fits and len(numbers) <= 1 else None


def _seconds(precision: tuple[int, ...]) -> str:
    """Return the digits of fractional seconds. PostgreSQL keeps six at most, and accepts more as six."""
    return f"({min(precision[0], 6)})" if precision else ""


_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("smallint", "integer", "bigint"), "integer"),
    **dict.fromkeys(("real", "double precision"), "float"),
    **dict.fromkeys(("text", "character varying", "character", "bpchar", "name"), "text"),
    **dict.fromkeys(("json", "jsonb"), "json"),
    "numeric": "numeric",
    "date": "date",
    "timestamp": "timestamp",
    "time": "time",
    "interval": "interval",
    "boolean": "boolean",
    "uuid": "uuid",
    "bytea": "binary",
}


# Families whose values can be ordered.
ORDERED: tuple[Family, ...] = (
    "integer", "numeric", "float", "text", "date", "timestamp", "time", "boolean", "uuid", "interval",
)  # fmt: skip


@lru_cache(maxsize=4096)
def family(text: str) -> Family:
    """Return the family of a type in any spelling; `other` for types that are not built in or not listed."""
    name = canonical(text)
    if name is None:
        return "other"
    if name.endswith("[]"):
        return "array"
    base = name.partition("(")[0]
    if base in _FAMILIES:
        return _FAMILIES[base]
    return _FAMILIES.get(base.partition(" ")[0], "other")


@lru_cache(maxsize=4096)
def closest(text: str) -> str | None:
    """Return the built-in type that an unknown word most likely means, or None."""
    word = re.split(r"[\s(\[]", text.strip().lower(), maxsplit=1)[0]
    if word in _FOREIGN:
        return _FOREIGN[word]
    return next(iter(difflib.get_close_matches(word, KNOWN, n=1, cutoff=0.7)), None)


def understood(text: str) -> str | None:
    """Return the PostgreSQL type of a type in any system's words, or None.

    Built-in types stay (`varchar(20)`); others are translated (`string(20)` -> `text`, `number(10,2)` ->
    `numeric(10,2)`).
    """
    plain = text.strip().lower()
    return _understood(plain) if begins_type(plain) else None


def begins_type(text: str) -> bool:
    """Return whether a text in lower case begins with the first word of some type."""
    head = _HEAD.match(text)
    return head is not None and head[1] in _HEADS


@lru_cache(maxsize=4096)
def _understood(plain: str) -> str | None:
    for spelling in (plain, plain.replace("_", " ")):
        if canonical(spelling):
            return spelling
    match = re.fullmatch(r"([a-z][a-z0-9_]*)\s*(\([^()]*\))?((?:\s*\[\d*\])*)", plain)
    if match is None:
        return None
    same = _FOREIGN.get(match[1])
    if same is None and match[2] and canonical(match[1]):
        same = "text" if match[2] == "(max)" else match[1]  # a length that PostgreSQL refuses
    brackets = "[]" if match[3] else ""
    if same is None:
        return None
    return next((t for t in (f"{same}{match[2] or ''}{brackets}", f"{same}{brackets}") if canonical(t)), None)
