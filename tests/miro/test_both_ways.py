"""Pull, push, pull, edits on the board, pull, edits of the spec, push: what each leaves in spec, record and board."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import yaml

from miro.boards import frame, line, shape, shop
from miro.here import Here
from miro.server import Record

MODELS = """models:
  # what a customer is worth
  customer_value:
    grain: customer_id
    rows: customers
    keep: [name]
    columns:
      orders: count(orders.order_id)  # all of them
      first_order: {first: orders.order_id, order: orders.ordered_at}
"""


class Round(Here):
    """A shop that was pulled, reviewed by people and pushed."""

    def __init__(self, here: Here) -> None:
        super().__init__(here.folder, here.miro)

    def begin(self) -> None:
        shop(self.miro)
        assert self.run("pull", self.miro.address, "-o", "shop.yml").exit_code == 0
        self.replace("shop.yml", "      name: text\n", "      name: {type: text, description: As they sign}\n")
        self.replace("shop.yml", "  orders:\n", "  # one basket\n  orders:\n    description: What somebody bought\n")
        self.replace("shop.yml", "miro:\n", f"{MODELS}\nmiro:\n")
        self.push()

    def push(self, *words: str, code: int = 0) -> str:
        done = self.run("push", "shop.yml", *words)
        assert done.exit_code == code, done.output
        return done.output

    def pull(self, *words: str, code: int = 0) -> str:
        done = self.run("pull", "-o", "shop.yml", *words)
        assert done.exit_code == code, done.output
        return done.output

    @property
    def spec(self) -> Record:
        found: Record = yaml.safe_load(self.text("shop.yml"))
        return found

    @property
    def record(self) -> Record:
        found: Record = json.loads(self.text(".shop.yml.miro"))
        return found

    @property
    def frame(self) -> str:
        return str(self.record["frame"]["id"])

    def box(self, name: str) -> Record:
        return self.miro.board.items[self.record["shapes"][name]["id"]]

    def rows(self, name: str) -> list[str]:
        """The lines of a box of ours."""
        content = re.sub("</p>|<br />", "\n", self.box(name)["data"]["content"])
        return [
            " ".join(line.split()) for line in re.sub("<[^>]*>", "", content).replace("&nbsp;", " ").split("\n") if line
        ]

    def arrow(self, start: str, end: str) -> Record:
        ids = [self.record["shapes"][name]["id"] for name in (start, end)]
        return next(
            one for one in self.miro.board.connectors.values() if [one["startItem"]["id"], one["endItem"]["id"]] == ids
        )

    # -- people on the board

    def write(self, name: str, old: str, new: str) -> None:
        data = self.box(name)["data"]
        assert data["content"].count(old) == 1, data["content"]
        data["content"] = data["content"].replace(old, new)

    def erase(self, name: str) -> None:
        self.miro.delete(re.match("(?P<item>.*)", self.box(name)["id"]), {}, None)  # type: ignore[arg-type]

    def unlink(self, start: str, end: str) -> None:
        del self.miro.board.connectors[self.arrow(start, end)["id"]]

    def draw(self, title: str, *rows: str, color: str = "#ccf4ff") -> str:
        """A box in our frame."""
        return shape(self.miro, title, *rows, x=400, y=300, color=color, parent=self.frame)

    @property
    def shapes(self) -> int:
        return len([one for one in self.miro.board.items.values() if one["type"] == "shape"])


FORMULAS = MODELS.partition("    columns:\n")[2]
ARROW = "the arrow from orders to customer_value"
READ_BY = (
    "customer_value (`orders` is count(orders.order_id), `first_order` is first orders.order_id by orders.ordered_at)"
)
READS = f"{READ_BY} still reads orders"
AGAIN = "the next push draws it as it was, unless you change the formula"
LAST = "last_order: max(orders.ordered_at)"
KNOWN = ("customers", "products", "orders", "order_lines", "purchases", "refunds")


@pytest.fixture
def story(here: Here) -> Round:
    found = Round(here)
    found.begin()
    return found


Check = Callable[[Round], None]
Act = Callable[[Round], object]


@dataclass(frozen=True)
class Case:
    """`board` are edits of people there, `edit` edits of the spec before the pull. `spec`: `path = value` that holds
    after the pull; `said`: lines of the pull; `shown`: rows of a box after the push."""

    board: Act = lambda story: None
    edit: Act = lambda story: None
    words: tuple[str, ...] = ()
    code: int = 0
    spec: dict[str, object] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    shown: dict[str, tuple[str, ...]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()  # paths that are gone from the spec
    pushed: str = ""  # the first line of the push
    drawn: int = 0  # boxes that the push draws once more


def at(spec: object, path: str) -> object:
    for word in path.split("/"):
        spec = spec.get(word) if isinstance(spec, dict) else None
    return spec


def linked(story: Round, title: str = "refunds") -> None:
    new = story.draw(title, "PK refund_id bigint", "FK order_id bigint", "amount numeric(10,2)")
    line(story.miro, story.box("stg_orders")["id"], new, "only_one", "zero_or_many")


def mart(story: Round) -> None:
    new = story.draw("order_stats", "PK order_id bigint", "lines: count(order_lines.line_no)", color="#adf0c7")
    for start in ("stg_orders", "stg_order_lines"):
        made = line(story.miro, story.box(start)["id"], new, "only_one", "only_one")
        story.miro.board.connectors[made]["style"] |= {"startStrokeCap": "none", "endStrokeCap": "stealth"}


def lineage(story: Round, start: str, end: str) -> None:
    made = line(story.miro, story.box(start)["id"], story.box(end)["id"], "only_one", "only_one")
    story.miro.board.connectors[made]["style"] |= {"startStrokeCap": "none", "endStrokeCap": "stealth"}


def turned(story: Round, start: str, end: str) -> None:
    one = story.arrow(start, end)
    one["startItem"], one["endItem"] = one["endItem"], one["startItem"]


def led(story: Round, end: str, box: str) -> None:
    """The arrow from orders to the model ends at another box."""
    story.arrow("stg_orders", "customer_value")[end]["id"] = story.box(box)["id"]


def caps(story: Round) -> None:
    story.arrow("stg_customers", "stg_orders")["style"]["endStrokeCap"] = "erd_one_or_many"


CASES: dict[str, Case] = {
    "nothing": Case(pushed="same     the board shows the spec"),
    "a column": Case(
        board=lambda s: s.write("stg_orders", "timestamp</p>", "timestamp</p><p>note text</p>"),
        spec={"entities/orders/columns/note": "text", "entities/orders/description": "What somebody bought"},
        said=("added    column orders.note text",),
        shown={"stg_orders": ("note text",)},
    ),
    "a type": Case(
        board=lambda s: s.write("stg_products", "numeric(10,2)", "numeric(12,4)"),
        spec={"entities/products/columns/price": "numeric(12,4)"},
        said=("changed  products.price from numeric(10,2) to numeric(12,4)",),
        shown={"stg_products": ("price numeric(12,4)",)},
        pushed="same     the board shows the spec",
    ),
    "a type beside a description": Case(
        board=lambda s: s.write("stg_customers", "name  text", "name  varchar(80)"),
        spec={"entities/customers/columns/name": {"type": "varchar(80)", "description": "As they sign"}},
        shown={"stg_customers": ("name varchar(80)",)},
    ),
    "not null": Case(
        board=lambda s: s.write("stg_products", "numeric(10,2)", "numeric(10,2)  NN"),
        spec={"entities/products/columns/price": {"type": "numeric(10,2)", "not_null": True}},
        pushed="same     the board shows the spec",
    ),
    "unique": Case(
        board=lambda s: s.write("stg_customers", "<p>country", "<p>UQ  country"),
        spec={"entities/customers/columns/country": {"type": "varchar(2)", "unique": True}},
        pushed="same     the board shows the spec",
    ),
    "a row deleted": Case(
        board=lambda s: s.write("stg_customers", "<p>country  varchar(2)</p>", ""),
        absent=("entities/customers/columns/country",),
        said=("removed  column customers.country",),
    ),
    "a row struck through": Case(
        board=lambda s: s.write("stg_customers", "country  varchar(2)", "<s>country  varchar(2)</s>"),
        absent=("entities/customers/columns/country",),
    ),
    "a row renamed": Case(
        board=lambda s: s.write("stg_orders", "ordered_at", "bought_at"),
        spec={
            "entities/orders/columns/bought_at": {"type": "timestamp", "from": "ordered_at"},
            "models/customer_value/columns/first_order": {"first": "orders.order_id", "order": "orders.bought_at"},
        },
        absent=("entities/orders/columns/ordered_at",),
        said=("renamed  orders.ordered_at is bought_at now",),
        pushed="same     the board shows the spec",
    ),
    "a key of two": Case(
        board=lambda s: s.write("stg_products", "<p>price", "<p>PK  price"),
        spec={"entities/products/key": ["sku", "price"]},
    ),
    "a title": Case(
        board=lambda s: s.write("stg_orders", "stg_orders", "stg_purchases"),
        spec={
            "entities/purchases/renamed_from": "orders",
            "entities/purchases/table": "orders",
            "models/customer_value/columns/orders": "count(purchases.order_id)",
        },
        absent=("entities/orders",),
        said=("renamed  orders is purchases now",),
        pushed="same     the board shows the spec",
    ),
    "a title without its prefix": Case(
        board=lambda s: s.write("stg_orders", "stg_orders", "Purchases"),
        spec={"entities/purchases/table": "orders"},
        shown={"stg_purchases": ("stg_purchases",)},
    ),
    "a title of a model": Case(
        board=lambda s: s.write("customer_value", "customer_value", "customer_worth"),
        spec={"models/customer_worth/renamed_from": "customer_value", "models/customer_worth/keep": ["name"]},
        pushed="same     the board shows the spec",
    ),
    "a box deleted": Case(
        board=lambda s: s.erase("stg_products"),
        absent=("entities/products",),
        said=("removed  products is no longer drawn", "removed  link order_lines }o--|| products"),
    ),
    "a box moved": Case(
        board=lambda s: s.box("stg_products")["position"].update(x=300.0, y=260.0),
        pushed="same     the board shows the spec",
    ),
    "a new box": Case(
        board=lambda s: s.draw("refunds", "PK refund_id bigint", "amount numeric(10,2)"),
        spec={"entities/refunds/key": "refund_id", "entities/refunds/columns/amount": "numeric(10,2)"},
        said=("added    entity refunds with 2 columns",),
        shown={"stg_refunds": ("stg_refunds", "PK refund_id bigint", "amount numeric(10,2)")},
    ),
    "a new box with a line": Case(
        board=linked,
        spec={"links/orders ||--o{ refunds": "order_id"},
        said=("added    entity refunds with 3 columns", "added    link orders ||--o{ refunds"),
        shown={"stg_refunds": ("FK order_id bigint",)},
    ),
    "a new box titled as staging": Case(
        board=lambda s: linked(s, "stg_refunds"),
        spec={"entities/refunds/key": "refund_id", "links/orders ||--o{ refunds": "order_id"},
        said=("added    entity refunds with 3 columns", "added    link orders ||--o{ refunds"),
        shown={"stg_refunds": ("stg_refunds", "FK order_id bigint")},
    ),
    "a new box titled in words": Case(
        board=lambda s: linked(s, "Refunds"),
        spec={"entities/refunds/key": "refund_id", "links/orders ||--o{ refunds": "order_id"},
        shown={"stg_refunds": ("stg_refunds", "FK order_id bigint")},
    ),
    "a new model": Case(
        board=mart,
        spec={"models/order_stats/grain": "order_id", "models/order_stats/columns/lines": "count(order_lines.line_no)"},
        shown={"order_stats": ("lines bigint",)},
    ),
    "a derivation": Case(
        board=lambda s: s.write("customer_value", "orders  bigint", f"orders  bigint</p><p>{LAST}"),
        spec={"models/customer_value/columns/last_order": "max(orders.ordered_at)"},
        shown={"customer_value": ("last_order timestamp without time zone",)},
    ),
    "another derivation": Case(
        board=lambda s: s.write("customer_value", "orders  bigint", "orders: count(distinct orders.ordered_at)"),
        spec={"models/customer_value/columns/orders": "count(distinct orders.ordered_at)"},
        said=("changed  customer_value.orders from count(orders.order_id) to count(distinct orders.ordered_at)",),
    ),
    "a kept column deleted": Case(
        board=lambda s: s.write("customer_value", "<p>name  text</p>", ""),
        absent=("models/customer_value/keep",),
        said=("removed  column customer_value.name",),
    ),
    "a column of a model deleted": Case(
        board=lambda s: s.write("customer_value", "<p>first_order  bigint</p>", ""),
        absent=("models/customer_value/columns/first_order",),
    ),
    "caps": Case(
        board=caps,
        spec={"links/customers ||--|{ orders": "customer_id"},
        absent=("links/customers ||--o{ orders",),
        said=("changed  link customers ||--o{ orders to customers ||--|{ orders",),
        pushed="same     the board shows the spec",
    ),
    "dashes": Case(
        board=lambda s: s.arrow("stg_order_lines", "stg_products")["style"].update(strokeStyle="dashed"),
        spec={"links/order_lines }o..|| products": "sku"},
        pushed="same     the board shows the spec",
    ),
    "a caption": Case(
        board=lambda s: s.arrow("stg_order_lines", "stg_products").update(captions=[{"content": "<p>item</p>"}]),
        spec={"links/order_lines }o--|| products": {"item": "sku"}},
    ),
    "a line deleted": Case(
        board=lambda s: s.unlink("stg_order_lines", "stg_products"),
        absent=("links/order_lines }o--|| products",),
        said=("removed  link order_lines }o--|| products",),
    ),
    "lineage deleted": Case(
        board=lambda s: s.unlink("stg_orders", "customer_value"),
        said=(f"left     {ARROW} was deleted on the board, but {READS}; {AGAIN}",),
        pushed="drew     1 connector",
    ),
    "lineage of the rows deleted": Case(
        board=lambda s: s.unlink("stg_customers", "customer_value"),
        said=("left     the arrow from customers to customer_value was deleted on the board, but customer_value (its "
              f"rows are customers) still reads customers; {AGAIN}",),
        pushed="drew     1 connector",
    ),
    "lineage deleted there, its formulas here": Case(
        board=lambda s: s.unlink("stg_orders", "customer_value"),
        edit=lambda s: s.replace("shop.yml", FORMULAS, "      n: count(customers.customer_id)\n"),
        spec={"models/customer_value/columns": {"n": "count(customers.customer_id)"}},
        said=("removed  the arrow from orders to customer_value: no formula reads orders",),
    ),
    "lineage deleted there, another formula here": Case(
        board=lambda s: s.unlink("stg_orders", "customer_value"),
        edit=lambda s: s.replace("shop.yml", FORMULAS, "      n: max(orders.ordered_at)\n"),
        said=(f"left     {ARROW} was deleted on the board, but customer_value (`n` is max(orders.ordered_at)) still "
              f"reads orders; {AGAIN}",),
    ),
    "lineage turned round": Case(
        board=lambda s: turned(s, "stg_orders", "customer_value"),
        said=(f"left     {ARROW} was turned round, but orders is an entity, so it is still read as lineage into "
              "customer_value; the next push turns it back",),
        pushed="changed  1 connector",
    ),
    "an arrowhead at the other end": Case(
        board=lambda s: s.arrow("stg_orders", "customer_value")["style"].update(
            startStrokeCap="stealth", endStrokeCap="none"),
        said=(f"left     {ARROW} was turned round, but orders is an entity, so it is still read as lineage into "
              "customer_value; the next push turns it back",),
        pushed="changed  1 connector",
    ),
    "lineage from another box": Case(
        board=lambda s: led(s, "startItem", "stg_products"),
        said=(f"left     {ARROW} leads from products to customer_value now, but {READS}; {AGAIN}",),
        pushed="changed  1 connector",
    ),
    "lineage to an entity": Case(
        board=lambda s: led(s, "endItem", "stg_products"),
        said=(f"left     {ARROW} leads from orders to products now, but {READS}; {AGAIN}",),
        pushed="changed  1 connector",
    ),
    "lineage with a caption": Case(
        board=lambda s: s.arrow("stg_orders", "customer_value").update(captions=[{"content": "<p>daily load</p>"}]),
        said=(f"left     {ARROW} has the caption “daily load” now, and no formula of customer_value follows from it; "
              "say it in a row of customer_value, or in the spec",),
        pushed="same     the board shows the spec",
    ),
    "lineage with a condition": Case(
        board=lambda s: s.arrow("stg_orders", "customer_value").update(
            captions=[{"content": "<p>where ordered_at is null</p>"}]),
        spec={"models/customer_value/columns/orders":
              "count(orders.order_id) filter (where orders.ordered_at is null)",
              "models/customer_value/columns/first_order":
              {"first": "orders.order_id", "where": "orders.ordered_at is null", "order": "orders.ordered_at"}},
        said=(f"changed  {ARROW} has the caption “where ordered_at is null” now",),
        pushed="same     the board shows the spec",
    ),
    "lineage with a condition that has no meaning": Case(
        board=lambda s: s.arrow("stg_orders", "customer_value").update(captions=[{"content": "<p>where paid</p>"}]),
        spec={"models/customer_value/columns": {
            "orders": "TODO", "first_order": {"first": "TODO", "order": "orders.ordered_at"}}},
        said=(f"changed  {ARROW} has the caption “where paid” now",),
    ),
    "lineage added": Case(
        board=lambda s: lineage(s, "stg_products", "customer_value"),
        said=("added    the arrow from products to customer_value; no formula of customer_value reads products yet",),
        pushed="same     the board shows the spec",
    ),
    "a line drawn to another box": Case(
        board=lambda s: s.arrow("stg_order_lines", "stg_products")["endItem"].update(id=s.box("stg_customers")["id"]),
        spec={"links/order_lines }o--|| customers": "TODO"},
        absent=("links/order_lines }o--|| products",),
        said=("added    link order_lines }o--|| customers", "removed  link order_lines }o--|| products"),
        pushed="changed  1 frame, 1 shape, 1 connector",
    ),
    "a box deleted that formulas read": Case(
        board=lambda s: s.erase("stg_orders"),
        spec={"entities/orders/key": "order_id", "links/customers ||--o{ orders": "customer_id"},
        said=(f"kept     orders is no longer drawn, but {READ_BY} still reads it",),
        pushed="drew     1 shape, 3 connectors",
        drawn=1,
    ),
    "a box deleted there, its formulas here": Case(
        board=lambda s: s.erase("stg_products"),
        edit=lambda s: s.replace("shop.yml", FORMULAS, "      n: count(order_lines.line_no)\n"),
        absent=("entities/products",),
        said=("removed  products is no longer drawn",),
    ),
    "both sides, apart": Case(
        board=lambda s: s.write("stg_products", "numeric(10,2)", "numeric(12,4)"),
        edit=lambda s: s.replace("shop.yml", "qty: int", "qty: bigint"),
        spec={"entities/products/columns/price": "numeric(12,4)", "entities/order_lines/columns/qty": "bigint"},
        shown={"stg_order_lines": ("qty bigint",), "stg_products": ("price numeric(12,4)",)},
    ),
    "both sides, alike": Case(
        board=lambda s: s.write("stg_products", "numeric(10,2)", "numeric(12,4)"),
        edit=lambda s: s.replace("shop.yml", "price: numeric(10,2)", "price: numeric(12,4)"),
        spec={"entities/products/columns/price": "numeric(12,4)"},
        pushed="same     the board shows the spec",
    ),
    "a type there, a unique key here": Case(
        board=lambda s: s.write("stg_orders", "timestamp</p>", "date</p>"),
        edit=lambda s: s.replace("shop.yml", "ordered_at: timestamp", "ordered_at: {type: timestamp, unique: true}"),
        spec={"entities/orders/columns/ordered_at": {"type": "date", "unique": True}},
    ),
    "a type there, a claim here": Case(
        board=lambda s: s.write("stg_products", "numeric(10,2)", "numeric(12,4)"),
        edit=lambda s: s.replace("shop.yml", "price: numeric(10,2)", 'price: {type: "numeric(10,2)", not_null: true}'),
        spec={"entities/products/columns/price": {"type": "numeric(12,4)", "not_null": True}},
        shown={"stg_products": ("price numeric(12,4) NN",)},
    ),
    "a conflict": Case(
        board=lambda s: s.write("stg_products", "numeric(10,2)", "numeric(12,4)"),
        edit=lambda s: s.replace("shop.yml", "price: numeric(10,2)", "price: money"),
        code=1,
        spec={"entities/products/columns/price": "money"},
    ),
    "a conflict for the board": Case(
        board=lambda s: s.write("stg_products", "numeric(10,2)", "numeric(12,4)"),
        edit=lambda s: s.replace("shop.yml", "price: numeric(10,2)", "price: money"),
        words=("--conflict", "ours"),
        spec={"entities/products/columns/price": "numeric(12,4)"},
        shown={"stg_products": ("price numeric(12,4)",)},
    ),
    "a conflict for the spec": Case(
        board=lambda s: s.write("stg_products", "numeric(10,2)", "numeric(12,4)"),
        edit=lambda s: s.replace("shop.yml", "price: numeric(10,2)", "price: money"),
        words=("--conflict", "theirs"),
        spec={"entities/products/columns/price": "money"},
        shown={"stg_products": ("price money",)},
        pushed="changed  1 shape",
    ),
    "a new column on each side": Case(
        board=lambda s: s.write("stg_products", "numeric(10,2)", "numeric(10,2)</p><p>size int"),
        edit=lambda s: s.replace("shop.yml", "price: numeric(10,2)\n", "price: numeric(10,2)\n      weight: int\n"),
        spec={"entities/products/columns/size": "int", "entities/products/columns/weight": "int"},
        shown={"stg_products": ("size int", "weight int")},
    ),
    "a box that people worked on deleted": Case(
        board=lambda s: s.erase("stg_products"),
        edit=lambda s: s.replace("shop.yml", "price: numeric(10,2)", 'price: {type: "numeric(10,2)", not_null: true}'),
        spec={"entities/products/key": "sku"},
        said=("kept     products is no longer drawn, but people have worked on it",),
        drawn=1,
        shown={"stg_products": ("price numeric(10,2) NN",)},
    ),
    "a note": Case(
        board=lambda s: s.miro.board.items.update(
            {"9": {"id": "9", "type": "sticky_note", "data": {"content": "Why not?"}, "parent": {"id": s.frame},
                   "position": {"x": 5.0, "y": 5.0}, "geometry": {"width": 9, "height": 9}}}),
        pushed="same     the board shows the spec",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_there_and_back(story: Round, name: str) -> None:
    case = CASES[name]
    case.edit(story)
    case.board(story)
    before = story.text("shop.yml")
    said = story.pull(*case.words, code=case.code)
    for path, value in case.spec.items():
        assert at(story.spec, path) == value, story.text("shop.yml")
    assert not [path for path in case.absent if at(story.spec, path) is not None]
    assert not [one for one in case.said if one not in said.splitlines()], said
    text = story.text("shop.yml")
    assert {"  # what a customer is worth", "  # one basket"} <= set(text.splitlines()), text
    if case.code:
        assert text == before
        assert story.push(code=1).startswith("edited   stg_products: has “price numeric(12,4)”")
        return
    assert all(
        entity in ("customers", "products", "orders", "order_lines", "purchases", "refunds")
        for entity in story.spec["entities"]
    )
    # what was taken is taken: another pull changes nothing
    assert story.pull().splitlines()[-1] == "same     shop.yml"
    assert story.text("shop.yml") == text
    # the board comes to show the spec, and stays so
    shapes = story.shapes
    pushed = story.push()
    assert pushed.splitlines()[0] == case.pushed or not case.pushed, pushed
    for box, rows in case.shown.items():
        assert set(rows) <= set(story.rows(box)), story.rows(box)
    assert len([one for one in story.miro.board.items.values() if one["type"] == "shape"]) == shapes + (case.drawn)
    story.miro.calls.clear()
    assert story.push().splitlines()[0] == "same     the board shows the spec"
    assert story.miro.writes() == []
    assert story.pull().splitlines()[-1] == "same     shop.yml"
    # then the spec is edited, and the board follows
    story.replace("shop.yml", "qty: bigint" if "qty: bigint" in text else "qty: int", "qty: smallint")
    assert story.push().splitlines()[0] == "changed  1 shape"
    assert "qty smallint" in story.rows("stg_order_lines")
    assert "\n".join(story.record["spec"]) == story.text("shop.yml")


# -- people decide about their own changes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("products: sku", "products:\n    item: sku"),
        ("customers ||--o{ orders: customer_id", "customers ||--o{ orders:\n    buyer: customer_id"),
    ],
)
def test_a_link_with_another_caption_is_the_same_line(story: Round, old: str, new: str) -> None:
    before = set(story.miro.board.connectors)
    story.replace("shop.yml", old, new)
    assert "drew" not in story.push()
    assert set(story.miro.board.connectors) == before
    assert "same     the board shows the spec" in story.push()


def test_a_key_renamed_on_the_board_draws_no_second_line(story: Round) -> None:
    before = set(story.miro.board.connectors)
    story.write("stg_customers", "customer_id", "buyer_id")
    story.write("stg_products", "sku", "article")
    story.pull()
    story.push()
    assert set(story.miro.board.connectors) == before


def test_a_link_that_has_gone_from_the_spec_is_listed(story: Round) -> None:
    text = story.text("shop.yml")
    for link in ("order_lines }o--|| products", "orders ||--|{ order_lines"):
        text = re.sub(rf"^ +{re.escape(link)}:.*\n", "", text, flags=re.MULTILINE)
    (story.folder / "shop.yml").write_text(text, encoding="utf-8")
    said = story.push()
    assert said.count("is no longer in the spec; --prune deletes it") == 2
    assert "deleted  2 connectors" in story.push("--prune")
    assert "is no longer in the spec" not in story.push()


def test_a_push_waits_for_a_decision(story: Round) -> None:
    """Nothing is written; `theirs` keeps what people wrote, and a later pull still finds it; `ours` draws over it."""
    story.write("stg_products", "numeric(10,2)", "numeric(12,4)")
    story.arrow("stg_order_lines", "stg_products")["style"]["startStrokeCap"] = "erd_one_or_many"
    story.replace("shop.yml", "qty: int", "qty: bigint")
    story.miro.calls.clear()
    said = story.push(code=1).splitlines()
    assert said[:2] == [
        "edited   stg_products: has “price numeric(12,4)”; lacks “price numeric(10,2)”",
        "edited   stg_order_lines → stg_products: link: cap at its start “one_or_many” instead of “zero_or_many”",
    ]
    assert said[2] == "error: people changed 2 items of the drawing; nothing was written"
    assert story.miro.writes() == []
    assert story.push("--conflict", "theirs").splitlines()[0] == "changed  1 shape"
    assert ("price numeric(12,4)" in story.rows("stg_products"), "qty bigint" in story.rows("stg_order_lines")) == (
        True,
        True,
    )
    story.push(code=1)
    assert story.push("--conflict", "ours").splitlines()[0] == "changed  1 shape, 1 connector"
    assert "price numeric(10,2)" in story.rows("stg_products")
    assert story.push().splitlines()[0] == "same     the board shows the spec"
    assert story.spec["entities"]["products"]["columns"]["price"] == "numeric(10,2)"


def test_theirs_is_pulled_later(story: Round) -> None:
    story.write("stg_products", "numeric(10,2)", "numeric(12,4)")
    story.erase("customer_value")
    assert "kept     customer_value: deleted" in story.push("--conflict", "theirs")
    assert "customer_value" not in [
        story.miro.board.items[i].get("data", {}).get("content") for i in story.miro.board.items
    ]
    story.pull()
    assert story.spec["entities"]["products"]["columns"]["price"] == "numeric(12,4)"
    assert story.spec["models"] == {}
    assert story.push().splitlines()[0] == "same     the board shows the spec"


def test_a_box_of_people_in_the_frame_is_told(story: Round) -> None:
    story.draw("refunds", "PK refund_id bigint", "amount numeric")
    said = story.push().splitlines()
    assert said[0] == "same     nothing of ours has changed"
    assert "added    box “refunds” was drawn by people; `erd2dbt pull` takes it into the spec" in said


# -- specs written by hand

HAND = """# by hand
version: 1
project: bakery
sources: {raw: {schema: shop}}
entities:
  loaves:
    key: loaf_id          # the number on the label
    columns:
      loaf_id: {type: bigint, from: LoafNo}
      kind: {type: text, values: [rye, wheat], description: What it is made of}
      weight: numeric(8,2)
  sales:
    key: sale_id
    columns: {sale_id: bigint, loaf_id: bigint, paid: "numeric(8,2)"}
links:
  sales }o--|| loaves: loaf_id
models:
  loaf_sales:
    grain: loaf_id
    rows: loaves
    columns:
      n: count(sales.sale_id)   # of all time
      paid: {is: sum(sales.paid), default: 0}
"""


@pytest.fixture
def bakery(here: Here) -> Round:
    (here.folder / "shop.yml").write_text(HAND, encoding="utf-8")
    found = Round(here)
    assert here.run("push", "shop.yml", here.miro.address).exit_code == 0
    return found


def test_a_spec_by_hand_goes_there_and_back(bakery: Round) -> None:
    """Without `--force` and without an earlier draft; comments and `from` stay."""
    assert bakery.pull().splitlines()[-1] == "same     shop.yml"
    assert bakery.text("shop.yml") == HAND
    bakery.write("stg_loaves", "<p>weight", "<p>baked date</p><p>weight")
    bakery.write("stg_sales", "paid  numeric(8,2)", "paid  numeric(10,2)")
    bakery.pull()
    expected = HAND.replace("      weight:", "      baked: date\n      weight:")
    expected = expected.replace('paid: "numeric(8,2)"', 'paid: "numeric(10,2)"')
    assert bakery.text("shop.yml") == expected
    assert bakery.push().splitlines()[0].startswith("changed")
    assert bakery.push().splitlines()[0] == "same     the board shows the spec"


def test_a_lost_spec_comes_back_from_the_record(bakery: Round) -> None:
    (bakery.folder / "shop.yml").unlink()
    assert bakery.pull().splitlines()[-1] == "wrote    shop.yml"
    assert bakery.text("shop.yml") == HAND


def test_other_readers_leave_the_drawing_out(bakery: Round) -> None:
    """By the title of its frame: it is nobody's new entities. `--frame` reads it."""
    done = bakery.run("pull", bakery.miro.address, "-o", "other.yml")
    assert done.exit_code == 2
    assert "`erd2dbt push` drew it, and its record is not beside this spec" in done.output
    shop(bakery.miro)
    done = bakery.run("pull", bakery.miro.address, "-o", "other.yml")
    assert done.exit_code == 0, done.output
    assert "bakery (erd2dbt)" in done.output
    assert set(yaml.safe_load(bakery.text("other.yml"))["entities"]) == {
        "customers",
        "products",
        "orders",
        "order_lines",
    }
    assert bakery.run("pull", bakery.miro.address, "-o", "again.yml", "--frame", "bakery").exit_code == 0
    assert set(yaml.safe_load(bakery.text("again.yml"))["entities"]) == {"loaves", "sales"}


def test_a_saved_board_is_read_like_the_live_one(bakery: Round) -> None:
    bakery.write("stg_sales", "paid  numeric(8,2)", "paid  numeric(10,2)")
    assert (
        bakery.run(
            "pull", "-o", "copy.yml", bakery.miro.address, "--frame", "bakery", "--save-board", "b.json"
        ).exit_code
        == 0
    )
    assert bakery.run("import", "b.json", "-o", "shop.yml").exit_code == 0
    assert bakery.text("shop.yml") == HAND.replace('paid: "numeric(8,2)"', 'paid: "numeric(10,2)"')


def test_the_project_keeps_its_name(story: Round) -> None:
    story.miro.board.name = "Another title"
    story.pull()
    assert story.spec["project"] == "shop"


def test_the_spec_names_board_and_frame(here: Here) -> None:
    """Both are defaults of the next pull."""
    parent = frame(here.miro, "Proposed")
    for n, name in enumerate(("apples", "pears")):
        shape(here.miro, name, "PK id bigint", "name text", x=300 + 600 * n, y=300, parent=parent)
    shape(here.miro, "elsewhere", "PK id bigint", "name text", x=5000)
    assert here.run("pull", here.miro.address, "--frame", "Proposed", "-o", "shop.yml").exit_code == 0
    done = here.run("pull", "-o", "shop.yml")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "same     shop.yml")
    assert here.run("push", "shop.yml").exit_code == 0
    done = here.run("pull", "-o", "shop.yml")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "same     shop.yml")
    assert set(yaml.safe_load(here.text("shop.yml"))["entities"]) == {"apples", "pears"}


# -- drafts


def test_a_draft_with_todos_is_drawn(here: Here) -> None:
    """Its TODOs stand in the boxes; people's answer on the board goes into the spec."""
    text = HAND.replace("count(sales.sale_id)", "TODO").replace("sum(sales.paid)", "TODO")
    (here.folder / "shop.yml").write_text(text, encoding="utf-8")
    story = Round(here)
    for notation, count in {"svg": 4, "mermaid": 2, "dsl": 2}.items():  # a picture carries its diagram, too
        done = here.run("push", "shop.yml", "--to", notation)
        assert (done.exit_code, done.output.count("TODO")) == (0, count)
        assert {"loaf_sales", "stg_loaves", "stg_sales"} <= set(re.findall(r"\w+", done.output))
    assert here.run("push", "shop.yml", here.miro.address).exit_code == 0
    assert story.rows("loaf_sales") == ["loaf_sales", "PK loaf_id bigint", "n: TODO", "paid: TODO"]
    story.write("loaf_sales", "n: TODO", "n: count(sales.sale_id)")
    story.pull()
    assert story.spec["models"]["loaf_sales"]["columns"] == {
        "n": "count(sales.sale_id)",
        "paid": {"is": "TODO", "default": 0},
    }
    story.push()
    assert story.rows("loaf_sales") == ["loaf_sales", "PK loaf_id bigint", "n bigint", "paid: TODO"]


def test_a_record_of_the_first_format(bakery: Round) -> None:
    """It had no texts: its drawing is nobody's new entities, and the next push brings it up to date."""
    record = bakery.record
    old = {
        "format": 1,
        "board": record["board"],
        "frame": [record["frame"]["id"], ""],
        "shapes": {name: [one["id"], one["hash"], *one["place"]] for name, one in record["shapes"].items()},
        "connectors": {name: [one["id"], one["hash"]] for name, one in record["connectors"].items()},
    }
    (bakery.folder / ".shop.yml.miro").write_text(json.dumps(old), encoding="utf-8")
    for item in bakery.miro.board.items.values():
        if item["type"] == "frame":
            item["data"]["title"] = "bakery"
    assert "push the spec again" in bakery.pull(code=2)
    assert bakery.text("shop.yml") == HAND
    assert bakery.push().splitlines()[0] == "changed  1 frame, 3 shapes, 3 connectors"
    assert bakery.pull().splitlines()[-1] == "same     shop.yml"
    assert bakery.push().splitlines()[0] == "same     the board shows the spec"
