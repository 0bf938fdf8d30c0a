"""Lengths of lists that have a row several times: each of them is a wrong count."""

from __future__ import annotations

from erd2dbt.design.columns.measures import Measures
from erd2dbt.design.joins.draft import Draft
from erd2dbt.design.joins.fanout_faults import listed
from erd2dbt.diagram.erd import ColumnSpec
from erd2dbt.diagram.repairs import accepting
from erd2dbt.faults.diagnostics import Hint
from erd2dbt.prove.measure import Measure
from erd2dbt.sql.expression import Tree
from erd2dbt.sqlproof.lists import lengths


def repeated_rows(draft: Draft, measures: Measures, tree: Tree, spec: ColumnSpec) -> None:
    """E303: a length counts rows several times, as `cardinality(array_agg(orders.order_id))` over lines does."""
    for _, argument in lengths(tree):
        measure = measures.outside(argument)
        collected = measure.listed if measure is not None else None
        if collected is None or collected.miscounted is None:
            continue
        rows = collected.miscounted
        once = f": `{rows.entity}` has one row per {listed(rows.group)}" if rows.group else ""
        draft.fault(
            "E303",
            f"`{spec.name}` is the length of a list in which rows of `{rows.entity}` repeat{once}",
            spec.place,
            _count(draft, rows),
            accepting("E303", draft.spec.name, spec.name),
        )


def _count(draft: Draft, rows: Measure) -> Hint:
    known = draft.world.shelf.get(rows.entity)
    key = f"{rows.entity}.{known.grain[0]}" if known is not None and len(known.grain) == 1 else ""
    return Hint(f"count each row once: `count(distinct {key or '…'})`{'' if key else ' of its key'}")
