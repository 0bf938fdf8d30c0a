"""The rows of a model: its rows source as it is, grouped to the grain, or the union of several sources' grains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from erd2dbt.datatypes.comparison import loses_in_union
from erd2dbt.design.joins import fanout_faults as said
from erd2dbt.design.joins import undeclared, unreached_faults
from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError
from erd2dbt.design.joins.chains import Chain, at_parents, chains, choose_parent, last_word, tied, widest_chains
from erd2dbt.design.joins.comparable_columns import are_keys_of_different_things, comparable
from erd2dbt.design.joins.draft import Draft, InputMatch, Match, Reduction
from erd2dbt.design.joins.presence import may_be_null
from erd2dbt.design.joins.scope import Names, Node, Scope
from erd2dbt.design.joins.walks import End, World, steps, walk
from erd2dbt.design.plans.plan import Field, Layer, Relation
from erd2dbt.diagram.erd import ModelSpec
from erd2dbt.faults.diagnostics import Collector, did_you_mean
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.inference import common

Places = dict[str, tuple[Node, str]]  # grain column -> the place of its values


def begin(spec: ModelSpec, world: World, faults: Collector) -> Draft | None:
    """A draft with its rows, or None after adding E031, E201, E205 or E206."""
    rows = tuple(world.shelf[word.text] for word in spec.rows)
    names = Names()
    draft = Draft(
        world=world,
        spec=spec,
        faults=faults,
        names=names,
        rows=rows,
        outer=Scope(world, Node(names.imported(rows[0].name), rows[0]), names),
        grain={},
        accepted=frozenset(code for code, _ in spec.accept),
    )
    if not _match_is_sound(draft):
        return None
    try:
        return _union(draft) if len(rows) > 1 else _single(draft)
    except AmbiguousError as problem:
        fault = said.ambiguous_rows(draft, problem)
    except IncomparableError as problem:
        fault = said.incomparable(draft, problem)
    faults.add(fault[0], fault[1], spec.rows[0].span, fixes=fault[2:])
    return None


def _match_is_sound(draft: Draft) -> bool:
    """Whether all columns that `match:` names exist (E031)."""
    sound = True
    for source, pairs in draft.spec.match:
        fields = draft.world.shelf[source.text].fields if source.text in draft.world.shelf else {}
        for _, its in pairs:
            if fields and its.text not in fields:
                sound = False
                message = f"`{source.text}` has no column `{its.text}`"
                draft.fault("E031", message, its.span, *did_you_mean(its.text, fields))
    return sound


def _single(draft: Draft) -> Draft | None:
    rows = draft.rows[0]
    places = _located(draft, draft.outer)
    if places is None:
        return None
    draft.grain = {name: node.relation.fields[its] for name, (node, its) in places.items()}
    own = [its for node, its in places.values() if node is draft.outer.base]
    if len(own) == len(places) and rows.state.is_key(own) is not None:
        draft.called = dict(zip(places, own, strict=True))
        return draft
    inner = draft.outer
    cte = draft.names.fresh(f"{rows.name}_by_{'_'.join(n.removesuffix('_id') or n for n in places)}")
    draft.outer = Scope(draft.world, Node(cte, _grain_only(draft, cte)), draft.names)
    on = tuple(Match(column(name, cte), name, node, its) for name, (node, its) in places.items())
    draft.inner = Reduction(cte, inner, on, own=True)
    return draft


def _union(draft: Draft) -> Draft | None:
    """Each source's grain values. The grain columns have the meaning that they have in each source."""
    parts: list[tuple[Scope, tuple[Match, ...]]] = []
    for relation in draft.rows:
        scope = Scope(draft.world, Node(draft.names.imported(relation.name), relation), draft.names)
        try:
            places = _located(draft, scope)
        except AmbiguousError as problem:
            problem.source = problem.source or relation.name
            raise
        if places is None:
            continue
        if not parts:
            draft.grain = {name: node.relation.fields[its] for name, (node, its) in places.items()}
        on = tuple(Match(column(name, "grain_values"), name, node, its) for name, (node, its) in places.items())
        parts.append((scope, on))
    if len(parts) < len(draft.rows):
        return None
    draft.grain = {name: _with_origins(shown, name, parts) for name, shown in draft.grain.items()}
    _unite_types(draft, [on for _, on in parts])
    cte = draft.names.fresh("grain_values")
    draft.outer = Scope(draft.world, Node(cte, _grain_only(draft, cte)), draft.names)
    draft.union = tuple(parts)
    return draft


def _with_origins(shown: Field, name: str, parts: Iterable[tuple[Scope, tuple[Match, ...]]]) -> Field:
    """A grain column with its origin in each source, so that an input is joined alike in any order of the sources."""
    fields = [m.node.relation.fields[m.column] for _, on in parts for m in on if m.name == name]
    known = dict.fromkeys((field.origin, field.path) for field in fields if field.origin is not None)
    also = tuple((origin, path) for origin, path in known if origin and (origin, path) != (shown.origin, shown.path))
    return replace(shown, also=also)


def _unite_types(draft: Draft, parts: Iterable[Iterable[Match]]) -> None:
    """Give each grain column the type of the union. W206 where one source has dates and another timestamps.

    Raises IncomparableError where the union would merge different values.
    """
    sources: dict[str, list[undeclared.Typed]] = {}
    for match in (match for on in parts for match in on):
        relation = match.node.relation
        sources.setdefault(match.name, []).append((relation.name, match.column, relation.fields[match.column].type))
    for name, (first, *others) in sources.items():
        for other in others:
            if loses_in_union(first[2] or "", other[2] or ""):
                raise IncomparableError(other[:2], (f"{first[0]}.{first[1]}", other[2], first[2]))
            undeclared.at_midnight(draft, None, draft.spec.rows[0].span, first, other)
        draft.grain[name] = replace(draft.grain[name], type=common(type_ for *_, type_ in (first, *others)))


def _grain_only(draft: Draft, cte: str) -> Relation:
    """The relation of grouped rows: only the grain columns."""
    return Relation(
        name=f"({cte})" if cte in draft.world.shelf else cte,  # no path means it: an entity has the name
        model=cte,
        layer=Layer.INTERMEDIATE,
        grain=tuple(draft.grain),
        fields={name: Field(name=name, type=shown.type, origin=shown.origin) for name, shown in draft.grain.items()},
        state=State.over(draft.grain),
        span=draft.spec.span,
        root=draft.rows[0].root if len(draft.rows) == 1 else None,
    )


def own_match(draft: Draft, relation: Relation) -> InputMatch | None:
    """How a source of the rows joins them: on the columns that became the grain; None for other relations."""
    if draft.inner is not None and relation is draft.rows[0]:
        return InputMatch(draft.inner.scope, draft.inner.on, own=True)
    part = next(((scope, on) for scope, on in draft.union if scope.base.relation is relation), None)
    if part is not None:
        scope, on = part
        return InputMatch(
            scope, tuple(Match(draft.grain_column(m.name), m.name, m.node, m.column) for m in on), own=True
        )
    if draft.whole and relation is draft.rows[0]:
        scope = Scope(draft.world, Node(draft.names.peek(relation.name), relation), draft.names)
        outer = {name: draft.grain_column(name) for name in draft.grain}
        return InputMatch(scope, tuple(Match(c, name, scope.base, c.name) for name, c in outer.items()), own=True)
    return None


def filled(draft: Draft, on: Iterable[Match]) -> Tree | None:
    """The filter of a part of a union: a row with a NULL foreign key has no grain value there."""
    tests = [
        exp.Is(this=match.inner, expression=exp.null(), negate=True)
        for match in on
        if may_be_null(draft.world, match.node.relation, match.column)
    ]
    return exp.and_(*tests, copy=False) if tests else None


def _located(draft: Draft, scope: Scope) -> Places | None:
    """The columns with the grain, in its order; None after adding E201.

    They are found by `match:`, by links to another source's columns, by name in the rows, or by name in a many-to-one
    parent.
    """
    rows, wanted = scope.base.relation, [word.text for word in draft.spec.grain]
    places: Places = {g: (scope.base, its) for g, its in draft.said_of(rows.name).items() if g in wanted}
    like = {name: shown for name, shown in draft.grain.items() if name not in places}
    linked = _linked(draft, rows, like)
    for chain in linked:
        mine = _own_columns(draft, rows, chain)
        far = replace(chain, pairs=tuple((name, end) for name, end in chain.pairs if name not in mine))
        places |= {name: (scope.base, name) for name in mine}
        whole = _whole_key(draft, rows, far, mine) if mine else chain
        places |= {name: (scope.node_at(whole, end), end.column) for name, end in whole.pairs}
    missing = [name for name in wanted if name not in places]
    own = [name for name in missing if name in rows.fields]
    for name in own:
        _check_like(draft, rows, name)
    places |= {name: (scope.base, name) for name in own}
    missing = [name for name in missing if name not in own]
    found = _at_parents(draft, rows, missing) if missing else []
    via = _via(draft, rows)
    if via is not None and (found or linked or _is_link_of(draft, rows, via, own)):
        draft.rows_via[rows.name] = via
    for chain in found:
        whole = _whole_key(draft, rows, chain, own)
        places |= {name: (scope.node_at(whole, end), end.column) for name, end in whole.pairs}
    absent = [word for word in draft.spec.grain if word.text not in places]
    for word in absent:
        fault = unreached_faults.missing_grain(draft, rows, word.text)
        draft.fault(fault[0], fault[1], word.span, *fault[2:])
    return None if absent else {name: places[name] for name in wanted}


def _is_link_of(draft: Draft, rows: Relation, via: str, columns: Iterable[str]) -> bool:
    """Whether the word of the first source of a union names the link of these columns: then it selects these."""
    named = {own for step in steps(draft.world, rows) if via in step.names for own, _ in step.pairs}
    return len(draft.rows) > 1 and not named.isdisjoint(columns)


def _linked(draft: Draft, rows: Relation, like: Mapping[str, Field]) -> list[Chain]:
    """The chains from a source to the columns of another one.

    Of several, one along a foreign key with the name of the grain's column is meant, as in rows without another source.
    """
    via = _via(draft, rows)
    try:
        return chains(draft.world, rows, like, via) if like else []
    except AmbiguousError:
        widest = widest_chains(draft.world, rows, like, via)
        chain = next((c for c in widest if all(end == End(0, name) for name, end in c.pairs)), None)
        if chain is None:
            raise
        return [chain, *_linked(draft, rows, {name: f for name, f in like.items() if name not in chain.covered})]


def _via(draft: Draft, rows: Relation) -> str | None:
    return next((role.text for name, role in draft.spec.via if name == rows.name), None)


def _check_like(draft: Draft, rows: Relation, name: str) -> None:
    """Check a column of the rows against the same column of another source.

    Raises IncomparableError where the types do not fit. Adds W406 where both are keys of different things.
    """
    known: Mapping[str, Field] = draft.grain
    if name not in known:
        return
    own = rows.fields[name]
    if not comparable(own, known[name]):
        raise IncomparableError((rows.name, name), (f"{draft.rows[0].name}.{name}", own.type, known[name].type))
    if are_keys_of_different_things(draft.world, own, known[name]):
        undeclared.by_name_only(draft, None, draft.spec.rows[0].span, rows.name, pairs=((name, name),), named=(name,))


def _at_parents(draft: Draft, rows: Relation, missing: list[str]) -> list[Chain]:
    """The chains to missing columns: to one row that has them as one key, else to one for each.

    `via:` decides where it selects a chain, and leaves the other columns to their own.
    """
    via, world = _via(draft, rows), draft.world
    whole = at_parents(world, rows, missing, via) if len(missing) > 1 else []
    found = []
    if whole:
        chain = choose_parent(world, whole, ", ".join(missing))
        together = frozenset(missing) if via is not None else tied(world, chain)
        found = [chain] if together else []
        missing = [name for name in missing if name not in together]
    each = [(name, at_parents(world, rows, [name], via)) for name in missing]
    if any(parents for _, parents in each):
        each = [(name, parents or at_parents(world, rows, [name], None)) for name, parents in each]
    return [*found, *(choose_parent(world, parents, name) for name, parents in each if parents)]


def _own_columns(draft: Draft, rows: Relation, chain: Chain) -> list[str]:
    """The columns that a source of a union has itself, under the names of those that a chain leads to.

    As in rows without another source, its own column is meant where it is a possible one: of the same type, and not a
    key of another thing. So the order of the sources does not matter. `via:` says that the other one is meant.
    """
    if _via(draft, rows):
        return []
    ends = [(name, rows.fields.get(name), draft.grain[name]) for name, end in chain.pairs if end.node]
    mine = [(name, own, known) for name, own, known in ends if own is not None and comparable(own, known)]
    return [name for name, own, known in mine if not are_keys_of_different_things(draft.world, own, known)]


def _whole_key(draft: Draft, rows: Relation, chain: Chain, own: list[str]) -> Chain:
    """The chain with the whole key that it leads to, which `via:` selects.

    AmbiguousError where the diagram does not decide between a key and a part of it with a column of the rows.
    """
    ends = dict(chain.pairs)
    for row in walk(draft.world, rows):
        key = set(row.relation.grain)
        if not row.steps or not key & ends.keys() or any(row.end(n) != ends[n] for n in key & ends.keys()):
            continue
        halves = [name for name in own if name in key and row.end(name) != End(0, name)]
        if halves and _via(draft, rows) is not None:
            return replace(chain, row=row, pairs=tuple((n, row.end(n)) for n in (*halves, *ends)))
        if halves:
            choices = [f"{rows.name}.{halves[0]}", f"{row.relation.name}.{halves[0]} along {chain.text}"]
            raise AmbiguousError(halves[0], choices, [last_word(chain, [chain])])
    return chain
