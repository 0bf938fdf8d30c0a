"""dbt's Jinja: text that renders to itself, constants of expressions, and the names that dbt looks up."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

_OPENER = re.compile(r"\{[{%#]")
# dbt renders an argument of a test if it looks like an expression (`dbt/clients/jinja.py`).
_LIKE_CALL = re.compile(r"\s*(?:env_var|ref|var|source|doc)\s*\(.+\)\s*", re.DOTALL)
# dbt's parser reads the characters between quotes literally: there is no escape for these.
_UNQUOTABLE = re.compile(r"""[\\'"{}]""")
_LOOKUP = re.compile(r"""\s*(?:ref|source)\(\s*(['"])[\w.-]+\1(?:\s*,\s*(['"])[\w.-]+\2)?\s*\)\s*""")
_ODD = re.compile(r"\W+")


class Jinja(str):
    """Text of a template that renders to the original text."""

    __slots__ = ()


class Call(str):
    """An expression of Jinja, as it is between `{{` and `}}`: `ref('orders')`."""

    __slots__ = ()


def text(said: str) -> Jinja:
    """Return a template that renders to the text."""
    return Jinja(_OPENER.sub(lambda found: "{{ '" + found[0] + "' }}", said) if "{" in said else said)


def in_sql(sql: str) -> Jinja:
    """Return a template that renders to the SQL. It uses double quotes, because an opener in SQL is always in a
    constant with single quotes."""
    return Jinja(_OPENER.sub(lambda found: '{{ "' + found[0] + '" }}', sql) if "{" in sql else sql)


def argument(value: object) -> object:
    """Return an argument of a test in YAML. Text renders to itself, even if it looks like a call. A `Call` stays a
    call."""
    if isinstance(value, Mapping):
        return {name: argument(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [argument(one) for one in value]
    if not isinstance(value, str) or isinstance(value, Call):
        return value
    return Jinja(f"{{{{ {constant(value)} }}}}") if _LIKE_CALL.fullmatch(value) else text(value)


def looked_up(said: object) -> object:
    """Return `ref('…')` and `source('…', '…')` as calls, which only find a relation. Other values do not change."""
    return Call(said.strip()) if isinstance(said, str) and _LOOKUP.fullmatch(said) else said


def constant(value: object) -> Call:
    """Return a value as an expression: text in double quotes, numbers, `none`, lists and mappings."""
    if value is None:
        return Call("none")
    if isinstance(value, Mapping):
        return Call("{" + ", ".join(f"{constant(str(key))}: {constant(one)}" for key, one in value.items()) + "}")
    if isinstance(value, list | tuple):
        return Call("[" + ", ".join(map(constant, value)) + "]")
    return value if isinstance(value, Call) else Call(json.dumps(value, ensure_ascii=False))


def nameable(name: str) -> bool:
    """Return whether dbt finds a name between the quotes of `ref('…')` and `source('…', '…')`."""
    return bool(name) and name == name.strip() and name.isprintable() and not _UNQUOTABLE.search(name)


def named(name: str) -> str:
    """Return the name if it is `nameable`; otherwise one of letters, digits and `_`, with a hash of the name."""
    if nameable(name):
        return name
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{_ODD.sub('_', name).strip('_')[:40] or 'table'}_{digest}"


def ref(model: str) -> Call:
    """Return `ref('model')`."""
    return Call(f"ref('{_checked(model)}')")


def source(name: str, table: str) -> Call:
    """Return `source('name', 'table')`."""
    return Call(f"source('{_checked(name)}', '{_checked(table)}')")


def _checked(name: str) -> str:
    if not nameable(name):
        raise ValueError(f"dbt cannot look up {name!r}")
    return name
