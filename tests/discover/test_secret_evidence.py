"""Secrets by rows: the same marks from PostgreSQL, from data files and from DuckDB, and no value in any of them."""

from __future__ import annotations

import csv
import random
import string
from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.pipelines import generation
from erd2dbt.run.connection import Connection, connect

SQL = """
create table devices (device_id int primary key, serial_text varchar(80), label varchar(200), note varchar(200),
  plan varchar(60), card bigint);
create table readings (reading_id int primary key, device_id int references devices, label varchar(200),
  read_at timestamp, amount numeric(8,2));
"""
BASE62 = string.ascii_letters + string.digits
MARKED = {"label": "40 of 40 values are hashes of passwords", "note": "40 values are random texts of 32 characters",
          "card": "40 of 40 values are numbers of payment cards"}  # fmt: skip


def _card(some: random.Random) -> str:
    start = "4" + "".join(some.choices(string.digits, k=14))
    total = sum(sum(divmod(2 * int(d), 10)) for d in start[::-2]) + sum(int(d) for d in start[-2::-2])
    return f"{start}{-total % 10}"


def _text(some: random.Random, size: int) -> str:
    return "".join(some.choices(BASE62, k=size))


def _rows() -> dict[str, list[list[object]]]:
    some = random.Random(3)
    devices = [
        [n, f"SN-2026-{n:014}", f"$2b$12${_text(some, 53)}", _text(some, 32), "basic", _card(some)]
        for n in range(1, 41)
    ]
    readings = [[n, 1 + n % 40, "warm", "2026-01-01 10:00:00", n / 4] for n in range(1, 81)]
    return {"devices": devices, "readings": readings}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("devices.sql").write_text(SQL, encoding="utf-8")
    return tmp_path


def imported(*words: str) -> str:
    done = CliRunner().invoke(main, ["import", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def check(text: str) -> None:
    lines = {line.split(":")[0].strip(): line for line in text.splitlines() if "secret: true" in line}
    assert set(lines) == set(MARKED)
    for column, why in MARKED.items():
        assert f"# inferred: secret: {why}" in lines[column]
    values = [str(value) for row in _rows()["devices"] for value in (row[2], row[3], row[5])]
    assert not any(value in text for value in values)
    spec = text[text.index("version: 1") :]
    star = generation.star(spec.encode(), "devices.yml")
    shown = {column.name for column in star.entities["devices"].entity.columns} & set(MARKED)
    assert shown == set(MARKED)
    dimension = next(model for model in star.specs if model.name == "dim_devices")
    kept = {word.text for word in (*dimension.grain, *(dimension.keep or ()))}
    assert kept | {column.name for column in dimension.columns} == {"device_id", "serial_text", "plan"}


def filled(connection: Connection) -> None:
    with connect(connection) as session, session.cursor() as cursor:
        cursor.execute(SQL)
        for table, rows in _rows().items():
            for row in rows:
                cursor.execute(f"insert into {table} values ({', '.join(['%s'] * len(row))})", row)
        session.commit()


def test_of_postgres(folder: Path, database: Connection) -> None:
    filled(database)
    check(imported("devices.sql", "--infer-keys", "--url", database.url))


def test_of_data_files(folder: Path) -> None:
    Path("data").mkdir()
    heads = {
        "devices": "device_id serial_text label note plan card",
        "readings": "reading_id device_id label read_at amount",
    }
    for table, rows in _rows().items():
        with Path(f"data/{table}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([heads[table].split(), *rows])
    check(imported("devices.sql", "--infer-keys", "--data", "data"))


def test_of_duckdb(folder: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("dbt.adapters.duckdb")
    with duckdb.connect("devices.duckdb") as session:
        session.execute(SQL)
        for table, rows in _rows().items():
            session.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
    Path("profiles.yml").write_text(
        "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: devices.duckdb, schema: main, threads: 1}\n"
    )
    check(imported("--profile", "shop", "--profiles-dir", ".", "--schema", "main", "--infer-keys"))


def test_what_the_spec_says_stays(folder: Path, database: Connection) -> None:
    filled(database)
    text = imported("devices.sql", "--infer-keys", "--url", database.url)
    Path("devices.yml").write_text(text[text.index("version: 1") :], encoding="utf-8")
    said = Path("devices.yml").read_text(encoding="utf-8").replace("secret: true", "secret: false")
    star = generation.star(said.encode(), "devices.yml")
    dimension = next(model for model in star.specs if model.name == "dim_devices")
    assert set(MARKED) <= {word.text for word in (*dimension.grain, *(dimension.keep or ()))} or dimension.keep is None
