"""A diagram that is written and read again is the same, as far as the notation has words for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.diagram.drawing import Cap, Diagram
from erd2dbt.draft.diagram import draft
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.notate.dsl import dsl_text
from erd2dbt.notate.mermaid import mermaid_text
from erd2dbt.notate.spec import spec_text
from erd2dbt.read.board.dsl import read_dsl
from erd2dbt.read.recognising import read_diagram
from erd2dbt.read.spec.reader import read_spec
from read.board.diagrams import diagrams
from read.board.drawn import fixture, relationships


def shown(diagram: Diagram, *, of: str) -> tuple[Any, ...]:
    """Boxes in order and lines in any; of Mermaid descriptions, of the diagram language emptiness."""
    boxes = [
        (
            box.name,
            box.title,
            box.color,
            [(r.name, r.type, r.keys, r.description if of == "mermaid" else r.not_null) for r in box.rows],
        )
        for box in diagram.boxes
    ]
    return boxes, relationships(diagram)


@settings(max_examples=150, deadline=None)
@given(diagrams())
def test_the_diagram_language(diagram: Diagram) -> None:
    text = dsl_text(diagram)
    again = read_diagram(text.encode(), "drawn.txt")
    assert shown(again, of="dsl") == shown(diagram, of="dsl")
    assert dsl_text(read_dsl(text, "drawn.txt")) == text


@settings(max_examples=150, deadline=None)
@given(diagrams())
def test_mermaid(diagram: Diagram) -> None:
    text = mermaid_text(diagram)
    again = read_diagram(text.encode(), "drawn.mmd")
    assert shown(again, of="mermaid") == shown(diagram, of="mermaid")
    unlayered = tuple(replace(box, layer=None) for box in again.boxes)  # a name such as `agg_orders` tells a layer
    assert mermaid_text(replace(again, boxes=unlayered)) == text


@settings(max_examples=100, deadline=None)
@given(diagrams())
def test_any_diagram_gives_a_spec_that_can_be_read(diagram: Diagram) -> None:
    lines = tuple(replace(line, id=str(900 + i)) for i, line in enumerate(diagram.lines))
    boxes = tuple(replace(box, id=str(100 + i)) for i, box in enumerate(diagram.boxes))
    text = spec_text(draft(replace(diagram, boxes=boxes, lines=lines, board="uXjV=")))
    erd = read_spec(text.encode(), "spec.yml")
    assert len(erd.entities) + len(erd.models) == len(diagram.boxes)
    assert erd.board is not None
    assert {item.id for item in erd.board.items} >= {box.id for box in boxes}


def test_names_that_a_spec_cannot_have() -> None:
    """Too long, folded to one, with characters of their own: they are fitted, and the raw column keeps its name."""
    long = "日" * 90
    text = f'graphdir TB\nn1 "{long}" "PK\ta/b\tint\n\ta_b\tint"\nn2 "{long[:-1]}本" "PK\tid\tint"\n'
    erd = read_spec(spec_text(draft(read_diagram(text.encode(), "x"))).encode(), "spec.yml")
    assert len({entity.name for entity in erd.entities}) == 2
    assert [(c.name, c.raw) for c in erd.entities[0].columns] == [("a_b_2", "a/b"), ("a_b", "a_b")]


def test_the_reference_diagram_in_both() -> None:
    drawn = fixture("diagram_dsl.txt")
    for text, of in ((dsl_text(drawn), "dsl"), (mermaid_text(drawn), "mermaid")):
        assert shown(read_diagram(text.encode(), "x"), of=of) == shown(drawn, of=of)


def test_names_that_are_words_of_mermaid() -> None:
    nodes = "\n".join(
        f'n{i} "{name}" "PK\tid\tint"' for i, name in enumerate(("style", "class", "one", "u", "to", "Many"))
    )
    drawn = read_diagram(f'graphdir TB\n{nodes}\ne1 "to" n0 many -- many n3\n'.encode(), "x")
    again = read_diagram(mermaid_text(drawn).encode(), "x")
    assert [(box.name, box.title) for box in again.boxes] == [(box.name, box.title) for box in drawn.boxes]
    assert [(line.left, line.right) for line in again.lines] == [("style", "u")]


def test_caps_that_leave_the_minimum_open_keep_what_they_claim() -> None:
    """Mermaid has no words for Miro's `one` and `many`."""
    text = 'graphdir TB\nn1 "a" "PK\tid\tint"\nn2 "b" "PK\tid\tint"\ne1 "" n1 one -- many n2\n'
    drawn = read_diagram(text.encode(), "x")
    (line,) = read_diagram(mermaid_text(drawn).encode(), "x").lines
    assert (line.left_cap, line.right_cap) == (Cap.ZERO_OR_ONE, Cap.ZERO_OR_MANY)


HEADS = ("graphdir TB\n", "erDiagram\n", '{"items": [', "<svg>", '"a","b"\n', "")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(HEADS), st.text('anPKFK{}[]":|o-.,#<>/=\\\t\n Ä日 \u202e\x00', max_size=80))
def test_whatever_a_file_holds_is_read_or_refused(head: str, rest: str) -> None:
    try:
        diagram = read_diagram((head + rest).encode(), "any")
    except ErdError:
        return
    read_spec(spec_text(draft(diagram)).encode(), "spec.yml")
