"""Claims that the new diagram makes no longer, or newly; one that another claim implies has not left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from erd2dbt.contract.change import Change, Meaning
from erd2dbt.contract.pairing import Pair, Pairing
from erd2dbt.design.plans.plan import Plan
from erd2dbt.explain.claims import reliance
from erd2dbt.prove.claims import Claim, ClaimKind

_UNIQUE = (ClaimKind.KEY, ClaimKind.UNIQUE, ClaimKind.ONE_TO_ONE, ClaimKind.ASSUMED)
_FILLED = (ClaimKind.KEY, ClaimKind.NOT_NULL)


@dataclass(frozen=True, slots=True)
class _Promise:
    """A part of a claim that can change alone, in the names of the new diagram."""

    relation: str
    columns: tuple[str, ...]
    words: str


def claim_changes(
    pairing: Pairing, old: tuple[Iterable[Claim], tuple[Plan, ...]], new: tuple[Iterable[Claim], tuple[Plan, ...]]
) -> Iterator[Change]:
    """Of (claims, plans) before and after. What left or came with its relation or its columns says so itself."""
    before, after = dict(_promises(old[0], pairing)), dict(_promises(new[0], None))
    pairs = {pair.new.relation.name: pair for pair in pairing.both}
    for promise, claim in before.items():
        pair = pairs.get(promise.relation)
        if promise not in after and pair and _stays(claim, pair, pairing) and not _is_of_the_grain(claim, pair):
            yield _change(promise, claim, pair, old[1], meaning=Meaning.BREAKING)
    for promise, claim in after.items():
        pair = pairs.get(promise.relation)
        known = set(pair.columns.values()) if pair else set()
        if promise not in before and pair and known >= {*claim.columns} and not _is_of_the_grain(claim, pair):
            yield _change(promise, claim, pair, new[1], meaning=Meaning.RISKY)


def _change(promise: _Promise, claim: Claim, pair: Pair, plans: tuple[Plan, ...], *, meaning: Meaning) -> Change:
    found = reliance(claim, plans)
    said = "no longer promised" if meaning is Meaning.BREAKING else "now promised and tested"
    return Change(
        meaning=meaning,
        model=pair.new.relation.model,
        column=promise.columns[0] if len(promise.columns) == 1 else None,
        what=f"{said}: {promise.words}",
        span=claim.span or pair.new.relation.span,
        reaches=tuple(dict.fromkeys((*found.rows, *found.filled, *found.values))),
    )


def _stays(claim: Claim, pair: Pair, pairing: Pairing) -> bool:
    """Whether all that an old claim is about is still there."""
    if claim.target is None:
        return set(claim.columns) | set(claim.implies) <= set(pair.columns)
    target = next((p for p in pairing.both if p.old.relation.name == claim.target), None)
    return (
        target is not None and set(claim.columns) <= set(pair.columns) and {*claim.target_columns} <= {*target.columns}
    )


def _is_of_the_grain(claim: Claim, pair: Pair) -> bool:
    """Part of a key that has changed: the change of the grain says it."""
    old = {pair.columns.get(column, column) for column in pair.old.relation.grain}
    return claim.kind is ClaimKind.KEY and old != set(pair.new.relation.grain)


def _promises(claims: Iterable[Claim], pairing: Pairing | None) -> Iterator[tuple[_Promise, Claim]]:
    for claim in claims:
        for columns, words in _parts(_renamed(claim, pairing) if pairing else claim):
            relation = pairing.new_name(claim.relation, "") if pairing else claim.relation
            yield _Promise(relation, columns, words), claim


def _renamed(claim: Claim, pairing: Pairing) -> Claim:
    def all_of(relation: str, columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(pairing.new_name(relation, column) for column in columns)

    return Claim(
        kind=claim.kind,
        relation=pairing.new_name(claim.relation, ""),
        columns=all_of(claim.relation, claim.columns),
        implies=all_of(claim.relation, claim.implies),
        target=pairing.new_name(claim.target, "") if claim.target else None,
        target_columns=all_of(claim.target or "", claim.target_columns),
        span=claim.span,
    )


def _parts(claim: Claim) -> Iterator[tuple[tuple[str, ...], str]]:
    columns = tuple(sorted(claim.columns)) if claim.target is None else claim.columns
    own = ", ".join(columns)
    if claim.kind in _UNIQUE:
        yield columns, f"({own}) is unique"
    if claim.kind in _FILLED:
        yield from (((column,), f"{column} is not null") for column in columns)
    if claim.kind is ClaimKind.DETERMINES:
        yield from ((columns, f"({own}) determines {column}") for column in claim.implies)
    if claim.target is not None:
        there = f"{claim.target} ({', '.join(claim.target_columns)})"
        verb = "has a matching row in" if claim.kind is ClaimKind.PARTICIPATION else "exists in"
        yield columns, f"every ({own}) {verb} {there}"
