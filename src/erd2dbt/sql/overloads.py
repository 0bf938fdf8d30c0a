"""The function or operator overload that PostgreSQL selects, and its result type.

The rules are in the manual, sections 10.2, 10.3 and 36.2.5. Types are spelled like `format_type`, without a modifier;
`unknown` is the type of a text constant and of NULL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from erd2dbt.sql.catalog import Signature, catalog

UNKNOWN = "unknown"
_RANGES = {
    "int4range": "integer",
    "int8range": "bigint",
    "numrange": "numeric",
    "tsrange": "timestamp without time zone",
    "tstzrange": "timestamp with time zone",
    "daterange": "date",
}
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_TIMES = ("date", "timestamp without time zone", "timestamp with time zone")


@lru_cache(maxsize=8192)
def function_type(name: str, arguments: tuple[str | None, ...]) -> str | None:
    """The result type of a function; None where PostgreSQL has none, or an argument of unknown type would decide."""
    known = [s for candidate in catalog().functions(name) if (s := _fitted(candidate, len(arguments))) is not None]
    return _result(known, arguments, is_operator=False)


@lru_cache(maxsize=8192)
def operator_type(sign: str, operands: tuple[str | None, ...]) -> str | None:
    """The result type of an operator with one operand or two."""
    known = [s for s in catalog().operators(sign) if len(s.takes) == len(operands)]
    return _result(known, operands, is_operator=True)


def left_type(sign: str, operands: tuple[str | None, str | None]) -> str | None:
    """The type to which the operator converts its left operand."""
    left, right = operands
    if left is None or right is None:
        return None
    known = [s for s in catalog().operators(sign) if len(s.takes) == 2]
    chosen = _chosen(known, [left, right], is_operator=True)
    if chosen is None:
        return None
    return chosen.takes[0] if not _is_any(chosen.takes[0]) else left


def flags_of(name: str) -> frozenset[str]:
    """The flags that all functions of a name share: `a`, `w`, `s`, `v` (see `Signature`)."""
    found = [frozenset(signature.flags) for signature in catalog().functions(name)]
    return frozenset.intersection(*found) if found else frozenset()


def common_type(types: Iterable[str]) -> str | None:
    """The type of CASE, COALESCE, GREATEST, ARRAY (section 10.5); None where there is none."""
    found = [t for t in dict.fromkeys(types) if t != UNKNOWN]
    if not found:
        return "text"
    if len({catalog().category(t) for t in found}) > 1:
        return None
    chosen = found[0]
    for other in found[1:]:
        if chosen not in catalog().preferred and _casts(chosen, other) and not _casts(other, chosen):
            chosen = other
    return chosen if all(_casts(t, chosen) for t in found) else None


def _fitted(signature: Signature, count: int) -> Signature | None:
    """The function for this number of arguments, with its variadic one repeated; None where it does not accept them."""
    takes = signature.takes
    if signature.variadic and count >= len(takes):
        last = takes[-1]
        repeated = {"anyarray": "anyelement", "anycompatiblearray": "anycompatible"}.get(last, last.removesuffix("[]"))
        takes = (*takes[:-1], *[repeated] * (count - len(takes) + 1))
    if not len(takes) - signature.optional <= count <= len(takes):
        return None
    return Signature(takes[:count], signature.gives, signature.flags)


def _result(known: list[Signature], arguments: tuple[str | None, ...], *, is_operator: bool) -> str | None:
    given = [a for a in arguments if a is not None]
    if len(given) < len(arguments):
        results = {s.gives for s in known}
        only = results.pop() if len(results) == 1 else ""
        return None if not only or _is_any(only) or only == "record" else only
    chosen = _chosen(known, given, is_operator=is_operator)
    return _given(chosen, given) if chosen is not None else None


def _chosen(known: list[Signature], given: list[str], *, is_operator: bool) -> Signature | None:
    tried = given
    if is_operator and len(given) == 2 and given.count(UNKNOWN) == 1:
        other = next(t for t in given if t != UNKNOWN)
        tried = [other, other]
    exact = [s for s in known if list(s.takes) == tried]
    if exact:
        return exact[0]
    left = [s for s in known if all(_takes(t, a) for t, a in zip(s.takes, given, strict=True)) and _agrees(s, given)]
    left = _best(left, [sum(t == a for t, a in zip(s.takes, given, strict=True)) for s in left])
    left = _best(left, [sum(_is_near(t, a) for t, a in zip(s.takes, given, strict=True)) for s in left])
    if len(left) > 1 and UNKNOWN in given:
        left = _by_category(left, given)
    if len(left) > 1 and UNKNOWN in given and len({t for t in given if t != UNKNOWN}) == 1:
        same = next(t for t in given if t != UNKNOWN)
        left = [s for s in left if all(_takes(t, same) for t in s.takes)] or left
    if len(left) > 1 and len({s.gives for s in left}) == 1 and not _is_any(left[0].gives):
        return left[0]
    return left[0] if len(left) == 1 else None


def _best(candidates: list[Signature], scores: list[int]) -> list[Signature]:
    most = max(scores, default=0)
    return [s for s, score in zip(candidates, scores, strict=True) if score == most]


def _is_near(takes: str, given: str) -> bool:
    """Whether the type is an exact match, or a preferred type of the argument's own category."""
    own = given != UNKNOWN and catalog().category(takes) == catalog().category(given)
    return takes == given or (own and takes in catalog().preferred)


def _by_category(candidates: list[Signature], given: list[str]) -> list[Signature]:
    """The candidates for unknown constants: text if any accepts it, else the category that all accept."""
    left = candidates
    for place, argument in enumerate(given):
        if argument != UNKNOWN:
            continue
        categories = {catalog().category(s.takes[place]) for s in left}
        wanted = "S" if "S" in categories else categories.pop() if len(categories) == 1 else None
        if wanted is None:
            return candidates
        left = [s for s in left if catalog().category(s.takes[place]) == wanted]
        preferred = [s for s in left if s.takes[place] in catalog().preferred]
        left = preferred or left
    return left


# -- conversions


def _takes(takes: str, given: str) -> bool:
    if given == UNKNOWN or takes == '"any"':
        return True
    if _is_any(takes):
        return _fits_any(takes, given)
    return _casts(given, takes)


def _casts(given: str, takes: str) -> bool:
    if given == takes or (given, takes) in catalog().casts:
        return True
    if given.endswith("[]") and takes.endswith("[]"):
        return _casts(given.removesuffix("[]"), takes.removesuffix("[]"))
    return False


# -- polymorphic types


def _is_any(type_: str) -> bool:
    return type_.startswith("any") or type_ == '"any"'


def _fits_any(takes: str, given: str) -> bool:
    kind = takes.removeprefix("any").removeprefix("compatible")
    if kind == "array":
        return given.endswith("[]")
    if kind == "nonarray":
        return not given.endswith("[]")
    if kind in ("range", "multirange"):
        return given in _RANGES if kind == "range" else given.endswith("multirange")
    return kind != "enum" or catalog().category(given) == "U"


def _element(takes: str, given: str) -> str:
    """The element type that one argument implies."""
    if given == UNKNOWN:
        return UNKNOWN
    if takes.endswith("array") and not takes.endswith("nonarray"):
        return given.removesuffix("[]")
    if takes.endswith("range"):
        return _RANGES.get(given.replace("multirange", "range"), UNKNOWN)
    return given


def _elements(signature: Signature, given: Sequence[str]) -> list[str]:
    pairs = zip(signature.takes, given, strict=True)
    return [e for takes, argument in pairs if _is_any(takes) and (e := _element(takes, argument)) != UNKNOWN]


def _agrees(signature: Signature, given: Sequence[str]) -> bool:
    """Whether polymorphic arguments agree: `anyelement` ones have one type, `anycompatible` ones a common type."""
    found = set(_elements(signature, given))
    if not any(_is_any(t) and t != '"any"' for t in signature.takes) or len(found) < 2:
        return True
    is_loose = any(t.startswith("anycompatible") for t in signature.takes)
    return is_loose and common_type(_elements(signature, given)) is not None


def _given(signature: Signature, given: Sequence[str]) -> str | None:
    gives = signature.gives
    if not _is_any(gives):
        return gives
    pairs = list(zip(signature.takes, given, strict=True))
    if gives.endswith("range"):
        same = next((a for t, a in pairs if t.endswith("range") and a != UNKNOWN), None)
        return same.replace("multi", "") if same and not gives.endswith("multirange") else same
    element = common_type(_elements(signature, given))
    if element is None:
        return None
    return f"{element}[]" if gives.endswith("array") and not gives.endswith("nonarray") else element
