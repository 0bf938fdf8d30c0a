"""Reads the tables of a DuckDB file from its own SQL: columns, keys, checks, comments."""

from __future__ import annotations

from pathlib import Path

from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.run.connection import SqlError
from erd2dbt.run.duckdb.session import opened

_MAGIC = slice(8, 12)
_TABLES = """
select sql, schema_name, table_name, comment
from duckdb_tables()
where not internal and not temporary
order by schema_name, table_name
"""
_COLUMNS = """
select schema_name, table_name, column_name, comment
from duckdb_columns()
where not internal and comment is not null
order by schema_name, table_name, column_index
"""


def is_duckdb(file: Path) -> bool:
    """Return whether a file is a DuckDB file, by its first bytes."""
    try:
        if not file.is_file():
            return False
        with file.open("rb") as text:
            return text.read(_MAGIC.stop)[_MAGIC] == b"DUCK"
    except OSError:
        return False


def script_of(file: Path, schemas: tuple[str, ...] = ()) -> str:
    """Return the statements that create the tables of these schemas, or of all. Raises ErdError E059, E704, E708."""
    ident, literal = DUCKDB.names.quoting.ident, DUCKDB.names.quoting.literal
    try:
        with opened(file, read_only=True) as session:
            tables = [row for row in session.execute(_TABLES).fetchall() if not schemas or row[1] in schemas]
            columns = session.execute(_COLUMNS).fetchall()
    except SqlError as error:
        raise ErdError([Diagnostic(code="E704", message=f"cannot read the DuckDB file `{file}`: {error}")]) from None
    if not tables:
        message = f"`{file}` has no tables in {', '.join(schemas) or 'any schema'}"
        raise ErdError([Diagnostic(code="E059", message=message, fixes=("name other schemas by `--schema`",))])
    names = {(schema, name): f"{ident(schema)}.{ident(name)}" for _, schema, name, _ in tables}
    lines = [sql.rstrip(";") for sql, *_ in tables]
    lines += [f"comment on table {names[s, n]} is {literal(said)}" for _, s, n, said in tables if said]
    lines += [
        f"comment on column {names[s, n]}.{ident(c)} is {literal(t)}" for s, n, c, t in columns if (s, n) in names
    ]
    return "".join(f"{line};\n" for line in lines)
