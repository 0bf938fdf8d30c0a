"""Writes a caption of a lineage arrow into the spec: as the filter of the formulas that read over the arrow."""

from __future__ import annotations

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.diagram.erd import TODO, Expression, Formula, ModelSpec, Pick, Tier
from erd2dbt.draft.arrow_captions import captioned
from erd2dbt.draft.values import Remark
from erd2dbt.infer.drawn_models import Certainty, Derivation, followed_by
from erd2dbt.miro.spec_text import Path, document, entry_at, node_at, with_comment, with_entry, with_value, without
from erd2dbt.notate.yamltext import scalar
from erd2dbt.pipelines.arrow_changes import ArrowChange
from erd2dbt.read.spec.reader import read_spec


def with_caption(text: str, change: ArrowChange, drawn: Diagram) -> str:
    """Return the spec with the condition of a new caption, in the place of that of the old one.

    A formula for which it has no single meaning is a TODO, with the caption and the old formula beside it. `drawn`: the
    boxes of the drawing, with the types of their rows.
    """
    arrow = change.now
    assert arrow is not None
    erd = read_spec(text.encode(), "spec")
    kinds = {box.name: {row.name: row.type for row in box.rows} for box in drawn.boxes}
    for source, name in (arrow.ends, arrow.ends[::-1]):
        model = next((one for one in erd.models if one.name == name), None)
        if model is None or model.sql is not None:
            continue
        found = captioned(erd, model, source, (change.old_caption, arrow.caption), kinds)
        for column, derivation in found.columns.items():
            was = next(one.formula for one in model.columns if one.name == column)
            text = _with_formula(text, ("models", name, "columns", column), was, derivation)
        return text if found.where is None else _with_where(text, model, found.where, arrow.caption)
    return text


def _with_where(text: str, model: ModelSpec, where: str, caption: str) -> str:
    path = ("models", model.name, "where")
    if not where:
        return without(text, path)
    is_there = entry_at(document(text), path) is not None
    text = with_value(text, path, scalar(where)) if is_there else with_entry(text, path, scalar(where), after="rows")
    old = f" Before: {model.where.text}" if model.where else ""
    said = Remark.NEEDS(followed_by(f"which rows?{old}", f"the diagram says: “{caption}”")) if where == TODO else ""
    return with_comment(text, path, said)


def _with_formula(text: str, path: Path, was: Formula, now: Derivation) -> str:
    formula = now.formula
    if now.certainty is Certainty.UNKNOWN or formula is None:
        return with_comment(with_value(text, _value_path(text, path, was), TODO), path, now.comment)
    if isinstance(formula, Pick):
        if formula.where is None:
            return without(text, (*path, "where"))
        where = _scalar(text, (*path, "where"), formula.where.text)
        if isinstance(was, Pick) and was.where is not None:
            return with_value(text, (*path, "where"), where)
        return with_entry(text, (*path, "where"), where, after=str(formula.end))
    assert isinstance(formula, Expression)
    at = _value_path(text, path, was)
    return with_value(text, at, _scalar(text, at, formula.text))


def _scalar(text: str, path: Path, said: str) -> str:
    """Return a value as it is written at a path: in a flow mapping, more of them need quotes."""
    parent = node_at(document(text), path[:-1])
    return scalar(said, in_flow=parent is not None and parent.flow)


def _value_path(text: str, path: Path, was: Formula) -> Path:
    """Return the path of a formula's expression: of a column, or of its `is`, `tier`, `first` or `last`."""
    node = node_at(document(text), path)
    if node is None or node.kind != "mapping":
        return path
    word = "tier" if isinstance(was, Tier) else str(was.end) if isinstance(was, Pick) else "is"
    return (*path, word)
