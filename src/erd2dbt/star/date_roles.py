"""The dates on which a fact joins the calendar: the date of its event first, then each other date in its own role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from erd2dbt.diagram.erd import Attribute, Expression
from erd2dbt.infer.vocabulary import says
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import day_of
from erd2dbt.star import descriptions, words
from erd2dbt.star.kinds import Classified
from erd2dbt.star.parents import Parent
from erd2dbt.star.values import Star
from erd2dbt.star.writing import Columns, path

_MOST = 8  # roles; a fact with more is a log of its own columns


def dated_headers(
    entities: Mapping[str, Classified], one: Classified, seen: frozenset[str] = frozenset()
) -> tuple[tuple[tuple[Parent, ...], Classified], ...]:
    """The headers of a fact that have a date of their event, each with the links that lead there.

    Where a header has no date itself, its own header dates it: the items of a container of a shipment. The creation of
    a header dates only its parts by key or name. A request about an application is made at its own time. So is
    what a number dates: a scan of a ticket does not happen when the ticket is bought.
    """
    if one.clock is not None:
        return ()
    found: list[tuple[tuple[Parent, ...], Classified]] = []
    for part in (part for part in one.headers if part.named_so or not _is_later(one, part.parent.entity)):
        link, header = part.parent, entities[part.parent.entity]
        if header.event_date is not None:
            is_event = header.event_date.name not in header.creation
            found += [((link,), header)] if is_event or part.named_so else []
        elif header.name not in seen:
            above = dated_headers(entities, header, seen | {one.name, header.name})
            found += [((link, *links), up) for links, up in above]
    return tuple(found)


def _is_later(one: Classified, header: str) -> bool:
    """Whether the name says the end or the cancellation of the header, which happens later than that."""
    return says(one.name, "ended", "deleted") and not says(header, "ended", "deleted")


def days_of(star: Star, one: Classified, columns: Columns) -> list[str]:
    """The date columns of a fact, computed where a timestamp has no day column yet.

    From a header only the first date is used, where the row has its own.

    Lines that only have a due date happened when their order did.
    """
    found = [_day(one, columns, date, (), "") for date in one.dates]
    above = []
    for links, header in dated_headers(star.entities, one):
        if one.event_date is not None and len(links) > 1:
            continue  # it has a day of its own, and its header none
        taken = header.dates[:1] if one.dates else header.dates
        above += [_day(one, columns, date, links, header.stem) for date in taken]
    return list(dict.fromkeys([*above, *found] if one.is_later else [*found, *above]))[:_MOST]


def _day(one: Classified, columns: Columns, date: Attribute, links: Sequence[Parent], header: str) -> str:
    steps = [one.name, *(link.word for link in links)]
    if words.is_day(date):
        if not links:
            return date.name
        carried = Expression(path(*steps, date.name), columns.span)
        known = next((c.name for c in columns.made if c.formula == carried), None)
        return known or columns.add(
            _date_column_name(columns, date, header), carried.text, description=descriptions.day(date, header)
        )
    formula = f"cast({path(*steps, date.name)} as date)"
    name = day_of(date.name.lower())
    called = name if name not in columns.taken or not links else f"{singular(header)}_{name}"
    return columns.add(called, formula, description=descriptions.day(date, header))


def _date_column_name(columns: Columns, date: Attribute, header: str) -> str:
    name = date.name.lower()
    return name if name not in columns.taken else f"{singular(header)}_{name}"
