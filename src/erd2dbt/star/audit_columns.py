"""Audit columns, which only record when and by whom a row was written, and soft-delete columns.

Both are what the diagram declares, else they are inferred from names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute, Entity, Settings
from erd2dbt.escape.sql import ident
from erd2dbt.star import words
from erd2dbt.star.secrets import secrets_of

LEAVE_OUT = "leave_out"
_DELETED = re.compile(r"^_?(?:[a-z]+_)?(?:is_|was_)?(?:soft_)?deleted(?:_(?:at|on|date|time|ts|flag))?$|^date_deleted$")
_MOMENT = re.compile(r"_(?:at|on|date|time|ts)$|^date_")
_FLAG = re.compile(r"(?:^|_)is_|flag$|^_")
"""An integer is a count, unless its name is the name of a flag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """The audit columns of an entity. `left_out`: columns that no mart shows.

    `alive`: the condition for rows that are not deleted, by the column `deleted`.
    """

    left_out: frozenset[str] = frozenset()
    deleted: str | None = None
    alive: str | None = None


def upkeep(entity: Entity, settings: Settings, event: Attribute | None = None) -> Upkeep:
    """The columns of an entity that the settings exclude from its models.

    `event`: its event date, which is not excluded by its name: `changed_at` of `order_history`.
    """
    named = _audit_column_names(entity) - ({event.name} if event is not None else set())
    audit = {word.text for word in entity.audit} if entity.audit is not None else named
    secrets = secrets_of(entity)
    left_out = secrets | (audit if settings.star_audit == LEAVE_OUT else set())
    mark = deleted(entity)
    if mark is None or settings.star_deleted != LEAVE_OUT:
        return Upkeep(left_out=frozenset(left_out - ({mark.name} if mark else set())))
    return Upkeep(left_out=frozenset({*left_out, mark.name}), deleted=mark.name, alive=_alive(mark))


def _audit_column_names(entity: Entity) -> set[str]:
    return {column.name for column in entity.columns if words.is_upkeep(column) and not is_deletion(column)}


def deleted(entity: Entity) -> Attribute | None:
    """The column that marks soft-deleted rows; None without one."""
    if entity.deleted is not None:
        return next((c for c in entity.columns if c.name == entity.deleted.text), None)
    return next((column for column in entity.columns if is_deletion(column)), None)


def is_deletion(column: Attribute) -> bool:
    """Whether the column marks deletion: a timestamp, NULL until then (`deleted_at`), or a flag (`is_deleted`)."""
    name = column.name.lower()
    if not _DELETED.match(name):
        return False
    kind = _family(column)
    return (
        bool(_MOMENT.search(name))
        or kind in ("date", "timestamp", "boolean")
        or (kind == "integer" and bool(_FLAG.search(name)))
    )


def _alive(mark: Attribute) -> str:
    name, kind = ident(mark.name), _family(mark)
    if kind == "boolean":
        return f"{name} is not true"
    return f"coalesce({name}, 0) = 0" if kind == "integer" else f"{name} is null"


def _family(column: Attribute) -> str | None:
    known = canonical(column.type) if column.type else None
    return family(known) if known else None
