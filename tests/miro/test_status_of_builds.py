"""Failed tests of the last `erd2dbt build` stand on the board: beside a box, or beside the line of a link."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from miro.here import Here
from miro.server import Miro, Record

SPEC = """version: 1
project: bakery
sources: {raw: {schema: shop, data: data}}
entities:
  kinds: {key: kind, columns: {kind: text, price: numeric}}
  shops: {key: shop_id, columns: {shop_id: int, land: {type: text, values: [AT, DE]}}}
  loaves:
    key: loaf_id
    columns: {loaf_id: int, kind: text, baked_in: int, sold_in: int, size: {type: text, values: [small, large]}}
links:
  loaves }o--|| kinds: kind
  loaves }o--|| shops: {baking: baked_in = shop_id, selling: sold_in = shop_id}
models: {}
"""
SOUND = {
    "kinds": "kind,price\nrye,3\noat,4\n",
    "shops": "shop_id,land\n1,AT\n2,DE\n",
    "loaves": "loaf_id,kind,baked_in,sold_in,size\n1,rye,1,2,small\n2,oat,2,1,large\n",
}
BROKEN = {
    **SOUND,
    "shops": "shop_id,land\n1,AT\n2,FR\n",
    "loaves": "loaf_id,kind,baked_in,sold_in,size\n1,rye,1,2,small\n2,bun,8,9,huge\n",
}


def built(here: Here, files: dict[str, str], *more: str) -> None:
    for name, text in files.items():
        (here.folder / "data").mkdir(exist_ok=True)
        (here.folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")
    assert here.run("build", "shop.yml", "-o", "bakery", *more).exit_code in (0, 1)


def notes(miro: Miro) -> dict[str, Record]:
    """Text -> item."""
    return {one["data"]["content"]: one for one in miro.board.items.values() if one["type"] == "sticky_note"}


def note(miro: Miro, *words: str) -> Record:
    """The only note with these words."""
    found = [one for text, one in notes(miro).items() if all(word in text for word in words)]
    assert len(found) == 1, (words, list(notes(miro)))
    return found[0]


def record(here: Here) -> Record:
    found: Record = json.loads(here.text(".shop.yml.miro"))
    return found


def between(here: Here, miro: Miro, start: str, end: str) -> list[float]:
    """The area that two boxes span."""
    items = [miro.board.items[record(here)["shapes"][name]["id"]] for name in (start, end)]
    spans = []
    for axis, side in (("x", "width"), ("y", "height")):
        spans += [min(i["position"][axis] - i["geometry"][side] / 2 for i in items)]
        spans += [max(i["position"][axis] + i["geometry"][side] / 2 for i in items)]
    return spans


def test_failed_tests_of_a_build_come_and_go(here: Here, miro: Miro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERD2DBT_CACHE", f"{os.environ['ERD2DBT_TESTS_POSTGRES']}/{here.folder.name}")
    Path("shop.yml").write_text(SPEC, encoding="utf-8")
    built(here, BROKEN)
    ran = json.loads((here.folder / "bakery" / "target" / "run_results.json").read_text())
    told = sorted(one["status"] for one in ran["results"] if one["status"] not in ("pass", "success"))
    assert set(told) == {"warn"}  # no model relies on any of it
    done = here.run("push", "shop.yml", miro.address, "--status", "--project", "bakery")
    assert done.exit_code == 0, done.output
    assert f"status   {len(told)} broken claims: 5 notes drawn, 0 changed, 0 deleted" in done.output
    # a value that is not listed is beside its box, a key without a row beside the line that promises it
    boxes = {f"stg_{one}": note(miro, f"accepted_values_raw_{one}_") for one in ("loaves", "shops")}
    for name, one in boxes.items():
        box = miro.board.items[record(here)["shapes"][name]["id"]]
        assert one["position"]["x"] == box["position"]["x"] + box["geometry"]["width"] / 2
    lines = {
        "kind": note(miro, "every kind exists in kinds"),
        "baked_in": note(miro, "every baked_in exists in shops"),
        "sold_in": note(miro, "every sold_in exists in shops"),
    }
    for column, one in lines.items():
        left, right, top, bottom = between(here, miro, "stg_loaves", "stg_kinds" if column == "kind" else "stg_shops")
        assert left < one["position"]["x"] < right
        assert top - 60 <= one["position"]["y"] <= bottom + 60
        assert one["parent"]["id"] == record(here)["frame"]["id"]
    assert lines["baked_in"]["position"] != lines["sold_in"]["position"]
    again = here.run("push", "shop.yml", "--status", "--project", "bakery")
    assert "5 notes" not in again.output
    assert "0 notes drawn, 0 changed, 0 deleted" in again.output
    # where people removed the line, its finding is beside the box
    gone = next(one["id"] for name, one in record(here)["connectors"].items() if "kinds" in name)
    del miro.board.connectors[gone]
    left_out = here.run("push", "shop.yml", "--status", "--project", "bakery", "--conflict", "theirs")
    assert left_out.exit_code == 0, left_out.output
    assert "0 notes drawn, 1 changed, 1 deleted" in left_out.output
    assert "kinds" in note(miro, "accepted_values_raw_loaves_")["data"]["content"]
    # fixed
    built(here, SOUND)
    fixed = here.run("push", "shop.yml", "--status", "--project", "bakery", "--conflict", "theirs")
    assert "status   0 broken claims: 0 notes drawn, 0 changed, 4 deleted" in fixed.output
    assert notes(miro) == {}
