"""A spec with TODOs as a diagram: everything that is known, and `TODO` where something is still to be decided."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from erd2dbt.design.models.planner import plan_all
from erd2dbt.design.plans.plan import Plan
from erd2dbt.diagram.drawing import Box, Diagram, Key, Layer, Line, Row, cap_of, one_of_each
from erd2dbt.diagram.erd import TODO, Entity, Erd, Link, ModelSpec
from erd2dbt.diagram.todos import is_todo, parts, without_todos
from erd2dbt.explain.drawing import SpecDrawing, drawing
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.names.models import staging_names
from erd2dbt.pipelines.draft_check import closed_erd
from erd2dbt.star.derive import derived
from erd2dbt.star.preparation import sound_links, tagged

_NAMED = re.compile(r"(?<![\w.'])([^\W\d]\w*)(?=\.)|\b(?:from|join)\s+(\w+)", re.IGNORECASE)


def open_drawing(erd: Erd) -> SpecDrawing:
    """As `drawing`. What can be planned without the TODOs has the types of its plan; nothing of the spec is missing."""
    known = _planned(erd)
    boxes = {known.names[box.name]: box for box in known.diagram.boxes} if known else {}
    staged = staging_names(erd)
    drawn = {one.name: _entity(one, staged[one.name], boxes.get(one.name), erd) for one in erd.entities}
    drawn |= {one.name: _model(one, boxes.get(one.name)) for one in erd.models}
    rest = {name: box for name, box in boxes.items() if name not in drawn}  # of a derived star
    every = drawn | rest
    names = {box.name: name for name, box in every.items()}
    links = {link.name: _link(link, names={name: box.name for name, box in every.items()}) for link in erd.links}
    proved = dict(zip(known.links, known.diagram.lines, strict=False)) if known else {}
    lines = [proved.get(key, line) for key, line in links.items()]
    flows = [line for line in known.diagram.lines[len(known.links) :] if names.get(line.right) in rest] if known else []
    flows += _lineage(erd, {name: box.name for name, box in every.items()})
    diagram = Diagram(file=erd.span.file, title=erd.project, boxes=tuple(every.values()), lines=(*lines, *flows))
    return SpecDrawing(diagram=diagram, names=names, links=tuple(links))


def _planned(erd: Erd) -> SpecDrawing | None:
    """The part without TODOs as it would be built; None where that cannot be planned."""
    with contextlib.suppress(ErdError):
        closed, _ = without_todos(closed_erd(erd, {}))
        closed, _ = sound_links(closed)
        closed = derived(tagged(closed))
        plans: Iterable[Plan] = plan_all(closed).plans
        return drawing(closed, plans)
    return None


def _entity(one: Entity, name: str, planned: Box | None, erd: Erd) -> Box:
    tied = {column for link in erd.links for column in _children(link, one.name)}
    key = [word.text for word in one.key]
    types = {row.name: row.type for row in planned.rows} if planned else {}
    rows = [
        Row(
            name=column.name,
            span=column.span,
            type=TODO if is_todo(column) else column.type or types.get(column.name),
            keys=one_of_each(
                mark
                for mark, is_marked in (
                    (Key.PK, column.name in key),
                    (Key.FK, column.name in tied),
                    (Key.UK, column.unique),
                )
                if is_marked
            ),
            not_null=column.not_null or None,
            unique=column.unique,
        )
        for column in one.columns
        if column.name != TODO
    ]
    rows += [Row(name=TODO, span=one.span, keys=(Key.PK,))] if TODO in key else []
    rows += [Row(name=TODO, span=one.span)] if any(column.name == TODO for column in one.columns) else []
    return _box(name, one, _distinct(rows), Layer.STAGING)


def _children(link: Link, name: str) -> Iterator[str]:
    is_left = link.left_cap.many or not link.right_cap.many
    if name == (link.left if is_left else link.right):
        yield from (pair[0 if is_left else 1] for pair in link.columns if TODO not in pair)


def _model(one: ModelSpec, planned: Box | None) -> Box:
    """In the order of its plan, or else of the spec."""
    opened = {column.name for column in one.columns if is_todo(column)}
    if planned is not None:
        rows = [replace(row, type=TODO) if row.name in opened else row for row in planned.rows]
        return replace(planned, rows=tuple(rows))
    grain = [word.text for word in one.grain]
    names = [*grain, *(word.text for word in one.keep or ()), *(column.name for column in one.columns)]
    types = {column.name: column.type for column in one.columns}
    rows = [
        Row(
            name=name,
            span=one.span,
            type=TODO if name in opened else types.get(name),
            keys=(Key.PK,) if name in grain else (),
        )
        for name in dict.fromkeys(names)
    ]
    rows += [Row(name="rows", span=one.span, type=TODO)] if TODO in [word.text for word in one.rows] else []
    usual = Layer.INTERMEDIATE if one.name.startswith("int_") else Layer.MARTS
    return _box(one.name, one, rows, Layer(one.layer) if one.layer else usual)


def _distinct(rows: Iterable[Row]) -> list[Row]:
    return list({row.name: row for row in rows}.values())


def _box(name: str, one: Entity | ModelSpec, rows: Iterable[Row], layer: Layer) -> Box:
    return Box(name=name, title=name, span=one.span, rows=tuple(rows), layer=layer, description=one.description)


def _link(link: Link, names: Mapping[str, str]) -> Line:
    is_open = any(TODO in pair for pair in link.columns)
    return Line(
        left=names[link.left],
        right=names[link.right],
        span=link.span,
        left_cap=cap_of(link.left_cap),
        right_cap=cap_of(link.right_cap),
        label=" ".join(word for word in (link.role or "", TODO if is_open else "") if word),
        identifying=link.identifying,
        pairs=() if is_open else link.columns,
    )


def _lineage(erd: Erd, names: Mapping[str, str]) -> Iterator[Line]:
    """What each model of the spec reads, by its words: rows, and what is before a dot."""
    for model in erd.models:
        texts = [word.text for word in model.rows]
        texts += [part.text for column in model.columns for part in parts(column.formula)]
        texts += [part.text for part in (model.where, model.sql) if part]
        read = [match[1] or match[2] for text in texts for match in _NAMED.finditer(text)]
        rows = [word.text for word in model.rows]
        for name in dict.fromkeys([*rows, *read]):
            if name in names and name != model.name:
                yield Line(left=names[name], right=names[model.name], span=model.span, identifying=False)
