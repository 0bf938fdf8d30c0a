"""dbt's Jinja: text that renders to itself, constants of expressions, and the names that dbt looks up."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

_OPENER = re.compile(r"\{[{%#]")
# dbt renders an argument of a test as an expression where it looks like one (`dbt/clients/jinja.py`).
_LIKE_CALL = re.compile(r"\s*(?:env_var|ref|var|source|doc)\s*\(.+\)\s*", re.DOTALL)
# dbt's parser takes the characters between quotes as they stand: there is no escape for these.
_UNQUOTABLE = re.compile(r"""[\\'"{}]""")
_LOOKUP = re.compile(r"""\s*(?:ref|source)\(\s*(['"])[\w.-]+\1(?:\s*,\s*(['"])[\w.-]+\2)?\s*\)\s*""")
_ODD = re.compile(r"\W+")


class Jinja(str):
    """Text of a template, which renders to the text that it was made of."""

    __slots__ = ()


class Call(str):
    """An expression of Jinja, as it is between `{{` and `}}`: `ref('orders')`."""

    __slots__ = ()


def text(said: str) -> Jinja:
    """The text such that it renders to itself."""
    return Jinja(_OPENER.sub(lambda found: "{{ '" + found[0] + "' }}", said) if "{" in said else said)


def in_sql(sql: str) -> Jinja:
    """The same for SQL: in double quotes, which end no string constant, the only place where SQL can have an opener."""
    return Jinja(_OPENER.sub(lambda found: '{{ "' + found[0] + '" }}', sql) if "{" in sql else sql)


def argument(value: object) -> object:
    """An argument of a test in YAML: texts render to themselves, also those that look like a call; `Call` is one."""
    if isinstance(value, Mapping):
        return {name: argument(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [argument(one) for one in value]
    if not isinstance(value, str) or isinstance(value, Call):
        return value
    return Jinja(f"{{{{ {constant(value)} }}}}") if _LIKE_CALL.fullmatch(value) else text(value)


def looked_up(said: object) -> object:
    """`ref('…')` and `source('…', '…')` as calls, which find a relation and do nothing else; all else as it is."""
    return Call(said.strip()) if isinstance(said, str) and _LOOKUP.fullmatch(said) else said


def constant(value: object) -> Call:
    """A value as an expression writes it: text in double quotes, numbers, `none`, lists and mappings."""
    if value is None:
        return Call("none")
    if isinstance(value, Mapping):
        return Call("{" + ", ".join(f"{constant(str(key))}: {constant(one)}" for key, one in value.items()) + "}")
    if isinstance(value, list | tuple):
        return Call("[" + ", ".join(map(constant, value)) + "]")
    return value if isinstance(value, Call) else Call(json.dumps(value, ensure_ascii=False))


def nameable(name: str) -> bool:
    """Whether dbt finds the name that is between the quotes of `ref('…')` and `source('…', '…')`."""
    return bool(name) and name == name.strip() and name.isprintable() and not _UNQUOTABLE.search(name)


def named(name: str) -> str:
    """The name itself where that is `nameable`; else one of letters, digits and `_`, with a hash of the name."""
    if nameable(name):
        return name
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{_ODD.sub('_', name).strip('_')[:40] or 'table'}_{digest}"


def ref(model: str) -> Call:
    """`ref('model')`."""
    return Call(f"ref('{_checked(model)}')")


def source(name: str, table: str) -> Call:
    """`source('name', 'table')`."""
    return Call(f"source('{_checked(name)}', '{_checked(table)}')")


def _checked(name: str) -> str:
    if not nameable(name):
        raise ValueError(f"dbt cannot look up {name!r}")
    return name
