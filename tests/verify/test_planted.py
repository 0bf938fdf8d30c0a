"""Breakage planted in good data: each is found and named, with its rows and what rests on it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.verify.verdict import Report, State

if TYPE_CHECKING:
    from conftest import Marketing, Rows


@dataclass(frozen=True, slots=True)
class Planted:
    """`found` (kind, claim, count, first of the worst); `note`: what is told besides."""

    plant: Callable[[Marketing], None]
    found: tuple[tuple[str, str, int, str | None], ...]
    note: str | None = None


def put(table: str, row: int, column: str, value: str) -> Callable[[Marketing], None]:
    def plant(rows: Rows) -> None:
        rows[row][column] = value

    return lambda marketing: marketing.change(table, plant)


def twice(marketing: Marketing) -> None:
    marketing.change("campaigns_daily", lambda rows: rows.append(dict(rows[3])))


def one_to_one(marketing: Marketing) -> None:
    marketing.draw("attribution_touchpoints }o--|| sessions", "attribution_touchpoints |o--|| sessions")


def mandatory(marketing: Marketing) -> None:
    marketing.draw("conversions }o--|| sessions", "conversions }|--|| sessions")


def no_table(marketing: Marketing) -> None:
    Path("data", "attribution_touchpoints.csv").unlink()


KEY = "campaigns_daily: (campaign_id, date) is the primary key"
ORPHAN = "conversions: every session_id exists in sessions (session_id)"
PLANTED = {
    "a key twice": Planted(twice, (("key", KEY, 2, "(camp_001, 2025-03-04)"),)),
    "an empty key": Planted(
        put("sessions", 8, "session_id", ""),
        # the touchpoints of that session have lost theirs
        (
            ("key", "sessions: session_id is the primary key", 1, "empty"),
            ("link", ORPHAN, 1, "sess_0000009"),
            ("link", "attribution_touchpoints: every session_id exists in sessions (session_id)", 3, "sess_0000009"),
        ),
    ),
    "an empty key that nobody refers to": Planted(
        put("attribution_touchpoints", 8, "touchpoint_id", ""),
        (("key", "attribution_touchpoints: touchpoint_id is the primary key", 1, "empty"),),
    ),
    "an orphan": Planted(put("conversions", 2, "session_id", "sess_never"), (("link", ORPHAN, 1, "sess_never"),)),
    "an empty link": Planted(
        put("conversions", 2, "session_id", ""),
        (("not_null", "conversions: session_id is not null", 1, "conv_000003"),),
    ),
    "a campaign renamed": Planted(
        put("campaigns_daily", 19, "campaign_name", "Renamed"),
        (("determines", "campaigns_daily: campaign_id determines (campaign_name, channel)", 90, "camp_001"),),
    ),
    "text in a number": Planted(
        put("campaigns_daily", 5, "clicks", "n/a"), (("type", "campaigns_daily: clicks contains bigint", 1, "n/a"),)
    ),
    "an unexpected value": Planted(
        put("sessions", 5, "device_type", "watch"),
        (("values", "sessions: device_type is one of desktop, mobile, tablet", 1, "watch"),),
    ),
    "two spellings": Planted(
        put("sessions", 5, "country", "us"), (), "`sessions.country` spells one value in two ways"
    ),
    "one to one that is not": Planted(
        one_to_one, (("link", "attribution_touchpoints: at most one row per session_id", 10461, "sess_0000001"),)
    ),
    "a mandatory side that is empty": Planted(
        mandatory,
        (("link", "sessions: every session_id has a matching row in conversions (session_id)", 2823, "sess_0000010"),),
    ),
    "a table that does not exist": Planted(
        no_table, (("missing", "attribution_touchpoints: the table `attribution_touchpoints` is there", 1, None),)
    ),
}


def broken(report: Report) -> list[tuple[str, str, int, str | None]]:
    return [(v.kind, v.text, v.found, v.worst[0][0] if v.worst else None) for v in report.broken]


@pytest.mark.parametrize("name", PLANTED)
def test_each_is_found_and_nothing_else(marketing: Marketing, name: str) -> None:
    planted = PLANTED[name]
    planted.plant(marketing)
    report = marketing.report()
    assert broken(report) == list(planted.found)
    assert len([n for n in report.notes if planted.note and planted.note in n]) == (planted.note is not None)


PAIRS = [
    ("a key twice", "an orphan"),
    ("text in a number", "an unexpected value"),
    ("a campaign renamed", "a mandatory side that is empty"),
    ("an empty link", "an empty key that nobody refers to"),
]


@pytest.mark.parametrize("pair", PAIRS)
def test_two_at_once(marketing: Marketing, pair: tuple[str, str]) -> None:
    for name in pair:
        PLANTED[name].plant(marketing)
    assert broken(marketing.report()) == [one for name in pair for one in PLANTED[name].found]


def test_nothing_is_found_in_good_data(marketing: Marketing) -> None:
    """But that two platforms have two names, which is true of this data."""
    report = marketing.report()
    assert broken(report) == []
    assert {v.state for v in report.verdicts} == {State.HOLDS}
    assert [note.partition(";")[0] for note in report.notes] == [
        "`conversions.session_id` is unique: if that is intended, add `unique: true`",
        "`attribution_touchpoints.channel` and `sessions.channel` share 4 of 6 values",
        "`attribution_touchpoints.channel` and `campaigns_daily.channel` share 4 of 6 values",
    ]
    assert all(note.endswith("'google' here, 'google_ads' there") for note in report.notes[1:])
