"""Which claims can be asked of which tables, and which links tie tables into one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram.erd import Erd, Link
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.verify.claim_queries import ClaimBatch, Columns, Pair
from erd2dbt.verify.tables import Table

REPEATS = {ClaimKind.KEY, ClaimKind.UNIQUE, ClaimKind.ONE_TO_ONE, ClaimKind.DETERMINES}
PARTNERS = {ClaimKind.REFERENCE, ClaimKind.PARTICIPATION}
_ALIKE = {"integer": "number", "numeric": "number", "float": "number", "date": "time", "timestamp": "time"}


def pair_of(claim: Claim) -> Pair:
    """The two ends that a foreign-key claim compares; the claim must have a target."""
    assert claim.target is not None
    return Pair(source=claim.relation, columns=claim.columns, target=claim.target, target_columns=claim.target_columns)


def link_pair(link: Link) -> Pair:
    """The two ends of a link, the left one as the source."""
    left, right = tuple(a for a, _ in link.columns), tuple(b for _, b in link.columns)
    return Pair(source=link.left, columns=left, target=link.right, target_columns=right)


def mirrored(pair: Pair) -> Pair:
    """The same pair with its ends exchanged."""
    return Pair(source=pair.target, columns=pair.target_columns, target=pair.source, target_columns=pair.columns)


def obstacle(claim: Claim | Pair, tables: Mapping[str, Table], erd: Erd) -> str:
    """Why it cannot be asked; empty when it can."""
    if isinstance(claim, Claim):
        sides = [(claim.relation, claim.columns + claim.implies)]
        if claim.target is not None:
            sides.append((claim.target, claim.target_columns))
    else:
        sides = [(claim.source, claim.columns), (claim.target, claim.target_columns)]
    for entity, columns in sides:
        if why := _missing(entity, columns, tables, erd):
            return why
    return _unlike(*sides, tables=tables) if len(sides) == 2 else ""


def is_kept(claim: Claim, table: Table) -> bool:
    """Whether a unique index of the database keeps the claim already: nothing has to be counted."""
    columns = [column for name in claim.columns if (column := table.column(name)) is not None]
    plain = {column.raw for column in columns if not (column.checked and column.is_text)}
    filled = {column.raw for column in columns if column.is_filled}
    by_value = claim.kind in (ClaimKind.KEY, ClaimKind.DETERMINES)  # an index lets NULLs repeat
    return any(index <= plain and (not by_value or index <= filled) for index in table.unique)


def _missing(entity: str, columns: Columns, tables: Mapping[str, Table], erd: Erd) -> str:
    found = tables.get(entity)
    declared = next((e for e in erd.entities if e.name == entity), None)
    if declared is None:
        return f"`{entity}` is a model: `erd2dbt build` tests it"
    if found is None:
        return f"the table of `{entity}` does not exist"
    computed = {a.name for a in declared.columns if a.formula is not None}
    for name in columns:
        if name in computed:
            return f"`{entity}.{name}` is computed in staging: `erd2dbt build` tests it"
        column = found.column(name)
        if column is None:
            return f"`{entity}.{name}` does not exist"
        if not column.comparable:
            return f"values of type {column.type} cannot be compared"
    return ""


def _unlike(one: tuple[str, Columns], other: tuple[str, Columns], *, tables: Mapping[str, Table]) -> str:
    for name, there in zip(one[1], other[1], strict=True):
        left, right = _seen(tables[one[0]], name), _seen(tables[other[0]], there)
        if _kind(left) != _kind(right):
            return f"`{one[0]}.{name}` is {left} and `{other[0]}.{there}` is {right}: they cannot be compared"
    return ""


def _seen(table: Table, name: str) -> str:
    """The type that a query sees."""
    column = table.column(name)
    assert column is not None
    return column.declared if column.checked and column.is_text and column.can_try else column.type


def _kind(type_: str) -> str:
    return _ALIKE.get(family(type_), family(type_) if family(type_) != "other" else type_)


def statements(claims: Iterable[Claim], pairs: Iterable[Pair], tables: Mapping[str, Table]) -> list[ClaimBatch]:
    """One statement for each group of tables that pairs tie together, the largest first."""
    pairs = list(pairs)
    leader = {entity: entity for entity in tables}

    def lead(entity: str) -> str:
        while leader[entity] != entity:
            entity = leader[entity]
        return entity

    for pair in pairs:
        leader[lead(pair.source)] = lead(pair.target)
    asked: dict[str, ClaimBatch] = {}
    for claim in claims:
        asked.setdefault(lead(claim.relation), ClaimBatch()).claim(claim, tables[claim.relation])
    for pair in pairs:
        asked.setdefault(lead(pair.source), ClaimBatch()).pair(pair, tables)
    return sorted(asked.values(), key=lambda one: -sum(g.table.bytes for g in one.groups.values()))
