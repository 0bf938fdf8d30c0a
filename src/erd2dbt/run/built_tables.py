"""Finds tables that dbt built from others. Models are not sources, so a draft excludes them and lists them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from erd2dbt.diagram.drawing import Seen
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.plurals import singular
from erd2dbt.read.relational.values import Table, Tables

# Names of models in dbt's style guide and in star schemas.
_STAGED = re.compile(r"stg_(?:\w+__)?(?P<of>\w+)", re.IGNORECASE)
_MODEL = re.compile(r"(?:dim|fct|fact|bridge|stg|int|mart|rpt|agg)_\w+", re.IGNORECASE)
_SCHEMA = re.compile(r"dbt_\w+|\w+_dbt_test__audit", re.IGNORECASE)  # of a developer, and of failed rows
_WHY = "tables that dbt seems to have built, as their names say; `--schema` reads them, too"


def without_built(found: Tables, schemas: Sequence[str]) -> Tables:
    """Return the tables without models. Models stay if their schema was requested, if foreign keys connect them to
    sources, or if there are no other tables.

    A name alone is not evidence of a model (`int_rate`, `fact_check`). A staged copy of another table must show that
    dbt built here. Then a table is a model if its schema contains only models, or if its columns are those of other
    tables.
    """
    asked = {name.casefold() for name in schemas}
    there = [one for one in found.tables.values() if one.schema.casefold() not in asked]
    named = {one.id for one in there if _SCHEMA.fullmatch(one.schema)}
    if _is_staged(found):
        mixed = {one.schema for one in found.tables.values() if not _MODEL.fullmatch(one.name)}
        models = [one for one in there if _MODEL.fullmatch(one.name)]
        named |= {one.id for one in models if one.schema not in mixed or _is_derived(one, found)}
    named -= {end for ends in _foreign_key_ends(found) for end in ends if not named.issuperset(ends)}
    if named and named < found.tables.keys():
        text = ", ".join(".".join(part for part in name if part) for name in found.tables if name in named)
        found.seen.append(Seen(kind="the catalog", why=_WHY, span=Span(found.title or "", 1, 1), text=text))
        for name in named:
            del found.tables[name]
    return found


def _is_staged(found: Tables) -> bool:
    """Return whether a table or a view has the name of a staged copy of a table that is not a model."""
    sources = {singular(one.name.lower()) for one in found.tables.values() if not _MODEL.fullmatch(one.name)}
    sources |= {singular(one.name.lower()) for one in found.tables.values() if one.references}
    names = {one.name for one in found.tables.values()} | found.views
    return any((match := _STAGED.fullmatch(name)) and singular(match["of"].lower()) in sources for name in names)


def _is_derived(table: Table, found: Tables) -> bool:
    """Return whether a table has no declared key or constraint, and most of its column names occur in sources."""
    declared = table.key or table.uniques or table.references or any(one.not_null for one in table.columns.values())
    others = {name for one in found.tables.values() if not _MODEL.fullmatch(one.name) for name in one.columns}
    return not declared and 2 * len(others & table.columns.keys()) > len(table.columns)


def _foreign_key_ends(found: Tables) -> list[set[tuple[str, str]]]:
    """Yield the two ends of each foreign key, and each partition with its table."""
    ties = [{one.id, reference.table} for one in found.tables.values() for reference in one.references]
    return ties + [{one.id, one.partition_of} for one in found.tables.values() if one.partition_of]
