"""How each relational operator changes a state: the propagation table of the grain calculus (section 1.2).

Each function takes the states of its inputs and returns the state of its output. A fact that no rule derives is
dropped. The rules are sound (no rows can break a derived fact), not complete.
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
    """The state of a table, from its claims. A primary key is strict and not null; a unique constraint is lax."""
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
    """The state after columns are renamed (`renamed`: out -> in) and computed (`computed`: out -> inputs).

    A computed column depends on its inputs; None as inputs means that it is not a deterministic function. A column in
    `injective` also determines its inputs.
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
    """The rows that pass a filter: `c = 1` makes c constant, `a = b` makes the two equal. Both reject NULL.

    `c in (1, 2)` makes nothing constant. Pass only what every conjunct guarantees.
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


_MOST_PAIRS = 64  # how many keys of a join are written out


def _pairwise(left: State, right: State) -> tuple[list[Key], list[Dependency]]:
    """The keys of a join: a key of each side together are a key of any join.

    Where there are many combinations, only the best key of each side is combined. Dependencies lead from it to the
    others: a left key determines every left column, and a right key every right column within one left row.
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
    """The sort order of keys, best first: strict before lax, then the fewest claims, then the fewest columns."""
    return not key.strict, len(key.claims), len(key.columns), sorted(key.columns)


def _all_keys(state: State) -> list[Key]:
    return [*state.keys, *([Key(frozenset(), True, state.one)] if state.one is not None else [])]


def _disjoint(left: State, right: State) -> None:
    shared = set(left.columns) & set(right.columns)
    if shared:
        raise ValueError(f"both sides of a join call a column {sorted(shared)[0]!r}")


def probed(state: State, columns: Sequence[str], *, nulls: bool = False) -> Claims | None:
    """The claims by which a join on these columns matches at most one row of `state`; None where it may match more.

    `nulls`: NULL matches NULL.
    """
    if not columns:
        return state.one
    return state.is_key(columns) if nulls else state.is_probe(columns)


def _telling(left: State, right: State, on: Pairs) -> Pairs:
    """The pairs whose types compare without loss. Any other pair only guarantees that both values are not null."""
    return [(a, b) for a, b in on if left.kept_apart(a, right, b)]


def _both(one: Claims | None, other: Claims | None) -> Claims | None:
    return None if one is None or other is None else one | other


def _citing(keys: Iterable[Key], claims: Claims) -> list[Key]:
    return [replace(key, claims=key.claims | claims) for key in keys]


def inner_join(left: State, right: State, on: Pairs, *, nulls: bool = False) -> State:
    """The state of an inner join on `on`. Apply further conjuncts of the ON clause as a `where` afterwards.

    `nulls`: the pairs are compared by `is not distinct from`, so NULL matches NULL.
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
    """The dependencies of the side that an outer join fills with NULL.

    Constants are dropped. So is a dependency whose left side can be all NULL in a real row: it could equal a NULL row.
    """
    return [
        d if d.strict and d.left & state.not_null.keys() else replace(d, strict=False)
        for d in state.dependencies
        if d.left
    ]


def _guarded(state: State) -> list[Dependency]:
    """The same dependencies, each with the claim that makes a column of its left side not null."""
    found = []
    for old, new in zip([d for d in state.dependencies if d.left], _null_supplied(state), strict=True):
        guards = [state.not_null[c] for c in old.left if c in state.not_null] if new.strict else []
        found.append(replace(new, claims=new.claims | min(guards, key=len)) if guards else new)
    return found


def left_join(left: State, right: State, on: Pairs, *, extra: bool = False, nulls: bool = False) -> State:
    """The state of a left join: it keeps every left row. With at most one match, it keeps every key of the left side.

    `extra`: the ON clause has further conditions. `nulls`: as for the inner join.

    The joined columns are not equal afterwards: the right ones are NULL where nothing matched.
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
        if on and not extra:  # the matching row depends on the left columns
            dependencies.append(Dependency(frozenset(a for a, _ in on), frozenset(right.columns), claims=to_right))
    to_left = probed(left, [a for a, _ in on], nulls=nulls)
    if to_left is not None:  # a right row matches one left row, and rows without a match are NULL
        found = (replace(key, strict=False) for key in _citing(right.keys, to_left))
        keys = [*keys, *(key for key in found if key.columns)]
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
    """The state of a full join: all rows of both sides. Either side can be NULL."""
    _disjoint(left, right)
    del on  # matching does not change the facts that are kept
    lefts, rights = _all_keys(left), _all_keys(right)
    if len(lefts) * len(rights) > _MOST_PAIRS:  # the other keys follow from these, as far as NULL rows allow
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
    """The key that is most useful after a full join: not the empty set, strict, and with a not null column."""
    return min(_all_keys(state), key=lambda key: (not key.columns, _guard(key, state) is None, _rank(key)))


def _guard(key: Key, state: State) -> Claims | None:
    """The claims by which some column of the key is not null in every real row; it identifies the NULL rows."""
    return min((state.not_null[c] for c in key.columns if c in state.not_null), key=len, default=None)


def semi_join(left: State) -> State:
    """The state of a semi or anti join: the rows that have (or do not have) a match. All facts still hold."""
    return left


@dataclass(frozen=True, slots=True)
class Output:
    """An aggregate. `inputs`: the columns that decide whether it is NULL. `counts`: it is never NULL.

    `label`: the column whose single value within a group it returns.
    """

    name: str
    inputs: frozenset[str] = frozenset()
    counts: bool = False
    strict_in: bool = False  # NULL only when the bag is empty or an input is NULL, as for sum, min, max and avg
    label: str | None = None


def group(state: State, by: Sequence[str], outputs: Sequence[Output]) -> State:
    """The state of GROUP BY: one row per combination of `by` (NULL is a value); without `by`, one row."""
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
    """A label returns its column of one row of the group.

    Part of `by` that determines the column determines the label. The label determines what the column determines in
    `by`: the last day of a month determines the month.
    """
    for dependency in state.dependencies:
        if column in dependency.right and dependency.left <= set(by):
            yield replace(dependency, right=frozenset((name,)))
    for key in by:
        for others in ((), tuple(other for other in by if other != key)):
            claims = state.determines((column, *others), (key,))
            if claims is not None and column not in by:
                yield Dependency(frozenset((name, *others)), frozenset((key,)), True, claims)
                break


def group_by_unique(state: State, by: Sequence[str]) -> State:
    """The rows whose columns `by` are not null, grouped by these, with a label for each other column.

    One row per group follows from GROUP BY alone. All other facts depend on the claim that `by` is unique: each group
    is then one row, unchanged.
    """
    claims = state.is_probe(by) or NONE
    rules = [*state.dependencies, *_rules_of_keys(state)]
    kept = (replace(key, claims=key.claims | claims) for key in state.keys if key.columns != frozenset(by))
    return State(
        state.columns,
        {**state.not_null, **dict.fromkeys(by, NONE)},
        tuple(replace(rule, claims=rule.claims | claims) for rule in rules if rule.left != frozenset(by)),
        prune([Key(frozenset(by)), *kept]),
        tuple(replace(equal, claims=equal.claims | claims) for equal in state.equal),
        types=state.types,
    )


def distinct(state: State) -> State:
    """The state of DISTINCT: all columns together are a key. A subset of them need not be one."""
    return replace(state, keys=prune([*state.keys, Key(frozenset(state.columns))]))


def pick(state: State, by: Sequence[str]) -> State:
    """The state of `row_number() over (partition by …) = 1`: one row per combination of `by`. NULL is a value."""
    picked = replace(state, keys=prune([*state.keys, Key(frozenset(by))]))
    return picked if by else replace(picked, one=NONE)


def limit_one(state: State) -> State:
    return replace(state, one=NONE)


def window(state: State, name: str, partition: Sequence[str]) -> State:
    """The state with a window aggregate over whole partitions (no ORDER BY): it is constant within each partition."""
    constant = Dependency(frozenset(partition), frozenset((name,)))
    return replace(state, columns=(*state.columns, name), dependencies=(*state.dependencies, constant))


def union_all(states: Sequence[State], discriminator: str | None = None) -> State:
    """The state of UNION ALL over inputs with the same columns.

    Keys are kept only with a discriminator: a column that identifies the input of a row.
    """
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
    """Sets of columns that are a key of every input. A key of one input is extended by the best key of the others."""
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
    """The state of UNION DISTINCT: all columns together are a key. No smaller key is known."""
    return distinct(union_all(states))


def unnest(state: State, names: Sequence[str], ordinality: str | None = None) -> State:
    """The state after each row is repeated, once per element. It has a key only with ordinality."""
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
    """The dependencies that follow from the keys. They hold after rows are repeated; the keys do not."""
    whole = frozenset(state.columns)
    return [Dependency(key.columns, whole, key.strict, key.claims) for key in _all_keys(state)]
