"""Texts that were written without a look at the vocabulary: right, or a TODO with the words quoted, and never wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from erd2dbt.draft.models import infer
from erd2dbt.faults.diagnostics import Span
from erd2dbt.infer.drawn_models import Box, DrawnModel, Flow, Inferred
from infer.shop import shown

TEXTS = yaml.safe_load((Path(__file__).parent / "unseen" / "texts.yml").read_text(encoding="utf-8"))
BOXES = (
    Box(name="customers", columns={"customer_id": "int", "name": "text", "country": "text"}, key=("customer_id",)),
    Box(
        name="orders",
        columns={"order_id": "int", "customer_id": "int", "status": "text", "channel": "text", "amount": "numeric",
                 "discount": "numeric", "ordered_at": "timestamp"},
        key=("order_id",),
        links={"customer_id": ("customer_id",)},
        parents={"customer_id": ("customers", "customer_id")},
    ),
    Box(
        name="order_items",
        columns={"order_item_id": "int", "order_id": "int", "product_id": "int", "quantity": "int",
                 "unit_price": "numeric"},
        key=("order_item_id",),
        links={"order_id": ("order_id",), "product_id": ("product_id",)},
        parents={"order_id": ("orders", "order_id"), "product_id": ("products", "product_id")},
    ),
    Box(name="products", columns={"product_id": "int", "category": "text", "price": "numeric"}, key=("product_id",)),
    Box(
        name="payments",
        columns={"payment_id": "int", "order_id": "int", "method": "text", "paid_amount": "numeric",
                 "paid_at": "timestamp"},
        key=("payment_id",),
        links={"order_id": ("order_id",)},
        parents={"order_id": ("orders", "order_id")},
    ),
)  # fmt: skip


@pytest.fixture(scope="module", params=("en", "de", "es", "fr", "pt"))
def read(request: pytest.FixtureRequest) -> tuple[list[dict[str, str]], Inferred]:
    """The texts of one language, all of them on one model."""
    texts = [one for one in TEXTS if one["language"] == request.param]
    drawn = DrawnModel(
        box=Box(
            name="customer_stats",
            columns={"customer_id": "int", **{one["column"]: one["type"] for one in texts}},
            key=("customer_id",),
            is_entity=False,
        ),
        flows=tuple(Flow(source=box.name, label="") for box in BOXES),
        span=Span("board", 1, 1),
        words={one["column"]: one["text"] for one in texts},
    )
    return texts, infer([drawn], BOXES)[0]


def test_nothing_is_wrong_without_a_word(read: tuple[list[dict[str, str]], Inferred]) -> None:
    texts, found = read
    for one in texts:
        formula, comment = shown(found, one["column"])
        if formula == "TODO":
            assert f"he diagram says: “{one['text']}”" in comment
        else:
            assert formula == one.get("means"), one["text"]


def test_there_are_forty() -> None:
    assert len(TEXTS) == 40
