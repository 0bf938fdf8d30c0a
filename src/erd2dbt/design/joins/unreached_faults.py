"""Messages for an input or a grain column that nothing leads to (E201), with the ways that could be said."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError
from erd2dbt.design.joins.comparable_columns import are_keys_of_different_things
from erd2dbt.design.joins.draft import Draft
from erd2dbt.design.joins.fanout_faults import CLOSE, Fault, by_way, listed, matching
from erd2dbt.design.joins.matching import match_input
from erd2dbt.design.joins.scope import Names, Node, Scope
from erd2dbt.design.joins.walks import World
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram import repairs
from erd2dbt.diagram.erd import ColumnSpec, ModelSpec
from erd2dbt.faults.diagnostics import Fix, Hint, Paste
from erd2dbt.infer.periods import truncated


def aggregate_without_input(
    draft: Draft,
    spec: ColumnSpec | None,
    named: list[Relation],
    over: Iterable[tuple[str, str]],
    told: Iterable[str] = (),
    *,
    via: str | None = None,
) -> Fault:
    """E201 or E203 for an aggregate. `over`: more distant entities that lead to its columns and to the rows.

    Each has its `via:` word. `told`: another way to say it. `via`: the word that was to select the way.
    """
    model = draft.spec.name
    ways = [
        by_way(f"go over `{entity}`: `via: {word}`", model, spec.name, word)
        for entity, word in over
        if spec is not None
    ]
    if len(named) < 2:
        if via is not None and named and (fault := led_nowhere(draft, spec, named[0], via, ways)):
            return fault
        return no_path(draft, named[0] if named else draft.rows[0], [*ways, *told])
    both = " and ".join(f"`{r.name}`" for r in named)
    return (
        "E203",
        f"one aggregate reads {both}, and there is no many-to-one link between them: each row of one would be joined "
        "with each row of the other",
        *ways,
        Hint("aggregate each in a column of its own, then combine the two columns"),
        Hint("move the product to the finer entity: a computed column there, then aggregate that column"),
    )


def no_path(draft: Draft, relation: Relation, ways: Iterable[str] = ()) -> Fault:
    grain = listed(draft.grain)
    return (
        "E201",
        f"`{relation.name}` cannot be joined to the grain {grain} of `{draft.spec.name}`: no link and no column of the "
        "same name leads there",
        *ways,
        *(
            matching("say it", draft.spec.name, relation.name, {name: close})
            for name, shown in draft.grain.items()
            for close in _alike(name, shown.type, relation)
            if not are_keys_of_different_things(draft.world, relation.fields[close], shown)
        ),
        Hint(f"{_drawing(draft, relation)}, or name the column of `{relation.name}` with `match:`"),
    )


def led_nowhere(
    draft: Draft, spec: ColumnSpec | None, relation: Relation, via: str, ways: Iterable[str] = ()
) -> Fault | None:
    """E201 for a `via:` that selects none of the ways of an input; None where it has no way without this word either.

    Its other ways are offered.
    """
    scope = Scope(draft.world, Node(relation.name, relation), Names())
    told: list[str] = []
    try:
        met = match_input(draft, scope, None)
        if met.on:
            told.append(Hint(f"remove it: then `{relation.name}` joins on {listed(own for own, _ in met.pairs)}"))
    except AmbiguousError as problem:
        words = dict.fromkeys(problem.words) if spec is not None else ()
        told += [by_way(f"say which: `via: {word}`", draft.spec.name, spec.name, word) for word in words if spec]
    except IncomparableError:
        return None
    if not told:
        return None
    message = f"`via: {via}` selects no way from `{relation.name}` to the grain {listed(draft.grain)} of"
    return ("E201", f"{message} `{draft.spec.name}`", *told, *ways)


def over_a_parent(relation: Relation, parent: Relation, between: str) -> Hint:
    """Rows that a bridge does not lead to, but to a row that each of them belongs to."""
    grain = repairs.listing(parent.grain) if len(parent.grain) > 1 else parent.grain[0]
    return Hint(
        f"`{between}` leads to `{parent.name}`: aggregate `{relation.name}` in a model with `grain: {grain}` and "
        f"`rows: {parent.name}`, and aggregate its column here"
    )


def _drawing(draft: Draft, relation: Relation) -> str:
    """How the input can get there: by a link between entities, since a model has none of its own."""
    rows, graph = draft.rows[0], draft.world.graph
    start, end = (one.name if one.name in graph.entities else one.root for one in (relation, rows))
    if start and end and rows.name not in graph.entities and graph.leads_to_one(start, end):
        return f"aggregate `{relation.name}` in a column of `{rows.name}` and read that"
    if start and end and start != end:
        return f"draw the link between `{start}` and `{end}`"
    names = [one.name for one in (relation, rows) if one.name not in graph.entities]
    return f"declare `{names[0]}` as an entity with `existing:` and draw its link" if names else "draw the link"


def _alike(name: str, type_: str | None, relation: Relation) -> list[str]:
    """The column with the name most similar to a grain column, if its type fits."""
    same = [f.name for f in relation.fields.values() if type_ and f.type and family(f.type) == family(type_)]
    return difflib.get_close_matches(name, same, n=1, cutoff=CLOSE)


def missing_grain(draft: Draft, relation: Relation, column: str) -> Fault:
    """E201 for a grain column that neither the rows nor their parents have."""
    world, model = draft.world, draft.spec.name
    read = world.graph.models.get(relation.name)
    close = difflib.get_close_matches(column, relation.fields, n=1, cutoff=CLOSE)
    return (
        "E201",
        f"the rows source `{relation.name}` has no column `{column}` for the grain of `{model}`",
        *(matching("say it", model, relation.name, {column: its}) for its in close),
        *([_carried_along(world, read, column)] if read else []),
        *([] if read else _computed(draft, relation, column)),
        *([] if read else [Hint(f"draw a link from `{relation.name}` to the entity that has `{column}`")]),
    )


def _computed(draft: Draft, relation: Relation, column: str) -> Iterator[str]:
    """The grain column as a computed one of the rows' entity; a period of each of their dates."""
    if any(one.name == column for one in draft.spec.columns):
        yield Hint(
            f"a model has no formula for its grain: move `{column}` to the columns of the entity `{relation.name}`, as "
            "`is:` and without the entity's name"
        )
        return
    for name, shown in relation.fields.items():
        is_time = family(shown.type or "") in ("date", "timestamp")
        text = truncated(name, column) if is_time and shown.origin is not None else None
        if text is None:
            continue
        required = ", not_null: true" if name in relation.state.not_null else ""
        made = f"{{is: {repairs.scalar(text, flow=True)}{required}}}"
        told = f"compute it in the entity `{relation.name}`: `{column}: {made}`"
        yield Fix(told, Paste(("entities", relation.name, "columns", column), made))


def _carried_along(world: World, read: ModelSpec, column: str) -> str:
    """A model can be joined only by the columns it shows: links to it cannot be declared."""
    rows = world.shelf[read.rows[0].text] if len(read.rows) == 1 else None
    if rows is None or column not in rows.fields or (not read.keep and set(rows.grain) != {g.text for g in read.grain}):
        return Hint(f"carry `{column}` in `{read.name}`, as a column of its own")
    kept = repairs.listing((*(word.text for word in read.keep or ()), column))
    return repairs.on_model(f"carry it along in `{read.name}`", read.name, "keep", kept)
