"""The dates on which a fact joins the calendar: the date of its event first, then each other date in its own role."""

from __future__ import annotations

from erd2dbt.diagram.erd import Attribute, Expression
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import day_of
from erd2dbt.star import descriptions, words
from erd2dbt.star.kinds import Classified
from erd2dbt.star.parents import Parent
from erd2dbt.star.values import Star
from erd2dbt.star.writing import Columns, path

_MOST = 8  # roles; a fact with more is a log of its own columns


def days_of(star: Star, one: Classified, columns: Columns) -> list[str]:
    """The date columns of a fact, computed where a timestamp has no day column yet.

    From a header only the first date is used, where the row has its own.

    Lines that only have a due date happened when their order did.
    """
    found = [_day(one, columns, date, None, "") for date in one.dates]
    above = []
    for parent, header in star.headers(one):
        taken = header.dates[:1] if one.dates else header.dates
        above += [_day(one, columns, date, parent, header.stem) for date in taken]
    is_later = one.is_later
    return list(dict.fromkeys([*above, *found] if is_later else [*found, *above]))[:_MOST]


def _day(one: Classified, columns: Columns, date: Attribute, parent: Parent | None, header: str) -> str:
    steps = [one.name, parent.word] if parent else [one.name]
    if words.is_day(date):
        if parent is None:
            return date.name
        carried = Expression(path(*steps, date.name), columns.span)
        known = next((c.name for c in columns.made if c.formula == carried), None)
        return known or columns.add(
            _date_column_name(columns, date, header), carried.text, description=descriptions.day(date, header)
        )
    formula = f"cast({path(*steps, date.name)} as date)"
    name = day_of(date.name.lower())
    called = name if name not in columns.taken or parent is None else f"{singular(header)}_{name}"
    return columns.add(called, formula, description=descriptions.day(date, header))


def _date_column_name(columns: Columns, date: Attribute, header: str) -> str:
    name = date.name.lower()
    return name if name not in columns.taken else f"{singular(header)}_{name}"
