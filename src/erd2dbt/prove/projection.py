"""Projection of a state onto some of its columns: the keys and dependencies that still hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice, product

from erd2dbt.prove.state import NONE, Claims, Dependency, Equal, Key, State

_MOST_IMAGES = 16  # how many forms of one left side are tried, in the columns that are kept


def rename(state: State, names: Mapping[str, str]) -> State:
    """The same relation under other column names (old -> new, one to one, all columns)."""

    def new(columns: frozenset[str]) -> frozenset[str]:
        return frozenset(names[c] for c in columns)

    return State(
        tuple(names[c] for c in state.columns),
        {names[c]: claims for c, claims in state.not_null.items()},
        tuple(Dependency(new(d.left), new(d.right), d.strict, d.claims) for d in state.dependencies),
        tuple(Key(new(k.columns), k.strict, k.claims) for k in state.keys),
        tuple(Equal(new(e.pair), e.claims) for e in state.equal),
        state.one,
        {names[c]: type_ for c, type_ in state.types.items() if c in names},
    )


def project(
    state: State,
    renamed: Mapping[str, str],
    computed: Mapping[str, frozenset[str] | None],
    injective: Collection[str],
) -> State:
    """The state with only copies (`renamed`: out -> in) and computed columns (`computed`: out -> inputs).

    None as inputs means that the column is not a deterministic function of other columns.
    """
    first: dict[str, str] = {}
    for new, old in renamed.items():
        first.setdefault(old, new)
    more = {new: old for new, old in renamed.items() if first[old] != new}
    wide = _widened(state, more, computed, injective)
    # A column that is copied once is replaced by its copy: most of a projection is renaming.
    places = {new: _out(new) if new in more else old for new, old in renamed.items()} | {c: _out(c) for c in computed}
    narrow = _restricted(wide, [*places.values()])
    return rename(narrow, {place: name for name, place in places.items()})


def _out(name: str) -> str:
    """The name of an output column in a state that still has the input columns, perhaps of the same name."""
    return f"\0{name}"


def _widened(
    state: State,
    renamed: Mapping[str, str],
    computed: Mapping[str, frozenset[str] | None],
    injective: Collection[str],
) -> State:
    """The relation with its output columns and its input columns."""
    filled = dict(state.not_null)
    equal = list(state.equal)
    for new, old in renamed.items():
        equal.append(Equal(frozenset((_out(new), old))))
        if old in state.not_null:
            filled[_out(new)] = state.not_null[old]
    dependencies = list(state.dependencies)
    for new, inputs in computed.items():
        if inputs is None:
            continue
        dependencies.append(Dependency(inputs, frozenset((_out(new),))))
        if new in injective:
            dependencies.append(Dependency(frozenset((_out(new),)), inputs))
    outs = tuple(_out(name) for name in (*renamed, *computed))
    types = dict(state.types)
    types |= {_out(new): types[old] for new, old in renamed.items() if old in types}
    return State((*state.columns, *outs), filled, tuple(dependencies), state.keys, tuple(equal), state.one, types)


def _restricted(state: State, kept: list[str]) -> State:
    keep = frozenset(kept)
    images = _Images(state, keep)
    keys = [
        Key(columns, key.strict, key.claims | claims)
        for key in state.keys
        for columns, claims in images.of(key.columns)
    ]
    dependencies = []
    for left, strict in _left_sides(state, images):
        reached = state.closure(left, filled=() if strict else images.all_equal(left))
        right = {c: cited for c, cited in reached.items() if c in keep and c not in left}
        dependencies += [Dependency(left, cs, strict, cited) for cited, cs in _by_claims(right).items()]
    whole = state.is_key(keep)
    if whole is not None:
        keys.append(Key(keep, True, whole))
    return State(
        tuple(kept),
        {c: claims for c, claims in state.not_null.items() if c in keep},
        tuple(dict.fromkeys(dependencies)),
        prune(keys),
        tuple(images.equal()),
        state.one,
        {c: type_ for c, type_ in state.types.items() if c in keep},
    )


def _by_claims(right: Mapping[str, Claims]) -> dict[Claims, frozenset[str]]:
    grouped: dict[Claims, list[str]] = {}
    for column, cited in right.items():
        grouped.setdefault(cited, []).append(column)
    return {cited: frozenset(columns) for cited, columns in grouped.items()}


def _left_sides(state: State, images: _Images) -> Iterator[tuple[frozenset[str], bool]]:
    """The left sides whose closure is computed: those of the known rules, written in the columns that are kept.

    A left side that is written with an equal column cites no claims here. The closure cites them.
    """
    sides: list[tuple[frozenset[str], bool]] = [(frozenset(), True)]
    sides += [(d.left, d.strict) for d in state.dependencies] + [(k.columns, k.strict) for k in state.keys]
    written = ((columns, strict) for left, strict in sides for columns, _ in images.of(left))
    yield from dict.fromkeys(written)


class _Images:
    """The ways to write a set of columns with the columns that are kept: each as itself or as an equal column."""

    def __init__(self, state: State, keep: frozenset[str]) -> None:
        self._keep = keep
        self._near: dict[str, list[tuple[str, Claims]]] = {}
        for equal in state.equal:
            a, b = sorted(equal.pair)
            self._near.setdefault(a, []).append((b, equal.claims))
            self._near.setdefault(b, []).append((a, equal.claims))

    def _reach(self, column: str) -> dict[str, Claims]:
        """Every column equal to this one, with the claims that make it equal. The column itself is first."""
        found = {column: NONE}
        queue = [column]
        while queue:
            here = queue.pop()
            for other, claims in self._near.get(here, ()):
                if other not in found:
                    found[other] = found[here] | claims
                    queue.append(other)
        return found

    def all_equal(self, columns: Iterable[str]) -> set[str]:
        """The columns and every column equal to one of them: all of these are not null where the given columns are."""
        return {other for column in columns for other in self._reach(column)}

    def of(self, columns: Iterable[str]) -> Iterator[tuple[frozenset[str], Claims]]:
        choices = [[(c, cl) for c, cl in self._reach(column).items() if c in self._keep] for column in columns]
        for combination in islice(product(*choices), _MOST_IMAGES):
            yield frozenset(c for c, _ in combination), NONE.union(*(cl for _, cl in combination))

    def equal(self) -> Iterator[Equal]:
        for column in sorted(self._keep):
            for other, claims in self._reach(column).items():
                if other in self._keep and column < other:
                    yield Equal(frozenset((column, other)), claims)


def prune(keys: Iterable[Key]) -> tuple[Key, ...]:
    """The keys without redundant ones: a subset that is as strict and cites no more claims makes a key redundant."""
    ordered = sorted(
        dict.fromkeys(keys), key=lambda k: (len(k.columns), not k.strict, len(k.claims), sorted(k.columns))
    )
    kept: dict[str | None, list[Key]] = {}  # indexed by one of their columns, which any wider key also contains
    found: list[Key] = []
    for key in ordered:
        smaller = (k for column in (None, *key.columns) for k in kept.get(column, ()) if k.columns <= key.columns)
        if not any((k.strict or not key.strict) and k.claims <= key.claims for k in smaller):
            kept.setdefault(min(key.columns, default=None), []).append(key)
            found.append(key)
    return tuple(found)
