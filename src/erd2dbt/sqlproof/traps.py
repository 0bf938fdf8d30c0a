"""Additivity of hand-written SQL: its aggregates that give wrong totals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from erd2dbt.prove.additivity import Law, breaches, occurs_once
from erd2dbt.prove.grouping import COUNTS
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.fanout import fanout_join, is_looked_up
from erd2dbt.sqlproof.first_rows import conditions_of
from erd2dbt.sqlproof.functions import is_aggregate
from erd2dbt.sqlproof.lists import length_of, lengths
from erd2dbt.sqlproof.measures import Measured, rows_of
from erd2dbt.sqlproof.measuring import aggregate_of, argument_of, call_of, conditional
from erd2dbt.sqlproof.products import beside_all
from erd2dbt.sqlproof.query_analysis import Trap
from erd2dbt.sqlproof.scope import Link
from erd2dbt.sqlproof.weighted_means import counts_others, is_weighted_mean, numerators
from erd2dbt.sqlproof.whole_amounts import presumed, spread, taken_whole

_CODES = {
    Law.REPEATED: "E303",
    Law.COLLAPSED: "E303",
    Law.OVERLAPPING: "E301",
    Law.AVERAGED: "E302",
    Law.DIVIDED: "E302",
    Law.UNWEIGHTED: "W303",
    Law.OVER_TIME: "E309",
}
_SAME = (Aggregate.DISTINCT, Aggregate.DISTINCT_LIST, Aggregate.MIN, Aggregate.MAX, Aggregate.OTHER)
_ROWS = (exp.Star, exp.Literal, type(None))


def look(known: Measured, tree: exp.Select, aggregates: Sequence[exp.Expr], by: Collection[str]) -> None:
    """Add the traps in the aggregates of one select, grouped by the ids `by`."""
    quotients = [pair for item in tree.expressions for pair in numerators(item)]
    means = {id(above) for above, below in quotients if _is_mean(known, above, below)}
    for node in aggregates:
        if id(node) in means:  # its weights are an aggregate of their own
            continue
        found = [*_of_aggregate(known, node, node, by)]
        if not found and (inner := beside_all(known, tree, node, by)) is not None:
            found = [replace(_trap(known, Law.REPEATED, inner, node), in_each=True)]
        known.reader.traps += found


def _is_mean(known: Measured, above: exp.Expr, below: exp.Expr) -> bool:
    return is_weighted_mean(above, below) and not counts_others(above, below, known.of)


def look_at_windows(known: Measured, windows: Sequence[exp.Window]) -> None:
    """Add the traps of aggregates over windows, each grouped by its partition."""
    for window in windows:
        known.reader.traps += _of_aggregate(known, window.this, window, known.partition(window))


def look_at_lengths(known: Measured, tree: exp.Select) -> None:
    """Add the traps of lists of earlier selects whose length is taken, although a row is there several times."""
    for item in (*tree.expressions, *filter(None, [tree.args.get("having")])):
        for length, argument in lengths(item):
            listed = next((m.listed for m in [known.of(argument)] if m is not None), None)
            if listed is not None and listed.miscounted is not None and not any(map(is_aggregate, nodes(argument))):
                known.reader.traps.append(_trap(known, Law.REPEATED, listed.miscounted, length))


def _of_aggregate(known: Measured, node: exp.Expr, written: exp.Expr, by: Collection[str]) -> Iterator[Trap]:
    outer = aggregate_of(call_of(node))
    if outer is Aggregate.OTHER:
        return
    length = length_of(node) if outer in COUNTS else None
    if length is not None:
        yield from _of_length(known, node, length, by)
        return
    value = argument_of(node)
    if outer in (Aggregate.COUNT, Aggregate.SUM) and isinstance(argument_of(conditional(node)), _ROWS):
        yield from _lone(known, node, written)
        yield from _of_rows_twice(known, written)
        return
    if outer is Aggregate.COUNT and _always_there(known, value):
        yield from _lone(known, node, written)
    inner = known.input(node)
    if inner is None:
        return
    if outer in COUNTS:
        yield from _listed(known, inner, written, by) if outer is Aggregate.LIST else ()
        return
    yield from _of_values(known, node, inner, written, by)


def _of_values(
    known: Measured, node: exp.Expr, inner: Measure, written: exp.Expr, by: Collection[str]
) -> Iterator[Trap]:
    """The laws that an aggregate of values breaks, and whole amounts that a sum takes in each row."""
    outer, id_ = aggregate_of(call_of(node)), known.id_of(argument_of(node))
    state = known.passing(node)
    found = breaches(outer, inner, state, by, [id_] if id_ is not None else [])
    for law, leaf in found:
        if law in _CODES:
            yield _trap(known, law, leaf, written, by)
    if outer is Aggregate.SUM and not found:
        for amount, share in spread(inner):
            per = tuple(sorted({known.called(column) for column in amount.home}))
            yield replace(_trap(known, Law.REPEATED, share, written), code="W305", key=per, shared=True)
        for coarse, _ in taken_whole(inner, state, by):
            yield replace(_trap(known, Law.REPEATED, coarse, written), code="W305")
        for rate in presumed(inner, state, by):
            yield replace(_trap(known, Law.REPEATED, rate, written), code="W305", presumed=True)


def _of_length(known: Measured, node: exp.Expr, length: exp.Expr, by: Collection[str]) -> Iterator[Trap]:
    """The length of a list counts its rows. Every list but `string_agg` has an element for a row without a match."""
    value = argument_of(node)
    if not isinstance(call_of(node), exp.GroupConcat) or _always_there(known, value):
        yield from _lone(known, node, length)
    rows = known.counted(value)
    if rows is None or aggregate_of(call_of(node)) is not Aggregate.LIST:
        return
    yield from _of_rows_twice(known, length)
    for law, leaf in breaches(Aggregate.COUNT, rows, known.passing(node), by):
        yield _trap(known, law, leaf, length)


def _of_rows_twice(known: Measured, written: exp.Expr) -> Iterator[Trap]:
    """`count(*)` of rows that occur in two branches of a `union all`."""
    if known.bag is None:
        twice = [rows_of(name, rel) for name, rel in known.scope.sources.items() if rel.twice]
        yield from (_trap(known, Law.REPEATED, rows, written) for rows in twice)


def _always_there(known: Measured, value: exp.Expr | None) -> bool:
    """Whether a formula has a value in every row, as `coalesce(x, 0)` has even in a row without a match."""
    if value is None or isinstance(value, (exp.Column, exp.Distinct)):
        return False
    return known.terms.never_null(value) is not None


def _trap(known: Measured, law: Law, leaf: Measure, written: exp.Expr, by: Collection[str] = ()) -> Trap:
    join = leaf.repeated_by or fanout_join(known.scope, leaf, by) or fanout_join(known.scope, leaf)
    own = leaf.looked_up if leaf.repeated_by else is_looked_up(known.scope, leaf, join)
    return Trap(
        code="E303" if law is Law.OVERLAPPING and leaf.aggregate is not Aggregate.DISTINCT else _CODES[law],
        aggregate=one_line(written),
        measure=leaf.source,
        home=leaf.entity,
        key=leaf.group,
        joins=(join,) if join else (),
        cte=known.reader.cte,
        law=law,
        along=tuple(sorted({known.called(c) for c in leaf.stock})),
        own=own,
        zeros=leaf.unmasked is not None,
        apart=tuple(sorted({known.called(c) for c in leaf.apart})),
        node=written,
    )


def _listed(known: Measured, inner: Measure, written: exp.Expr, by: Collection[str]) -> Iterator[Trap]:
    """A list has one value per row, so it repeats the values of a source that a later join fans out."""
    if occurs_once(inner, known.terms.state(), by):
        return
    sources = known.scope.sources.items()
    columns = {id_ for name, rel in sources if rows_of(name, rel).home == inner.home for id_ in rel.ids}
    joined = next((i for i, link in enumerate(known.scope.links) if columns <= frozenset(link.right)), -1)
    later = [link for i, link in enumerate(known.scope.links) if i > joined and link.multiplies_left]
    if later or inner.repeated_by:
        yield _trap(known, Law.REPEATED, inner, written)


def _lone(known: Measured, node: exp.Expr, written: exp.Expr) -> Iterator[Trap]:
    """`count(*)` or `sum(1)` counts a row that an outer join kept without a match."""
    if known.bag is not None:
        return
    filled = known.passing(node).not_null
    for link in known.scope.links:
        many = link.multiplies_left if link.optional == link.right else link.multiplies_right
        many = many or (link.full and link.multiplies_left)
        sides = link.fillable
        if not sides or not many or all(any(column in filled for column in side) for side in sides):
            continue
        if any(_looks_for_none(known, link, side, node) for side in sides):
            continue
        owner = known.owner(next(iter(link.pairs), ("", ""))[1]) if link.pairs else None
        yield Trap(
            code="E303",
            aggregate=one_line(written),
            measure=owner[0] if owner else "",
            home="",
            key=rows_of(*owner).group if owner else (),
            joins=(link.text,),
            cte=known.reader.cte,
            node=written,
        )


def _looks_for_none(known: Measured, link: Link, side: Collection[str], node: exp.Expr) -> bool:
    """Whether a condition keeps only rows without a match: it requires NULL where each match has a value."""
    for term in conditions_of(node):
        id_ = known.id_of(term.this) if isinstance(term, exp.Is) and isinstance(term.expression, exp.Null) else None
        if id_ is not None and id_ in side and not term.args.get("negate") and link.has_value(id_):
            return True
    return False


def _beside(known: Measured, link: Link, multiplying: Sequence[str]) -> Sequence[str]:
    """The joins that fan out, without those on the way to this one: they fan out before it, not against it."""
    way, waiting = set[str](), [link]
    while waiting:
        matched = {left for left, _ in waiting.pop().pairs}
        before = [one for one in known.scope.links if matched & set(one.right) and one.text not in way]
        way |= {one.text for one in before}
        waiting += before
    return [text for text in multiplying if text not in way] or multiplying


def chasm(known: Measured, aggregates: Sequence[exp.Expr]) -> None:
    """E304: a join whose rows and the previous rows fan out against each other, after another join that fans out.

    Not reported where every aggregate gives the same result for repeated rows.
    """
    if aggregates and all(aggregate_of(call_of(node)) in _SAME for node in aggregates):
        return
    multiplying: list[str] = []
    for link in known.scope.links:
        if link.multiplies_left and link.multiplies_right and link.pairs and multiplying:
            name, rel = next(iter(known.scope.sources.items()))
            key = min((k.columns for k in rel.state.keys), key=lambda k: (len(k), sorted(k)), default=frozenset[str]())
            shown = dict(zip(rel.ids, rel.names, strict=True))
            known.reader.traps.append(
                Trap(
                    code="E304",
                    aggregate="",
                    measure="",
                    home=name,
                    key=tuple(shown[c] for c in sorted(key)),
                    joins=(*_beside(known, link, multiplying), link.text),
                    cte=known.reader.cte,
                    node=link.node,
                )
            )
        if link.multiplies_left:
            multiplying.append(link.text)
