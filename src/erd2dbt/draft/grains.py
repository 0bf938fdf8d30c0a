"""Infers the grain of a drawn model that marks no key: it shows the key of one of its sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box, DrawnModel
from erd2dbt.infer.periods import is_period


def with_grains(models: Sequence[DrawnModel], entities: Iterable[Box]) -> tuple[tuple[DrawnModel, ...], dict[str, str]]:
    """Return the models with the grains that their sources show, and model -> why its grain was inferred.

    A model may read another one whose grain is inferred too, so this is repeated until nothing changes.
    """
    found = {model.box.name: model for model in models}
    boxes = {box.name: box for box in (*entities, *(model.box for model in models))}
    why: dict[str, str] = {}
    changed = True
    while changed:
        changed = False
        for name, model in found.items():
            source = None if model.box.key else _source(model, boxes)
            if source is not None:
                boxes[name] = replace(model.box, key=source.key)
                found[name] = replace(model, box=boxes[name])
                why[name] = f"the grain is the key of `{source.name}`, which it shows; no column is marked as key"
                changed = True
    return tuple(found.values()), why


def _source(model: DrawnModel, boxes: Mapping[str, Box]) -> Box | None:
    """Return the source whose key identifies a row of the model; None where that is not certain enough.

    Of several shown keys, the finest counts: its table refers to the others. A label of another table that the key
    does not determine, or a period that its table lacks, may be a part of the grain, so the grain stays open.
    """
    sources = [boxes[flow.source] for flow in model.flows if flow.source in boxes]
    shown = [box for box in sources if box.key and set(box.key) <= model.box.columns.keys()]
    finest = [box for box in shown if all(_determines(box, other, boxes) for other in shown)]
    if len(finest) != 1:
        return None
    one = finest[0]
    others = [box for box in sources if not _determines(one, box, boxes)]
    return None if any(_may_be_grain(name, others) for name in _not_of(model, one)) else one


def _determines(one: Box, other: Box, boxes: Mapping[str, Box]) -> bool:
    """Return whether a row of `one` leads to at most one row of `other`: by their keys, or by links."""
    reached, more = {one.name}, {one.name}
    while more:
        more = {to for name in more if name in boxes for to, _ in boxes[name].parents.values()} - reached
        reached |= more
    return other.name in reached or (bool(other.key) and set(other.key) <= set(one.key))


def _not_of(model: DrawnModel, one: Box) -> Iterator[str]:
    return (name for name in model.box.columns if name not in one.columns)


def _may_be_grain(name: str, others: Iterable[Box]) -> bool:
    return is_period(name) or any(name in box.columns and not words.is_number(box.columns[name]) for box in others)
