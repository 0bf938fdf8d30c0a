"""The description of a column from its formula, where the spec has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from erd2dbt.design.project.prose import one_line
from erd2dbt.diagram.erd import Expression, Formula, Pick, Tier
from erd2dbt.sql import layout
from erd2dbt.sql.expression import Tree, as_written

_AGGREGATES: Mapping[type[exp.Expr], str] = {
    exp.Sum: "Sum",
    exp.Avg: "Average",
    exp.Min: "Minimum",
    exp.Max: "Maximum",
}
_RATIO = "ratio"
_LONGEST = 160  # the longest expression that is quoted whole

Keys = Mapping[str, tuple[str, ...]]  # relation -> its grain
Source = Callable[[str, str], tuple[str, str]]  # (relation, column) -> the origin of its values


def formula_words(formula: Formula, keys: Keys, source: Source) -> str:
    """One line without a full stop. `keys`: where a count of a relation's key is a count of its rows."""
    if isinstance(formula, Tier):
        cuts = ", ".join(f"{label} from {bound}" for label, bound in formula.cuts)
        otherwise = f", else {formula.otherwise}" if formula.otherwise is not None else ""
        return f"Tier of {_code(formula.value)}: {cuts}{otherwise}"
    if isinstance(formula, Pick):
        end = str(formula.end).capitalize()
        by = f" by {', '.join(map(_code, formula.order))}" if formula.order else ""
        where = f" where {_code(formula.where)}" if formula.where is not None else ""
        return f"{end} value of {_code(formula.value)}{by}{where}"
    tree = as_written(formula)
    said = _expression(tree, keys, source) if tree is not None else None
    if said is not None:
        return said
    return quoted(formula.text)


def quoted(sql: str) -> str:
    """An expression without a simpler description, quoted."""
    whole = one_line(sql)
    return f"Computed as `{whole}`" if len(whole) <= _LONGEST else "Computed in this model"


def summed(formula: Formula) -> tuple[str, str] | None:
    """The (relation, column) that the formula sums; None for other formulas."""
    tree = as_written(formula) if isinstance(formula, Expression) else None
    inner = tree.this if isinstance(tree, exp.Sum) else None
    return (inner.table, inner.name) if isinstance(inner, exp.Column) and inner.table else None


def ratio_sides(formula: Formula) -> tuple[str, str] | None:
    """Numerator and denominator of a `ratio(…)` as SQL; None for other formulas."""
    if not isinstance(formula, Expression) or _RATIO not in formula.text.lower():  # most are not parsed for this
        return None
    tree = as_written(formula)
    return _sides(tree) if tree is not None else None


def divided(top: str, bottom: str) -> str:
    """The description of a ratio."""
    return f"{top} divided by {bottom}"


def _sides(tree: Tree) -> tuple[str, str] | None:
    if not isinstance(tree, exp.Anonymous) or tree.name.lower() != _RATIO or len(tree.expressions) < 2:
        return None
    return layout.one_line(tree.expressions[0]), layout.one_line(tree.expressions[1])


def _code(expression: Expression) -> str:
    return f"`{one_line(expression.text)}`"


def _expression(tree: Tree, keys: Keys, source: Source) -> str | None:
    if isinstance(tree, exp.Filter):
        inner = _expression(tree.this, keys, source)
        return f"{inner} where `{layout.one_line(tree.expression.this)}`" if inner else None
    if isinstance(tree, exp.Count):
        return _count(tree.this, keys, source)
    if (sides := _sides(tree)) is not None:
        return divided(*(f"`{side}`" for side in sides))
    word = _AGGREGATES.get(type(tree))
    return f"{word} of {_column_of_table(tree.this, source)}" if word and isinstance(tree.this, exp.Column) else None


def _count(counted: Tree, keys: Keys, source: Source) -> str | None:
    if isinstance(counted, exp.Star):
        return "Number of rows"
    distinct = isinstance(counted, exp.Distinct)
    column = counted.expressions[0] if distinct and len(counted.expressions) == 1 else counted
    if not isinstance(column, exp.Column):
        return None
    if keys.get(column.table) == (column.name,):
        return f"Number of {column.table.replace('_', ' ')}"
    return f"Number of {'distinct' if distinct else 'rows with a'} {_column_of_table(column, source)}"


def _column_of_table(column: exp.Column, source: Source) -> str:
    """`` `amount` of `payments` ``; a column of the model itself has no relation in front."""
    table, name = ".".join(part.name for part in column.parts[:-1]), column.name
    if not table:
        return f"`{name}`"
    table, name = source(table, name)
    return f"`{name}` of `{table}`"
