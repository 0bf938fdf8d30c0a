"""What each relational operator leaves of a state: the propagation table of the grain calculus.

Each function takes the states of its inputs and returns that of its output. An element that is not listed here is
lost: the rules are sound (no element is derived that some rows could break), not complete.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from erd2dbt.prove.claims import Claim
from erd2dbt.prove.projection import project, prune, rename
from erd2dbt.prove.state import NONE, Claims, Dependency, Equal, Key, State

Pairs = Sequence[tuple[str, str]]  # (left column, right column) of an equi-join


def source(
    columns: Iterable[str],
    *,
    key: Claim | None = None,
    uniques: Iterable[Claim] = (),
    not_null: Iterable[Claim] = (),
    determines: Iterable[Claim] = (),
) -> State:
    """A table, by the claims made about it: a primary key is strict and filled, a unique is lax."""
    filled: dict[str, Claims] = {}
    for claim in (*([key] if key else []), *not_null):
        for column in claim.columns:
            filled.setdefault(column, frozenset((claim,)))
    keys = [Key(frozenset(key.columns), True, frozenset((key,)))] if key else []
    keys += [Key(frozenset(c.columns), False, frozenset((c,))) for c in uniques]
    dependencies = [Dependency(frozenset(c.columns), frozenset(c.implies), True, frozenset((c,))) for c in determines]
    return State(tuple(columns), filled, tuple(dependencies), tuple(keys))


def select(
    state: State,
    renamed: Mapping[str, str],
    computed: Mapping[str, frozenset[str] | None] | None = None,
    injective: Collection[str] = (),
) -> State:
    """Columns kept under new names (out -> in) and columns computed from others (out -> in), deterministically.

    A computed column is determined by its inputs, unless these are None; one in `injective` determines them as well.
    """
    if not computed and len(renamed) == len(set(renamed.values())) == len(state.columns):
        return rename(state, {old: new for new, old in renamed.items()})
    return project(state, renamed, computed or {}, injective)


def where(
    state: State,
    *,
    constants: Iterable[str] = (),
    equal_columns: Iterable[tuple[str, str]] = (),
    not_null: Iterable[str] = (),
) -> State:
    """Rows that pass a filter: `c = 1` makes c constant, `a = b` makes them equal, both reject NULL.

    `c in (1, 2)` makes nothing constant: only pass what a conjunct of the filter says.
    """
    fixed, pairs = list(constants), list(equal_columns)
    filled = dict(state.not_null)
    for column in (*fixed, *(c for pair in pairs for c in pair), *not_null):
        filled[column] = NONE
    constant = [Dependency(frozenset(), frozenset((c,))) for c in fixed]
    equal = [Equal(frozenset(pair)) for pair in pairs if pair[0] != pair[1]]
    return replace(
        state,
        not_null=filled,
        dependencies=(*state.dependencies, *constant),
        equal=(*state.equal, *equal),
    )


_MOST_PAIRS = 64  # keys of a join that are written out


def _pairwise(left: State, right: State) -> tuple[list[Key], list[Dependency]]:
    """A key of each side together are a key of any join; the best of each stand for all where these are many.

    The others lead to these by the dependencies: a key of one side determines what else that side has, of the right
    side within one left row at least.
    """
    lefts, rights = _all_keys(left), _all_keys(right)
    if len(lefts) * len(rights) <= _MOST_PAIRS:
        return [_together(a, b) for a in lefts for b in rights], []
    best, other = min(lefts, key=_rank), min(rights, key=_rank)
    whole, there = frozenset(left.columns), frozenset(right.columns)
    rules = [Dependency(key.columns, whole, key.strict, key.claims) for key in lefts]
    rules += [
        Dependency(pair.columns, there, pair.strict, pair.claims) for b in rights for pair in [_together(best, b)]
    ]
    return [_together(best, other)], rules


def _together(a: Key, b: Key) -> Key:
    return Key(a.columns | b.columns, a.strict and b.strict, a.claims | b.claims)


def _rank(key: Key) -> tuple[bool, int, int, list[str]]:
    """The best key first: one that takes NULL for a value, on the fewest claims, of the fewest columns."""
    return not key.strict, len(key.claims), len(key.columns), sorted(key.columns)


def _all_keys(state: State) -> list[Key]:
    return [*state.keys, *([Key(frozenset(), True, state.one)] if state.one is not None else [])]


def _disjoint(left: State, right: State) -> None:
    shared = set(left.columns) & set(right.columns)
    if shared:
        raise ValueError(f"both sides of a join call a column {sorted(shared)[0]!r}")


def probed(state: State, columns: Sequence[str], *, nulls: bool = False) -> Claims | None:
    """The claims by which a join on these columns meets at most one row of `state`; `nulls`: NULL meets NULL."""
    if not columns:
        return state.one
    return state.is_key(columns) if nulls else state.is_probe(columns)


def _telling(left: State, right: State, on: Pairs) -> Pairs:
    """The pairs whose types keep values apart: the others only say that there is a value."""
    return [(a, b) for a, b in on if left.kept_apart(a, right, b)]


def _both(one: Claims | None, other: Claims | None) -> Claims | None:
    return None if one is None or other is None else one | other


def _citing(keys: Iterable[Key], claims: Claims) -> list[Key]:
    return [replace(key, claims=key.claims | claims) for key in keys]


def inner_join(left: State, right: State, on: Pairs, *, nulls: bool = False) -> State:
    """Matches only. Further conjuncts of the ON clause may follow as a `where`: a join without them is a superset.

    `nulls`: the pairs are compared by `is not distinct from`, so that NULL meets NULL.
    """
    _disjoint(left, right)
    filled = [column for pair in on for column in pair]
    on = _telling(left, right, on)
    to_right = probed(right, [b for _, b in on], nulls=nulls)
    to_left = probed(left, [a for a, _ in on], nulls=nulls)
    keys = _citing(left.keys, to_right) if to_right is not None else []
    keys += _citing(right.keys, to_left) if to_left is not None else []
    rules: list[Dependency] = []
    if to_right is None and to_left is None:
        keys, rules = _pairwise(left, right)
    joined = State(
        (*left.columns, *right.columns),
        {**left.not_null, **right.not_null},
        (*left.dependencies, *right.dependencies, *rules),
        prune(keys),
        (*left.equal, *right.equal),
        _both(left.one, right.one),
        {**left.types, **right.types},
    )
    if nulls:
        return replace(joined, equal=(*joined.equal, *(Equal(frozenset(pair)) for pair in on)))
    return where(joined, equal_columns=on, not_null=filled)


def cross_join(left: State, right: State) -> State:
    return inner_join(left, right, ())


def _null_supplied(state: State) -> list[Dependency]:
    """Dependencies of the side that an outer join fills with NULL rows: constants die, and a left side that could
    be all NULL in a real row as well tells nothing any more."""
    return [
        d if d.strict and d.left & state.not_null.keys() else replace(d, strict=False)
        for d in state.dependencies
        if d.left
    ]


def _guarded(state: State) -> list[Dependency]:
    """The same, with the claims that the guarding not-null column rests on."""
    found = []
    for old, new in zip([d for d in state.dependencies if d.left], _null_supplied(state), strict=True):
        guards = [state.not_null[c] for c in old.left if c in state.not_null] if new.strict else []
        found.append(replace(new, claims=new.claims | min(guards, key=len)) if guards else new)
    return found


def left_join(left: State, right: State, on: Pairs, *, extra: bool = False, nulls: bool = False) -> State:
    """All left rows. At most one match each keeps every key of the left side; `extra`: the ON clause says more.

    `nulls`: as for the inner join.

    Never are the joined columns equal afterwards: the right ones are NULL where nothing matched.
    """
    _disjoint(left, right)
    telling = _telling(left, right, on)
    extra, on = extra or len(telling) < len(on), telling
    to_right = probed(right, [b for _, b in on], nulls=nulls)
    keys, rules = ([], []) if to_right is not None else _pairwise(left, right)
    dependencies = [*left.dependencies, *_guarded(right), *rules]
    dependencies += [Dependency(frozenset((b,)), frozenset((a,)), strict=False) for a, b in on]
    if to_right is not None:
        keys = _citing(left.keys, to_right)
        if on and not extra:  # what matches is a function of the left columns
            dependencies.append(Dependency(frozenset(a for a, _ in on), frozenset(right.columns), claims=to_right))
    return State(
        (*left.columns, *right.columns),
        dict(left.not_null),
        tuple(dependencies),
        prune(keys),
        (*left.equal, *right.equal),
        _both(left.one, to_right),
        {**left.types, **right.types},
    )


def full_join(left: State, right: State, on: Pairs) -> State:
    """All rows of both sides; NULL rows may stand on either."""
    _disjoint(left, right)
    del on  # what matches does not matter for what is kept
    lefts, rights = _all_keys(left), _all_keys(right)
    if len(lefts) * len(rights) > _MOST_PAIRS:  # the others lead to these, as far as NULL rows let them
        left, right = (replace(s, dependencies=(*s.dependencies, *_rules_of_keys(s))) for s in (left, right))
        lefts, rights = [_firmest(left)], [_firmest(right)]
    keys = []
    for a in lefts:
        for b in rights:
            union = a.columns | b.columns
            guard = _both(_guard(a, left), _guard(b, right))
            strict = a.strict and b.strict and guard is not None
            if union:
                keys.append(Key(union, strict, a.claims | b.claims | (guard or NONE)))
    return State(
        (*left.columns, *right.columns),
        {},
        (*_guarded(left), *_guarded(right)),
        prune(keys),
        (*left.equal, *right.equal),
        types={**left.types, **right.types},
    )


def _firmest(state: State) -> Key:
    """The key that outlives a full join best: not empty, strict, and with a column that no row leaves empty."""
    return min(_all_keys(state), key=lambda key: (not key.columns, _guard(key, state) is None, _rank(key)))


def _guard(key: Key, state: State) -> Claims | None:
    """The claims that some column of the key is filled in every real row, so that a NULL row is told apart."""
    return min((state.not_null[c] for c in key.columns if c in state.not_null), key=len, default=None)


def semi_join(left: State) -> State:
    """Rows that have (or have not) a partner: nothing about the others changes."""
    return left


@dataclass(frozen=True, slots=True)
class Output:
    """An aggregate. `inputs`: columns that decide whether it is NULL; `counts`: it never is.

    `label`: the one value of this column within a group that determines it.
    """

    name: str
    inputs: frozenset[str] = frozenset()
    counts: bool = False
    strict_in: bool = False  # NULL only when the bag is empty or an input is NULL, as sum, min, max, avg
    label: str | None = None


def group(state: State, by: Sequence[str], outputs: Sequence[Output]) -> State:
    """GROUP BY: one row per combination of `by` (NULL is a value); without `by` one row in all."""
    keyed = project(state, {name: name for name in dict.fromkeys(by)}, {}, ())
    names = [output.name for output in outputs]
    filled = dict(keyed.not_null)
    for output in outputs:
        cited = _filled(state, by, output)
        if cited is not None:
            filled[output.name] = cited
    dependencies = [*keyed.dependencies]
    for output in outputs:
        if output.label is not None:
            dependencies.extend(_labelled(state, by, output.name, output.label))
    keys = [Key(frozenset(by)), *keyed.keys]
    whole = State((*keyed.columns, *names), filled, tuple(dependencies), prune(keys), keyed.equal, types=keyed.types)
    return whole if by else replace(whole, one=NONE)


def _filled(state: State, by: Sequence[str], output: Output) -> Claims | None:
    if output.counts:
        return NONE
    if not by or not output.strict_in or not output.inputs <= state.not_null.keys():
        return None
    return NONE.union(*(state.not_null[c] for c in output.inputs))


def _labelled(state: State, by: Sequence[str], name: str, column: str) -> Iterable[Dependency]:
    """A label shows its column unchanged: what part of `by` determines the column determines the label."""
    for dependency in state.dependencies:
        if column in dependency.right and dependency.left <= set(by):
            yield replace(dependency, right=frozenset((name,)))


def group_by_unique(state: State, by: Sequence[str]) -> State:
    """Rows whose columns `by` are filled, grouped by these, with a label of each other column.

    That there is one row for each is structural. While `by` is unique, each group is one row as it was; so all else
    that is known cites that claim.
    """
    claims = state.is_probe(by) or NONE
    rules = [*state.dependencies, *_rules_of_keys(state)]
    return State(
        state.columns,
        {**state.not_null, **dict.fromkeys(by, NONE)},
        tuple(replace(rule, claims=rule.claims | claims) for rule in rules if rule.left != frozenset(by)),
        (Key(frozenset(by)),),
        tuple(replace(equal, claims=equal.claims | claims) for equal in state.equal),
        types=state.types,
    )


def distinct(state: State) -> State:
    """No two rows agree on all columns; on fewer they still may."""
    return replace(state, keys=prune([*state.keys, Key(frozenset(state.columns))]))


def pick(state: State, by: Sequence[str]) -> State:
    """`row_number() over (partition by …) = 1`: one row per combination of `by`, NULL being a value."""
    picked = replace(state, keys=prune([*state.keys, Key(frozenset(by))]))
    return picked if by else replace(picked, one=NONE)


def limit_one(state: State) -> State:
    return replace(state, one=NONE)


def window(state: State, name: str, partition: Sequence[str]) -> State:
    """A column of an aggregate over whole partitions (no order): constant within each."""
    constant = Dependency(frozenset(partition), frozenset((name,)))
    return replace(state, columns=(*state.columns, name), dependencies=(*state.dependencies, constant))


def union_all(states: Sequence[State], discriminator: str | None = None) -> State:
    """Rows of all inputs (same columns). Keys survive only with a column that says which input a row is of."""
    first = states[0]
    filled = {
        c: NONE.union(*(s.not_null[c] for s in states)) for c in first.columns if all(c in s.not_null for s in states)
    }
    equal = [e for e in first.equal if all(any(e.pair == o.pair for o in s.equal) for s in states[1:])]
    equal = [
        replace(e, claims=NONE.union(*(o.claims for s in states for o in s.equal if o.pair == e.pair))) for e in equal
    ]
    types = {c: type_ for c, type_ in first.types.items() if all(s.types.get(c) == type_ for s in states[1:])}
    if discriminator is None:
        return State(first.columns, filled, equal=tuple(equal), types=types)
    tag = frozenset((discriminator,))
    keys = [replace(key, columns=key.columns | tag) for key in _keys_of_each(states)]
    dependencies = []
    for d in first.dependencies:
        proofs = [s.determines(d.left, d.right) for s in states]
        if all(p is not None for p in proofs):
            cited = NONE.union(*(p for p in proofs if p is not None))
            dependencies.append(Dependency(d.left | tag, d.right, True, cited))
    return State(
        (*first.columns, discriminator),
        {**filled, discriminator: NONE},
        tuple(dependencies),
        prune(keys),
        tuple(equal),
        types=types,
    )


def _keys_of_each(states: Sequence[State]) -> Iterable[Key]:
    """Sets of columns that are a key of each: a key of one of them, widened by the best of each where it is none."""
    if any(not _all_keys(state) for state in states):
        return
    best = [min(_all_keys(state), key=_rank) for state in states]
    for columns in dict.fromkeys(key.columns for state in states for key in _all_keys(state)):
        wide, strict, claims = columns, True, NONE
        for state, key in zip(states, best, strict=True):
            if (cited := state.is_key(wide)) is None and (cited := state.is_key(wide, filled=wide)) is not None:
                strict = False
            if cited is None:
                wide, strict, cited = wide | key.columns, strict and key.strict, key.claims
            claims |= cited
        yield Key(wide, strict, claims)


def union(states: Sequence[State]) -> State:
    """UNION DISTINCT: all columns together are a key, and nothing less is known to be one."""
    return distinct(union_all(states))


def unnest(state: State, names: Sequence[str], ordinality: str | None = None) -> State:
    """Each row several times, once per element; only with ordinality is there a key."""
    new = (*names, *([ordinality] if ordinality else []))
    keys = [replace(k, columns=k.columns | {ordinality}) for k in _all_keys(state)] if ordinality else []
    filled = {**state.not_null, **({ordinality: NONE} if ordinality else {})}
    return State(
        (*state.columns, *new),
        filled,
        (*state.dependencies, *_rules_of_keys(state)),
        prune(keys),
        state.equal,
        types=state.types,
    )


def _rules_of_keys(state: State) -> list[Dependency]:
    """What keys say of the columns that were there survives the multiplication of rows; the keys themselves do not."""
    whole = frozenset(state.columns)
    return [Dependency(key.columns, whole, key.strict, key.claims) for key in _all_keys(state)]
