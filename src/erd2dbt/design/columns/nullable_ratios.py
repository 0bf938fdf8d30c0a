"""Ratios with an operand that may be NULL: the ratio's default for a division by zero would also replace NULL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.design.columns.measures import Measures, in_words_of_rows, said
from erd2dbt.design.joins.draft import SIBLING, Draft
from erd2dbt.diagram.erd import ColumnSpec, Expression
from erd2dbt.diagram.repairs import accepting
from erd2dbt.diagram.repairs import formula as column_fix
from erd2dbt.faults.diagnostics import Hint
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.measuring import ratio_of

_RATIO = re.compile(r"ratio\s*\((.*)\)", re.DOTALL)


def empty_sides(draft: Draft, measures: Measures, tree: Tree, spec: ColumnSpec) -> None:
    """W308: an operand of a ratio may be NULL, so the ratio's default would also mean "unknown"."""
    for node in nodes(tree):
        found = ratio_of(node) if isinstance(node, exp.Coalesce) else None
        if found is None or isinstance(found[2], exp.Null):
            continue
        names = [_operand(draft, measures, side) for side in found[:2]]
        otherwise = one_line(found[2]) if found[2] is not None else "0"
        for place, (side, name) in enumerate(zip(found[:2], names, strict=True)):
            measure = measures.outside(side)
            if measure is None or not measure.nullable:
                continue
            draft.fault(
                "W308",
                f"`{name}` is NULL in rows without `{measure.entity}`, and the ratio is {otherwise} there",
                spec.place,
                *_repairs(draft.spec.name, spec, place),
                accepting("W308", draft.spec.name, spec.name),
            )


def _operand(draft: Draft, measures: Measures, side: Tree) -> str:
    """An operand of a ratio as the user would write it."""
    if isinstance(side, exp.Column) and side.table in (SIBLING, draft.outer.base.alias):
        return side.name
    measure = measures.outside(side)
    return (said(measure) if measure is not None else None) or in_words_of_rows(side, draft)


def _repairs(model: str, spec: ColumnSpec, place: int) -> Iterator[str]:
    """Fixes: 0 for the operand that may be NULL, or NULL for the ratio. Only for a column that is this ratio alone."""
    formula = spec.formula
    call = _RATIO.fullmatch(formula.text.strip()) if isinstance(formula, Expression) else None
    sides = _split(call[1]) if call else []
    if len(sides) not in (2, 3):
        yield Hint("say which value replaces NULL, `coalesce(…, 0)`, or let the ratio be NULL: `ratio(…, …, null)`")
        return
    filled = [f"coalesce({side}, 0)" if i == place else side for i, side in enumerate(sides)]
    yield column_fix("say which value replaces NULL", model, spec.name, f"ratio({', '.join(filled)})")
    yield column_fix("let the ratio be NULL there", model, spec.name, f"ratio({', '.join(sides[:2])}, null)")


def _split(arguments: str) -> list[str]:
    """The arguments of a call, split at its own commas."""
    found, depth = [""], 0
    for letter in arguments:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [part.strip() for part in found]
