"""A draft of a board passes `check` whatever of it is open, and the next pull knows each item again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from miro.boards import line, shape
from miro.here import Here
from miro.server import Miro

Ids = dict[str, str]


def many_to_many(miro: Miro) -> Ids:
    """Two links without a bridge, and one whose columns are not drawn."""
    rows = {one: (f"PK {one}_id int", "name text") for one in ("student", "course", "club", "teacher")}
    ids = {one: shape(miro, f"{one}s", *rows[one], x=900.0 * n) for n, one in enumerate(rows)}
    ids["enrols"] = line(miro, ids["student"], ids["course"], "zero_or_many", "zero_or_many", "enrols in")
    ids["joins"] = line(miro, ids["student"], ids["club"], "zero_or_many", "zero_or_many")
    ids["teaches"] = line(miro, ids["teacher"], ids["course"], "zero_or_one", "zero_or_many")
    return ids


def conceptual(miro: Miro) -> Ids:
    """Boxes with a name and nothing else."""
    ids = {one: shape(miro, one, x=900.0 * n) for n, one in enumerate(("shipper", "parcel", "driver"))}
    ids["books"] = line(miro, ids["shipper"], ids["parcel"], "only_one", "zero_or_many", "books")
    ids["drives"] = line(miro, ids["driver"], ids["parcel"], "only_one", "zero_or_many")
    return ids


def in_part(miro: Miro) -> Ids:
    """Some boxes have columns, some have no key, some have nothing."""
    ids = {"visit": shape(miro, "visits", "PK visit_id int", "FK shop_id int", "paid numeric(8,2)")}
    ids["shop"] = shape(miro, "shops", "PK shop_id int", "name text", x=900)
    ids["weather"] = shape(miro, "weather", "rain numeric(4,1)", "wind numeric(4,1)", x=1800)
    ids["street"] = shape(miro, "streets", x=2700)
    ids["in"] = line(miro, ids["visit"], ids["shop"], "zero_or_many", "only_one")
    ids["lies"] = line(miro, ids["shop"], ids["street"], "zero_or_many", "only_one")
    ids["of"] = line(miro, ids["weather"], ids["street"], "zero_or_many", "only_one")
    return ids


def chen(miro: Miro) -> Ids:
    """Columns are ovals, relationships are diamonds."""
    ids: Ids = {}

    def figure(name: str, text: str, kind: str, x: float, y: float) -> str:
        ids[name] = shape(miro, "", x=x, y=y)
        item = miro.board.items[ids[name]]
        item["data"] |= {"content": f"<p>{text}</p>", "shape": kind}
        item["geometry"] |= {"width": 120.0, "height": 60.0}
        return ids[name]

    for number, (name, columns) in enumerate(
        {"customer": ("<u>customer_id</u>", "email"), "order": ("<u>order_id</u>", "total"),
         "product": ("<u>sku</u>", "price")}.items()
    ):  # fmt: skip
        figure(name, name, "rectangle", 900.0 * number, 0)
        for at, column in enumerate(columns):
            figure(column, column, "circle", 900.0 * number + 150 * at, -160)
            _plain(miro, ids[name], ids[column])
    for verb, start, end, caps in (("places", "customer", "order", "1N"), ("contains", "order", "product", "MN")):
        figure(verb, verb, "rhombus", 450.0 if verb == "places" else 1350.0, 0)
        for one, cap in zip((start, end), caps, strict=True):
            _plain(miro, ids[one], ids[verb], cap)
    return ids


def _plain(miro: Miro, start: str, end: str, label: str = "") -> None:
    made = line(miro, start, end, "one", "one", label)
    miro.board.connectors[made]["style"] |= {"startStrokeCap": "none", "endStrokeCap": "none"}


@dataclass(frozen=True)
class Case:
    """`open`: what `check` excludes. `renamed`: (box, its title, its new title, its name in the spec then)."""

    board: Callable[[Miro], Ids]
    open: tuple[str, ...]
    renamed: tuple[str, str, str, str]


CASES = {
    "many-to-many": Case(
        many_to_many,
        ("students }o--o{ courses", "students }o--o{ clubs", "teachers |o--o{ courses"),
        ("club", "clubs", "societies", "societies"),
    ),
    "conceptual": Case(
        conceptual,
        ("shipper", "parcel", "driver", "shipper ||--o{ parcel", "driver ||--o{ parcel"),
        ("driver", "driver", "courier", "courier"),
    ),
    "in part": Case(
        in_part,
        ("weather", "streets", "shops }o--|| streets", "weather }o--|| streets"),
        ("street", "streets", "roads", "roads"),
    ),
    "Chen": Case(chen, ("customer ||--o{ order", "order }o--o{ product"), ("product", "product", "article", "article")),
}


@pytest.mark.parametrize("name", CASES)
def test_a_draft_passes_check_and_is_pulled_again(name: str, here: Here, miro: Miro) -> None:
    case = CASES[name]
    ids = case.board(miro)
    done = here.run("pull", miro.address, "-o", "shop.yml")
    assert done.exit_code == 0, done.output
    text = here.text("shop.yml")
    checked = here.run("check", "shop.yml")
    assert (checked.exit_code, checked.output.count("error")) == (0, 0), checked.output
    assert checked.output.count("W407: `") == len(case.open), checked.output
    assert [one for one in case.open if f"W407: `{one}`" not in checked.output] == []
    assert here.run("suggest", "shop.yml").exit_code == 0
    assert here.run("pull", "-o", "shop.yml").output.splitlines()[-1] == "same     shop.yml"
    assert here.text("shop.yml") == text
    # people name a box anew: it is the same box, and so are the open links of it
    box, old, new, now = case.renamed
    data = miro.board.items[ids[box]]["data"]
    data["content"] = data["content"].replace(f">{old}<", f">{new}<")
    assert here.run("pull", "-o", "shop.yml").exit_code == 0
    spec = yaml.safe_load(here.text("shop.yml"))
    before = yaml.safe_load(text)
    assert list(spec["entities"]) == [now if one == old else one for one in before["entities"]]
    assert set(spec["miro"]["items"].values()) == set(before["miro"]["items"].values())
    again = here.run("check", "shop.yml")
    assert again.exit_code == 0, again.output


def test_an_item_of_nothing_stays_a_fault(here: Here, miro: Miro) -> None:
    many_to_many(miro)
    assert here.run("pull", miro.address, "-o", "shop.yml").exit_code == 0
    here.replace("shop.yml", "    students }o--o{ courses:", "    students }o--|| courses:")
    done = here.run("check", "shop.yml")
    assert "E030: there is no link `students }o--|| courses`" in done.output
    assert done.output.count("E030") == 1


def test_a_part_of_a_spec_has_its_part_of_the_board(here: Here, miro: Miro) -> None:
    """Also `suggest` for a spec with models: it derives a star without them."""
    in_part(miro)
    assert here.run("pull", miro.address, "-o", "shop.yml").exit_code == 0
    spec = here.folder / "shop.yml"
    models = "models:\n  paid: {grain: shop_id, rows: shops, columns: {paid: sum(visits.paid)}}\n"
    text = here.text("shop.yml").replace("\nmiro:\n", f"\n{models}\nmiro:\n")
    spec.write_text(text.replace("    shops: ", '    paid: "99"\n    shops: '), encoding="utf-8")
    for command in (
        ("check", "shop.yml"),
        ("suggest", "shop.yml"),
        ("generate", "shop.yml", "-o", "part", "--no-compile", "--only", "visits"),
    ):
        done = here.run(*command)
        assert (done.exit_code, done.output.count("E030")) == (0, 0), done.output
    assert Path("part/models/staging/raw/stg_visits.sql").exists()
