"""Measures of relations without duplicates, and of unions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from erd2dbt.prove import arithmetic
from erd2dbt.prove.additivity import occurs_once, terms_of
from erd2dbt.prove.measure import Aggregate, Measure, Term
from erd2dbt.sqlproof.relation import NULL, ROW, Rel, strict_key, with_row

_BOUNDS = (Aggregate.MIN, Aggregate.MAX, Aggregate.AVG, Aggregate.SPREAD)  # other figures than a total of these values


def once_for_all(rel: Rel) -> dict[str, Measure | None]:
    """The measures after duplicate rows are removed: a value without a key in the output is lost."""
    if strict_key(rel.state) is not None:
        return dict(rel.measures)
    known = {id_: rel.measures.get(id_, _of_row(rel, id_)) for id_ in rel.ids}
    return {id_: _of_distinct(m, rel) if m is not None else None for id_, m in known.items()}


def _of_distinct(measure: Measure, rel: Rel) -> Measure:
    """A part of a composite key names a thing: the distinct rows, which it is counted in, are one per their columns."""
    _, _, column = measure.source.rpartition(".")
    if measure.home == {ROW} and column in measure.group and not measure.repeated_by:
        return replace(measure, home=frozenset(rel.ids), group=rel.names)
    return _lost(measure, "distinct")


def _of_row(rel: Rel, id_: str) -> Measure:
    said = dict(zip(rel.ids, rel.names, strict=True)).get(id_, "rows")
    return Measure(aggregate=Aggregate.VALUE, entity=rel.table or "rows", source=said, home=frozenset((ROW,)), group=())


def _lost(measure: Measure, why: str) -> Measure:
    home = frozenset[str]() if ROW in measure.home else measure.home
    summands = tuple(_lost(summand, why) for summand in measure.summands)
    made = replace(measure, home=home, repeated_by=measure.repeated_by or why, summands=summands)
    return made.with_inner(lambda m: _lost(m, why))


def _never(_: Rel, __: Rel, ___: int) -> bool:
    return False


def stacked(
    first: Rel,
    rels: Sequence[Rel],
    shared: Sequence[tuple[Rel, Rel]] = (),
    exclude: Callable[[Rel, Rel, int], bool] = _never,
) -> dict[str, Measure | None]:
    """The measures of a UNION ALL: as additive as the least additive branch.

    `shared`: two branches that may have rows of one table in common. A value in both counts twice, unless the rows
    differ in a group column. `exclude`: whether no row has a value at this position of two branches.
    """
    found: dict[str, Measure | None] = {}
    for position, id_ in enumerate(first.ids):
        own = [rel.measures.get(rel.ids[position], _of_row(rel, rel.ids[position])) for rel in rels]
        same = len({_added(m) for m in own if m is not None}) == 1
        known = [(m, rel) for m, rel in zip(own, rels, strict=True) if m is not None]
        if sum(map(_has_shares, own)) > 1:  # those of each select sum to one, also where these have other rows
            known = [(replace(_lost(m, "union all"), shares=None, whole=None), rel) for m, rel in known]
        made = _least([_at_rows(m, rel, first, same=same) for m, rel in known])
        found[id_] = made = _beside_fillers(made, first, rels, shared, position) if made is not None else None
        if made is None or made.aggregate is Aggregate.NOMINAL:
            continue
        pairs = [(a, b) for a, b in shared if _same_values(a, b, position) and not exclude(a, b, position)]
        if pairs:
            by_key = _least([_at_rows(m, rel, first, same=same, by_row=False) for m, rel in known])
            found[id_] = _repeated(made, by_key or made, first, pairs, position)
    return found


def _has_shares(measure: Measure | None) -> bool:
    """Whether it is a share of a total, or an amount that shares spread."""
    if measure is None:
        return False
    return measure.shares is not None or measure.whole is not None or any(map(_has_shares, measure.factors))


def _beside_fillers(
    made: Measure, first: Rel, rels: Sequence[Rel], shared: Sequence[tuple[Rel, Rel]], position: int
) -> Measure:
    """The measure of a value for which other selects show 0 or NULL in each row.

    Where all are different rows of one table, the constant is the value of its rows.
    """
    constants = [rel.literals.get(rel.ids[position]) for rel in rels]
    fillers = [rel for rel, text in zip(rels, constants, strict=True) if text in (NULL, "n0")]
    others = [rel for rel, text in zip(rels, constants, strict=True) if text not in (NULL, "n0")]
    if not others or not fillers or made.aggregate is Aggregate.NOMINAL:
        return made
    together = {frozenset((id(a), id(b))) for a, b in shared}
    tables = {rel.table for rel in rels}
    pairs = [(a, b) for a in fillers for b in others]
    if len(tables) == 1 and "" not in tables and not any({id(a), id(b)} in together for a, b in pairs):
        return made
    places = (p for p in range(len(first.ids)) if p != position and all(differ(a, b, p, "") for a, b in pairs))
    told = frozenset(first.ids[place] for place in places)
    zeros = "n0" in constants
    leaves = [
        replace(m, told=told, unmasked=frozenset() if zeros else None, masked=None if zeros else frozenset())
        for m in (made, *made.summands)
    ]
    return replace(leaves[0], summands=tuple(leaves[1:]))


def _repeated(made: Measure, by_key: Measure, first: Rel, pairs: Sequence[tuple[Rel, Rel]], position: int) -> Measure:
    """The measure of a value that two selects may show of one row. Columns in which these rows differ count it once.

    `by_key`: its measure without them, where the key of the value identifies it.
    """
    apart = filled = frozenset(id_ for place, id_ in enumerate(first.ids) if place != position)
    for a, b in pairs:
        shown = {s.table for s in a.shows.get(a.ids[position], ())}
        table = shown.pop() if len(shown) == 1 else (a.home if a.home == b.home else "")
        places = {id_: place for place, id_ in enumerate(first.ids)}
        apart &= frozenset(id_ for id_ in apart if differ(a, b, places[id_], table))
        filled &= frozenset(id_ for id_ in filled if _null_in_one(a, b, places[id_]) is True)
    given = made if apart else by_key
    leaves = [
        replace(m, apart=apart, filled=filled, repeated_by="union all", looked_up=False)
        for m in (given, *given.summands)
    ]
    return replace(leaves[0], summands=tuple(leaves[1:]))


def _same_values(a: Rel, b: Rel, position: int) -> bool:
    """Whether both columns are computed from the same column of one table, or are totals of it.

    Two shares of totals are, too: those of pieces and those of a count both sum to one for each order.
    """
    one, other = a.ids[position], b.ids[position]
    if a.shows.get(one) and a.shows.get(one) == b.shows.get(other):
        return True
    if (one in a.minus) != (other in b.minus):  # a value and its reversal
        return False
    figures = [rel.measures.get(id_) for rel, id_ in ((a, one), (b, other))]
    if all(m is not None and m.shares is not None for m in figures):
        return True
    added = [_added(m) if m is not None else frozenset[tuple[str, Term]]() for m in figures]
    return not added[0].isdisjoint(added[1])


def _added(measure: Measure) -> frozenset[tuple[str, Term]]:
    """The amounts that are added in a value, each with the kind of the figure."""
    return frozenset(
        (str(leaf.aggregate) if leaf.aggregate in _BOUNDS else "", term)
        for leaf in measure.leaves
        if leaf.aggregate is not Aggregate.NOMINAL
        for term in terms_of(leaf)
    )


def _null_in_one(a: Rel, b: Rel, position: int) -> bool | None:
    """Whether a column is NULL in one of them, and not null in the other; None where it is not always NULL in one."""
    one, other = a.ids[position], b.ids[position]
    empty = [a.literals.get(one) == NULL, b.literals.get(other) == NULL]
    if empty[0] == empty[1]:
        return False if empty[0] else None
    return other in b.state.not_null if empty[0] else one in a.state.not_null


def differ(a: Rel, b: Rel, position: int, table: str) -> bool:
    """Whether a column is a different constant in each, or shows two different columns.

    `table`: the table whose rows may be in both. Where joins make the column equal to columns of it, these decide.
    """
    one, other = a.ids[position], b.ids[position]
    null = _null_in_one(a, b, position)
    if null is not None:
        return null
    if a.literals.get(one) != b.literals.get(other):
        return True
    shown = a.shows.get(one, ()), b.shows.get(other, ())
    if not shown[0] or not shown[1]:
        return False
    ours, theirs = (frozenset[str]().union(*(s.of_table(table) for s in side)) for side in shown)
    if ours and theirs:
        return ours.isdisjoint(theirs)
    return not any(mine.may_be(their) for mine in shown[0] for their in shown[1])


def _at_rows(measure: Measure, rel: Rel, first: Rel, *, same: bool, by_row: bool = True) -> Measure:
    """A branch's measure with one value per row, or without a home. `first`: the branch with the names.

    `same`: all branches show values of the same columns, so that a key of a repeated value is one in all rows.
    `by_row`: a value that occurs once is that of its row. A stock is still a level of each time that all its time
    columns show.
    """
    state = rel.state if ROW in rel.state.columns else with_row(rel.state)
    shown = dict(zip(rel.ids, first.ids, strict=True))
    leaves = []
    for m in measure.leaves:
        kept = frozenset(shown[c] for c in m.home) if same and m.home <= shown.keys() else frozenset[str]()
        home = m.home - {*state.columns} | {ROW} if by_row and occurs_once(m, state) else kept
        stock = frozenset(shown.get(c, ROW) for c in m.stock)
        leaves.append(replace(m, home=home, stock=stock, counted=None))
    stock = frozenset[str]().union(*(leaf.stock for leaf in leaves))
    summands = tuple(leaves) if measure.summands else ()
    return replace(measure, home=leaves[0].home, stock=stock, counted=None, summands=summands)


def _least(known: Sequence[Measure]) -> Measure | None:
    leaves: dict[object, Measure] = {}
    for leaf in (leaf for measure in known for leaf in measure.leaves):
        kind = (leaf.aggregate, leaf.home, leaf.stock)
        before = leaves.get(kind)
        leaves[kind] = leaf if before is None else replace(leaf, terms=terms_of(before) | terms_of(leaf))
    numbers = [m for m in leaves.values() if m.aggregate is not Aggregate.NOMINAL]
    return arithmetic.added(numbers) if numbers else next(iter(leaves.values()), None)
