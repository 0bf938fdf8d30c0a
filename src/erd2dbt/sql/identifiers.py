"""PostgreSQL's rules for names and literals: when to quote, what 63 bytes leave of a long name."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

NAME_BYTES = 63  # NAMEDATALEN - 1

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
    return '"' + name.replace('"', '""') + '"' if needs_quotes(name) else name


def literal(text: str) -> str:
    """A text constant."""
    return "'" + text.replace("'", "''") + "'"


def fit(name: str, size: int = NAME_BYTES) -> str:
    """A name of at most `size` bytes: itself, or its beginning and a hash that keeps two long names apart."""
    if len(name) <= size // 4 or len(name.encode()) <= size:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{cut(name, size - 9)}_{digest}"


@lru_cache(maxsize=65536)
def cut(name: str, size: int = NAME_BYTES) -> str:
    """What PostgreSQL itself keeps of a long name: the longest prefix of whole characters within `size` bytes."""
    return name.encode()[:size].decode(errors="ignore")
