"""Raw tables that hold several versions of a row: `latest` keeps one of each key, and claims speak of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erd2dbt.pipelines import generation
from erd2dbt.run.connection import connect
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verification import verify

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

SPEC = """
version: 1
project: parcels
sources: {raw: {schema: parcel_raw}}
entities:
  places: {key: place_id, columns: {place_id: int}}
  parcels:
    key: parcel_id
    columns:
      parcel_id: {type: int, from: id}
      place_id: int
      state: {type: text, values: [sent, here]}
      extra: jsonb
      updated_at: timestamp
links:
  parcels }o--|| places: place_id
models: {}
"""
LATEST = SPEC.replace("    key: parcel_id\n", "    key: parcel_id\n    latest: {by: updated_at}\n")
# Old rows break what the new ones keep; the two rows of 2 are of one moment.
MADE = """
create schema parcel_raw;
create table parcel_raw.places (place_id int);
insert into parcel_raw.places values (1), (2);
create table parcel_raw.parcels (id int, place_id int, state text, extra jsonb, updated_at timestamp);
insert into parcel_raw.parcels values
  (1, 9, 'lost', '{}', '2024-01-01'), (1, 1, 'here', '{}', '2024-01-02'), (1, 2, 'sent', null, null),
  (2, 1, 'sent', '{"a": 1}', '2024-01-01'), (2, 2, 'here', '{"a": 1}', '2024-01-01'),
  (3, 2, 'here', '{}', '2024-01-05');
"""


def test_a_key_that_repeats_proposes_the_latest_row_and_the_latest_rows_keep_all_claims(database: Connection) -> None:
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(MADE)
        session.commit()
    schemas = {"raw": "parcel_raw"}
    before = verify(generation.generate(SPEC.encode(), "s.yml"), database, schemas, Terms(), lambda _: None)
    broken = {verdict.text: verdict for verdict in before.broken}
    assert broken.keys() == {
        "parcels: parcel_id is the primary key",
        "parcels: state is one of sent, here",
        "parcels: every place_id exists in places (place_id)",
    }
    fix = broken["parcels: parcel_id is the primary key"].fix
    assert fix.endswith("or keep the latest row of each key: `latest: {by: updated_at}` in `parcels`")
    made = generation.generate(LATEST.encode(), "s.yml")
    after = verify(made, database, schemas, Terms(), lambda _: None)
    assert after.broken == ()
    assert [(figures.entity, figures.rows) for figures in after.tables] == [("places", 2), ("parcels", 3)]
    sql = made.files["models/staging/raw/stg_parcels.sql"].replace(
        "{{ source('raw', 'parcels') }}", "parcel_raw.parcels"
    )
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(f"select parcel_id, place_id, state from ({sql}) as kept order by 1")
        assert cursor.fetchall() == [(1, 1, "here"), (2, 2, "here"), (3, 2, "here")]
