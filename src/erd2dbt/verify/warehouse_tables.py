"""What of the diagram is in a warehouse: its tables and columns, as the dbt adapter lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from erd2dbt.diagram.erd import Attribute, Entity, Erd
from erd2dbt.engines.registry import ENGINES
from erd2dbt.run.adapter import Listed, Warehouse
from erd2dbt.sql.dialects import in_language, is_same
from erd2dbt.verify.tables import Column, Found, Table, always_quoted, declared_type

_UNCOMPARABLE = ("json", "xml", "struct", "map", "object", "variant", "array", "geography", "geometry", "super")


def find_tables(warehouse: Warehouse, erd: Erd, schemas: Mapping[str, str]) -> Found:
    """Names are matched in any case where they are not met exactly. `schemas`: source -> schema. WarehouseError."""
    wanted = {entity.name: _place(entity, schemas, warehouse.schema) for entity in erd.entities}
    there = warehouse.listed({*schemas.values(), *(schema for schema, _ in wanted.values())},
                             [name for _, name in wanted.values()])  # fmt: skip
    tables = {}
    for entity in erd.entities:
        found = _matching_table(wanted[entity.name], there)
        if found is not None:
            tables[entity.name] = _table(entity, found, warehouse.dialect)
    taken = {(table.schema, table.name) for table in tables.values()}
    raw = {schema.casefold() for schema in schemas.values()}
    others = [one for one in there if one.schema.casefold() in raw and (one.schema, one.name) not in taken]
    return Found(
        tables=tables,
        absent=tuple(e for e in erd.entities if e.name not in tables),
        unknown=tuple(f"{one.schema}.{one.name}" for one in others if not one.is_view),
        unknown_views=tuple(f"{one.schema}.{one.name}" for one in others if one.is_view),
        names=frozenset(one.name for one in there),
    )


def _place(entity: Entity, schemas: Mapping[str, str], models: str) -> tuple[str, str]:
    if entity.existing is not None:
        return models, entity.existing.text
    return schemas[entity.source], entity.table


def _matching_table(place: tuple[str, str], there: Iterable[Listed]) -> Listed | None:
    folded = (place[0].casefold(), place[1].casefold())
    found = [one for one in there if (one.schema.casefold(), one.name.casefold()) == folded]
    return next((one for one in found if (one.schema, one.name) == place), found[0] if found else None)


def _table(entity: Entity, found: Listed, dialect: str) -> Table:
    names = {name.casefold(): name for name in found.columns} | {name: name for name in found.columns}
    raw = [(a, a.raw or a.name) for a in entity.columns if a.formula is None]
    columns = [(a, here) for a, name in raw if (here := names.get(name, names.get(name.casefold()))) is not None]
    met = {name for _, name in columns}
    return Table(
        entity=entity,
        schema=found.schema,
        name=found.name,
        columns=tuple(_column(n, a, name, found.columns[name], dialect) for n, (a, name) in enumerate(columns)),
        missing=tuple(a for a, name in raw if name not in names and name.casefold() not in names),
        spare=tuple(name for name in found.columns if name not in met),
        unique=(),
        is_view=found.is_view,
        bytes=0,
        estimate=0,
        path=".".join(map(always_quoted, found.path)),
    )


def _column(number: int, attribute: Attribute, name: str, type_: str, dialect: str) -> Column:
    declared = declared_type(attribute)
    engine = next((one for one in ENGINES.values() if one.dialect == dialect), None)
    return Column(
        number=number,
        attribute=attribute,
        raw=name,
        type=declared if is_same(type_, declared, dialect) else in_language(type_, dialect),
        declared=declared,
        is_filled=False,
        can_try=True,
        is_foreign=dialect != "postgres",
        there=(engine.type_of(declared) if engine is not None else None) or declared,
        misread=(engine.misread(declared, always_quoted(name)) if engine is not None else None) or "",
    )


def is_opaque(type_: str) -> bool:
    """Whether values of the type cannot be grouped or compared."""
    return type_.startswith(_UNCOMPARABLE)
