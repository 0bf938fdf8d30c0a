"""What is said of aggregates that do not add up: the law, the measure and its key, repairs in the user's own names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from erd2dbt.design.draft import Draft, Reduction
from erd2dbt.design.emptysides import empty_sides
from erd2dbt.design.faults import accepting, listed
from erd2dbt.design.measures import Measures, in_words, said
from erd2dbt.design.proving import filtered, flat
from erd2dbt.design.scope import steps
from erd2dbt.diagnostics import Edit, Span
from erd2dbt.erd import Expression
from erd2dbt.postgres_types import family
from erd2dbt.prove import additivity
from erd2dbt.prove.additivity import ROW_LEVEL, Aggregate, Law, Measure
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.measuring import aggregate_of, argument_of, call_of, condition_of, conditional

_VERBS = {
    Aggregate.SUM: "adds up",
    Aggregate.AVG: "averages",
    Aggregate.COUNT: "counts",
    Aggregate.SPREAD: "measures the spread of",
    Aggregate.DISTINCT_SUM: "adds up",
    Aggregate.DISTINCT_AVG: "averages",
}
_WEIGHTS = ("quantity", "qty", "units", "share", "weight")
# What a ratio by name divides, where the relation has both columns.
_DIVIDES = {
    "ctr": (("clicks",), ("impressions",)),
    "cpc": (("spend", "cost"), ("clicks",)),
    "cpa": (("spend", "cost"), ("conversions", "total_conversions")),
    "roas": (("revenue", "total_revenue"), ("spend", "cost")),
    "aov": (("revenue", "total_revenue"), ("orders", "total_orders")),
    "conversion_rate": (("conversions", "total_conversions"), ("sessions", "total_sessions", "clicks")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """One aggregate of a measure in a column of a model."""

    draft: Draft
    column: str
    span: Span
    reduction: Reduction
    tree: Tree
    outer: Aggregate
    inner: Measure
    state: State  # of the rows that pass the aggregate's own filter
    by: list[str]  # what they are grouped by, as `alias.column`
    values: list[str]  # the column that is aggregated, if it is one

    @property
    def read(self) -> str:
        return self.reduction.scope.base.relation.name

    @property
    def value(self) -> str:
        """What is aggregated, as the user would write it."""
        argument = argument_of(self.tree)
        return in_words(argument if argument is not None else self.tree, self.reduction.scope)


def judge(draft: Draft) -> dict[str, Measure]:
    """The measures of the model's columns, after adding E301, E302, E303, E309, W303, W307 and W308 for those that
    do not add up."""
    measures = Measures(draft)
    for name, known in draft.columns.items():
        if known.said is None:
            continue
        draft.accepted = frozenset(code for code, _ in known.said.accept)
        for use in _uses(draft, measures, name, known.tree, known.said.place):
            for law, guilty in additivity.breaches(use.outer, use.inner, use.state, use.by, use.values):
                _LAWS[law](replace(use, inner=guilty))
        empty_sides(draft, measures, known.tree, known.said.place)
    draft.accepted = frozenset()
    return measures.fields()


def _uses(draft: Draft, measures: Measures, name: str, tree: Tree, span: Span) -> Iterator[_Use]:
    """The aggregates that a column's own formula writes."""
    groupings = {r.cte: r for r in (*draft.reductions, *([draft.inner] if draft.inner else [])) if r.order is None}
    for table, output in dict.fromkeys((c.table, c.name) for c in columns_in(tree)):
        reduction = groupings.get(table)
        if reduction is None or output not in reduction.outputs or output in reduction.labels:
            continue
        made = reduction.outputs[output]
        outer = aggregate_of(call_of(made))
        if outer in (Aggregate.OTHER, Aggregate.LIST):
            continue
        value, condition = argument_of(made), condition_of(conditional(made))
        yield _Use(
            draft=draft,
            column=name,
            span=span,
            reduction=reduction,
            tree=made,
            outer=outer,
            inner=measures.input(reduction, output),
            state=filtered(measures.state(reduction), condition),
            by=[own for _, own in measures.met(reduction)],
            values=[flat(value)] if isinstance(value, exp.Column) else [],
        )


def _again(use: _Use) -> list[str]:
    """The same figure from the entity's own rows."""
    text = said(use.inner)
    return [f"go back to the rows of `{use.inner.entity}`: `{use.column}: {text}`"] if text else []


# -- A3: roll-up


def _overlapping(use: _Use) -> None:
    inner = use.inner
    several = f"several {listed(inner.group)} of the same {listed(match.name for match in use.reduction.on)}"
    if inner.aggregate is not Aggregate.DISTINCT:
        message = f"`{use.column}` adds up `{use.value}`, in which one `{inner.source}` is taken for {several}"
        rows = f"aggregate it where it stands once: in a model with `rows: {inner.entity}`"
        use.draft.fault("E303", message, use.span, rows, accepting("E303"))
        return
    text = said(inner)
    use.draft.fault(
        "E301",
        f"`{use.column}` adds up distinct counts: one `{inner.source}` can be counted for {several}",
        use.span,
        *([f"count once: `{use.column}: {text}`"] if text else []),
        accepting("E301"),
        edit=_instead(use, text),
    )


def _averaged(use: _Use) -> None:
    inner, source = use.inner, use.inner.source
    per = f"the averages of `{source}` per {listed(inner.group)}"
    if use.outer is Aggregate.AVG:
        message = f"`{use.column}` averages {per}: an average of one row weighs like one of a thousand"
        repair = f"average the rows themselves: `{use.column}: avg({source})`"
        edit = _instead(use, said(inner))
    else:
        message = f"`{use.column}` adds up {per}, and a sum of averages is no figure of anything"
        repair = f"add up the rows themselves: `{use.column}: sum({source})`"
        edit = None
    use.draft.fault("E302", message, use.span, repair, *_pair(use), accepting("E302"), edit=edit)


def _pair(use: _Use) -> list[str]:
    """Numerator and denominator of an average, carried by the model that is read."""
    name, read = use.value.rpartition(".")[2], use.read
    if use.outer is not Aggregate.AVG or use.inner.filter or not use.value.startswith(f"{read}."):
        return []
    total, count = f"{name}_sum", f"{name}_count"
    return [
        f"or carry both parts in `{read}` and divide here:\n"
        f"{total}: sum({use.inner.source})\n{count}: count({use.inner.source})\n"
        f"{use.column}: ratio(sum({read}.{total}), sum({read}.{count}))"
    ]


def _divided(use: _Use) -> None:
    text = said(use.inner)
    repair = f"divide the totals: `{use.column}: {text}`" if text else "add up numerator and denominator, then divide"
    use.draft.fault(
        "E302",
        f"`{use.column}` {_VERBS[use.outer]} `{use.value}`, which is a ratio: its rows have different denominators",
        use.span,
        repair,
        accepting("E302"),
        edit=_instead(use, text),
    )


def _unweighted(use: _Use) -> None:
    name = use.value.rpartition(".")[2]
    looks = "looks like a ratio by its name" if use.inner.guessed else "is a ratio of each row"
    use.draft.fault(
        "W303",
        f"`{use.column}` {_VERBS[use.outer]} `{use.value}`, which {looks}: "
        "a row with a small denominator weighs like one with a large one",
        use.span,
        f"divide the totals: `{use.column}: {_totals(use, name)}`",
        accepting("W303"),
    )


def _totals(use: _Use, name: str) -> str:
    """The ratio of sums: by the column's formula, by what its name means, else with blanks."""
    text = said(use.inner)
    if text:
        return text
    shelf = use.draft.world.shelf
    above, below = _DIVIDES.get(name, ((), ()))
    for relation in (use.reduction.scope.base.relation, shelf[use.inner.entity]):
        numerator = next((c for c in above if c in relation.fields), None)
        denominator = next((c for c in below if c in relation.fields), None)
        if numerator and denominator:
            return f"ratio(sum({relation.name}.{numerator}), sum({relation.name}.{denominator}))"
    return f"ratio(sum({use.read}.<numerator>), sum({use.read}.<denominator>))"


# -- A1: no value counted twice


def _repeated(use: _Use) -> None:
    inner, what = use.inner, use.value
    once = f"there is one value for each {listed(inner.group)}" if inner.group else "it is one value"
    use.draft.fault(
        "E303",
        f"`{use.column}` {_VERBS[use.outer]} `{what}` over the rows of `{use.read}`, where it repeats: "
        f"{once} of `{inner.entity}`{_edge(use)}",
        use.span,
        *_once_repairs(use),
        accepting("E303"),
        edit=_instead(use, said(use.inner) if use.inner.aggregate not in ROW_LEVEL else None),
    )


def _collapsed(use: _Use) -> None:
    """Each value once is not each row once: two rows may have the same."""
    plain = Aggregate.SUM if use.outer is Aggregate.DISTINCT_SUM else Aggregate.AVG
    use.draft.fault(
        "E303",
        f"`{use.column}` {_VERBS[use.outer]} each different `{use.value}` once: two rows of `{use.inner.entity}` with "
        "the same value count as one",
        use.span,
        f"take each row: `{use.column}: {plain}({use.value})`",
        accepting("E303"),
    )


def _instead(use: _Use, text: str | None) -> Edit | None:
    """The one safe repair: what is an aggregate already is made from the rows, instead of from itself."""
    known = use.draft.columns[use.column].said
    formula = known.formula if known else None
    whole = isinstance(formula, Expression) and formula.text == in_words(use.tree, use.reduction.scope)
    return Edit(use.span, text) if text and whole else None


def _edge(use: _Use) -> str:
    """The link of the diagram over which the value comes to several rows."""
    scope = use.reduction.scope
    for node, join, there in scope.joins:
        if there.relation.name != use.inner.entity:
            continue
        pairs = {(a.name, b.name) for a, b in join.on}
        for step in steps(scope.world, node.relation):
            if step.target == there.relation.name and set(step.pairs) == pairs:
                return f", and `{step.drawn}` brings it to several rows"
    return ""


def _once_repairs(use: _Use) -> Iterator[str]:
    inner, what = use.inner, use.value
    if use.outer is Aggregate.COUNT:
        yield f"count each once: `{use.column}: count(distinct {what})`"
        return
    weight = _weight(use)
    if use.outer is Aggregate.SUM and weight:
        yield f"if it is meant per unit, weigh it: `{use.column}: sum({weight} * {what})`"
    if inner.aggregate in ROW_LEVEL:
        yield _alone(use)
    else:
        yield from _again(use)
    if use.state.determines(use.by, inner.home) is not None:
        yield f"take one of the equal values: `{use.column}: max({what})`"


def _alone(use: _Use) -> str:
    """Where an attribute of an entity has one row for each of its values."""
    inner = use.inner
    known = use.draft.world.shelf[inner.entity]
    if set(inner.group) == set(known.grain):
        return f"aggregate it where it stands once: in a model with `rows: {inner.entity}`"
    name = inner.source.rpartition(".")[2]
    return (
        f"bring it to one row each, in a model with `grain: [{', '.join(inner.group)}]`, `rows: {inner.entity}` and "
        f"`{name}: {inner.source}`, and aggregate that"
    )


def _weight(use: _Use) -> str | None:
    """A column of the rows that says how many of the parent's units a row is."""
    relation = use.reduction.scope.base.relation
    if relation.name == use.inner.entity or not use.inner.weighs:
        return None
    weights = (f.name for f in relation.fields.values() if f.name.lower() in _WEIGHTS and _is_number(f.type))
    return next((f"{relation.name}.{name}" for name in weights), None)


def _is_number(type_: str | None) -> bool:
    return type_ is not None and family(type_) in ("integer", "numeric", "float")


# -- A7: stocks


def _over_time(use: _Use) -> None:
    only_time = use.state.determines([*use.by, *use.inner.stock], use.inner.home) is not None
    times = [c.rpartition(".")[2] for c in sorted(use.inner.stock)]
    grain = ", ".join(dict.fromkeys((*(m.name for m in use.reduction.on), *times)))
    use.draft.fault(
        "E309",
        f"`{use.column}` adds up the stock `{use.value}` along {listed(times)}: what is there on two days is not twice "
        "as much",
        use.span,
        f"keep the time in the grain: `grain: [{grain}]`",
        *([f"take the last level:\n{use.column}:\n  last: {use.value}\n  order: {times[0]}"] if only_time else []),
        f"take the mean level: `{use.column}: avg({use.value})`",
        accepting("E309"),
    )


# -- A4: defaults


def _defaulted(use: _Use) -> None:
    inner = use.inner
    use.draft.fault(
        "W307",
        f"`{use.value}` has the default {inner.default}, which this {use.outer} takes for a value",
        use.span,
        *(_again(use) if use.outer is inner.aggregate else []),
        f"drop the default in `{use.read}`: aggregates pass NULL by",
        accepting("W307"),
    )


_LAWS: dict[Law, Callable[[_Use], None]] = {
    Law.REPEATED: _repeated,
    Law.COLLAPSED: _collapsed,
    Law.OVERLAPPING: _overlapping,
    Law.AVERAGED: _averaged,
    Law.DIVIDED: _divided,
    Law.UNWEIGHTED: _unweighted,
    Law.OVER_TIME: _over_time,
    Law.DEFAULTED: _defaulted,
}
