"""Tables of a database that dbt built from others: models are no sources, so a draft leaves them out and says so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from erd2dbt.diagram.drawing import Seen
from erd2dbt.faults.diagnostics import Span
from erd2dbt.read.relational.values import Table, Tables

# How dbt's style guide and star schemas call models.
_MODEL = re.compile(r"(?:dim|fct|fact|bridge|stg|int|mart|rpt|agg)_\w+", re.IGNORECASE)
_SCHEMA = re.compile(r"dbt_\w+|\w+_dbt_test__audit", re.IGNORECASE)  # of a developer, and of failed rows
_WHY = "tables that dbt seems to have built, as their names say; `--schema` reads them, too"


def without_built(found: Tables, schemas: Sequence[str]) -> Tables:
    """Without models, unless their schema was asked for, foreign keys tie them to sources, or there is nothing else."""
    asked = {name.casefold() for name in schemas}
    named = {one.id for one in found.tables.values() if one.schema.casefold() not in asked and _is_model(one)}
    named -= {end for ends in _foreign_key_ends(found) for end in ends if not named.issuperset(ends)}
    if named and named < found.tables.keys():
        text = ", ".join(".".join(part for part in name if part) for name in found.tables if name in named)
        found.seen.append(Seen(kind="the catalog", why=_WHY, span=Span(found.title or "", 1, 1), text=text))
        for name in named:
            del found.tables[name]
    return found


def _is_model(table: Table) -> bool:
    return bool(_MODEL.fullmatch(table.name) or _SCHEMA.fullmatch(table.schema))


def _foreign_key_ends(found: Tables) -> list[set[tuple[str, str]]]:
    """The two ends of each foreign key, and a table with the one that it is a part of."""
    ties = [{one.id, reference.table} for one in found.tables.values() for reference in one.references]
    return ties + [{one.id, one.partition_of} for one in found.tables.values() if one.partition_of]
