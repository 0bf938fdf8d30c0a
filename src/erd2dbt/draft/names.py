"""Names boxes and rows in the spec: lower case, words joined by `_`. The drawn names are kept beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.drawing import Box, Diagram, Line, Row
from erd2dbt.diagram.erd import Erd, ModelSpec
from erd2dbt.names.distinct import apart
from erd2dbt.names.spelling import folded, snake, usable
from erd2dbt.names.validity import fault_of_column, fault_of_object
from erd2dbt.read.boxes.layers import bare, without_prefix

SOURCE = "raw"  # where no schema is drawn
ID = "id"  # a generic key: `key_names` decides its name in the spec
_CAMEL = re.compile(r"[a-z][A-Z]|[A-Z][a-z]")
_CAPITAL = re.compile(r"[A-Z][a-z0-9]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The names of an earlier draft, which do not change.

    `entities`: (schema, table) -> name; `models`: a name without its `_` -> name. `columns`: entity -> raw name ->
    name, or model -> name without its `_` -> name. `items`: item of the board -> entity or model. `former`: name,
    or `entity.column` -> its former names, which words of the diagram may still have. `keys_as_drawn`: whether a key
    called `id` keeps that name.
    """

    entities: Mapping[tuple[str, str], str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keys_as_drawn: bool = False

    def kept(self, boxes: Iterable[Box]) -> dict[str, str]:
        """Return box -> its earlier name. A table is matched by its exact name, otherwise by a name in another case."""
        boxes = tuple(boxes)
        found = {box.name: name for box in boxes if (name := self.entities.get(_place(box)))}
        plain = {(schema, table.casefold()): name for (schema, table), name in self.entities.items()}
        for box in boxes:
            schema, table = _place(box)
            name = plain.get((schema, table.casefold())) or self.models.get(_joined(box.name))
            if name and box.name not in found and name not in found.values():
                found[box.name] = name
        return found


NOTHING = Known()


def known_names(erd: Erd) -> Known:
    """Return the names of a spec from an earlier draft."""
    schemas = {source.name: source.schema for source in erd.sources}
    items = erd.board.items if erd.board else ()
    anywhere = {_joined(c.name): c.name for one in erd.entities for c in one.columns}
    return Known(
        entities={(schemas.get(one.source, ""), one.table): one.name for one in erd.entities},
        models={_joined(one.name): one.name for one in erd.models},
        columns={
            **{one.name: {c.raw or c.name: c.name for c in one.columns} for one in erd.entities},
            **{one.name: {**anywhere, **{_joined(name): name for name in _columns(one)}} for one in erd.models},
        },
        items={one.id: one.of.text for one in items if one.of and not one.column},
        keys_as_drawn=erd.settings.keys_as_drawn,
    )


def _columns(model: ModelSpec) -> Iterator[str]:
    yield from (word.text for word in (*model.grain, *(model.keep or ())))
    yield from (column.name for column in model.columns)


def _place(box: Box) -> tuple[str, str]:
    return box.schema or SOURCE, raw_table(box)


def _joined(name: str) -> str:
    return name.casefold().replace("_", "")


# -- boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Box -> name in the spec. `pattern` is set where staging models keep the drawn names."""

    names: Mapping[str, str]
    pattern: str | None = None


def raw_table(box: Box) -> str:
    return box.table or without_prefix(box.name)


def named(entities: Iterable[Box], models: Iterable[Box], kept: Mapping[str, str], *, several_sources: bool) -> Naming:
    """Return the names: `stg_orders` is the staging model of `orders`, unless a model `orders` exists in the same
    scope.

    `kept`: box -> its earlier name.
    """
    models, entities = tuple(models), tuple(entities)
    own = {box.name: kept.get(box.name, box.name) for box in models}
    plain = _without_prefixes({box.name: kept.get(box.name) for box in entities}, [*own.values()])
    used = Counter(folded(name) for name in (*plain.values(), *own.values()))
    is_one_scope = used.total() == len(used)
    names = plain if is_one_scope else {name: name for name in plain}
    drawn = any(without_prefix(box) != box for box in plain)
    pattern = "{entity}" if not is_one_scope else "stg_{entity}" if several_sources and drawn else None
    return Naming(names=_fitting({**names, **own}), pattern=pattern)


def _without_prefixes(entities: Mapping[str, str | None], models: Iterable[str]) -> dict[str, str]:
    """Return earlier names unchanged, others without prefixes. A prefix stays if two names would be equal without
    it."""
    plain = {box: known or without_prefix(box) for box, known in entities.items()}
    used = Counter([*plain.values(), *{bare(name) for name in plain.values()}, *models])
    short = {box: name if entities[box] else bare(name) for box, name in plain.items()}
    often = Counter(short.values())
    return {
        box: name if name == plain[box] or (often[name] == 1 and used[name] == 1) else plain[box]
        for box, name in short.items()
    }


def _fitting(names: Mapping[str, str]) -> dict[str, str]:
    """Return names cut to the maximum length. Names that are equal in the spec get a number."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for box, name in names.items():
        found[box] = apart(usable(name) if fault_of_object(name) else name, lambda one: folded(one) in taken)
        taken.add(folded(found[box]))
    return found


# -- rows


def with_names(diagram: Diagram, models: Container[str], known: Known) -> Diagram:
    """Return the diagram with every row, and all references to rows, renamed. `Row.raw` has the drawn name.

    `models`: the boxes that are not tables of the database.
    """
    diagram = _with_capitals(diagram)
    kept = known.kept(diagram.boxes)
    before = {box.name: known.items.get(box.id or "") or kept.get(box.name, "") for box in diagram.boxes}
    called = {
        box.name: _rows(box, known.columns.get(before[box.name], {}), box.name in models) for box in diagram.boxes
    }
    return replace(
        diagram,
        boxes=tuple(_with_column_names(box, called[box.name]) for box in diagram.boxes),
        lines=tuple(_line(line, called) for line in diagram.lines),
    )


def _with_capitals(diagram: Diagram) -> Diagram:
    """Return the diagram with `Customer` as an exact table name, if some tables are certainly spelled like
    `OrderLine`."""
    if not any(_CAMEL.search(box.table or "") for box in diagram.boxes):
        return diagram
    return replace(
        diagram,
        boxes=tuple(
            replace(box, table=box.title) if box.table is None and _CAPITAL.fullmatch(box.title) else box
            for box in diagram.boxes
        ),
    )


def _rows(box: Box, before: Mapping[str, str], is_model: bool) -> dict[str, str]:
    """Return row -> its name. A row with a valid name keeps it; a number distinguishes equal names."""
    if not is_model:  # the name of an `id` is decided once the links are known
        before = {raw: name for raw, name in before.items() if raw.lower() != ID}
    wanted = {row.name: before.get(_joined(row.name) if is_model else row.name) or _name(row) for row in box.rows}
    taken: set[str] = set()
    found: dict[str, str] = {}
    for row in sorted(wanted, key=lambda row: wanted[row] != row):
        found[row] = apart(wanted[row], lambda one: folded(one) in taken)
        taken.add(folded(found[row]))
    return found


def _name(row: Row) -> str:
    name = snake(row.spelling or row.name) or "column"
    return usable(name) if fault_of_column(name) else name


def _with_column_names(box: Box, names: Mapping[str, str]) -> Box:
    if all(name == row for row, name in names.items()):
        return box
    return replace(
        box,
        rows=tuple(row if names[row.name] == row.name else replace(row, name=names[row.name], raw=row.name)
                   for row in box.rows),
        keys=tuple(names.get(name, name) for name in box.keys),
        uniques=tuple(tuple(names.get(name, name) for name in unique) for unique in box.uniques),
    )  # fmt: skip


def _line(line: Line, called: Mapping[str, Mapping[str, str]]) -> Line:
    left, right = called.get(line.left, {}), called.get(line.right, {})
    return replace(
        line,
        left_row=left.get(line.left_row or "", line.left_row),
        right_row=right.get(line.right_row or "", line.right_row),
        pairs=tuple((left.get(a, a), right.get(b, b)) for a, b in line.pairs),
    )
