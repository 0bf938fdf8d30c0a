"""PostgreSQL's SQL: names in the quotes that they need, constants, comments."""

from __future__ import annotations

import re
from functools import lru_cache

# Words that PostgreSQL 18 does not take as a bare column or table name (appendix C, "reserved").
RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
    unique user using variadic verbose when where window with
    """.split()
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


def needs_quotes(name: str) -> bool:
    return name in RESERVED or _PLAIN.match(name) is None


@lru_cache(maxsize=65536)
def ident(name: str) -> str:
    """A name as it stands in SQL: bare when PostgreSQL reads it back unchanged, else in double quotes."""
    return f'"{between_quotes(name)}"' if needs_quotes(name) else name


def between_quotes(name: str) -> str:
    """A name for a place where double quotes are put around it."""
    return name.replace('"', '""')


def literal(text: str) -> str:
    """A text constant."""
    return "'" + text.replace("'", "''") + "'"


def comment(text: str) -> str:
    """A comment to the end of the line, which no character of the text ends before."""
    return "-- " + " ".join("".join(c if c.isprintable() else " " for c in text).split())
