"""Measures of relations without duplicates, and of unions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from erd2dbt.prove import arithmetic
from erd2dbt.prove.additivity import ADDED, Aggregate, Measure, occurs_once
from erd2dbt.sqlproof.relation import ROW, Rel, strict_key, with_row


def once_for_all(rel: Rel) -> dict[str, Measure | None]:
    """The measures after duplicate rows are removed: a value without a key in the output is lost."""
    if strict_key(rel.state) is not None:
        return dict(rel.measures)
    known = {id_: rel.measures.get(id_, _of_row(rel, id_)) for id_ in rel.ids}
    return {id_: _lost(m, "distinct") if m is not None else None for id_, m in known.items()}


def _of_row(rel: Rel, id_: str) -> Measure:
    said = dict(zip(rel.ids, rel.names, strict=True)).get(id_, "rows")
    return Measure(aggregate=Aggregate.VALUE, entity=rel.table or "rows", source=said, home=frozenset((ROW,)), group=())


def _lost(measure: Measure, why: str) -> Measure:
    home = frozenset[str]() if ROW in measure.home else measure.home
    summands = tuple(_lost(summand, why) for summand in measure.summands)
    made = replace(measure, home=home, repeated_by=measure.repeated_by or why, summands=summands)
    return made.with_inner(lambda m: _lost(m, why))


def stacked(first: Rel, rels: Sequence[Rel], shared: Sequence[tuple[Rel, Rel]] = ()) -> dict[str, Measure | None]:
    """The measures of a UNION ALL: as additive as the least additive branch.

    `shared`: two branches that may have rows of one table in common. A value in both counts twice, unless the rows
    differ in a group column.
    """
    found: dict[str, Measure | None] = {}
    for position, id_ in enumerate(first.ids):
        branches = (_at_rows(rel, rel.ids[position], first) for rel in rels)
        found[id_] = made = _least([m for m in branches if m is not None])
        if made is None or made.aggregate is Aggregate.NOMINAL:
            continue
        for a, b in (pair for pair in shared if _same_values(*pair, position)):
            table = next((shown.table for shown in a.shows.get(a.ids[position], ())), "")
            apart = frozenset(first.ids[p] for p in range(len(first.ids)) if p != position and differ(a, b, p, table))
            made = replace(made, apart=apart or made.apart, home=made.home if apart else frozenset())
            found[id_] = made = replace(made, repeated_by="union all")
    return found


def _same_values(a: Rel, b: Rel, position: int) -> bool:
    """Whether both columns show the same column of one table, or the same aggregate of it."""
    one, other = a.ids[position], b.ids[position]
    if a.shows.get(one) and a.shows.get(one) == b.shows.get(other):
        return True
    figures = [rel.measures.get(id_) for rel, id_ in ((a, one), (b, other))]
    totals = [m for m in figures if m is not None and m.aggregate in ADDED]
    told = [(m.aggregate, m.source, m.entity, m.group, m.filter, m.passed) for m in totals]
    return len(told) == 2 and told[0] == told[1]


def differ(a: Rel, b: Rel, position: int, table: str) -> bool:
    """Whether a column is a different constant in each, or shows two different columns.

    `table`: the table whose rows may be in both. Where joins make the column equal to columns of it, these decide.
    """
    one, other = a.ids[position], b.ids[position]
    if a.literals.get(one) != b.literals.get(other):
        return True
    shown = a.shows.get(one, ()), b.shows.get(other, ())
    if not shown[0] or not shown[1]:
        return False
    ours, theirs = (frozenset[str]().union(*(s.of_table(table) for s in side)) for side in shown)
    if ours and theirs:
        return ours.isdisjoint(theirs)
    return not any(mine.may_be(their) for mine in shown[0] for their in shown[1])


def _at_rows(rel: Rel, id_: str, first: Rel) -> Measure | None:
    """A branch's measure with one value per row, or None where that is not known. `first`: the branch with the names.

    A stock is still a level of each time that all its time columns show.
    """
    measure = rel.measures.get(id_, _of_row(rel, id_))
    if measure is None:
        return None
    state = rel.state if ROW in rel.state.columns else with_row(rel.state)
    shown = dict(zip(rel.ids, first.ids, strict=True))
    leaves = []
    for m in measure.leaves:
        home = m.home - {*state.columns} | {ROW} if occurs_once(m, state) else frozenset[str]()
        stock = frozenset(shown.get(c, ROW) for c in m.stock)
        leaves.append(replace(m, home=home, stock=stock, counted=None))
    stock = frozenset[str]().union(*(leaf.stock for leaf in leaves))
    summands = tuple(leaves) if measure.summands else ()
    return replace(measure, home=leaves[0].home, stock=stock, counted=None, summands=summands)


def _least(known: Sequence[Measure]) -> Measure | None:
    leaves = {(m.aggregate, m.home, m.stock): m for measure in known for m in measure.leaves}
    numbers = [m for m in leaves.values() if m.aggregate is not Aggregate.NOMINAL]
    return arithmetic.added(numbers) if numbers else next(iter(leaves.values()), None)
