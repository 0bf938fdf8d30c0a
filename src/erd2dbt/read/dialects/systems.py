"""All systems whose SQL is read, and the function that reads a script of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.read.ddl.dialect import POSTGRES, Dialect
from erd2dbt.read.ddl.reader import is_ddl, read_ddl, read_script
from erd2dbt.read.dialects.embedded import DUCKDB, SQLITE
from erd2dbt.read.dialects.javasql import H2
from erd2dbt.read.dialects.mysql import MYSQL
from erd2dbt.read.dialects.oracle import ORACLE
from erd2dbt.read.dialects.recognising import defines_tables, recognised_system
from erd2dbt.read.dialects.spelling import with_spelling
from erd2dbt.read.dialects.tsql import TSQL
from erd2dbt.read.dialects.types import with_types
from erd2dbt.read.dialects.warehouses import BIGQUERY, DATABRICKS, REDSHIFT, SNOWFLAKE
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import Tables
from erd2dbt.sql.tokens import Case

DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (POSTGRES, MYSQL, SNOWFLAKE, BIGQUERY, TSQL, ORACLE, REDSHIFT, DATABRICKS, DUCKDB, SQLITE, H2)
}


def is_sql(text: str) -> bool:
    """Return whether this is a script that defines tables, in the SQL of any system."""
    return is_ddl(text) or defines_tables(text)


def read_sql(text: str, file: str, dialect: str | None = None) -> Diagram:
    """Return the diagram of a script's tables. The dialect is detected from the text, unless it is given."""
    told = None if dialect else recognised_system(text)
    system = DIALECTS[dialect or (told.system if told else POSTGRES.name)]
    if system is POSTGRES:
        return read_ddl(text, file)
    diagram = drawn(read_tables(text, file, system), file)
    how = f"recognized by `{told.sign}` on line {told.line}; --dialect chooses another" if told else "as you say"
    return replace(diagram, dialect=f"SQL of {system.title}, {how}")


def read_tables(text: str, file: str, dialect: Dialect) -> Tables:
    """Return the tables of a script of a system other than PostgreSQL, with PostgreSQL's types."""
    script = read_script(text, file, dialect)
    _with_schemas(script.found, dialect)
    for table, column in script.identities:
        if not table.key and column in table.columns:
            table.key = (column,)
    if dialect.case is Case.KEPT:
        with_spelling(script)
    with_types(script.found, dialect)
    return script.found


def _with_schemas(found: Tables, dialect: Dialect) -> None:
    """Resolve foreign keys to names without a schema: to the only table of that name, even if it is defined later."""
    named: dict[str, list[tuple[str, str]]] = {}
    for id_ in found.tables:
        named.setdefault(id_[1], []).append(id_)
    for table in found.tables.values():
        for reference in table.references:
            schema, name = reference.table
            if reference.table not in found.tables and schema == dialect.schema and len(named.get(name, ())) == 1:
                reference.table = named[name][0]
