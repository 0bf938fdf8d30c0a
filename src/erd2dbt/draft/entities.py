"""Drawn boxes as entities of the spec: names that fit, types of PostgreSQL, keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.diagram import Box, Key, Layer, Row
from erd2dbt.draft.values import DraftColumn, DraftEntity, Remark
from erd2dbt.erd import TODO
from erd2dbt.infer.words import singular
from erd2dbt.postgres_types import canonical, closest, understood
from erd2dbt.read.layers import without_prefix
from erd2dbt.read.names import fault_of_column, fault_of_object, fault_of_raw, folded, usable
from erd2dbt.read.titles import apart

_ENUM = re.compile(r"(?:enum|set)\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_OWN_TYPE = re.compile(r'[\w". ]{1,200}(\(\s*\d+\s*(,\s*-?\d+\s*)?\)[\w ]*)?(\s*\[\d*\])*')


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Box -> name in the spec; `pattern` is set where staging models keep the names that are drawn."""

    names: Mapping[str, str]
    pattern: str | None = None


def is_entity(box: Box) -> bool:
    return box.layer in (None, Layer.STAGING)


def named(entities: Iterable[Box], models: Iterable[Box], *, several_sources: bool) -> Naming:
    """`stg_orders` is the staging model of `orders`, unless a model is called `orders`, too: they share one scope."""
    models, entities = tuple(models), tuple(entities)
    plain = {box.name: without_prefix(box.name) for box in entities}
    used = Counter(folded(name) for name in (*plain.values(), *(box.name for box in models)))
    is_one_scope = used.total() == len(used)
    names = plain if is_one_scope else {name: name for name in plain}
    drawn = any(name != box for box, name in plain.items())
    pattern = "{entity}" if not is_one_scope else "stg_{entity}" if several_sources and drawn else None
    return Naming(names=_fitting({**names, **{box.name: box.name for box in models}}), pattern=pattern)


def _fitting(names: Mapping[str, str]) -> dict[str, str]:
    """Names that are too long are cut, and those that the spec would not tell apart get a number."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for box, name in names.items():
        found[box] = apart(usable(name) if fault_of_object(name) else name, lambda one: folded(one) in taken)
        taken.add(folded(found[box]))
    return found


def column_names(box: Box) -> dict[str, str]:
    """Row -> a name that the spec takes; those that it would not tell apart get a number."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for row in box.rows:
        name = usable(row.name) if fault_of_column(row.name) else row.name
        found[row.name] = apart(name, lambda one: folded(one) in taken)
        taken.add(folded(found[row.name]))
    return found


def entity(box: Box, name: str, source: str | None) -> DraftEntity:
    """The box as an entity; its links and claims come from elsewhere."""
    names = column_names(box)
    key, comment = _key(box, name, names)
    raw = box.table or without_prefix(box.name)
    nothing = DraftColumn(name=TODO, type=TODO, comment=Remark.NEEDS("its columns; only its name is drawn"))
    return DraftEntity(
        name=name,
        key=key,
        key_comment=comment,
        columns=tuple(_column(row, names[row.name]) for row in box.rows) or (nothing,),
        source=source,
        table=raw if raw != name and not fault_of_raw(raw) else None,
        description=box.description,
        uniques=tuple(tuple(names[column] for column in unique) for unique in box.uniques),
        tags=tuple(dict.fromkeys((*((box.group,) if box.group else ()), *box.tags))),
        comment=None if box.estimate is None else f"about {box.estimate:,} rows",
        item=box.id,
    )


def _key(box: Box, name: str, names: Mapping[str, str]) -> tuple[tuple[str, ...], str | None]:
    if box.key:
        return tuple(names[column] for column in box.key), None
    usual = ("id", f"{singular(name)}_id", f"{name}_id", f"{singular(name)}_key")
    found = [names[row.name] for row in box.rows if row.name.lower() in usual]
    filled = {row.name for row in box.rows if row.not_null}
    alone = [(row.name,) for row in box.rows if row.unique]
    sure = [unique for unique in (*alone, *box.uniques) if filled.issuperset(unique)]
    if sure and not found:
        return tuple(names[column] for column in sure[0]), Remark.INFERRED(
            "unique and never null; no column is marked as key"
        )
    if len(found) == 1:
        return tuple(found), Remark.INFERRED("by its name; no column is marked as key")
    return (TODO,), Remark.NEEDS("the columns that identify one row; none is marked as key")


def _column(row: Row, name: str) -> DraftColumn:
    type_, values, comment = _type(row.type)
    values = row.values or values
    fields: dict[str, object] = {}
    if name != row.name and not fault_of_raw(row.name):
        fields["from"] = row.name
    if row.not_null and not row.has(Key.PK):
        fields["not_null"] = True
    if row.unique or row.has(Key.UK):
        fields["unique"] = True
    if row.is_own:
        fields["cast"] = True
    if values:
        fields["values"] = list(values)
    if row.description:
        fields["description"] = row.description
    return DraftColumn(name=name, type=type_, fields=fields, comment=comment, item=row.id)


def _type(drawn: str | None) -> tuple[str, tuple[str, ...], str | None]:
    """(type, values of an enumeration, comment)."""
    if not drawn:
        return "text", (), Remark.INFERRED("no type is drawn")
    known = understood(drawn)
    if known is not None:
        return known, (), None if canonical(drawn) else Remark.INFERRED(f"drawn as {drawn}")
    if match := _ENUM.fullmatch(drawn):
        return "text", tuple(_values(match[1])), None
    if not _OWN_TYPE.fullmatch(drawn):
        return TODO, (), Remark.NEEDS(f"a type of PostgreSQL; drawn as {drawn}")
    nearest = closest(drawn)
    if nearest and nearest[:2] == drawn[:2].lower():
        return nearest, (), Remark.INFERRED(f"drawn as {drawn}")
    return drawn, (), Remark.OPEN("PostgreSQL has no such type, unless it is your own")


def _values(text: str) -> Iterator[str]:
    return (value for part in text.split(",") if (value := part.strip().strip("'\"").strip()))


def types(entity: DraftEntity, box: Box) -> dict[str, str | None]:
    """Column -> its type as far as it was drawn."""
    drawn = {name: row.type for row, name in zip(box.rows, column_names(box).values(), strict=True)}
    return {column.name: column.type if drawn.get(column.name) else None for column in entity.columns}
