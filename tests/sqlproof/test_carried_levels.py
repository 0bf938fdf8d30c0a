"""The last known level of each day: a value that a join repeats is picked once per thing and day, then summed."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate

SPEC = """\
version: 1
project: bank
sources: {raw: {}}
entities:
  accounts: {key: account_id, columns: {account_id: int, city: text}}
  balances:
    key: [account_id, day]
    columns: {account_id: int, day: date, balance: {type: "numeric(12,2)", stock: true}}
  calendar: {key: day, columns: {day: date}}
links: {"balances }o--|| accounts": account_id}
models:
"""
DAYS, BALANCES = "{{ ref('stg_calendar') }}", "{{ ref('stg_balances') }}"
KNOWN = f"from {DAYS} as c join {BALANCES} as b on b.day <= c.day"
RANKED = (
    "with ranked as (select b.account_id, c.day, b.balance, row_number() over "
    f"(partition by b.account_id, c.day order by b.day desc) as place {KNOWN})"
)
LEVELS = f"{RANKED}, levels as (select account_id, day, balance from ranked where place = 1)"
PICKED = (
    f"with levels as (select distinct on (b.account_id, c.day) b.account_id, c.day, b.balance {KNOWN} "
    "order by b.account_id, c.day, b.day desc)"
)


def codes(grain: str, sql: str) -> list[str]:
    try:
        generate(f'{SPEC}  m: {{grain: {grain}, sql: "{sql}"}}\n'.encode(), "spec.yml")
    except ErdError as refused:
        return sorted({one.code for one in refused.diagnostics if one.code.startswith("E")})
    return []


@pytest.mark.parametrize("levels", [LEVELS, PICKED], ids=["row_number", "distinct on"])
def test_the_levels_of_one_day_are_summed(levels: str) -> None:
    assert codes("[account_id, day]", f"{levels} select account_id, day, balance from levels") == []
    assert codes("day", f"{levels} select day, sum(balance) as total from levels group by 1") == []
    assert "E309" in codes("account_id", f"{levels} select account_id, sum(balance) as x from levels group by 1")


def test_the_filter_may_stand_beside_the_sum() -> None:
    total = "select day, sum(balance) as total from ranked"
    assert codes("day", f"{RANKED} {total} where place = 1 group by 1") == []
    assert codes("day", f"{RANKED} {total} group by 1") == ["E309"]
    assert codes("day", f"{RANKED} {total} where place <= 2 group by 1") == ["E309"]


def test_a_row_that_is_picked_once_decides_in_a_case() -> None:
    first = f"with t as (select *, row_number() over (partition by account_id order by day) as place from {BALANCES})"
    opened = "case when place = 1 then balance else 0 end"
    assert codes("account_id", f"{first} select account_id, sum({opened}) as x from t group by 1") == []
    later = "case when place > 1 then balance else 0 end"
    assert codes("account_id", f"{first} select account_id, sum({later}) as x from t group by 1") == ["E309"]
