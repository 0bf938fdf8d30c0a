"""Messages for wrong totals: the law, the measure and its key, and fixes in the user's own names.

A fix aggregates the same rows as before: it keeps the filters of the aggregate and of the models in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.design.columns.measures import in_words
from erd2dbt.design.columns.once_each import is_number, level_at_each_time, once_each, units_of, weighted
from erd2dbt.design.columns.use import Use, made_by
from erd2dbt.design.joins.fanout_faults import listed, one_kind
from erd2dbt.design.joins.grain_proof import flat
from erd2dbt.design.joins.walks import steps
from erd2dbt.design.plans.plan import Origin, Relation
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import Expression
from erd2dbt.faults.diagnostics import Edit, Fix, Hint, Paste
from erd2dbt.infer.quantities import is_weight
from erd2dbt.prove.additivity import Law
from erd2dbt.prove.measure import ROW_LEVEL, Aggregate, Measure
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.trees import columns_in, nodes
from erd2dbt.sqlproof.measuring import argument_of, call_of

_VERBS = {
    Aggregate.SUM: "sums",
    Aggregate.AVG: "averages",
    Aggregate.COUNT: "counts",
    Aggregate.DISTINCT: "counts",
    Aggregate.MIN: "takes the minimum of",
    Aggregate.MAX: "takes the maximum of",
    Aggregate.SPREAD: "measures the spread of",
    Aggregate.DISTINCT_SUM: "sums",
    Aggregate.DISTINCT_AVG: "averages",
}
# The operands of a ratio by its name, where the relation has both columns.
_DIVIDES = {
    "ctr": (("clicks",), ("impressions",)),
    "cpc": (("spend", "cost"), ("clicks",)),
    "cpa": (("spend", "cost"), ("conversions", "total_conversions")),
    "roas": (("revenue", "total_revenue"), ("spend", "cost")),
    "aov": (("revenue", "total_revenue"), ("orders", "total_orders")),
    "conversion_rate": (("conversions", "total_conversions"), ("sessions", "total_sessions", "clicks")),
}


# -- A3: roll-up


def _overlapping(use: Use) -> None:
    inner = use.inner
    several = f"several {listed(inner.group)} of the same {listed(match.name for match in use.reduction.on)}"
    if inner.aggregate is not Aggregate.DISTINCT:
        message = f"`{use.column}` sums `{use.value}`, in which one `{inner.source}` is taken for {several}"
        rows = Hint(f"aggregate it where it appears once: in a model with `rows: {inner.entity}`")
        use.draft.fault("E303", message, use.span, rows, use.accepting("E303"))
        return
    text = use.rows(inner)
    use.draft.fault(
        "E301",
        f"`{use.column}` sums distinct counts: one `{inner.source}` can be counted for {several}",
        use.span,
        *(made_by(use, "count once", text) or [Hint(f"count once, of the rows of `{inner.entity}`")]),
        use.accepting("E301"),
        edit=_instead(use, text),
    )


def _averaged(use: Use) -> None:
    inner, source = use.inner, use.inner.source
    per = f"the averages of `{source}` per {listed(inner.group)}"
    text = use.rows(replace(inner, aggregate=use.outer))
    if use.outer is Aggregate.AVG:
        message = (
            f"`{use.column}` averages {per}: an average of one row counts as much as an average of a thousand rows"
        )
        fixes, edit = [*made_by(use, "average the rows themselves", text), *weighted(use)], _instead(use, text)
    else:
        message = f"`{use.column}` sums {per}, and a sum of averages has no meaning{_multiplied(inner)}"
        fixes, edit = [*level_at_each_time(use)], None
        fixes = fixes or ([] if use.is_divided else [*made_by(use, "sum the rows themselves", text), *weighted(use)])
    hints = [] if fixes else [*_own_count(use), Hint(f"take the rows of `{inner.entity}` themselves")]
    use.draft.fault("E302", message, use.span, *fixes, *_pair(use), *hints, use.accepting("E302"), edit=edit)


def _multiplied(product: Measure) -> str:
    """Why an average times a number is not a total; empty where nothing multiplies it."""
    if not product.factors:
        return ""
    if _counts_all_rows(product):
        return f": they are multiplied by the number of all rows, and `{product.source}` may be NULL in some"
    return ": they are multiplied by something else than their own count"


def _counts_all_rows(product: Measure) -> bool:
    """Whether an average is multiplied by its own count, except that this counts rows without a value as well."""
    count, mean = product.factors
    if mean.aggregate is not Aggregate.AVG or mean.total is None or mean.home != count.home:
        return False
    return count.total == replace(mean.total, read=mean.total.read[:1])


def _own_count(use: Use) -> Iterator[Hint]:
    """The only number that gives an average times this number a meaning."""
    if use.inner.factors and use.inner.factors[1].aggregate is Aggregate.AVG:
        amount, mean = use.inner.factors
        if amount.aggregate is Aggregate.VALUE and amount.entity in mean.over and mean.entity != amount.entity:
            yield Hint(f"multiply by the value of each row: `{amount.source} * {mean.source}`")
        if _counts_all_rows(use.inner):
            yield Hint(f"declare `{use.inner.source}` as `not_null: true`, if it is")
        filtered = f" filter (where {use.inner.filter})" if use.inner.filter else ""
        yield Hint(f"multiply by the number of the averaged values: `count({use.inner.source}){filtered}`")


def _pair(use: Use) -> list[str]:
    """A fix that carries the numerator and denominator of an average in the upstream model."""
    name, read = use.value.rpartition(".")[2], use.read
    model = use.draft.world.graph.models.get(read)
    spec = next((c for c in model.columns if c.name == name), None) if model else None
    if use.outer is not Aggregate.AVG or use.value != f"{read}.{name}" or model is None or spec is None:
        return []
    average = f"avg({use.inner.source})"
    average += f" filter (where {use.inner.filter})" if use.inner.filter else ""
    if not isinstance(spec.formula, Expression) or spec.formula.text.strip() != average:
        return []
    taken = {*use.draft.world.shelf[read].fields}
    total, count = (_free(f"{name}_{word}", taken) for word in ("sum", "count"))
    made = {total: average.replace("avg(", "sum(", 1), count: average.replace("avg(", "count(", 1)}
    sides = (use.written(word(this=column(part, _alias(use)))) for word, part in ((exp.Sum, total), (exp.Sum, count)))
    whole = use.column_by(f"ratio({', '.join(sides)}, null)")  # as `avg` of no rows
    if whole is None:
        return []
    lines = [f"{part}: {repairs.scalar(text)}" for part, text in (*made.items(), (use.column, whole))]
    pastes = [Paste(("models", read, "columns", part), repairs.scalar(text)) for part, text in made.items()]
    pastes.append(Paste(("models", use.model, "columns", use.column), repairs.scalar(whole)))
    return [Fix("\n".join((f"or carry both parts in `{read}` and divide here:", *lines)), *pastes)]


def _alias(use: Use) -> str:
    return use.reduction.scope.base.alias


def _free(name: str, taken: set[str]) -> str:
    return next(n for n in (name, *(f"{name}_{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def _divided(use: Use) -> None:
    factors = use.inner.factors
    text = use.rows(use.inner) if not use.is_divided else None  # a quotient is not divided once more
    if factors and factors[1].whole is not None:
        total = listed(sorted(column.rpartition(".")[2] for column in factors[1].whole))
        what = f"a mean per {total}: shares spread only an amount with one value per {total}"
    else:
        what = "a ratio: its rows have different denominators"
        what += ", and something else multiplies them" if factors else ""
    use.draft.fault(
        "E302",
        f"`{use.column}` {_VERBS[use.outer]} `{use.value}`, which is {what}",
        use.span,
        *(made_by(use, "divide the totals", text) or [Hint("sum numerator and denominator, then divide")]),
        use.accepting("E302"),
        edit=_instead(use, text),
    )


def _unweighted(use: Use) -> None:
    name = use.value.rpartition(".")[2]
    named = use.inner.guessed and not use.inner.parts
    looks = "looks like a ratio by its name" if named else "is a ratio of each row"
    totals = made_by(use, "divide the totals", _totals(use, name))
    use.draft.fault(
        "W303",
        f"`{use.column}` {_VERBS[use.outer]} `{use.value}`, which {looks}: "
        "a row with a small denominator counts as much as a row with a large one",
        use.span,
        *(totals or [Hint("divide the total of its numerator by the total of its denominator, with `ratio`")]),
        use.accepting("W303"),
    )


def _totals(use: Use, name: str) -> str | None:
    """The ratio of sums: by the column's formula, else by the meaning of its name; None for other columns."""
    text = use.rows(use.inner)
    if text or use.inner.aggregate is not Aggregate.RATE:
        return text
    above, below = _DIVIDES.get(name, ((), ()))
    for relation in (use.reduction.scope.base.relation, use.draft.world.shelf[use.inner.entity]):
        numerator = next((c for c in above if c in relation.fields), None)
        denominator = next((c for c in below if c in relation.fields), None)
        if numerator and denominator:
            parts = tuple(_summed(use.inner, f"{relation.name}.{part}") for part in (numerator, denominator))
            ratio = replace(use.inner, aggregate=Aggregate.RATIO, parts=parts, filter=None)
            if relation is use.reduction.scope.base.relation:
                sides = (use.written(exp.Sum(this=column(part, _alias(use)))) for part in (numerator, denominator))
                return f"ratio({', '.join(sides)})"
            return use.rows(ratio)
    return None


def _summed(measure: Measure, source: str) -> Measure:
    return replace(measure, aggregate=Aggregate.SUM, source=source, parts=(), filter=None)


# -- A1: no value counted twice


def _repeated(use: Use) -> None:
    inner, what = use.inner, use.value
    if inner.unmasked is not None:
        _zeros(use)
        return
    if inner.apart:
        _of_kinds(use)
        return
    once = f"one value per {listed(inner.group)}" if inner.group else "one value in all"
    use.draft.fault(
        "E303",
        f"`{use.column}` {_VERBS[use.outer]} `{what}` over the rows of `{use.read}`, where values of "
        f"`{inner.entity}` repeat: `{inner.entity}` has {once}{_edge(use)}",
        use.span,
        *_once_repairs(use),
        use.accepting("E303"),
        edit=_instead(use, use.rows(use.inner) if use.inner.aggregate not in ROW_LEVEL else None),
    )


def _zeros(use: Use) -> None:
    """Reports an aggregate that reads the 0 of rows without a value of their own."""
    use.draft.fault(
        "E303",
        f"`{use.column}` {_VERBS[use.outer]} `{use.value}`, which shows 0 in rows that have no `{use.inner.source}` of "
        "their own: only a sum may read this 0",
        use.span,
        Hint(f"show NULL for that 0 in `{use.value.rpartition('.')[0] or use.read}`: aggregates skip NULL"),
        use.accepting("E303"),
    )


def _of_kinds(use: Use) -> None:
    """Reports an aggregate of rows that show several figures of the same rows, such as a total and a part of it."""
    kinds = [column.rpartition(".")[2] for column in sorted(use.inner.apart)]
    use.draft.fault(
        "E303",
        f"`{use.column}` {_VERBS[use.outer]} `{use.value}` over rows of `{use.read}` that differ in {listed(kinds)} "
        f"and have figures of the same rows of `{use.inner.entity}`",
        use.span,
        *map(Hint, one_kind(kinds)),
        use.accepting("E303"),
    )


def _collapsed(use: Use) -> None:
    """Reports an aggregate of distinct values: two rows may have the same value."""
    argument = argument_of(use.tree)
    plain = exp.Sum(this=argument) if use.outer is Aggregate.DISTINCT_SUM else exp.Avg(this=argument)
    use.draft.fault(
        "E303",
        f"`{use.column}` {_VERBS[use.outer]} each different `{use.value}` once: two rows of `{use.inner.entity}` with "
        "the same value count as one",
        use.span,
        *made_by(use, "take each row", use.written(plain)),
        use.accepting("E303"),
    )


def _instead(use: Use, text: str | None) -> Edit | None:
    """The one safe fix: an aggregate of an aggregate is computed from the rows instead."""
    known = use.draft.columns[use.column].said
    formula = known.formula if known else None
    whole = isinstance(formula, Expression) and formula.text == in_words(use.tree, use.reduction.scope)
    return Edit(use.span, text) if text and whole else None


def _edge(use: Use) -> str:
    """The link of the diagram that repeats the value on several rows."""
    scope = use.reduction.scope
    for node, join, there in scope.joins:
        if there.relation.name != use.inner.entity:
            continue
        pairs = {(a.name, b.name) for a, b in join.on}
        for step in steps(scope.world, node.relation):
            if step.target == there.relation.name and set(step.pairs) == pairs:
                return f", and the link `{step.drawn}` repeats it on several rows"
    return ""


def _once_repairs(use: Use) -> Iterator[str]:
    inner = use.inner
    if inner.weighs and inner.factors:
        yield from _amount_of_rows(use)
        return
    if use.outer is Aggregate.COUNT:
        yield from _counted_once(use)
        return
    if inner.aggregate not in ROW_LEVEL:
        yield from made_by(use, f"go back to the rows of `{inner.entity}`", use.rows(inner))
    argument = call_of(use.tree).this
    if _is_equal_in_a_group(use, argument):
        yield from made_by(use, "take one of the equal values", use.written(exp.Max(this=argument)))
    if inner.aggregate in ROW_LEVEL:
        yield from once_each(use)
        yield from _declared_as_rate(use)
        if use.outer is Aggregate.SUM:
            yield from _multiplied_by_units(use)


def _amount_of_rows(use: Use) -> Iterator[Hint]:
    """What a product of rates of several parents lacks."""
    if use.outer is Aggregate.SUM:
        yield from _multiplied_by_units(use)
    yield Hint(f"multiply it by an amount of each row of `{use.read}`, of which these are the rates")


def _multiplied_by_units(use: Use) -> Iterator[Hint]:
    weight, argument = _weight(use), argument_of(use.tree)
    if weight and argument is not None:
        value = f"({use.value})" if isinstance(argument, (exp.Binary, exp.Case)) else use.value
        yield Hint(f"if `{use.value}` is the value of one unit, multiply it by the units: `{weight} * {value}`")


def _is_equal_in_a_group(use: Use, argument: Tree) -> bool:
    """Whether the grain determines the argument.

    A home that is not shown, or belongs to one summand, does not count.
    """
    columns = [flat(c) for c in columns_in(argument)]
    return bool(columns) and use.state.determines(use.by, columns) is not None


def _counted_once(use: Use) -> Iterator[str]:
    """Fixes that count rows of the entity by their key: two rows may have the same value."""
    inner = use.inner
    known = use.draft.world.shelf.get(inner.entity)
    key = known.grain if known is not None and len(known.grain) == 1 else ()
    argument = call_of(use.tree).this
    own = [
        column(name, node.alias)
        for node in use.reduction.scope.nodes.values()
        for name, field in node.relation.fields.items()
        if key and field.origin == Origin(inner.entity, key[0])
    ]
    if own:
        call: Tree = exp.Count(this=exp.Distinct(expressions=[own[0]]))
        is_key = not isinstance(argument, exp.Column) or argument == own[0] or argument.name in inner.group
        if not is_key:
            filled = exp.Not(this=exp.Is(this=argument, expression=exp.Null()))
            whole = exp.And(this=use.condition, expression=filled) if use.condition is not None else filled
            text = in_words(exp.Filter(this=call, expression=exp.Where(this=whole)), use.reduction.scope)
        else:
            text = use.written(call)
        yield from made_by(use, "count each once", text)
    else:
        yield Hint(f"count rows of `{inner.entity}`: `count(distinct …)` of its key")


def _declared_as_rate(use: Use) -> Iterator[Hint]:
    """How to declare that a factor of a product is a rate, although its name does not say so."""
    entity, _, name = use.inner.source.partition(".")
    relation = use.draft.world.shelf.get(entity)
    argument = argument_of(use.tree)
    products = (n for n in nodes(argument) if isinstance(n, exp.Mul)) if argument is not None else ()
    sides = {side.name for n in products for side in (n.this.unnest(), n.expression.unnest())}
    known = use.draft.world.graph.entities.get(entity)
    if relation is None or known is None or name not in sides or use.inner.entity != entity:
        return
    taken = [word.text for word in known.measures] if known.measures is not None else _amounts(relation)
    amounts = ", ".join(column for column in taken if column != name)
    yield Hint(f"if it is a rate of each row, say which columns of `{entity}` are amounts: `measures: [{amounts}]`")


def _amounts(relation: Relation) -> list[str]:
    """The numbers of an entity that are not of its keys, and no rates by their names."""
    of_keys = {column for key in relation.state.keys for column in key.columns}
    numbers = [name for name, field in relation.fields.items() if is_number(field.type) and name not in of_keys]
    return [name for name in numbers if not name.endswith("id") and not is_weight(name.lower(), None)]


def _weight(use: Use) -> str | None:
    """The column with the number of the parent's units in a row, such as a quantity; None without one."""
    relation = use.reduction.scope.base.relation
    if relation.name == use.inner.entity or not use.inner.weighs:
        return None
    return units_of(relation)


# -- A7: stocks


def _over_time(use: Use) -> None:
    only_time = use.state.determines([*use.by, *use.inner.stock], use.inner.home) is not None
    times = [c.rpartition(".")[2] for c in sorted(use.inner.stock)]
    grain = ", ".join(dict.fromkeys((*(m.name for m in use.reduction.on), *times)))
    base = use.reduction.scope.base.relation
    lacks = any(time not in source.fields for source in use.draft.rows for time in times)
    rows = f" with `rows: {base.name}`" if lacks and set(times) <= base.fields.keys() else ""
    mean = use.written(exp.Avg(this=call_of(use.tree).this))
    use.draft.fault(
        "E309",
        f"`{use.column}` sums the stock `{use.value}` over {listed(times)}: "
        "levels of different times must not be added",
        use.span,
        *(_last(use, times[0]) if only_time else []),
        *(_mean_level(use, mean) if only_time else []),
        Hint(f"{'or keep' if only_time else 'keep'} the time in the grain: `grain: [{grain}]`{rows}"),
        use.accepting("E309"),
    )


def _mean_level(use: Use, mean: str) -> list[str]:
    """A fix that takes the mean of the levels. A sum that is divided by their number already is replaced with it."""
    tree = use.draft.columns[use.column].tree
    if not use.is_divided:
        return made_by(use, "take the mean level", mean)
    sides = list(columns_in(tree))
    counts = sides[-1].name if len(sides) == 2 and sides[1].table == use.reduction.cte else ""
    count = use.reduction.outputs.get(counts)
    if count is None or not isinstance(call_of(count), exp.Count) or not _is_a_quotient(tree):
        return []
    return [repairs.formula("take the mean level", use.model, use.column, mean)]


def _is_a_quotient(tree: Tree) -> bool:
    """Whether an expression is one column divided by another, where only zero is replaced with NULL."""
    while isinstance(tree, (exp.Cast, exp.Paren, exp.Coalesce)):
        tree = tree.this
    return isinstance(tree, (exp.Div, exp.IntDiv)) and all(
        isinstance(node, (exp.Div, exp.IntDiv, exp.Column, exp.Nullif, exp.Cast, exp.Paren, exp.Literal, exp.Coalesce))
        for node in nodes(tree)
        if isinstance(node, (exp.Binary, exp.Func))
    )


def _last(use: Use, time: str) -> list[str]:
    """Fixes that take the level at the end. The filter of the aggregate is kept."""
    if not use.is_alone:
        return []
    fields = {"last": use.value, "order": time}
    if use.condition is not None:
        fields["where"] = in_words(use.condition, use.reduction.scope)
    return [repairs.made("take the last level", use.model, use.column, fields)]


# -- A4: defaults


def _defaulted(use: Use) -> None:
    inner = use.inner
    text = use.rows(inner) if use.outer is inner.aggregate else None
    use.draft.fault(
        "W307",
        f"`{use.value}` has the default {inner.default}, which this {use.outer} takes for a value",
        use.span,
        *made_by(use, f"go back to the rows of `{inner.entity}`", text),
        Hint(f"or drop the default in `{use.defaulted}`: aggregates skip NULL"),
        use.accepting("W307"),
    )


LAWS: dict[Law, Callable[[Use], None]] = {
    Law.REPEATED: _repeated,
    Law.COLLAPSED: _collapsed,
    Law.OVERLAPPING: _overlapping,
    Law.AVERAGED: _averaged,
    Law.DIVIDED: _divided,
    Law.UNWEIGHTED: _unweighted,
    Law.OVER_TIME: _over_time,
    Law.DEFAULTED: _defaulted,
}
