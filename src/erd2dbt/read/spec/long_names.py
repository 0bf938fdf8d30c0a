"""Shortens names of more than 63 bytes, which PostgreSQL would truncate. A hash keeps them distinct."""

from __future__ import annotations

import dataclasses
from typing import Any

from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, Erd, Link, ModelSpec, Word
from erd2dbt.names.length import NAME_BYTES, cut, fit

_NAMED = (Attribute, ColumnSpec, Entity, ModelSpec)


def shortened(erd: Erd) -> Erd:
    """Return the diagram with every name shortened to an identifier. Existing objects have the name that PostgreSQL
    keeps.

    Expressions do not change: their references are shortened where they are resolved.
    """
    return erd if not _any_long(erd) else _short(erd)


def _any_long(erd: Erd) -> bool:
    entities = (name for e in erd.entities for name in (e.name, *(a.name for a in e.columns)))
    models = (name for m in erd.models for name in (m.name, *(c.name for c in m.columns)))
    return any(4 * len(n) > NAME_BYTES and len(n.encode()) > NAME_BYTES for n in (*entities, *models))


def _short(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_short(item) for item in value)
    if isinstance(value, Word):
        return Word(fit(value.text), value.span)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changes = {
        f.name: new
        for f in dataclasses.fields(value)
        if (new := _short(old := getattr(value, f.name))) is not old and new != old
    }
    if isinstance(value, _NAMED):
        changes["name"] = fit(value.name)
    if isinstance(value, Attribute) and value.raw is not None:
        changes["raw"] = cut(value.raw)
    if isinstance(value, Entity):
        changes["table"] = cut(value.table)
    if isinstance(value, Link):
        changes["left"], changes["right"] = fit(value.left), fit(value.right)
        changes["columns"] = tuple((fit(a), fit(b)) for a, b in value.columns)
    return dataclasses.replace(value, **changes)
