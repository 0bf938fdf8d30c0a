"""Proposes undeclared keys from names, types, constraints and links: ranked, each with its evidence.

A declared link excludes a candidate: the columns of a many-to-one link are not unique at the many side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from erd2dbt.diagram.erd import TODO
from erd2dbt.draft.key_evidence import Candidate, Neighbours, Table
from erd2dbt.draft.key_nullability import BY_PLACE, declares_nothing, is_doubtful, with_assumed
from erd2dbt.draft.key_own_names import is_of_a_log
from erd2dbt.draft.key_rules import candidates
from erd2dbt.draft.undeclared import by_names, with_links
from erd2dbt.draft.values import BY_NAME, Draft, DraftEntity, Remark
from erd2dbt.infer.naming_styles import NamingStyles, naming_styles
from erd2dbt.infer.references import GENERIC, is_named_after, prefix_of
from erd2dbt.infer.vocabulary import tokens

KeysOf = Callable[[DraftEntity], Iterator[tuple[tuple[str, ...], str]]]
_ENOUGH = 2.0  # minimum score of a proposal
_FEWEST, _NEARLY_ALL = 4, 0.8  # tables that begin with one column, and their share of all tables


def with_proposals(draft: Draft) -> Draft:
    """Return the draft with a key where names suggest one and none is drawn, and with links that names determine."""
    keyed = with_keys(draft)
    return with_links(keyed, by_names(keyed))


def with_keys(draft: Draft) -> Draft:
    keys = named_keys(draft)
    return replace(draft, entities=tuple(_with_key(one, keys) for one in draft.entities))


def _with_key(one: DraftEntity, keys: KeysOf) -> DraftEntity:
    if one.key != (TODO,) and one.key_comment != BY_NAME:
        return one
    key, why = next(keys(one), ((TODO,), ""))
    return replace(one, key=key, key_comment=Remark.INFERRED(why)) if why else one


def named_keys(draft: Draft) -> KeysOf:
    """Return the keys of an entity that names suggest: (columns, evidence), the most likely first."""
    styles = naming_styles({one.name: [column.name for column in one.columns] for one in draft.entities})
    usual = {one.name: _in_the_usual_way(one, styles) for one in draft.entities}
    is_silent = declares_nothing(usual.values())
    client = _client(tuple(usual.values()), is_silent)
    inside = {name: _without_first(one, client) for name, one in usual.items()}
    around = _neighbours(draft, styles, inside)
    if is_silent:
        inside = {name: with_assumed(one, around) for name, one in inside.items()}
        around = replace(_neighbours(draft, styles, inside), is_silent=True)
    return lambda one: _as_written(around, one, usual[one.name], inside[one.name])


def _as_written(
    around: Neighbours, one: DraftEntity, usual: DraftEntity, inside: DraftEntity
) -> Iterator[tuple[tuple[str, ...], str]]:
    written = {new.name: old.name for old, new in zip(one.columns, usual.columns, strict=True)}
    client = [column.name for column in usual.columns[: len(usual.columns) - len(inside.columns)]]
    for key, why in _named_keys(around, inside):
        yield tuple(written[name] for name in (*client, *key)), why


def _client(tables: Sequence[DraftEntity], is_silent: bool) -> str | None:
    """Return the column with which nearly all tables begin, as `mandt` in front of each key; None without one."""
    firsts = (one.columns[0] for one in tables if one.columns)
    often = Counter(column.name for column in firsts if is_silent or column.fields.get("not_null"))
    name, count = max(often.items(), key=lambda one: one[1], default=("", 0))
    is_own = name.lower() in GENERIC or any(is_named_after(name, one.name) for one in tables)
    return name if count >= _FEWEST and count >= len(tables) * _NEARLY_ALL and not is_own else None


def _without_first(one: DraftEntity, client: str | None) -> DraftEntity:
    if client is None or len(one.columns) < 2 or one.columns[0].name != client:
        return one
    uniques = tuple(tuple(name for name in some if name != client) for some in one.uniques)
    return replace(one, columns=one.columns[1:], uniques=tuple(some for some in uniques if some))


def _neighbours(draft: Draft, styles: NamingStyles, usual: Mapping[str, DraftEntity]) -> Neighbours:
    """Return all tables from the viewpoint of each, with normalised names. Links stay as drawn."""
    drawn = Neighbours(draft)
    found = Neighbours(replace(draft, entities=tuple(usual.values()), links=()))
    columns = {name: styles.columns((c.name for c in one.columns), name) for name, one in _by_name(draft).items()}
    for name in usual:
        called = columns[name]
        found.foreign[styles.tables[name]] = {called.get(n, n) for n in drawn.foreign.get(name, ())}
        found.many[styles.tables[name]] = [
            frozenset(called.get(n, n) for n in some) for some in drawn.many.get(name, ())
        ]
    return found


def _by_name(draft: Draft) -> dict[str, DraftEntity]:
    return {one.name: one for one in draft.entities}


def _in_the_usual_way(one: DraftEntity, styles: NamingStyles) -> DraftEntity:
    """Return the table with names that do not have the prefixes of its schema."""
    usual = styles.columns((column.name for column in one.columns), one.name)
    columns = tuple(replace(column, name=usual[column.name]) for column in one.columns)
    uniques = tuple(tuple(usual.get(name, name) for name in some) for some in one.uniques)
    return replace(one, name=styles.tables.get(one.name, one.name), columns=columns, uniques=uniques)


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
        refuted = table.is_contradicted(candidate.columns) or is_of_a_log(table, candidate.columns)
        refuted = refuted or _is_part_of_unique(table, candidate.columns)
        if candidate.score >= _ENOUGH and not refuted:
            if is_doubtful(table, candidate):
                return  # what follows has even less evidence
            is_assumed = around.is_silent and "NULL" in candidate.why
            yield candidate.columns, BY_PLACE if is_assumed else candidate.why


def _is_part_of_unique(table: Table, columns: Sequence[str]) -> bool:
    """Return whether a column is declared unique only together with another: `type, id` of what was voided."""
    one = next((column for column in table.columns if (column.name,) == tuple(columns)), None)
    if one is None or one.is_counted or one.type == "uuid" or one.fields.get("unique") or "id" not in one.name.lower():
        return False
    kinds = [{name for name in some if name != one.name} for some in table.one.uniques if one.name in some]
    return bool(kinds) and all(some and _are_kinds(some) for some in kinds)


def _are_kinds(names: Collection[str]) -> bool:
    """Return whether columns say of what kind an id is."""
    return all(any(word.text in ("type", "kind", "class") for word in tokens(name)[-1:]) for name in names)


def _prefixed_keys(around: Neighbours, one: DraftEntity, size: int) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the keys of a table whose columns all have the same prefix, such as `o_orderkey`: (columns, evidence)."""
    short = {column.name: column.name[size:] for column in one.columns}
    names = {short: name for name, short in short.items()}
    columns = tuple(replace(column, name=short[column.name]) for column in one.columns)
    cut = replace(one, columns=columns, uniques=tuple(tuple(short.get(n, n) for n in some) for some in one.uniques))
    own = Neighbours(replace(around.draft, entities=(cut,), links=()))
    own.foreign = {one.name: {short.get(name, name) for name in around.foreign.get(one.name, ())}}
    own.many = {one.name: [frozenset(short.get(n, n) for n in some) for some in around.many.get(one.name, ())]}
    own.is_silent = around.is_silent
    own.others = tuple(other.name for other in around.draft.entities if other.name != one.name)
    for key, why in _named_keys(own, cut):
        yield tuple(names[name] for name in key), why
