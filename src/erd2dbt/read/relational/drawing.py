"""Converts tables to a diagram. All relational sources share this path, so one schema gives one diagram."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from erd2dbt.datatypes.postgres import canonical, understood
from erd2dbt.diagram.drawing import Box, Cap, Diagram, Key, Line, Row, Seen, one_of_each
from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.distinct import apart
from erd2dbt.names.spelling import slug, usable
from erd2dbt.read.relational.rules import apply_rules
from erd2dbt.read.relational.values import PUBLIC, Column, Reference, Table, Tables, Type

_DEEPEST = 20  # maximum nesting of domains
NO_SUCH_TABLE = "there is no such table here"


def drawn(found: Tables, file: str) -> Diagram:
    """Return boxes and lines. Foreign keys without a target are reported, and partitions are merged into their
    table."""
    _with_parts(found)
    rest = [*apply_rules(found), *(one for table in found.whole() for one in _without_lost(table))]
    names = _names(found.whole())
    lines: dict[tuple[object, ...], Line] = {}
    seen = [*found.seen, *rest, *_without_columns(found, file)]
    marked: set[tuple[str, str]] = set()
    for table in found.whole():
        for reference in table.references:
            line = _line(table, reference, found, names)
            if isinstance(line, Seen):
                seen.append(line)
                continue
            _with_types(table, reference, found)
            lines.setdefault((line.left, line.right, frozenset(line.pairs)), line)
            if not reference.many:
                marked.update((names[table.id], column) for column in reference.columns)
    return Diagram(
        file=file,
        title=found.title,
        boxes=tuple(_box(table, names[table.id], found, marked) for table in found.whole()),
        lines=tuple(lines.values()),
        seen=tuple(seen),
        parts=found.parts,
    )


def _without_lost(table: Table) -> Iterator[Seen]:
    """Remove and report each key and unique constraint that names a column that does not exist."""
    for columns in dict.fromkeys((table.key, *table.uniques)):
        if lost := [name for name in columns if name not in table.columns]:
            what = "the key" if columns == table.key else "what is unique"
            why = f"there is no column `{lost[0]}`"
            text = f"{table.name}({', '.join(columns)})"
            yield Seen(
                kind=f"{what} of the table on line {table.span.line}", why=why, span=table.span, text=text, unread=True
            )
            table.key = () if columns == table.key else table.key
            table.uniques = [one for one in table.uniques if one != columns]


def _without_columns(found: Tables, file: str) -> Iterator[Seen]:
    """Report the source's own types that no column has."""
    used: set[tuple[str, str]] = set()
    for type_ in [column.type for table in found.tables.values() for column in table.columns.values()]:
        for _ in range(_DEEPEST):
            own = found.own_type(type_) if type_ else None
            if own is None:
                break
            used.add((own.schema, own.name))
            type_ = own.over  # noqa: PLW2901
    if idle := [own.name for own in found.types.values() if (own.schema, own.name) not in used]:
        one = Seen(kind="types", why="no column is of such a type", span=Span(file, 1, 1), text=", ".join(idle))
        yield one.repeated(len(idle))


def _with_parts(found: Tables) -> None:
    """Merge the keys of partitions into their table, and remove the partitions."""
    parts: dict[tuple[str, str], list[Table]] = {}
    for table in found.tables.values():
        if table.partition_of:
            parts.setdefault(table.partition_of, []).append(table)
    for owner, own in parts.items():
        whole = found.tables.get(owner)
        if whole is None:
            for part in own:
                part.partition_of = None
            continue
        _with_keys_of_parts(whole, own, found)
        names = ", ".join(part.name for part in own)
        why = f"partitions of `{whole.name}`, which is read whole"
        found.seen.append(Seen(kind="tables", why=why, span=own[0].span, text=names))


def _with_keys_of_parts(whole: Table, parts: list[Table], found: Tables) -> None:
    """Add keys that most partitions have: the tests cover all rows. A report lists that some partitions lack the
    key."""
    said = {_asked(reference) for reference in whole.references}
    had: dict[tuple[object, ...], list[Reference]] = {}
    for part in parts:
        own = {_asked(reference): reference for reference in part.references}
        for asked, reference in own.items():
            had.setdefault(asked, []).append(reference)
    for asked, some in had.items():
        if asked in said or 2 * len(some) <= len(parts):
            continue
        whole.references.append(some[0])
        if len(some) < len(parts):
            why = f"{len(some)} of {len(parts)} partitions of `{whole.name}` have it, and it is drawn for all rows"
            text = f"{', '.join(some[0].columns)} to {some[0].table[1]}"
            found.seen.append(Seen(kind="the lack of a foreign key", why=why, span=some[0].span, text=text))


def _asked(reference: Reference) -> tuple[object, ...]:
    return reference.columns, reference.table, reference.to


def _names(tables: Iterable[Table]) -> dict[tuple[str, str], str]:
    """Return table names. Tables of the same name in several schemas get the schema as a prefix, except in `public`."""
    plain = {table.id: slug(table.spelling or table.name) or usable(table.name).lower() for table in tables}
    schemas: dict[str, set[str]] = {}
    for (schema, _), name in plain.items():
        schemas.setdefault(name, set()).add(schema)
    wanted = {
        id_: f"{slug(id_[0])}_{name}" if len(schemas[name]) > 1 and id_[0] not in (PUBLIC, "") else name
        for id_, name in plain.items()
    }
    found: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for id_ in sorted(wanted, key=lambda id_: wanted[id_] != id_[1]):  # tables that already have this name keep it
        found[id_] = apart(wanted[id_], taken.__contains__)
        taken.add(found[id_])
    return found


# -- boxes


def _box(table: Table, name: str, found: Tables, marked: set[tuple[str, str]]) -> Box:
    alone = {columns[0] for columns in table.uniques if len(columns) == 1 and columns != table.key}
    rows = []
    for column in table.columns.values():
        keys = [Key.PK] if column.name in table.key else []
        keys += [Key.FK] if (name, column.name) in marked else []
        keys += [Key.UK] if column.name in alone else []
        rows.append(_row(column, one_of_each(keys), found))
    together = dict.fromkeys(
        columns for columns in table.uniques if len(columns) > 1 and set(columns) != set(table.key)
    )
    return Box(
        name=name,
        title=table.name,
        span=table.span,
        schema=table.schema or None,
        table=table.name,
        rows=tuple(rows),
        keys=table.key,
        uniques=tuple(sorted(together)),
        description=table.description,
        group=table.group,
        tags=table.tags,
        estimate=table.rows,
        source=table.source,
        said=dict(table.said),
    )


def _row(column: Column, keys: tuple[Key, ...], found: Tables) -> Row:
    typed = resolved(column.type, found) if column.type else _Typed(None)
    return Row(
        name=column.name,
        span=column.span,
        spelling=column.spelling,
        type=typed.type,
        keys=keys,
        not_null=column.not_null or typed.not_null or None,
        is_counted=column.is_counted,
        unique=Key.UK in keys,
        values=typed.values or column.values,
        is_own=typed.is_own,
        description=column.description,
        said=dict(column.said),
    )


@dataclass(frozen=True, slots=True)
class _Typed:
    """A resolved type. `is_own`: the database defines `type` itself, as an enumeration or an array of a domain."""

    type: str | None
    values: tuple[str, ...] = ()
    not_null: bool = False
    is_own: bool = False


def resolved(type_: Type, found: Tables) -> _Typed:
    """Resolve a type: built-in types in PostgreSQL's words, enumerations as text with values, domains as their base
    type."""
    not_null, array, is_own = False, type_.array, False
    values: tuple[str, ...] = ()
    for _ in range(_DEEPEST):
        own = found.own_type(type_)
        if own is None:
            break
        if own.over is None:
            return _Typed("text[]" if array else "text", () if array else own.values, not_null, is_own=True)
        is_own = is_own or type_.array
        not_null, values, type_ = not_null or own.not_null, values or own.values, own.over
        array = array or type_.array
    plain = replace(type_, array=array)
    known = canonical(plain.text) if plain.schema in (None, "pg_catalog") else None
    if known:
        return _Typed(known, () if array else values, not_null, is_own)
    if plain.schema in (None, "pg_catalog"):
        return _Typed(plain.text, () if array else values, not_null)
    mistaken = understood(plain.text) is not None
    owner = f"{ident(plain.schema)}." if plain.schema != PUBLIC or mistaken else ""
    exact = replace(plain, name=ident(plain.name))
    return _Typed(f"{owner}{exact.text}", (), not_null)


# -- lines


def _line(table: Table, reference: Reference, found: Tables, names: dict[tuple[str, str], str]) -> Line | Seen:
    other = found.tables.get(reference.table)
    while other is not None and other.partition_of and other.partition_of in found.tables:
        other = found.tables[other.partition_of]
    said = f"{table.name}({', '.join(reference.columns)}) to {'.'.join(part for part in reference.table if part)}"
    said += f"({', '.join(reference.to)})" if reference.to else ""

    def lost(why: str) -> Seen:
        return Seen(kind=f"the foreign key on line {reference.span.line}", why=why, span=reference.span, text=said,
                    unread=True)  # fmt: skip

    if other is None:
        return lost(NO_SUCH_TABLE)
    to = reference.to or other.key
    if not to:
        return lost("that table has no key")
    if len(to) != len(reference.columns):
        return lost("the number of its columns differs from that of what it leads to")
    gone = [name for name in reference.columns if name not in table.columns]
    gone += [name for name in to if name not in other.columns]
    if gone:
        return lost(f"there is no column `{gone[0]}`")
    return Line(
        left=names[table.id],
        right=names[other.id],
        span=reference.span,
        left_cap=_child_cap(table, reference),
        right_cap=_parent_cap(table, reference),
        pairs=tuple(zip(reference.columns, to, strict=True)),
    )


def _with_types(table: Table, reference: Reference, found: Tables) -> None:
    """Give foreign keys without a type the type of the referenced column."""
    other = found.tables[reference.table]
    for name, to in zip(reference.columns, reference.to or other.key, strict=True):
        column = table.columns[name]
        column.type = column.type or (other.columns[to].type if to in other.columns else None)


def _child_cap(table: Table, reference: Reference) -> Cap:
    if reference.many:
        return Cap.ZERO_OR_MANY
    alone = reference.one or table.is_unique(reference.columns)
    return Cap.ZERO_OR_ONE if alone else Cap.ZERO_OR_MANY


def _parent_cap(table: Table, reference: Reference) -> Cap:
    if reference.many:
        return Cap.ZERO_OR_MANY
    filled = not reference.optional and all(
        name in table.key or table.columns[name].not_null for name in reference.columns
    )
    return Cap.ONLY_ONE if filled else Cap.ZERO_OR_ONE
