"""The dialect of Oracle, with scripts of SQL*Plus, SQL Developer and Data Pump."""

from __future__ import annotations

from erd2dbt.read.ddl.dialect import Dialect
from erd2dbt.read.ddl.ignored import UNREAD
from erd2dbt.read.dialects.altering import alter_table
from erd2dbt.read.dialects.cutting import LINE_OF_SLASH, Cutting
from erd2dbt.read.dialects.statements import ENFORCED, NOTHING, PROGRAM, STORAGE, tables
from erd2dbt.sql.tokens import Case

_QUOTED = (
    r"q'\[.*?\]'", r"q'\{.*?\}'", r"q'\(.*?\)'", r"q'<.*?>'", r"'[^']*(?:''[^']*)*'", r'"[^"]*(?:""[^"]*)*"',
)  # fmt: skip
_CUTTING = Cutting(
    quoted=_QUOTED,
    commands=r"(?:prompt|rem|remark|spool|whenever|connect|conn|exit|quit|define|undefine|column|col|clear|pause|host|"
    r"show|desc|describe|start|accept|btitle|ttitle|break|compute|store|timing)\b|@|variable\b|"
    r"set\s+(?!transaction\b|roles?\b|constraints?\b)",  # the other variables are those of SQL*Plus
    programs=Cutting().programs + r"|begin\b|declare\b|<<\w+>>",
    ends_program=LINE_OF_SLASH,
)
_STORED = (
    "segment creation immediate|deferred", "pctfree|pctused|initrans|maxtrans|pctthreshold|pctversion|freepools *",
    "nocompress|logging|nologging|cache|nocache|noparallel|nomonitoring|monitoring|rowdependencies|norowdependencies",
    "compress for? oltp|query|archive? low|high?", "compress basic|advanced?", "storage (…)", "tablespace *",
    "row store|archive compress? basic|advanced?", "parallel (…)", "parallel *", "overflow", "including *",
    "organization heap|index|external (…)?", "enable|disable row movement", "result_cache (…)", "read only|write",
    "lob (…) store as securefile|basicfile? (…)?", "varray|nested table? * store as * (…)?", "buffer_pool *",
    "flash_cache|cell_flash_cache *", "inmemory", "no inmemory", "flashback archive *", "no flashback archive",
    "default collation *", "xmltype column? * store as securefile|basicfile? *", "for exchange with table *", "ilm *",
    "memoptimize for read|write",
)  # fmt: skip
_PARTED = ("partition by * (…)", "interval (…)", "automatic", "store in (…)", "subpartition by * (…)",
           "subpartition template (…)", "partitions|subpartitions *", "(…)", "cluster * (…)")  # fmt: skip

ORACLE = Dialect(
    name="oracle",
    title="Oracle",
    schema="",
    case=Case.UPPER,
    needs_types=False,  # of foreign keys and of computed columns
    statements=_CUTTING.statements,
    reads={**tables(("immutable", "blockchain", "sharded", "duplicated")), "alter table": alter_table},
    others={
        **dict.fromkeys(("declare", "create package", "create editionable", "create noneditionable", "exec",
                         "create or replace editionable", "create or replace noneditionable"), PROGRAM),
        **dict.fromkeys(("create synonym", "create public synonym", "create or replace synonym", "create bitmap index",
                         "create or replace public", "create directory", "create context", "create profile", "purge",
                         "create cluster", "alter session", "alter system", "alter trigger", "audit", "noaudit",
                         "create or replace force", "create force", "drop synonym", "drop public", "drop package",
                         "create materialized view log", "create pluggable", "create public database",
                         "drop tablespace", "create unique bitmap", "drop user"), NOTHING),
        "create external table": UNREAD, "create cluster": NOTHING,
    },
    column={
        "visible|invisible": STORAGE, "sort": STORAGE, "encrypt using *": STORAGE, "encrypt": STORAGE,
        "identified by *": STORAGE, "salt": STORAGE, "no salt": STORAGE,
        "collate *": STORAGE, "substitutable at all levels": STORAGE,
    },
    table=dict.fromkeys(_STORED, STORAGE) | dict.fromkeys(_PARTED, "how rows are spread over partitions")
    | {"enable|disable primary key|unique": ENFORCED,
       "on commit preserve|delete rows|definition": "how long a table lives"},
    key={
        "enable validate|novalidate?": ENFORCED, "validate|novalidate|rely|norely": ENFORCED,
        "using index (…)": STORAGE, **{f"using index {one}": STORAGE for one in _STORED},
        "using index reverse|noreverse|local|global|online|enable|validate|novalidate": STORAGE,
        "using index *": STORAGE, "using index": STORAGE, "deferrable": ENFORCED, "not deferrable": ENFORCED,
        "exceptions into *": ENFORCED, "compute statistics": STORAGE,
    } | dict.fromkeys(_STORED, STORAGE),
    changes={"enable|disable": NOTHING, "move": NOTHING, "shrink": NOTHING, "add supplemental log": NOTHING,
             "add partition": NOTHING, "drop|truncate|split|merge|exchange|rename|modify partition": NOTHING,
             "modify default": NOTHING, "set unused": NOTHING, "modify constraint": NOTHING,
             "rename constraint": NOTHING, "deallocate unused": NOTHING, "modify lob": NOTHING},
    elements={r"supplemental log\b": STORAGE, r"scope\b|ref \(": STORAGE},
    types={
        "number": "numeric{}", "varchar2": "varchar{}", "nvarchar2": "varchar{}", "varchar": "varchar{}",
        "char": "char{}|char(1)", "nchar": "char{}|char(1)", "clob": "text", "nclob": "text", "long": "text",
        "blob": "bytea", "bfile": "bytea", "raw": "bytea", "long raw": "bytea", "date": "timestamp",
        "timestamp": "timestamp{}", "timestamp with time zone": "timestamptz{}",
        "timestamp with local time zone": "timestamptz{}", "float": "double precision", "binary_float": "real",
        "binary_double": "double precision", "interval year to month": "interval", "interval day to second": "interval",
        "rowid": "text", "urowid": "text", "xmltype": "xml", "json": "jsonb", "real": "double precision",
    },
)  # fmt: skip
