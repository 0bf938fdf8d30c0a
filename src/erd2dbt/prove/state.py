"""What is known of a relation: keys, dependencies, equal columns, columns that are never null; each with its claims.

Bag semantics and SQL's three-valued logic. *Strict* elements take NULL as a value equal to itself (what GROUP BY
gives); *lax* ones speak only of rows whose left side has no NULL (what UNIQUE gives). The rules are those of the
theory of functional dependencies (Armstrong's axioms; closure by Beeri and Bernstein) with that distinction.
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
    """Rows that agree on `left` agree on `right`; lax: only where `left` holds no NULL."""

    left: frozenset[str]
    right: frozenset[str]
    strict: bool = True
    claims: Claims = NONE


@dataclass(frozen=True, slots=True)
class Key:
    """No two rows agree on `columns`; lax: no two whose `columns` hold no NULL."""

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
    """Everything known of one relation. `one` is not None when it has at most one row; `types` are those known."""

    columns: tuple[str, ...]
    not_null: Mapping[str, Claims] = field(default_factory=dict)
    dependencies: tuple[Dependency, ...] = ()
    keys: tuple[Key, ...] = ()
    equal: tuple[Equal, ...] = ()
    one: Claims | None = None
    types: Mapping[str, str] = field(default_factory=dict)

    def kept_apart(self, column: str, other: State, there: str) -> bool:
        """Whether equality with a column of another relation tells the values of both apart, as far as types are known.

        Where it does not, a join on the two meets more than one row of a key.
        """
        types = self.types.get(column), other.types.get(there)
        return types[0] is None or types[1] is None or joins_on_key(types[0], types[1]).keeps_apart

    def citing(self, claims: Claims) -> State:
        """What is left of all this where only these claims are made."""
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
        """A relation of which nothing is known but its columns."""
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
        """The numbers of the rules on whose left side a column stands."""
        found: dict[str, list[int]] = {}
        for number, rule in enumerate(self._implications):
            for column in rule.left:
                found.setdefault(column, []).append(number)
        return found

    def closure(self, columns: Iterable[str], filled: Collection[str] = ()) -> dict[str, Claims]:
        """Every column that `columns` determine, with the claims of one derivation: the fewest first.

        `filled` are columns to be taken as not null: a lax rule holds where its left side cannot be NULL. Each rule is
        looked at once for each column of its left side, so that the whole takes as long as the rules are.
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
        """Whether something holds of all rows alike."""
        return self.one is not None or any(not rule.left for rule in self._implications)

    def _cited(
        self,
        left: frozenset[str],
        strict: bool,
        claims: Claims,
        reached: Mapping[str, Claims],
        filled: Collection[str],
    ) -> Claims | None:
        """The claims of applying one rule, or None for a lax rule whose left side may be NULL."""
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
        """The claims by which rows that agree on `columns` agree on `others`, or None."""
        reached = self.closure(columns, filled)
        wanted = list(others)
        if any(column not in reached for column in wanted):
            return None
        return NONE.union(*(reached[column] for column in wanted))

    def is_key(self, columns: Iterable[str], filled: Collection[str] = ()) -> Claims | None:
        """The claims by which no two rows agree on `columns` (NULL equal to NULL), or None."""
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
        """The claims by which an equi-join on `columns` meets at most one row: NULLs never match, so lax keys do."""
        probed = set(columns)
        for equal in self.equal:
            if equal.pair & probed:
                probed |= equal.pair
        return self.is_key(probed, filled=probed)
