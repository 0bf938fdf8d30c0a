"""Boards that leave out marks and types: what the boxes and lines show is inferred, and said to be so."""

from __future__ import annotations

import json

import pytest

from erd2dbt.pipelines.drafting import drafted

CUSTOMERS = ("customers", "PK customer_id int", "name text")
ORDERS = ("orders", "PK order_id int", "FK customer_id int", "status text", "amount numeric")
MANY = ("erd_only_one", "erd_zero_or_many")


def text_of(*boxes: tuple[str, ...], lines: tuple[tuple[int, int, tuple[str, str]], ...]) -> str:
    """The draft of a board. Lines: numbers of two boxes, and the caps."""
    shapes = [
        {
            "id": str(100 + n),
            "type": "shape",
            "data": {"shape": "rectangle", "content": "".join(f"<p>{text}</p>" for text in rows)},
            "position": {"x": 500 * n, "y": 0},
            "geometry": {"width": 300, "height": 300},
        }
        for n, rows in enumerate(boxes)
    ]
    connectors = [
        {
            "id": str(900 + n),
            "type": "connector",
            "startItem": {"id": str(100 + start)},
            "endItem": {"id": str(100 + end)},
            "style": {"startStrokeCap": caps[0], "endStrokeCap": caps[1]},
        }
        for n, (start, end, caps) in enumerate(lines)
    ]
    return drafted(json.dumps({"data": [*shapes, *connectors]}).encode(), "board.json")[1]


def arrow(start: int, end: int) -> tuple[int, int, tuple[str, str]]:
    return start, end, ("none", "arrow")


def test_a_model_has_the_grain_of_the_source_whose_key_it_shows() -> None:
    text = text_of(CUSTOMERS, ("dim_customers", "customer_id", "name"), lines=(arrow(0, 1),))
    assert "  dim_customers:\n    # inferred: the grain is the key of `customers`, which it shows" in text
    assert "    grain: customer_id\n    rows: customers\n    keep: all\n" in text
    assert "determines" not in text


def test_the_finest_key_is_the_grain() -> None:
    both = text_of(
        CUSTOMERS,
        ORDERS,
        ("fct_orders", "order_id", "customer_id", "amount"),
        lines=((0, 1, MANY), arrow(0, 2), arrow(1, 2)),
    )
    assert "    grain: order_id\n    rows: orders\n" in both


@pytest.mark.parametrize(
    "rows", [("name", "amount numeric"), ("customer_id", "status", "amount"), ("customer_id", "month")]
)
def test_an_uncertain_grain_stays_open(rows: tuple[str, ...]) -> None:
    lines = ((0, 1, MANY), arrow(0, 2), arrow(1, 2))
    text = text_of(CUSTOMERS, ORDERS, ("fct_customers", *rows), lines=lines)
    assert "    grain: TODO\n" in text
    assert "determines" not in text


def test_a_foreign_key_without_a_type_has_that_of_its_key() -> None:
    text = text_of(
        CUSTOMERS,
        ("orders", "PK order_id bigint", "FK customer_id"),
        ("lines", "PK line_id bigint", "FK order_id", "note"),
        lines=((0, 1, MANY), (1, 2, MANY)),
    )
    assert "customer_id: int  # inferred: the type of `customers.customer_id`, with which it is linked\n" in text
    assert "order_id: bigint  # inferred: the type of `orders.order_id`, with which it is linked\n" in text
    assert "note: text  # inferred: no type is drawn\n" in text


def test_words_behind_a_target_do_not_hide_it() -> None:
    text = text_of(
        ("staff", "PK staff_id int", "name text"),
        (
            "teams",
            "PK team_id int",
            "deputy_id int FK → staff.staff_id (optional)",
            "lead_id int FK → staff.staff_id (acting)",
            "third_id int FK → staff.staff_id (may be empty)",
        ),
        lines=(),
    )
    for role in ("deputy", "lead", "third"):
        assert f"    {role}: {role}_id = staff_id  #" in text
    assert "lead_id: {type: int, description: acting}" in text
    assert "third_id: {type: int, description: may be empty}" in text


def test_german_marks_are_no_parts_of_names() -> None:
    text = text_of(
        ("leser", "PS leser_id int", "name text"),
        ("ausleihe", "PS ausleihe_id int", "FS leser_id int", "leistung PS int"),
        lines=((0, 1, MANY),),
    )
    assert "    key: leser_id\n" in text
    assert "    key: ausleihe_id\n" in text
    assert "  leser ||--o{ ausleihe: leser_id\n" in text
    assert "leistung_ps: int" in text
