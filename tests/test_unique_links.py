"""Links to columns that are claimed unique, and are no key: walked as far as any other, grouped before each join."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated, generate

DESK: dict[str, Any] = {
    "entities": {
        "people": {
            "key": "person_id",
            "columns": {
                "person_id": "int",
                "mail": {"type": "text", "unique": True},
                "phone": {"type": "text", "unique": True},
                "town": "text",
                "credit": "int",
            },
        },
        "badges": {"key": "badge_id", "columns": {"badge_id": "int", "person_id": "int", "photo": "jsonb"}},
        "logins": {"key": "login_id", "columns": {"login_id": "int", "mail": "text", "plan": "text"}},
        "clicks": {"key": "click_id", "columns": {"click_id": "int", "login_id": "int", "seconds": "int"}},
        "calls": {
            "key": "call_id",
            "columns": {"call_id": "int", "caller": "text", "wrote_from": "text", "seconds": "int"},
        },
    },
    "links": {
        "badges |o--|| people": "person_id",
        "logins }o--|| people": "mail",
        "clicks }o--|| logins": "login_id",
        "calls }o--o| people": {"by_phone": "caller = phone", "by_mail": "wrote_from = mail"},
    },
}


def made(**model: Any) -> Generated:
    spec = {"version": 1, "project": "desk", "sources": {"raw": {}}, **DESK, "models": {"m": model}}
    return generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml")


def joins(**model: Any) -> list[str]:
    return [joined.text.split(" (")[0] for joined in made(**model).planned.plans[-1].joined]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            {"grain": "click_id", "rows": "clicks", "columns": {"town": "people.town"}},
            ["logins on login_id", "people on logins.mail = mail"],
        ),
        (
            {"grain": "town", "rows": "people", "columns": {"s": "sum(clicks.seconds)"}},
            ["clicks on town = people.town", "logins on login_id", "people on logins.mail = mail"],
        ),
        (
            {"grain": "person_id", "rows": "people", "columns": {"s": "sum(clicks.seconds)"}},
            ["clicks on mail = logins.mail", "logins on login_id"],
        ),
        (
            {"grain": "town", "rows": "logins", "columns": {"n": "count(*)"}},
            ["people on mail"],
        ),
        (
            {"grain": "login_id", "rows": "logins", "columns": {"photo": "badges.photo"}},
            ["people on mail", "badges on people.person_id = person_id"],
        ),
        (
            {"grain": "call_id", "rows": "calls", "columns": {"town": "calls.by_mail.town"}},
            ["people on wrote_from = mail"],
        ),
        (
            {"grain": "person_id", "rows": "people", "columns": {"s": {"is": "sum(calls.seconds)", "via": "by_phone"}}},
            ["calls on phone = caller"],
        ),
    ],
    ids=["lookup", "aggregate", "the rows themselves", "grain", "extension", "role", "via"],
)
def test_a_unique_column_is_a_step_of_any_chain(model: dict[str, Any], expected: list[str]) -> None:
    assert joins(**model) == expected


def test_what_is_found_by_a_unique_column_is_grouped_by_it_in_every_select() -> None:
    generated = made(grain="plan", rows="logins", where="people.credit > 5", columns={"n": "count(*)"})
    plan = generated.planned.plans[-1]
    assert {claim.kind for claim in plan.proof.claims if claim.relation == "people"} == set()
    sql = generated.files[generated.project.sql_paths["m"]]
    assert "where mail is not null\n\n    group by 1" in sql
    assert "left join people_by_mail\n" in sql
    assert plan.fixture is not None


def test_two_ways_by_unique_columns_are_told_with_their_words() -> None:
    with pytest.raises(ErdError) as caught:
        made(grain="person_id", rows="people", columns={"s": "sum(calls.seconds)"})
    (fault,) = caught.value.diagnostics
    assert fault.code == "E205"
    assert [str(fix) for fix in fault.fixes] == ["say which: `via: by_mail`", "say which: `via: by_phone`"]


def test_a_value_without_an_order_is_the_first_of_its_group() -> None:
    """PostgreSQL has no `min` of jsonb; its lists begin at 1."""
    generated = made(grain="person_id", rows="people", columns={"photo": "badges.photo"})
    assert "(array_agg(photo))[1] as photo" in generated.files[generated.project.sql_paths["m"]]


def test_an_amount_that_is_looked_up_by_a_unique_column_repeats() -> None:
    with pytest.raises(ErdError) as caught:
        made(grain="plan", rows="logins", columns={"credit": "sum(people.credit * logins.login_id)"})
    assert [fault.code for fault in caught.value.diagnostics] == ["E303"]


def test_an_aggregate_of_a_union_says_whose_rows_it_takes() -> None:
    with pytest.raises(ErdError) as caught:
        made(grain="mail", rows=["people", "logins"], columns={"n": "count(*)"})
    (fault,) = caught.value.diagnostics
    assert fault.code == "E205"
    assert [str(fix) for fix in fault.fixes] == [
        "say which: `n: count(people.person_id)`",
        "say which: `n: count(logins.login_id)`",
    ]


PARTNERS = """\
version: 1
project: desk
sources: {{raw: {{}}}}
entities:
  users: {{key: user_id, columns: {{user_id: int, email: {{type: text, unique: true}}, country: text, credit: int}}}}
  profiles: {{key: profile_id, columns: {{profile_id: int, email: {email}, bio: text, score: int}}}}
links:
  profiles {cap} users: email
models:
  of_users: {{grain: user_id, rows: users, keep: all, columns: {{score: sum(profiles.score), bios: {bio}}}}}
  of_profiles:
    {{grain: profile_id, rows: profiles, keep: all, columns: {{credit: users.credit, user_id: users.user_id}}}}
  m: {model}
"""
CREDITS = [
    "{grain: bio, rows: of_profiles, columns: {x: sum(of_profiles.credit)}}",
    "{grain: user_id, sql: \"select user_id, sum(credit) as x from {{ ref('of_profiles') }} where user_id is not null "
    'group by 1"}',
    "{grain: user_id, sql: \"select user_id, bio, credit from {{ ref('of_profiles') }} where user_id is not null\"}",
    "{grain: bio, sql: \"select p.bio, sum(u.credit) as x from {{ ref('stg_profiles') }} as p "
    "left join {{ ref('stg_users') }} as u on u.email = p.email group by 1\"}",
]


def _codes(*, model: str, email: str = "{type: text, unique: true}", cap: str = "|o--o|", bio: str) -> list[str]:
    text = PARTNERS.format(model=model, email=email, cap=cap, bio=bio)
    try:
        generate(text.encode(), "spec.yml")
    except ErdError as refused:
        return [one.code for one in refused.diagnostics if one.code.startswith("E")]
    return []


@pytest.mark.parametrize("model", CREDITS)
@pytest.mark.parametrize("cap", ["|o--o|", "|o--||", "}|--||"])
def test_a_one_to_one_partner_does_not_repeat_by_a_unique_column(model: str, cap: str) -> None:
    """A user has one profile at most, so each credit is in one row; of several profiles, it would be in each."""
    assert _codes(model=model, cap=cap, bio="profiles.bio") == []
    many = _codes(model=model, email="text", cap=cap.replace("|o-", "}o-"), bio="max(profiles.bio)")
    assert many in (["E303"], ["E601"])
