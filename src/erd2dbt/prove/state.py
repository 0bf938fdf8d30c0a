"""What is known of a relation: keys, dependencies, equal columns, columns that are never null; each with its claims.

Bag semantics and SQL's three-valued logic. *Strict* elements take NULL as a value equal to itself (what GROUP BY
gives); *lax* ones speak only of rows whose left side has no NULL (what UNIQUE gives). The rules are those of the
theory of functional dependencies (Armstrong's axioms; closure by Beeri and Bernstein) with that distinction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

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


@dataclass(frozen=True)
class State:
    """Everything known of one relation. `one` is not None when it has at most one row."""

    columns: tuple[str, ...]
    not_null: Mapping[str, Claims] = field(default_factory=dict)
    dependencies: tuple[Dependency, ...] = ()
    keys: tuple[Key, ...] = ()
    equal: tuple[Equal, ...] = ()
    one: Claims | None = None

    @classmethod
    def over(cls, columns: Iterable[str]) -> State:
        """A relation of which nothing is known but its columns."""
        return cls(tuple(columns))

    @classmethod
    def keyed(cls, columns: Iterable[str], key: Iterable[str], claims: Claims) -> State:
        """A relation of which only a strict key is known."""
        return cls(tuple(columns), keys=(Key(frozenset(key), True, claims),))

    @cached_property
    def _implications(self) -> tuple[tuple[frozenset[str], frozenset[str], bool, Claims], ...]:
        """All rules of the closure as (left, right, strict, claims), structural ones first."""
        whole = frozenset(self.columns)
        rules = [(d.left, d.right, d.strict, d.claims) for d in self.dependencies]
        rules += [(k.columns, whole, k.strict, k.claims) for k in self.keys]
        for e in self.equal:
            a, b = sorted(e.pair)
            rules += [(frozenset((a,)), frozenset((b,)), True, e.claims)]
            rules += [(frozenset((b,)), frozenset((a,)), True, e.claims)]
        if self.one is not None:
            rules.append((frozenset(), whole, True, self.one))
        return tuple(sorted(rules, key=lambda rule: len(rule[3])))

    def closure(self, columns: Iterable[str], filled: Collection[str] = ()) -> dict[str, Claims]:
        """Every column that `columns` determine, with the claims of one derivation (structural, where there is one).

        `filled` are columns to be taken as not null: a lax rule holds where its left side cannot be NULL.
        """
        reached: dict[str, Claims] = dict.fromkeys(columns, NONE)
        for structural in (True, False):
            rules = [rule for rule in self._implications if not structural or not rule[3]]
            changed = True
            while changed:
                changed = False
                for left, right, strict, claims in rules:
                    if not left <= reached.keys() or right <= reached.keys():
                        continue
                    cited = self._cited(left, strict, claims, reached, filled)
                    if cited is None or (structural and cited):
                        continue
                    for column in right:
                        reached.setdefault(column, cited)
                    changed = True
        return reached

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
