"""W310: a formula divides integers, and the fraction is dropped."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.joins.draft import SIBLING, Draft, Reduction
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import ColumnSpec, Expression
from erd2dbt.faults.diagnostics import Collector, Fix, Hint
from erd2dbt.sql.expression import Tree, column, parse
from erd2dbt.sql.integer_division import divisor_as_decimal, dropped_fractions
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in, rewritten


def integer_divisions(draft: Draft, tree: Tree, spec: ColumnSpec) -> None:
    """W310 for each division of integers in a column of a model, where the fraction is probably meant."""
    exact = family(spec.type or "") in ("numeric", "float")
    found = dict.fromkeys(one_line(_in_words(draft, node)) for node in _divisions(draft, tree, exact=exact))
    for text in found:
        division = parse(Expression(text, spec.place), Collector())
        if not isinstance(division, exp.Div):
            continue
        message = f"`{spec.name}` divides integers: `{text}` drops the fraction, as 3 / 4 is 0"
        fix = _exactly(draft, spec, text, exactly(division))
        accept = repairs.accepting("W310", draft.spec.name, spec.name)
        draft.fault("W310", message, spec.place, fix, whole(text), accept)


def divisions_in_where(draft: Draft) -> None:
    """W310 for each division of integers in the `where` of a model: `clicks / views > 0.1` is never true."""
    if draft.where is None or draft.spec.where is None:
        return
    found = dict.fromkeys(one_line(_in_words(draft, node)) for node in _divisions(draft, draft.where, exact=False))
    for text in found:
        division = parse(Expression(text, draft.spec.where.span), Collector())
        if isinstance(division, exp.Div):
            message = f"`where` of `{draft.spec.name}` divides integers: `{text}` drops the fraction, as 3 / 4 is 0"
            fix = Hint(f"divide exactly: `{exactly(division)}`")
            accept = repairs.on_model("accept it with a reason", draft.spec.name, "accept", "{W310: <why>}")
            draft.fault("W310", message, draft.spec.where.span, fix, whole(text), accept)


def exactly(division: exp.Div) -> str:
    """The same quotient with its fraction: by `ratio`, or by a constant with a decimal point."""
    above, below = division.this, division.expression.unnest()
    decimal = divisor_as_decimal(division)
    if decimal:
        return f"{one_line(above)} / {decimal}"
    guarded = isinstance(below, exp.Nullif) and one_line(below.expression) == "0"  # and the quotient stays NULL
    sides = [above.unnest(), below.this.unnest(), exp.Null()] if guarded else [above.unnest(), below]
    return f"ratio({', '.join(map(one_line, sides))})"


def whole(text: str) -> Hint:
    return Hint(f"if the whole number is meant, say so: `({text})::int`")


def _divisions(draft: Draft, tree: Tree, *, exact: bool) -> Iterator[exp.Div]:
    """The divisions of a formula and of its aggregates."""
    made = _reductions(draft)
    yield from dropped_fractions(tree, draft.type_of, exact=exact, is_total=lambda shown: shown.table in made)
    for table, name in dict.fromkeys((shown.table, shown.name) for shown in columns_in(tree)):
        if table not in made or name not in made[table].outputs:
            continue
        yield from dropped_fractions(made[table].outputs[name], draft.type_of, exact=exact)
        condition = made[table].where if made[table].order is not None else None  # of a pick
        if condition is not None:
            yield from dropped_fractions(condition, draft.type_of)


def _reductions(draft: Draft) -> dict[str, Reduction]:
    return {made.cte: made for made in (*draft.reductions, *([draft.inner] if draft.inner else []))}


def _in_words(draft: Draft, tree: Tree) -> Tree:
    """The formula as a user writes it: aggregates in full, columns under the names of their relations."""
    made = _reductions(draft)
    names = {node.alias: node.relation.name for scope in draft.scopes() for node in scope.nodes.values()}

    def visit(node: Tree) -> Tree:
        if isinstance(node, exp.Coalesce) and isinstance(node.this, exp.Column) and node.this.table in made:
            return visit(node.this)  # the 0 of a sum without rows is not written
        if not isinstance(node, exp.Column):
            return node
        inner = made[node.table].outputs.get(node.name) if node.table in made else None
        if inner is not None:
            return rewritten(inner, visit)
        return column(node.name, "" if node.table == SIBLING else names.get(node.table, node.table))

    return rewritten(tree, visit)


def _exactly(draft: Draft, spec: ColumnSpec, text: str, exact: str) -> Fix | Hint:
    """The whole column with the exact quotient, where its text contains the division."""
    formula = spec.formula
    written = [formula.text] if isinstance(formula, Expression) else []
    tree = parse(formula, Collector()) if isinstance(formula, Expression) and "ratio" not in formula.text else None
    written += [one_line(tree)] if tree is not None else []
    base = f"{draft.outer.base.relation.name}."
    for known in written:
        for old, new in ((text, exact), (text.replace(base, ""), exact.replace(base, ""))):
            if old in known:
                return repairs.formula("divide exactly", draft.spec.name, spec.name, known.replace(old, new))
    return Hint(f"divide exactly: `{exact}`")
