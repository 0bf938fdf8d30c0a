"""One frame of a board, by its id or its title."""

from __future__ import annotations

import json

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.read.recognising import read_diagram


def shape(id_: str, parent: str, text: str) -> dict[str, object]:
    place = {"x": 200, "y": 200, "width": 200, "height": 100, "parentId": parent, "relativeTo": "parent_top_left"}
    return {"type": "shape", "id": id_, "content": text, **place}


def frame(id_: str, title: str, x: int) -> dict[str, object]:
    return {"type": "frame", "id": id_, "title": title, "x": x, "y": 0, "width": 800, "height": 800}


BOARD = json.dumps([
    frame("10", "As is", 0), frame("20", "To be", 2000), frame("30", "Inside", 2000) | {"parentId": "20"},
    shape("11", "10", "<p>trains</p><p>train_no int PK</p>"),
    shape("21", "20", "<p>trains</p><p>train_no text PK</p>"),
    shape("31", "30", "<p>halts</p><p>halt_no int PK</p><p>train_no text FK</p>"),
    {"type": "connector", "id": "91", "start": {"item": "11"}, "end": {"item": "21"}},
]).encode()  # fmt: skip


@pytest.mark.parametrize("wanted", ["20", "to  BE"])
def test_a_frame_with_those_inside_of_it_is_read_alone(wanted: str) -> None:
    diagram = read_diagram(BOARD, "board.json", frame=wanted)
    assert {box.name: box.rows[0].type for box in diagram.boxes} == {"trains": "text", "halts": "int"}
    assert (diagram.frame, diagram.unread) == ("20", ())
    told = {one.kind: one.why for one in diagram.seen}
    assert told == {
        "2 items": "outside of the frame",
        "connector": "it joins `trains` with something outside of the frame",
    }


@pytest.mark.parametrize(
    ("data", "wanted", "words"),
    [
        (BOARD, "To do", "the board has no frame `To do`"),
        (BOARD.replace(b"As is", b"To be"), "To be", "2 frames are called `To be`"),
        (b"erDiagram\n  a {\n    int id PK\n  }\n", "To be", "this file has no frames: it was read as Mermaid"),
    ],
)
def test_what_is_no_frame_is_refused(data: bytes, wanted: str, words: str) -> None:
    with pytest.raises(ErdError) as caught:
        read_diagram(data, "board.json", frame=wanted)
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.message) == ("E066", words)
    assert fault.fixes
