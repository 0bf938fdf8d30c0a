"""Tables as real databases have them: views, partitions, refused and empty tables, hostile values, lost connections."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines import generation
from erd2dbt.run.connection import Connection, connect
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verdict import Report, State
from erd2dbt.verify.verification import verify

if TYPE_CHECKING:
    from erd2dbt.pipelines.generation import Generated

WIDE = 350
SPEC = f"""
version: 1
project: hostile
sources: {{raw: {{schema: "my raw"}}}}
entities:
  empty: {{key: id, columns: {{id: int, note: {{type: text, values: [a, b]}}}}}}
  seen: {{key: id, columns: {{id: int, note: text}}}}
  parts: {{key: [id, day], columns: {{id: int, day: date, v: numeric}}}}
  secret: {{key: id, columns: {{id: int}}}}
  weird:
    table: "weird % ta'ble"
    key: "the id"
    columns: {{"the id": int, "per%cent": text, n: numeric, f: double precision, d: date, big: text, j: json}}
  wide: {{key: c0, columns: {{{", ".join(f"c{n}: int" for n in range(WIDE))}}}}}
links:
  parts }}o--|| seen: id
  secret }}o--|| seen: id
models: {{}}
"""
MADE = f"""
create schema "my raw"; set search_path = "my raw";
create table empty (id int, note text);
create view seen as select 1 as id, e'\\x1b[31mred\\u202e<script>' as note union all select 2, 'plain';
create table parts (id int, day date, v numeric) partition by range (day);
create table parts_2024 partition of parts for values from ('2024-01-01') to ('2025-01-01');
insert into parts values (1, '2024-02-01', 1), (2, '2024-02-01', 'NaN'), (3, '2024-02-02', 2);
create table secret (id int);
create table "weird % ta'ble" ("the id" int, "per%cent" text, n numeric, f float8, d date, big text, j json);
insert into "weird % ta'ble" values (1, '50%s', 'NaN', 'Infinity', 'infinity', repeat('x', 100000), '{{}}'),
(2, '%(x)s', 'Infinity', 'NaN', '4713-01-01 BC', null, '[]'), (3, null, 1e305, -1e308, '-infinity', '', null);
create table wide ({", ".join(f"c{n} int" for n in range(WIDE))});
insert into wide select {", ".join("n" for _ in range(WIDE))} from generate_series(1, 60) n;
create role POOR login;
grant usage on schema "my raw" to POOR; grant select on all tables in schema "my raw" to POOR;
revoke select on secret from POOR;
"""


@pytest.fixture
def poor(database: Connection) -> Connection:
    """A user who must not read everything."""
    role = f"poor_of_{database.dbname}"  # roles are the whole server's
    execute(database, MADE.replace("POOR", role))
    return replace(database, user=role, password="")


@pytest.fixture(scope="module")
def made() -> Generated:
    return generation.generate(SPEC.encode(), "hostile.yml")


def execute(connection: Connection, sql: str) -> None:
    with connect(connection) as session, session.cursor() as cursor:
        cursor.execute(sql)
        session.commit()


def asked(made: Generated, connection: Connection, terms: Terms | None = None) -> Report:
    return verify(made, connection, {"raw": "my raw"}, terms or Terms(), lambda _: None)


def test_each_table_for_itself(made: Generated, poor: Connection) -> None:
    """A refused table leaves its own claims untested and spoils no other; a partition is no unknown table."""
    report = asked(made, poor)
    assert [(v.text, v.found, v.worst) for v in report.broken] == [
        ("parts: every id exists in seen (id)", 1, (("3", 1),))
    ]
    untested = {v.entity: v.why for v in report.verdicts if v.state is State.UNTESTED}
    assert untested == {"secret": "permission denied for table secret"}
    assert not [note for note in report.notes if "parts_2024" in note]
    figures = {f.entity: f for f in report.tables}
    assert {name: f.rows for name, f in figures.items()} == {"empty": 0, "seen": 2, "parts": 3, "weird": 3, "wide": 60}
    assert [column.distinct for column in figures["seen"].columns] == [2, 2]
    weird = {column.name: column for column in figures["weird"].columns}
    assert (weird["big"].longest, len(weird["big"].high or "")) == (100000, 80)
    assert (weird["d"].low, weird["d"].high) == ("-infinity", "infinity")
    assert (weird["n"].low, weird["n"].high, weird["f"].high) == (f"1{'0' * 79}", "NaN", "NaN")
    assert sum(figures["wide"].columns[-1].bins) == 60


def test_values_cannot_steer_the_terminal(made: Generated, poor: Connection) -> None:
    (top, _) = next(f for f in asked(made, poor).tables if f.entity == "seen").columns[1].top
    assert top[0] == "plain"
    assert "\x1b" not in str(asked(made, poor).tables)
    assert "\u202e" not in str(asked(made, poor).tables)


def test_preview_shows_what_python_has_no_value_for(poor: Connection, tmp_path: Path) -> None:
    """Cut where it is long, a line for each value where there are many columns; no value is no empty text."""
    spec = tmp_path / "hostile.yml"
    spec.write_text(SPEC, encoding="utf-8")

    def shown(entity: str) -> str:
        done = CliRunner().invoke(main, ["preview", str(spec), entity, "--url", poor.url], catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout

    assert [line.split() for line in shown("weird").splitlines()[3:]] == [
        ["1", "50%s", "NaN", "Infinity", "infinity", "x" * 39 + "…", "{}"],
        ["2", "%(x)s", "Infinity", "NaN", "4713-01-01", "BC", "[]"],
        ["3", "1" + "0" * 38 + "…", "-1e+308", "-infinity", "''"],
    ]
    assert "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}<script>" in shown("seen")
    assert "-- row 2\nc0    2\nc1    2\n" in shown("wide")


def test_a_connection_that_is_lost_is_told(made: Generated, poor: Connection, database: Connection) -> None:
    """As a fault, or as claims that could not be tested; never as a traceback."""
    lost = f"select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = '{poor.user}'"
    killed: list[str] = []

    def kill(line: str) -> None:
        if not killed:
            killed.append(line)
            execute(database, lost)

    try:
        report = verify(made, poor, {"raw": "my raw"}, Terms(jobs=1), kill)
        said = {str(v.state) for v in report.verdicts}
    except ErdError as error:
        said = {d.code for d in error.diagnostics}
    assert killed
    assert said & {"E704", "untested"}


def test_text_in_no_known_encoding(postgres_server: Connection) -> None:
    name = "erd2dbt_bytes"
    spec = "version: 1\nproject: b\nsources: {raw: {}}\nentities:\n"
    spec += "  bad: {key: id, columns: {id: int, t: text}}\n  good: {key: id, columns: {id: int}}\nmodels: {}\n"
    with connect(postgres_server) as session:
        session.autocommit = True
        cursor = session.cursor()
        words = "encoding 'SQL_ASCII' template template0 locale_provider libc locale 'C'"
        cursor.execute(f"create database {name} {words}")
        try:
            other = replace(postgres_server, dbname=name)
            execute(other, "create schema raw; create table raw.bad (id int, t text); create table raw.good (id int)")
            execute(other, "set client_encoding to sql_ascii; insert into raw.bad values (1, e'\\xff')")
            report = verify(generation.generate(spec.encode(), "b"), other, {"raw": "raw"}, Terms(), lambda _: None)
        finally:
            cursor.execute(f"drop database {name} with (force)")
    states = {v.text: (v.state, v.why) for v in report.verdicts if v.kind == "key"}
    assert states["good: id is the primary key"] == (State.HOLDS, "")
    assert states["bad: id is the primary key"] == (State.UNTESTED, 'invalid byte sequence for encoding "UTF8": 0xff')
