"""One diagram in every form that it can be exported in, and entities in every way that people draw them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.read.board.dump import read_board
from erd2dbt.read.board.interpreting import diagram_of
from erd2dbt.read.recognising import read_diagram
from read.board.drawn import FIXTURES, columns, fixture, relationships

COLORED = ("diagram_dsl.txt", "diagram_content.json", "diagram_create_reply.json", "web_sdk_items.json")
UNCOLORED = ("diagram_mermaid.mmd", "canvas_read.svg", "mcp_readback.json")
EXPECTED = json.loads((FIXTURES / "expected_erd.json").read_text(encoding="utf-8"))


def shown(diagram: Diagram, *, color: bool) -> list[dict[str, Any]]:
    layers = {"marts": "mart"}
    return [
        {"name": box.name, "layer": layers.get(box.layer or "", box.layer), "columns": columns(box)}
        | ({"color": box.color} if color else {})
        for box in diagram.boxes
    ]


def expected(*, color: bool) -> list[dict[str, Any]]:
    left_out = set() if color else {"color"}
    return [{k: v for k, v in entity.items() if k not in left_out} for entity in EXPECTED["entities"]]


def expected_relationships() -> list[dict[str, Any]]:
    found = [{k: v for k, v in line.items() if k != "id"} for line in EXPECTED["relationships"]]
    return sorted(found, key=lambda line: (line["from"], line["to"], line["label"]))


def rest(*names: str) -> list[Any]:
    return [json.loads((FIXTURES / name).read_text(encoding="utf-8")) for name in names]


def bodies(pairs: list[Any]) -> list[Any]:
    return [pair["response"]["body"] for pair in pairs]


@pytest.mark.parametrize("name", [*COLORED, *UNCOLORED])
def test_every_form_gives_the_same_diagram(name: str) -> None:
    diagram, color = fixture(name), name in COLORED
    assert shown(diagram, color=color) == expected(color=color)
    assert relationships(diagram) == expected_relationships()


def test_the_rest_api_s_answers_however_they_were_saved() -> None:
    """Request and response pairs, pages, one page of all, bare lists, and `{items, connectors}`."""
    items, connectors = rest("rest_items.json", "rest_connectors.json")
    all_items = [item for page in bodies(items) for item in page["data"]]
    all_connectors = [item for page in bodies(connectors) for item in page["data"]]
    saved = (
        [*items, *connectors],
        [*bodies(items), *bodies(connectors)],
        {"items": {"data": all_items}, "connectors": {"data": all_connectors}},
        {"items": all_items, "connectors": all_connectors},
        [*all_connectors, *all_items],
        {"connectors": bodies(connectors), "items": bodies(items)},
    )
    for form in saved:
        diagram = read_diagram(json.dumps(form).encode(), "board.json")
        assert sorted(shown(diagram, color=True), key=str) == sorted(expected(color=True), key=str)
        assert relationships(diagram) == expected_relationships()
        assert diagram.board == "uXjVMktErd0="
        assert {box.id for box in diagram.boxes} == {f"34587646607000000{n}" for n in range(20, 30)}
        assert all(line.id and line.id.isdigit() for line in diagram.lines)


def test_what_is_not_in_the_diagram_is_listed_and_what_could_not_be_read_is_told_apart() -> None:
    items, connectors = rest("rest_items.json", "rest_connectors.json")
    diagram = read_diagram(json.dumps([*items, *connectors]).encode(), "board.json")
    left_out = {one.id[-2:]: (one.kind, one.why) for one in diagram.seen if one.id and not one.unread}
    assert left_out == {
        "11": ("text", "a note"),
        "40": ("sticky note", "a note"),
        "41": ("text", "a legend"),
        "45": ("card", "a note"),
        "46": ("image", "it contains no text"),
        "80": ("connector", "it joins nothing of the diagram"),
        "81": ("connector", "it joins nothing of the diagram"),
    }
    unread = {one.id[-2:]: (one.kind, one.why, one.place) for one in diagram.unread if one.id}
    assert unread == {
        "42": ("document", "the export does not show its text", (-900.0, 0.0)),
        "43": ("table", "the export does not show its rows", (-900.0, 900.0)),
        "44": ("shape", "the export does not show its text, as with Miro's own ERD shapes", (-900.0, 1500.0)),
        "82": (
            "connector",
            "it joins `campaign_funnel_analysis` with the item 3458764660700000044, which cannot be read",
            None,
        ),
    }


def test_places_inside_of_frames_are_counted_from_the_canvas() -> None:
    diagram = read_diagram(json.dumps(rest("rest_items.json")).encode(), "board.json")
    title = next(one for one in diagram.seen if one.id == "3458764660700000011")
    assert title.place == (1780.0, -1340.0)
    assert title.frame == "Proposed dbt models"
    assert {box.frame for box in diagram.boxes} == {"Proposed dbt models"}


def test_a_spreadsheet_export_has_the_boxes_and_no_lines() -> None:
    diagram = fixture("board_export.csv")
    assert shown(diagram, color=False) == expected(color=False)
    assert diagram.lines == ()
    assert [one.why for one in diagram.seen] == ["a note", "a note", "a legend", "a note", "a note"]


def test_a_diagram_in_a_code_widget_counts_before_one_in_a_document() -> None:
    diagram = fixture("rest_other.json")
    assert {box.name: len(box.rows) for box in diagram.boxes} == {"customers": 2, "orders": 3}
    assert [(one.kind, one.why, one.unread) for one in diagram.seen] == [
        ("diagram", "the export shows its title only", True),
        ("document", "a second diagram", False),
    ]


def test_a_board_is_read_the_same_with_bom_crlf_and_indentation() -> None:
    for name in (*COLORED, *UNCOLORED, "board_export.csv"):
        plain, text = fixture(name), (FIXTURES / name).read_text(encoding="utf-8-sig")
        windows = read_diagram(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), name)
        assert shown(windows, color=True) == shown(plain, color=True)
        assert relationships(windows) == relationships(plain)


# -- the ways in which people write an entity

VARIANTS = json.loads((FIXTURES / "expected_variants.json").read_text(encoding="utf-8"))
NOISY = "V14_html_escapes"  # only its first column is told


@pytest.fixture(scope="module")
def variants() -> Diagram:
    return fixture("rest_items_variants.json")


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant["variant"])
def test_variants(variant: dict[str, Any], variants: Diagram) -> None:
    found = [box for box in variants.boxes if box.id in variant["item_ids"]]
    if variant["expect"] is None:
        assert not found
        assert [one for one in variants.seen if one.id in variant["item_ids"]]
        return
    (box,) = found
    wanted = [{**c, "type": c["type"] and c["type"].lower()} for c in variant["expect"]["columns"]]
    assert box.name == variant["expect"]["entity"]
    assert columns(box)[: len(wanted) if variant["variant"] == NOISY else None] == wanted


def test_variants_that_cannot_be_read_are_told_from_those_that_are_no_entity(variants: Diagram) -> None:
    told = {one.id[-2:]: one.unread for one in variants.seen if one.id}
    assert told == {"21": True, "22": True, "23": True, "24": True, "25": False, "26": False}


def test_a_board_of_ten_thousand_items_is_read_in_seconds() -> None:
    """Tables of a header and stacked rows, the most work that there is for each item."""
    items: list[dict[str, Any]] = []
    for table in range(1_000):
        x, y = 400.0 * (table % 40), 400.0 * (table // 40)
        for row in range(10):
            text = f"entity_{table}" if row == 0 else f"{'PK ' if row == 1 else ''}column_{row} int"
            items.append({
                "id": str(table * 100 + row), "type": "shape", "data": {"content": f"<p>{text}</p>"},
                "style": {"fillColor": "#ccf4ff" if row == 0 else "#ffffff"},
                "position": {"x": x, "y": y + 30.0 * row}, "geometry": {"width": 200.0, "height": 30.0},
            })  # fmt: skip
    diagram = diagram_of(read_board(json.dumps(items), "board.json"))
    assert len(diagram.boxes) == 1_000
    assert all(len(box.rows) == 9 and box.key == ("column_1",) for box in diagram.boxes)
    assert len({row.id for box in diagram.boxes for row in box.rows}) == 9_000


def test_names_that_are_cut_off_are_told() -> None:
    """What stands before the cut is read, and the place is unread: nobody knows the rest."""
    shape = {
        "id": "1",
        "type": "shape",
        "data": {"content": "<p>order_li…</p><p>PK order_id int</p><p>amount_in_e... int</p>"},
    }
    text = 'graphdir TB\nn1 "long_name_of_a_ta..." "PK\tid\tint\n\tcolumn_w…\tint"\n'
    for data in (json.dumps([shape]), text):
        diagram = read_diagram(data.encode(), "board")
        assert len(diagram.boxes[0].rows) == 2
        assert sorted(one.why for one in diagram.unread) == [
            "its name is cut off",
            "the name of its column is cut off",
        ]


def test_no_entity_of_a_hostile_svg_is_expanded() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(12))
    rows = "PK order_id int&#10;note &e11;"
    shape = f'<rect data-type="shape" data-content="orders&#10;{rows}"/>'
    svg = f'<?xml version="1.0"?><!DOCTYPE svg [{bomb}]><svg>{shape}</svg>'
    diagram = read_diagram(svg.encode(), "board.svg")
    assert [row.name for row in diagram.boxes[0].rows][:1] == ["order_id"]
    assert len(str(diagram)) < 2_000
