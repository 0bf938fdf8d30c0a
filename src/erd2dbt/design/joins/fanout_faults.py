"""Messages for a model that cannot be proved: the link, the key, and fixes in the user's names, best first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from erd2dbt.datatypes.comparison import Equality, joins_on_key, kept_apart_as, loses_in_union, unbounded
from erd2dbt.datatypes.postgres import family
from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError, RolesError
from erd2dbt.design.joins.draft import Draft, Reduction
from erd2dbt.design.joins.walks import Step, World, steps
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import ColumnSpec, Expression, Pick
from erd2dbt.diagram.link_types import NO_CAST
from erd2dbt.faults.diagnostics import Edit, Fix, Hint, Paste, Span, meant
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in, rewritten

Fault = tuple[str, ...]  # code, message, then fixes: Fix and Hint

CLOSE = 0.75  # the similarity, from 0 to 1, at which a name counts as a typo of another


def one_kind(columns: Iterable[str]) -> tuple[str, str]:
    """Fixes for a sum of rows that show several figures of the same rows, and differ in the columns."""
    kinds = listed(columns)
    return f"sum one kind of figure: filter by one value of {kinds}", f"or group by {kinds}"


def listed(names: Iterable[str]) -> str:
    return "(" + ", ".join(names) + ")"


def qualify(draft: Draft, name: str) -> tuple[Fix, ...]:
    """Fixes for an unqualified name that the rows source has: add the qualifier."""
    found = [f"{r.name}.{name}" for r in draft.rows if name in r.fields]
    return tuple(Fix(f"write `{full}`", Paste((), full, instead=name)) for full in found)


def nearest(name: str, qualified: Iterable[str]) -> tuple[Fix, ...]:
    """Fixes with the qualified column whose name is similar to an unqualified one."""
    by_name = {full.rpartition(".")[2]: full for full in qualified}
    close = difflib.get_close_matches(name, sorted(by_name), n=1)
    return (meant(name, by_name[close[0]]),) if close else ()


def roles_from(world: World, relation: Relation) -> set[str]:
    return {step.role for step in steps(world, relation) if step.role}


def no_join(draft: Draft, wanted: str, problem: Exception, spec: ColumnSpec | None = None) -> Fault:
    """Why an input is not joined: E205 or E206."""
    if isinstance(problem, IncomparableError):
        return incomparable(draft, problem)
    assert isinstance(problem, AmbiguousError)
    return ambiguous(draft, wanted, problem, spec)


def ambiguous(draft: Draft, wanted: str, problem: AmbiguousError, spec: ColumnSpec | None = None) -> Fault:
    """E205: the choices, and how to select one, in the column `spec` or else in the model."""
    model, rows = draft.spec.name, draft.rows[0].name
    start = problem.start if problem.start not in (None, wanted) else model if rows == wanted else rows
    words = dict.fromkeys(problem.words)
    if problem.source is not None:
        said = [repairs.on_model("say which", model, "via", f"{{{problem.source}: {word}}}") for word in words]
    elif spec is not None:
        said = [by_way(f"say which: `via: {word}`", model, spec.name, word) for word in words]
    else:
        said = [repairs.on_model("say which", model, "via", word) for word in words]
    return (
        "E205",
        f"more than one way leads from `{start}` to `{wanted}`: {'; '.join(problem.choices)}",
        *said,
        *_by_column(draft, wanted, problem.choices, decided=bool(said)),
        *([_BY_NAME] if any(choice.endswith(BY_ITS_NAME) for choice in problem.choices) else []),
    )


BY_ITS_NAME = " by its name"  # the end of a choice
_BY_NAME = Hint("if the name is meant, accept the warning about it with a reason: `accept: {W406: <why>}`")


def ambiguous_role(
    draft: Draft, spec: ColumnSpec | None, parts: tuple[str, ...], at: int, problem: AmbiguousError
) -> Fault:
    """E205 for a path whose word here is the role of several links. Their foreign keys distinguish them."""
    paths = (".".join((*parts[:at], word, *parts[at + 1 :])) for word in problem.words)
    told = ((path, repairs.replaced(spec, ".".join(parts), path)) for path in paths)
    return (
        "E205",
        f"more than one link leaves `{parts[at - 1]}` as `{problem.wanted}`: {'; '.join(problem.choices)}",
        *(
            repairs.formula("say which", draft.spec.name, spec.name, text) if spec and text else Hint(f"write `{path}`")
            for path, text in told
        ),
    )


def by_way(told: str, model: str, column: str, word: str) -> Fix:
    return Fix(told, Paste(("models", model, "columns", column), f"{{via: {repairs.scalar(word, flow=True)}}}"))


def _by_column(draft: Draft, wanted: str, choices: list[str], *, decided: bool) -> list[str]:
    """`match:` for each of the choices that is a column; a hint where there is none and nothing else decides."""
    grain = next(iter(draft.grain), draft.spec.grain[0].text)
    columns = [choice.split(".") for choice in choices if re.fullmatch(r"\w+\.\w+", choice)]
    found: list[str] = [matching("say which", draft.spec.name, relation, {grain: its}) for relation, its in columns]
    return found or (
        [] if decided else [Hint(f"name the column of `{wanted.split('.', maxsplit=1)[0]}` with `match:`")]
    )


def matching(why: str, model: str, relation: str, pairs: Mapping[str, str]) -> Fix:
    """`match:` of an input. `pairs`: column of the grain -> its column."""
    said = ", ".join(
        f"{repairs.scalar(own, flow=True)}: {repairs.scalar(its, flow=True)}" for own, its in pairs.items()
    )
    return Fix(
        f"{why}: `match: {{{relation}: {{{said}}}}}`", Paste(("models", model, "match", relation), f"{{{said}}}")
    )


def ambiguous_rows(draft: Draft, problem: AmbiguousError) -> Fault:
    """E205 for the rows: several columns could be the grain."""
    rows = problem.source or draft.rows[0].name
    if isinstance(problem, RolesError):
        message = f"a row of `{rows}` would have one value for several grain columns of `{draft.spec.name}`"
        remedy = Hint(f"take `{rows}` out of `rows`, and read it as an input of a column")
        return ("E205", f"{message}: {'; '.join(problem.choices)}", remedy)
    columns = [
        choice.rpartition(".")[2] for choice in problem.choices if re.fullmatch(rf"{re.escape(rows)}\.\w+", choice)
    ]
    return (
        "E205",
        f"more than one way leads from the rows `{rows}` to the grain column `{problem.wanted}` of "
        f"`{draft.spec.name}`: {'; '.join(problem.choices)}",
        *(
            repairs.on_model("say which", draft.spec.name, "via", f"{{{rows}: {word}}}")
            for word in dict.fromkeys(problem.words)
        ),
        *(matching("take the column of the rows", draft.spec.name, rows, {problem.wanted: its}) for its in columns),
    )


def incomparable(draft: Draft, problem: IncomparableError) -> Fault:
    """E206: the only column of that name has another type."""
    relation, name = problem.own
    own, other = problem.types
    there, _, its = problem.wanted.rpartition(".")
    casts = _casts(draft, (relation, name, own or ""), (there, its, other or ""))
    return (
        "E206",
        f"`{relation}.{name}` is {own} and `{problem.wanted}` is {other}: they do not compare as a key",
        *casts,
    )


def _casts(draft: Draft, own: tuple[str, str, str], wanted: tuple[str, str, str]) -> list[str]:
    """Casts of one of two columns (relation, name, type) after which they compare as a key."""
    if joins_on_key(own[2], wanted[2]).equality in (Equality.LOSSY, Equality.SESSION):
        ends = (own, wanted), (wanted, own)
        made = ((end, kept_apart_as(end[2], other[2])) for end, other in ends)
        return next((cast_raw(draft, *end[:2], to) for end, to in made if to is not None), [Hint(NO_CAST)])
    if loses_in_union(wanted[2], own[2]):  # as that type, values of the own one would be cut
        return cast_raw(draft, *wanted[:2], unbounded(own[2]))
    return cast_raw(draft, *own[:2], unbounded(wanted[2]))


def cast_raw(draft: Draft, relation: str, name: str, to: str | None) -> list[str]:
    text = f"{{type: {repairs.scalar(to or 'text', flow=True)}, cast: true}}"
    entity = draft.world.graph.entities.get(relation)
    known = draft.world.shelf.get(relation)
    if entity is None and known is not None and name in known.fields and known.fields[name].origin is None:
        return [Hint(f"`{relation}` computes `{name}`: cast it there, or rename it if it is not the key that is meant")]
    if entity is None or all(a.name != name for a in entity.columns):
        return [Hint(f"cast the raw column in its entity: `{name}: {text}`")]
    paste = Paste(("entities", relation, "columns", name), text)
    return [Fix(f"cast the raw column in `{relation}`: `{name}: {text}`", paste)]


def accepting(code: str, draft: Draft, spec: ColumnSpec | None) -> Fix:
    """An `accept:` entry with a reason, on the column where it is known, else on the model."""
    return repairs.accepting(code, draft.spec.name, spec.name if spec is not None else None)


def whose_rows(draft: Draft, spec: ColumnSpec | None, call: Tree) -> Fault:
    """E205: an aggregate in a union that names no column of one of its sources."""
    text = one_line(call)
    formula = spec.formula.text.strip() if spec is not None and isinstance(spec.formula, Expression) else ""
    says: list[str] = [
        repairs.formula("say which", draft.spec.name, spec.name, f"count({rows.name}.{rows.grain[0]})")
        for rows in draft.rows
        if spec is not None and formula == text == "count(*)"
    ]
    both = " and ".join(f"`{rows.name}`" for rows in draft.rows)
    message = f"`{text}` does not say which rows are meant: those of `{draft.spec.name}` come from {both}"
    return ("E205", message, *(says or [Hint(f"name the columns with their entity: `{draft.rows[0].name}.…`")]))


def cross(draft: Draft, base: Relation, entity: str, why: str = "no many-to-one path leads there") -> Fault:
    return (
        "E203",
        f"an aggregate over `{base.name}` cannot read `{entity}`: {why}",
        Hint("aggregate each in a column of its own, then combine the two columns"),
    )


def to_many(draft: Draft, spec: ColumnSpec | None, relation: Relation, by: list[str], name: str) -> Fault:
    """E202: a column with many values is used as a scalar."""
    grain = listed(draft.grain)
    finer = repairs.listing(dict.fromkeys((*draft.grain, *relation.grain)))
    return (
        "E202",
        f"`{relation.name}` can have several rows for each {listed(by)}, because its key is {listed(relation.grain)}; "
        f"so `{name}` has no single value{'' if listed(by) == grain else f' for each {grain}'}",
        *(_one_of_many(draft, spec, relation, name) if spec is not None else ()),
        *_claims(draft, relation, by, name),
        Hint(f"show each value in a model of its own, with `grain: {finer}` and `rows: {relation.name}`"),
    )


def several_parents_fault(relation: Relation, columns: Sequence[str], parts: Sequence[str]) -> Fault:
    """E202: a path over many rows, each of which leads to one row of another entity."""
    by, path = ", ".join(columns), ".".join(parts)
    return (
        "E202",
        f"`{relation.name}` has many rows for each ({by}), so `{path}` can have several values",
        Hint(f"pick one row of `{relation.name}`: `{{first: {path}, order: <a column of {relation.name}>}}`"),
        Hint(f"aggregate: `max({path})`, `count(distinct {path})`"),
    )


def equal_values(draft: Draft, spec: ColumnSpec | None, tree: Tree, grain: str) -> Fault:
    """E202: a formula that can have several values within one group."""
    rows = draft.rows[0]
    base = draft.grain_column(grain).table
    named = rewritten(tree, lambda c: column(c.name, rows.name) if isinstance(c, exp.Column) and c.table == base else c)
    one = f"min({one_line(named)})"
    assert spec is not None
    simple = grain in rows.fields and all(c.table == base for c in columns_in(tree))
    held = [repairs.formula("aggregate it", draft.spec.name, spec.name, one)] if simple else []
    return (
        "E202",
        f"`{spec.name}` can have several values for one `{grain}`: intervals that are equal, such as '1 mon' and "
        "'30 days', are one group, and differ in their parts",
        *held,
        Hint(f"compute it in `{rows.name}`, and aggregate that"),
    )


def two_ways(
    draft: Draft, spec: ColumnSpec | None, relation: Relation, name: str, ways: tuple[str, Step], *, word: str | None
) -> Fault:
    """E205 for a lookup beside a link from the input to the rows. `word`: selects the way of the lookup."""
    text, link = ways
    near = [word, link.role or link.pairs[0][0]] if _is_one_each(relation, link) else [word]
    says = [by_way(f"say which: `via: {w}`", draft.spec.name, spec.name, w) for w in near if w and spec is not None]
    many = _one_of_many(draft, spec, relation, name) if spec is not None and name in relation.fields else []
    return (
        "E205",
        f"more than one way leads from `{draft.rows[0].name}` to `{relation.name}`: {text}; {link.text}",
        *says,
        *many,
    )


def _is_one_each(relation: Relation, link: Step) -> bool:
    """Whether a link gives each of the rows at most one row of the input."""
    return relation.state.is_probe([own for own, _ in link.pairs]) is not None


def _one_of_many(draft: Draft, spec: ColumnSpec, relation: Relation, name: str) -> list[Fix]:
    """Picks and aggregates of the wanted column, most likely first."""
    shown = relation.fields[name]
    kind = family(shown.type) if shown.type else "other"
    ref = f"{relation.name}.{name}"
    wanted = _aggregate_word(spec.name)
    end = wanted if wanted in ("first", "last") else "first"
    pick = _picked(draft, spec, ref, end, _order_column(relation))
    words = {"integer": _NUMBERS, "numeric": _NUMBERS, "float": _NUMBERS, "interval": _NUMBERS, "boolean": _BOOLEANS}
    fitting = words.get(kind, _SORTED if kind in ("text", "date", "timestamp") else ())
    first = [wanted] if wanted in fitting else []
    aggregates = [_aggregated(draft, spec, ref, f"{word}({ref})") for word in (*first, *fitting) if word]
    aggregates.append(_aggregated(draft, spec, ref, f"count(distinct {ref})"))
    made = [fix for fix in dict.fromkeys(aggregates) if fix is not None][:_PROPOSED]
    if wanted in ("first", "last"):
        return pick or made
    if fitting != _NUMBERS and not first:
        return [*pick, *made]
    return [*made, *pick]


_NUMBERS = ("sum", "min", "max", "avg")
_BOOLEANS = ("bool_or", "bool_and")
_SORTED = ("max", "min")
_PROPOSED = 2  # aggregates


def _aggregated(draft: Draft, spec: ColumnSpec, ref: str, call: str) -> Fix | None:
    text = repairs.replaced(spec, ref, call)
    return repairs.formula("aggregate it", draft.spec.name, spec.name, text) if text else None


def _picked(draft: Draft, spec: ColumnSpec, ref: str, end: str, order: str | None) -> list[Fix]:
    if order is None or not isinstance(spec.formula, Expression):
        return []
    if spec.formula.text.strip() == ref:
        return [repairs.made("pick one row", draft.spec.name, spec.name, {end: ref, "order": order})]
    text = repairs.replaced(spec, ref, f"{end}({ref} order by {ref.partition('.')[0]}.{order})")
    return [repairs.formula("pick one row", draft.spec.name, spec.name, text)] if text else []


def _claims(draft: Draft, relation: Relation, by: list[str], name: str) -> list[Fix]:
    """Claims about the entity under which there is one value."""
    entity = draft.world.graph.entities.get(relation.name)
    if entity is None or entity.existing is not None:
        return []
    return [
        repairs.determines("claim that it has one value (tested)", entity, tuple(by), name),
        repairs.unique(f"claim that {listed(by)} is unique in `{relation.name}` (tested)", entity, tuple(by)),
    ]


# How the first or last word of a column's name suggests to aggregate it.
_WORDS = {
    **dict.fromkeys(("first", "earliest", "initial", "acquisition"), "first"),
    **dict.fromkeys(("last", "latest", "current", "final"), "last"),
    **dict.fromkeys(("total", "sum"), "sum"),
    **dict.fromkeys(("avg", "average", "mean"), "avg"),
    **dict.fromkeys(("min", "minimum", "lowest"), "min"),
    **dict.fromkeys(("max", "maximum", "highest"), "max"),
}


def _aggregate_word(who: str) -> str | None:
    words = who.lower().split("_")
    return _WORDS.get(words[0]) or _WORDS.get(words[-1])


def _order_column(relation: Relation) -> str | None:
    times = [f.name for f in relation.fields.values() if f.type and family(f.type) in ("timestamp", "date")]
    counted = [f.name for f in relation.fields.values() if f.type and family(f.type) == "integer"]
    ranks = [n for n in counted if n.endswith(("_position", "_seq", "_rank", "_number"))]
    stamps = [n for n in times if family(relation.fields[n].type or "") == "timestamp"]
    return next(iter([*stamps, *times, *ranks]), None)


def pick_without_order(draft: Draft, spec: ColumnSpec | None, relation: Relation, word: str) -> Fault:
    """E023: `first` or `last` of unordered rows."""
    order = _order_column(relation) or ", ".join(relation.grain)
    message = f"`{word}` needs an order: which row of `{relation.name}` is the {word} one?"
    if spec is not None and isinstance(spec.formula, Expression):
        whole = re.fullmatch(rf"{word}\(([^()]*)\)(.*)", spec.formula.text.strip(), re.IGNORECASE | re.DOTALL)
        text = f"{word}({whole[1]} order by {relation.name}.{order}){whole[2]}" if whole else ""
        return "E023", message, *([repairs.formula("add its order", draft.spec.name, spec.name, text)] if text else [])
    if spec is None or not isinstance(spec.formula, Pick):
        return "E023", message, Hint(f"write `{word}(… order by {relation.name}.{order})`")
    text = repairs.listing(relation.grain) if _order_column(relation) is None else order
    paste = Paste(("models", draft.spec.name, "columns", spec.name, "order"), text)
    return "E023", message, Fix(f"add `order: {text}`", paste)


def ill_typed(misfit: str) -> Fault:
    """E029: PostgreSQL has no operator for these types."""
    return ("E029", misfit, Hint("cast one side, such as `x::numeric`, or compare with a value of its type"))


def pick_order(draft: Draft, target: Reduction, span: Span, spec: ColumnSpec | None) -> None:
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
    formula = spec.formula if spec is not None else None
    text = f"[{', '.join(_terms(order, tie))}]"
    told = f"to choose another order, write `order: {text}`"
    is_pick = spec is not None and isinstance(formula, Pick)
    draft.fault(
        "I204",
        f"rows of `{base.relation.name}` can tie in this order; {listed(tie)} decides between them",
        span,
        _ordered(draft, spec, told, text) if spec is not None and is_pick else Hint(told),
        edit=Edit(formula.order[-1].span, ", ".join(tie), more=True) if isinstance(formula, Pick) else None,
    )


def _ordered(draft: Draft, spec: ColumnSpec, told: str, text: str) -> Fix:
    return Fix(told, Paste(("models", draft.spec.name, "columns", spec.name, "order"), text))


def _terms(order: Iterable[Tree], tie: list[str]) -> list[str]:
    return [*map(_term, order), *tie]


def _term(term: Tree) -> str:
    nulls = {None: "", True: " nulls first", False: " nulls last"}[term.args.get("nulls_first")]
    return f"{term.this.name}{' desc' if term.args.get('desc') else ''}{nulls}"
