"""The types of linked columns: whether their values compare as keys, and casts that make them do so."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from erd2dbt.datatypes.comparison import Equality, joins_on_key, kept_apart_as, unbounded
from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import Attribute, Entity, Link
from erd2dbt.faults.diagnostics import Collector, Fix, Hint, Paste

NO_CAST = "no cast keeps all values apart: give both the same type where the data comes from, and declare it"
_End = tuple[str, Attribute]  # an entity and its column


def check_types(link: Link, entities: Mapping[str, Entity], unique: Collection[str], faults: Collector) -> None:
    """E206 where types let a key match several rows, or none; W206 where dates are compared with timestamps.

    `unique`: the entities in which the link's columns are unique.
    """
    for pair in link.columns:
        left, right = link.left, link.right
        one, other = _attribute(entities[left], pair[0]), _attribute(entities[right], pair[1])
        if one.type is None or other.type is None:
            continue
        equality = joins_on_key(one.type, other.type).equality
        said = f"`{left}.{one.name}` is {one.type} and `{right}.{other.name}` is {other.type}: {equality.value}"
        ends = (left, one), (right, other)
        referring, key = reversed(ends) if left in unique and right not in unique else ends
        if equality is Equality.NO_OPERATOR:
            faults.add("E206", said, link.span, fixes=[_one_type(referring, key)])
        elif equality in (Equality.LOSSY, Equality.SESSION):
            faults.add("E206", said, link.span, fixes=[*_without_loss(referring, key)])
        elif equality is Equality.MIDNIGHT and not any(
            code == "W206" for end in (one, other) for code, _ in end.accept
        ):
            side, stamp = ends[0] if family(one.type) == "timestamp" else ends[1]
            fixes = [] if side in unique else [_retyped("join on the day", (side, stamp), "date")]
            told = f"type: {_flow(stamp.type)}, accept: {{W206: <why>}}"
            fixes.append(_column("accept it with a reason", (side, stamp), told))
            faults.add("W206", said, link.span, fixes=fixes)


def _one_type(referring: _End, key: _End) -> Fix:
    """A fix that gives the foreign key the type of the key: a cast key may have duplicates."""
    to = unbounded(key[1].type or "text")
    if joins_on_key(to, to).equality is not Equality.NO_OPERATOR:
        return _retyped("give both the same type", referring, to)
    both = " and ".join(f"`{end.name}: {{type: text, cast: true}}`" for _, end in (referring, key))  # json, xml
    pastes = [p for end in (referring, key) for p in _retyped("", end, "text").pastes]
    return Fix(f"give both a type that has one: {both}", *pastes)


def _without_loss(referring: _End, key: _End) -> Iterator[Fix | Hint]:
    """A cast of one side that keeps all its values apart. Where there is none, what to do before the cast."""
    for end, other in ((referring, key), (key, referring)):
        to = kept_apart_as(end[1].type or "", other[1].type or "")
        if to is not None:
            yield _retyped("give both the same type", end, to)
            return
    side, column = referring
    in_utc = _in_utc(column, key[1])
    if in_utc is not None:
        made = f'{column.name}_utc: {{type: {key[1].type}, is: "{in_utc}"}}'
        yield Hint(f"say the time zone in a column of `{side}`, and link that one: `{made}`")
        return
    yield Hint(NO_CAST)


def _in_utc(column: Attribute, key: Attribute) -> str | None:
    """A moment in the type of the key, free of the session's time zone; None for other types."""
    at = f"{column.name} at time zone 'UTC'"
    match family(column.type or ""), family(key.type or ""):
        case "timestamp", "timestamp":
            return at
        case "timestamp", "date":
            return f"({at})::date"
        case "date", "timestamp":
            return at.replace(" at", "::timestamp at", 1)
    return None


def _retyped(why: str, end: _End, to: str) -> Fix:
    column = end[1]
    source = f", from: {_flow(column.raw)}" if column.raw not in (None, column.name) else ""
    return _column(why, end, f"type: {_flow(to)}, cast: true{source}")


def _column(why: str, end: _End, fields: str) -> Fix:
    (side, column), text = end, f"{{{fields}}}"
    return Fix(f"{why}, in `{side}`: `{column.name}: {text}`", Paste(("entities", side, "columns", column.name), text))


def _flow(text: str | None) -> str:
    return repairs.scalar(text or "text", flow=True)


def _attribute(entity: Entity, name: str) -> Attribute:
    return next(a for a in entity.columns if a.name == name)
