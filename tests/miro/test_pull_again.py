"""A second pull, into a spec that people edited meanwhile: what is told, and what changes in the file.

The expected texts hold both; `ERD2DBT_UPDATE_GOLDEN=1` writes them anew.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erd2dbt.pipelines.redrafting import redraft
from miro.boards import line, shape, shop
from miro.here import Here
from miro.server import Record

EXPECTED = Path(__file__).parent / "again"
MODELS = """models:
  # what a customer is worth
  customer_value:
    grain: customer_id
    rows: customers
    columns:
      orders: count(orders.order_id)
      paid: {is: count(orders.order_id), description: orders that were paid, default: 0}
      per_order: "sum(order_lines.qty) / orders"
      first_order: {first: orders.order_id, order: orders.ordered_at}
      of_shop: sum(orders.order_id) filter (where 'orders' = 'orders')
"""


class Again(Here):
    """A shop that was pulled, reviewed by people, and is drawn otherwise now."""

    ids: dict[str, str]

    def begin(self) -> None:
        self.ids = shop(self.miro)
        assert self.run("pull", self.miro.address, "-o", "shop.yml").exit_code == 0
        self.replace("shop.yml", "  # inferred: no schema is drawn", "  # of the replica")
        self.replace("shop.yml", "{schema: raw}", "{schema: shop}")
        self.replace("shop.yml", "      name: text\n", "      name: {type: text, description: As they sign}\n\n")
        self.replace("shop.yml", "  orders:\n", "  # one basket\n  orders:\n    description: What somebody bought\n")
        self.replace("shop.yml", "miro:\n", f"{MODELS}\nmiro:\n")

    def item(self, name: str) -> Record:
        return self.miro.board.items[self.ids[name]]

    def redraw(self, name: str, old: str, new: str) -> None:
        content = self.item(name)["data"]["content"]
        assert old in content
        self.item(name)["data"]["content"] = content.replace(old, new)

    def erase(self, name: str) -> None:
        id_ = self.ids[name]
        del self.miro.board.items[id_]
        ends = {
            one["id"]: {one["startItem"]["id"], one["endItem"]["id"]} for one in self.miro.board.connectors.values()
        }
        for connector in [one for one, touched in ends.items() if id_ in touched]:
            del self.miro.board.connectors[connector]


@pytest.fixture
def again(here: Here) -> Again:
    found = Again(here.folder, here.miro)
    found.begin()
    return found


def nothing(again: Again) -> None:
    """The same board once more."""


def renamed(again: Again) -> None:
    again.redraw("orders", "orders", "purchases")
    again.redraw("lines", "order_lines", "purchase_lines")


def more(again: Again) -> None:
    again.redraw("customers", "<p>country", "<p>born date</p><p>country")
    again.redraw("orders", "timestamp", "timestamptz")
    new = shape(
        again.miro, "payments", "PK payment_id bigint", "FK order_id bigint", "amount numeric(10,2)", x=500, y=900
    )
    line(again.miro, again.ids["orders"], new, "only_one", "zero_or_many", "paid by")


def erased(again: Again) -> None:
    """Of the two boxes people have worked on one."""
    again.erase("products")
    again.erase("orders")


def all_at_once(again: Again) -> None:
    renamed(again)
    more(again)
    again.erase("products")


def both(again: Again) -> None:
    """Two places that people and the board changed, and one that only the board did."""
    again.replace("shop.yml", "country: varchar(2)", "country: char(2)")
    again.replace("shop.yml", "qty: int", "qty: bigint")
    again.redraw("customers", "varchar(2)", "text")
    again.redraw("lines", "qty int", "qty numeric")
    again.redraw("products", "numeric(10,2)", "numeric(12,2)")


def caps(again: Again) -> None:
    """A link is drawn with other caps, and its item is the same."""
    connector = again.miro.board.connectors[again.ids["places"]]
    connector["style"]["startStrokeCap"] = "erd_zero_or_one"
    connector["style"]["endStrokeCap"] = "erd_one_or_many"


CASES: dict[str, tuple[Callable[[Again], None], tuple[str, ...]]] = {
    "nothing": (nothing, ()),
    "renamed": (renamed, ()),
    "more": (more, ()),
    "erased": (erased, ()),
    "all_at_once": (all_at_once, ()),
    "caps": (caps, ()),
    "both": (both, ()),
    "both_ours": (both, ("--conflict", "ours")),
    "both_theirs": (both, ("--conflict", "theirs")),
    "both_markers": (both, ("--conflict", "markers")),
}


@pytest.mark.parametrize("name", CASES)
def test_pulled_again(again: Again, name: str) -> None:
    change, words = CASES[name]
    change(again)
    before = again.text("shop.yml")
    done = again.run("pull", again.miro.address, "-o", "shop.yml", *words)
    after = again.text("shop.yml")
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", n=1, lineterm="")
    said = f"{done.output}→ {done.exit_code}\n\n" + "".join(f"{line}\n" for line in diff)
    expected = EXPECTED / f"{name}.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
    if done.exit_code == 0:
        stamps = [(file.name, file.stat().st_mtime_ns) for file in again.folder.iterdir()]
        once_more = again.run("pull", again.miro.address, "-o", "shop.yml")
        assert (once_more.exit_code, again.text("shop.yml")) == (0, after)
        assert stamps == [(file.name, file.stat().st_mtime_ns) for file in again.folder.iterdir()]
        assert {"# of the replica", "# one basket", "# what a customer is worth"} <= set(_comments(after))


def _comments(text: str) -> list[str]:
    return [line[line.index("# ") :] for line in text.splitlines() if "# " in line]


def test_a_spec_whose_draft_is_not_known_is_left(again: Again) -> None:
    (again.folder / ".shop.yml.drafted").unlink()
    before = again.text("shop.yml")
    done = again.run("pull", again.miro.address, "-o", "shop.yml")
    assert (done.exit_code, again.text("shop.yml")) == (1, before)
    assert done.stderr.splitlines()[-1] == (
        "error: `shop.yml` already exists, and `.shop.yml.drafted`, its last generated version, does not; "
        "nothing was written (--force overwrites the spec)"
    )
    assert again.run("pull", again.miro.address, "-o", "shop.yml", "--force").exit_code == 0
    assert "replica" not in again.text("shop.yml")


def test_files_are_imported_again_as_well(here: Here) -> None:
    """Mermaid has no ids: what is called otherwise is another entity."""
    text = "erDiagram\n  a {\n    int id PK\n    text x\n  }\n  b {\n    int id PK\n    int a_id FK\n  }\n"
    (here.folder / "erd.mmd").write_text(text, encoding="utf-8")
    assert here.run("import", "erd.mmd", "-o", "shop.yml").exit_code == 0
    here.replace("shop.yml", "      x: text\n", "      x: text  # of no use\n")
    (here.folder / "erd.mmd").write_text(text.replace("int a_id FK", "int a_id FK\n    date day"), encoding="utf-8")
    done = here.run("import", "erd.mmd", "-o", "shop.yml")
    assert done.stdout.splitlines()[-1] == "merged   shop.yml"
    assert "x: text  # of no use\n" in here.text("shop.yml")
    assert "day: date\n" in here.text("shop.yml")


# -- the law

COLUMNS = st.lists(st.sampled_from(["name text", "born date", "size int", "FK up_id int"]), unique=True, max_size=4)
BOXES = st.dictionaries(st.sampled_from("abcd"), COLUMNS, min_size=1)
EDITS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["# mine", "    description: Mine"])), max_size=3)


def drafted(boxes: dict[str, list[str]]) -> str:
    """A draft as `import` writes it, of boxes whose items are their letters' numbers."""
    lines = ["version: 1", "project: shop", "sources:", "  raw: {schema: raw}", "entities:"]
    for name, columns in sorted(boxes.items()):
        lines += [f"  {name}:", "    key: id", "    columns:", "      id: int"]
        lines += [f"      {one.removeprefix('FK ').replace(' ', ': ')}" for one in columns]
    lines += [
        "models: {}",
        "miro:",
        '  board: "uXjV="',
        "  items:",
        *(f'    {name}: "{ord(name)}"' for name in sorted(boxes)),
    ]
    return "\n".join(lines) + "\n"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BOXES, BOXES, EDITS)
def test_every_line_of_people_survives(
    before: dict[str, list[str]], now: dict[str, list[str]], edits: list[tuple[int, str]]
) -> None:
    """Whatever is drawn otherwise; and what nobody touched is as it is drawn now."""
    base, new = drafted(before), drafted(now)
    lines = base.splitlines()
    heads = [at for at, line in enumerate(lines) if line == "    key: id"]
    own = []
    for number, (where, text) in enumerate(edits):
        at = heads[where % len(heads)]
        own.append(f"    # mine {number}" if text.startswith("#") else f"    # says {number}")
        lines.insert(at, own[-1])
        heads = [at for at, line in enumerate(lines) if line == "    key: id"]
    merged = redraft(base, "\n".join(lines) + "\n", new)
    left = merged.text.splitlines()
    assert all(one in left or any(one in conflict.yours for conflict in merged.conflicts) for one in own)
    if not own:
        assert merged.text == new
    assert redraft(new, merged.text, new).text == merged.text
