"""Keys that nobody declared, proposed from names, types, constraints and links: ranked, each with its evidence.

A candidate that a declared link contradicts is none: where many rows lead to one of another table, the columns of the
link tell no row apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.diagram.erd import TODO
from erd2dbt.draft.key_evidence import Candidate, Neighbours, Table
from erd2dbt.draft.key_rules import candidates
from erd2dbt.draft.undeclared import by_names, with_links
from erd2dbt.draft.values import BY_NAME, Draft, DraftEntity, Remark
from erd2dbt.infer.references import prefix_of

_ENOUGH = 2.0  # from which on a candidate is proposed


def with_proposals(draft: Draft) -> Draft:
    """The draft with a key wherever names tell one and none is drawn, and with the links that names leave no choice
    about."""
    keyed = with_keys(draft)
    return with_links(keyed, by_names(keyed))


def with_keys(draft: Draft) -> Draft:
    around = Neighbours(draft)
    return replace(draft, entities=tuple(_with_key(around, one) for one in draft.entities))


def _with_key(around: Neighbours, one: DraftEntity) -> DraftEntity:
    if one.key != (TODO,) and one.key_comment != BY_NAME:
        return one
    key, why = next(_named_keys(around, one), ((TODO,), ""))
    return replace(one, key=key, key_comment=Remark.INFERRED(why)) if why else one


def named_keys(draft: Draft, one: DraftEntity) -> Iterator[tuple[tuple[str, ...], str]]:
    """(columns, evidence), the surest first."""
    return _named_keys(Neighbours(draft), one)


def _named_keys(around: Neighbours, one: DraftEntity) -> Iterator[tuple[tuple[str, ...], str]]:
    size = len(prefix_of(column.name for column in one.columns))
    if size:
        yield from _prefixed_keys(around, one, size)
        return
    table = Table(around, one)
    found: dict[tuple[str, ...], Candidate] = {}
    for one_of_many in candidates(table):
        candidate = replace(one_of_many, columns=table.widened(one_of_many.columns))
        known = found.get(candidate.columns)
        if known is None or known.score < candidate.score:
            found[candidate.columns] = candidate
    for candidate in sorted(found.values(), key=lambda c: (-c.score, len(c.columns))):
        if candidate.score >= _ENOUGH and not table.is_contradicted(candidate.columns):
            yield candidate.columns, candidate.why


def _prefixed_keys(around: Neighbours, one: DraftEntity, size: int) -> Iterator[tuple[tuple[str, ...], str]]:
    """Of a table whose columns all begin with a mark of it: `o_orderkey`."""
    short = {column.name: column.name[size:] for column in one.columns}
    names = {short: name for name, short in short.items()}
    columns = tuple(replace(column, name=short[column.name]) for column in one.columns)
    cut = replace(one, columns=columns, uniques=tuple(tuple(short.get(n, n) for n in some) for some in one.uniques))
    own = Neighbours(replace(around.draft, entities=(cut,), links=()))
    own.foreign = {one.name: {short.get(name, name) for name in around.foreign.get(one.name, ())}}
    own.many = {one.name: [frozenset(short.get(n, n) for n in some) for some in around.many.get(one.name, ())]}
    own.others = tuple(other.name for other in around.draft.entities if other.name != one.name)
    for key, why in _named_keys(own, cut):
        yield tuple(names[name] for name in key), why
