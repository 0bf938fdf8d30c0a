"""The dialects of MySQL and MariaDB, with scripts of mysqldump, phpMyAdmin and MySQL Workbench."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.read.ddl.dialect import Dialect
from erd2dbt.read.ddl.statements import Statement
from erd2dbt.read.dialects.altering import alter_table
from erd2dbt.read.dialects.cutting import ESCAPED, Cutting, without_versions
from erd2dbt.read.dialects.statements import (
    COUNTED,
    INDEX,
    NOTHING,
    PROGRAM,
    SPREAD,
    STORAGE,
    rename_table,
    tables,
    use,
)
from erd2dbt.sql.tokens import Case

_CUTTING = Cutting(comments=r"--[^\n]*|#[^\n]*", quoted=ESCAPED, commands=r"use\b|source\b|connect\b|\\[a-z!.]")
_UNSIGNED = {
    "tinyint": "smallint", "smallint": "integer", "mediumint": "integer", "int": "bigint", "integer": "bigint",
    "bigint": "numeric(20,0)", "decimal": "numeric{}|numeric(10,0)", "numeric": "numeric{}|numeric(10,0)",
    "float": "real", "double": "double precision",
}  # fmt: skip


def _statements(text: str, at: int = 0) -> Iterator[Statement]:
    return _CUTTING.statements(without_versions(text), at)


MYSQL = Dialect(
    name="mysql",
    title="MySQL",
    schema="",
    case=Case.KEPT,
    statements=_statements,
    reads={**tables(), "alter table": alter_table, "use": use, "rename table": rename_table},
    others={
        "create definer": NOTHING, "create algorithm": NOTHING, "create or replace algorithm": NOTHING,
        "create or replace definer": NOTHING, "create fulltext index": INDEX, "create spatial index": INDEX,
        "create event": PROGRAM, "lock": NOTHING, "unlock": NOTHING, "kill": NOTHING, "table": "rows, and no tables",
        "create logfile": NOTHING, "alter logfile": NOTHING, "drop logfile": NOTHING, "drop prepare": NOTHING,
        "replace": "rows, and no tables", "optimize": NOTHING, "flush": NOTHING, "handler": NOTHING,
        "load": "rows, and no tables",
    },
    column={
        "on update current_timestamp|now|localtime|localtimestamp (…)?": "what is written on each change",
        "binary|ascii|unicode": STORAGE, "character|char set =? *": STORAGE, "charset =? *": STORAGE,
        "collate =? *": STORAGE, "visible|invisible": STORAGE, "column_format *": STORAGE, "storage *": STORAGE,
        "srid *": STORAGE,
        "engine_attribute =? *": STORAGE, "secondary_engine_attribute =? *": STORAGE,
        "generated always? as (…) virtual|stored?": "how a generated column is computed",
    },
    counted={"auto_increment": COUNTED},
    table={"default? character|char set =? *": STORAGE, "default? charset|collate =? *": STORAGE,
           "start transaction": STORAGE, "data|index directory =? *": STORAGE, "union =? (…)": STORAGE,
           "partition|subpartition by linear? hash|key|range|list columns? (…)": SPREAD,
           "partition by linear? key algorithm = * (…)": SPREAD, "partitions|subpartitions *": SPREAD, "(…)": SPREAD,
           "* = *": STORAGE, "engine|tablespace|row_format|auto_increment *": STORAGE},
    key={"using btree|hash": STORAGE, "key_block_size =? *": STORAGE, "visible|invisible": STORAGE,
         "with parser *": STORAGE},
    changes={"convert to": NOTHING, "order by": NOTHING, "enable|disable keys": NOTHING, "algorithm|lock =? *": NOTHING,
             "force": NOTHING, "discard|import tablespace": NOTHING, "partition|coalesce|truncate|analyze": NOTHING,
             "add partition": NOTHING, "drop partition": NOTHING, "remove partitioning": NOTHING,
             "index|constraint|check *": NOTHING},
    elements={r"(?:fulltext|spatial)\b": INDEX,
              r"(?:key|index) (?:(?:\"q\"|\w+) )?(?:using \w+ )?\(": INDEX},
    types={
        **{f"{name} unsigned": meant for name, meant in _UNSIGNED.items()},
        **{f"{name} unsigned zerofill": meant for name, meant in _UNSIGNED.items()},
        **{f"{name} zerofill": meant for name, meant in _UNSIGNED.items()},
        "tinyint": "smallint", "smallint": "smallint", "mediumint": "integer", "int": "integer", "integer": "integer",
        "bigint": "bigint", "serial": "numeric(20,0)", "decimal": "numeric{}|numeric(10,0)",
        "dec": "numeric{}|numeric(10,0)", "fixed": "numeric{}|numeric(10,0)", "numeric": "numeric{}|numeric(10,0)",
        "float": "real", "double": "double precision", "double precision": "double precision",
        "real": "double precision", "year": "smallint", "datetime": "timestamp{}", "timestamp": "timestamptz{}",
        "time": "time{}", "tinytext": "text", "mediumtext": "text", "longtext": "text", "text": "text",
        "tinyblob": "bytea", "blob": "bytea", "mediumblob": "bytea", "longblob": "bytea", "binary": "bytea",
        "varbinary": "bytea", "json": "jsonb", "nvarchar": "varchar{}", "national varchar": "varchar{}",
        "nchar": "char{}", "bit": "bit{}", "bool": "boolean", "boolean": "boolean", "set": "text", "enum": "text",
    },
)  # fmt: skip
