"""Each construct of SQL with what it leaves of a grain: keys that hold and keys that do not, joins that multiply, and
what cannot be analyzed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from sqlglot import exp

from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import State
from erd2dbt.sqlproof.query import fan_traps, fanout_steps, judge


def claim(kind: ClaimKind, relation: str, *columns: str) -> Claim:
    return Claim(kind=kind, relation=relation, columns=columns)


def table(name: str, columns: str, key: str, filled: str = "", unique: str = "") -> State:
    return operators.source(
        columns.split(),
        key=claim(ClaimKind.KEY, name, *key.split()),
        not_null=[claim(ClaimKind.NOT_NULL, name, column) for column in filled.split()],
        uniques=[claim(ClaimKind.UNIQUE, name, column) for column in unique.split()],
    )


TABLES = {
    "customers": table("customers", "customer_id email name region credit", "customer_id", unique="email"),
    "orders": table("orders", "order_id customer_id day status amount", "order_id", filled="customer_id status"),
    "items": table("items", "order_id line sku quantity", "order_id line"),
    "visits": table("visits", "visit_id customer_id day", "visit_id"),
    "scans": replace(
        table("scans", "scan_id ref rough exact span at padded", "scan_id", unique="ref rough exact"),
        types={
            "scan_id": "bigint",
            "ref": "text",
            "rough": "double precision",
            "exact": "numeric",
            "span": "interval",
            "at": "timestamp without time zone",
            "padded": "character(5)",
        },
    ),
    "prices": table("prices", "sku valid_from valid_to price", "sku valid_from"),
}
HERE = Path(__file__).parent
CONSTRUCTS: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "constructs.yml").read_text(encoding="utf-8"))
TRAPS: list[dict[str, Any]] = yaml.safe_load((HERE / "traps.yml").read_text(encoding="utf-8"))
CASES = [
    pytest.param(case, id=f"{name}-{number}") for name, cases in CONSTRUCTS.items() for number, case in enumerate(cases)
]


def tree_of(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, read="postgres")
    assert isinstance(tree, exp.Query)
    return tree


@pytest.mark.parametrize("case", CASES)
def test_what_is_proved(case: dict[str, Any]) -> None:
    judged = judge(tree_of(case["sql"]), TABLES)
    state = judged.state if judged.state is not None else State(())
    keys, not_keys = case.get("keys", []), case.get("not_keys", [])
    proved = [key for key in (*keys, *not_keys) if state.is_key(key.split()) is not None]
    assert (proved, judged.unjudged) == (keys, tuple(case.get("unjudged", [])))
    assert set(case.get("filled", "").split()) <= state.not_null.keys()
    assert not set(case.get("not_filled", "").split()) & state.not_null.keys()


@pytest.mark.parametrize("case", CASES)
def test_who_is_to_blame(case: dict[str, Any]) -> None:
    tree, grain = tree_of(case["sql"]), (case.get("not_keys") or ["unknown"])[0].split()
    steps = fanout_steps(tree, TABLES, judge(tree, TABLES), grain)
    assert [step.text for step in steps] == case.get("fanout", [])


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_every_construct_is_shown_to_prove_and_not_to_prove(construct: str) -> None:
    assert any(case.get("keys") for case in CONSTRUCTS[construct])
    assert any(case.get("not_keys") or case.get("unjudged") for case in CONSTRUCTS[construct])


@pytest.mark.parametrize("case", TRAPS, ids=range(len(TRAPS)))
def test_traps(case: dict[str, Any]) -> None:
    found = fan_traps(tree_of(case["sql"]), TABLES)
    assert [[trap.code, trap.aggregate, ", ".join(trap.joins)] for trap in found] == case.get("traps", [])
