"""Aggregates over a bridge: which of its rows count, whose names stand alone, and how a bridge far away is named."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated, generate

SCHOOL: dict[str, Any] = {
    "entities": {
        "pupils": {"key": "pupil_id", "columns": {"pupil_id": "int", "town": "text"}},
        "clubs": {"key": "club_id", "columns": {"club_id": "int", "fee": "int", "open": "boolean", "house": "int"}},
        "houses": {"key": "house", "columns": {"house": "int", "seats": "int"}},
        "members": {"key": ["pupil_id", "club_id"], "columns": {"pupil_id": "int", "club_id": "int"}},
    },
    "links": {
        "members }o--|| pupils": "pupil_id",
        "members }o--|| clubs": "club_id",
        "clubs }o--|| houses": "house",
    },
}
OPEN = {"grain": "club_id", "rows": "clubs", "where": "open", "columns": {"fee": "coalesce(clubs.fee, 0)"}}


def made(column: object, **more: Any) -> Generated:
    model = {"grain": "pupil_id", "rows": "pupils", "columns": {"x": column}, "accept": {"W307": "meant"}, **more}
    spec = {
        "version": 1,
        "project": "school",
        "sources": {"raw": {}},
        **SCHOOL,
        "models": {"open_clubs": OPEN, "m": model},
    }
    return generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml")


def sql(column: object) -> str:
    generated = made(column)
    return " ".join(generated.files[generated.project.sql_paths["m"]].split())


@pytest.mark.parametrize(
    ("column", "filtered"),
    [
        ("sum(open_clubs.fee)", False),
        ("count(open_clubs.club_id)", False),
        ("max(open_clubs.fee + 1)", False),
        ("sum(coalesce(open_clubs.fee, 7))", True),
        ("sum(case when open_clubs.fee > 1 then 1 else 5 end)", True),
        ("array_agg(open_clubs.fee)", True),
        ("sum(coalesce(clubs.fee, 7))", False),
    ],
)
def test_rows_of_a_bridge_that_lead_to_no_row_give_no_value(column: str, filtered: bool) -> None:
    """`open_clubs` leaves clubs out; `clubs` has one for each member."""
    assert ("filter ( where open_clubs.club_id is not null" in sql(column).replace("(where", "( where")) is filtered


def test_a_lookup_from_the_input_of_a_bridge_may_match_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A club without a house passes `seats is null`."""
    links = {**SCHOOL["links"], "clubs }o--o| houses": "house"}
    del links["clubs }o--|| houses"]
    monkeypatch.setitem(SCHOOL, "links", links)
    assert "filter (where houses.seats is null)" in sql("sum(clubs.fee) filter (where houses.seats is null)")


def test_a_model_of_the_input_of_a_bridge_may_leave_its_row_out() -> None:
    """A closed club passes `open_clubs.fee is null`."""
    text = sql("count(distinct clubs.fee) filter (where open_clubs.fee is null)")
    assert "filter (where open_clubs.fee is null)" in text.replace("( where", "(where").replace("null )", "null)")


def test_a_pick_over_a_bridge_names_the_columns_of_its_input() -> None:
    text = sql({"first": "open_clubs.club_id", "order": "fee desc"})
    assert "order by open_clubs.fee desc" in text
    assert "where open_clubs.club_id is not null" in text


def test_a_bridge_by_match_alone_does_not_decide_against_a_name() -> None:
    """`club_id` of the rows is the pupils' own number; `members` is joined to it by `match:`, `clubs` by its name."""
    spec = {
        "version": 1,
        "project": "school",
        "sources": {"raw": {}},
        "entities": {
            **SCHOOL["entities"],
            "visits": {"key": "visit_id", "columns": {"visit_id": "int", "fee": "int"}},
        },
        "links": {"members }o--|| clubs": "club_id"},
    }
    model = {
        "grain": "fee",
        "rows": "visits",
        "where": "fee is not null",
        "match": {"members": {"fee": "pupil_id"}},
        "columns": {"x": "count(clubs.club_id)"},
    }

    def joined(**more: Any) -> str:
        text = yaml.safe_dump({**spec, "models": {"m": {**model, **more}}}, sort_keys=False)
        generated = generate(text.encode(), "spec.yml")
        return " ".join(generated.files[generated.project.sql_paths["m"]].split())

    with pytest.raises(ErdError) as caught:
        joined()
    (fault,) = [d for d in caught.value.diagnostics if d.code == "E205"]
    assert "clubs.fee; `members` by `match:`" in fault.message
    by_match, by_name = (yaml.safe_load(re.findall(r"`(.*)`", fix)[0]) for fix in fault.fixes)
    assert "from members left join clubs" in joined(columns={"x": {"is": "count(clubs.club_id)", **by_match}})
    assert "count(club_id) as x from clubs" in joined(match={**model["match"], **by_name["match"]})


def test_a_bridge_far_away_is_proposed() -> None:
    with pytest.raises(ErdError) as caught:
        made("max(houses.seats)")
    (fault,) = caught.value.diagnostics
    assert (fault.code, str(fault.fixes[0])) == ("E201", "go over `members`: `via: members`")
    assert made({"is": "max(houses.seats)", "via": "members"})


def test_a_match_is_not_passed_over_for_a_bridge() -> None:
    with pytest.raises(ErdError) as caught:
        made("sum(open_clubs.fee * pupils.pupil_id)", match={"open_clubs": {"pupil_id": "fee"}})
    assert [fault.code for fault in caught.value.diagnostics] == ["E203"]


def test_what_the_rows_of_a_model_look_up_may_be_missing() -> None:
    """The rows of `visits` are those of `members`; a club without a house leaves a visit as it is."""
    members = {"key": "member_id", "columns": {"member_id": "int", "pupil_id": "int", "club_id": "int"}}
    links = {link: columns for link, columns in SCHOOL["links"].items() if "houses" not in link}
    spec = {
        "version": 1,
        "project": "school",
        "sources": {"raw": {}},
        "entities": SCHOOL["entities"] | {"members": members},
        "links": links | {"clubs }o--o| houses": "house"},
        "models": {
            "visits": {"grain": "member_id", "rows": "members", "columns": {"old": "members.pupil_id < 10"}},
            "m": {
                "grain": "pupil_id",
                "rows": "pupils",
                "columns": {"x": "count(visits.old) filter (where houses.seats is null)"},
            },
        },
    }
    generated = generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml")
    text = " ".join(generated.files[generated.project.sql_paths["m"]].split())
    assert "filter (where houses.seats is null)" in text.replace("( where", "(where").replace("null )", "null)")


GROUPED = """version: 1
project: p
sources: {raw: {}}
entities:
  logs: {key: log_id, columns: {log_id: int, day: {type: date, not_null: true}}}
  agents: {key: [log_id, day], columns: {log_id: int, day: date, price: "numeric(12,2)"}}
links:
  logs ||--o{ agents: log_id
models:
  halves:
    grain: log_id
    rows: logs
    keep: all
    columns: {half: log_id % 2}
  m:
    grain: half
    rows: halves
    columns:
      price: FORMULA
"""


def test_grouped_rows_do_not_look_up_by_a_name_what_links_lead_to_them() -> None:
    """A log has many agents. `day` of both is another date."""
    with pytest.raises(ErdError) as caught:
        generate(GROUPED.replace("FORMULA", "avg(agents.price)").encode(), "spec.yml")
    (fault,) = [d for d in caught.value.diagnostics if d.code.startswith("E")]
    assert fault.code == "E205"
    assert "`agents` by the names of its key; `halves` by logs ||--o{ agents" in fault.message
    accepted = "{is: avg(agents.price), accept: {W406: the day is the same}}"
    generated = generate(GROUPED.replace("FORMULA", accepted).encode(), "spec.yml")
    assert "halves.day = agents.day" in generated.files[generated.project.sql_paths["m"]]


COURSES = """version: 1
project: p
sources: {raw: {}}
entities:
  persons: {key: person_id, columns: {person_id: int}}
  teachers: {key: person_id, columns: {person_id: int}}
  pupils: {key: person_id, columns: {person_id: int}}
  courses: {key: code, columns: {code: text, teacher_id: int, credits: int}}
  enrolments: {key: [person_id, code], columns: {person_id: int, code: text, grade: int}}
links:
  persons ||--o| teachers: person_id
  persons ||--o| pupils: person_id
  courses }o--|| teachers: teacher_id = person_id
  enrolments }o--|| pupils: person_id
  enrolments }o--|| courses: code
models:
  m:
    grain: person_id
    rows: pupils
    columns:
      x: COLUMN
"""


def test_the_courses_of_a_pupil_are_not_only_those_that_the_same_person_teaches() -> None:
    formula = "sum(courses.credits)"
    with pytest.raises(ErdError) as caught:
        generate(COURSES.replace("COLUMN", formula).encode(), "spec.yml")
    (fault,) = [d for d in caught.value.diagnostics if d.code.startswith("E")]
    assert fault.code == "E205"
    assert fault.message.endswith("persons ||--o| pupils; `enrolments` between the two")
    assert fault.fixes == ("say which: `via: teachers`", "say which: `via: enrolments`")
    generated = generate(COURSES.replace("COLUMN", f'{{is: "{formula}", via: enrolments}}').encode(), "spec.yml")
    assert "from enrolments left join courses" in " ".join(generated.files[generated.project.sql_paths["m"]].split())
    taught = generate(COURSES.replace("COLUMN", f'{{is: "{formula}", via: teachers}}').encode(), "spec.yml")
    assert "enrolments" not in taught.files[taught.project.sql_paths["m"]]


def test_a_condition_of_a_bridge_means_the_pairs_of_the_bridge() -> None:
    """No course has one enrolment, so the enrolment of a course by its teacher is not meant."""
    formula = "sum(courses.credits) filter (where enrolments.grade is not null)"
    generated = generate(COURSES.replace("COLUMN", formula).encode(), "spec.yml")
    assert "from enrolments left join courses" in " ".join(generated.files[generated.project.sql_paths["m"]].split())
