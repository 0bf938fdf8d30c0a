"""Ratios with a side that may be NULL: what is unknown then reads as the ratio's own word for a division by zero."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.design.draft import SIBLING, Draft
from erd2dbt.design.faults import accepting
from erd2dbt.design.measures import Measures, in_words, said
from erd2dbt.diagnostics import Span
from erd2dbt.prove.additivity import Measure
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.measuring import ratio_of


def empty_sides(draft: Draft, measures: Measures, tree: Tree, span: Span) -> None:
    """W308: an operand of a ratio that may be NULL, so that the ratio's default stands for "unknown"."""
    for node in nodes(tree):
        found = ratio_of(node) if isinstance(node, exp.Coalesce) else None
        if found is None or isinstance(found[2], exp.Null):
            continue
        names = [_operand(draft, measures, side) for side in found[:2]]
        unknown = f"ratio({', '.join(names)}, null)"
        otherwise = one_line(found[2]) if found[2] is not None else "0"
        for side, name in zip(found[:2], names, strict=True):
            measure = measures.outside(side)
            if measure is None or not measure.nullable:
                continue
            draft.fault(
                "W308",
                f"`{name}` may be empty: a row without `{measure.entity}` has none, and the ratio is {otherwise} there",
                span,
                *_filled(draft, side, measure),
                f"let the ratio be unknown there: `{unknown}`",
                accepting("W308"),
            )


def _operand(draft: Draft, measures: Measures, side: Tree) -> str:
    """A side of a ratio as the user would write it."""
    if isinstance(side, exp.Column) and side.table in (SIBLING, draft.outer.base.alias):
        return side.name
    measure = measures.outside(side)
    return (said(measure) if measure is not None else None) or in_words(side, draft.outer)


def _filled(draft: Draft, side: Tree, measure: Measure) -> Iterator[str]:
    text = said(measure)
    if isinstance(side, exp.Column) and side.table == SIBLING and text:
        formula = f'"{text}"' if "," in text else text
        yield f"say what stands for nothing: `{side.name}: {{is: {formula}, default: 0}}`"
    elif isinstance(side, exp.Column) and side.table == draft.outer.base.alias:
        yield f"say what stands for nothing: give `{side.name}` a default in `{draft.outer.base.relation.name}`"
