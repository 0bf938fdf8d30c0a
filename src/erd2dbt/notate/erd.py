"""Converts the entities and links of an `Erd` to a diagram of raw tables, for other notations."""

from __future__ import annotations

from collections.abc import Mapping

from erd2dbt.diagram.drawing import Box, Diagram, Key, Line, Row, cap_of, one_of_each
from erd2dbt.diagram.erd import TODO, Attribute, Entity, Erd, Link, Word
from erd2dbt.diagram.graph import check_relation
from erd2dbt.faults.diagnostics import Collector


def diagram_of(erd: Erd) -> Diagram:
    """Return tables under their raw names, without computed columns and models.

    Raises ErdError E030 for a link to something that is not an entity.
    """
    faults, known = Collector(), {entity.name for entity in erd.entities}
    for link in erd.links:
        for end in dict.fromkeys((link.left, link.right)):
            check_relation(Word(end, link.span), known, faults)
    faults.raise_if_failed()
    schemas = {source.name: source.schema for source in erd.sources}
    raw = {entity.name: _raw(entity) for entity in erd.entities}
    tied = {(end, column) for link in erd.links for end, column in _children(link)}
    return Diagram(
        file=erd.span.file,
        title=erd.project,
        boxes=tuple(_box(entity, schemas.get(entity.source), raw[entity.name], tied) for entity in erd.entities),
        lines=tuple(_line(link, raw) for link in erd.links),
    )


def _raw(entity: Entity) -> dict[str, str]:
    return {column.name: column.raw or column.name for column in entity.columns if column.formula is None}


def _children(link: Link) -> list[tuple[str, str]]:
    """Return (entity, column) of each foreign key column."""
    is_left = link.left_cap.many or not link.right_cap.many
    return [(link.left if is_left else link.right, pair[0 if is_left else 1]) for pair in link.columns]


def _box(entity: Entity, schema: str | None, raw: Mapping[str, str], tied: set[tuple[str, str]]) -> Box:
    key = tuple(raw.get(word.text, word.text) for word in entity.key if word.text != TODO)
    rows = [
        _row(column, raw, column.name in [word.text for word in entity.key], (entity.name, column.name) in tied)
        for column in entity.columns
        if column.formula is None and column.name != TODO
    ]
    return Box(
        name=entity.name,
        title=entity.table or entity.name,
        table=entity.table or entity.name,
        span=entity.span,
        schema=schema,
        rows=tuple(rows),
        keys=key,
        uniques=tuple(tuple(raw.get(word.text, word.text) for word in unique) for unique in entity.uniques),
        description=entity.description,
        group=entity.group,
        tags=entity.tags,
    )


def _row(column: Attribute, raw: Mapping[str, str], is_key: bool, is_tied: bool) -> Row:
    marks = [(Key.PK, is_key), (Key.FK, is_tied), (Key.UK, column.unique)]
    return Row(
        name=raw[column.name],
        spelling=None if raw[column.name] == column.name else column.name,
        span=column.span,
        type=None if column.type == TODO else _type(column),
        keys=one_of_each(key for key, is_marked in marks if is_marked),
        not_null=column.not_null,
        unique=column.unique,
        description=column.description,
        values=column.values,
        is_own=column.cast and bool(column.values),
    )


def _type(column: Attribute) -> str | None:
    """Return the type in the database. Where the spec casts a column, `raw_type` has it."""
    return str(column.meta["raw_type"]) if column.cast and "raw_type" in column.meta else column.type


def _line(link: Link, raw: Mapping[str, Mapping[str, str]]) -> Line:
    """Return the line, with the child first."""
    pairs = [(a, b) for a, b in link.columns if TODO not in (a, b)]
    known = tuple((raw[link.left].get(a, a), raw[link.right].get(b, b)) for a, b in pairs)
    ends = [(link.left, cap_of(link.left_cap)), (link.right, cap_of(link.right_cap))]
    if not link.left_cap.many and link.right_cap.many:
        ends, known = ends[::-1], tuple((b, a) for a, b in known)
    (left, left_cap), (right, right_cap) = ends
    return Line(
        left=left,
        right=right,
        left_cap=left_cap,
        right_cap=right_cap,
        pairs=known,
        label=link.role or "",
        identifying=link.identifying,
        span=link.span,
    )
