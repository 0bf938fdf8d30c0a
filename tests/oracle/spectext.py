"""A world written as the text of a spec, and where each model stands in it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from oracle.models import Bag, Field, Look, Model
from oracle.values import SQL_TYPES, Value, literal
from oracle.world import Column, Entity, Link, Step, World, ident, sql_type


def scalar(value: Value) -> str:
    """As YAML's flow style reads it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value) if isinstance(value, str | bool | int | float | None) else json.dumps(str(value))


def word(name: str) -> str:
    """A name as YAML reads it."""
    return name if re.fullmatch(r"\w+", name) else json.dumps(name)


def names(found: Sequence[str]) -> str:
    return word(found[0]) if len(found) == 1 else f"[{', '.join(map(word, found))}]"


def mapping(fields: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{k}: {v}" for k, v in fields.items()) + "}"


def column_text(column: Column, *, unique: bool = False) -> str:
    if column.is_ is not None:
        return scalar(column.is_.text())
    fields = {"type": scalar(sql_type(column))}
    fields |= {"from": column.raw} if column.raw else {}
    for said in ("cast", "stock"):
        fields |= {said: "true"} if getattr(column, said) else {}
    fields |= {"unique": "true"} if unique else {}
    fields |= {"values": f"[{', '.join(column.values)}]"} if column.values else {}
    fields |= {} if column.nullable else {"not_null": "true"}
    fields |= {"not_null": "false"} if column.said else {}
    return fields["type"] if len(fields) == 1 else mapping(fields)


def entity_lines(entity: Entity) -> list[str]:
    lines = [f"  {entity.name}:", f"    key: {names(entity.key)}"]
    lines += [f"    table: {entity.table}"] if entity.table else []
    lines += [f"    existing: {entity.existing}"] if entity.existing else []
    lines += [f"    latest: {{by: {entity.latest}}}"] if entity.latest else []
    if entity.determines:
        said = {scalar(", ".join(left)): names(right) for left, right in entity.determines}
        lines.append(f"    determines: {mapping(said)}")
    beside = {u[0] for u in entity.unique if len(u) == 1 and entity.said_beside}
    apart = [u for u in entity.unique if u[0] not in beside]
    if apart:
        lines.append(f"    unique: [{', '.join('[' + ', '.join(map(word, u)) + ']' for u in apart)}]")
    columns = (f"      {word(c.name)}: {column_text(c, unique=c.name in beside)}" for c in entity.columns)
    return [*lines, "    columns:", *columns]


def line_of(link: Link) -> str:
    """The line as drawn, from either side."""
    parent = "o|" if link.optional else "||"
    child = ("||" if link.every else "|o") if link.one else ("}|" if link.every else "}o")
    if link.turned:
        mirror = str.maketrans("{}", "}{")
        left = {"o|": "|o", "||": "||"}[parent]
        return f"{link.parent} {left}--{child[::-1].translate(mirror)} {link.child}"
    return f"{link.child} {child}--{parent} {link.parent}"


def pairs_text(link: Link) -> str:
    sides = [(p, c) if link.turned else (c, p) for c, p in link.pairs]
    return names([a if a == b else f"{a} = {b}" for a, b in sides])


def link_lines(links: Sequence[Link]) -> list[str]:
    lines: dict[str, list[Link]] = {}
    for link in links:
        lines.setdefault(line_of(link), []).append(link)
    found = []
    for drawn, those in lines.items():
        roles = {link.role: pairs_text(link) for link in those if link.role}
        found.append(f"  {drawn}: {mapping(roles) if roles else pairs_text(those[0])}")
    return found


def field_text(field: Field) -> str:
    fields: dict[str, str] = {}
    pick = field.term
    if field.form in ("first", "last"):
        assert isinstance(pick, Bag)
        assert pick.argument is not None
        fields[field.form] = scalar(pick.argument.text())
        fields |= {"where": scalar(pick.filter.text())} if pick.filter else {}
        order = [scalar(o.text()) for o in pick.order]
        fields["order"] = order[0] if len(order) == 1 else f"[{', '.join(order)}]"
    else:
        fields[field.form] = scalar(field.term.text())
    if field.cut:
        fields["cut"] = mapping({label: scalar(bound) for label, bound in field.cut})
        fields |= {"else": scalar(field.otherwise)} if field.otherwise is not None else {}
    fields |= {"default": scalar(field.default.held)} if field.default else {}
    fields |= {"type": scalar(SQL_TYPES[field.cast])} if field.cast else {}
    fields |= {"via": field.via} if field.via else {}
    return fields["is"] if list(fields) == ["is"] else mapping(fields)


def _joined(joins: dict[tuple[Step, ...], str], base: str, way: tuple[Step, ...]) -> str:
    """The alias of what a way leads to, with all before it joined."""
    if not way:
        return base
    _joined(joins, base, way[:-1])
    return joins.setdefault(way, f"j{len(joins) + 1}")


def _rows_by_hand(world: World, base: str, form: int) -> tuple[list[str], str]:
    """WITH, and the name that the rows of an entity have there: as they are, in a CTE, or in two halves put together
    again."""
    table = f"{{{{ ref('{world.entity(base).relation}') }}}}"
    if form == 0:
        return [], table
    if form == 1:
        return [f"with source as (select * from {table}),", "picked as (select * from source)"], "picked"
    (key, *_) = world.key(base)
    middle = sorted(literal(row[key]) for row in world.rows[base])[len(world.rows[base]) // 2 :]
    cut = middle[0] if middle else "null"
    if cut == "null":
        return [], table
    halves = f"select * from {table} where {key} <= {cut} union all select * from {table} where {key} > {cut}"
    return [f"with halves as ({halves})"], "halves"


def by_hand(world: World, model: Model) -> list[str]:
    """The same rows as a query: over those of one entity, with lookups of what they refer to."""
    base = model.rows[0]
    here = ident(base)
    items = [f"{here}.{ident(g.sources[0][1])} as {ident(g.name)}" for g in model.grain]
    items += [f"{here}.{ident(k)}" for k in model.keep]
    joins: dict[tuple[Step, ...], str] = {}
    for field in model.columns:
        text = field.term.text()
        if isinstance(field.term, Look):
            text = f"{_joined(joins, here, field.term.steps)}.{ident(field.term.column)}"
        summed = isinstance(field.term, Bag) and field.term.function == "sum"
        items.append(f"{f'coalesce({text}, 0)' if summed else text} as {ident(field.name)}")
    before, source = _rows_by_hand(world, base, len(items) % 3)
    lines = [*before, f"select {', '.join(items)}", f"from {source} as {here}"]
    for way, alias in joins.items():
        left = here if len(way) == 1 else joins[way[:-1]]
        pairs = zip(way[-1].here, way[-1].there, strict=True)
        on = " and ".join(f"{left}.{a} = {alias}.{b}" for a, b in pairs)
        lines.append(f"left join {{{{ ref('{world.entity(way[-1].end).relation}') }}}} as {alias} on {on}")
    lines += [f"where {model.where.text()}"] if model.where else []
    lines += [] if model.whole else [f"group by {', '.join(f'{here}.{ident(g.sources[0][1])}' for g in model.grain)}"]
    return [f"  {model.name}:", f"    grain: {names(model.grain_names)}", "    sql: |", *(f"      {x}" for x in lines)]


def model_lines(world: World, model: Model) -> list[str]:
    if model.by_hand:
        return by_hand(world, model)
    lines = [f"  {model.name}:", f"    grain: {names(model.grain_names)}", f"    rows: {names(model.rows)}"]
    lines += [f"    where: {scalar(model.where.text())}"] if model.where else []
    if model.keep_all:
        lines.append("    keep: all")
    elif model.keep:
        lines.append(f"    keep: [{', '.join(map(word, model.keep))}]")
    if model.match:
        said = {name: mapping({word(g): word(c) for g, c in pairs}) for name, pairs in model.match}
        lines.append(f"    match: {mapping(said)}")
    if model.via:
        lines.append(f"    via: {model.via if isinstance(model.via, str) else mapping({model.via[0]: model.via[1]})}")
    if not model.columns:
        return lines
    return [*lines, "    columns:", *(f"      {f.name}: {field_text(f)}" for f in model.columns)]


def spec(world: World, models: Sequence[Model]) -> tuple[str, dict[str, range]]:
    """The text, and the lines (from 1) of each model."""
    lines = ["version: 1", "project: oracle", "sources: {raw: {schema: raw}}", "contract: off", "entities:"]
    for entity in world.entities:
        lines += entity_lines(entity)
    drawn = link_lines(world.links)
    lines += ["links:", *drawn] if drawn else ["links: {}"]
    lines += ["models:"] if models else ["models: {}"]
    places = {}
    for model in models:
        written = model_lines(world, model)
        places[model.name] = range(len(lines) + 1, len(lines) + len(written) + 1)
        lines += written
    return "\n".join(lines) + "\n", places
