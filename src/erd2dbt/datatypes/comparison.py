"""The rules of `=` between types: the common type, and whether different values stay different in it.

Only then is a join on a unique key many-to-one. Compared as `double precision`, two different `bigint` values may both
equal one value. Source: PostgreSQL's manual, sections 10.2 (choice of the operator) and 8 (ranges of types).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from erd2dbt.datatypes.postgres import canonical


class Equality(Enum):
    """The value of an equality of two column types as a join condition."""

    KEY = "different values are never equal"
    MIDNIGHT = "only values at midnight are equal to a date"
    LOSSY = "different values may be equal"
    SESSION = "what is equal depends on the time zone of the session"
    NO_OPERATOR = "PostgreSQL cannot compare them"
    UNKNOWN = "a type that is not built in"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`common` is the type in which PostgreSQL compares the two; None if there is none or it is not known."""

    equality: Equality
    common: str | None = None

    @property
    def keeps_apart(self) -> bool:
        """Return whether a key matches at most one row of the other side, by types. Unknown types count as safe."""
        return self.equality in (Equality.KEY, Equality.MIDNIGHT, Equality.UNKNOWN)


_INTEGERS = ("smallint", "integer", "bigint")
_ZONED, _UNZONED = "timestamp with time zone", "timestamp without time zone"
_STAMPS = ("date", _UNZONED, _ZONED)
_TIMES = ("time without time zone", "time with time zone")

# Types without `=`, and types whose `=` compares a size.
_NEVER = frozenset("json jsonpath xml point polygon pg_snapshot txid_snapshot".split())
_SIZES = frozenset("box circle path".split())

# Equal values of these types may print differently, or give different function results: 1.0 and 1.00, '1 mon' and
# '30 days', -0 and 0, a text that is padded with blanks.
_LOOSE = ("numeric", "interval", "real", "double precision", "character", "bpchar", "jsonb", "numrange",
          "nummultirange", *_SIZES)  # fmt: skip


@lru_cache(maxsize=4096)
def joins_on_key(left_type: str, right_type: str) -> Comparison:
    """Return how PostgreSQL compares columns of these types, in any spelling, and whether a key stays unique."""
    left, right = canonical(left_type), canonical(right_type)
    if left is None or right is None:
        return _not_built_in(left_type, right_type, left, right)
    a, b = _base(left), _base(right)
    if _NEVER & {a.removesuffix("[]"), b.removesuffix("[]")}:
        return Comparison(Equality.NO_OPERATOR)
    if a == b:
        return Comparison(Equality.LOSSY if a in _SIZES else Equality.KEY, a)
    known = _CROSSED.get((a, b)) or _CROSSED.get((b, a))
    if known is not None:
        return known
    return Comparison(Equality.NO_OPERATOR if a in _LISTED and b in _LISTED else Equality.UNKNOWN)


def loses_in_union(first_type: str, other_type: str) -> bool:
    """Return whether `first union other` may merge values of the other type that `=` keeps apart.

    PostgreSQL gives a union the first type where each is cast to the other implicitly (manual, section 10.5). So
    `character` takes trailing blanks from texts, and `name` cuts them.
    """
    first, other = (_base(canonical(type_) or type_) for type_ in (first_type, other_type))
    return first != other and first in _CUTTING and other in _TEXTS


def kept_apart_as(type_: str, other: str) -> str | None:
    """Return the type to which values of the first can be cast to compare with the other as a key; None without one.

    The cast keeps different values apart: `character` has no trailing blanks to lose, and a `numeric` of up to 15
    digits is a different `double precision` for each value.
    """
    name, common = canonical(type_) or "", _base(canonical(other) or "")
    if _base(name) == "character" and common in _TEXTS:
        return "text"
    precision = _PRECISION.match(name)
    return common if precision and int(precision[1]) <= _DIGITS.get(common, 0) else None


def unbounded(type_: str) -> str:
    """Return the type without a length or precision. A cast to a bounded type cuts or rounds values silently."""
    name = canonical(type_) or type_
    if _base(name) in ("character", "character varying"):
        return "text"
    return _base(name) if "(" in name else type_


_PRECISION = re.compile(r"numeric\((\d+)")
_DIGITS = {"real": 6, "double precision": 15}  # decimal digits that a float keeps
_CUTTING = ("character", "name")
_TEXTS = ("text", "character varying", "character", "name")


@lru_cache(maxsize=4096)
def equal_is_same(type_: str | None) -> bool:
    """Return whether equal values of the type are identical, so that every function gives the same result for them.

    User-defined types give False: examples are a domain over `numeric`, and `citext`.
    """
    name = canonical(type_) if type_ else None
    return name is not None and _base(name).removesuffix("[]") not in (*_LOOSE, *_NEVER)


def _base(name: str) -> str:
    """Return a type without its modifiers, which comparisons ignore."""
    head, paren, tail = name.partition("(")
    plain = f"{head.rstrip()}{tail.partition(')')[2]}" if paren else head
    if plain.startswith("interval"):
        return f"interval{'[]' if plain.endswith('[]') else ''}"
    return plain.replace("bpchar", "character") if plain in ("bpchar", "bpchar[]") else plain


def _not_built_in(left_type: str, right_type: str, left: str | None, right: str | None) -> Comparison:
    """Compare user-defined types (enums, domains, `citext`): only equal types are known. The server decides about
    others."""
    same = (
        left is None and right is None and " ".join(left_type.lower().split()) == " ".join(right_type.lower().split())
    )
    return Comparison(Equality.KEY, left_type) if same else Comparison(Equality.UNKNOWN)


def _crossed() -> dict[tuple[str, str], Comparison]:
    """Return the comparison of each known pair of different types, in one order."""
    found: dict[tuple[str, str], Comparison] = {}

    def add(equality: Equality, common: str | None, lefts: tuple[str, ...], rights: tuple[str, ...]) -> None:
        found.update({(a, b): Comparison(equality, common) for a in lefts for b in rights if a != b})

    add(Equality.KEY, "bigint", _INTEGERS, _INTEGERS)
    add(Equality.KEY, "integer", ("smallint",), ("integer",))
    add(Equality.KEY, "numeric", _INTEGERS, ("numeric",))
    # 24 and 53 binary digits have no more whole numbers: `integer` is compared in double precision with both
    add(Equality.KEY, "double precision", ("smallint", "integer", "real"), ("real", "double precision"))
    add(Equality.LOSSY, "double precision", ("bigint", "numeric"), ("real", "double precision"))
    add(Equality.KEY, "text", ("text", "character varying", "name"), ("text", "character varying", "name"))
    add(Equality.KEY, "text", ("character",), ("text", "name"))
    # `character` ignores trailing blanks: two texts that differ only in them match the same row
    add(Equality.LOSSY, "character", ("character",), ("character varying",))
    add(Equality.MIDNIGHT, _UNZONED, ("date",), (_UNZONED,))
    add(Equality.SESSION, _ZONED, ("date", _UNZONED), (_ZONED,))
    add(Equality.SESSION, _TIMES[1], _TIMES[:1], _TIMES[1:])
    add(Equality.KEY, "interval", ("interval",), _TIMES[:1])
    add(Equality.KEY, "bit varying", ("bit",), ("bit varying",))
    add(Equality.KEY, "inet", ("inet",), ("cidr",))
    return found


_CROSSED = _crossed()
_SINGLES = (*_INTEGERS, "numeric", "real", "double precision", "text", "character varying", "character", "name",
            *_STAMPS, *_TIMES, "interval", "boolean", "uuid", "bytea", "jsonb", "bit", "bit varying", "inet", "cidr",
            "money", "box", "circle", "path")  # fmt: skip
_LISTED = frozenset((*_SINGLES, *(f"{name}[]" for name in _SINGLES)))
