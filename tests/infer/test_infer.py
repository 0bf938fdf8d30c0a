"""Derivations read off drawn models: what is written plainly, what with a comment, what is left to people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from erd2dbt.diagram.erd import Pick
from erd2dbt.draft.models import infer
from erd2dbt.faults.diagnostics import Span
from erd2dbt.infer.drawn_models import Box, DrawnModel, Flow, Inferred

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in HERE.glob("*.yml"))
PLACE = Span("board", 1, 1)


def box(name: str, drawn: dict[str, Any], *, is_entity: bool) -> Box:
    """`columns`: `name: type`, `name: PK type`, or `name: FK column type`."""
    columns, key, links = {}, [], {}
    for column, words in drawn["columns"].items():
        *marks, columns[column] = words.split(" ")
        if marks[:1] == ["PK"]:
            key.append(column)
        if marks[:1] == ["FK"]:
            links[column] = (marks[1],)
    return Box(name=name, columns=columns, key=tuple(key), links=links, is_entity=is_entity)


def parents(child: Box, boxes: list[Box]) -> dict[str, tuple[str, str]]:
    """Where each foreign key leads: the box whose whole key it is."""
    keys = {one.key[0]: one.name for one in boxes if len(one.key) == 1}
    return {own: (keys[to[0]], to[0]) for own, to in child.links.items() if to[0] in keys}


def flow(text: str) -> Flow:
    """`sessions, first touch, ..`"""
    source, label, line = text.split(", ")
    return Flow(source=source, label=label, dashed=line == "..")


def said(inferred: Inferred) -> dict[str, Any]:
    model = inferred.model
    found: dict[str, Any] = {"rows": model.rows[0].text}
    if inferred.notes:
        found["notes"] = list(inferred.notes)
    if model.keep != ():
        found["keep"] = "all" if model.keep is None else [word.text for word in model.keep]
    if model.match:
        found["match"] = {name.text: {a.text: b.text for a, b in pairs} for name, pairs in model.match}
    if inferred.computed:
        found["computed"] = [f"{one.entity}.{one.name} = {one.text}" for one in inferred.computed]
    found["columns"] = {}
    for column in model.columns:
        formula = column.formula
        text = formula.text if hasattr(formula, "text") else _picked(formula)
        comment = inferred.comments.get(column.name)
        found["columns"][column.name] = f"{text}  # {comment}" if comment else text
    claims = {name: list(d.claim[1]) for name, d in inferred.derivations.items() if d.claim}
    return found | ({"claims": claims} if claims else {})


def _picked(formula: Any) -> str:
    assert isinstance(formula, Pick)
    return f"{formula.end}: {formula.value.text}, order: {', '.join(o.text for o in formula.order)}"


@pytest.mark.parametrize("case", CASES)
def test_drawn_models_become_spec(case: str) -> None:
    drawn = yaml.safe_load((HERE / f"{case}.yml").read_text(encoding="utf-8"))
    models = [
        DrawnModel(
            box=box(name, given, is_entity=False), flows=tuple(flow(text) for text in given.get("from", ())), span=PLACE
        )
        for name, given in drawn["models"].items()
    ]
    entities = [box(name, given, is_entity=True) for name, given in drawn["entities"].items()]
    entities = [replace(one, parents=parents(one, entities)) for one in entities]
    found = infer(models, entities, drawn.get("prose", ()))
    assert {one.model.name: said(one) for one in found} == drawn["expected"]
