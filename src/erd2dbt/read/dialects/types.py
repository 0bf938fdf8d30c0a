"""Translates types of other systems to PostgreSQL's, and keeps the original where the two differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.read.ddl.dialect import Dialect
from erd2dbt.read.relational.values import Column, Tables, Type

_NUMBER = re.compile(r"-?\d+|\*|\bmax\b", re.IGNORECASE)
_GROUP = re.compile(r"\([^()]*\)|<.*>", re.DOTALL)
_STRING = re.compile(r"'((?:[^'\\]|\\.|'')*)'|\"((?:[^\"\\]|\\.|\"\")*)\"", re.DOTALL)
_ARRAY = re.compile(r"array\s*<\s*(?P<of>.*)>\s*", re.IGNORECASE | re.DOTALL)
_LISTS = ("enum", "set")
_LONGEST = 10_485_760  # characters of PostgreSQL's varchar
_BUILT_IN = "sys"  # the schema of SQL Server's own types, which scripts may name: `[sys].[int]`
_WHOLE = "38"  # digits, where `*` means the maximum


def with_types(found: Tables, dialect: Dialect) -> None:
    """Set each column's type to the equivalent of PostgreSQL. `meta` keeps the original."""
    for table in found.tables.values():
        for column in table.columns.values():
            if column.type is not None and found.own_type(column.type) is None:
                _translate(column, column.type, dialect)
    for own in found.types.values():
        if own.over is not None:
            own.over = replace(own.over, name=meaning(own.over, dialect.types) or own.over.text, modifier="")


def _translate(column: Column, written: Type, dialect: Dialect) -> None:
    if written.name.split()[0] in _LISTS and "'" in written.modifier:
        column.values = tuple(_strings(written.modifier)) if written.name == "enum" else ()
        column.type = Type(name="text")
    elif meant := meaning(written, dialect.types):
        column.type = Type(name=meant.removesuffix("[]"), array=written.array or meant.endswith("[]"))
    elif written.schema == _BUILT_IN and canonical(written.name):
        column.type = written = replace(written, schema=None)
    if canonical(written.text) != canonical(column.type.text if column.type else ""):
        column.said["meta"] = {"raw_type": written.text}


def _strings(text: str) -> Iterator[str]:
    for match in _STRING.finditer(text):
        one, other = match.groups()
        yield re.sub(r"\\(.)", r"\1", one.replace("''", "'") if one is not None else other.replace('""', '"'))


def meaning(written: Type, types: Mapping[str, str]) -> str | None:
    """Return PostgreSQL's spelling of a type; None if the system has no such built-in type."""
    text = f"{written.name}{written.modifier}"
    if array := _ARRAY.fullmatch(text):
        inner = array["of"].strip()
        of = meaning(
            Type(name=inner.partition("(")[0].partition("<")[0].strip().lower(), modifier=_behind(inner)), types
        )
        return f"{of or inner.lower()}[]"
    words = " ".join(_GROUP.sub(" ", text).lower().split())
    given, _, plain = types.get(words, "").partition("|")
    if not given:
        return None
    numbers = [number.replace("*", _WHOLE) for number in _NUMBER.findall(" ".join(_GROUP.findall(text)))]
    if not numbers or "{}" not in given:
        return plain or given.replace("{}", "")
    asked = given.replace("{}", f"({','.join(numbers)})")
    if given == "varchar{}" and len(numbers) == 1 and numbers[0].isdigit() and int(numbers[0]) > _LONGEST:
        return "text"
    return asked if canonical(asked) else "text" if "char" in given else given.replace("{}", "")


def _behind(inner: str) -> str:
    """Return the part of a type after its name."""
    match = re.search(r"[(<]", inner)
    return inner[match.start() :] if match else ""
