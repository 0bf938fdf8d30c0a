"""What is known about a relation: keys, dependencies, equal columns and not-null columns, each with its claims.

The model is bag semantics with SQL's three-valued logic. *Strict* facts treat NULL as equal to itself, as GROUP BY
does. *Lax* facts apply only to rows whose left side has no NULL, as UNIQUE does. The rules are the theory of functional
dependencies (Armstrong's axioms; closure by Beeri and Bernstein), extended by this distinction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from typing import NamedTuple

from erd2dbt.datatypes.comparison import joins_on_key
from erd2dbt.prove.claims import Claim

Claims = frozenset[Claim]
NONE: Claims = frozenset()


@dataclass(frozen=True, slots=True)
class Dependency:
    """Rows that agree on `left` agree on `right`. Lax: only where no column of `left` is NULL."""

    left: frozenset[str]
    right: frozenset[str]
    strict: bool = True
    claims: Claims = NONE


@dataclass(frozen=True, slots=True)
class Key:
    """No two rows agree on `columns`. Lax: no two rows where no column of `columns` is NULL."""

    columns: frozenset[str]
    strict: bool = True
    claims: Claims = NONE


@dataclass(frozen=True, slots=True)
class Equal:
    """Two columns that are never distinct (`a is not distinct from b`)."""

    pair: frozenset[str]
    claims: Claims = NONE


class _Rule(NamedTuple):
    left: frozenset[str]
    right: frozenset[str]
    strict: bool
    claims: Claims


@dataclass(frozen=True)
class State:
    """Everything known about one relation.

    `one` is not None where it has at most one row. `types` has the known types of columns.
    """

    columns: tuple[str, ...]
    not_null: Mapping[str, Claims] = field(default_factory=dict)
    dependencies: tuple[Dependency, ...] = ()
    keys: tuple[Key, ...] = ()
    equal: tuple[Equal, ...] = ()
    one: Claims | None = None
    types: Mapping[str, str] = field(default_factory=dict)

    def kept_apart(self, column: str, other: State, there: str) -> bool:
        """Whether an equality with a column of another relation compares without loss, as far as types are known.

        Where it does not, a join on the two can match more than one row of a key.
        """
        types = self.types.get(column), other.types.get(there)
        return types[0] is None or types[1] is None or joins_on_key(types[0], types[1]).keeps_apart

    def citing(self, claims: Claims) -> State:
        """The facts that depend on these claims only."""
        return State(
            self.columns,
            {column: cited for column, cited in self.not_null.items() if cited <= claims},
            tuple(d for d in self.dependencies if d.claims <= claims),
            tuple(k for k in self.keys if k.claims <= claims),
            tuple(e for e in self.equal if e.claims <= claims),
            self.one if self.one is not None and self.one <= claims else None,
            self.types,
        )

    @classmethod
    def over(cls, columns: Iterable[str]) -> State:
        """A relation of which only the columns are known."""
        return cls(tuple(columns))

    @classmethod
    def keyed(cls, columns: Iterable[str], key: Iterable[str], claims: Claims) -> State:
        """A relation of which only a strict key is known."""
        return cls(tuple(columns), keys=(Key(frozenset(key), True, claims),))

    @cached_property
    def _implications(self) -> tuple[_Rule, ...]:
        """All rules of the closure, structural ones first."""
        whole = frozenset(self.columns)
        rules = [_Rule(d.left, d.right, d.strict, d.claims) for d in self.dependencies]
        rules += [_Rule(k.columns, whole, k.strict, k.claims) for k in self.keys]
        for e in self.equal:
            a, b = (frozenset((column,)) for column in sorted(e.pair))
            rules += [_Rule(a, b, True, e.claims), _Rule(b, a, True, e.claims)]
        if self.one is not None:
            rules.append(_Rule(frozenset(), whole, True, self.one))
        return tuple(sorted(rules, key=lambda rule: len(rule.claims)))

    @cached_property
    def _rules_of(self) -> Mapping[str, Sequence[int]]:
        """For each column, the indexes of the rules that have it in their left side."""
        found: dict[str, list[int]] = {}
        for number, rule in enumerate(self._implications):
            for column in rule.left:
                found.setdefault(column, []).append(number)
        return found

    def closure(self, columns: Iterable[str], filled: Collection[str] = ()) -> dict[str, Claims]:
        """Every column that `columns` determine, with the claims of one derivation (few claims first).

        `filled`: columns to treat as not null, so that lax rules apply to them. The run time is linear in the total
        size of the rules: each rule is visited once for each column of its left side.
        """
        reached: dict[str, Claims] = dict.fromkeys(columns, NONE)
        missing: dict[int, int] = {}
        ready: list[tuple[int, int, Claims]] = []
        fresh: list[str] = [*reached]
        rules = self._implications
        due = [number for number, rule in enumerate(rules) if not rule.left] if self._constant else []
        while True:
            for column in fresh:
                for number in self._rules_of.get(column, ()):
                    left = missing[number] = missing.get(number, len(rules[number].left)) - 1
                    if not left:
                        due.append(number)
            for number in due:
                rule = rules[number]
                cited = self._cited(rule.left, rule.strict, rule.claims, reached, filled)
                if cited is not None and not rule.right <= reached.keys():
                    heappush(ready, (len(cited), number, cited))
            if not ready:
                return reached
            _, number, cited = heappop(ready)
            due, fresh = [], [column for column in rules[number].right if column not in reached]
            reached.update(dict.fromkeys(fresh, cited))

    @cached_property
    def _constant(self) -> bool:
        """Whether some column is constant."""
        return self.one is not None or any(not rule.left for rule in self._implications)

    def _cited(
        self,
        left: frozenset[str],
        strict: bool,
        claims: Claims,
        reached: Mapping[str, Claims],
        filled: Collection[str],
    ) -> Claims | None:
        """The claims of applying one rule; None for a lax rule whose left side may be NULL."""
        cited = claims.union(*(reached[c] for c in left)) if left else claims
        if strict:
            return cited
        for column in left:
            if column in filled:
                continue
            if column not in self.not_null:
                return None
            cited |= self.not_null[column]
        return cited

    def determines(self, columns: Iterable[str], others: Iterable[str], filled: Collection[str] = ()) -> Claims | None:
        """The claims by which rows that agree on `columns` agree on `others`; None where they may not."""
        reached = self.closure(columns, filled)
        wanted = list(others)
        if any(column not in reached for column in wanted):
            return None
        return NONE.union(*(reached[column] for column in wanted))

    def is_key(self, columns: Iterable[str], filled: Collection[str] = ()) -> Claims | None:
        """The claims by which no two rows agree on `columns` (NULL equal to NULL); None where two may."""
        if self.one is not None and not self.one:
            return NONE
        reached = self.closure(columns, filled)
        proofs = [] if self.one is None else [self.one]
        for key in self.keys:
            if key.columns <= reached.keys():
                cited = self._cited(key.columns, key.strict, key.claims, reached, filled)
                if cited is not None:
                    proofs.append(cited)
        return min(proofs, key=len, default=None)

    def is_probe(self, columns: Iterable[str]) -> Claims | None:
        """The claims by which an equi-join on `columns` matches at most one row; None where it may match more.

        NULL never matches, so a lax key suffices.
        """
        probed = set(columns)
        for equal in self.equal:
            if equal.pair & probed:
                probed |= equal.pair
        return self.is_key(probed, filled=probed)
