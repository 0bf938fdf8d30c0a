"""Adds to the drawing of a spec what its models say: formulas beside their columns, and a filter on the arrow of the
rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from erd2dbt.diagram.drawing import Box, Diagram, Line
from erd2dbt.diagram.erd import Erd, ModelSpec
from erd2dbt.diagram.todos import is_todo
from erd2dbt.explain.drawing import SpecDrawing
from erd2dbt.notate.formulas import formula_text

_DRAFTED = ("raw", "raw")  # the source and schema of a draft


def with_formulas(drawn: SpecDrawing, erd: Erd) -> Diagram:
    """The drawing from which `import` reads the formulas again. The arrow from the rows of a model is solid."""
    models = {model.name: model for model in erd.models if model.sql is None}
    named = {box: models[name] for box, name in drawn.names.items() if name in models}
    return replace(
        drawn.diagram,
        boxes=tuple(_box(box, named.get(box.name)) for box in drawn.diagram.boxes),
        lines=tuple(_line(line, drawn.names, named.get(line.right)) for line in drawn.diagram.lines),
    )


def omissions_of_drawing(erd: Erd) -> dict[str, int]:
    """Thing -> how many of it such a drawing of the whole spec does not have."""
    columns = [column for model in erd.models for column in model.columns]
    raw = [column for entity in erd.entities for column in entity.columns]
    accepted = [one.accept for some in (raw, columns, erd.models) for one in some]
    found = {
        "computed column": sum(column.formula is not None for column in raw),
        "column description": sum(bool(column.description) for some in (raw, columns) for column in some),
        "value list": sum(bool(column.values) for some in (raw, columns) for column in some),
        "unique constraint": sum(len(entity.uniques) for entity in erd.entities),
        "claim": sum(len(entity.determines) for entity in erd.entities),
        "SQL model": sum(model.sql is not None for model in erd.models),
        "filter": sum(model.where is not None and len(model.rows) != 1 for model in erd.models),
        "match": sum(bool(model.match) for model in erd.models),
        "default": sum(column.default is not None for column in columns),
        "via": sum(column.via is not None for column in columns),
        "source": sum((one.name, one.schema) != _DRAFTED for one in erd.sources),
        "raw name": sum(column.raw not in (None, column.name) for column in raw),
        "load time": sum(entity.loaded_at is not None for entity in erd.entities),
        "declared type": sum(column.type is not None for column in columns),
        "accepted fault": sum(map(len, accepted)),
    }
    return {thing: count for thing, count in found.items() if count}


def _box(box: Box, model: ModelSpec | None) -> Box:
    if model is None:
        return box
    formulas = {column.name: formula_text(column.formula) for column in model.columns if not is_todo(column)}
    return replace(box, rows=tuple(replace(row, derivation=formulas.get(row.name, row.derivation)) for row in box.rows))


def _line(line: Line, names: Mapping[str, str], model: ModelSpec | None) -> Line:
    """The arrow from the rows of a model is solid, and has their filter as caption."""
    if model is None or line.left_cap is not None or names.get(line.left) not in [word.text for word in model.rows]:
        return line
    said = f"where {' '.join(model.where.text.split())}" if model.where and len(model.rows) == 1 else ""
    return replace(line, identifying=True, label=said)
