"""A live board becomes a spec: paging, patience, frames, and what is asked for beside the listing."""

from __future__ import annotations

import json

import pytest
import yaml

from miro.boards import frame, line, shape, shop
from miro.here import Here
from miro.server import PER_MINUTE, Fault, Miro
from read.board.drawn import FIXTURES

RATE = '{"status":429,"code":"tooManyRequests","message":"Request rate limit exceed","context":null,"type":"error"}'


def pulled(here: Here, *words: str) -> dict[str, object]:
    done = here.run("pull", here.miro.address, "-o", "shop.yml", *words)
    assert done.exit_code == 0, done.output
    found = yaml.safe_load(here.text("shop.yml"))
    assert isinstance(found, dict)
    return found


def test_a_shop(here: Here, miro: Miro) -> None:
    ids = shop(miro)
    spec = pulled(here)
    assert spec["project"] == "shop"
    assert {name: one["key"] for name, one in spec["entities"].items()} == {
        "customers": "customer_id",
        "products": "sku",
        "orders": "order_id",
        "order_lines": ["order_id", "line_no"],
    }
    assert spec["links"] == {
        "customers ||--o{ orders": "customer_id",
        "orders ||--|{ order_lines": "order_id",
        "order_lines }o--|| products": "sku",
    }
    items = spec["miro"]["items"]
    assert (items["orders"], items["orders ||--|{ order_lines"]) == (ids["orders"], ids["holds"])
    assert f"https://miro.com/app/board/uXjVMktErd0=/?moveToWidget={ids['orders']}" in here.text("shop.yml")


def test_many_pages(here: Here, miro: Miro) -> None:
    """More items and connectors than two pages hold."""
    ids = [shape(miro, f"t_{i:03}", "PK id int", *(["FK up_id int"] if i else []), x=500 * i) for i in range(117)]
    for one, other in zip(ids[1:], ids, strict=False):
        line(miro, one, other, "zero_or_many", "only_one")
    spec = pulled(here)
    assert len(spec["entities"]) == 117
    assert len(spec["links"]) == 116
    assert sum("/items?" in call and "v2-exp" not in call for call in miro.calls) == 3
    assert miro.slept == []


def test_patience(here: Here, miro: Miro) -> None:
    """A page that fails twice, in two ways; a storm of refusals that ends with the minute; a page of a proxy."""
    shop(miro)
    miro.faults = [
        Fault("GET .*/items", status=503),
        Fault("GET .*/items", drop=True),
        Fault("GET .*/connectors", times=2, status=429, body=RATE),
        Fault("GET .*/code_widgets", status=200, body="<html>"),
    ]
    assert len(pulled(here)["entities"]) == 4
    assert miro.slept[:2] == [1.0, 2.0]
    assert miro.slept[2] == pytest.approx(57.0)  # to the end of the minute, as the answer says
    assert not miro.faults[-1].times


def test_as_long_as_it_asks_for(here: Here, miro: Miro) -> None:
    shop(miro)
    miro.faults = [Fault("GET .*/items", status=429, body=RATE, headers={"Retry-After": "7"})]
    assert len(pulled(here)["links"]) == 3
    assert miro.slept == [7.0]


def test_credits_are_not_overdrawn(here: Here, miro: Miro) -> None:
    """With hardly any left, the next minute is waited for before anything is refused."""
    shop(miro)
    miro.minute, miro.left = int(miro.time // 60), 120
    assert len(pulled(here)["entities"]) == 4
    assert len(miro.slept) == 1
    assert PER_MINUTE - 450 <= miro.left < PER_MINUTE


def test_what_the_listing_leaves_empty(here: Here, miro: Miro) -> None:
    """Flowchart shapes by the experimental listing, documents by their own address, code widgets apart."""
    ids = shop(miro)
    full = json.loads(json.dumps(miro.board.items[ids["orders"]]))
    miro.board.flowcharts[ids["orders"]] = full
    miro.board.items[ids["orders"]] |= {"isSupported": False}
    del miro.board.items[ids["orders"]]["data"]
    doc = {"id": miro.board.new_id(), "type": "doc_format", "data": {}, "position": {"x": 9, "y": 9}}
    miro.board.items[doc["id"]] = doc
    miro.board.docs[doc["id"]] = doc | {"data": {"contentType": "markdown", "content": "# Value of a customer"}}
    code = {"code": "erDiagram\n  a ||--o{ b : has\n", "language": "mermaid"}
    miro.board.widgets = [{"id": "9001", "type": "code", "data": code}, {"id": "9002", "type": "code", "data": code}]
    spec = pulled(here)
    assert "orders" in spec["entities"]
    text = here.text("shop.yml")
    assert "Value of a customer" in text
    assert {"a", "b"} < spec["entities"].keys()
    assert text.count("a second diagram") == 1  # the same once more


def test_what_may_not_be_asked_for_is_left(here: Here, miro: Miro) -> None:
    """Code widgets are not for every plan, and the listing of diagrams is not documented."""
    shop(miro)
    miro.faults = [Fault("code_widgets", status=403), Fault("diagrams", status=404)]
    assert len(pulled(here)["entities"]) == 4


def framed(miro: Miro) -> dict[str, str]:
    ids = {"sales": frame(miro, "Sales"), "stock": frame(miro, "Stock &amp; more", x=3000)}
    ids["orders"] = shape(miro, "orders", "PK order_id int", "FK sku text", x=200, y=200, parent=ids["sales"])
    ids["customers"] = shape(miro, "customers", "PK customer_id int", x=800, y=200, parent=ids["sales"])
    ids["products"] = shape(miro, "products", "PK sku text", x=200, y=200, parent=ids["stock"])
    ids["shelves"] = shape(miro, "shelves", "PK shelf_id int", "FK sku text", x=800, y=200, parent=ids["stock"])
    line(miro, ids["shelves"], ids["products"], "zero_or_many", "only_one")
    return ids


@pytest.mark.parametrize("way", ["title", "id", "link"])
def test_one_frame(here: Here, miro: Miro, way: str) -> None:
    ids = framed(miro)
    board = f"{miro.address}?moveToWidget={ids['stock']}&cot=14" if way == "link" else miro.address
    words = {"title": ["--frame", "stock & More"], "id": ["--frame", ids["stock"]], "link": []}[way]
    assert here.run("pull", board, "-o", "shop.yml", *words).exit_code == 0
    spec = yaml.safe_load(here.text("shop.yml"))
    assert list(spec["entities"]) == ["products", "shelves"]
    assert spec["miro"]["frame"] == ids["stock"]
    assert len(spec["links"]) == 1


def test_a_link_to_something_else_is_of_the_whole_board(here: Here, miro: Miro) -> None:
    ids = framed(miro)
    assert here.run("pull", f"{miro.address}?moveToWidget={ids['orders']}", "-o", "shop.yml").exit_code == 0
    assert len(yaml.safe_load(here.text("shop.yml"))["entities"]) == 4


def test_the_saved_board_gives_the_same_spec(here: Here, miro: Miro) -> None:
    ids = framed(miro)
    pulled(here, "--frame", ids["stock"], "--save-board", "shop.board.json")
    done = here.run("import", "shop.board.json", "-o", "again.yml")
    assert done.exit_code == 0
    assert here.text("again.yml") == here.text("shop.yml")


def test_unread_is_allowed_only_when_asked_for(here: Here, miro: Miro) -> None:
    shop(miro)
    miro.board.items["9"] = {"id": "9", "type": "shape", "isSupported": False, "position": {"x": 1, "y": 2}}
    miro.board.items["8"] = {"id": "8", "type": "data_table_format", "data": {}, "position": {"x": 3, "y": 4}}
    assert here.run("pull", miro.address, "-o", "shop.yml").exit_code == 1
    assert not (here.folder / "shop.yml").exists()
    done = here.run("pull", miro.address, "-o", "shop.yml", "--allow-unread")
    assert done.exit_code == 0
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "unread   table 8 at (3, 4)",
        "unread   shape 9 at (1, 2)",
    ]
    assert here.text("shop.yml").count("# unread: ") == 2


def test_the_reference_board(here: Here, miro: Miro) -> None:
    """The board of the fixtures, served live, gives the diagram that its dump gives."""
    for file, place in (("rest_items.json", miro.board.items), ("rest_connectors.json", miro.board.connectors)):
        for pair in json.loads((FIXTURES / file).read_text(encoding="utf-8")):
            place.update({record["id"]: record for record in pair["response"]["body"]["data"]})
    assert here.run("pull", miro.address, "-o", "live.yml", "--allow-unread").exit_code == 0
    done = here.run("pull", miro.address, "--allow-unread", "-o", "x.yml", "--save-board", "board.json")
    assert done.exit_code == 0
    spec = yaml.safe_load(here.text("live.yml"))
    assert (len(spec["entities"]), len(spec["models"])) == (4, 6)


HOSTILE = (
    "{{ run_query('drop table t') }}",
    "<script>alert(1)</script>",
    "'; drop table t;--",
    "\u202egdirb",
    "a: &x [*x]\n- b",
)


def test_hostile_words_stay_words(here: Here, miro: Miro) -> None:
    """In titles, columns, captions, notes and the names of frame and board: the spec is YAML, and nothing runs."""
    for number, words in enumerate(HOSTILE):
        text = words.replace("<", "&lt;")
        shape(miro, f"t_{number} {text}", "PK id int", f"c_{number} text", x=900 * number)
        shape(miro, f"t_{number}", "PK id int", f"{text} text", "FK up_id int", x=900 * number, y=900)
    ids = [id_ for id_ in miro.board.items if "up_id" in str(miro.board.items[id_])]
    for one, other, words in zip(ids[1:], ids, HOSTILE, strict=False):
        line(miro, one, other, "zero_or_many", "only_one", words.replace("<", "&lt;"))
    note = {"id": "7", "type": "sticky_note", "data": {"content": " ".join(HOSTILE)}, "position": {"x": 0, "y": 9999}}
    miro.board.items["7"] = note
    miro.board.name = HOSTILE[0]
    done = here.run("pull", miro.address, "-o", "shop.yml", "--allow-unread", "-v")
    assert done.exit_code == 0
    assert not set(done.output) & {"\u202e", "\x1b"}
    spec = yaml.safe_load(here.text("shop.yml"))
    assert len(spec["entities"]) == 10  # a title that is a sentence counts where a key shows an entity
    assert all(name.replace("_", "").isalnum() for name in spec["entities"])
    assert "\u202e" not in here.text("shop.yml")
    assert here.run("generate", "shop.yml", "--no-compile", "-o", "out").exit_code == 0
    generated = "".join(file.read_text(encoding="utf-8") for file in (here.folder / "out").rglob("*.sql"))
    assert "run_query('drop" not in generated
