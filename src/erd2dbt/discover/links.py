"""Measures which share of a column's values occurs in the keys of another table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from erd2dbt.discover.queries import SAMPLE, Place, Probe
from erd2dbt.infer.key_types import kind_of
from erd2dbt.infer.references import SPOKEN, Reference

ALMOST = 0.95  # minimum share of values for a link by name; the other rows are orphans
_SOME = 10  # minimum distinct values of a column without a link by name
SURE = 1_000  # minimum rows without a repeated value for a one-to-one link


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """Of `rows` rows, `filled` are not null. Of the distinct `values`, `found` are keys of the other table.

    `lost`: rows without a match. `most`: maximum rows of one value.
    """

    rows: int
    filled: int
    values: int
    found: int
    lost: int
    most: int

    @property
    def share(self) -> float:
        return self.found / self.values if self.values else 0.0


def comparable(one: Reference, child: Place, parent: Place) -> bool:
    """Return whether the columns exist, and their types can be compared."""
    return (
        child.has(one.columns)
        and parent.has(one.to)
        and all(kind_of(child.columns[a].type) == kind_of(parent.columns[b].type) for a, b in one.pairs)
    )


def included(probe: Probe, one: Reference, child: Place, parent: Place, rows: int) -> Inclusion | None:
    """Check all rows by one pass over the child, of about `rows` rows, and a semi-join. If a sample fails, only that is
    read.

    Returns None if PostgreSQL does not answer.
    """
    first = _query_inclusion(probe, one, child.sample(rows, SAMPLE), child, parent)
    if first is None or rows <= SAMPLE or first.share < ALMOST:
        return first
    return _query_inclusion(probe, one, child.sql, child, parent)


def sampled(probe: Probe, one: Reference, child: Place, parent: Place, rows: int) -> Inclusion | None:
    """Return the result for a sample only."""
    return _query_inclusion(probe, one, child.sample(rows, SAMPLE), child, parent)


def matching_reference(
    asked: Mapping[Reference, Inclusion | None], count: Callable[[str], int]
) -> tuple[Reference, Inclusion] | None:
    """Return which of the tables that a name may mean has the values. `count` returns the number of an entity's rows.

    If several have all values, the one with the most similar name is taken, in the order of `references`. Rows only
    confirm: the values of a small table occur in every larger one.
    """
    held = [(one, found) for one, found in asked.items() if found and found.values and found.share >= ALMOST]
    held = [(one, found) for one, found in held if _is_above(one, found, count) and not _is_by_chance(one, found)]
    whole = [one for one in held if not one[1].lost] or held
    return whole[0] if whole else None


def _is_above(one: Reference, found: Inclusion, count: Callable[[str], int]) -> bool:
    """Return whether the other table is the parent: for a one-to-one link by the same key, it must have more rows."""
    is_own = found.most == 1 and found.filled == found.rows and one.rank != 0 and one.child != one.parent
    return not is_own or count(one.parent) > found.values


def _is_by_chance(one: Reference, found: Inclusion) -> bool:
    """Return whether a match can be by chance: a name such as `status` is weak evidence.

    Many values, all found in `statuses`, are strong evidence.
    """
    return one.rank == SPOKEN and (bool(found.lost) or found.values < _SOME)


def _query_inclusion(probe: Probe, one: Reference, source: str, child: Place, parent: Place) -> Inclusion | None:
    keys = [(f"k{n}", child.columns[a].sql, parent.columns[b].sql) for n, (a, b) in enumerate(one.pairs)]
    listed = ", ".join(f"{sql} as {k}" for k, sql, _ in keys)
    grouped = ", ".join(str(n + 1) for n in range(len(keys)))
    filled = " and ".join(f"c.{k} is not null" for k, _, _ in keys)
    tied = " and ".join(f"p.{to} = c.{k}" for k, _, to in keys)
    held = f"from c where {filled} and exists (select 1 from {parent.sql} as p where {tied})"  # noqa: S608 - quoted
    query = (
        f"with c as materialized (select {listed}, count(*) as n from {source} group by {grouped}) "  # noqa: S608
        f"select coalesce(sum(n), 0), coalesce(sum(n) filter (where {filled}), 0), count(*) filter (where {filled}), "
        f"(select count(*) {held}), (select coalesce(sum(n), 0) {held}), coalesce(max(n) filter (where {filled}), 0) "
        "from c"
    )
    found = probe.row(query)
    if found is None:
        return None
    rows, full, values, there, kept, most = map(int, found)
    return Inclusion(rows=rows, filled=full, values=values, found=there, lost=full - kept, most=most)
