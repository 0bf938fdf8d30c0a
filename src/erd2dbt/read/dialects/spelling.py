"""Restores the original spelling of names, for systems where names are case-insensitive and keep their spelling."""

from __future__ import annotations

from collections.abc import Mapping

from erd2dbt.read.ddl.script import Script
from erd2dbt.read.relational.values import Reference, Table

_Id = tuple[str, str]


def with_spelling(script: Script) -> None:
    """Rename all tables and columns from folded names, which the reader uses, to the original spelling."""
    found = script.found
    ids = {id_: (script.spelled.get(id_[0], id_[0]), table.spelling or id_[1]) for id_, table in found.tables.items()}
    names = {
        id_: {name: column.spelling or name for name, column in table.columns.items()}
        for id_, table in found.tables.items()
    }
    for id_, table in list(found.tables.items()):
        _rename(table, names[id_])
        for reference in table.references:
            _redirect(reference, ids, names)
        table.schema, table.name = ids[id_]
        table.partition_of = ids.get(table.partition_of, table.partition_of) if table.partition_of else None
    found.tables = {table.id: table for table in found.tables.values()}


def _rename(table: Table, names: Mapping[str, str]) -> None:
    def called(given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(name, name) for name in given)

    for name, column in table.columns.items():
        column.name = names[name]
    table.columns = {column.name: column for column in table.columns.values()}
    table.key, table.uniques = called(table.key), [called(one) for one in table.uniques]
    for rule in table.rules:
        rule.said = rule.said.renamed(names)
    for reference in table.references:
        reference.columns = called(reference.columns)


def _redirect(reference: Reference, ids: Mapping[_Id, _Id], names: Mapping[_Id, Mapping[str, str]]) -> None:
    theirs = names.get(reference.table, {})
    reference.to = tuple(theirs.get(name, name) for name in reference.to)
    reference.table = ids.get(reference.table, reference.table)
