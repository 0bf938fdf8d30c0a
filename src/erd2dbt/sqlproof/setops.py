"""UNION, INTERSECT, EXCEPT: columns match by position. A column that identifies the branch of a row keeps the keys."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlglot import exp

from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim
from erd2dbt.prove.measure import Measure
from erd2dbt.prove.projection import prune, rename
from erd2dbt.prove.state import Key, State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof import shown_columns
from erd2dbt.sqlproof.comparisons import look_at_rows
from erd2dbt.sqlproof.correlation import tied_in_all
from erd2dbt.sqlproof.disjoint import exclude
from erd2dbt.sqlproof.exclusion import apart
from erd2dbt.sqlproof.nulls import stacked_nulls
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import Rel, one_or, visible, with_keys
from erd2dbt.sqlproof.set_measures import differ, once_for_all, stacked
from erd2dbt.sqlproof.whole_amounts import of_branches


def branches(tree: exp.SetOperation) -> list[exp.Expr]:
    """The selects of a chain of the same operator, in order."""
    found: list[exp.Expr] = []
    node: exp.Expr = tree
    while type(node) is type(tree) and isinstance(node, exp.SetOperation) and _same(node, tree):
        found.append(node.expression)
        node = node.this
    return [node, *reversed(found)]


def _same(node: exp.SetOperation, tree: exp.SetOperation) -> bool:
    if node is tree:
        return True
    plain = not any(node.args.get(k) for k in ("limit", "offset", "order", "with_"))
    return plain and isinstance(node, exp.Union) and bool(node.args.get("distinct")) == bool(tree.args.get("distinct"))


def combined(reader: Reader, tree: exp.SetOperation, rels: Sequence[Rel]) -> Rel:
    """The relation of a set operation over the relations of its branches, with the names of the first."""
    first = rels[0]
    if any(tree.args.get(k) for k in ("by_name", "side", "on")) or len({len(rel.ids) for rel in rels}) != 1:
        reader.note(f"`{one_line(tree)}`")
        return replace(Rel.over(first.names), open=True)
    if any(rel.open for rel in rels):
        return replace(Rel.over(first.names), open=True)
    states = [visible(first).state, *(_aligned(visible(rel), first.ids) for rel in rels[1:])]
    every = not tree.args.get("distinct")
    reader.step(
        tree.key, tree, f"{tree.key} all" if every else tree.key, loses=not isinstance(tree, exp.Union), many=False
    )
    if isinstance(tree, exp.Union):
        state = _union(first, rels, states) if every else operators.union(states)
        state = with_keys(state, [*_keys_at_home(reader, rels, states), *_keys_apart(rels, states)])
    else:
        if reader.watch:
            look_at_rows(reader, tree, rels)
        state = _within(states[0], states[1]) if isinstance(tree, exp.Intersect) else states[0]
        state = state if every else operators.distinct(state)
    literals = first.literals if not isinstance(tree, exp.Union) else {}
    measures = of_branches(_measures(reader, tree, rels, every=every), rels) if reader.watch else {}
    passed = frozenset[str]().union(*(rel.passed for rel in rels))
    shows = shown_columns.stacked(rels if isinstance(tree, exp.Union) else rels[:1]) if reader.watch else {}
    rel = Rel(first.names, first.ids, one_or(state), literals=literals, measures=measures, shows=shows, passed=passed)
    nulls = stacked_nulls(rels if isinstance(tree, exp.Union) else rels[:1]) if reader.watch else {}
    rel = replace(rel, tied=tied_in_all(rels), nulls=nulls)
    is_bag = reader.watch and every and isinstance(tree, exp.Union)
    return replace(rel, twice=next(_twice(reader, rels), "")) if is_bag else rel


def _twice(reader: Reader, rels: Sequence[Rel]) -> Iterator[str]:
    """The tables whose rows may occur in two branches, with no column that distinguishes the branches."""
    for a, b in itertools.combinations(rels, 2):
        if (
            a.table
            and a.table == b.table
            and not _exclude(reader, a, b)
            and not any(differ(a, b, p, a.table) for p in range(len(a.ids)))
        ):
            yield a.table
    yield from (rel.twice for rel in rels if rel.twice)


def _measures(
    reader: Reader, tree: exp.SetOperation, rels: Sequence[Rel], *, every: bool
) -> Mapping[str, Measure | None]:
    """The measures of the rows of all branches, or of the rows of the first that are kept."""
    single = rels if every else [replace(rel, measures=once_for_all(rel)) for rel in rels]
    if not isinstance(tree, exp.Union):
        return stacked(single[0], single[:1])
    pairs = [(a, b) for place, b in enumerate(rels) for a in rels[:place]] if every else []
    shared = [(a, b) for a, b in pairs if not _exclude(reader, a, b)]
    return stacked(single[0], single, shared, partial(_exclude_values, reader))


def _exclude(reader: Reader, a: Rel, b: Rel) -> bool:
    """Whether two branches have no row in common."""
    if apart(a, b) is not None:
        return True
    known = a.home == b.home and a.home in reader.tables
    return known and exclude(a.kept, b.kept, partial(reader.type_at, a.home))


def _exclude_values(reader: Reader, a: Rel, b: Rel, position: int) -> bool:
    """Whether no row has a value other than NULL and 0 at this position of both branches."""
    one, other = (a.only.get(a.ids[position], ()), b.only.get(b.ids[position], ()))
    if not (one or other) or a.home != b.home or a.home not in reader.tables:
        return False
    return exclude((*a.kept, *one), (*b.kept, *other), partial(reader.type_at, a.home))


def _aligned(rel: Rel, ids: Sequence[str]) -> State:
    """The state of a later branch under the ids of the first. A column that matches two of them is copied."""
    if len(set(rel.ids)) == len(rel.state.columns) == len(rel.ids):
        return rename(rel.state, dict(zip(rel.ids, ids, strict=True)))
    return operators.select(rel.state, dict(zip(ids, rel.ids, strict=True)))


def _union(first: Rel, rels: Sequence[Rel], states: Sequence[State]) -> State:
    tag = _discriminator(rels)
    if tag is None:
        return operators.union_all(states)
    bare = [_without(state, tag) for state in states]
    state = operators.union_all(bare, tag)
    return replace(state, columns=first.ids)


def _discriminator(rels: Sequence[Rel]) -> str | None:
    """The first column that is a different literal in each branch: all text, or all integers."""
    for position, id_ in enumerate(rels[0].ids):
        texts = [rel.literals.get(rel.ids[position], "") for rel in rels]
        if len(set(texts)) == len(texts) and (_all(texts, "s") or (_all(texts, "n") and _whole(texts))):
            return id_
    return None


def _all(texts: Sequence[str], kind: str) -> bool:
    return all(text[:1] == kind for text in texts)


def _whole(texts: Sequence[str]) -> bool:
    return all(text[1:].isdigit() for text in texts) and len({int(text[1:]) for text in texts}) == len(texts)


def _keys_at_home(reader: Reader, rels: Sequence[Rel], states: Sequence[State]) -> Iterator[Key]:
    """Keys of one table, where the branches have different rows of it, by filters that exclude each other."""
    home, first = rels[0].home, rels[0]
    table = reader.tables.get(home)
    if table is None or any(rel.home != home for rel in rels):
        return
    pairs = [(a, b) for place, a in enumerate(rels) for b in rels[:place]]
    if not all(exclude(a.kept, b.kept, partial(reader.type_at, home)) for a, b in pairs):
        return
    places = [
        {rel.origin.get(id_) for rel, id_ in zip(rels, ids, strict=True)}
        for ids in zip(*(r.ids for r in rels), strict=True)
    ]
    shown = {names.pop(): id_ for names, id_ in zip(places, first.ids, strict=True) if len(names) == 1}
    for key in table.keys:
        if key.strict and key.columns <= shown.keys():
            ids = frozenset(shown[column] or "" for column in key.columns)
            proofs = [state.is_key(ids) for state in states]
            if all(proof is not None for proof in proofs):
                yield Key(ids, True, key.claims.union(*(proof for proof in proofs if proof is not None)))


def _keys_apart(rels: Sequence[Rel], states: Sequence[State]) -> Iterator[Key]:
    """Keys of all branches, where each branch excludes the keys of the others."""
    columns, claims = frozenset[str](), frozenset[Claim]()
    for (a, one), (b, other) in itertools.combinations(zip(rels, states, strict=True), 2):
        places = apart(a, b)
        if places is None:
            return
        ids = [rels[0].ids[place] for place in places]
        filled = (min((s.not_null[i] for s in (one, other) if i in s.not_null), key=len) for i in ids)
        columns, claims = columns.union(ids), claims.union(*filled)
    for key in states[0].keys if len(rels) > 1 else ():
        wider = key.columns | columns
        proofs = [state.is_key(wider) for state in states]
        if all(proof is not None for proof in proofs):
            yield Key(wider, True, claims.union(*(proof for proof in proofs if proof is not None)))


def _without(state: State, tag: str) -> State:
    return operators.select(state, {c: c for c in state.columns if c != tag})


def _within(left: State, right: State) -> State:
    """The state of the rows that are in both: the facts of either side hold."""
    return State(
        left.columns,
        {**right.not_null, **left.not_null},
        (*left.dependencies, *right.dependencies),
        prune((*left.keys, *right.keys)),
        (*left.equal, *right.equal),
        left.one if left.one is not None else right.one,
        left.types,
    )
