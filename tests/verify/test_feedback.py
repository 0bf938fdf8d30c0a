"""`--write`: what was observed stands above the lines that claim otherwise, and no claim has changed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from test_planted import mandatory, put, twice

from erd2dbt.cli import main
from erd2dbt.pipelines import generation

if TYPE_CHECKING:
    from conftest import Marketing


def test_written_once_taken_back_when_mended(marketing: Marketing) -> None:
    good = Path("data/conversions.csv").read_bytes()
    twice(marketing)
    mandatory(marketing)
    before = Path("marketing.yml").read_text(encoding="utf-8")
    put("conversions", 2, "session_id", "sess_never")(marketing)
    put("sessions", 5, "device_type", "watch")(marketing)
    marketing.report()
    url = ["--url", marketing.connection.url]
    assert marketing.run(*url, "--write").exit_code == 1
    after = Path("marketing.yml").read_text(encoding="utf-8")
    added = [line for line in after.split("\n") if line not in before.split("\n")]
    key, values, *_ = [line.strip() for line in added]
    assert key == (
        "# observed: broken: campaigns_daily: (campaign_id, date) is the primary key: 1 value is in 2 rows, "
        "such as (camp_001, 2025-03-04) (2 rows)"
    )
    assert values.startswith("# observed: broken: sessions: device_type is one of desktop, mobile, tablet: 1 row has")
    proposal = "      # observed: proposal: add watch to `values` of sessions.device_type, if these values are right"
    assert proposal in added
    assert "  # observed: proposal: draw it as `conversions }o--o| sessions`, if the rows are right" in added
    assert re.sub(r"(?m)^ *# observed:.*\n", "", after) == before
    claims = [generation.plan(text.encode(), "marketing.yml")[1].claims for text in (before, after)]
    assert claims[0] == claims[1]
    assert marketing.run(*url, "--write").exit_code == 1
    assert Path("marketing.yml").read_text(encoding="utf-8") == after
    Path("data/conversions.csv").write_bytes(good)
    marketing.report()
    marketing.run(*url, "--write")
    assert "sess_never" not in Path("marketing.yml").read_text(encoding="utf-8")


def test_nothing_is_written_where_all_holds(marketing: Marketing) -> None:
    before = Path("marketing.yml").stat().st_mtime_ns
    marketing.report()
    assert marketing.run("--url", marketing.connection.url, "--write").exit_code == 0
    assert Path("marketing.yml").stat().st_mtime_ns == before


FLOW = """version: 1
project: flow
sources: {raw: {schema: marketing}}
entities: {
  sessions: {
    key: session_id,
    columns: {session_id: text, device_type: {type: text, values: [desktop,
      mobile]}, country: int, pages: {from: pages_viewed, type: text}}},
  conversions: {key: conversion_id, columns: {conversion_id: text, session_id: text}}
}
links: {"conversions }|--|| sessions": session_id}
models: {}
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_any_way_of_writing_yaml_stays_readable(marketing: Marketing, ending: str) -> None:
    """Flow style over several lines and the endings of Windows; a second run changes nothing."""
    put("conversions", 2, "session_id", "")(marketing)
    marketing.report()
    spec = Path("flow.yml")
    spec.write_bytes(FLOW.replace("\n", ending).encode())
    words = ["verify", "flow.yml", "--url", marketing.connection.url, "--write", "-q"]
    assert CliRunner().invoke(main, words, catch_exceptions=False).exit_code == 1
    after = spec.read_bytes()
    lines = after.decode().split(ending)
    observed = [line.strip() for line in lines if "# observed: " in line]
    assert ending.join(line for line in lines if "# observed: " not in line) == FLOW.replace("\n", ending)
    assert [line for line in observed if "proposal" in line] == [
        "# observed: proposal: add tablet to `values` of sessions.device_type, if these values are right",
        "# observed: proposal: `type: text`, and a computed column that reads it",
        "# observed: proposal: draw it as `conversions }o--o| sessions`, if the rows are right",
    ]
    before, now = (generation.plan(text, "flow.yml")[1].claims for text in (FLOW.encode(), after))
    assert before == now
    CliRunner().invoke(main, words, catch_exceptions=False)
    assert spec.read_bytes() == after


def test_only_a_spec_is_written_to(marketing: Marketing) -> None:
    """A diagram is left alone, and nothing is asked before that is said."""
    Path("shop.sql").write_text("create table sessions (session_id text primary key);", encoding="utf-8")
    done = CliRunner().invoke(main, ["verify", "shop.sql", "--url", "postgresql://nowhere:1/x", "--write"])
    assert done.exit_code == 2
    assert "--write needs a spec: `erd2dbt import` writes one." in done.stderr
