"""What is said when a model cannot be proved: the edge, the key, and repairs in the user's own names, best first."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from sqlglot import exp

from erd2dbt.design.draft import Draft, Reduction
from erd2dbt.design.plan import Relation
from erd2dbt.design.scope import AmbiguousError, World, steps
from erd2dbt.diagnostics import Edit, Span
from erd2dbt.erd import ColumnSpec, Formula, Pick
from erd2dbt.postgres_types import family
from erd2dbt.prove.claims import ClaimKind
from erd2dbt.sql.expression import Tree

Fault = tuple[str, ...]  # code, message, fixes…

_DATE_WORDS = ("date", "time", "timestamp", "day", "month", "_at", "_on", "_ts")


def listed(names: Iterable[str]) -> str:
    return "(" + ", ".join(names) + ")"


def accepting(code: str) -> str:
    return f"accept it with a reason: `accept: {{{code}: <why>}}`"


def qualify(draft: Draft, name: str) -> tuple[str, ...]:
    """A bare name that the rows source has: it wants its qualifier."""
    return tuple(f"write `{r.name}.{name}`" for r in draft.rows if name in r.fields)


def nearest(name: str, qualified: Iterable[str]) -> tuple[str, ...]:
    """The qualified column whose own name is close to a bare one."""
    by_name = {full.rpartition(".")[2]: full for full in qualified}
    close = difflib.get_close_matches(name, sorted(by_name), n=1)
    return (f"did you mean `{by_name[close[0]]}`?",) if close else ()


def roles_from(world: World, relation: Relation) -> set[str]:
    return {step.role for step in steps(world, relation) if step.role}


def ambiguous(draft: Draft, wanted: str, problem: AmbiguousError) -> Fault:
    choices = "; ".join(problem.choices)
    roles = [f"say which: `via: {role}`" for role in dict.fromkeys(problem.roles)]
    grain = next(iter(draft.grain), "column")
    match = f"say which column: `match: {{{wanted.split('.', maxsplit=1)[0]}: {{{grain}: <its column>}}}}`"
    return (
        "E205",
        f"more than one way leads from `{draft.spec.name}` to `{wanted}`: {choices}",
        *(roles or [match]),
    )


def no_path(draft: Draft, relation: Relation) -> Fault:
    grain = listed(draft.grain)
    first = next(iter(draft.grain), "column")
    return (
        "E201",
        f"`{relation.name}` has no column that carries the grain {grain} of `{draft.spec.name}`, by link or by name",
        f"draw the link between `{relation.name}` and `{draft.rows[0].name}`",
        f"say it: `match: {{{relation.name}: {{{first}: <its column>}}}}`",
    )


def no_bag(draft: Draft, named: list[Relation]) -> Fault:
    if len(named) < 2:
        return no_path(draft, named[0] if named else draft.rows[0])
    both = " and ".join(f"`{r.name}`" for r in named)
    return (
        "E203",
        f"one aggregate reads {both}, and neither has one row for each row of the other: their rows would be crossed",
        "aggregate each in a column of its own, then combine the two columns",
        "move the product to the finer entity: a computed column there, then aggregate that column",
    )


def cross(draft: Draft, base: Relation, entity: str) -> Fault:
    return (
        "E203",
        f"an aggregate over `{base.name}` cannot read `{entity}`: no to-one path leads there",
        "aggregate each in a column of its own, then combine the two columns",
    )


def missing_grain(model: str, relation: Relation, column: str, close: Iterable[str]) -> Fault:
    return (
        "E201",
        f"the rows source `{relation.name}` has no column `{column}` for the grain of `{model}`",
        *close,
        f"draw a link from `{relation.name}` to the entity that has `{column}`",
        f"say it: `match: {{{relation.name}: {{{column}: <its column>}}}}`",
    )


def to_many(draft: Draft, spec: ColumnSpec | None, relation: Relation, by: list[str], name: str) -> Fault:
    """E202: a bag used as a scalar."""
    who = spec.name if spec else name
    grain = listed(draft.grain)
    return (
        "E202",
        f"`{relation.name}` is to-many from {grain}: its key is {listed(relation.grain)}, "
        f"so `{name}` can have several values for each {listed(by)}",
        *_repairs(relation, by, who, name),
        f"change the grain: `grain: [{', '.join(dict.fromkeys((*draft.grain, *relation.grain)))}]`",
    )


def _repairs(relation: Relation, by: list[str], who: str, name: str) -> list[str]:
    shown = relation.fields[name]
    kind = family(shown.type) if shown.type else "other"
    order = _order_column(relation)
    ref = f"{relation.name}.{name}"
    pick = [f"pick one row:\n{who}:\n  first: {ref}\n  order: {order}"] if order else []
    wanted = _wanted(who)
    if wanted in ("first", "last"):
        first = [text.replace("first:", f"{wanted}:") for text in pick] or [f"aggregate it: `{who}: max({ref})`"]
    elif wanted is not None or kind in ("integer", "numeric", "float"):
        others = [word for word in ("sum", "min", "max", "avg") if word != wanted]
        reduce = [f"aggregate it: `{who}: {wanted or 'sum'}({ref})`, or {', '.join(others[not wanted :])}"]
        first = [*reduce, *pick]
    else:
        first = [*pick, f"aggregate it: `{who}: max({ref})`, or count(distinct {ref})"]
    left = by[0] if len(by) == 1 else f'"{", ".join(by)}"'
    return [
        *first,
        f"claim that it has one value (tested):\n{relation.name}:\n  determines: {{{left}: {name}}}",
        f"claim that {listed(by)} is unique in `{relation.name}` (tested): "
        + (f"`unique: true` on `{by[0]}`" if len(by) == 1 else f"`unique: [[{', '.join(by)}]]`"),
    ]


# What the first or last word of a column's name says of how its rows become one.
_WORDS = {
    **dict.fromkeys(("first", "earliest", "initial", "acquisition"), "first"),
    **dict.fromkeys(("last", "latest", "current", "final"), "last"),
    **dict.fromkeys(("total", "sum"), "sum"),
    **dict.fromkeys(("avg", "average", "mean"), "avg"),
    **dict.fromkeys(("min", "minimum", "lowest"), "min"),
    **dict.fromkeys(("max", "maximum", "highest"), "max"),
}


def _wanted(who: str) -> str | None:
    words = who.lower().split("_")
    return _WORDS.get(words[0]) or _WORDS.get(words[-1])


def _order_column(relation: Relation) -> str | None:
    times = [f.name for f in relation.fields.values() if f.type and family(f.type) in ("timestamp", "date")]
    counted = [f.name for f in relation.fields.values() if f.type and family(f.type) == "integer"]
    ranks = [n for n in counted if n.endswith(("_position", "_seq", "_rank", "_number"))]
    stamps = [n for n in times if family(relation.fields[n].type or "") == "timestamp"]
    return next(iter([*stamps, *times, *ranks]), None)


def order_fixes(relation: Relation) -> tuple[str, ...]:
    order = _order_column(relation) or next(iter(relation.grain), "column")
    return (f"add `order: {order}`",)


def text_aggregate(draft: Draft, call: Tree) -> Fault | None:
    """W501: what a number or a date should be is text."""
    if not isinstance(call, (exp.Sum, exp.Avg, exp.Min, exp.Max)) or not isinstance(call.this, exp.Column):
        return None
    type_ = draft.type_of(call.this)
    if type_ is None or family(type_) != "text":
        return None
    name = call.this.name
    word = call.key
    if word in ("sum", "avg"):
        return (
            "W501",
            f"{word} of `{name}`, which is {type_}",
            f"cast it: `{name}: {{type: numeric, cast: true}}`",
        )
    if not any(w in name for w in _DATE_WORDS):
        return None
    return (
        "W501",
        f"{word} of `{name}`, which is {type_}: text sorts letter by letter, not by time",
        f"cast it in its entity: `{name}: {{type: date, cast: true}}`",
    )


def text_order(draft: Draft, term: Tree, span: Span) -> None:
    ordered = term.this if isinstance(term, exp.Ordered) else term
    fault = text_aggregate(draft, exp.Min(this=ordered))
    if fault:
        draft.fault("W501", fault[1].replace("min of", "ordered by"), span, *fault[2:])


def pick_order(draft: Draft, target: Reduction, span: Span, formula: Formula | None) -> None:
    """I204: an order with ties is made total by appending the key of the input."""
    base = target.scope.base
    order = target.order or ()
    named = [m.column for m in target.on if m.node is base]
    named += [t.this.name for t in order if isinstance(t.this, exp.Column) and t.this.table == base.alias]
    if base.relation.state.is_key(named) is not None:
        return
    tie = [name for name in base.relation.grain if name not in named]
    from erd2dbt.sql.expression import column

    target.order = (*order, *(exp.Ordered(this=column(name, base.alias)) for name in tie))
    draft.fault(
        "I204",
        f"rows of `{base.relation.name}` can tie in this order; {listed(tie)} decides between them",
        span,
        f"say it to choose otherwise: `order: [{', '.join(_terms(order, tie))}]`",
        edit=Edit(formula.order[-1].span, ", ".join(tie), more=True) if isinstance(formula, Pick) else None,
    )


def _terms(order: Iterable[Tree], tie: list[str]) -> list[str]:
    return [*map(_term, order), *tie]


def _term(term: Tree) -> str:
    nulls = {None: "", True: " nulls first", False: " nulls last"}[term.args.get("nulls_first")]
    return f"{term.this.name}{' desc' if term.args.get('desc') else ''}{nulls}"


def coarse_or_lossy(draft: Draft, span: Span, target: Reduction, call: Tree) -> None:
    """W305: an input that repeats on several rows. W402: rows of an input that no row of the model collects."""
    silent = draft.accepted | target.doubted
    met = {match.name for match in target.on}
    base = target.scope.base.relation
    missing = [g for g in draft.grain if g not in met]
    if missing and "W305" not in silent:
        target.doubted.add("W305")
        draft.fault(
            "W305",
            f"`{base.name}` is aggregated per {listed(met & set(draft.grain) or met)}, coarser than the grain "
            f"{listed(draft.grain)}: its value repeats for every {listed(missing)} and must not be summed again",
            span,
            f"match it: `match: {{{base.name}: {{{missing[0]}: <its column>}}}}`",
            accepting("W305"),
        )
    additive = isinstance(call, (exp.Sum, exp.Count))
    if not missing and additive and "W402" not in silent and not _collected(draft, target):
        target.doubted.add("W402")
        rows = " and ".join(f"`{r.name}`" for r in draft.rows)
        draft.fault(
            "W402",
            f"rows of `{base.name}` whose {listed(m.name for m in target.on)} is not in {rows} are not counted",
            span,
            f"take the values of both: `rows: [{', '.join((*(r.name for r in draft.rows), base.name))}]`",
            f"claim that they are all there: draw the link from `{base.name}` on {listed(m.column for m in target.on)}",
            accepting("W402"),
        )


def _collected(draft: Draft, target: Reduction) -> bool:
    """Whether a claim says that every row of the input finds its row in the model."""
    base = target.scope.base
    if any(r is base.relation for r in draft.rows):
        return True
    rows, root = draft.rows[0], draft.rows[0].root
    if len(draft.rows) > 1 or root is None or draft.where is not None:
        return False
    ends = set()
    for match in target.on:
        origin = rows.fields[match.outer.name].origin if match.outer.name in rows.fields else None
        if origin is None or origin.entity != root or match.node is not base:
            return False
        ends.add((match.column, origin.column))
    from erd2dbt.design.claims import link_claims

    for hop in draft.world.graph.hops(root):
        if hop.target != base.relation.name:
            continue
        for claim in link_claims(hop.link, draft.world.graph):
            inclusion = claim.kind in (ClaimKind.REFERENCE, ClaimKind.PARTICIPATION)
            pairs = set(zip(claim.columns, claim.target_columns, strict=False))
            if inclusion and claim.relation == base.relation.name and claim.target == root and pairs == ends:
                return True
    return False
