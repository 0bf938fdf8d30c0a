"""The join that repeats a value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from erd2dbt.prove.measure import Measure
from erd2dbt.sqlproof.scope import Link, Scope


def fanout_join(scope: Scope, measure: Measure, by: Iterable[str] = ()) -> str:
    """The first join that repeats a value, because of its own matches, of an earlier join or of a later one.

    `by`: the columns of the groups within which the value is repeated.
    """
    joined = next((i for i, link in enumerate(scope.links) if _is_key_of_right(measure.home, link)), -1)
    columns = measure.home.union(by)
    for number, link in enumerate(scope.links):
        known = columns.intersection(link.after.columns)
        if number >= joined and measure.home and link.after.is_key(known, filled=measure.home) is None:
            return _fanned_out_before(scope, number) if number == joined else link.text
    return ""


class Repeating(TypedDict):
    """The join that repeats a value, and whether it only looks up the row of the value."""

    repeated_by: str
    looked_up: bool


def repeating(measure: Measure, scope: Scope) -> Repeating:
    """The join that repeats a value: one of an earlier select, or of this one."""
    if measure.repeated_by:
        return Repeating(repeated_by=measure.repeated_by, looked_up=measure.looked_up)
    join = fanout_join(scope, measure)
    return Repeating(repeated_by=join, looked_up=is_looked_up(scope, measure, join))


def is_looked_up(scope: Scope, measure: Measure, join: str) -> bool:
    """Whether a join of this select only looks up the rows of a value."""
    return any(link.text == join and looks_up(measure.home, link) for link in scope.links)


def looks_up(home: frozenset[str], link: Link) -> bool:
    """Whether a join only looks up the rows of a home: each row here has one of them."""
    return not link.multiplies_left and _is_key_of_right(home, link)


def _is_key_of_right(home: frozenset[str], link: Link) -> bool:
    """Whether these columns are columns of the joined relation, or are joined with some."""
    right = frozenset(link.right)
    pairs = dict(link.pairs)
    return bool(home) and all(column in right or pairs.get(column) in right for column in home)


def _fanned_out_before(scope: Scope, number: int) -> str:
    """The join before this one that made several rows of each row that this one matches; else this one."""
    link = scope.links[number]
    matched = frozenset(left for left, _ in link.pairs)
    state = next(iter(scope.sources.values())).state
    for place, earlier in enumerate(scope.links[:number]):
        if earlier.multiplies_left and state.is_key(matched, filled=matched) is not None:
            return earlier.text
        if matched <= set(earlier.right) and earlier.after.is_key(matched, filled=matched) is None:
            return _fanned_out_before(scope, place)  # its rows are repeated from the start
        state = earlier.after
    return link.text
