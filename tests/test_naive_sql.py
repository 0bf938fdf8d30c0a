"""What each trap costs: the spec that asks for it is refused or warned about, and the SQL that people write instead is
run on the reference data beside the right one. `ERD2DBT_UPDATE_GOLDEN=1` rewrites what is expected."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import ErdError, as_text
from erd2dbt.pipelines.generation import plan
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.dry_run_views import raw_table
from erd2dbt.run.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "naive"
CASES = sorted(path.name for path in FOLDER.iterdir())
REFERENCE = (ROOT / "specs" / "marketing.yml").read_text(encoding="utf-8")
DIAGRAM = REFERENCE[: REFERENCE.index("models:\n")]


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    """The raw tables of the reference case."""
    erd, _ = plan(REFERENCE.encode(), "marketing.yml")
    data = ROOT / "examples" / "marketing" / "data"
    tables = [raw_table(e, erd.sources[0], data / f"{e.table}.csv") for e in erd.entities]
    load(tables, database, lambda _: None)
    with connect(database) as session:
        yield session.cursor()


def said_of(spec: str) -> str:
    try:
        _, planned = plan(spec.encode(), "spec.yml")
    except ErdError as error:
        return as_text(error.diagnostics, {"spec.yml": spec})
    return as_text([r for r in planned.remarks if r.code[0] == "W"], {"spec.yml": spec})


def counted(cursor: Any, query: str) -> int:
    cursor.execute(f"select count(*) from ({query}) as counted")
    return int(cursor.fetchone()[0])


@pytest.mark.parametrize("case", CASES)
def test_the_trap_is_named_and_this_is_what_it_costs(case: str, cursor: Any) -> None:
    models, naive, right = (
        (FOLDER / case / name).read_text(encoding="utf-8") for name in ("models.yml", "naive.sql", "right.sql")
    )
    wrong, missing = (counted(cursor, f"({a}) except all ({b})") for a, b in ((naive, right), (right, naive)))
    cost = f"naive SQL: {counted(cursor, naive):,} rows where {counted(cursor, right):,} are right; "
    diagram = DIAGRAM[: DIAGRAM.index("links:")] if models.startswith("links:") else DIAGRAM
    told = f"{said_of(diagram + models)}\n\n{cost}{wrong:,} of them are wrong, {missing:,} right ones are missing\n"
    expected = FOLDER / case / "expected.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
    assert wrong + missing > 0
    assert "spec.yml:" in told
