"""Descriptions of derived models and columns: what a row is, then how to use the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from erd2dbt.design.project.prose import listed
from erd2dbt.diagram.erd import Attribute
from erd2dbt.infer.vocabulary import says
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import stem
from erd2dbt.star import words
from erd2dbt.star.kinds import Classified, Kind

_SHOWN = 4
_WORD = 4  # letters; shorter names of a number are abbreviations


def row_of(stem: str) -> str:
    """`order_lines` -> `order line`."""
    return singular(stem).replace("_", " ").strip()


def rows_of(plural: str) -> str:
    """`order_lines` -> `order lines`."""
    return plural.replace("_", " ").strip()


def codes(names: Iterable[str]) -> str:
    """Names in backquotes: `` `a`, `b` and `c` ``."""
    return listed([f"`{name}`" for name in names])


def paragraphs(first: str, *more: str) -> str:
    """The first sentence, and below it the other sentences that are not empty.

    A description from the diagram is first.
    """
    below = " ".join(text for text in more if text)
    return f"{first}\n\n{below}" if below else first


def purpose(one: Classified, what: str) -> str:
    """`Transaction fact, one row per order.`; after the description of the entity where it has one."""
    own = one.entity.description
    said = f"{' '.join(own.split()).rstrip('.')}. " if own else ""
    row = row_of(one.stem)
    if one.kind is Kind.SNAPSHOT and len(one.entity.key) > 1:
        row = " and ".join(word.text for word in one.entity.key)
    return f"{said}{capital(what)}, one row per {row}."


def additivity(one: Classified) -> str:
    """Which measures are additive, over what."""
    others = [m for m in one.measures if m not in (*one.added, *one.stocks, *one.open_numbers)]
    sure = {name for name, number in one.numbers if number.score.passes}
    levels = [m.name for m in one.stocks if m.name in sure]
    doubtful = [m.name for m in one.stocks if m.name not in sure]
    parts = [
        f"Additive measures: {codes(m.name for m in one.added)}." if one.added else "",
        f"Semi-additive measures (not additive over time): {codes(levels)}." if levels else "",
        f"Not summed, as they may be running figures: {codes(doubtful)}." if doubtful else "",
        f"Possibly additive, not summed: {codes(m.name for m in one.open_numbers)}." if one.open_numbers else "",
        f"Non-additive measures (average or weight them): {codes(m.name for m in others)}." if others else "",
    ]
    if not one.measures and one.kind is Kind.FACTLESS:
        return "No measures: count its rows."
    return " ".join(part for part in parts if part)


def dated(main: str | None, others: Sequence[str], clock: str | None = None) -> str:
    """A sentence on the dates of a fact; empty without an event date. `clock`: the number that dates it instead."""
    if main is None:
        return f"Event date: `{clock}`, a number that does not join to the calendar." if clock else ""
    more = f" Other dates: {codes(others)}." if others else ""
    return f"Event date: `{main}`.{more}"


def degenerate(names: Sequence[str]) -> str:
    """A sentence on the columns that are dimensions without a table; empty without any."""
    return f"Degenerate dimensions: {codes(names)}." if names else ""


def roles(pairs: Sequence[tuple[str, str]]) -> str:
    """The dimensions that are joined in several roles."""
    several = list(dict.fromkeys(model for model, _ in pairs if [m for m, _ in pairs].count(model) > 1))
    shown = (f"`{model}` on {codes(by for m, by in pairs if m == model)}" for model in several)
    return f"Role-playing dimensions: {'; '.join(shown)}." if several else ""


def carried(column: Attribute, role: str | None, stem: str, over: Sequence[str]) -> str:
    """The description of a column from a many-to-one link: its meaning, entity, role and join columns."""
    as_role = f"{role}, " if role and role != row_of(stem) else ""
    place = f"{as_role}joined on {codes(over)}"
    if column.description:
        return f"{' '.join(column.description.split()).rstrip('.')} ({row_of(stem)}, {place})"
    short = _short(column.name.lower(), stem)
    what = f"{row_of(stem)} ({place})"
    return capital(what) if short.replace("_", " ") == row_of(stem) else f"{_named(column, stem)} of the {what}"


def from_header(column: Attribute, header: str) -> str:
    """A column of the header that a detail's fact carries, without a full stop."""
    if column.description:
        return f"{' '.join(column.description.split()).rstrip('.')} (of the {row_of(header)})"
    return f"{_named(column, header)} of the {row_of(header)} that this row belongs to"


def _named(column: Attribute, entity: str) -> str:
    """`Unit price`. A date such as `opened_on` does not make a phrase, so its name is quoted."""
    if words.family_of(column) in ("date", "timestamp"):
        return f"`{column.name}`"
    return _column_words(_short(column.name.lower(), entity))


def _short(name: str, entity: str) -> str:
    """The name without its entity: `order_number` of an order is its number."""
    return name.removeprefix(f"{stem(entity)}_") or name


def capital(text: str) -> str:
    """The first letter in upper case, all others unchanged."""
    return text[:1].upper() + text[1:]


def _column_words(name: str) -> str:
    """`unit_price` -> `Unit price`. A number in short is written out: `no`, `nr`."""
    *before, last = name.strip("_").split("_")
    is_short = len(last) < _WORD and says(last, "numbering")
    return capital(" ".join((*before, "number" if is_short else last)))


def dimension_of(rows: Sequence[str]) -> str:
    """`dimension for orders, payments and 3 more`, by the entities that refer to it."""
    if not rows:
        return "dimension that no fact refers to"
    named = [rows_of(name) for name in rows[:_SHOWN]]
    more = len(rows) - len(named)
    return f"dimension for {', '.join(named)} and {more} more" if more else f"dimension for {listed(named)}"


def day(column: Attribute, header: str | None) -> str:
    """The description of a date column that joins the calendar; `header`: the entity that it is read from."""
    of = f" of the {row_of(header)}" if header else ""
    return f"Date of `{column.name}`{of}; joins to the calendar"


def sum_of(measure: Attribute, details: str, header: str | None = None) -> str:
    """The description of a measure that is summed over the details of a row."""
    of = f" of the {row_of(header)}" if header else ""
    return f"Sum of `{measure.name}` over all {rows_of(details)}{of}"


def count_of(details: str, header: str | None = None) -> str:
    """The description of a number of details."""
    return f"Number of {rows_of(details)}{f' of the {row_of(header)}' if header else ''}"
