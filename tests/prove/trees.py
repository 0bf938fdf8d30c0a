"""Random operator trees over small bags with NULLs: each as rows, and as the state that is derived of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, product

from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import Dependency, Key, State

Row = dict[str, int | None]
Rows = list[Row]
Tree = tuple[State, Rows]
MOST_ROWS = 300


def violations(state: State, rows: Rows) -> Iterator[str]:
    """Every derived element that some rows break."""
    for column in state.not_null:
        if any(row[column] is None for row in rows):
            yield f"not null {column}"
    for key in state.keys:
        yield from _broken_key(key, rows)
    for dependency in state.dependencies:
        yield from _broken_dependency(dependency, rows)
    for equal in state.equal:
        a, b = sorted(equal.pair)
        if any(row[a] != row[b] for row in rows):
            yield f"{a} equals {b}"
    if state.one is not None and len(rows) > 1:
        yield "one row"


def _broken_key(key: Key, rows: Rows) -> Iterator[str]:
    columns = sorted(key.columns)
    values = [tuple(row[c] for c in columns) for row in rows]
    if any(n > 1 for value, n in Counter(values).items() if key.strict or None not in value):
        yield f"{'strict' if key.strict else 'lax'} key {columns}"


def _broken_dependency(dependency: Dependency, rows: Rows) -> Iterator[str]:
    left, right = sorted(dependency.left), sorted(dependency.right)
    seen: dict[tuple[int | None, ...], tuple[int | None, ...]] = {}
    for row in rows:
        value = tuple(row[c] for c in left)
        if not dependency.strict and None in value:
            continue
        if seen.setdefault(value, tuple(row[c] for c in right)) != tuple(row[c] for c in right):
            yield f"{'strict' if dependency.strict else 'lax'} {left} -> {right}"
            return


class Grower:
    """Grows trees from one seed; column names are never used twice."""

    def __init__(self, seed: int, rules: object = operators) -> None:
        self.random = random.Random(seed)
        self.rules = rules
        self._numbers = count()

    def fresh(self) -> str:
        return f"c{next(self._numbers)}"

    def tree(self, depth: int) -> Tree:
        if depth == 0:
            return self.table()
        state, rows = self.tree(depth - 1)
        if len(rows) > MOST_ROWS:
            rows = rows[:MOST_ROWS]
            return self.table()
        operator: Callable[[State, Rows, int], Tree] = self.random.choice(
            (
                self.select, self.select, self.where, self.join, self.join, self.join, self.join,
                self.group, self.group, self.group_by_unique, self.distinct, self.pick, self.limit, self.window,
                self.union, self.unnest,
            )
        )  # fmt: skip
        return operator(state, rows, depth)

    def table(self) -> Tree:
        """A base table that honours the claims made of it."""
        pick = self.random
        columns = [self.fresh() for _ in range(pick.randint(2, 4))]

        def some(most: int = 2) -> tuple[str, ...]:
            return tuple(pick.sample(columns, pick.randint(1, min(most, len(columns)))))

        key = Claim(kind=ClaimKind.KEY, relation="t", columns=some()) if pick.random() < 0.7 else None
        uniques = [Claim(kind=ClaimKind.UNIQUE, relation="t", columns=some())] if pick.random() < 0.4 else []
        filled = [Claim(kind=ClaimKind.NOT_NULL, relation="t", columns=(c,)) for c in columns if pick.random() < 0.3]
        determines = []
        if pick.random() < 0.5:
            a, b = pick.sample(columns, 2)
            determines.append(Claim(kind=ClaimKind.DETERMINES, relation="t", columns=(a,), implies=(b,)))
        state = self.rules.source(columns, key=key, uniques=uniques, not_null=filled, determines=determines)
        honest = operators.source(columns, key=key, uniques=uniques, not_null=filled, determines=determines)
        rows: Rows = []
        for _ in range(pick.randint(0, 6)):
            row: Row = {c: None if pick.random() < 0.25 else pick.randint(0, 2) for c in columns}
            if not any(violations(honest, [*rows, row])):
                rows.append(row)
        return state, rows

    def _columns(self, state: State, most: int = 2, least: int = 1) -> list[str]:
        return self.random.sample(
            state.columns, self.random.randint(min(least, len(state.columns)), min(most, len(state.columns)))
        )

    def select(self, state: State, rows: Rows, depth: int) -> Tree:
        del depth
        kept = self._columns(state, most=len(state.columns))
        renamed = {self.fresh(): c for c in kept}
        if self.random.random() < 0.3:
            renamed[self.fresh()] = self.random.choice(kept)
        computed, injective = {}, []
        if self.random.random() < 0.5:
            computed[self.fresh()] = frozenset(self._columns(state))
        if self.random.random() < 0.3:
            injective.append(self.fresh())
            computed[injective[0]] = frozenset((self.random.choice(state.columns),))

        def value(name: str, inputs: Iterable[str], row: Row) -> int | None:
            values = [row[c] for c in sorted(inputs)]
            if name in injective:
                return None if values[0] is None else values[0] + 10
            return None if None in values else sum(v for v in values if v is not None) % 2

        made = [
            {**{o: row[i] for o, i in renamed.items()}, **{o: value(o, ins, row) for o, ins in computed.items()}}
            for row in rows
        ]
        return self.rules.select(state, renamed, computed, injective), made

    def where(self, state: State, rows: Rows, depth: int) -> Tree:
        del depth
        column = self.random.choice(state.columns)
        kind = self.random.choice(("constant", "filled", "equal", "in"))
        if kind == "constant":
            return self.rules.where(state, constants=[column]), [r for r in rows if r[column] == 1]
        if kind == "in":  # says only that the column is filled
            return self.rules.where(state, not_null=[column]), [r for r in rows if r[column] in (0, 1)]
        if kind == "filled" or len(state.columns) < 2:
            return self.rules.where(state, not_null=[column]), [r for r in rows if r[column] is not None]
        other = self.random.choice([c for c in state.columns if c != column])
        kept = [r for r in rows if r[column] is not None and r[column] == r[other]]
        return self.rules.where(state, equal_columns=[(column, other)]), kept

    def join(self, state: State, rows: Rows, depth: int) -> Tree:
        other, others = self.tree(self.random.randint(0, depth - 1))
        on = [
            (self.random.choice(state.columns), self.random.choice(other.columns))
            for _ in range(self.random.randint(1, 2))
        ]
        kind = self.random.choice(("inner", "left", "left", "extra", "full", "semi", "cross"))
        if kind == "cross":
            return self.rules.cross_join(state, other), [{**a, **b} for a, b in product(rows, others)]
        limit = self.random.choice(state.columns), self.random.choice(other.columns)

        def matches(a: Row, b: Row) -> bool:
            equal = all(a[x] is not None and a[x] == b[y] for x, y in on)
            extra = kind != "extra" or (a[limit[0]] or 0) <= (b[limit[1]] or 0)
            return equal and extra

        pairs = {i: [b for b in others if matches(a, b)] for i, a in enumerate(rows)}
        nothing: Row = dict.fromkeys(other.columns)
        if kind == "semi":
            return self.rules.semi_join(state), [a for i, a in enumerate(rows) if pairs[i]]
        inner = [{**a, **b} for i, a in enumerate(rows) for b in pairs[i]]
        if kind == "inner":
            return self.rules.inner_join(state, other, on), inner
        lone = [{**a, **nothing} for i, a in enumerate(rows) if not pairs[i]]
        if kind == "full":
            empty: Row = dict.fromkeys(state.columns)
            unmet = [{**empty, **b} for b in others if not any(matches(a, b) for a in rows)]
            return self.rules.full_join(state, other, on), inner + lone + unmet
        return self.rules.left_join(state, other, on, extra=kind == "extra"), inner + lone

    def group(self, state: State, rows: Rows, depth: int) -> Tree:
        del depth
        by = self._columns(state, most=3, least=0)
        measure = self.random.choice(state.columns)
        names = {kind: self.fresh() for kind in ("count", "sum", "min", "label")}
        inputs = frozenset((measure,))
        outputs = [
            operators.Output(names["count"], inputs, counts=True),
            operators.Output(names["sum"], inputs, strict_in=True),
            operators.Output(names["min"], inputs, strict_in=True),
        ]
        labelled = [c for c in state.columns if state.determines(by, [c]) is not None]
        label = self.random.choice(labelled) if labelled else None
        if label is not None:
            outputs.append(operators.Output(names["label"], frozenset((label,)), strict_in=True, label=label))
        groups: dict[tuple[int | None, ...], Rows] = {} if by else {(): []}
        for row in rows:
            groups.setdefault(tuple(row[c] for c in by), []).append(row)
        made: Rows = []
        for value, members in groups.items():
            values = [m[measure] for m in members if m[measure] is not None]
            out: Row = dict(zip(by, value, strict=True))
            out |= {names["count"]: len(values), names["sum"]: sum(values) if values else None}
            out[names["min"]] = min(values, default=None)
            if label is not None:
                out[names["label"]] = min((m[label] for m in members if m[label] is not None), default=None)
            made.append(out)
        return self.rules.group(state, by, outputs), made

    def group_by_unique(self, state: State, rows: Rows, depth: int) -> Tree:
        """By columns that are claimed unique and are so. Without the claim, a window adds a column instead."""
        known = [sorted(key.columns) for key in state.keys if key.columns]
        by = self.random.choice(known) if known else self._columns(state)
        if state.is_probe(by) is None:
            return self.window(state, rows, depth)
        return self.rules.group_by_unique(state, by), [row for row in rows if all(row[c] is not None for c in by)]

    def distinct(self, state: State, rows: Rows, depth: int) -> Tree:
        del depth
        return self.rules.distinct(state), _distinct(rows)

    def pick(self, state: State, rows: Rows, depth: int) -> Tree:
        del depth
        by = self._columns(state, least=0)
        first: dict[tuple[int | None, ...], Row] = {}
        for row in self.random.sample(rows, len(rows)):
            first.setdefault(tuple(row[c] for c in by), row)
        return self.rules.pick(state, by), list(first.values())

    def limit(self, state: State, rows: Rows, depth: int) -> Tree:
        del depth
        return self.rules.limit_one(state), rows[:1]

    def window(self, state: State, rows: Rows, depth: int) -> Tree:
        del depth
        name, partition = self.fresh(), self._columns(state, least=0)
        sizes = Counter(tuple(row[c] for c in partition) for row in rows)
        made = [{**row, name: sizes[tuple(row[c] for c in partition)]} for row in rows]
        return self.rules.window(state, name, partition), made

    def union(self, state: State, rows: Rows, depth: int) -> Tree:
        """With a relation of its own that is renamed to the same columns, or with a part of the same rows."""
        part, parts = state, [row for row in rows if self.random.random() < 0.7]
        if self.random.random() < 0.7:
            other, others = self.tree(self.random.randint(0, depth - 1))
            renamed = {c: other.columns[i % len(other.columns)] for i, c in enumerate(state.columns)}
            part = self.rules.select(other, renamed)
            parts = [{new: row[old] for new, old in renamed.items()} for row in others]
        kind = self.random.choice(("all", "tagged", "distinct"))
        if kind == "all":
            return self.rules.union_all([state, part]), rows + parts
        if kind == "distinct":
            return self.rules.union([state, part]), _distinct(rows + parts)
        tag = self.fresh()
        made = [{**row, tag: 0} for row in rows] + [{**row, tag: 1} for row in parts]
        return self.rules.union_all([state, part], tag), made

    def unnest(self, state: State, rows: Rows, depth: int) -> Tree:
        del depth
        name, number = self.fresh(), self.fresh() if self.random.random() < 0.5 else None
        made: Rows = []
        for row in rows:
            for i in range(self.random.randint(0, 2)):
                made.append({**row, name: self.random.randint(0, 1), **({number: i} if number else {})})
        return self.rules.unnest(state, [name], number), made


def _distinct(rows: Sequence[Row]) -> Rows:
    return [row for i, row in enumerate(rows) if row not in rows[:i]]


def first_violation(seeds: Iterable[int], rules: object = operators, depth: int = 4) -> str | None:
    """What the first broken tree breaks, or None."""
    for seed in seeds:
        grower = Grower(seed, rules)
        state, rows = grower.tree(grower.random.randint(1, depth))
        if len(rows) <= MOST_ROWS:
            for broken in violations(state, rows):
                return f"seed {seed}: {broken}"
    return None
