"""The entry point: from a query to what is known about its rows, and to the traps of hand-written SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.prove import operators
from erd2dbt.prove.measure import Measure
from erd2dbt.prove.state import State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.names import alias_columns, folded
from erd2dbt.sqlproof.picks import volatile
from erd2dbt.sqlproof.query_analysis import AnyRow, Doubt, Judged, NamedJoin, SqlStep, Trap
from erd2dbt.sqlproof.reader import Cte, Env, Reader
from erd2dbt.sqlproof.recursion import repeated
from erd2dbt.sqlproof.relation import ROW, Rel, narrowed, with_row
from erd2dbt.sqlproof.scope import Missing, Scope
from erd2dbt.sqlproof.select import limited, select
from erd2dbt.sqlproof.setops import branches, combined
from erd2dbt.sqlproof.shown import LookupJoin, Shown
from erd2dbt.sqlproof.sources import values
from erd2dbt.sqlproof.whole_amounts import repeated_total


def judge(tree: exp.Query, tables: Mapping[str, State], *, once: Collection[exp.Expr] = ()) -> Judged:
    """What is known about a query's rows, from the states of `tables` by their unquoted PostgreSQL name.

    A table of a schema is `schema.table`. The tree is not changed. `once`: the joins and set-returning calls of the
    tree that are assumed to return at most one row.
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
    """Why a grain is not proved: the steps that repeat rows. Without them it would be proved.

    Empty where there are none.
    """
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
    """The unsound aggregates of a query, and the measure and origin of each column that it returns.

    `lost`: the references that match no column. `any_rows`: values of a row that no order decides. `repeated`: the
    columns with a total of a coarser group, and that total.
    """

    traps: tuple[Trap, ...]
    measures: Mapping[str, Measure | None]
    shows: Mapping[str, tuple[Shown, ...]] = field(default_factory=dict)
    lost: tuple[Missing, ...] = ()
    any_rows: tuple[AnyRow, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    joins: tuple[NamedJoin, ...] = ()
    repeated: Mapping[str, Measure] = field(default_factory=dict)


def watched(
    tree: exp.Query,
    tables: Mapping[str, State],
    measures: Mapping[str, Mapping[str, Measure | None]],
    finds_all: Callable[[LookupJoin], bool] = lambda _: False,
) -> Watched:
    """The measures and traps of a query over `tables`. `measures`: of their columns, by table and column.

    `finds_all`: whether each row of the left side of a join has a partner in the whole table of its right side.
    """
    reader = Reader(tables, tree, _query, _named, watch=True, measures=measures, finds_all=finds_all)
    rel = _read(reader, tree)
    shown = {id_: name for name, id_ in rel.index.items() if id_ is not None}
    returned = {
        shown[id_]: m.shown({**shown, ROW: ROW}) if m else None for id_, m in rel.measures.items() if id_ in shown
    }
    shows = {shown[id_]: found for id_, found in rel.shows.items() if id_ in shown}
    return Watched(
        tuple(dict.fromkeys(reader.traps)),
        returned,
        shows,
        tuple(reader.lost),
        tuple(dict.fromkeys((*reader.any_rows, *rel.unordered.values(), *volatile(tree)))),
        tuple(dict.fromkeys(reader.doubts)),
        tuple(dict.fromkeys(reader.joins)),
        dict(_repeated(rel, shown)),
    )


def _repeated(rel: Rel, shown: Mapping[str, str]) -> Iterator[tuple[str, Measure]]:
    state = rel.state if ROW in rel.state.columns else with_row(rel.state)
    for id_, name in shown.items() if not rel.open else ():
        measure = rel.measures.get(id_)
        total = repeated_total(measure, state) if measure is not None and _is_number(rel, id_) else None
        if total is not None:
            yield name, total.shown({**shown, **{c: c for c in rel.state.columns if c not in shown}})


def _is_number(rel: Rel, id_: str) -> bool:
    """Whether a column is not known to be of another type: a text of a total is not summed."""
    type_ = rel.state.types.get(id_)
    return type_ is None or family(type_) != "text"


def fan_traps(tree: exp.Query, tables: Mapping[str, State]) -> tuple[Trap, ...]:
    """The traps of a query over tables of which only the states are known."""
    return watched(tree, tables, {}).traps


def _read(reader: Reader, tree: exp.Expr) -> Rel:
    try:
        return _query(reader, tree, {}, None)
    except RecursionError:
        reader.note("a query nested too deep")
        return Rel.over((), open=True)


def _returned(reader: Reader, rel: Rel) -> State | None:
    """The state under the returned names. Columns that share a name are dropped."""
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
    return operators.select(narrowed(rel.state, frozenset(kept.values())), kept)


def _query(reader: Reader, tree: exp.Expr, env: Env, outer: Scope | None) -> Rel:
    """The relation of any query: WITH first, then the select, the set operation or the brackets."""
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
        return values(tree) if outer is None else _made_rows(reader, tree, env, outer)
    reader.note(f"`{one_line(tree)}`")
    return Rel.over(reader.mentioned(), open=True)


def _made_rows(reader: Reader, tree: exp.Values, env: Env, outer: Scope) -> Rel:
    """The relation of VALUES that may read an enclosing query: each row is a select without FROM."""
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in tree.expressions]
    selects = [
        exp.select(*(exp.alias_(value, f"column{n}") for n, value in enumerate(row, 1)), copy=True) for row in rows
    ]
    if not selects or len(selects) == 1:
        return select(reader, selects[0], env, outer) if selects else values(tree)
    stack = exp.Union(this=selects[0], expression=selects[1], distinct=False)
    return combined(reader, stack, [select(reader, row, env, outer) for row in selects])


def _opened(with_: exp.Expr, env: Env) -> Env:
    """The environment with the CTEs of a WITH. Each sees the earlier ones; in `with recursive` it sees all."""
    inner = dict(env)
    recursive = bool(with_.args.get("recursive"))
    for node in with_.expressions:
        seen = inner if recursive else dict(inner)
        inner[folded(node.args["alias"].this)] = Cte(node, seen, recursive)
    return inner


def _named(reader: Reader, cte: Cte) -> Rel:
    """The relation of a CTE, read once. For a recursive CTE only the columns are known."""
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
        body = cte.node.this
        if reader.watch and isinstance(body, exp.Union) and not body.args.get("distinct"):
            rel = repeated(reader, cte, _start(reader, cte), rel)
    cte.rel = rel
    return rel


def _anchor(reader: Reader, cte: Cte) -> tuple[str, ...]:
    """The columns of the non-recursive part of a recursive CTE."""
    return _start(reader, cte).names


def _start(reader: Reader, cte: Cte) -> Rel:
    """The relation of the non-recursive part of a recursive CTE."""
    body, busy = cte.node.this, cte.busy
    while isinstance(body, exp.SetOperation):
        body = body.this
    cte.busy = False
    probe = Cte(cte.node, cte.env, cte.recursive, rel=Rel.over((), open=True))
    rel = _query(reader, body, {**cte.env, folded(cte.node.args["alias"].this): probe}, None)
    cte.busy = busy
    return rel
