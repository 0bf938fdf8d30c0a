"""What `erd2dbt verify` and `preview` say and write, and their exit codes; on the shared server by `--url`."""

from __future__ import annotations

import html
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from test_planted import put, twice

from erd2dbt.cli import main
from erd2dbt.run.connection import connect
from erd2dbt.verify.as_json import report_data
from erd2dbt.verify.query_runner import Inquiry, Terms
from erd2dbt.verify.verdict import State

if TYPE_CHECKING:
    from conftest import Marketing

BROKEN = Path(__file__).parent / "broken.txt"


def offered(marketing: Marketing, *words: str) -> list[str]:
    """The words that name the database, with the data of the folder in it."""
    marketing.report()
    return ["--url", marketing.connection.url, *words]


def test_a_terminal_is_told_what_is_broken_and_the_sum(marketing: Marketing) -> None:
    twice(marketing)
    put("conversions", 2, "session_id", "sess_never")(marketing)
    done = marketing.run("-v")
    assert done.exit_code == 1
    broken = done.stderr[done.stderr.index("marketing.yml:21:11") :]
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        BROKEN.write_text(broken, encoding="utf-8")
    assert broken == BROKEN.read_text(encoding="utf-8")
    assert "marketing.sessions: figures of 5,833 rows (" in done.stderr
    said = done.stdout.splitlines()
    assert said[0].split() == [
        "entity",
        "rows",
        "key",
        "not_null",
        "determines",
        "link",
        "type",
        "values",
        "columns",
    ]
    assert said[2].split()[:4] == ["campaigns_daily", "1,081", "1", "broken"]
    assert re.fullmatch(r"verified 67 claims on 4 tables, 22,728 rows: 65 hold, 2 broken; in \d+\.\d s", said[-1])


def test_what_fails_is_chosen(marketing: Marketing) -> None:
    """`--fail-on` by kind, `--baseline` by what was broken before: then only what is new fails."""
    twice(marketing)
    url = offered(marketing)
    assert [marketing.run(*url, "--fail-on", kinds).exit_code for kinds in ("link,type", "link,key")] == [0, 1]
    assert marketing.run(*url, "--format", "json", "-o", "baseline.json").exit_code == 1
    known = marketing.run(*url, "--baseline", "baseline.json")
    assert known.exit_code == 0
    assert "1 value is in 2 rows (0.19% of 1,081) (known from the baseline)" in known.stderr
    put("sessions", 5, "device_type", "watch")(marketing)
    new = marketing.run(*offered(marketing), "--baseline", "baseline.json")
    assert new.exit_code == 1
    assert "65 hold, 2 broken (1 new)" in new.stdout
    assert "fixed" not in new.stdout
    marketing.change("campaigns_daily", lambda rows: rows.pop())
    fixed = marketing.run(*offered(marketing), "--baseline", "baseline.json")
    assert "fixed    key: campaigns_daily: (campaign_id, date) is the primary key" in fixed.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--baseline", "nothing.json"], "error E714: `nothing.json`: no such file"),
        (["--baseline", "marketing.yml"], "error E714: `marketing.yml`: it is not a report of"),
        (["--schema", "rwa=raw"], "error E704: `--schema rwa=raw`: the spec has no source `rwa`"),
        (["--url", "postgresql://x:secret@127.0.0.1:1/y"], "error E704: cannot connect to postgresql://x:***@"),
        (["--url", "post:gres"], "error E704: this is not an address: "),
        (["--fail-on", "keys"], "Invalid value for --fail-on: keys: known are key, unique"),
    ],
)
def test_faults_are_told_with_exit_code_2(marketing: Marketing, words: list[str], said: str) -> None:
    done = marketing.run(*(words if "--url" in words else ["--url", marketing.connection.url, *words]))
    assert done.exit_code == 2
    assert said in done.stderr
    assert "secret" not in done.stderr


def test_other_schemas_and_tables_that_are_not_there(marketing: Marketing) -> None:
    url = offered(marketing)
    done = marketing.run(*url, "--schema", "elsewhere")
    assert done.exit_code == 1
    assert done.stderr.count("error E712") == 4
    assert "untested the table of `sessions` does not exist: " in done.stdout


def test_the_page_lists_every_claim_with_its_state(marketing: Marketing) -> None:
    """Markup in values is shown, not obeyed. A report that was kept as JSON gives the same page."""
    put("conversions", 2, "session_id", "<script>&")(marketing)
    assert marketing.run(*offered(marketing), "--format", "html", "-o", "report.html").exit_code == 1
    text = Path("report.html").read_text(encoding="utf-8")
    report = marketing.report()
    for verdict in report.verdicts:
        assert html.escape(verdict.text) in text or (verdict.kind == "type" and verdict.state is State.HOLDS)
    assert "for example <code>&lt;script&gt;&amp;</code>" in text
    assert len(re.findall('<g class="line link broken *"', text)) == 1
    assert len(re.findall('<g class="line link holds *"', text)) == 4
    Path("report.json").write_text(json.dumps(report_data(report)), encoding="utf-8")
    again = CliRunner().invoke(main, ["page", "marketing.yml", "--report", "report.json"], catch_exceptions=False)
    in_time = re.compile(r"in \d+\.\d s")
    assert in_time.sub("", again.stdout) == in_time.sub("", text)


def test_markdown_and_json_say_the_same(marketing: Marketing) -> None:
    put("sessions", 5, "device_type", "a|b")(marketing)
    url = offered(marketing)
    told = json.loads(marketing.run(*url, "--format", "json").stdout)
    assert [c["worst"] for c in told["claims"] if c["state"] == "broken"] == [[{"key": "a|b", "rows": 1}]]
    assert [(link["text"], link["observed"]) for link in told["links"]][1] == ("conversions }o--|| sessions", "|o--||")
    markdown = marketing.run(*url, "--format", "markdown").stdout
    assert "for example a|b" in markdown
    assert "| device_type | text | 0.0% | 4 | 3 to 7 | a\\|b | tablet |" in markdown


def test_a_sample_says_its_error(marketing: Marketing) -> None:
    marketing.report()
    marketing.change("sessions", lambda rows: [row.update(device_type="watch") for row in rows[::2]])
    with connect(marketing.connection) as session, session.cursor() as cursor:
        cursor.execute("analyze")
    report = marketing.report(Terms(sample=1000))
    sessions = next(figures for figures in report.tables if figures.entity == "sessions")
    assert 0 < sessions.rows < sessions.total == 5833
    (values,) = (v for v in report.broken if v.entity == "sessions")
    assert values.kind == "values"
    assert values.error is not None
    assert abs(values.share - 0.5) < 3 * values.error
    states = {v.text: v.state for v in report.verdicts}
    assert states["sessions: session_id is the primary key"] is State.UNTESTED
    assert states["conversions: every session_id exists in sessions (session_id)"] is State.HOLDS


def test_nothing_can_be_written(marketing: Marketing) -> None:
    with Inquiry(marketing.connection, Terms(seconds=7), lambda _: None).cursor() as cursor:
        cursor.execute("show transaction_read_only")
        assert cursor.fetchone() == ("on",)
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("7s",)


def test_preview(marketing: Marketing) -> None:
    url = offered(marketing)
    done = CliRunner().invoke(main, ["preview", "marketing.yml", "sessions", *url, "-n", "2"])
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "marketing.sessions,", "session_id", "------------", "sess_0000001", "sess_0000002",
    ]  # fmt: skip
    wrong = CliRunner().invoke(main, ["preview", "marketing.yml", "session", *url])
    assert (wrong.exit_code, "did you mean `sessions`?" in wrong.stderr) == (2, True)
    gone = CliRunner().invoke(main, ["preview", "marketing.yml", "sessions", *url, "--schema", "elsewhere"])
    assert (gone.exit_code, "error E712" in gone.stderr) == (2, True)


def test_a_statement_that_takes_too_long_is_untested(marketing: Marketing) -> None:
    """Its neighbours are not."""
    marketing.report()
    slow = "(select conversions.*, pg_sleep(1) is null as spare from marketing.conversions limit 5)"
    with connect(marketing.connection) as session, session.cursor() as cursor:
        cursor.execute("create schema slow; create table slow.sessions as table marketing.sessions")
        cursor.execute("create table slow.campaigns_daily as table marketing.campaigns_daily")
        cursor.execute("create table slow.attribution_touchpoints as table marketing.attribution_touchpoints")
        cursor.execute(f"create view slow.conversions as select * from {slow} as slept")
        session.commit()
    done = marketing.run("--url", replace(marketing.connection).url, "--schema", "slow", "--timeout", "1")
    assert "untested it took longer than the time limit (`--timeout`): " in done.stdout
    assert "conversions: session_id is not null" in done.stdout
