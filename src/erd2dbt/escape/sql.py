"""PostgreSQL's SQL: names in quotes where needed, constants, comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# Words that PostgreSQL 18 refuses as a bare column or table name (appendix C, "reserved"), and those that
# begin special syntax at some places: `between`, `cube`, `interval`, `recursive`, `rollup`, `values`.
RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between binary both case cast check collate
    collation column concurrently constraint create cross cube current_catalog current_date current_role
    current_schema current_time current_timestamp current_user default deferrable desc distinct do else end except
    false fetch for foreign freeze from full grant group having ilike in initially inner intersect interval into is
    isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or
    order outer overlaps placing primary recursive references returning right rollup select session_user similar
    some symmetric system_user table tablesample then to trailing true union unique user using values variadic
    verbose when where window with
    """.split()
)
# Words that PostgreSQL accepts, but the tool's SQL parser does not.
UNREAD = frozenset(
    """
    alter between describe drop glob insert interval partitioned_by qualify regexp revoke rlike rollback uncache
    values xor
    """.split()
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Quoting:
    """The quoting rules of a system for names and constants.

    `mark`: the quote around names, doubled inside. `folds_up`: bare names are upper case, so a plain reserved name is
    quoted in upper case. `backslash`: it escapes in constants; in names only if `backslash_in_names`.
    """

    mark: str = '"'
    reserved: frozenset[str] = RESERVED
    folds_up: bool = False
    backslash: bool = False
    backslash_in_names: bool = False

    @property
    def is_foreign(self) -> bool:
        """Return whether PostgreSQL reads these names or constants differently."""
        return self.mark != '"' or self.backslash

    def needs_quotes(self, name: str) -> bool:
        return name in self.reserved or name in UNREAD or _PLAIN.match(name) is None

    def ident(self, name: str) -> str:
        """Return a name for SQL: bare if the system reads it back unchanged, otherwise in quotes."""
        return f"{self.mark}{self.between_quotes(name)}{self.mark}" if self.needs_quotes(name) else name

    def between_quotes(self, name: str) -> str:
        """Return a name for a place that already has quotes around it."""
        folded = name.upper() if self.folds_up and _PLAIN.match(name) else name
        if self.backslash_in_names:
            return folded.replace("\\", "\\\\").replace(self.mark, f"\\{self.mark}")
        return folded.replace(self.mark, self.mark * 2)

    def unfolded(self, name: str) -> str:
        """Return the original of a name that `between_quotes` returned."""
        return name.lower() if self.folds_up and name.isupper() and _PLAIN.match(name.lower()) else name

    def literal(self, text: str) -> str:
        """Return a text constant."""
        if self.backslash:
            return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
        return "'" + text.replace("'", "''") + "'"


POSTGRES = Quoting()


def needs_quotes(name: str) -> bool:
    return name in RESERVED or name in UNREAD or _PLAIN.match(name) is None


@lru_cache(maxsize=65536)
def ident(name: str) -> str:
    """Return a name for SQL: bare if PostgreSQL reads it back unchanged, otherwise in double quotes."""
    return f'"{between_quotes(name)}"' if needs_quotes(name) else name


def between_quotes(name: str) -> str:
    """Return a name for a place that already has double quotes around it."""
    return name.replace('"', '""')


def literal(text: str) -> str:
    """Return a text constant."""
    return "'" + text.replace("'", "''") + "'"


def comment(text: str) -> str:
    """Return a comment to the end of the line. No character of the text can end it earlier."""
    return "-- " + " ".join("".join(c if c.isprintable() else " " for c in text).split())
