"""The front door: a query in, what is known of its rows out; and the traps of hand-written SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from erd2dbt.prove import operators
from erd2dbt.prove.additivity import Measure
from erd2dbt.prove.state import State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.names import alias_columns, folded
from erd2dbt.sqlproof.query_analysis import Judged, SqlStep, Trap
from erd2dbt.sqlproof.reader import Cte, Env, Reader
from erd2dbt.sqlproof.relation import ROW, Rel
from erd2dbt.sqlproof.scope import Missing, Scope
from erd2dbt.sqlproof.select import limited, select
from erd2dbt.sqlproof.setops import branches, combined
from erd2dbt.sqlproof.shown import Shown
from erd2dbt.sqlproof.sources import values


def judge(tree: exp.Query, tables: Mapping[str, State], *, once: Collection[exp.Expr] = ()) -> Judged:
    """What follows for the rows of a query from what is known of `tables`, by name as PostgreSQL reads it (unquoted).

    A table of a schema is looked up as `schema.table`. The tree is left as it was. `once`: joins, and calls that give
    sets, of the tree that are taken to give one row at most.
    """
    reader = Reader(tables, tree, _query, _named, once=frozenset(map(id, once)))
    rel = _read(reader, tree)
    state = _returned(reader, rel)
    wrong = frozenset(words for words, is_wrong in reader.unjudged.items() if is_wrong)
    return Judged(
        state=state, columns=rel.names, steps=tuple(reader.steps), unjudged=tuple(reader.unjudged), wrong=wrong
    )


def fanout_steps(
    tree: exp.Query, tables: Mapping[str, State], judged: Judged, grain: Sequence[str]
) -> tuple[SqlStep, ...]:
    """Why a grain is not proved: the steps without whose repetition it would be. Empty where no step is to blame."""
    many = [step for step in judged.steps if step.hi == "many"]
    if not _would_hold(tree, tables, many, grain):
        return ()
    for step in list(many):
        others = [other for other in many if other is not step]
        if _would_hold(tree, tables, others, grain):
            many = others
    return tuple(many)


def _would_hold(tree: exp.Query, tables: Mapping[str, State], once: Sequence[SqlStep], grain: Sequence[str]) -> bool:
    state = judge(tree, tables, once=[step.node for step in once]).state
    return state is not None and state.is_key(grain) is not None


@dataclass(frozen=True, slots=True)
class Watched:
    """The aggregates of a query that do not add up, what the columns that it returns measure and show, and the `lost`
    references, which lead to no column."""

    traps: tuple[Trap, ...]
    measures: Mapping[str, Measure | None]
    shows: Mapping[str, tuple[Shown, ...]] = field(default_factory=dict)
    lost: tuple[Missing, ...] = ()


def watched(
    tree: exp.Query, tables: Mapping[str, State], measures: Mapping[str, Mapping[str, Measure | None]]
) -> Watched:
    """The second judgement of a query over `tables`, whose columns have these `measures`, by table and column."""
    reader = Reader(tables, tree, _query, _named, watch=True, measures=measures)
    rel = _read(reader, tree)
    shown = {id_: name for name, id_ in rel.index.items() if id_ is not None}
    returned = {
        shown[id_]: m.shown({**shown, ROW: ROW}) if m else None for id_, m in rel.measures.items() if id_ in shown
    }
    shows = {shown[id_]: found for id_, found in rel.shows.items() if id_ in shown}
    return Watched(tuple(dict.fromkeys(reader.traps)), returned, shows, tuple(reader.lost))


def fan_traps(tree: exp.Query, tables: Mapping[str, State]) -> tuple[Trap, ...]:
    """The traps of a query over tables of which nothing but their states is known."""
    return watched(tree, tables, {}).traps


def _read(reader: Reader, tree: exp.Expr) -> Rel:
    try:
        return _query(reader, tree, {}, None)
    except RecursionError:
        reader.note("a query nested too deep")
        return Rel.over((), open=True)


def _returned(reader: Reader, rel: Rel) -> State | None:
    """The state under the names returned; columns that share a name are left out."""
    if rel.open:
        if not reader.unjudged:
            reader.note("a relation whose columns are not known")
        return None
    twice = [name for name, id_ in rel.index.items() if id_ is None]
    for name in twice:
        reader.note(f"two columns are called `{name}`", wrong=True)
    if not twice and rel.ids == rel.names == rel.state.columns:
        return rel.state
    kept = {name: id_ for name, id_ in rel.index.items() if id_ is not None}
    return operators.select(rel.state, kept)


def _query(reader: Reader, tree: exp.Expr, env: Env, outer: Scope | None) -> Rel:
    """Any query: its WITH is opened, then the select, the set operation or the brackets are read."""
    with_ = tree.args.get("with_")
    if with_ is not None:
        env = _opened(with_, env)
    if isinstance(tree, exp.Select):
        return select(reader, tree, env, outer)
    if isinstance(tree, exp.SetOperation):
        rels = [_query(reader, branch, env, outer) for branch in branches(tree)]
        return limited(reader, combined(reader, tree, rels), tree)
    if isinstance(tree, exp.Subquery):
        return limited(reader, _query(reader, tree.this, env, outer), tree)
    if isinstance(tree, exp.Values):
        return values(tree)
    reader.note(f"`{one_line(tree)}`")
    return Rel.over(reader.mentioned(), open=True)


def _opened(with_: exp.Expr, env: Env) -> Env:
    """The environment with the CTEs of a WITH: each sees those before it, in `with recursive` all of them."""
    inner = dict(env)
    recursive = bool(with_.args.get("recursive"))
    for node in with_.expressions:
        seen = inner if recursive else dict(inner)
        inner[folded(node.args["alias"].this)] = Cte(node, seen, recursive)
    return inner


def _named(reader: Reader, cte: Cte) -> Rel:
    """The relation of a CTE, read once; one that reads itself has columns and nothing more."""
    if cte.rel is not None:
        return cte.rel
    if cte.busy:
        cte.looped = True
        return Rel.over(alias_columns(cte.node) or _anchor(reader, cte), open=False)
    cte.busy, outside = True, reader.cte
    reader.cte = folded(cte.node.args["alias"].this)
    rel = _query(reader, cte.node.this, cte.env, None).named(alias_columns(cte.node))
    reader.cte, cte.busy = outside, False
    if cte.looped:
        reader.note(f"`with recursive {folded(cte.node.args['alias'].this)}`")
        rel = replace(Rel.over(rel.names), open=rel.open)
    cte.rel = rel
    return rel


def _anchor(reader: Reader, cte: Cte) -> tuple[str, ...]:
    """The columns of the part of a recursive CTE that does not read it."""
    body = cte.node.this
    while isinstance(body, exp.SetOperation):
        body = body.this
    cte.busy = False
    probe = Cte(cte.node, cte.env, cte.recursive, rel=Rel.over((), open=True))
    names = _query(reader, body, {**cte.env, folded(cte.node.args["alias"].this): probe}, None).names
    cte.busy = True
    return names
