"""The dialects of SQLite and DuckDB."""

from __future__ import annotations

from erd2dbt.read.ddl.dialect import Dialect
from erd2dbt.read.ddl.ignored import UNREAD
from erd2dbt.read.dialects.altering import alter_table
from erd2dbt.read.dialects.cutting import BRACKETS, Cutting
from erd2dbt.read.dialects.statements import NOTHING, STORAGE, tables, use
from erd2dbt.sql.tokens import Case

_CONFLICT = "what happens to rows that break it"
_COMPUTED = "how a generated column is computed"

SQLITE = Dialect(
    name="sqlite",
    title="SQLite",
    schema="main",
    case=Case.KEPT,
    needs_types=False,
    names_as_text=True,
    statements=Cutting(quoted=BRACKETS, commands=r"\.[a-z]\w*").statements,
    reads={**tables(), "alter table": alter_table},
    others={
        **dict.fromkeys(("pragma", "attach", "detach", "replace", "create trigger"), NOTHING),
        "create virtual": UNREAD,
    },
    column={"autoincrement": "how values are counted", "collate *": STORAGE,
            "generated always as (…) stored|virtual?": _COMPUTED},
    table={"without rowid": STORAGE, "strict": STORAGE},
    key={"asc|desc": STORAGE, "on conflict rollback|abort|fail|ignore|replace": _CONFLICT,
         "autoincrement": "how values are counted"},
    types={"datetime": "timestamp", "nvarchar": "varchar{}|text", "nchar": "char{}|text",
           "double": "double precision", "real": "double precision", "float": "double precision", "blob": "bytea",
           "clob": "text", "tinyint": "smallint", "mediumint": "integer", "unsigned big int": "bigint",
           "native character": "char{}|text", "varying character": "varchar{}|text", "char": "char{}|text",
           "string": "text", "blob sub_type text": "text", "number": "numeric{}", "any": "text"},
)  # fmt: skip

DUCKDB = Dialect(
    name="duckdb",
    title="DuckDB",
    schema="main",
    case=Case.KEPT,
    statements=Cutting(
        quoted=(r"'[^']*(?:''[^']*)*'", r'"[^"]*(?:""[^"]*)*"', r"\$\$.*?\$\$"), commands=r"\.[a-z]\w*"
    ).statements,
    reads={**tables(), "alter table": alter_table, "use": use},
    others=dict.fromkeys(("install", "attach", "detach", "pragma", "create macro", "create or replace macro",
                          "create secret", "create or replace secret", "create persistent", "export", "import", "from",
                          "checkpoint", "force", "summarize", "describe", "pivot"), NOTHING),
    column={"collate *": STORAGE, "using compression *": STORAGE,
            "generated always? as (…) stored|virtual?": _COMPUTED},
    types={
        "hugeint": "numeric(38,0)", "uhugeint": "numeric(39,0)", "ubigint": "numeric(20,0)", "uinteger": "bigint",
        "usmallint": "integer", "utinyint": "smallint", "tinyint": "smallint", "int1": "smallint", "long": "bigint",
        "short": "smallint", "signed": "integer", "double": "double precision", "float": "real", "string": "text",
        "varchar": "varchar{}|text", "blob": "bytea", "bytes": "bytea", "binary": "bytea", "varbinary": "bytea",
        "datetime": "timestamp", "timestamp_s": "timestamp", "timestamp_ms": "timestamp", "timestamp_us": "timestamp",
        "timestamp_ns": "timestamp", "decimal": "numeric{}|numeric(18,3)", "numeric": "numeric{}|numeric(18,3)",
        "struct": "jsonb", "map": "jsonb", "union": "jsonb", "logical": "boolean", "bit": "bit varying",
        "bitstring": "bit varying", "varint": "numeric",
    },
)  # fmt: skip
