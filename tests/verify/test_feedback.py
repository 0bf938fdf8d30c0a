"""`--write`: what was observed stands above the lines that claim otherwise, and no claim has changed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from test_planted import mandatory, put, twice

from erd2dbt import pipeline

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
        "# observed: not so: campaigns_daily: (campaign_id, date) is the key: 1 value stands in 2 rows, "
        "such as (camp_001, 2025-03-04) (2 rows)"
    )
    assert values.startswith("# observed: not so: sessions: device_type is one of desktop, mobile, tablet: 1 row has")
    assert "      # observed: proposal: add watch to `values` of sessions.device_type, if these are meant" in added
    assert "  # observed: proposal: the data would draw `conversions |o--o| sessions`" in added
    assert re.sub(r"(?m)^ *# observed:.*\n", "", after) == before
    claims = [pipeline.plan(text.encode(), "marketing.yml")[1].claims for text in (before, after)]
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
