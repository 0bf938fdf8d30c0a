"""The dbt name of a raw table, as `source('…', '…')` finds it."""

from __future__ import annotations

from erd2dbt.diagram.erd import Entity
from erd2dbt.escape.jinja import named
from erd2dbt.names.length import cut


def dbt_table(entity: Entity) -> str:
    """The raw table's own name. A name with quotes, backslashes or braces is replaced, and becomes `identifier:`."""
    return named(cut(entity.table))
