"""What dbt calls a raw table: a name of a source, which `source('…', '…')` finds."""

from __future__ import annotations

from erd2dbt.diagram.erd import Entity
from erd2dbt.escape.jinja import named
from erd2dbt.names.length import cut


def dbt_table(entity: Entity) -> str:
    """The raw table's own name; one with quotes, backslashes or braces gets another, and is as `identifier:`."""
    return named(cut(entity.table))
