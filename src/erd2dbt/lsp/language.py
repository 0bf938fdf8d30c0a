"""The language's keys and words, by the JSON Schema that comes with the tool."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from erd2dbt.system.shipped_files import shipped

_Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may be in a mapping; `is_needed`: it has to."""

    name: str
    description: str
    is_needed: bool


def keys(path: Sequence[str]) -> list[Key]:
    """The keys that may be in the mapping at a path of keys, in the order of the schema."""
    found: dict[str, Key] = {}
    for schema in _at(path):
        needed = schema.get("required", ())
        for name, one in schema.get("properties", {}).items():
            found.setdefault(name, Key(name, description(one), name in needed))
    return list(found.values())


def words(path: Sequence[str]) -> list[str]:
    """The words that may be the value at a path of keys."""
    found = (str(word) for schema in _at(path) for word in schema.get("enum", ()) if isinstance(word, str))
    return list(dict.fromkeys(found))


def about(path: Sequence[str]) -> str:
    """What the schema says of the key at a path; nothing where people choose the key."""
    *way, last = path
    found = (schema["properties"][last] for schema in _at(way) if last in schema.get("properties", {}))
    return next((said for one in found if (said := description(one))), "")


def description(schema: _Schema) -> str:
    """Its own, else that of what it refers to."""
    own = schema.get("description")
    if own is None and "$ref" in schema:
        return description(_referred(schema["$ref"]))
    return str(own or "")


@cache
def _schema() -> _Schema:
    text = (shipped("specs") / "erd2dbt.schema.json").read_text(encoding="utf-8")
    found: _Schema = json.loads(text)
    return found


def _referred(reference: str) -> _Schema:
    found: _Schema = _schema()["$defs"][reference.rpartition("/")[2]]
    return found


def _at(path: Sequence[str]) -> list[_Schema]:
    """Every schema that the value at a path may follow."""
    found = list(_ways(_schema()))
    for name in path:
        found = [way for schema in found for inner in _inner(schema, name) for way in _ways(inner)]
    return found


def _inner(schema: _Schema, name: str) -> Iterator[_Schema]:
    if name in schema.get("properties", {}):
        yield schema["properties"][name]
    elif isinstance(schema.get("additionalProperties"), dict):
        yield schema["additionalProperties"]


def _ways(schema: _Schema) -> Iterator[_Schema]:
    """The schema, what it refers to, its alternatives, and those of a list's items."""
    yield schema
    if "$ref" in schema:
        yield from _ways(_referred(schema["$ref"]))
    for word in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(word, ()):
            yield from _ways(one)
    for word in ("then", "else", "items"):
        if isinstance(schema.get(word), dict):
            yield from _ways(schema[word])
