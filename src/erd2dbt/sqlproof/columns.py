"""Finds columns that a query reads and that none of its tables has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

_COLUMN = re.compile(r"Column '(?:\"?\w+\"?\.)?\"?([^'\"]+)\"?' could not be resolved|Unknown column: (\w+)")


def unknown_column(query: exp.Expr, tables: Mapping[str, Sequence[str]]) -> str | None:
    """The first unknown column of the query; None where there is none, or where the columns of a table are not known.

    `tables`: `model` or `source.table` -> its columns.
    """
    tree = query.copy()
    schema: dict[str, object] = {}
    try:
        for scope in traverse_scope(tree):
            for source in scope.sources.values():
                if isinstance(source, exp.Table) and not _put(source, tables, schema):
                    return None
        qualify(tree, dialect="postgres", schema=schema, quote_identifiers=False, identify=False)
    except SqlglotError as error:
        found = _COLUMN.search(str(error))
        return found[1] or found[2] if found else None
    except (RecursionError, ValueError, KeyError, AttributeError, TypeError):  # not known to the resolver
        return None
    return None


def _put(table: exp.Table, tables: Mapping[str, Sequence[str]], schema: dict[str, object]) -> bool:
    """Give a table a unique name in the schema. Returns whether its columns are known."""
    name = f"{table.db}.{table.name}" if table.db else table.name
    if name.startswith("known "):
        return True
    columns = tables.get(name)
    if columns is None:
        return False
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier(f"known {name}", quoted=True))
    table.set("db", None)
    schema[f'"known {name}"'] = dict.fromkeys((f'"{column}"' for column in columns), "text")
    return True
