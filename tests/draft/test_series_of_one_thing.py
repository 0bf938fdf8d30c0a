"""Two series of one thing have keys alike by chance: a moment of the one is no part of the other."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.drafting import drafted


def links(sql: str) -> str:
    spec = drafted(sql.encode(), "schema.sql", infer_keys=True)[1]
    return spec.partition("\nlinks:")[2].partition("# No models")[0]


@pytest.mark.parametrize(("moment", "type_"), [("clock", "integer"), ("taken_at", "timestamp")])
def test_rows_of_another_rate_are_no_parts(moment: str, type_: str) -> None:
    key = f"itemid bigint not null, {moment} {type_} not null"
    sql = f"""create table trends ({key}, value_avg numeric, primary key (itemid, {moment}));
        create table history ({key}, ns integer not null, value numeric, primary key (itemid, {moment}, ns));
        create table services (serviceid int primary key, name text not null);
        create table alarms (id int primary key, serviceid int not null references services, severity int);"""
    assert "history" not in links(sql)
    assert "serviceid" in links(sql)


def test_parts_with_the_name_of_the_series_keep_their_link() -> None:
    sql = """create table measurement (device_id int not null, taken_at timestamp not null, operator text,
          primary key (device_id, taken_at));
        create table measurement_value (device_id int not null, taken_at timestamp not null, channel int not null,
          value numeric, primary key (device_id, taken_at, channel));"""
    assert "measurement_value }o--o| measurement: [device_id, taken_at]" in links(sql)


def test_a_day_has_parts_of_its_own() -> None:
    sql = """create table store_day (store_id int not null, day date not null, visitors int,
          primary key (store_id, day));
        create table sale_line (store_id int not null, day date not null, line_no int not null, amount numeric(10,2),
          primary key (store_id, day, line_no));"""
    assert "sale_line }o--o| store_day: [store_id, day]" in links(sql)
