"""Every text of a diagram, in every notation that is written and read: what is made of it is read back, and inert."""

from __future__ import annotations

import copy
import dataclasses
import json
import typing
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from outputs import faults_of_log, faults_of_project
from payloads import PAYLOADS

from erd2dbt.diagram.drawing import Box, Cap, Diagram, Key, Line, Row, SourceBox
from erd2dbt.diagram.erd import TODO
from erd2dbt.escape.terminal import without_commands
from erd2dbt.faults.diagnostics import ErdError, Span, as_text
from erd2dbt.notate.svg import svg_text
from erd2dbt.pipelines.drafting import WRITERS, draft_text
from erd2dbt.pipelines.generation import generate
from erd2dbt.read.recognising import read_diagram

SPAN = Span("a.file", 1, 1)
SPEC_FIELDS = {"version", "project", "sources", "entities", "links", "models", "miro", "naming"}
FIXTURES = Path(__file__).parents[1] / "read" / "board" / "fixtures"
# what other parts of a diagram refer to, or what no reader takes from text
REFUSED = {("dsl", "title"), ("dsl", "name"), ("dsl", "schema")}
TIED = {"references", "left", "right", "left_row", "right_row", "color"}


def diagram(**texts: dict[str, str]) -> Diagram:
    """Two boxes and a line; `texts` go into fields of a row, a box, the line, the source or the whole."""
    id_ = Row(name="id", span=SPAN, type="int", keys=(Key.PK,))
    row = dataclasses.replace(Row(name="note", span=SPAN, type="text"), **texts.get("row", {}))
    source = dataclasses.replace(SourceBox(name="raw"), **texts.get("source", {}))
    box = dataclasses.replace(
        Box(name="notes", title="notes", span=SPAN, rows=(id_, row), source=source, schema="raw"),
        **texts.get("box", {}),
    )
    other = Box(name="others", title="others", span=SPAN, rows=(id_, dataclasses.replace(id_, name="b", keys=())))
    line = Line(left="others", right=box.name, span=SPAN, left_cap=Cap.MANY, right_cap=Cap.ONE, pairs=(("b", "id"),))
    line = dataclasses.replace(line, **texts.get("line", {}))
    whole = Diagram(file="a.file", boxes=(box, other), lines=(line,))
    return dataclasses.replace(whole, **texts.get("whole", {}))


def fields(kind: type) -> Iterator[str]:
    """Names of the fields that hold text."""
    for name, hint in typing.get_type_hints(kind).items():
        if hint in (str, str | None) and name not in TIED:
            yield name


PLACES = [
    (part, name)
    for part, kind in (("row", Row), ("box", Box), ("line", Line), ("source", SourceBox), ("whole", Diagram))
    for name in fields(kind)
]


def check_told(error: ErdError) -> None:
    assert list(faults_of_log(without_commands(as_text(error.diagnostics, {})))) == []


def check_spec(text: str) -> None:
    """A draft has the fields of a spec alone; what is generated from it is inert."""
    assert set(yaml.safe_load(text)) <= SPEC_FIELDS
    if TODO in text:
        return
    try:
        made = generate(text.encode(), "spec.yml")
    except ErdError as error:
        check_told(error)
    else:
        assert list(faults_of_project(made.files)) == []


@pytest.mark.parametrize("kind", PAYLOADS)
def test_no_text_of_a_diagram_is_live_in_any_notation(kind: str) -> None:
    for part, name in PLACES:
        drawn = diagram(**{part: {name: PAYLOADS[kind]}})
        check_spec(draft_text(drawn))
        ET.fromstring(svg_text(drawn))
        for notation in ("mermaid", "dbml", "dsl", "ddl"):
            text = WRITERS[notation](drawn)
            try:
                again = read_diagram(text.encode(), f"a.{notation}")
            except ErdError as error:  # a drawn notation has no way to quote a name
                check_told(error)
                assert (notation, name) in REFUSED
                continue
            assert len(again.boxes) == 2, (part, name, notation)
            assert "others" in [box.name for box in again.boxes]
            if notation in ("ddl", "dbml"):
                check_spec(draft_text(again))


def texts(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(one, (*at, name))
    elif isinstance(value, str):
        yield at


def put(value: Any, places: list[tuple[Any, ...]], text: str) -> Any:
    made = copy.deepcopy(value)
    for number, place in enumerate(places):
        inner = made
        for word in place[:-1]:
            inner = inner[word]
        inner[place[-1]] = f"{text}{number}"
    return made


@pytest.mark.parametrize("name", ["rest_items.json"])
@pytest.mark.parametrize("kind", PAYLOADS)
def test_no_text_of_a_board_is_live_in_its_draft(name: str, kind: str) -> None:
    """All texts that have one path, but for numbers, at once: of every item."""
    board = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    kinds: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for place in texts(board):
        kinds.setdefault(tuple(word for word in place if not isinstance(word, int)), []).append(place)
    for places in kinds.values():
        try:
            read = read_diagram(json.dumps(put(board, places, PAYLOADS[kind])).encode(), "board.json")
        except ErdError as error:
            check_told(error)
        else:
            assert set(yaml.safe_load(draft_text(read))) <= SPEC_FIELDS
