"""What is broken in the data stands on the board beside its box, and goes when it is fixed."""

from __future__ import annotations

from pathlib import Path

import pytest

from miro.here import Here
from miro.server import Fault, Miro

SPEC = """version: 1
project: bakery
sources: {raw: {schema: shop, data: data}}
entities:
  loaves: {key: loaf_id, columns: {loaf_id: bigint, kind: text}}
  sales: {key: sale_id, columns: {sale_id: bigint, loaf_id: bigint}}
links: {"sales }o--|| loaves": loaf_id}
models: {}
"""


def notes(miro: Miro) -> list[str]:
    return [one["data"]["content"] for one in miro.board.items.values() if one["type"] == "sticky_note"]


def verified(here: Here, loaves: str, sales: str) -> None:
    data = here.folder / "data"
    data.mkdir(exist_ok=True)
    (data / "loaves.csv").write_text(f"loaf_id,kind\n{loaves}", encoding="utf-8")
    (data / "sales.csv").write_text(f"sale_id,loaf_id\n{sales}", encoding="utf-8")
    done = here.run("verify", "shop.yml", "--format", "json", "-o", "report.json")
    assert done.exit_code in (0, 1), done.output


def test_broken_claims_come_and_go(here: Here, miro: Miro) -> None:
    (here.folder / "shop.yml").write_text(SPEC, encoding="utf-8")
    verified(here, "1,rye\n1,rye\n2,oat\n", "7,1\n8,9\n")
    miro.faults = [Fault("POST .*/bulk", drop=True, after=True)]  # the answer to the first call is lost
    done = here.run("push", "shop.yml", miro.address, "--report", "report.json")
    assert done.exit_code == 0, done.output
    assert "2 notes drawn, 0 changed, 0 deleted" in done.output
    first = notes(miro)
    assert len(first) == 2
    assert any("loaf_id" in note and "sales" in note for note in first)
    # the notes are ours: no push or pull takes them for boxes
    assert here.run("push", "shop.yml").output.splitlines()[0] == "same     the board shows the spec"
    assert here.run("pull", "-o", "shop.yml").output.splitlines()[-1] == "same     shop.yml"
    assert (
        here.run("push", "shop.yml", "--report", "report.json").output.count("0 notes drawn, 0 changed, 0 deleted") == 1
    )
    # the link and one key are fixed and another key breaks, then all is fixed
    verified(here, "1,rye\n9,rye\n2,oat\n", "7,1\n8,9\n8,9\n")
    miro.faults = [Fault("POST .*/bulk", drop=True, after=True)]  # the answer to the call that draws the note
    assert "0 notes drawn, 0 changed, 2 deleted" in here.run("push", "shop.yml", "--report", "report.json").output
    assert len(notes(miro)) == 1
    assert notes(miro) != first[:1]
    verified(here, "1,rye\n9,rye\n2,oat\n", "7,1\n8,9\n")
    assert "0 notes drawn, 0 changed, 1 deleted" in here.run("push", "shop.yml", "--report", "report.json").output
    assert notes(miro) == []


@pytest.mark.parametrize("option", ["--status", "--comments"])
def test_without_a_result(here: Here, miro: Miro, option: str) -> None:
    Path("shop.yml").write_text(SPEC, encoding="utf-8")
    done = here.run("push", "shop.yml", miro.address, option)
    assert done.exit_code == 2
    assert "--status has no result to show: run `erd2dbt build`" in done.output
    assert miro.writes() == []
