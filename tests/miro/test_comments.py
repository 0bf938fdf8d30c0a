"""People comment a spec and change the board: what changed there is merged once, and the comments stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import yaml

from miro.boards import line, shape, shop
from miro.here import Here
from miro.server import Miro, Record

STATS = ("PK customer_id bigint", "orders bigint = count(orders.order_id)", "last timestamp = max(orders.ordered_at)")
Ids = dict[str, str]


def drawn(miro: Miro) -> Ids:
    """The shop with a mart, which arrows lead to."""
    ids = shop(miro)
    ids["stats"] = shape(miro, "fct_stats", *STATS, x=500, y=1500)
    for one in ("customers", "orders"):
        ids[f"from {one}"] = line(miro, ids[one], ids["stats"], "one", "one")
        style = miro.board.connectors[ids[f"from {one}"]]["style"]
        style |= {"startStrokeCap": "none", "endStrokeCap": "stealth"}
    return ids


def commented(text: str) -> str:
    """A comment above each third line, and behind each that has none."""
    head, mark, rest = text.partition("\nmiro:")
    lines: list[str] = []
    for number, written in enumerate(head.splitlines()):
        is_said = written.strip() and not written.lstrip().startswith(("#", "version", "project"))
        indent = re.match(" *", written)
        lines += [f"{indent[0] if indent else ''}# above {number}"] if is_said and number % 3 == 0 else []
        lines.append(f"{written}  # behind {number}" if is_said and "#" not in written else written)
    return "\n".join(lines) + "\n" + mark + rest


def comments(text: str) -> list[str]:
    return re.findall(r"# (?:above|behind) \d+", text)


def write(miro: Miro, ids: Ids, name: str, old: str, new: str) -> None:
    data = miro.board.items[ids[name]]["data"]
    assert data["content"].count(old) == 1, data["content"]
    data["content"] = data["content"].replace(old, new)


def several(miro: Miro, ids: Ids) -> None:
    write(miro, ids, "orders", "timestamp", "date")
    write(miro, ids, "lines", "int</p><p>FK", "bigint</p><p>FK")
    write(miro, ids, "products", "products", "articles")
    del miro.board.connectors[ids["from customers"]]


@dataclass(frozen=True)
class Case:
    """`board`: what people do there. `spec`: `path = value` after the pull; `gone`: paths that are no more;
    `said`: lines of the pull; `lost`: how many comments are told instead of kept."""

    board: Callable[[Miro, Ids], object]
    spec: dict[str, object] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    lost: int = 0


CASES = {
    "a type": Case(
        lambda m, ids: write(m, ids, "orders", "timestamp", "date"),
        {"entities/orders/columns/ordered_at": "date"},
        said=("changed  orders.ordered_at from timestamp to date",),
    ),
    "a type of two words": Case(
        lambda m, ids: write(m, ids, "products", "numeric(10,2)", "double precision"),
        {"entities/products/columns/price": "double precision"},
    ),
    "a mark": Case(
        lambda m, ids: write(m, ids, "customers", "name text", "name text NN"),
        {"entities/customers/columns/name": {"type": "text", "not_null": True}},
    ),
    "the arrow from its rows": Case(
        lambda m, ids: m.board.connectors.pop(ids["from customers"]),
        {"models/fct_stats/rows": "orders", "models/fct_stats/columns/orders": "count(orders.order_id)"},
        said=("changed  the rows of fct_stats from customers to orders",),
    ),
    "the arrow from what it counts": Case(
        lambda m, ids: m.board.connectors.pop(ids["from orders"]),
        {"models/fct_stats/rows": "customers", "models/fct_stats/columns/orders": "count(orders.order_id)"},
        said=("same     shop.yml",),
    ),
    "a link": Case(
        lambda m, ids: m.board.connectors.pop(ids["holds"]),
        gone=("links/orders ||--|{ order_lines",),
        said=("removed  link orders ||--|{ order_lines",),
        lost=1,
    ),
    "a link that a mark says, too": Case(
        lambda m, ids: m.board.connectors.pop(ids["of"]),
        {"links/order_lines }o--|| products": "sku"},
    ),
    "a column": Case(
        lambda m, ids: write(m, ids, "customers", "<p>country varchar(2)</p>", ""),
        gone=("entities/customers/columns/country",),
        said=("dropped  the comment of customers.country, which is no longer drawn:",),
        lost=1,
    ),
    "a column of the mart": Case(
        lambda m, ids: write(m, ids, "stats", f"<p>{STATS[2]}</p>", ""),
        gone=("models/fct_stats/columns/last",),
        said=("dropped  the comment of fct_stats.last", "removed  column fct_stats.last"),
        lost=1,
    ),
    "a column under another name": Case(
        lambda m, ids: write(m, ids, "customers", "country", "land"),
        {"entities/customers/columns/land": "varchar(2)"},
        gone=("entities/customers/columns/country",),
        said=("renamed  customers.country is land now",),
    ),
    "a new column": Case(
        lambda m, ids: write(m, ids, "orders", "timestamp</p>", "timestamp</p><p>paid numeric</p>"),
        {"entities/orders/columns/paid": "numeric"},
    ),
    "a formula": Case(
        lambda m, ids: write(m, ids, "stats", "count(orders", "count(distinct orders"),
        {"models/fct_stats/columns/orders": "count(distinct orders.order_id)"},
    ),
    "a box under another name": Case(
        lambda m, ids: write(m, ids, "products", "products", "articles"),
        {"entities/articles/key": "sku", "links/order_lines }o--|| articles": "sku"},
        gone=("entities/products", "links/order_lines }o--|| products"),
        said=("renamed  products is articles now",),
    ),
    "a mart under another name": Case(
        lambda m, ids: write(m, ids, "stats", "fct_stats", "fct_figures"),
        {"models/fct_figures/rows": "customers"},
        gone=("models/fct_stats",),
        said=("renamed  fct_stats is fct_figures now",),
    ),
    "several": Case(
        several,
        {
            "entities/orders/columns/ordered_at": "date",
            "entities/order_lines/columns/line_no": "bigint",
            "links/order_lines }o--|| articles": "sku",
            "models/fct_stats/rows": "orders",
        },
        gone=("entities/products",),
    ),
}


def at(spec: object, path: str) -> object:
    for word in path.split("/"):
        spec = spec.get(word) if isinstance(spec, dict) else None
    return spec


@pytest.mark.parametrize("name", CASES)
def test_what_people_changed_is_merged_into_a_commented_spec(name: str, here: Here, miro: Miro) -> None:
    case, ids = CASES[name], drawn(miro)
    assert here.run("pull", miro.address, "-o", "shop.yml").exit_code == 0
    text = commented(here.text("shop.yml"))
    (here.folder / "shop.yml").write_text(text, encoding="utf-8")
    case.board(miro, ids)
    board: tuple[Record, Record] = (dict(miro.board.items), dict(miro.board.connectors))
    done = here.run("pull", "-o", "shop.yml")
    assert done.exit_code == 0, done.output
    merged = here.text("shop.yml")
    spec = yaml.safe_load(merged)
    assert {path: at(spec, path) for path in case.spec} == case.spec
    assert [path for path in case.gone if at(spec, path) is not None] == []
    assert [words for words in case.said if words not in done.output] == []
    # each comment stands once; those of what has gone are in the answer
    kept, dropped = comments(merged), [one for one in done.output.splitlines() if one.startswith("dropped")]
    assert len(kept) == len(set(kept))
    assert len(dropped) == case.lost
    assert {one for one in comments(text) if one not in kept} == {
        f"# {one}" for said in dropped for one in re.findall(r"(?:above|behind) \d+", said)
    }
    # the record is of the board as it is, which a pull never writes to
    items = spec["miro"]["items"]
    assert set(items.values()) <= {*miro.board.items, *miro.board.connectors}
    assert set(yaml.safe_load(here.text(".shop.yml.drafted"))["miro"]["items"]) == set(items)
    assert (dict(miro.board.items), dict(miro.board.connectors)) == board
    assert here.run("pull", "-o", "shop.yml").output.splitlines()[-1] == "same     shop.yml"
    assert here.text("shop.yml") == merged


PUSHED = {
    "a type": (lambda m, ids: write(m, ids, "orders", "timestamp", "date"), 0),
    "lineage": (lambda m, ids: m.board.connectors.pop(ids["fct_stats"]), 0),
    "a column": (lambda m, ids: write(m, ids, "customers", "<p>country  varchar(2)</p>", ""), 1),
    "a title": (lambda m, ids: write(m, ids, "products", "stg_products", "stg_articles"), 0),
}


@pytest.mark.parametrize("name", PUSHED)
def test_so_it_is_in_the_drawing_of_a_spec(name: str, here: Here, miro: Miro) -> None:
    """Only comments of what has gone go with it; the next push leaves one line and one box of each."""
    drawn(miro)
    assert here.run("pull", miro.address, "-o", "shop.yml").exit_code == 0
    text = commented(here.text("shop.yml"))
    (here.folder / "shop.yml").write_text(text, encoding="utf-8")
    assert here.run("push", "shop.yml").exit_code == 0
    record = yaml.safe_load(here.text(".shop.yml.miro"))
    ids = {of.removeprefix("stg_"): one["id"] for of, one in record["shapes"].items()}
    arrow = next(
        id_ for id_, one in miro.board.connectors.items()
        if [one[end]["id"] for end in ("startItem", "endItem")] == [ids["orders"], ids["fct_stats"]]
    )  # fmt: skip
    act, lost = PUSHED[name]
    act(miro, {**ids, "fct_stats": arrow})
    done = here.run("pull", "-o", "shop.yml")
    assert done.exit_code == 0, done.output
    merged = here.text("shop.yml")
    gone = [one for one in comments(text) if one not in comments(merged)]
    assert len(gone) <= 2 * lost
    assert bool(gone) == bool(lost)
    assert len(comments(merged)) == len(set(comments(merged)))
    assert here.run("push", "shop.yml").exit_code == 0
    ends = [(one["startItem"]["id"], one["endItem"]["id"]) for one in miro.board.connectors.values()]
    assert len(ends) == len(set(ends))
    assert (ids["orders"], ids["fct_stats"]) in ends
    assert here.run("push", "shop.yml").output.splitlines()[0] == "same     the board shows the spec"
