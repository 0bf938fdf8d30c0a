"""Converts drawn boxes to entities of the spec: PostgreSQL types, keys, and remarks on columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.datatypes.postgres import canonical, closest, family, understood
from erd2dbt.diagram.drawing import Box, Key, Layer, Row
from erd2dbt.diagram.erd import TODO
from erd2dbt.draft.names import raw_table
from erd2dbt.draft.values import BY_NAME, DraftColumn, DraftEntity, Remark
from erd2dbt.infer.wording.language import folded
from erd2dbt.names.length import cut
from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes.column_types import is_formula
from erd2dbt.read.spec.values import CONTROL
from erd2dbt.sql.drawn_formulas import Name, adapted

_UNKNOWN = ""  # a type that is read as text; `meta` keeps the drawn type
_ENUM = re.compile(r"(?:enum|set)\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_OWN_TYPE = re.compile(r'[\w". ]{1,200}(\(\s*\d+\s*(,\s*-?\d+\s*)?\)[\w ]*)?(\s*\[\d*\])*')


def is_entity(box: Box) -> bool:
    return box.layer in (None, Layer.STAGING)


def entity(box: Box, name: str, source: str | None) -> DraftEntity:
    """Return the entity of a box, without links and claims."""
    key, comment = _key(box, name)
    raw = raw_table(box)
    if cut(raw) != raw:
        raw = cut(raw) if box.table else name  # the exact name in a database, or a title that is too long
    description, dropped = readable(box.description)
    comments = [] if box.estimate is None else [f"about {box.estimate:,} rows"]
    comments += [dropped] if dropped else []
    comments += [Remark.INFERRED(box.guess)] if box.guess else []
    nothing = DraftColumn(name=TODO, type=TODO, comment=Remark.NEEDS("its columns; only its name is drawn"))
    return DraftEntity(
        name=name,
        key=key,
        key_comment=comment,
        columns=tuple(_computed(row, box) or _column(row) for row in box.rows) or (nothing,),
        source=source,
        table=raw if raw != name else None,
        description=description,
        uniques=box.uniques,
        group=slug(box.group or "") or None,
        tags=box.tags,
        said=_said(box),
        comment="; ".join(comments) or None,
        item=box.id,
    )


def _said(box: Box) -> dict[str, object]:
    """Return the other fields of a box, with column names of the spec."""
    names = {row.raw or row.name: row.name for row in box.rows}
    said = dict(box.said)
    if "loaded_at" in said:
        said["loaded_at"] = names.get(str(said["loaded_at"]), said["loaded_at"])
    return said


def with_key(box: Box, name: str) -> Box:
    """Return the box with its key: marked, or inferred from its columns. Without evidence, the key stays open."""
    key, _ = _key(box, name)
    return box if box.key or key == (TODO,) else replace(box, keys=key)


def _key(box: Box, name: str) -> tuple[tuple[str, ...], str | None]:
    if box.key:
        return box.key, None
    counted = [row.name for row in box.rows if row.is_counted]
    if len(counted) == 1:
        return (counted[0],), Remark.INFERRED("the database numbers its rows by it; no column is marked as key")
    usual = ("id", f"{singular(name)}_id", f"{name}_id", f"{singular(name)}_key")
    found = [row.name for row in box.rows if row.name.lower() in usual]
    filled = {row.name for row in box.rows if row.not_null}
    alone = [(row.name,) for row in box.rows if row.unique]
    sure = [unique for unique in (*alone, *box.uniques) if filled.issuperset(unique)]
    if sure and not found:
        return sure[0], Remark.INFERRED("unique and never null; no column is marked as key")
    if len(found) == 1:
        return tuple(found), BY_NAME
    return (TODO,), Remark.NEEDS("the columns that identify one row; none is marked as key")


def _computed(row: Row, box: Box) -> DraftColumn | None:
    """Return a column whose text is an expression over other columns of its box; staging computes it."""
    if row.derivation is None or row.keys:
        return None
    own = {folded(other.name): other.name for other in box.rows if other.name != row.name}

    def resolve(names: tuple[Name, ...], inside: bool) -> dict[Name, tuple[str, str]] | None:
        known = {name: ("", own[folded(name.name)]) for name in names if not name.owner and folded(name.name) in own}
        return known if len(known) == len(names) and not inside else None

    kind = family(canonical(row.type or "") or "")
    text = row.derivation.strip().lstrip("=").strip()
    found = adapted(text, resolve, lambda _: None, whole=kind == "integer", truth=kind == "boolean")
    if found is None or not any(name in found for name in own.values()):
        return None
    comment = Remark.INFERRED("computed in staging, as the diagram says; a type alone, if the raw table has it")
    return DraftColumn(name=row.name, type=found, comment=comment, item=row.id, is_computed=True)


def _column(row: Row) -> DraftColumn:
    type_, values, comment = _type(row.type)
    values = row.values or values
    is_made = row.derivation is not None and is_formula(row.derivation)
    description, dropped = readable(row.description or (None if is_made else row.derivation))
    if any(map(CONTROL.search, values)):
        values, dropped = (), Remark.OPEN("its values contain control characters, which are not claimed")
    fields: dict[str, object] = {}
    if row.raw:
        fields["from"] = cut(row.raw)
    if row.not_null and not row.has(Key.PK):
        fields["not_null"] = True
    if row.unique or row.has(Key.UK):
        fields["unique"] = True
    if row.is_own:
        fields["cast"] = True
    if values:
        fields["values"] = list(values)
    if description:
        fields["description"] = description
    fields |= row.said
    if type_ == _UNKNOWN:
        type_ = "text"
        meta = row.said.get("meta")
        fields |= {"cast": True, "meta": {**(meta if isinstance(meta, dict) else {}), "raw_type": row.type}}
    if "tests" in row.said:
        dropped = "; ".join(filter(None, (dropped, Remark.OPEN("its tests are those of other packages, or your own"))))
    guess = Remark.INFERRED(row.guess) if row.guess else None
    made = Remark.OPEN(f"the diagram describes it as “{row.derivation}”") if is_made else None
    said = "; ".join(one for one in (comment, guess, made, dropped) if one) or None
    return DraftColumn(name=row.name, type=type_, fields=fields, comment=said, item=row.id, is_counted=row.is_counted)


def readable(text: str | None) -> tuple[str | None, str | None]:
    """Return (description with plain line ends and without other control characters, remark if some were removed)."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    plain = CONTROL.sub("", lines)
    return plain.strip() or None, None if plain == lines else Remark.OPEN(
        "control characters of its description are removed"
    )


def _type(drawn: str | None) -> tuple[str, tuple[str, ...], str | None]:
    """Return (type, values of an enumeration, comment)."""
    if not drawn:
        return "text", (), Remark.INFERRED("no type is drawn")
    known = understood(drawn)
    if known is not None:
        return known, (), None if canonical(drawn) else Remark.INFERRED(f"drawn as {drawn}")
    if match := _ENUM.fullmatch(drawn):
        return "text", tuple(_values(match[1])), None
    nearest = closest(drawn) if _OWN_TYPE.fullmatch(drawn) else None
    if nearest and nearest[:2] == drawn[:2].lower():
        return nearest, (), Remark.INFERRED(f"drawn as {drawn}")
    return _UNKNOWN, (), Remark.OPEN(f"read as text, as {drawn} is not a type of PostgreSQL's own")


def is_known_type(drawn: str) -> bool:
    """Return whether a drawn type is one of PostgreSQL's, or is near enough to one."""
    return _type(drawn)[0] != _UNKNOWN


def _values(text: str) -> Iterator[str]:
    return (value for part in text.split(",") if (value := part.strip().strip("'\"").strip()))


def types(entity: DraftEntity, box: Box) -> dict[str, str | None]:
    """Return column -> its type, for columns with a drawn type."""
    drawn = {row.name: row.type for row in box.rows}
    return {
        one.name: drawn.get(one.name) if one.is_computed or not drawn.get(one.name) else one.type
        for one in entity.columns
    }
