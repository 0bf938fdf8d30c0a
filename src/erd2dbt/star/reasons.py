"""The sentences that explain the kind of an entity: its dates, its references, and lists of names."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from erd2dbt.diagram.erd import Attribute
from erd2dbt.star import words
from erd2dbt.star.dates import Moment, is_request, moment_of, said
from erd2dbt.star.entity_features import Known

_MOST_NAMES, _MOST_EXPLAINED = 6, 12  # of a list in a comment: names alone, and names with their reasons
_ONE = r"`[^`]+`(?: \((?:[^()]|\([^()]*\))*\))?"
_ITEM = re.compile(_ONE)
_LIST = re.compile(rf"{_ONE}(?:, {_ONE})+")


def dimension_reasons(known: Known) -> str:
    """Why it is a dimension: the evidence against an event."""
    date = known.when
    if date is None:
        are = "is a property" if len(known.measures) == 1 else "are properties"
        numbers = f", so that {listed(known.measures)} {are} of it" if known.measures and known.down else ""
        return f"it has no date of an event{numbers}"
    why = f"it is not a fact, though it has the date `{date.name}`"
    if known.name is not None:
        steer = "; `role: fact` makes it one" if known.ties else ""
        return f"{why}: people call it by `{known.name.name}`{steer}"
    if not known.ties:
        return f"{why}: it has no reference to a thing that it could happen to"
    return f"{why}: the evidence for a thing is stronger"


def rejected_dates(known: Known, event: Attribute) -> tuple[str, ...]:
    """The dates that were rejected, and why."""
    if known.entity.event_date is not None:
        return ("the diagram says so by `event_date`",)
    others = [c for c in known.dates if not words.is_same_moment(c, event)]
    if not others:
        return ()
    told = ", ".join(_told(c, known.moment(c)) for c in others)
    if len(others) == 1:
        return (f"another date of it: {told}. `event_date: {others[0].name}` takes that one",)
    return (f"other dates of it: {told}. `event_date` takes one of them",)


def _told(column: Attribute, moment: Moment | None) -> str:
    """The date, and what it says unless it is of an event."""
    return (
        f"`{column.name}`" if moment is None or moment is Moment.EVENT else f"`{column.name}` ({said(column, moment)})"
    )


def undated_reasons(known: Known) -> tuple[str, ...]:
    """Why none of the dates of a fact dates it; empty where one does, or where it has none."""
    if known.when is not None or known.entity.is_undated or not known.dated:
        return ()
    by_moment: dict[str, list[Attribute]] = {}
    for one in known.dated:
        by_moment.setdefault(said(one.column, one.moment), []).append(one.column)
    told = "; ".join(
        f"{listed(columns)} {'says' if len(columns) == 1 else 'say'} {moment}" for moment, columns in by_moment.items()
    )
    return (f"no date of its own says when it happened: {told}. `event_date: {known.dated[0].column.name}` takes one",)


def reference_reasons(known: Known) -> tuple[str, ...]:
    refers = (f"it refers to {abbreviated(known.up)}",) if known.up else ()
    by_name = tuple(
        f"`{column}` has the name of the key of `{owner}`, but no link says so: draw it to join them"
        for column, owner in known.unlinked
    )
    excluded = tuple(
        f"its link to `{owner}` on `{column}` is excluded, so that nothing joins on it"
        for column, owner in known.excluded
    )
    ids = [name for name in (*known.phantoms, *known.lone) if name in known.about]
    without = (f"it refers to things without a table: {abbreviated(ids)}",) if ids else ()
    return (*refers, *by_name, *excluded, *without)


def happened_on(event: Attribute) -> str:
    is_plan = moment_of(event) is Moment.PLANNED and not is_request(event)
    return f"`{event.name}` says {Moment.PLANNED if is_plan else Moment.EVENT}"


def listed(columns: Sequence[Attribute]) -> str:
    """The names of columns for a reason."""
    return abbreviated([c.name for c in columns])


def abbreviated(names: Sequence[str]) -> str:
    """All names. `shortened` cuts them where a reason is a comment."""
    return ", ".join(f"`{name}`" for name in names)


def shortened(reason: str) -> str:
    """A reason whose long lists are cut to their first names, and the number of others: for comments in a spec."""
    return _LIST.sub(_cut, reason)


def _cut(found: re.Match[str]) -> str:
    items = [item[0] for item in _ITEM.finditer(found[0])]
    is_explained = any(item.endswith(")") for item in items[:-1])
    most = _MOST_EXPLAINED if is_explained else _MOST_NAMES
    more, weight = len(items) - most, "" if is_explained else items[-1].rpartition("`")[2]
    return f"{', '.join(items[:most])} and {more} more{weight}" if more > 0 else found[0]


def named(names: Collection[str]) -> str:
    """Names for a reason, sorted and separated by commas."""
    return ", ".join(sorted(names))
