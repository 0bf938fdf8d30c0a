"""Recognises the system of a script by syntax that only this system accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from erd2dbt.read.dialects.cutting import without_versions

_LOOKED_AT = 200_000  # characters at the start of a script that are searched
_SHOWN = 40  # characters of a sign
_HIDDEN = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)|'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|\$(\w*)\$.*?\$\1\$", re.DOTALL
)  # words of the user rather than of the language
_ROWS = re.compile(r"^(?:[ \t]*\(|[ \t]*insert[ \t]|[^\t\n]+\t[^\t\n]+\t)[^\n]*", re.IGNORECASE | re.MULTILINE)
_DEFINES = re.compile(
    r"^[ \t;]*(?:if\s+[^;\n]*\s)?(?:create\s+(?:or\s+replace\s+)?(?:\w+\s+){0,2}?table|alter\s+table)\s+"
    r"(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?[\w\"`\[#@]",
    re.IGNORECASE | re.MULTILINE,
)
_SURE, _LIKELY = 3, 1

# For each system: syntax that PostgreSQL refuses, one pattern a line; then weaker evidence. Blanks match white space.
_SIGNS: Mapping[str, tuple[str, str]] = {
    "mysql": (
        r"""
        \b engine \s* = \s* \w+
        \b auto_increment \b
        \b int (?:\(\d+\))? \s+ unsigned \b
        ^ delimiter [ \t]+ \S+ [ \t]* $
        \b key \s+ `
        \b character \s+ set \s+ utf8
        \b default \s+ charset \b
        \b on \s+ update \s+ current_timestamp
        """,
        r"""
        ` \w+ `
        \b tinyint\(1\)
        \b longtext \b
        \b enum \s* \(
        \b set \s+ foreign_key_checks \b
        """,
    ),
    "tsql": (
        r"""
        ^ [ \t]* go [ \t]* ;? [ \t]* $
        \[dbo\] \.
        \b dbo \. \[? \w
        [\w\])"] \s+ \[? \w+ \]? (?: \( [\d\s,]+ \) )? \s+ identity \b (?: \s* \( \s* 1 \s* , \s* 1 \s* \) )? \s* [,\n)]
        \b (?:non)? clustered \b
        \b uniqueidentifier \b
        \b nvarchar \s* \( \s* max \s* \)
        \b sp_addextendedproperty \b
        \b with \s+ (?:no)? check \s+ add \b
        """,
        r"""
        \[\w+\] \s
        \b nvarchar \b
        \b datetime2? \b
        \b getdate\(\)
        """,
    ),
    "oracle": (
        r"""
        \b varchar2 \s* \(
        ^ [ \t]* / [ \t]* $
        : new \.
        \b pctfree \b
        \b number \s* \( \s* \*
        \b segment \s+ creation \b
        \b from \s+ dual \b
        \b generated \s+ (?: by \s+ default \s+ on \s+ null \s+ )? as \s+ identity
        \b using \s+ index \s+ (?: pctfree | tablespace )
        """,
        r"""
        \b number \b
        \b clob \b
        \b sysdate \b
        """,
    ),
    "h2": (
        r"""
        \b create \s+ (?: cached | memory | text ) \s+ (?: \w+ \s+ ){0,2} table \b
        \b varchar_ (?: ignorecase | casesensitive ) \b
        \b long n? varchar \b
        \b longvarbinary \b
        [(,] \s* ["`]? \w+ ["`]? \s+ identity \b
        \b referential_integrity \b
        \b java_object \b
        ^ [ \t]* set \s+ (?: database | files | write_delay | db_close_delay ) \b
        \b null_to_default \b
        """,
        r"""
        \b auto_increment \b
        \b as \s+ identity \b
        \b create \s+ sequence \b
        \b int \s* \( \s* \d+ \s* \)
        \b clob \b
        \b datetime \b
        """,
    ),
    "snowflake": (
        r"""
        \b timestamp_ (?: ntz | ltz | tz ) \b
        \b transient \s+ table \b
        \b autoincrement \s+ start \b
        \b masking \s+ policy \b
        \b data_retention_time_in_days \b
        \b create \s+ (?: or \s+ replace \s+ )? (?: stage | warehouse | file \s+ format ) \b
        \b number \s* \( \s* 38 \s* , \s* 0 \s* \)
        \b variant \b
        \b cluster \s+ by \s* \(
        """,
        r"""
        \b create \s+ or \s+ replace \s+ table \b
        \b number \s* \(
        \b string \b
        """,
    ),
    "bigquery": (
        r"""
        \b (?: table | exists | references | schema ) \s+ ` [\w-]+ (?: \. [\w-]+ )+ `
        \b int64 \b
        \b float64 \b
        \b bignumeric \b
        \b struct <
        \b options \s* \( \s* \w+ \s* =
        """,
        r"""
        \b not \s+ enforced \b
        \b string \b
        \b array <
        \b create \s+ or \s+ replace \s+ table \b
        """,
    ),
    "databricks": (
        r"""
        \b using \s+ (?: delta | iceberg | parquet | csv | json | orc ) \b (?! \s* \( )
        \b tblproperties \b
        \b partitioned \s+ by \s* \(
        """,
        r"""
        \b string \b
        \b array <
        \b map <
        \b comment \b
        \b create \s+ or \s+ replace \s+ table \b
        """,
    ),
    "redshift": (
        r"""
        \b distkey \b
        \b diststyle \b
        \b sortkey \b
        \b encode \s+ (?: raw | zstd | lzo | az64 | bytedict | delta | auto ) \b
        """,
        r"""
        \b identity \s* \( \s* \d
        \b super \b
        \b varchar \s* \( \s* max
        """,
    ),
    "duckdb": (
        r"""
        \b u? hugeint \b
        \b u (?: tiny | small | big ) int \b
        \b uinteger \b
        ^ [ \t]* (?: install | attach ) [ \t]+ \S
        \b struct \s* \(
        \b map \s* \( \s* \w+ \s* ,
        \b timestamp_ (?: s | ms | ns ) \b
        """,
        r"""
        \b create \s+ or \s+ replace \s+ table \b
        \b read_ (?: csv | parquet )
        \b pragma \b
        """,
    ),
    "sqlite": (
        r"""
        \b autoincrement \b (?! \s+ start )
        \b without \s+ rowid \b
        ^ [ \t]* pragma [ \t]+ \w+
        \b sqlite_sequence \b
        \) \s* strict \s* ;
        \b create \s+ trigger \s+ [^;]{1,300}? \b begin \b [^;]{1,1000} ; \s* end \s* ;
        \b create \s+ virtual \s+ table \b
        """,
        r"""
        \b datetime\(
        \b rowid \b
        \[\w+\] \s
        \b integer \b
        ` \w+ `
        """,
    ),
    "postgres": (
        r"""
        :: \s* \w
        \b (?:big|small)? serial [248]? \b
        \b jsonb \b
        \b timestamptz \b
        \b pg_catalog \b
        \b search_path \b
        \b nextval\(
        \b alter \s+ table \s+ only \b
        \b owner \s+ to \b
        \b create \s+ (?: extension | domain ) \b
        \b using \s+ (?: btree | gin | gist ) \b
        \b as \s+ enum \b
        ^ \\ \w
        \b bytea \b
        \b inherits \s* \(
        \b text \[\]
        """,
        r"""
        \b create \s+ type \b
        \b uuid \b
        \b numeric \b
        """,
    ),
}
# A system with names quoted in this way, if there is no other evidence.
_QUOTES = (
    (r"\[ \w [\w\ ]* \] \s+ integer \b", "sqlite"),
    (r"\[ \w [\w\ ]* \] \s+ \[? \w+", "tsql"),
    (r"` \w [\w\ ]* `", "mysql"),
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The system, and the words that identify it, with their line."""

    system: str
    sign: str
    line: int


def defines_tables(text: str) -> bool:
    """Return whether a text has statements that define tables, in any SQL."""
    return _DEFINES.search(text) is not None


def recognised_system(text: str) -> Recognised | None:
    """Return the system that a script's words identify; None for PostgreSQL, or without evidence."""
    shown = _ROWS.sub("", _HIDDEN.sub(_emptied, without_versions(text[:_LOOKED_AT])))
    points: dict[str, int] = {}
    first: dict[str, re.Match[str]] = {}
    for system, (sure, likely) in _SIGNS.items():
        if found := _found(sure, shown):
            points[system], first[system] = _SURE * len(found) + _LIKELY * len(_found(likely, shown)), found[0]
    best = max(points, key=lambda system: points[system], default="postgres")
    if points.get("postgres", 0) >= points.get(best, 0) > 0:
        return None
    if best in first:
        return _recognised(best, first[best], shown)
    quoted = ((_sign(form).search(shown), system) for form, system in _QUOTES)
    return next((_recognised(system, match, shown) for match, system in quoted if match), None)


def _found(signs: str, text: str) -> list[re.Match[str]]:
    lines = (line.strip() for line in signs.splitlines())
    return [match for line in lines if line and (match := _sign(line).search(text))]


def _emptied(match: re.Match[str]) -> str:
    """Return a comment or a string without its content, with the same number of lines."""
    return ("''" if match[0][:1] == "'" else " ") + "\n" * match[0].count("\n")


@cache
def _sign(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE | re.VERBOSE)


def _recognised(system: str, match: re.Match[str], text: str) -> Recognised:
    return Recognised(system, " ".join(match[0].split())[:_SHOWN], text.count("\n", 0, match.start()) + 1)
