"""Valid names of a project, an entity or model, a column and a raw table; and why another name is not valid."""

from __future__ import annotations

import re
import unicodedata

from erd2dbt.names.length import NAME_BYTES

_LONGEST_WRITTEN = 200  # bytes; names become file names, and names over 63 bytes are shortened with a hash
_JINJA = ("{{", "{%", "{#")
# dbt rejects these project names: they are names of its Jinja context
DBTS_OWN = frozenset(
    """adapter api column config context database env env_var exceptions execute flags fromjson fromyaml graph
    invocation_id log model modules post_hooks pre_hooks ref render return run_started_at schema source sql sql_now
    target this tojson toyaml var write""".split()
)
_PROJECT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def fault_of_project(name: str) -> str | None:
    """What is wrong with a dbt project's name, or None."""
    if name in DBTS_OWN:
        return "is a word of dbt's own"
    if _PROJECT.fullmatch(name):
        return None
    return "must consist of letters a-z, digits and `_`, and not begin with a digit"


def fault_of_object(name: str) -> str | None:
    """What is wrong with the name of an entity, a model, a source or a role, or None.

    They become dbt names, files and unquoted words of expressions, so they hold letters, digits and `_`.
    """
    if name.isascii() and name.isidentifier():
        return _too_long(name, _LONGEST_WRITTEN)
    if name and all(c == "_" or c.isalnum() or unicodedata.category(c).startswith("M") for c in name):
        return _too_long(name, _LONGEST_WRITTEN)
    return "must consist of letters, digits and `_`"


def fault_of_column(name: str) -> str | None:
    """What is wrong with a column's name, or None. It may need quotes in SQL, but no escapes."""
    if name.isidentifier():
        return _too_long(name, _LONGEST_WRITTEN)
    if "/" in name or "\\" in name:
        return "must not contain a slash or a backslash"
    return _fault_of_spelling(name) or _too_long(name, _LONGEST_WRITTEN)


def fault_of_raw(name: str) -> str | None:
    """What is wrong with the name of an existing object (a raw column, table or schema), or None.

    PostgreSQL accepts every character except one in a quoted name.
    """
    if not name:
        return "is empty"
    return "must not contain the character U+0000" if "\0" in name else _too_long(name, NAME_BYTES)


def fault_of_place(name: str) -> str | None:
    """What is wrong with the name of a database, which dbt compares with the target's, or None."""
    return _fault_of_spelling(name) or _too_long(name, NAME_BYTES)


def _fault_of_spelling(name: str) -> str | None:
    if not name:
        return "is empty"
    if name != name.strip():
        return "must not begin or end with a blank"
    if not name.isprintable():
        return "must not contain control or invisible characters"
    if '"' in name or any(opener in name for opener in _JINJA):
        return "must not contain a double quote or begin a Jinja block"
    return None


def _too_long(name: str, longest: int) -> str | None:
    if 4 * len(name) <= longest or len(name.encode(errors="surrogatepass")) <= longest:
        return None
    kept = " that PostgreSQL keeps" if longest == NAME_BYTES else ""
    return f"is longer than {longest} bytes{kept}"
