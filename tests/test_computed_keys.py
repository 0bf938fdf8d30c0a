"""A key that staging computes: its entity is looked up, aggregated and claimed unique as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.connection import connect
from erd2dbt.sqlproof.dbttext import plain

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

SPEC = """
version: 1
project: depot
sources: {{raw: {{schema: public}}}}
entities:
  bins:
    key: bin_id
    columns: {{bin_id: {{is: "{key}"}}, hall: text, rack: int, size: int}}
  parcels:
    key: parcel_id
    columns: {{parcel_id: int, bin_id: {{is: "{key}"}}, hall: text, rack: int, weight: int}}
links:
  parcels }}o--|| bins: bin_id
models:
  loads: {{grain: bin_id, rows: bins, keep: [hall], columns: {{n: count(parcels.parcel_id), w: sum(parcels.weight)}}}}
  parcel_list: {{grain: parcel_id, rows: parcels, columns: {{size: bins.size, others: loads.n}}}}
"""
DATA = """
create table bins as select * from (values ('a', 1, 10), ('a', 2, 20), ('b', 1, 30)) as t (hall, rack, size);
create table parcels as select * from (values (1, 'a', 1, 5), (2, 'a', 1, 6), (3, 'b', 1, 7))
  as t (parcel_id, hall, rack, weight);
"""
KEYS = ("md5(hall || '|' || rack)", "hall || '-' || rack::text", "md5(concat_ws('|', hall, rack::text))")


def rows(database: Connection, made: Generated, query: str) -> list[Any]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(DATA)
        for one in made.planned.own:
            text = made.files[made.project.sql_paths[one.relation.model]]
            cursor.execute(f"create view {one.relation.model} as {plain(text).replace('raw.', 'public.')}")
        cursor.execute(query)
        return cursor.fetchall()


@pytest.mark.parametrize("key", KEYS)
def test_models_over_a_computed_key(database: Connection, key: str) -> None:
    made = generate(SPEC.format(key=key).encode(), "spec.yml")
    loads = "select hall, n, w from loads order by hall, n"
    assert rows(database, made, loads) == [("a", 0, 0), ("a", 2, 11), ("b", 1, 7)]


@pytest.mark.parametrize("key", KEYS)
def test_a_computed_key_is_looked_up_and_tested(database: Connection, key: str) -> None:
    made = generate(SPEC.format(key=key).encode(), "spec.yml")
    found = rows(database, made, "select parcel_id, size, others from parcel_list order by 1")
    assert found == [(1, 10, 2), (2, 10, 2), (3, 30, 1)]
    assert "bins: bin_id is the primary key" in [claim.text for claim in made.planned.claims]
