"""What analysts read of derived models and columns: first what a row is, then what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from erd2dbt.design.project.prose import listed
from erd2dbt.diagram.erd import Attribute
from erd2dbt.names.plurals import plural, singular
from erd2dbt.names.stems import stem
from erd2dbt.star import words
from erd2dbt.star.kinds import Classified, Kind

_SHOWN = 4


def row_of(stem: str) -> str:
    """`order_lines` -> `order line`."""
    return singular(stem).replace("_", " ")


def rows_of(stem: str) -> str:
    return plural(stem).replace("_", " ")


def codes(names: Iterable[str]) -> str:
    return listed([f"`{name}`" for name in names])


def paragraphs(first: str, *more: str) -> str:
    """The first sentence, and below it the sentences that there are; what people said of the table stands first."""
    below = " ".join(text for text in more if text)
    return f"{first}\n\n{below}" if below else first


def purpose(one: Classified, what: str) -> str:
    """`One row per order: transaction fact. …`; with the description of the entity where it has one."""
    own = one.entity.description
    said = f" {' '.join(own.split()).rstrip('.')}." if own else ""
    row = row_of(one.stem)
    if one.kind is Kind.SNAPSHOT and len(one.entity.key) > 1:
        row = " and ".join(word.text for word in one.entity.key)
    return f"One row per {row}: {what}.{said}"


def additivity(one: Classified) -> str:
    """Which measures add up, over what."""
    others = [m for m in one.measures if m not in one.added and m not in one.stocks]
    parts = [
        f"Additive: {codes(m.name for m in one.added)}." if one.added else "",
        f"Semi-additive, over anything but time: {codes(m.name for m in one.stocks)}." if one.stocks else "",
        f"Not additive, so average or weigh them: {codes(m.name for m in others)}." if others else "",
    ]
    if not one.measures and one.kind is Kind.FACTLESS:
        return "It has no measures: count its rows."
    return " ".join(part for part in parts if part)


def dated(main: str | None, others: Sequence[str]) -> str:
    if main is None:
        return ""
    more = f" Further days to group by: {codes(others)}." if others else ""
    return f"Its day is `{main}`.{more}"


def degenerate(names: Sequence[str]) -> str:
    return f"Degenerate dimensions: {codes(names)}." if names else ""


def roles(pairs: Sequence[tuple[str, str]]) -> str:
    """The dimensions that are met in several roles."""
    several = list(dict.fromkeys(model for model, _ in pairs if [m for m, _ in pairs].count(model) > 1))
    told = (f"`{model}` in the roles {codes(by for m, by in pairs if m == model)}" for model in several)
    return f"It meets {'; '.join(told)}." if several else ""


def carried(column: Attribute, role: str | None, stem: str, over: Sequence[str]) -> str:
    """A column that a to-one link brings: what it is, of what, in which role, and by which columns."""
    place = f"as {role}, by {codes(over)}" if role else f"by {codes(over)}"
    if column.description:
        return f"{' '.join(column.description.split()).rstrip('.')} ({row_of(stem)} {place})"
    short = _short(column.name.lower(), stem)
    if short.replace("_", " ") == row_of(stem):
        return f"The {row_of(stem)} {place}"
    return f"{_capital(short)} of the {row_of(stem)} {place}"


def from_header(column: Attribute, header: str) -> str:
    if column.description:
        return f"{' '.join(column.description.split()).rstrip('.')} (of the {row_of(header)})"
    name = column.name.lower()
    said = f"`{column.name}`" if words.family_of(column) in ("date", "timestamp") else _capital(_short(name, header))
    return f"{said} of the {row_of(header)} that the row is a part of"


def _short(name: str, entity: str) -> str:
    """`order_number` of an order is its number."""
    return name.removeprefix(f"{stem(entity)}_") or name


def _capital(name: str) -> str:
    """`unit_price` -> `Unit price`."""
    words_of_it = name.replace("_", " ").strip()
    return words_of_it[:1].upper() + words_of_it[1:]


def dimension_of(rows: Sequence[str]) -> str:
    """`dimension of orders, payments and 3 more`, by the entities that refer to it."""
    if not rows:
        return "dimension that nothing refers to"
    named = [rows_of(name) for name in rows[:_SHOWN]]
    more = len(rows) - len(named)
    return f"dimension of {', '.join(named)} and {more} more" if more else f"dimension of {listed(named)}"


def day(column: Attribute, header: str | None) -> str:
    of = f" of the {row_of(header)}" if header else ""
    return f"Day of `{column.name}`{of}, which meets the calendar"


def sum_of(measure: Attribute, details: str, header: str | None = None) -> str:
    of = f" of the {row_of(header)}" if header else ""
    return f"Sum of `{measure.name}` over the {rows_of(details)}{of}"


def count_of(details: str, header: str | None = None) -> str:
    counted = f"How many {rows_of(details)}"
    return f"{counted} the {row_of(header)} has" if header else f"{counted} there are"
