"""Commands on SQL, DBML and live databases as they are typed, and what `convert` writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.run.connection import Connection, connect

if TYPE_CHECKING:
    from conftest import Shop

TYPES = """
    smallint; numeric; numeric(12,2); real; double precision; money; varchar(20); char(3); bytea; date; time;
    time with time zone; timestamp; timestamptz(3); interval; interval day to second; boolean; uuid; json; jsonb; xml;
    int4range; numrange; tstzrange; daterange; int4multirange; point; inet; macaddr; bit(3); varbit; tsvector; text[];
    integer[]; numeric(10,2)[]; timestamptz[]; jsonb[]; uuid[]; cidr[]; pg_lsn; tsquery; oid; bit varying(8)[]
""".replace("\n", " ").split(";")
LONG = "k" * 63
SQL = f"""
create schema "Odd Schema";
create type "Odd Schema"."My State" as enum ('open', 'it''s "odd"');
create domain "Odd Schema".email as varchar(320) check (value ~ '@');
create domain "Odd Schema".emails as "Odd Schema".email[];
create table all_types (id bigint generated always as identity primary key,
  {", ".join(f"c{number} {type_}" for number, type_ in enumerate(TYPES))});
create table "Odd Schema"."{"n" * 63}" (
  "{LONG}" integer primary key,
  "Some State" "Odd Schema"."My State" not null default 'open',
  states "Odd Schema"."My State"[],
  mail "Odd Schema".email, mails "Odd Schema".emails,
  "{"ü" * 31}" text,
  twice integer generated always as ("{LONG}" * 2) stored,
  type_id bigint references all_types
);
create type "Odd Schema"."Some Pair" as (a int, b text);
create table details (id integer primary key, type_id bigint not null references all_types, "order" timetz not null,
  paid money, took interval, mail "Odd Schema".email, pair "Odd Schema"."Some Pair", pairs "Odd Schema"."Some Pair"[]);
create table wide (id integer primary key, {", ".join(f'"column {number}" numeric(10,2)' for number in range(350))});
insert into all_types (c0, c18, c35) values (1, '{{"a": 1}}', '{{"2024-01-01 00:00+00"}}'), (2, null, null);
insert into details (id, type_id, "order", paid, took, mail, pair) values
  (1, 1, '10:00+02', '2.50', '1 day', 'a@b', '(1,x)'), (2, 1, '10:00+02', '3', '1 h', 'c@d', null);
insert into "Odd Schema"."{"n" * 63}" ("{LONG}", "Some State", states, mail, mails, type_id) values
  (1, 'it''s "odd"', '{{open}}', 'a@b', '{{a@b,c@d}}', 1), (2, 'open', null, null, null, null);
insert into wide (id, "column 349") values (1, 3.5), (2, null);
"""
MODELS = """
  per_type:
    grain: all_type_id
    rows: all_types
    columns:
      paid: sum(details.paid)
      took: sum(details.took)
      mails: array_agg(details.mail)
      first_pair: {first: details.pair, order: details.detail_id}
      latest: max(details."order")
  per_time: {grain: order, rows: details, columns: {paid: sum(details.paid), n: count(details.detail_id)}}
"""
DBML = """
Table users { id int [pk]
  name varchar(20) }
Table visits { id int [pk]
  user_id int [ref: > users.id, not null] }
"""


@pytest.fixture
def live(database: Connection) -> Connection:
    with connect(database) as session:
        session.cursor().execute(SQL)
        session.commit()
    return database


@pytest.mark.parametrize("command", [("check",), ("generate", "--no-compile"), ("plan",), ("claims",), ("lineage",)])
@pytest.mark.parametrize(("name", "text"), [
    ("schema of us.sql", "create table users (id int primary key);\ncreate table b (id int primary key);\n"),
    ("größen.dbml", DBML),
    ("er.mmd", "erDiagram\n  users {\n    int id PK\n  }\n  visits {\n    int id PK\n    int user_id FK\n  }\n"),
    ("schema.yml", "sources:\n- name: a\n  tables:\n  - name: b\n    columns: [{name: c, tests: [unique, not_null]}]"),
])  # fmt: skip
def test_commands_take_sources_directly(shop: Shop, command: tuple[str, ...], name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")
    done = shop.run(*command, name)
    assert (done.exit_code, done.stderr) == (0, "")


def test_what_is_open_is_told_at_its_place_in_the_draft(shop: Shop) -> None:
    Path("keyless.sql").write_text("create table a (x int);\ncreate table b (y int);\n", encoding="utf-8")
    done = shop.run("generate", "keyless.sql")
    assert done.exit_code == 0
    assert "2 warnings" in done.stdout
    done = shop.run("check", "keyless.sql")
    assert done.stderr.count("warning W407: ") == 2
    assert "key: TODO  # needs: the columns that identify one row" in done.stderr


def test_what_is_not_read_is_told_with_its_line_and_stops(shop: Shop) -> None:
    script = "create table a (id int primary key);\ncreate tabel b (id int);\n\nfrobnicate;\ncreate table c (id);\n"
    Path("typo.sql").write_text(script, encoding="utf-8")
    done = shop.run("build", "typo.sql")
    assert done.exit_code == 1
    assert [line.partition(",")[0] for line in done.stderr.splitlines()[:2]] == ["unread   line 2", "unread   line 4"]
    assert "`erd2dbt import --allow-unread` goes on without" in done.stderr


def test_a_live_database_is_built_with_every_type(
    shop: Shop, live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Imported by its address, generated, and built on the very database."""
    for name, value in live.environment().items():
        monkeypatch.setenv(name, value)
    done = shop.run("import", live.url, "-o", "live.yml")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("read     4 entities, 2 links, 0 models from test_")
    star = shop.run("suggest", "live.yml").stdout
    with Path("live.yml").open("a", encoding="utf-8") as spec:
        spec.write(star + MODELS)
    done = shop.run("generate", "live.yml", "-o", "out", "--no-compile")
    assert (done.exit_code, done.stderr) == (0, "")
    done = shop.run("build", "live.yml", "-o", "out", "--profiles-dir", "out")
    assert (done.exit_code, done.stderr) == (0, "")
    with connect(live) as session:
        cursor = session.cursor()
        cursor.execute("select relname from pg_class where relkind = 'v' and relname like 'stg%nnnnnn%'")
        ((name,),) = cursor.fetchall()
        cursor.execute(f'select some_state, mails from analytics."{name}" order by 1')
        assert cursor.fetchall() == [('it\'s "odd"', ["a@b", "c@d"]), ("open", None)]
        cursor.execute(
            "select paid::text, took::text, mails, first_pair::text from analytics.per_type order by all_type_id"
        )
        assert cursor.fetchall() == [
            ("$5.50", "1 day 01:00:00", ["a@b", "c@d"], "(1,x)"),
            ("$0.00", "00:00:00", None, None),
        ]
        cursor.execute("select paid::text, n from analytics.per_time")
        assert cursor.fetchall() == [("$5.50", 2)]
        cursor.execute("select column_349 from analytics.stg_public__wide order by wide_id")
        assert [str(value) for (value,) in cursor.fetchall()] == ["3.50", "None"]


def test_a_live_database_is_taken_directly_and_its_password_is_never_told(shop: Shop, live: Connection) -> None:
    told = shop.run("check", live.url).stdout.splitlines()
    assert told[0] == "read     4 entities, 2 links, 3 models; 7 grains proved"
    assert told[1].startswith("derived  1 fact, 2 dimensions; 1 entity without a model of its own: ")
    done = shop.run("import", live.url, "--schema", "public", "--schema", "Odd Schema", "-q")
    assert done.stdout.count("    source: ") == 4
    done = shop.run("check", "postgresql://me:secret@127.0.0.1:1/shop")
    assert done.exit_code == 2
    assert "error E704: cannot connect to postgresql://me:***@/shop" in done.stderr
    assert "secret" not in done.stderr
    assert not os.path.exists("postgresql:")


def test_convert(shop: Shop) -> None:
    Path("users.dbml").write_text(DBML, encoding="utf-8")
    done = shop.run("convert", "users.dbml", "--to", "ddl")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "create table public.users (\n    id integer not null,\n    name character varying(20),\n"
        "    primary key (id)\n);\n\n"
        "create table public.visits (\n    id integer not null,\n    user_id integer not null,\n"
        "    primary key (id)\n);\n\n"
        "alter table public.visits add foreign key (user_id) references public.users (id);\n"
    )
    assert shop.run("convert", "shop.yml", "--to", "mermaid", "-o", "er.mmd").exit_code == 0
    assert Path("er.mmd").read_text(encoding="utf-8").startswith("erDiagram\n")
    refused = shop.run("convert", "users.dbml", "--to", "spec", "-o", "er.mmd")
    assert (refused.exit_code, "already exists" in refused.stderr) == (1, True)
