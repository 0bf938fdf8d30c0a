"""The dialect of SQL Server and Azure SQL, with scripts of Management Studio."""

from __future__ import annotations

from erd2dbt.read.ddl.cursor import Cursor, NotReadError
from erd2dbt.read.ddl.dialect import Dialect
from erd2dbt.read.ddl.objects import create_unique_index
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.dialects.altering import alter_table
from erd2dbt.read.dialects.cutting import BRACKETS, LINE_OF_GO, Cutting
from erd2dbt.read.dialects.statements import (
    COUNTED,
    ENFORCED,
    INDEX,
    MASKED,
    NOTHING,
    PROGRAM,
    STORAGE,
    if_defined,
    tables,
)
from erd2dbt.read.relational.values import OwnType
from erd2dbt.sql.tokens import Case, Kind

_PERIOD = "when a row was valid: the spec has no words for it"
_CUTTING = Cutting(
    quoted=BRACKETS,
    commands=r":\w+",
    ends_program=LINE_OF_GO,
    begins="alter|begin|commit|create|deallocate|declare|delete|deny|drop|else|end|exec|execute|go|grant|if|insert|merge|print|"
    "raiserror|return|revoke|rollback|set|select|throw|truncate|update|use|waitfor|while",
)


def create_type(script: Script, cursor: Cursor) -> str | None:
    """Read CREATE TYPE: an alias of a built-in type. Table types are not types of columns."""
    schema, name = cursor.qualified()
    if not cursor.take("from"):
        script.found.opaque.add((schema, name))
        return "create type"
    own = OwnType(schema=schema, name=name, over=cursor.type())
    own.not_null = cursor.take("not", "null")
    cursor.take("null")
    script.found.types[schema, name] = own
    return None


def execute(script: Script, cursor: Cursor) -> str | None:
    """Read EXEC. Only the procedure that sets descriptions of tables and columns has an effect."""
    if cursor.peek() == "(":
        return _text(cursor)
    name = cursor.parts()[-1]
    if name != "sp_addextendedproperty":
        if name in ("sp_rename", "sp_executesql"):
            raise NotReadError("a program that may change the tables", cursor.here)
        return "execute"
    said = _arguments(cursor)
    name, *kinds = (said.get(name, "").lower() for name in ("name", "level0type", "level1type"))
    if not name.endswith("description") or kinds != ["schema", "table"]:
        return "execute"
    schema, table = said.get("level0name", "dbo").lower(), said.get("level1name", "").lower()
    known = script.found.tables.get((schema, table))
    if known is None:
        return "execute"
    column = said.get("level2name", "").lower()
    if not column:
        known.description = said.get("value") or None
    elif said.get("level2type", "").lower() == "column" and column in known.columns:
        known.columns[column].description = said.get("value") or None
    else:
        return "execute"
    return None


def _text(cursor: Cursor) -> str:
    """Read EXEC ('…'), a statement inside a string."""
    text = " ".join(word.text.lower() for word in cursor.group())
    if "table" in text:
        raise NotReadError("a definition in a text, which is not run here", cursor.here)
    return "execute"


_ARGUMENTS = ("name", "value", "level0type", "level0name", "level1type", "level1name", "level2type", "level2name")


def _arguments(cursor: Cursor) -> dict[str, str]:
    """Return the arguments `@name = N'…', …`, or the values in their order."""
    found: dict[str, str] = {}
    for place, part in enumerate(cursor.rest()):
        name = _ARGUMENTS[min(place, len(_ARGUMENTS) - 1)]
        if part.take("@"):
            name = part.name()
            part.want("=")
        word = part.word()
        found[name] = "" if word.kind is Kind.WORD and word.text == "null" else word.text
    return found


TSQL = Dialect(
    name="tsql",
    title="SQL Server",
    schema="dbo",
    case=Case.KEPT,
    statements=_CUTTING.statements,
    reads={**tables(("external",)), "alter table": alter_table, "create type": create_type, "exec": execute,
           "execute": execute, "if": if_defined, "create unique clustered index": create_unique_index,
           "create unique nonclustered index": create_unique_index},
    others={
        **dict.fromkeys(("if", "else", "while", "declare", "print", "raiserror", "throw", "return", "waitfor", "end",
                         "create or alter"), PROGRAM),
        **dict.fromkeys(("create clustered", "create nonclustered", "create columnstore", "create xml index",
                         "create primary xml", "create spatial index", "create fulltext"), INDEX),
        **dict.fromkeys(("use", "go", "create login", "create certificate", "create assembly", "create partition",
                         "create synonym", "create xml schema", "create symmetric", "create asymmetric",
                         "create master key", "create application", "alter authorization", "create contract",
                         "create queue", "create message", "create service", "create default", "alter login",
                         "drop login", "drop synonym", "drop partition", "drop xml", "create proc", "alter proc",
                         "drop proc", "alter view", "use master"), NOTHING),
        "deny": "rights", "bulk": "rows, and no tables",
    },
    column={
        "collate *": STORAGE, "sparse": STORAGE, "filestream": STORAGE, "rowguidcol": STORAGE,
        "not for replication": ENFORCED, "masked with (…)": MASKED, "encrypted with (…)": MASKED, "persisted": STORAGE,
        "generated always as row|transaction_id|sequence_number start|end hidden?": _PERIOD, "hidden": STORAGE,
        "index * clustered|nonclustered? (…)? with? (…)?": INDEX,
    },
    counted={"identity (…)": COUNTED, "identity": COUNTED},
    table={"on * (…)?": STORAGE, "textimage_on *": STORAGE, "filestream_on *": STORAGE, "with (…)": STORAGE,
           "as node|edge": STORAGE},
    key={"clustered|nonclustered hash?": STORAGE, "with (…)": STORAGE, "with fillfactor = *": STORAGE,
         "on * (…)?": STORAGE, "not for replication": ENFORCED, "include (…)": STORAGE},
    changes={"set (…)": NOTHING, "enable|disable trigger|change_tracking": NOTHING, "rebuild": NOTHING,
             "switch": NOTHING, "add period for": NOTHING},
    elements={r"index \S+ (?!unique)": INDEX, r"period for\b": _PERIOD},
    types={
        "bit": "boolean", "tinyint": "smallint", "money": "numeric(19,4)", "smallmoney": "numeric(10,4)",
        "decimal": "numeric{}|numeric(18,0)", "numeric": "numeric{}|numeric(18,0)", "dec": "numeric{}|numeric(18,0)",
        "float": "float{}|double precision", "nvarchar": "varchar{}|varchar(1)", "varchar": "varchar{}|varchar(1)",
        "nchar": "char{}|char(1)", "char": "char{}|char(1)", "ntext": "text", "text": "text", "sysname": "varchar(128)",
        "datetime": "timestamp", "datetime2": "timestamp{}", "smalldatetime": "timestamp",
        "datetimeoffset": "timestamptz{}", "uniqueidentifier": "uuid", "binary": "bytea", "varbinary": "bytea",
        "image": "bytea", "rowversion": "bytea", "timestamp": "bytea", "xml": "xml", "sql_variant": "text",
        "hierarchyid": "text", "json": "jsonb", "time": "time{}", "national character varying": "varchar{}",
        "national char varying": "varchar{}", "national text": "text", "binary varying": "bytea",
    },
)  # fmt: skip
