"""Tables of a database that dbt built from others: models are no sources, so a draft leaves them out and says so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from erd2dbt.diagram.drawing import Seen
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.plurals import singular
from erd2dbt.read.relational.values import Table, Tables

# How dbt's style guide and star schemas call models.
_STAGED = re.compile(r"stg_(?:\w+__)?(?P<of>\w+)", re.IGNORECASE)
_MODEL = re.compile(r"(?:dim|fct|fact|bridge|stg|int|mart|rpt|agg)_\w+", re.IGNORECASE)
_SCHEMA = re.compile(r"dbt_\w+|\w+_dbt_test__audit", re.IGNORECASE)  # of a developer, and of failed rows
_WHY = "tables that dbt seems to have built, as their names say; `--schema` reads them, too"


def without_built(found: Tables, schemas: Sequence[str]) -> Tables:
    """Without models, unless their schema was asked for, foreign keys tie them to sources, or there is nothing else.

    A name alone makes no model (`int_rate`, `fact_check`): beside it, a staged copy of another table shows that dbt
    built here; and either nothing but models stands in its schema, or its columns are those of other tables."""
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
    """Whether a table or a view is called as the staged copy of a table that is no model."""
    sources = {singular(one.name.lower()) for one in found.tables.values() if not _MODEL.fullmatch(one.name)}
    sources |= {singular(one.name.lower()) for one in found.tables.values() if one.references}
    names = {one.name for one in found.tables.values()} | found.views
    return any((match := _STAGED.fullmatch(name)) and singular(match["of"].lower()) in sources for name in names)


def _is_derived(table: Table, found: Tables) -> bool:
    """Whether it has neither a key nor anything else that is declared, and most of its columns are called as those of
    sources."""
    declared = table.key or table.uniques or table.references or any(one.not_null for one in table.columns.values())
    others = {name for one in found.tables.values() if not _MODEL.fullmatch(one.name) for name in one.columns}
    return not declared and 2 * len(others & table.columns.keys()) > len(table.columns)


def _foreign_key_ends(found: Tables) -> list[set[tuple[str, str]]]:
    """The two ends of each foreign key, and a table with the one that it is a part of."""
    ties = [{one.id, reference.table} for one in found.tables.values() for reference in one.references]
    return ties + [{one.id, one.partition_of} for one in found.tables.values() if one.partition_of]
