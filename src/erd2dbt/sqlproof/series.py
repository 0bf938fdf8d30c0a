"""`generate_series`: its values are distinct. With steps of a day or more, their dates are distinct too."""

from __future__ import annotations

from sqlglot import exp

_SERIES = (exp.ExplodingGenerateSeries, exp.GenerateSeries)
_DAYS = frozenset("day days week weeks month months mon mons year years decade decades century centuries".split())


def is_series(tree: exp.Expr) -> bool:
    return isinstance(tree, _SERIES)


def by_days(tree: exp.Expr) -> bool:
    """Whether the steps are whole days, weeks, months or years. Hours do not count: a day can have 23 or 25 of them."""
    if not is_series(tree):
        return False
    step = tree.args.get("step")
    text = ""
    if isinstance(step, exp.Interval) and isinstance(step.this, exp.Literal):
        unit = step.args.get("unit")
        text = f"{step.this.name} {unit.name if isinstance(unit, exp.Expr) else ''}"
    elif isinstance(step, exp.Literal) or (isinstance(step, exp.Cast) and isinstance(step.this, exp.Literal)):
        text = step.name if isinstance(step, exp.Literal) else step.this.name
    number, _, unit_ = text.strip().partition(" ")
    return number.lstrip("+-").isdigit() and int(number) != 0 and unit_.strip().lower() in _DAYS


def each_once(tree: exp.Expr) -> bool:
    """Whether no value occurs in two rows: a series in a select list, or the date of a series with steps of days."""
    if isinstance(tree, exp.Paren):
        return each_once(tree.this)
    if isinstance(tree, exp.Cast) and tree.to.this is exp.DType.DATE:
        return by_days(tree.this)
    return is_series(tree)
