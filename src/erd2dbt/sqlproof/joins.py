"""Joins: which operator of the calculus a join is, and what is known about its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from erd2dbt.datatypes.comparison import joins_on_key
from erd2dbt.prove import operators
from erd2dbt.prove.state import NONE, Claims, Dependency, Key, State
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.conditions import Condition, prefilter, sort, sort_optional, tied
from erd2dbt.sqlproof.formulas import renamed
from erd2dbt.sqlproof.level_rows import taken_by
from erd2dbt.sqlproof.names import folded, source_name
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import all_keys, one_or, rules_of_keys, with_keys
from erd2dbt.sqlproof.scope import Formula, Link, Missing, Scope
from erd2dbt.sqlproof.spans import included, keep_spans
from erd2dbt.sqlproof.terms import Subqueries, Terms


def join(
    reader: Reader,
    left: Scope,
    right: Scope,
    node: exp.Join,
    *,
    also: Sequence[exp.Expr],
    within: Callable[[Scope], Subqueries],
) -> Scope:
    """Both sides joined as `node` says. `also`: conjuncts of WHERE, which may be the condition of a cross join.

    `within`: what is known of the subqueries of a condition over a scope.
    """
    kind = _kind(node)
    both = Scope({**left.sources, **right.sources}, (*left.star, *right.star), left.state, left.outer or right.outer)
    of_left, of_right = (Terms(reader, both.find, side.state, side.shapes) for side in (left, right))
    for side in (of_left, of_right):
        side.take(both)
        side.subqueries = within(both)
    named = _shared(reader, left, right, node)
    condition = Condition(of_left, of_right, [*named.values()], words=[*named])
    if node.args.get("on") is not None:
        for term in predicates.conjuncts(node.args["on"]):
            sort(condition, both, term)
    elif kind == "cross":
        kind = tied(condition, both, also)
    if kind == "left":
        sort_optional(condition, both, also)
    plain = not (condition.left_only or condition.right_only)
    prefilter(condition, kind)
    if reader.watch and kind in ("left", "right"):
        taken = taken_by(right, condition.right) if kind == "left" else taken_by(left, condition.left)
        both = replace(both, sources={**both.sources, **taken})
    made = _made(reader, condition, kind, node)
    link = replace(made.link, exact=made.link.exact and plain)
    merged = _merged(kind, named, made)
    if kind in ("semi", "anti"):
        return replace(left, state=made.state)
    alike = tuple(_alike(left, right, link.pairs)) if kind == "inner" and not condition.nulls else ()
    terms = Terms(reader, lambda column: column.name, made.state)
    return Scope(
        both.sources,
        (*merged, *(pair for pair in both.star if pair[0] not in named)) if named else both.star,
        made.state,
        both.outer,
        (*left.links, *right.links, link),
        {**{terms.shape(tree): id_ for tree, id_ in alike}, **left.shapes, **right.shapes, **made.shapes},
        left.guessed | right.guessed,
        (*left.alike, *right.alike, *alike),
    )


def _alike(left: Scope, right: Scope, pairs: Sequence[tuple[str, str]]) -> Iterator[Formula]:
    """The formulas of either side over the columns of the other side that are equal, and have the same type."""
    types = {**left.state.types, **right.state.types}
    same = {there: here for pair in pairs for here, there in (pair, pair[::-1]) if types.get(here) == types.get(there)}
    same = {there: here for there, here in same.items() if there in types}
    for tree, id_ in (*left.formulas, *right.formulas):
        read = {column.name for column in columns_in(tree)}
        made = renamed(tree, {name: same.get(name, name) for name in read}) if read & same.keys() else None
        if made is not None:
            yield made, id_


def _kind(node: exp.Join) -> str:
    side, kind = node.side.lower(), node.kind.lower()
    if kind in ("semi", "anti"):
        return kind
    return side or ("inner" if kind in ("", "inner", "outer") and _has_condition(node) else "cross")


def _has_condition(node: exp.Join) -> bool:
    return bool(node.args.get("on") or node.args.get("using") or node.method.lower() == "natural")


def _shared(reader: Reader, left: Scope, right: Scope, node: exp.Join) -> dict[str, tuple[str, str]]:
    """The columns of USING or NATURAL, with their ids on both sides."""
    if node.method.lower() == "natural":
        if left.open or right.open:
            reader.note(f"a natural join of tables whose columns are not known: `{one_line(node)}`")
            return {}
        names = [name for name in left.index if name in right.index]
    else:
        names = [folded(name) for name in node.args.get("using") or ()]
    found = {}
    for name in names:
        a, b = left.index.get(name), right.index.get(name)
        if a is None or b is None:
            reader.note(f"`using ({name})` does not lead to one column on each side", wrong=True)
        else:
            found[name] = a, b
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """Two relations joined on pairs of columns.

    `to_right`: the claims by which a left row matches at most one right row; None if it may match many.
    """

    left: State
    right: State
    on: list[tuple[str, str]]
    to_right: Claims | None
    to_left: Claims | None
    nulls: bool  # NULL matches NULL
    exact: bool  # the condition has nothing except the pairs


@dataclass(frozen=True, slots=True)
class _Made:
    state: State
    link: Link
    shapes: dict[object, str]


def _made(reader: Reader, condition: Condition, kind: str, node: exp.Join) -> _Made:
    left, right = one_or(condition.left.state()), one_or(condition.right.state())
    on = [(a, b) for a, b in condition.pairs if left.kept_apart(a, right, b)]
    loose = [(a, b) for a, b in condition.pairs if (a, b) not in on]
    if id(node) in reader.once:
        left, right = _taken_once(kind, left, right, on, nulls=condition.nulls)
    lateral = isinstance(node.this, (exp.Lateral, exp.Unnest)) or _calls(node.this)
    nulls = condition.nulls
    to_right = operators.probed(right, [b for _, b in on], nulls=nulls)
    once = None if to_right is not None or lateral else _one_row(condition, right, on)
    to_left = left.one if lateral else operators.probed(left, [a for a, _ in on], nulls=nulls)
    met = _Met(
        left=left,
        right=right,
        on=on,
        to_right=to_right if to_right is not None else once,
        to_left=to_left,
        nulls=nulls,
        exact=not (condition.left_only or condition.right_only or condition.mixed or loose),
    )
    shapes: dict[object, str] = {}
    state = _lateral(kind, met) if lateral else _operator(kind, met)
    if once is not None and kind in ("left", "inner"):
        state = with_keys(state, [Key(key.columns, key.strict, key.claims | once) for key in all_keys(left)])
    if kind == "full" and met.exact and on and not nulls:
        state, shapes = _coalesced(reader, state, met)
    if kind == "inner" and condition.mixed:
        state = _filtered(reader, condition, state)
    if kind == "inner" and loose and not nulls:
        state = operators.where(state, not_null=[column for pair in loose for column in pair])
    many = any(claims is None for claims in _met_by(kind, met))
    words = f"{kind} join {source_name(node.this)}" + (f" on {', '.join(condition.words)}" if condition.words else "")
    for term in condition.mixed if many else ():
        reader.note(f"a join on `{one_line(term)}`")
    for a, b in loose if many else ():
        reader.note(_loosely(left.types[a], right.types[b]))
    loses = kind not in ("left", "full")
    reader.step(f"{kind} join", node, words, loses=loses, many=many, claims=met.to_right or NONE)
    link = replace(_link(kind, met, words, state), filled=_filled_by_match(condition, kind, met), node=node)
    return _Made(state, link, shapes)


def _link(kind: str, met: _Met, words: str, after: State) -> Link:
    fans = kind not in ("semi", "anti")
    return Link(
        text=words,
        right=met.right.columns,
        multiplies_left=met.to_right is None and fans,
        multiplies_right=met.to_left is None and fans,
        pairs=tuple(met.on),
        optional={"left": met.right.columns, "right": met.left.columns}.get(kind, ()),
        after=after,
        full=kind == "full",
        exact=met.exact,
    )


def _filled_by_match(condition: Condition, kind: str, met: _Met) -> Mapping[str, Claims]:
    """The columns of the optional side that are not null where it has a match. The condition may reject NULL."""
    side = {"left": met.right, "right": met.left}.get(kind)
    if side is None:
        return {}
    compared = condition.right if kind == "left" else condition.left
    rejected = {column for term in condition.mixed for column in compared.rejected_by(term)}
    rejected |= {column for pair in met.on for column in pair if not met.nulls}
    return {**side.not_null, **dict.fromkeys(rejected.intersection(side.columns), NONE)}


def _one_row(condition: Condition, right: State, on: Sequence[tuple[str, str]]) -> Claims | None:
    """The claims by which the rest of the condition chooses one of the right rows that a left row matches."""
    spanned = replace(right, dependencies=(*right.dependencies, *_one_span(condition, right)))
    return operators.probed(spanned, [b for _, b in on], nulls=condition.nulls)


def _one_span(condition: Condition, right: State) -> Iterator[Dependency]:
    """What holds for the right rows that one left row matches: it has one value, which is in one span at most."""
    for span, value in included(condition.right, condition.mixed):
        given = condition.right.inputs(value)
        if given is not None and given.isdisjoint(right.columns) and {*span.by, span.begin} <= set(right.columns):
            yield Dependency(span.by, frozenset((span.begin,)))


def _loosely(left: str, right: str) -> str:
    """A join on two types that does not compare without loss, as the subject of a sentence."""
    return f"a join of {left} with {right} ({joins_on_key(left, right).equality.value})"


def _met_by(kind: str, met: _Met) -> tuple[Claims | None, ...]:
    """Why a row of a preserved side matches at most one row: left, or right for a right join.

    None if it may match many.
    """
    sides = {"semi": (), "anti": (), "right": (met.to_left,), "full": (met.to_right, met.to_left)}
    return sides.get(kind, (met.to_right,))


def _taken_once(
    kind: str, left: State, right: State, on: Sequence[tuple[str, str]], *, nulls: bool
) -> tuple[State, State]:
    """Both sides with the key that the join would need."""

    def keyed(state: State, columns: frozenset[str]) -> State:
        return with_keys(state, [Key(columns, nulls)]) if on else replace(state, one=NONE)

    if kind in ("right", "full"):
        left = keyed(left, frozenset(a for a, _ in on))
    return left, right if kind == "right" else keyed(right, frozenset(b for _, b in on))


def rejoined(terms: Terms, links: Sequence[Link]) -> None:
    """Read an outer join as inner where a filter makes a column of its optional side not null.

    Where a filter wants NULL in a column that every match fills, the optional side has no match: it is NULL.
    """
    for link in links:
        unmatched = [link.filled[column] for column in link.optional if column in terms.nulls and column in link.filled]
        if unmatched:
            proof = min(unmatched, key=len)
            for column in link.optional:
                terms.depends((), column, proof)
            if terms.subqueries is not None:
                terms.subqueries.keep_unmatched(terms, link.node, proof)
            continue
        proofs = [terms.not_null[column] for column in link.optional if column in terms.not_null]
        if proofs:
            proof = min(proofs, key=len)
            for a, b in link.pairs:
                terms.equate(a, b, proof)
            for column, claims in link.filled.items():
                terms.not_null.setdefault(column, claims | proof)


def unmatched(terms: Terms, links: Sequence[Link], where: exp.Expr) -> None:
    """Read a left join as an anti join where a filter requires NULL in a column that each match has a value in.

    Then all columns of its optional side are NULL, and it repeats no row.
    """
    said = (term for term in predicates.conjuncts(where) if isinstance(term, exp.Is) and not term.args.get("negate"))
    ids = {terms.column(term.this) for term in said if isinstance(term.expression, exp.Null)}
    for link in links:
        if not link.full and any(id_ in link.optional and link.has_value(id_) for id_ in ids if id_ is not None):
            for column in link.optional:
                terms.depends((), column)


def _calls(tree: exp.Expr) -> bool:
    """Whether FROM calls a function here, which may read the tables before it."""
    return isinstance(tree, exp.Table) and not isinstance(tree.this, exp.Identifier)


def _lateral(kind: str, met: _Met) -> State:
    """The state of a lateral join. Facts about the right side hold within one left row, so only its keys are used."""
    left, right = met.left, met.right
    if kind in ("semi", "anti"):
        return operators.semi_join(left)
    if kind not in ("left", "inner", "cross"):
        return State.over((*left.columns, *right.columns))
    known = State(right.columns, right.not_null, (), (), right.equal, met.to_right, right.types)
    if kind == "left":
        state = operators.left_join(rules_of_keys(left), known, ())
    else:
        equal = () if met.nulls else met.on
        state = operators.where(operators.cross_join(rules_of_keys(left), known), equal_columns=equal)
    pairs = [
        Key(a.columns | b.columns, a.strict and b.strict, a.claims | b.claims)
        for a in all_keys(left)
        for b in right.keys
    ]
    return with_keys(state, pairs)


def _filtered(reader: Reader, condition: Condition, state: State) -> State:
    terms = Terms(reader, condition.left.find, state)
    terms.take(condition.left)
    terms.subqueries = condition.left.subqueries
    keep_spans(terms, condition.mixed)
    for term in condition.mixed:
        predicates.keep(terms, term)
    return terms.state()


def _operator(kind: str, met: _Met) -> State:
    """The state of the join. Keys that it loses become dependencies, which it keeps."""
    if kind in ("semi", "anti"):
        return operators.semi_join(met.left)
    left = rules_of_keys(met.left) if met.to_right is None else met.left
    right = rules_of_keys(met.right) if met.to_left is None else met.right
    if kind == "left":
        state = operators.left_join(left, right, met.on, extra=not met.exact, nulls=met.nulls)
        return with_keys(state, _lax(right, met.to_left))
    if kind == "right":
        state = operators.left_join(right, left, [(b, a) for a, b in met.on], extra=not met.exact, nulls=met.nulls)
        return with_keys(state, _lax(left, met.to_right))
    if kind == "full":
        state = operators.full_join(left, right, met.on)
        return with_keys(state, [*_lax(left, met.to_right), *_lax(right, met.to_left)])
    return operators.inner_join(left, right, met.on, nulls=met.nulls)


def _lax(state: State, met_once: Claims | None) -> list[Key]:
    """The keys of a side that an outer join fills with NULL, where each of its rows matches at most once."""
    if met_once is None:
        return []
    return [Key(k.columns, False, k.claims | met_once) for k in state.keys if k.columns]


def _coalesced(reader: Reader, state: State, met: _Met) -> tuple[State, dict[object, str]]:
    """`coalesce(l.k, r.k)` of each pair as a column. Together they are a key where k is a key on both sides.

    It is strict only where k is not null on both sides: otherwise a row of either side may have no k.
    """
    terms = Terms(reader, Missing, state)
    filled: Claims | None = NONE
    shapes: dict[object, str] = {}
    for a, b in met.on:
        id_ = shapes[_coalesce_shape(a, b)] = shapes[_coalesce_shape(b, a)] = terms.add()
        terms.depends((a, b), id_)
        cited = met.left.not_null[a] | met.right.not_null[b] if _both_filled(met, a, b) else None
        if cited is not None:
            terms.not_null[id_] = cited
        filled = None if filled is None or cited is None else filled | cited
    state = terms.state()
    if met.to_right is not None and met.to_left is not None:
        claims = met.to_right | met.to_left
        ids = frozenset(shapes.values())
        key = Key(ids, False, claims) if filled is None else Key(ids, True, claims | filled)
        state = with_keys(state, [key])
    return state, shapes


def _both_filled(met: _Met, a: str, b: str) -> bool:
    return a in met.left.not_null and b in met.right.not_null


def _coalesce_shape(a: str, b: str) -> object:
    return "Coalesce", (("this", a), ("expressions", (b,)))


def _merged(kind: str, named: dict[str, tuple[str, str]], made: _Made) -> tuple[tuple[str, str], ...]:
    """The columns of USING. `*` shows them first, and once."""
    shown = []
    for name, (a, b) in named.items():
        id_ = made.shapes.get(_coalesce_shape(a, b)) if kind == "full" else b if kind == "right" else a
        if id_ is not None:
            shown.append((name, id_))
    return tuple(shown)
