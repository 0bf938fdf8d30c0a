"""The proof of a model's grain: the calculus runs over the same selects that are written. Also the steps in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.design.joins import fanout_faults as said
from erd2dbt.design.joins.draft import SIBLING, Draft, Match, Reduction
from erd2dbt.design.joins.missing_rows import null_grain
from erd2dbt.design.joins.presence import filled_key
from erd2dbt.design.joins.rows import filled
from erd2dbt.design.joins.scope import Node, Scope
from erd2dbt.design.plans.plan import Origin, Proof, Step, StepKind
from erd2dbt.diagram import repairs
from erd2dbt.faults.diagnostics import Hint
from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.predicates import facts
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.congruence import congruent


def prove(draft: Draft, values: frozenset[Claim]) -> tuple[Proof, State] | None:
    """The proof and the model's own state, or None after adding E101 or E103. W102 where the grain could be smaller."""
    state = draft.state = whole(draft)
    grain = [flat(draft.grain_column(name)) for name in draft.grain]
    claims = state.is_key(grain)
    if claims is None:
        _unproved(draft)
        return None
    _minimal(draft, state)
    implied = _not_null(draft, state)
    if implied is None:
        return None
    proof = Proof(
        grain=tuple(draft.grain),
        steps=tuple(_steps(draft, claims)),
        claims=claims | implied,
        filled=implied - claims,
        values=values | _looked_up_inside(draft),
    )
    return proof, _shown(draft, state)


def whole(draft: Draft) -> State:
    """The state of the model's rows with everything that is joined to them. Columns are `alias.column`."""
    state = _rows(draft)
    for _, join, node in draft.outer.joins:
        state = _looked_up(state, join.on, node)
    if draft.whole:
        state = filtered(state, draft.where)
    for reduction in draft.reductions:
        on = [(flat(match.outer), f"{reduction.cte}.{match.name}") for match in reduction.on]
        state = operators.left_join(state, _reduced(draft, reduction), on)
    return state


def flat(reference: exp.Column) -> str:
    return f"{reference.table}.{reference.name}"


def _prefixed_by_alias(state: State, alias: str) -> State:
    return operators.select(state, renamed={f"{alias}.{name}": name for name in state.columns})


def scoped(scope: Scope) -> State:
    """The state of a scope's base with its lookups. Columns are `alias.column`."""
    state = _prefixed_by_alias(scope.base.relation.state, scope.base.alias)
    for _, join, node in scope.joins:
        state = _looked_up(state, join.on, node)
    return state


def _looked_up(state: State, on: tuple[tuple[Tree, Tree], ...], node: Node) -> State:
    return operators.left_join(state, _lookup_rows(node), _compared(on))


def _lookup_rows(node: Node) -> State:
    """The state of a lookup, grouped by its unique columns where it is joined on these."""
    state = node.relation.state
    return _prefixed_by_alias(operators.group_by_unique(state, node.by) if node.by else state, node.alias)


def _compared(on: tuple[tuple[Tree, Tree], ...]) -> list[tuple[str, str]]:
    return [(flat(a), flat(b)) for a, b in on if isinstance(a, exp.Column) and isinstance(b, exp.Column)]


def _looked_up_inside(draft: Draft) -> frozenset[Claim]:
    """The claims by which lookups inside reduced inputs repeat no row, or match one row by a unique column."""
    scopes = [reduction.scope for reduction in (draft.inner, *draft.reductions) if reduction is not None]
    found: set[Claim] = set()
    for scope in (draft.outer, *scopes):
        for _, join, node in scope.joins:
            if scope is draft.outer and not node.by:
                continue
            columns = [b.name for _, b in join.on if isinstance(b, exp.Column)]
            found |= node.relation.state.is_probe(columns) or frozenset()
    return frozenset(found)


def filtered(state: State, where: Tree | None) -> State:
    if where is None:
        return state
    found = facts(where)
    return operators.where(
        state,
        constants=[_dotted(c) for c in found.constants],
        equal_columns=[(_dotted(a), _dotted(b)) for a, b in found.equal],
        not_null=[_dotted(c) for c in found.not_null],
    )


def passing(scope: Scope, where: Tree | None) -> State:
    """The state of a scope's rows that pass a filter.

    A lookup with a column that the filter makes not null has matched a row. Its join columns are then equal, and its
    not-null columns are not null.
    """
    state = filtered(scoped(scope), where)
    for _, join, node in reversed(scope.joins) if where is not None else ():
        if any(column.partition(".")[0] == node.alias for column in state.not_null):
            state = operators.where(state, equal_columns=_compared(join.on))
            state = replace(state, not_null={**_lookup_rows(node).not_null, **state.not_null})
    return state


def _dotted(name: tuple[str, str]) -> str:
    return f"{name[0]}.{name[1]}"


def _rows(draft: Draft) -> State:
    if draft.union:
        alias = draft.outer.base.alias
        parts = [_matched(passing(s, filled(draft, on)), on, alias) for s, on in draft.union]
        return operators.union(parts)
    if draft.inner is not None:
        return _reduced(draft, draft.inner)
    return _prefixed_by_alias(draft.outer.base.relation.state, draft.outer.base.alias)


def _matched(state: State, on: tuple[Match, ...], alias: str) -> State:
    return operators.select(state, renamed={f"{alias}.{m.name}": flat(m.inner) for m in on})


def _reduced(draft: Draft, reduction: Reduction) -> State:
    """The state of a reduction's CTE: at most one row per value of the columns on which it joins the rows."""
    where = draft.where if reduction.own else reduction.where
    state = passing(reduction.scope, where)
    by = [flat(match.inner) for match in reduction.on]
    if reduction.order is not None:
        state = operators.pick(state, by)
        renamed = {f"{reduction.cte}.{m.name}": flat(m.inner) for m in reduction.on}
        computed = {
            f"{reduction.cte}.{name}": _inputs(tree) if congruent(tree, draft.type_of) else None
            for name, tree in reduction.outputs.items()
        }
        return operators.select(state, renamed=renamed, computed=computed)
    state = operators.group(state, by, [_output(name, tree, reduction) for name, tree in reduction.outputs.items()])
    renamed = {f"{reduction.cte}.{m.name}": flat(m.inner) for m in reduction.on}
    renamed |= {f"{reduction.cte}.{name}": name for name in reduction.outputs}
    return operators.select(state, renamed=renamed)


def _output(name: str, tree: Tree, reduction: Reduction) -> operators.Output:
    inputs = _inputs(tree)
    if name in reduction.labels:
        return operators.Output(name, inputs, strict_in=True, label=next(iter(inputs)))
    counts = isinstance(tree, exp.Count) or (isinstance(tree, exp.Filter) and isinstance(tree.this, exp.Count))
    strict = isinstance(tree, (exp.Sum, exp.Min, exp.Max, exp.Avg)) and isinstance(tree.this, exp.Column)
    return operators.Output(name, inputs, counts=counts, strict_in=strict)


def _inputs(tree: Tree) -> frozenset[str]:
    return frozenset(flat(c) for c in columns_in(tree))


def _shown(draft: Draft, state: State) -> State:
    """The state under the model's own column names."""
    renamed = {name: flat(draft.grain_column(name)) for name in draft.grain}
    computed: dict[str, frozenset[str] | None] = {}
    found: dict[str, frozenset[str]] = {}
    follows: dict[str, bool] = {}
    known_columns = frozenset(state.columns)
    for name, known in draft.columns.items():
        if isinstance(known.tree, exp.Column) and flat(known.tree) in state.columns:
            renamed[name] = flat(known.tree)
        else:
            computed[name] = _all_inputs(draft, name, found) & known_columns if _follows(draft, name, follows) else None
    return operators.select(state, renamed=renamed, computed=computed)


def _follows(draft: Draft, name: str, found: dict[str, bool]) -> bool:
    """Whether rows that agree on a column's inputs agree on the column, also over other columns of the model."""
    if name not in found:
        tree = draft.columns[name].tree
        siblings = [c.name for c in columns_in(tree) if c.table == SIBLING and c.name in draft.columns]
        found[name] = congruent(tree, draft.type_of) and all(_follows(draft, other, found) for other in siblings)
    return found[name]


def _all_inputs(draft: Draft, name: str, found: dict[str, frozenset[str]]) -> frozenset[str]:
    """The input columns that a column depends on, directly or over other columns of the model."""
    if name not in found:
        read = list(columns_in(draft.columns[name].tree))
        deeper = [_all_inputs(draft, c.name, found) for c in read if c.table == SIBLING]
        found[name] = frozenset().union(map(flat, read), *deeper)
    return found[name]


def _unproved(draft: Draft) -> None:
    """E101: the key of the rows source, and the declared grain."""
    rows = " and ".join(f"`{r.name}` (key {said.listed(r.grain)})" for r in draft.rows)
    key = repairs.listing(draft.rows[0].grain)
    draft.fault(
        "E101",
        f"the grain {said.listed(draft.grain)} of `{draft.spec.name}` does not follow from {rows}",
        draft.spec.grain[0].span,
        repairs.on_model("use the key of the rows source", draft.spec.name, "grain", key),
    )


def _minimal(draft: Draft, state: State) -> None:
    """W102: grain columns that the others determine, dropped one by one from the end."""
    kept = list(draft.grain)
    for name in reversed(list(draft.grain)):
        rest = [other for other in kept if other != name]
        if rest and state.is_key([flat(draft.grain_column(other)) for other in rest]) is not None:
            kept = rest
    dropped = [word for word in draft.spec.grain if word.text not in kept]
    if not dropped:
        return
    fields = {"grain": kept[0] if len(kept) == 1 else repairs.listing(kept)}
    if draft.spec.keep is not None:
        fields["keep"] = repairs.listing(word.text for word in (*draft.spec.keep, *dropped))
    draft.fault(
        "W102",
        f"the grain {said.listed(draft.grain)} is wider than needed: {said.listed(kept)} is already unique",
        dropped[0].span,
        repairs.of_model("write", draft.spec.name, **fields) if not draft.union else Hint("remove the others"),
    )


def _not_null(draft: Draft, state: State) -> frozenset[Claim] | None:
    """The claims that no grain column is NULL; None after E103 for a column that may be NULL by the diagram."""
    found: set[Claim] = set()
    for word in draft.spec.grain:
        for origin, known in _grain_sources(draft, state, word.text):
            if known is not None:
                found |= known
            elif gap := filled_key(draft, word.text, _not_null_columns(draft)):
                code, message, *fixes = null_grain(draft, word.text, gap)
                draft.fault(code, message, word.span, *fixes)
                return None
            elif origin is not None:
                columns = (origin.column,)
                found.add(Claim(kind=ClaimKind.NOT_NULL, relation=origin.entity, columns=columns, span=word.span))
    return frozenset(found)


def _not_null_columns(draft: Draft) -> dict[str, Collection[str]]:
    """By the base of each scope that gives rows: the columns that are not null, also by the model's own filter."""
    if draft.union:
        return {s.base.alias: passing(s, filled(draft, on)).not_null.keys() for s, on in draft.union}
    scope = draft.inner.scope if draft.inner else draft.outer
    return {scope.base.alias: passing(scope, draft.where).not_null.keys()}


def _grain_sources(draft: Draft, state: State, grain: str) -> Iterator[tuple[Origin | None, frozenset[Claim] | None]]:
    """The origin of each grain column, with the claims that it is not null (None: unknown)."""
    if not draft.union:
        yield draft.grain[grain].origin, state.not_null.get(flat(draft.grain_column(grain)))
        return
    for scope, on in draft.union:
        match = next(m for m in on if m.name == grain)
        known = passing(scope, filled(draft, on)).not_null
        yield match.node.relation.fields[match.column].origin, known.get(flat(match.inner))


def _steps(draft: Draft, claims: frozenset[Claim]) -> Iterator[Step]:
    """The derivation in words, in the order of the selects."""
    yield _rows_step(draft, claims)
    for _, join, node in draft.outer.joins:
        keys = tuple(b.name for _, b in join.on if isinstance(b, exp.Column))
        if node.by:
            yield _grouped(join.cte, node.relation.name, keys, StepKind.GROUP)
            continue
        yield Step(
            kind=StepKind.LOOKUP,
            name=join.alias,
            because=f"{node.relation.name} has at most one row per ({', '.join(keys)})",
            claims=node.relation.state.is_probe(keys) or frozenset(),
            cte=join.cte,
            reads=(node.relation.name,),
            by=keys,
        )
    for reduction in draft.reductions:
        met = tuple(match.name for match in reduction.on)
        kind = StepKind.GROUP if reduction.order is None else StepKind.PICK
        yield _grouped(reduction.cte, reduction.scope.base.relation.name, met, kind)


def _rows_step(draft: Draft, claims: frozenset[Claim]) -> Step:
    """The step that gives the model's rows."""
    grain, names = tuple(draft.grain), tuple(r.name for r in draft.rows)
    shown = ", ".join(grain)
    if draft.union:
        because = f"each distinct ({shown}) of {' and '.join(names)} is one row (union distinct)"
        name, cte = " and ".join(names), draft.outer.base.alias
        return Step(kind=StepKind.UNION, name=name, because=because, cte=cte, reads=names, by=grain)
    rows = draft.rows[0]
    if draft.inner is not None:
        because, cte = f"{rows.name} is aggregated to one row per ({shown}) (group by)", draft.inner.cte
        return Step(kind=StepKind.GROUP, name=rows.name, because=because, cte=cte, reads=names, by=grain)
    own = rows.state.is_key([column.name for column in draft.grain.values()])
    return Step(
        kind=StepKind.FROM,
        name=rows.name,
        because=f"({shown}) is the grain of {rows.name}",
        claims=claims if own is None else own,
        cte=draft.outer.base.alias,
        reads=names,
        by=grain,
    )


def _grouped(cte: str, name: str, by: tuple[str, ...], kind: StepKind) -> Step:
    how = "aggregated" if kind is StepKind.GROUP else "reduced"
    clause = "group by" if kind is StepKind.GROUP else "row_number"
    because = f"{name} is {how} to one row per ({', '.join(by)}) before the join ({clause})"
    return Step(kind=kind, name=cte, because=because, cte=cte, reads=(name,), by=by)
