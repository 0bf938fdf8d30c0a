"""A second pull of people's own board, on which they changed lineage arrows or what formulas read.

The rows of the models say in words how they are made, and `worth` is a formula that people wrote into the spec.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
import yaml

from miro.boards import line, shape, shop
from miro.here import Here
from miro.server import Miro

NAME = "fct_customer_value"
SUM, COUNT = "worth: sum(order_lines.qty)", "worth: count(orders.ordered_at)"
ARROW = f"the arrow from orders to {NAME}"
READS = f"{NAME} (`orders` is count(orders.order_id), `last_order` is max(orders.ordered_at)) still reads orders"


class Board(Here):
    """A shop with two marts, pulled once."""

    def __init__(self, here: Here) -> None:
        super().__init__(here.folder, here.miro)
        self.ids = shop(self.miro)
        rows = ("PK customer_id bigint", "orders bigint: count(orders.order_id)", "last_order: max(orders.ordered_at)")
        self.ids[NAME] = self.model(NAME, *rows, "worth numeric", x=2000)
        self.ids["sales"] = self.model("fct_sales", "PK sku text", "pieces: sum(order_lines.qty)", x=2600)
        for name, start, end, caption in (
            ("customers→", "customers", NAME, ""),
            ("orders→", "orders", NAME, ""),
            ("lines→", "lines", NAME, "where qty > 0"),
            ("products→sales", "products", "sales", ""),
            ("lines→sales", "lines", "sales", ""),
        ):
            self.ids[name] = self.arrow(start, end, caption)
        assert self.pull().startswith("read     4 entities, 3 links, 2 models")
        text = re.sub("worth: TODO.*", "worth: sum(order_lines.qty)", self.text("shop.yml"))
        (self.folder / "shop.yml").write_text(text, encoding="utf-8")

    def model(self, title: str, *rows: str, x: float) -> str:
        return shape(self.miro, title, *rows, x=x, color="#adf0c7")

    def arrow(self, start: str, end: str, caption: str = "") -> str:
        made = line(self.miro, self.ids[start], self.ids[end], "only_one", "only_one", caption.replace(">", "&gt;"))
        self.miro.board.connectors[made]["style"] |= {"startStrokeCap": "none", "endStrokeCap": "stealth"}
        return made

    def pull(self) -> str:
        done = self.run("pull", self.miro.address, "-o", "shop.yml")
        assert done.exit_code == 0, done.output
        return done.output

    def delete(self, name: str) -> None:
        del self.miro.board.connectors[self.ids[name]]

    def turn(self, name: str) -> None:
        one = self.miro.board.connectors[self.ids[name]]
        one["startItem"], one["endItem"] = one["endItem"], one["startItem"]

    def turn_head(self, name: str) -> None:
        style = self.miro.board.connectors[self.ids[name]]["style"]
        style["startStrokeCap"], style["endStrokeCap"] = "arrow", "none"

    def lead(self, name: str, end: str, box: str) -> None:
        self.miro.board.connectors[self.ids[name]][end]["id"] = self.ids[box]

    def say(self, name: str, caption: str) -> None:
        said = [{"content": f"<p>{caption}</p>"}] if caption else []
        self.miro.board.connectors[self.ids[name]]["captions"] = said

    def write(self, box: str, old: str, new: str) -> None:
        data = self.miro.board.items[self.ids[box]]["data"]
        assert data["content"].count(old) == 1, data["content"]
        data["content"] = data["content"].replace(old, new)

    def erase(self, box: str) -> None:
        Miro.delete(self.miro, re.match("(?P<item>.*)", self.ids[box]), {}, None)  # type: ignore[arg-type]


@pytest.fixture
def board(here: Here) -> Board:
    return Board(here)


CASES: dict[str, tuple[Callable[[Board], None], tuple[str, ...]]] = {
    "deleted": (
        lambda b: b.delete("orders→"),
        (f"left     {ARROW} was deleted on the board, but {READS}; draw it again, or change the formula",),
    ),
    "deleted, the formula is people's": (
        lambda b: b.delete("lines→"),
        (
            f"left     the arrow from order_lines to {NAME} was deleted on the board, but {NAME} (`worth` is "
            "sum(order_lines.qty)) still reads order_lines; draw it again, or change the formula",
        ),
    ),
    "deleted, no formula names it": (
        lambda b: b.delete("customers→"),
        (f"removed  the arrow from customers to {NAME}: no formula reads customers",),
    ),
    "deleted there, its formula here": (
        lambda b: (b.delete("lines→"), b.replace("shop.yml", SUM, COUNT)),
        (f"removed  the arrow from order_lines to {NAME}: no formula reads order_lines",),
    ),
    "two at once": (
        lambda b: (b.delete("orders→"), b.delete("products→sales")),
        (
            f"left     {ARROW} was deleted on the board, but {READS}; draw it again, or change the formula",
            "removed  the arrow from products to fct_sales: no formula reads products",
        ),
    ),
    "to another model": (
        lambda b: b.lead("orders→", "endItem", "sales"),
        (
            f"left     {ARROW} leads from orders to fct_sales now, but {READS}; draw one from orders to {NAME}, or "
            "change the formula",
        ),
    ),
    "turned round": (
        lambda b: b.turn("orders→"),
        (f"left     {ARROW} was turned round, but orders is an entity, so it is still read as lineage into {NAME}",),
    ),
    "its head at the other end": (
        lambda b: b.turn_head("orders→"),
        (f"left     {ARROW} was turned round, but orders is an entity, so it is still read as lineage into {NAME}",),
    ),
    "a caption that filters": (
        lambda b: b.say("orders→", "where ordered_at is not null"),
        (
            f"changed  {NAME}.orders from count(orders.order_id) to count(orders.order_id) filter (where "
            "orders.ordered_at is not null)",
            f"changed  {ARROW} has the caption “where ordered_at is not null” now",
        ),
    ),
    "a caption without a meaning": (
        lambda b: b.say("orders→", "daily load"),
        (
            f"left     {ARROW} has the caption “daily load” now, and no formula of {NAME} follows from it; say it in a "
            f"row of {NAME}, or in the spec",
        ),
    ),
    "a caption deleted": (
        lambda b: b.say("lines→", ""),
        (
            f"left     the caption “where qty > 0” of the arrow from order_lines to {NAME} was deleted, and no formula "
            f"of {NAME} follows from it; say it in a row of {NAME}, or in the spec",
        ),
    ),
    "a new arrow": (
        lambda b: b.ids.update(new=b.arrow("customers", "sales")),
        ("added    the arrow from customers to fct_sales; no formula of fct_sales reads customers yet",),
    ),
    "a box that only people's formula reads": (
        lambda b: b.erase("lines"),
        (f"kept     order_lines is no longer drawn, but {NAME} (`worth` is sum(order_lines.qty)) still reads it",),
    ),
    "a row that only people's formula reads": (
        lambda b: (b.write("lines", "<p>qty int</p>", ""), b.write("sales", "sum(order_lines.qty)", "count(sku)")),
        (
            f"removed  column order_lines.qty, but {NAME} (`worth` is sum(order_lines.qty)) still reads it; draw it "
            "again, or change the formula",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_people_changed_is_told_once(board: Board, name: str) -> None:
    act, said = CASES[name]
    act(board)
    lines = board.pull().splitlines()
    assert [one for one in said if one not in lines] == [], "\n".join(lines)
    again = board.pull().splitlines()
    assert not set(said) & set(again)
    assert again[-1] == "same     shop.yml"
    assert "worth: " in board.text("shop.yml")


def test_nothing_changed_is_silent(board: Board) -> None:
    lines = board.pull().splitlines()
    assert [one for one in lines if one.startswith(("left", "changed", "removed", "added"))] == []


def test_an_arrow_beside_an_equal_one_is_not_missed(board: Board) -> None:
    board.ids["twin"] = board.arrow("orders", NAME)
    board.pull()
    board.delete("twin")
    assert "the arrow" not in board.pull()


def test_rows_may_keep_the_old_name_of_a_box(board: Board) -> None:
    """The formula of a row follows a box and a column that have new names, in this and in every later pull."""
    board.write("orders", ">orders<", ">purchases<")
    board.write("orders", "ordered_at", "bought_at")
    said = board.pull()
    assert "renamed  orders is purchases now\n" in said
    assert "renamed  purchases.ordered_at is bought_at now\n" in said
    for _ in range(2):
        columns = yaml.safe_load(board.text("shop.yml"))["models"][NAME]["columns"]
        assert (columns["orders"], columns["last_order"]) == ("count(purchases.order_id)", "max(purchases.bought_at)")
        assert board.pull().splitlines()[-1] == "same     shop.yml"
    board.write("orders", ">purchases<", ">sales_orders<")
    board.pull()
    assert yaml.safe_load(board.text("shop.yml"))["models"][NAME]["columns"]["orders"] == "count(sales_orders.order_id)"


def test_a_new_box_takes_over_an_old_name(board: Board) -> None:
    """Then a row that names it means the new box."""
    board.write("orders", ">orders<", ">purchases<")
    board.ids["new"] = shape(
        board.miro, "orders", "PK order_id bigint", "customer_id bigint", "ordered_at date", x=9000
    )
    board.pull()
    columns = yaml.safe_load(board.text("shop.yml"))["models"][NAME]["columns"]
    assert columns["last_order"] == "max(orders.ordered_at)"


def test_an_arrow_between_two_marts_is_turned(board: Board) -> None:
    """The head decides the direction, at whichever end it is."""
    board.ids["top"] = board.model("fct_top", "PK sku text", "pieces: sum(fct_sales.pieces)", x=3200)
    board.ids["sales→top"] = board.arrow("sales", "top")
    board.pull()
    board.turn_head("sales→top")
    assert (
        "left     the arrow from fct_sales to fct_top was turned round, but fct_top (`pieces` is sum(fct_sales.pieces))"
        " still reads fct_sales; turn it again, or change the formula"
    ) in board.pull().splitlines()


def test_a_memory_without_arrows_is_read(board: Board) -> None:
    """As earlier versions wrote it: nothing is known of arrows, and nothing is told of them."""
    memory = board.folder / ".shop.yml.drafted"
    memory.write_text(memory.read_text(encoding="utf-8").partition("# Memory of the diagram")[0], encoding="utf-8")
    board.delete("orders→")
    assert "the arrow" not in board.pull()
    assert json.dumps({"start": "lines"})[1:9] in memory.read_text(encoding="utf-8")
