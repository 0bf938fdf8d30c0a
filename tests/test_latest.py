"""`latest` on an entity: the key is proved by the SQL, its repeats are counted, other claims are of what is kept."""

from __future__ import annotations

import pytest
import yaml

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate, plan

SPEC = """
version: 1
project: parcels
sources: {raw: {}}
entities:
  parcels:
    key: [depot, parcel_no]
    latest: {by: [version, seen_at]}
    unique: [label]
    columns:
      depot: text
      parcel_no: {type: int, from: no}
      label: text
      row_rank: int
      version: int
      seen_at: timestamp
      place: point
      day: seen_at::date
models:
  depots: {grain: depot, rows: parcels, columns: {parcels: count(parcels.parcel_no)}}
"""


def test_the_key_is_structural() -> None:
    _, planned = plan(SPEC.encode(), "s.yml")
    staged = next(one for one in planned.plans if one.relation.name == "parcels")
    assert staged.proof.kind == "structural"
    assert staged.proof.claims == frozenset()


def test_rows_are_ranked_in_a_total_order() -> None:
    """Also beside a column of that name, and by what has no order of its own."""
    sql = generate(SPEC.encode(), "s.yml").files["models/staging/raw/stg_parcels.sql"]
    order = sql[sql.index("row_number()") : sql.index("from renamed")]
    assert (
        order.split()
        == (
            "row_number() over ( partition by depot, parcel_no order by version desc nulls last, "
            "seen_at desc nulls last, label desc nulls last, row_rank desc nulls last, "
            "place::text desc nulls last ) as row_rank_"
        ).split()
    )
    assert "where row_rank_ = 1" in sql


def test_repeats_are_counted_on_the_source_and_claims_are_tested_in_staging() -> None:
    files = generate(SPEC.encode(), "s.yml").files
    (source,) = yaml.safe_load(files["models/staging/raw/_raw__sources.yml"])["sources"]
    assert source["tables"][0]["data_tests"] == [
        {
            "unique_combination_of_columns": {
                "name": "parcels_depot_parcel_no_repeats",
                "arguments": {"combination_of_columns": ["depot", "no"]},
                "config": {"severity": "warn"},
            }
        }
    ]
    assert [column for column in source["tables"][0]["columns"] if "data_tests" in column] == []
    (staged,) = yaml.safe_load(files["models/staging/raw/_stg_raw__models.yml"])["models"]
    tested = {column["name"]: column.get("data_tests") for column in staged["columns"]}
    assert [test["unique"]["name"] for test in tested["label"]] == ["parcels_label_is_unique"]
    assert [list(test) for test in tested["depot"]] == [["not_null"]]


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("{by: depot}", "E016", "`depot` is part of the key of `parcels`: all rows of one key have the same"),
        ("{by: updated}", "E031", "`parcels` has no column `updated`"),
        ("{}", "E010", "which row of a key is the latest needs the field `by`"),
        ("seen_at", "E009", None),
    ],
)
def test_what_cannot_tell_the_latest_row_is_a_fault(said: str, code: str, message: str | None) -> None:
    with pytest.raises(ErdError) as caught:
        plan(SPEC.replace("{by: [version, seen_at]}", said).encode(), "s.yml")
    (fault,) = caught.value.diagnostics
    assert fault.code == code
    assert message is None or fault.message == message
