"""A diagram for one engine: an expression with its own text for the engine is replaced by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from erd2dbt.diagram.erd import Attribute, ColumnSpec, Erd, Expression, ModelSpec

_Column = TypeVar("_Column", Attribute, ColumnSpec)


def engines_in(erd: Erd) -> tuple[str, ...]:
    """The engines for which some expression has its own text, sorted."""
    return tuple(sorted({name for one in _expressions(erd) for name, _ in one.others}))


def on_engine(erd: Erd, engine: str) -> Erd:
    """The diagram for the engine. The same object where no expression has another text."""
    if not any(one.others for one in _expressions(erd)):
        return erd
    entities = (replace(e, columns=tuple(_column(c, engine) for c in e.columns)) for e in erd.entities)
    return replace(erd, entities=tuple(entities), models=tuple(_model(m, engine) for m in erd.models))


def _expressions(erd: Erd) -> Iterator[Expression]:
    yield from (c.formula for entity in erd.entities for c in entity.columns if isinstance(c.formula, Expression))
    yield from (c.formula for model in erd.models for c in model.columns if isinstance(c.formula, Expression))
    yield from (model.sql for model in erd.models if model.sql is not None)


def _column(column: _Column, engine: str) -> _Column:
    formula = column.formula
    return replace(column, formula=formula.on(engine)) if isinstance(formula, Expression) else column


def _model(model: ModelSpec, engine: str) -> ModelSpec:
    columns = tuple(_column(column, engine) for column in model.columns)
    return replace(model, columns=columns, sql=model.sql.on(engine) if model.sql is not None else None)
