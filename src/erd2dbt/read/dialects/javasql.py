"""The dialect of H2 and HSQLDB, the databases inside Java programs, with the scripts that they write themselves."""

from __future__ import annotations

from erd2dbt.read.ddl.cursor import Cursor
from erd2dbt.read.ddl.dialect import Dialect
from erd2dbt.read.ddl.ignored import UNREAD
from erd2dbt.read.ddl.objects import create_unique_index
from erd2dbt.read.ddl.script import Script
from erd2dbt.read.ddl.tables import element, temporary
from erd2dbt.read.dialects.altering import alter_table
from erd2dbt.read.dialects.cutting import BRACKETS, Cutting
from erd2dbt.read.dialects.statements import COUNTED, ENFORCED, INDEX, NOTHING, STORAGE, tables, use
from erd2dbt.sql.tokens import Case

_KEPT = ("cached", "memory", "text")  # where the rows are: on disk, in memory, in a file of text
_PASSING = ("temp", "temporary", "local temporary", "global temporary")


def _create_key(script: Script, cursor: Cursor) -> str | None:
    """Read CREATE PRIMARY KEY ON table (columns), a statement that only H2 has."""
    begun = cursor.at - 2  # the words of the constraint
    cursor.take("hash")
    cursor.want("on")
    table = script.table(cursor)
    if table is None:
        return "create primary key"
    if cursor.peek() != "(":
        cursor.refuse("(")
    element(script, table, cursor.part([*cursor.words[begun : begun + 2], *cursor.words[cursor.at :]]))
    return None


H2 = Dialect(
    name="h2",
    title="H2 or HSQLDB",
    tokens="sqlite",  # names in double quotes, and in backquotes where H2 imitates MySQL
    case=Case.UPPER,
    identity_is_key=True,
    statements=Cutting(quoted=BRACKETS).statements,
    reads={
        **tables(_KEPT),
        **{f"create {kept} {kind} table": temporary for kept in _KEPT for kind in _PASSING},
        "declare local temporary table": temporary,
        "alter table": alter_table, "set schema": use, "create primary key": _create_key,
        "create unique hash index": create_unique_index,
    },
    others={
        **dict.fromkeys(("create alias", "drop alias", "create force", "create or replace force", "create constant",
                         "drop constant", "create synonym", "drop synonym", "create trigger", "drop all",
                         "runscript", "script", "backup", "checkpoint", "shutdown", "connect", "disconnect",
                         "create hash", "create spatial", "use"), NOTHING),
        **dict.fromkeys(("create linked", "create local temporary linked", "create global temporary linked"), UNREAD),
        "replace": "rows, and no tables",
    },
    column={
        "null_to_default": "what is written in place of NULL", "sequence *": COUNTED, "selectivity *": STORAGE,
        "visible|invisible": STORAGE, "collate *": STORAGE, "on update current_timestamp|now|localtimestamp (…)?":
        "what is written on each change", "generated always|by default? as sequence *": COUNTED,
    },
    counted={"auto_increment|identity (…)?": COUNTED},
    table={"engine =? *": STORAGE, "not persistent": STORAGE, "transactional": STORAGE, "hidden": STORAGE,
           "on commit preserve|delete rows": "how long a table lives", "default? charset =? *": STORAGE},
    key={"nocheck|check": ENFORCED, "hash": STORAGE, "index *": STORAGE, "asc|desc": STORAGE},
    changes={"set referential_integrity": NOTHING, "set|unset": NOTHING},
    elements={r"(?:key|index) (?:(?:\"q\"|\w+) )?\(": INDEX},
    types={
        "identity": "bigint", "int": "integer", "integer": "integer", "mediumint": "integer", "signed": "integer",
        "bigint": "bigint", "smallint": "smallint", "tinyint": "smallint", "year": "smallint",
        "bit": "bit{}|boolean", "double": "double precision", "float": "double precision",
        "number": "numeric{}", "decfloat": "numeric", "datetime": "timestamp{}", "smalldatetime": "timestamp",
        "varchar_ignorecase": "varchar{}", "varchar_casesensitive": "varchar{}", "varchar2": "varchar{}",
        "nvarchar": "varchar{}", "nvarchar2": "varchar{}", "nchar": "char{}|char(1)",
        **dict.fromkeys(("longvarchar", "longnvarchar", "clob", "nclob", "character large object", "text",
                         "char large object", "national character large object", "nchar large object", "tinytext",
                         "mediumtext", "longtext", "ntext", "geometry", "array", "set", "enum"), "text"),
        **dict.fromkeys(("binary", "varbinary", "binary varying", "longvarbinary", "raw", "blob", "image", "tinyblob",
                         "mediumblob", "longblob", "binary large object", "other", "object", "java_object"), "bytea"),
        "json": "jsonb", "uuid": "uuid",
    },
)  # fmt: skip
