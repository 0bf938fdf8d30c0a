"""The measure of an SQL expression, from the measures of its columns. Each kind of node has one rule."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.infer.quantities import is_price
from erd2dbt.prove import arithmetic
from erd2dbt.prove.measure import ADDED, Aggregate, Measure, is_zero
from erd2dbt.sql.catalog import catalog
from erd2dbt.sql.constants import number
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import distinct_of
from erd2dbt.sqlproof.factors import product_of
from erd2dbt.sqlproof.formula_of import is_known, product_factors, with_formula
from erd2dbt.sqlproof.functions import called, is_of_catalog
from erd2dbt.sqlproof.lists import gives_number, takes_element
from erd2dbt.sqlproof.masks import Mask, masked
from erd2dbt.sqlproof.rate_forms import is_hundredth, of_form

Tree = exp.Expr


class Made(enum.Enum):
    """Marks a node that is computed from its operands, not a column."""

    OF_PARTS = enum.auto()


OF_PARTS = Made.OF_PARTS
Find = Callable[[Tree], "Measure | Literal[Made.OF_PARTS] | None"]

_Measuring = Callable[[Tree], Measure | None]

_KINDS: dict[type[Tree], Aggregate] = {
    exp.Sum: Aggregate.SUM,
    exp.Min: Aggregate.MIN,
    exp.Max: Aggregate.MAX,
    exp.AnyValue: Aggregate.MIN,
    exp.Mode: Aggregate.SPREAD,
    exp.Avg: Aggregate.AVG,
    **dict.fromkeys(
        (
            exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.CovarPop,
            exp.CovarSamp, exp.PercentileCont, exp.PercentileDisc, exp.Median, exp.RegrSlope,
        ),
        Aggregate.SPREAD,
    ),
    **dict.fromkeys((exp.ArrayAgg, exp.GroupConcat, exp.JSONArrayAgg), Aggregate.LIST),
}  # fmt: skip
_ONCE = {
    Aggregate.SUM: Aggregate.DISTINCT_SUM,
    Aggregate.AVG: Aggregate.DISTINCT_AVG,
    Aggregate.LIST: Aggregate.DISTINCT_LIST,
}
# The same however often a row is repeated. `jsonb` keeps one value per key.
_IDEMPOTENT = frozenset(
    "bool_and bool_or every bit_and bit_or range_agg range_intersect_agg jsonb_object_agg grouping".split()
)
_CONSTANT = (
    exp.Literal, exp.Boolean, exp.Null, exp.Interval, exp.CurrentDate, exp.CurrentTimestamp, exp.Predicate,
    exp.Connector, exp.Not, exp.DataType, exp.Var, exp.Identifier, exp.Star,
)  # fmt: skip
_TRANSPARENT = (exp.Paren, exp.Alias, exp.Distinct, exp.Order, exp.Ordered)
_NEARLY = (exp.Neg, exp.Round)
_OF_ONE = (*_TRANSPARENT, *_NEARLY, exp.Cast, exp.Nullif)
_SKIP_NULL = (exp.Greatest, exp.Least)
_SAME_KIND = (exp.TimestampTrunc, exp.DateTrunc, exp.AtTimeZone, exp.Lower, exp.Upper)
_CHOICES = (exp.Case, exp.Greatest, exp.Least, exp.Abs, exp.Ceil, exp.Floor)  # a row shows one value, or nearly
_NUMBERS = exp.DataType.NUMERIC_TYPES
_NO_NUMBERS = (exp.DType.BOOLEAN, *exp.DataType.TEMPORAL_TYPES)


def call_of(tree: Tree) -> Tree:
    """The aggregate call without its FILTER or WITHIN GROUP."""
    while isinstance(tree, (exp.Filter, exp.WithinGroup)):
        tree = tree.this
    return tree


def is_distinct(call: Tree) -> bool:
    """Whether an aggregate reads each distinct value once."""
    value = call.expressions[0] if isinstance(call, exp.Anonymous) and call.expressions else call.args.get("this")
    return distinct_of(value) is not None


def aggregate_of(call: Tree) -> Aggregate:
    """The calculus's kind of the aggregate; OTHER for `bool_or` and similar ones."""
    distinct = is_distinct(call)
    if isinstance(call, exp.Count):
        return Aggregate.DISTINCT if distinct else Aggregate.COUNT
    kind = _KINDS.get(type(call)) or _called(call)
    if distinct:
        return _ONCE.get(kind, kind if kind in (Aggregate.MIN, Aggregate.MAX) else Aggregate.OTHER)
    return kind


def _called(call: Tree) -> Aggregate:
    """The kind of an aggregate in PostgreSQL's catalog: a statistic, or a list with one value per row."""
    name = called(call)
    if name in _IDEMPOTENT or not is_of_catalog(call):
        return Aggregate.OTHER
    given = {family(signature.gives) for signature in catalog().functions(name)}
    return Aggregate.SPREAD if given <= {"integer", "numeric", "float", "interval"} else Aggregate.LIST


def argument_of(tree: Tree) -> Tree | None:
    """The argument of an aggregate without DISTINCT and ORDER BY. For a percentile, the ORDER BY expression."""
    within = tree
    while isinstance(within, exp.Filter):
        within = within.this
    if isinstance(within, exp.WithinGroup):
        ordered = within.expression.expressions[0]
        value = ordered.this if isinstance(ordered, exp.Ordered) else ordered
        return value if isinstance(value, exp.Expr) else None
    call = call_of(tree)
    listed = isinstance(call, (exp.Anonymous, exp.JSONObjectAgg)) and call.expressions
    value = call.expressions[0] if listed else call.args.get("this")
    while isinstance(value, (exp.Distinct, exp.Order)):
        value = value.expressions[0] if isinstance(value, exp.Distinct) else value.this
    return value if isinstance(value, exp.Expr) else None


def order_of(call: Tree) -> exp.Order | None:
    """The ORDER BY within an aggregate call; None without one."""
    given = (call.args.get("order"), call.args.get("this"), *call.expressions)
    return next((part for part in given if isinstance(part, exp.Order)), None)


def further_of(call: Tree) -> list[Tree]:
    """The arguments after the first one, as in `corr(x, y)`."""
    given = (
        call.expressions if isinstance(call, exp.Anonymous) else [call.args.get("this"), call.args.get("expression")]
    )
    return [argument for argument in given[1:] if isinstance(argument, exp.Expr)]


def condition_of(tree: Tree) -> Tree | None:
    """The condition of the aggregate's own FILTER; None without one."""
    return tree.expression.this if isinstance(tree, exp.Filter) else None


def conditional(tree: Tree, mask_of: Callable[[Tree], Mask | None] = masked) -> Tree:
    """`sum(case when c then x end)` as `sum(x) filter (where c)`: rows that fail the condition are not summed."""
    if not isinstance(tree, (exp.Sum, exp.Count, exp.Avg)) or not isinstance(tree.this, exp.Expr):
        return tree
    mask = mask_of(tree.this)
    if mask is None or (mask.zero and not isinstance(tree, exp.Sum)):
        return tree
    return exp.Filter(this=type(tree)(this=mask.value), expression=exp.Where(this=mask.test))


def ratio_of(tree: Tree) -> tuple[Tree, Tree, Tree | None] | None:
    """Numerator, denominator and default of the macro `ratio`; None for any other expression."""
    tree, otherwise = tree.unnest(), None
    if isinstance(tree, exp.Coalesce) and len(tree.expressions) == 1:
        tree, otherwise = tree.this.unnest(), tree.expressions[0]
    if not isinstance(tree, exp.Div) or not isinstance(tree.this, exp.Cast):
        return None
    if tree.this.to.this is not exp.DType.DOUBLE:  # a safe division of one's own
        return None
    denominator = tree.expression
    if not isinstance(denominator, exp.Nullif):
        return None
    return tree.this.this.unnest(), denominator.this.unnest(), otherwise


def measured(
    tree: Tree, find: Find, rows: Sequence[Measure] = (), *, defaults: bool = False, macros: bool = True
) -> Measure | None:
    """The measure of an expression; None for constants and conditions.

    `find`: the measure of a column or of an expression that is known already. `rows`: current rows, each of which
    occurs once. `defaults`: a constant for NULL is kept as a default, not as a value that the aggregate reads on
    purpose. `macros`: a safe division is the macro `ratio`, which declares a ratio.
    """
    made = _measured(tree, find, rows, defaults=defaults, macros=macros)
    return with_formula(made, tree, find)


def _measured(tree: Tree, find: Find, rows: Sequence[Measure], *, defaults: bool, macros: bool) -> Measure | None:
    known = find(tree)
    if known is not OF_PARTS:
        return known
    if isinstance(tree, _CONSTANT):
        return None

    def below(part: Tree) -> Measure | None:
        return _measured(part, find, rows, defaults=defaults, macros=macros)

    def factor(part: Tree) -> Measure | None:
        return with_formula(below(part), part, find)

    ratio = ratio_of(tree) if macros else None
    if ratio is not None:
        return _quotient(ratio[0], ratio[1], factor, rows, certain=True)
    if isinstance(tree, exp.Coalesce):
        return _filled([below(part) for part in (tree.this, *tree.expressions)], tree, defaults=defaults)
    if isinstance(tree, exp.Binary):
        return of_form(tree, _calculated(tree, factor, rows))
    return _of_one(tree, below) if isinstance(tree, _OF_ONE) else _of_any(tree, below)


def _of_one(tree: Tree, measure: _Measuring) -> Measure | None:
    """The measure of a formula that has the measure of its operand, or nearly."""
    if isinstance(tree, exp.Cast):
        return _of_lists(tree, [whole := measure(tree.this)], _cast(whole, tree))
    if isinstance(tree, exp.Nullif):
        return _emptied(measure(tree.this), tree)
    known = measure(tree.expressions[0] if isinstance(tree, exp.Distinct) else tree.this)
    return arithmetic.changed(known) if isinstance(tree, _NEARLY) else known


def _of_any(tree: Tree, measure: _Measuring) -> Measure | None:
    parts = [measure(part) for part in _operands(tree)]
    made = arithmetic.chosen(parts, exact=isinstance(tree, (exp.Case, *_SAME_KIND)), one=isinstance(tree, _CHOICES))
    if isinstance(tree, (exp.Case, *_SKIP_NULL)):
        made = _with_others(made, list(_operands(tree)), parts)
    if isinstance(tree, exp.Case) and any(_is_value(part) for part in _operands(tree)):
        made = arithmetic.changed(made)
    return _of_lists(tree, parts, made)


def _with_others(made: Measure | None, operands: Sequence[Tree], parts: Sequence[Measure | None]) -> Measure | None:
    """The measure of a choice or of `greatest`, which has another value where one of its operands is NULL."""
    others = [operand for operand, part in zip(operands, parts, strict=True) if part is None or part.masked is None]
    others = [operand for operand in others if not isinstance(operand.unnest(), exp.Null)]
    return arithmetic.given(made, zero=not any(map(_is_value, others))) if others else made


def _is_value(tree: Tree) -> bool:
    """Whether a constant adds something to a sum: it is not NULL and not 0."""
    return isinstance(tree.unnest(), exp.Literal) and not is_zero(tree.unnest().name)


def _calculated(tree: exp.Binary, measure: _Measuring, rows: Sequence[Measure]) -> Measure | None:
    product = product_of(tree, measure)
    if product is not None:
        return arithmetic.product(*product, rows)
    if is_hundredth(tree):
        return arithmetic.hundredth(measure(tree.this))
    if isinstance(tree, (exp.Div, exp.IntDiv)):
        return _quotient(tree.this, tree.expression, measure, rows)
    if (other := _times_one(tree)) is not None:
        return measure(other)
    left, right = measure(tree.this), measure(tree.expression)
    if isinstance(tree, exp.Sub):
        return arithmetic.subtracted(left, right)
    if isinstance(tree, exp.Add):
        return arithmetic.added([left, right])
    if isinstance(tree, exp.Mul):
        return arithmetic.multiplied(left, right, rows)
    return _of_lists(tree, [left, right], arithmetic.chosen([left, right]))


def _of_lists(tree: Tree, parts: Sequence[Measure | None], made: Measure | None) -> Measure | None:
    """The measure of an expression that may read a list: its length, an element, or a list again."""
    listed = next((part.listed for part in parts if part is not None and part.listed is not None), None)
    if made is None or listed is None:
        return made
    if takes_element(tree):
        return listed.element
    return listed.length if gives_number(tree) else replace(made, aggregate=Aggregate.NOMINAL, listed=listed)


def _quotient(
    above: Tree,
    below: Tree,
    measure: Callable[[Tree], Measure | None],
    rows: Sequence[Measure],
    *,
    certain: bool = False,
) -> Measure | None:
    """The measure of a quotient. `fee * cost / total` is a share of `fee`, where `total` is the total of `cost`."""
    whole, factors = measure(below), list(product_factors(above))
    known = [measure(factor) for factor in factors] if len(factors) > 1 and whole is not None else []
    for part in _parts(known, whole):
        others = [m for place, m in enumerate(known) if place not in part]
        one = arithmetic.product([known[place] for place in part], False, rows)
        if one is not None and len(part) > 1 and whole is not None:
            one = replace(one, formula=whole.formula, entity=whole.entity, summands=())
        share = arithmetic.divided(one, whole, rows, certain=certain)
        if share is not None and share.shares is not None and not any(_prices(m, share) for m in others):
            for other in others:
                share = arithmetic.multiplied(other, share, rows)
            return share
    return arithmetic.divided(measure(above), whole, rows, certain=certain)


def _parts(factors: Sequence[Measure | None], whole: Measure | None) -> Iterator[list[int]]:
    """The factors that may be a part of the total, by their places: those of what it sums, or each one alone."""
    if whole is not None and is_known(whole) and whole.aggregate is Aggregate.SUM:
        rest, taken = list(whole.formula), list[int]()
        for place, factor in enumerate(factors):
            own = list(factor.formula) if factor is not None else []
            if own and all(own.count(one) <= rest.count(one) for one in own):
                taken.append(place)
                for one in own:
                    rest.remove(one)
        if len(taken) > 1 and not rest:
            yield taken
    yield from ([place] for place in range(len(factors)))


def _prices(factor: Measure | None, share: Measure) -> bool:
    """Whether a factor of the numerator has a price for each row: then the numerator is an amount, and no share."""
    return factor is not None and factor.home == share.home and is_price(factor.source.rpartition(".")[2].lower())


def _times_one(tree: Tree) -> Tree | None:
    """The other factor of `1.0 * x`, by which people divide integers exactly; None for any other expression."""
    if not isinstance(tree, exp.Mul):
        return None
    return next((b for a, b in ((tree.this, tree.expression), (tree.expression, tree.this)) if _is_one(a)), None)


def _is_one(tree: Tree) -> bool:
    inner = tree.unnest()
    return isinstance(inner, exp.Literal) and number(inner) == 1


def _operands(tree: Tree) -> Iterator[Tree]:
    """The operands of a function. The condition of a choice is not one of them."""
    if not isinstance(tree, exp.Case):
        yield from tree.iter_expressions()
        return
    yield from (branch.args["true"] for branch in tree.args["ifs"])
    otherwise = tree.args.get("default")
    if otherwise is not None:
        yield otherwise


def columns_of(tree: Tree) -> Iterator[exp.Column]:
    """The columns from which an expression takes its value, without those of conditions only."""
    if isinstance(tree, exp.Column):
        yield tree
    elif not isinstance(tree, (*_CONSTANT, exp.Query)):
        for part in [tree.this] if isinstance(tree, exp.Nullif) else _operands(tree):
            yield from columns_of(part)


def _cast(measure: Measure | None, tree: exp.Cast) -> Measure | None:
    """The measure of a cast. A text that shows a number keeps the number's measure: it may be cast back.

    Any other text is a number only after its cast. A number cast to a condition or a date is none.
    """
    if measure is None:
        return None
    kind = tree.to.this
    if kind in _NUMBERS and measure.aggregate is Aggregate.NOMINAL:
        return replace(measure, aggregate=Aggregate.VALUE, summands=(), weighs=False)
    if kind in exp.DataType.INTEGER_TYPES and measure.aggregate not in (Aggregate.COUNT, Aggregate.DISTINCT):
        return arithmetic.changed(measure)
    if kind in _NO_NUMBERS and measure.aggregate is not Aggregate.NOMINAL:
        return replace(measure, aggregate=Aggregate.NOMINAL, summands=(), weighs=False)
    return measure


def _emptied(measure: Measure | None, tree: exp.Nullif) -> Measure | None:
    """The measure of `nullif(x, y)`: that of `x`. A default that becomes NULL again is none."""
    if not is_zero(one_line(tree.expression)):
        measure = arithmetic.changed(measure)
    elif measure is not None and measure.unmasked is not None:  # the rows that show 0 show NULL instead
        measure = replace(measure, unmasked=None, masked=measure.unmasked)
    if measure is None or measure.default != one_line(tree.expression):
        return measure
    return replace(measure, default=None, summands=tuple(replace(leaf, default=None) for leaf in measure.summands))


def _filled(parts: Sequence[Measure | None], tree: exp.Coalesce, *, defaults: bool) -> Measure | None:
    """The measure of a value with a constant for NULL. The identity of a sum or count changes nothing (A4)."""
    known = [m for m in parts if m is not None]
    first = parts[0]
    if first is None or len(known) > 1:
        hides = first is not None and first.masked is not None and any(m.masked is None for m in known)
        made = arithmetic.chosen(known, exact=len(known) == 1, one=True)
        return arithmetic.given(made, zero=True) if hides else made
    text = one_line(tree.expressions[-1])
    first = arithmetic.given(first, zero=is_zero(text)) or first
    identity = first.aggregate in ADDED and is_zero(text)
    default = text if defaults and not identity else first.default
    if not is_zero(text):
        first = arithmetic.changed(first) or first
    summands = tuple(replace(leaf, nullable=False, default=default) for leaf in first.summands)
    return replace(first, nullable=False, default=default, summands=summands)
