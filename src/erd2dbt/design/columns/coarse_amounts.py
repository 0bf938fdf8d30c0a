"""Products of an amount and the rate of a coarser row, where the spec sums that rate as an amount elsewhere.

`sum(lines.price * (1 - orders.shipping))` is a total if the shipping is a part of each price, and counts it several
times if it is an amount of the order. The formula has the form of a rate. Another sum of the column contradicts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from erd2dbt.design.columns.use import Use
from erd2dbt.design.joins.fanout_faults import listed
from erd2dbt.diagram.erd import Expression, ModelSpec
from erd2dbt.diagram.graph import EntityGraph
from erd2dbt.faults.diagnostics import Collector, Hint
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.whole_amounts import presumed, spread, taken_whole

PRESUMED = "which only its form makes a rate, not its name"
_KEPT = (exp.Paren, exp.Neg, exp.Cast, exp.Coalesce, exp.Round)


def amounts_taken_whole(use: Use) -> None:
    """W305: a sum takes the whole amount of a parent in each of its rows, times a price or rate of the row."""
    if use.outer is not Aggregate.SUM:
        return
    for amount, share in spread(use.inner):
        _doubt(use, amount, share)
    found = set[str]()
    for coarse, fine in taken_whole(use.inner, use.state, use.by):
        entity, _, name = coarse.source.partition(".")
        place = place_of_sum(use.draft.world.graph, entity, name, (use.model, use.column))
        if coarse.entity == entity and place is not None:
            found.add(coarse.source)
            _warn(use, coarse, fine, place)
    for source in dict.fromkeys(rate.source for rate in presumed(use.inner, use.state, use.by)):
        if source not in found:
            _presume(use, source)


def place_of_sum(graph: EntityGraph, entity: str, name: str, own: tuple[str, str]) -> str | None:
    """What takes the column for an amount: the entity's `measures`, or a sum of it alone in another column than `own`.

    None where nothing does.
    """
    known = graph.entities.get(entity)
    if known is None:
        return None
    if any(word.text == name for word in known.measures or ()):
        return f"`measures` of `{entity}` lists as an amount"
    for model in graph.models.values():
        for spec in model.columns:
            formula = spec.formula if (model.name, spec.name) != own else None
            if isinstance(formula, Expression) and _sums(formula, model, entity, name):
                return f"`{model.name}.{spec.name}` sums as an amount"
    return None


def _sums(formula: Expression, model: ModelSpec, entity: str, name: str) -> bool:
    """Whether a formula has a sum to which the column is added alone, as in `sum(orders.amount + orders.shipping)`."""
    if name not in formula.text:
        return False
    tree = sql.parse(formula, Collector())
    own = [word.text for word in model.rows] == [entity]
    meant = [(entity, name), *([(name,)] if own else [])]
    sums = (node for node in nodes(tree) if isinstance(node, exp.Sum)) if tree is not None else ()
    return any(sql.parts(column) in meant for node in sums for column in _summands(node.this))


def _summands(tree: Tree) -> Iterator[exp.Column]:
    if isinstance(tree, exp.Column):
        yield tree
    elif isinstance(tree, (exp.Add, exp.Sub)):
        yield from (*_summands(tree.this), *_summands(tree.expression))
    elif isinstance(tree, _KEPT):
        yield from _summands(tree.this)


def _doubt(use: Use, amount: Measure, share: Measure) -> None:
    """Nothing says that the shares of one amount sum to one: they may be shares of another part of their key."""
    said, hint = unsure_share([column.rpartition(".")[2] for column in amount.home], share.source, share.entity)
    message = f"`{use.column}` sums `{use.value}`: {said}"
    use.draft.fault("W305", message, use.span, hint, use.accepting("W305"))


def unsure_share(per: Iterable[str], share: str, entity: str) -> tuple[str, Hint]:
    """What is not known of a share of an amount with one value per `per`, and what to do about it."""
    whole = listed(sorted(per))
    said = f"nothing says that `{share}` sums to one per {whole}"
    return said, Hint(f"if it does, write {whole} first in the key of `{entity}`, or accept this")


def _presume(use: Use, source: str) -> None:
    """Only the form of the formula says that it multiplies each row."""
    use.draft.fault(
        "W305",
        f"`{use.column}` sums `{use.value}`: each row of `{use.read}` takes the whole `{source}`, {PRESUMED}",
        use.span,
        Hint(f"if it is an amount, divide it among the rows of `{use.read}` by the share that each has in their total"),
        Hint("if it is a rate of each row, give it a name that says so, such as `…_pct` or `…_rate`, or accept this"),
        use.accepting("W305"),
    )


def _warn(use: Use, coarse: Measure, fine: Measure, place: str) -> None:
    per, name = listed(coarse.group), fine.source.rpartition(".")[2]
    use.draft.fault(
        "W305",
        f"`{use.column}` sums `{use.value}`: each row of `{use.read}` takes the whole `{coarse.source}`, which {place}",
        use.span,
        Hint(
            f"if it is an amount, divide it among the rows: `{coarse.source} * ratio({fine.source}, totals.{name})`, "
            f"where a model `totals` has `{name}: sum({fine.source})` per {per}"
        ),
        Hint("if it is a price or a rate of each row, do not sum it alone, or accept this"),
        use.accepting("W305"),
    )
