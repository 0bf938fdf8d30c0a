"""A live database read by its catalog says what the script says that made it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpus import schemas as corpus
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.read.ddl.reader import read_ddl
from erd2dbt.run.catalog import read_catalog
from erd2dbt.run.connection import Connection, connect, from_address
from read.meaning import differences, erd_of, meaning, raw_meaning

CASES = Path(__file__).parents[1] / "draft" / "cases"
SCRIPT = CASES / "sql_script" / "input.sql"

# schema: (tables, columns, tables with a key, foreign keys that lead somewhere)
COUNTS = {
    "adventureworks": (68, 456, 68, 90),
    "atcoder_novisteps": (16, 104, 16, 16),
    "chinook": (11, 64, 11, 11),
    "dariah_unr": (34, 238, 33, 39),
    "jaffle_shop": (3, 11, 0, 0),
    "jaffle_shop_large": (7, 30, 0, 0),
    "mimic_iv": (31, 342, 24, 51),
    "northwind": (14, 92, 14, 13),
    "omop": (39, 432, 28, 176),
    "openflights": (5, 37, 0, 0),
    "oscar": (93, 630, 93, 133),
    "pagila": (15, 87, 15, 21),
    "pagila_next": (16, 94, 16, 19),
    "simplebank": (6, 37, 6, 6),
    "stackexchange": (8, 75, 8, 12),
    "world": (3, 24, 3, 2),
}


@pytest.mark.parametrize(("case", "only_live", "only_read", "counted"), [
    ("sql_script", ("regions_copy",), ("lost",), (5, 3)),
    ("sql_whole_language", ("ctas", "into_t"), (), (19, 4)),
])  # fmt: skip
def test_a_script_and_the_database_that_it_makes_are_one(
    case: str, only_live: tuple[str, ...], only_read: tuple[str, ...], counted: tuple[int, int], database: Connection
) -> None:
    """All but the tables of queries, which only the database knows, what PostgreSQL refuses, and the project's name."""
    script = (CASES / case / "input.sql").read_text(encoding="utf-8")
    corpus.run(database, script, CASES)
    live, read = meaning(erd_of(read_catalog(database))), meaning(erd_of(script))
    assert all(live["entities"].pop(name)["columns"] for name in only_live)
    assert all(read["entities"].pop(name)["columns"] for name in only_read)
    assert differences(live, read) == []
    assert (len(live["entities"]), len(live["links"])) == counted


@corpus.needed
@pytest.mark.parametrize("name", COUNTS)
def test_a_known_schema_is_the_same_from_its_script_and_from_the_database(
    name: str, database: Connection, tmp_path: Path
) -> None:
    prelude = corpus.text("prelude_uuid.sql") if name == "adventureworks" else ""
    script = corpus.script(name)
    corpus.run(database, prelude + script, tmp_path)
    diagram = read_ddl(script, name)
    boxes = diagram.boxes
    counted = (len(boxes), sum(len(box.rows) for box in boxes), sum(bool(box.key) for box in boxes), len(diagram.lines))
    assert (counted, diagram.unread) == (COUNTS[name], ())
    live = read_catalog(database)
    assert differences(raw_meaning(erd_of(live)), raw_meaning(erd_of(diagram))) == []


def test_only_the_schemas_that_are_named(database: Connection, tmp_path: Path) -> None:
    corpus.run(database, SCRIPT.read_text(encoding="utf-8"), tmp_path)
    assert {box.schema for box in read_catalog(database, ["sales"]).boxes} == {"sales"}
    assert {box.schema for box in read_catalog(database).boxes} == {"sales", "public"}


def test_estimates_of_rows_are_told(database: Connection, tmp_path: Path) -> None:
    sql = "create table a (id int primary key); insert into a select generate_series(1, 1234); analyze a;"
    sql += "create table b (id int);"
    corpus.run(database, sql, tmp_path)
    assert [(box.name, box.estimate) for box in read_catalog(database).boxes] == [("a", 1234), ("b", None)]


def test_views_and_what_may_not_be_read_are_told(database: Connection, tmp_path: Path) -> None:
    """Tables are drawn whether their rows may be read or not: the catalog is open to all."""
    sql = "create table a (id int primary key); create table b (id int primary key); create view v as select 1 as one;"
    sql += "create materialized view w as select 2 as two; create role reader_of_a login;"
    sql += "grant select on a to reader_of_a;"
    corpus.run(database, sql, tmp_path)
    try:
        read = read_catalog(replace(database, user="reader_of_a"))
    finally:
        corpus.run(database, "drop owned by reader_of_a; drop role reader_of_a;", tmp_path)
    assert [box.name for box in read.boxes] == ["a", "b"]
    assert [one.sentence for one in read.seen] == [
        "the catalog, “v, w”: views; their queries are not part of the diagram",
        "the catalog, “b”: tables whose rows this user may not read",
    ]
    assert read.unread == ()


WAREHOUSE = """
create schema raw; create schema analytics; create schema dbt_ana;
create table raw.orders (id int primary key); create table raw.lines (id int primary key, order_id int);
create table raw.dim_hall (id int primary key); create table raw.visits (id int, hall int references raw.dim_hall);
create table analytics.fct_orders (order_id int primary key); create table analytics.dim_dates (date_day date);
create view analytics.stg_orders as select * from raw.orders; create table dbt_ana.customers_clean (id int);
"""


def test_models_that_dbt_built_are_no_sources(database: Connection, tmp_path: Path) -> None:
    """A table that foreign keys tie to sources is one, whatever its name; a schema that is named is read whole."""
    corpus.run(database, WAREHOUSE, tmp_path)
    read = read_catalog(database)
    assert {box.name for box in read.boxes} == {"orders", "lines", "dim_hall", "visits"}
    (told,) = [one for one in read.seen if "dbt seems to have built" in one.why]
    assert sorted(told.text.split(", ")) == ["analytics.dim_dates", "analytics.fct_orders", "dbt_ana.customers_clean"]
    assert {box.name for box in read_catalog(database, ["analytics"]).boxes} == {"fct_orders", "dim_dates"}
    assert len(read_catalog(database, ["raw", "dbt_ana"]).boxes) == 5


REAL = """
create table customers (id int primary key, city text);
create table int_rate (id int, rate numeric); create table fact_check (claim text, verdict text);
create table dim_light (lamp int primary key, lumen int);
"""
STAGED = """
create view stg_customers as select * from customers;
create table dim_customers (id int, city text); create table int_city (city text, id int, size bigint);
"""


def test_a_name_makes_no_model(database: Connection, tmp_path: Path) -> None:
    """Where nothing else shows that dbt built tables, each is one of the source; and what it built is found by more."""
    corpus.run(database, REAL, tmp_path)
    tables = {"customers", "int_rate", "fact_check", "dim_light"}
    assert {box.name for box in read_catalog(database).boxes} == tables
    corpus.run(database, STAGED, tmp_path)
    assert {box.name for box in read_catalog(database).boxes} == tables


def test_what_is_not_there_is_told(database: Connection) -> None:
    with connect(database) as session:
        session.cursor().execute("create schema sales")
        session.commit()
    for schemas, message in ((("slaes",), "no schema `slaes`"), ((), "no tables"), (("sales",), "no tables in sales")):
        with pytest.raises(ErdError) as caught:
            read_catalog(database, schemas)
        (fault,) = caught.value.diagnostics
        assert fault.code == "E059"
        assert message in fault.message
    with pytest.raises(ErdError) as caught:
        read_catalog(replace(database, dbname="nowhere"))
    assert caught.value.diagnostics[0].code == "E704"


def test_addresses() -> None:
    found = from_address("postgresql://an%20na:se%40cret@db.example:6543/sh%C3%B6p?sslmode=require")
    assert (found.host, found.port, found.user, found.password, found.dbname) == (
        "db.example", 6543, "an na", "se@cret", "shöp")  # fmt: skip
    assert dict(found.options) == {"sslmode": "require"}
    assert "se" not in found.masked_url.partition("@")[0].partition("//")[2].partition(":")[2]
    with pytest.raises(ErdError) as caught:
        from_address("postgresql://user@host:port:5/db")
    assert caught.value.diagnostics[0].code == "E704"


CLAIMS = """
create domain colour as text not null check (value in ('red', 'blue'));
create table stores (
  store_id int primary key, kind text check (kind in ('corner', 'market')), size int check (size > 0));
create table shelves (shelf_id int primary key, paint colour, store_id int);
alter table shelves add constraint shelf_store foreign key (store_id) references stores match full not valid;
create table cooled (degrees int) inherits (shelves);
create unique index on stores (kind) where size > 3;
comment on table stores is E'first\\r\\nsecond\\x07';
"""


def test_claims_beyond_keys_are_those_of_the_script(database: Connection) -> None:
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(CLAIMS)
        session.commit()
    live, written = read_catalog(database), read_ddl(CLAIMS, "script.sql")
    values = {(box.name, row.name): row.values for box in live.boxes for row in box.rows if row.values}
    assert values == {("stores", "kind"): ("corner", "market"), **dict.fromkeys(
        (("shelves", "paint"), ("cooled", "paint")), ("red", "blue"))}  # fmt: skip
    assert differences(raw_meaning(erd_of(live)), raw_meaning(erd_of(written))) == []
    told = "\n".join(one.sentence for one in live.seen)
    for words in ("check ((size > 0))", "NOT VALID", "MATCH FULL", "cooled inherits shelves", "in some rows only"):
        assert words in told
    assert not live.unread
