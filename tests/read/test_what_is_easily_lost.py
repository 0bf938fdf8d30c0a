"""Small diagrams of which a part is easily lost, or taken for what it is not: the whole is in the draft, or told."""

from __future__ import annotations

from textwrap import dedent

import pytest

from erd2dbt.diagram.drawing import Key
from erd2dbt.faults.diagnostics import ErdError, Span
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.boxes.grid import read_grid
from erd2dbt.read.boxes.rows import parse

CASES = {
    "a setting behind a name in quotes, as drawDB writes it": (
        "shop.dbml",
        """
        Table stalls {
          code int [pk]
          row_no int [note: 'from the gate' not null]
          indexes { (code, row_no) [name: 'stalls_code_row' unique] }
        }
        """,
        ("unique: [[code, row_no]]", "row_no: {type: integer, not_null: true, description: from the gate}"),
        ("unread",),
    ),
    "a name in code points": (
        "shop.sql",
        """
        create table U&"st\\00e4nde" (U&"co\\0064e" int primary key);
        create table rents (code int references U&"st\\00e4nde" (code));
        """,
        ("stände:", "key: code", "rents }o--o| stände: code"),
        ("unread",),
    ),
    "keys beside a table that is copied": (
        "shop.sql",
        """
        create table audited (changed_by text, unique (changed_by));
        create table invoices (number int primary key, code text unique, like audited including indexes);
        """,
        ("key: number", "code: {type: text, unique: true}", "changed_by: {type: text, unique: true}"),
        (),
    ),
    "a table that moves into another schema": (
        "shop.sql",
        """
        CREATE TABLE [dbo].[stalls] ([code] int PRIMARY KEY);
        GO
        ALTER SCHEMA market TRANSFER dbo.stalls;
        GO
        """,
        ("market: {schema: market}",),
        ("dbo",),
    ),
    "a key that MySQL writes in one word": (
        "shop.sql",
        "CREATE TABLE stalls (code int KEY, row_no int(3) NOT NULL UNIQUE KEY) ENGINE=InnoDB;",
        ("key: code", "code: integer", "row_no: {type: integer, not_null: true, unique: true"),
        ("inferred: by its name",),
    ),
    "what a mark in brackets leads to": (
        "shop.puml",
        """
        @startuml
        entity Stall {
          * code : int <<PK>>
        }
        entity Rent {
          * id : int [PK]
          stall_no : int [FK -> Stall.code]
        }
        @enduml
        """,
        ("stall_no: int", "stall_no = code"),
        ("raw_type",),
    ),
    "an index's name within a foreign key that has its own": (
        "shop.sql",
        """
        CREATE TABLE stalls (code int PRIMARY KEY) ENGINE=InnoDB;
        CREATE TABLE rents (id int KEY, stall int, CONSTRAINT fk FOREIGN KEY ix (stall) REFERENCES stalls (code));
        """,
        ("rents }o--o| stalls: stall = code",),
        (),
    ),
    "indexes and families in CockroachDB's list of a table": (
        "shop.sql",
        """
        create table stalls (code int, label text, row_no int, primary key (code asc),
          unique index stalls_label (label asc) storing (row_no), unique index (row_no) where row_no > 3,
          index (row_no desc), inverted index words (label), family first (code, label), family (row_no));
        create table rents (code int primary key, family varchar(20), index numeric(10,2));
        """,
        (
            "label: {type: text, unique: true}",
            "row_no: integer",
            "family: character varying(20)",
            "index: numeric(10,2)",
        ),
        ("family: first",),
    ),
    "names that SQLite takes in single quotes": (
        "shop.sql",
        """
        PRAGMA foreign_keys = ON;
        CREATE TABLE 'stalls'('code' INTEGER PRIMARY KEY AUTOINCREMENT, 'row no' TEXT UNIQUE);
        CREATE TABLE rents(code INTEGER PRIMARY KEY AUTOINCREMENT, stall INT REFERENCES 'stalls'('code'));
        """,
        ("row_no: {type: text, from: row no, unique: true}", "rents }o--o| stalls: stall = code"),
        (),
    ),
    "tables of Oracle with their schema and without": (
        "shop.sql",
        """
        CREATE TABLE "MARKET"."STALLS" ("CODE" NUMBER(4,0) PRIMARY KEY, LABEL VARCHAR2(9 BYTE));
        CREATE TABLE "MARKET"."RENTS" (CODE NUMBER PRIMARY KEY, STALL NUMBER(4,0) REFERENCES owners, LINE NUMBER);
        CREATE TABLE "MARKET"."OWNERS" (CODE NUMBER(4,0) PRIMARY KEY);
        ALTER TABLE rents ADD CONSTRAINT line_fk FOREIGN KEY (line) REFERENCES stalls (code);
        """,
        ("rents }o--o| owners: stall = code", "rents }o--o| stalls: line = code"),
        ("no such table",),
    ),
    "a foreign key of SQL Server right behind a type or a default": (
        "shop.sql",
        """
        CREATE TABLE [dbo].[stalls] (code int PRIMARY KEY)
        GO
        CREATE TABLE [dbo].[rents] (rent_no int PRIMARY KEY, a int FOREIGN KEY REFERENCES stalls,
            b int DEFAULT 1 FOREIGN KEY REFERENCES stalls(code))
        GO
        """,
        ("a: a = code", "b: b = code", "a: integer", "b: integer"),
        ("unread",),
    ),
    "Oracle's columns without a type": (
        "shop.sql",
        """
        CREATE TABLE stalls (code NUMBER(4,0) PRIMARY KEY, label VARCHAR2(9 CHAR),
            upper_label GENERATED ALWAYS AS (UPPER(label)) VIRTUAL);
        CREATE TABLE rents (stall REFERENCES stalls, day DATE, PRIMARY KEY (stall));
        """,
        ("stall: numeric(4,0)", "stalls: stall = code", "key: stall"),
        ("unread",),
    ),
    "macros of PlantUML with parentheses in their text": (
        "shop.puml",
        r"""
        @startuml
        !define Table(name,desc) class name as "desc" << (T,#FFAAAA) >>
        !define primary_key(x) <b>x</b>
        Table(stall, "stall\n(a place of the market)") {
        primary_key(code) INTEGER
        label VARCHAR[32]
        }
        Table(rent, "rent\n(of a stall)") {
        primary_key(rent_no) INTEGER
        stall_code INTEGER
        }
        rent --> stall : "stall_code"
        @enduml
        """,
        ("key: code", "key: rent_no"),
        (),
    ),
    "a foreign key that is called after the table, whose alias is shown": (
        "shop.mmd",
        """
        erDiagram
          c["Customer"] {
            int id PK
          }
          o["Order"] {
            int order_no PK
            int c_id FK
          }
          c ||--o{ o : places
        """,
        ("customer ||--o{ order: customer_id = c_id",),
        (),
    ),
    "metadata and a partial that nothing includes": (
        "shop.dbml",
        """
        TablePartial idle [note: 'never'] {
          x int [not null]
        }
        TablePartial keyed {
          code int [pk]
        }
        Table stalls {
          ~keyed
          label text
        }
        Metadata stalls {
          owner: 'me'
        }
        """,
        ("key: code", "TablePartial idle”: no table includes this partial", "metadata of one's own"),
        ("unread",),
    ),
    "words on a line whose columns are open": (
        "shop.mmd",
        """
        erDiagram
          STALL ||--o{ RENT : "pays for (week, fee)"
        """,
        ("the line says “pays for (week, fee)”",),
        (),
    ),
    "a type that no column has": (
        "shop.sql",
        """
        create type size as enum ('s', 'm');
        create type colour as enum ('red');
        create domain shade as colour;
        create table shirts (id int primary key, shade shade);
        """,
        ("“size”: no column is of such a type",),
        ("colour",),
    ),
    "an enumeration that no attribute has": (
        "shop.puml",
        """
        @startuml
        enum Size {
          S
        }
        entity Shirt {
          id : int <<PK>>
        }
        @enduml
        """,
        ("“Size”: no attribute is of this enumeration",),
        (),
    ),
    "bold words below a key that is marked": (
        "shop.puml",
        """
        @startuml
        entity Shirt {
          id : int <<PK>>
          --
          **colour** : text
        }
        @enduml
        """,
        ("key: shirt_id", "colour: text"),
        (),
    ),
    "a note that is tied to an entity": (
        "shop.puml",
        """
        @startuml
        entity Shirt {
          id : int <<PK>>
        }
        note "sold in packs" as N1
        N1 .. Shirt
        @enduml
        """,
        ("sold in packs",),
        ("n1:", "links:"),
    ),
    "a test that is switched off": (
        "shop.yml",
        """
        version: 2
        models:
          - name: shirts
            columns:
              - {name: sku, data_tests: [unique, not_null]}
              - {name: bar_code, data_tests: [{unique: {config: {enabled: false}}}]}
        """,
        ("key: sku", "bar_code: text", "`unique`: a test that is switched off"),
        ("unique: true",),
    ),
    "the versions of a model beside its latest": (
        "shop.yml",
        """
        version: 2
        models:
          - name: shirts
            latest_version: 1
            versions: [{v: 1}, {v: 2}]
            columns:
              - {name: sku, data_tests: [unique, not_null]}
        """,
        ("table: shirts_v1", "“v: 2”: another version of a model, of which the latest is read"),
        (),
    ),
    "what dbt switches off": (
        "shop.yml",
        """
        version: 2
        models:
          - {name: hats, config: {enabled: false}, columns: [{name: sku, data_tests: [unique, not_null]}]}
          - {name: caps, columns: [{name: sku, data_tests: [unique, not_null]}]}
          - {name: gloves, enabled: false}
        """,
        ("caps:", "switched off by `enabled: false`"),
        ("\n  hats:", "\n  gloves:"),
    ),
    "a snapshot has a row for each version": (
        "shop.yml",
        """
        version: 2
        snapshots:
          - name: old_shirts
            relation: source('shop', 'shirts')
            config: {unique_key: [sku, size], strategy: timestamp, updated_at: changed}
            columns: [{name: sku}]
          - name: old_caps
            relation: ref('caps')
            config: {unique_key: id, strategy: check, check_cols: all}
        """,
        ("key: [sku, size, dbt_valid_from]", "key: [id, dbt_valid_from]"),
        (),
    ),
    "values and inheritance of a class": (
        "shop.puml",
        """
        @startuml
        class Shirt {
          sku : int {id}
          size : {S|M|L}
        }
        class Polo extends Shirt {
          collar : int
        }
        class Shop {
          no : int {id}
        }
        class Stock {
          pieces : int
        }
        (Shirt, Shop) .. Stock
        @enduml
        """,
        ("key: sku", "values: [S, M, L]", "“extends Shirt”: inheritance", "stock }o--|| shirt", "stock }o--|| shop"),
        (),
    ),
    "tables of a graph": (
        "shop.sql",
        """
        CREATE TABLE dbo.Shirt (Sku INT PRIMARY KEY, Colour NVARCHAR(20)) AS NODE;
        GO
        CREATE TABLE dbo.Goes (Since DATE) AS EDGE;
        GO
        """,
        ("shirt:", "goes:", "“AS NODE”"),
        (),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_whole_is_drafted_or_told(case: str) -> None:
    name, text, said, not_said = CASES[case]
    _, draft = drafted(dedent(text).encode(), name)
    assert [words for words in said if words not in draft] == []
    assert [words for words in not_said if words in draft] == []


def test_a_cell_of_marks_may_say_what_a_key_leads_to() -> None:
    cells = [["Column", "Type", "Key"], ["code", "int", "PK"], ["stall", "int", "FK → stalls"], ["pier", "int", ""]]
    grid = read_grid(cells, Span("board.json", 1, 1))
    assert grid is not None
    rows = [one.read.row for one in grid.sections[0].rows if one.read]
    assert [(row.keys, row.references, row.description) for row in rows] == [
        ((Key.PK,), None, None),
        ((Key.FK,), "stalls", None),
        ((), None, None),
    ]


@pytest.mark.parametrize(
    ("line", "keys", "not_null"),
    [
        ("lamp_id int [x] PK [ ] null", (Key.PK,), None),
        ("watts int [ ] PK [x] null", (), False),
        ("room int ☐ PK ☑ FK ☑ not null", (Key.FK,), True),
        ("tags text[] not null", (), True),
    ],
)
def test_a_mark_beside_an_empty_box_is_none(line: str, keys: tuple[Key, ...], not_null: bool | None) -> None:
    read = parse(line, Span("board.json", 1, 1))
    assert read is not None
    assert (read.row.keys, read.row.not_null, read.row.description) == (keys, not_null, None)


OTHERS = {
    "drawDB": '{"tables": [{"id": 0, "name": "a", "fields": []}], "relationships": [], "notes": []}',
    "ChartDB": '{"databaseType": "postgresql", "tables": [{"name": "a"}], "relationships": []}',
    "Liam": '{"tables": {"users": {"name": "users", "columns": {}}}}',
    "Azimutt": '{"entities": [{"name": "users", "attrs": []}], "relations": []}',
    "AML": "users\n  id uuid pk\n  name varchar\n\nposts\n  author uuid -> users(id)\n",
    "draw.io": '<mxfile host="x"><diagram>a</diagram></mxfile>',
    "pgModeler": '<?xml version="1.0"?>\n<dbmodel pgmodeler-ver="1.0"></dbmodel>',
}


@pytest.mark.parametrize("tool", OTHERS)
def test_files_of_other_tools_are_named_with_what_to_export(tool: str) -> None:
    with pytest.raises(ErdError) as raised:
        drafted(OTHERS[tool].encode(), "schema")
    (fault,) = raised.value.diagnostics
    assert (fault.code, tool in fault.message, "SQL" in fault.fixes[0]) == ("E050", True, True)


@pytest.mark.parametrize("line", [": {open, paid}", "\t{open, paid}", "{open, paid}"])
def test_values_without_a_name_are_no_column(line: str) -> None:
    assert parse(line, Span("board.json", 1, 1, 1)) is None
