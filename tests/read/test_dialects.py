"""SQL of other systems: a schema is one `Erd` in whatever system's SQL it is written."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml

from corpus import schemas as corpus
from erd2dbt.cli.sources import DIALECTS as OFFERED
from erd2dbt.pipelines.drafting import draft_text
from erd2dbt.read.ddl.statements import statements
from erd2dbt.read.dialects.recognising import recognised_system
from erd2dbt.read.dialects.systems import DIALECTS, read_sql
from erd2dbt.read.recognising import is_diagram
from erd2dbt.read.spec.reader import read_spec
from read.meaning import differences, meaning

LISTED = Path(__file__).with_name("dialect_differences.yml")
CASES = sorted((Path(__file__).parents[1] / "draft" / "cases").glob("sql_of_*/input.sql"))


def said(text: str, dialect: str | None = None) -> dict[str, Any]:
    """What a script means, without the names that its system gives to schemas and to what is not spelled in one way."""
    found = meaning(read_spec(draft_text(read_sql(text, "schema.sql", dialect)).encode(), "spec.yml"))
    entities = {
        name: {
            **one,
            "table": None,
            "columns": {c: (type_, None, *rest) for c, (type_, _, *rest) in one["columns"].items()},
        }
        for name, one in found["entities"].items()
    }
    return {"entities": entities, "links": found["links"]}


def test_the_command_offers_what_is_read() -> None:
    assert set(OFFERED) == set(DIALECTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_the_system_is_told_from_the_text(case: Path) -> None:
    text = case.read_text(encoding="utf-8")
    told = recognised_system(text)
    assert told is not None
    assert f"sql_of_{told.system}" == case.parent.name
    assert is_diagram(text.encode())


FORMS = {  # of the schema in PostgreSQL's SQL, in the order of `counts`
    "chinook": ("chinook.mysql", "chinook.oracle", "chinook.tsql", "chinook.sqlite"),
    "pagila": ("sakila.mysql", "sakila.oracle", "sakila.sql-server", "sakila.sqlite"),
}


def unexplained(found: list[str], listed: list[dict[str, Any]]) -> tuple[list[str], Counter[str]]:
    """Those that no line of the list explains, and how many each line does."""
    counted: Counter[str] = Counter()
    rest = []
    for one in found:
        match = next((line["match"] for line in listed if re.search(line["match"], one)), None)
        counted[match or ""] += match is not None
        rest += [] if match else [one]
    return rest, +counted


@corpus.needed
@pytest.mark.parametrize("name", FORMS)
def test_known_schemas_in_several_systems(name: str) -> None:
    """The forms of MySQL, Oracle, SQL Server and SQLite are that of PostgreSQL, but for what the list explains."""
    one = said(corpus.text(f"{name}/schema_and_data.sql"))
    listed = yaml.safe_load(LISTED.read_text(encoding="utf-8"))[name]
    for place, form in enumerate(FORMS[name]):
        rest, counted = unexplained(differences(one, said(corpus.text(f"dialects/{form}.sql"))), listed)
        assert (form, rest) == (form, [])
        assert counted == +Counter({line["match"]: line["counts"][place] for line in listed}), form


DEFINES = ("create table", "alter table", "comment on")


def transpiled(name: str, system: str) -> str:
    """The definitions of a script of PostgreSQL as sqlglot writes them for another system."""
    found = (one.text for one in statements(corpus.text(f"{name}/schema_and_data.sql")))
    definitions = (text for text in found if text.lower().startswith(DEFINES))
    return "".join(
        f"{sqlglot.transpile(text, read='postgres', write=system, comments=False)[0]};\n" for text in definitions
    )


@corpus.needed
@pytest.mark.parametrize("system", ["snowflake", "bigquery", "redshift", "databricks", "duckdb"])
@pytest.mark.parametrize("name", ["chinook", "northwind"])
def test_schemas_that_are_transpiled(name: str, system: str) -> None:
    one, other = said(corpus.text(f"{name}/schema_and_data.sql")), said(transpiled(name, system), system)
    listed = yaml.safe_load(LISTED.read_text(encoding="utf-8"))[system]
    assert unexplained(differences(one, other), listed)[0] == []


def test_built_in_types_of_sql_server_in_brackets() -> None:
    """Types as Management Studio scripts them: in brackets, with a length behind, and perhaps with their schema."""
    bracketed = (
        "CREATE TYPE [dbo].[Code] FROM [char](6) NULL\nGO\n"
        "CREATE TABLE [dbo].[Parts]([PartID] [int] NOT NULL, [A] [char](6) NULL,"
        " [B] [decimal](18, 2) NULL,"
        " [C] [char] NULL, [D] [dbo].[Code] NULL, [E] [sys].[int] NULL, [F] [sys].[nvarchar](20) NULL,"
        " [G] [nchar](3) NULL,"
        " CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([PartID] ASC))\nGO\n"
    )
    plain = (
        "CREATE TABLE dbo.Parts (PartID int NOT NULL, A char(6) NULL, B decimal(18, 2) NULL, C char NULL,"
        " D char(6) NULL, E int NULL, F nvarchar(20) NULL, G nchar(3) NULL, PRIMARY KEY (PartID))\nGO\n"
    )
    assert said(bracketed, "tsql") == said(plain, "tsql")
    assert "open:" not in draft_text(read_sql(bracketed, "schema.sql", "tsql"))


HSQLDB = (
    "CREATE TABLE shelves (id INTEGER IDENTITY, name LONGVARCHAR);"
    "CREATE TABLE books (id IDENTITY, shelf_id INTEGER NOT NULL, isbn VARCHAR_IGNORECASE(20));"
    "CREATE TABLE loans (id INT AUTO_INCREMENT, book_id BIGINT NOT NULL, no INT PRIMARY KEY);"
    "ALTER TABLE books ADD CONSTRAINT PUBLIC.A FOREIGN KEY (shelf_id) REFERENCES shelves (id);"
    "ALTER TABLE loans ADD CONSTRAINT B FOREIGN KEY (book_id) REFERENCES books (id);"
)


def test_identity_of_h2_and_hsqldb_is_a_type_or_a_property_and_the_key() -> None:
    """IDENTITY alone makes the primary key; AUTO_INCREMENT does not, and PRIMARY KEY of another column stays."""
    found = said(HSQLDB)
    assert recognised_system(HSQLDB) is not None
    assert found == said(
        "create table shelves (id int primary key, name text);"
        "create table books (id bigint primary key, shelf_id int not null references shelves, isbn varchar(20));"
        "create table loans (id int not null, book_id bigint not null references books, no int primary key);"
    )


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("create table a (id int identity,\n b int);\ncreate table c (id int identity(1,1), b int)", "tsql"),
        (
            "create table [a] ([id] [int] IDENTITY(1,1) NOT NULL, b nvarchar(max));\ncreate table [c] ([d] [int])",
            "tsql",
        ),
        ("create table a (id int auto_increment primary key);\ncreate table c (id int(4) auto_increment)", "mysql"),
        ("create table a (id IDENTITY(1));\ncreate table c (id int(4) auto_increment primary key)", "h2"),
        ("create cached table a (id int);\ncreate memory table c (id int)", "h2"),
    ],
)
def test_evidence_of_h2_beside_that_of_others(text: str, system: str) -> None:
    told = recognised_system(text)
    assert told is not None
    assert told.system == system
