"""Small random tables that honour random claims, and what of a state some rows break."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import Dependency, Key, State

Value = object
Row = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Table:
    """Whole numbers from 0 to 2 and NULLs, in rows that keep every claim of `state`."""

    name: str
    state: State
    rows: tuple[Row, ...]

    @property
    def ddl(self) -> str:
        columns = ", ".join(f"{column} int" for column in self.state.columns)
        rows = ", ".join(f"({', '.join('null' if v is None else str(v) for v in row)})" for row in self.rows)
        filled = f"; insert into {self.name} values {rows}" if rows else ""
        return f"create temp table {self.name} ({columns}) on commit drop{filled}"


def tables(pick: random.Random) -> tuple[Table, ...]:
    return tuple(_table(name, pick) for name in ("t1", "t2", "t3"))


def _table(name: str, pick: random.Random) -> Table:
    columns = tuple("abcd"[: pick.randint(2, 4)])

    def claim(kind: ClaimKind, likely: float, *, most: int = 2) -> list[Claim]:
        some = tuple(sorted(pick.sample(columns, pick.randint(1, most))))
        return [Claim(kind=kind, relation=name, columns=some)] if pick.random() < likely else []

    a, b = pick.sample(columns, 2)
    determines = Claim(kind=ClaimKind.DETERMINES, relation=name, columns=(a,), implies=(b,))
    key = claim(ClaimKind.KEY, 0.8)
    state = operators.source(
        columns,
        key=key[0] if key else None,
        uniques=claim(ClaimKind.UNIQUE, 0.4),
        not_null=claim(ClaimKind.NOT_NULL, 0.5, most=1),
        determines=[determines] if pick.random() < 0.4 else [],
    )
    rows: list[Row] = []
    for _ in range(pick.randint(0, 7)):
        row = tuple(None if pick.random() < 0.2 else pick.randint(0, 2) for _ in columns)
        if not any(violations(state, columns, [*rows, row])):
            rows.append(row)
    return Table(name, state, tuple(rows))


def violations(state: State, columns: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    """Every element of a state that the rows break."""
    facts = [dict(zip(columns, row, strict=True)) for row in rows]
    yield from (f"not null {c}" for c in state.not_null if any(fact[c] is None for fact in facts))
    yield from (f"key {sorted(key.columns)} {key.strict}" for key in state.keys if not _is_key(key, facts))
    yield from (f"{sorted(d.left)} -> {sorted(d.right)} {d.strict}" for d in state.dependencies if not _holds(d, facts))
    yield from (f"equal {sorted(e.pair)}" for e in state.equal if any(len(set(_of(f, e.pair))) > 1 for f in facts))
    if state.one is not None and len(facts) > 1:
        yield "one row"


def _of(fact: Mapping[str, Value], names: frozenset[str]) -> tuple[Value, ...]:
    return tuple(fact[name] for name in sorted(names))


def _is_key(key: Key, facts: Sequence[Mapping[str, Value]]) -> bool:
    values = [_of(fact, key.columns) for fact in facts]
    counted = values if key.strict else [value for value in values if None not in value]
    return len(set(counted)) == len(counted)


def _holds(rule: Dependency, facts: Sequence[Mapping[str, Value]]) -> bool:
    seen: dict[tuple[Value, ...], tuple[Value, ...]] = {}
    counted = [fact for fact in facts if rule.strict or None not in _of(fact, rule.left)]
    return all(seen.setdefault(_of(f, rule.left), _of(f, rule.right)) == _of(f, rule.right) for f in counted)
