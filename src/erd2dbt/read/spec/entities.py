"""Reads `entities:`: the grain of each entity, and the claims about it."""

from __future__ import annotations

import re
from typing import Any

from erd2dbt.diagram.erd import Determines, Entity, Word
from erd2dbt.faults.diagnostics import Span, did_you_mean
from erd2dbt.read.spec import names
from erd2dbt.read.spec.attributes import columns
from erd2dbt.read.spec.fields import Field, Grammar, Reader, entries, items, known, record
from erd2dbt.read.spec.formulas import has_field, key_of
from erd2dbt.read.spec.values import (
    choice,
    data_mapping,
    model_name,
    object_name,
    raw_name,
    text,
    texts,
    word,
    words,
)
from erd2dbt.read.yaml.source import SequenceNode


def entity(reader: Reader, field: Field, sources: tuple[str, ...]) -> Entity:
    """Read one entity. Its source is optional while there is only one."""
    names.check_object(reader, field, "entity")
    if has_field(field, "existing"):
        return _existing(reader, field)
    given = record(reader, field, ENTITY)
    _check_star(reader, field, given)
    source = _source(reader, field, given.pop("source", None), sources)
    uniques = given.pop("unique", ())
    defaults = {"table": field.name, "key": (), "columns": ()}
    made = Entity(
        name=field.name,
        span=reader.span(field.key),
        source=source,
        uniques=uniques,
        **{**defaults, **given},
    )
    names.check_clashes([("column", c.name, c.span) for c in made.columns], reader.faults)
    return made


def _check_star(reader: Reader, body: Field, given: dict[str, Any]) -> None:
    """Report fault E016 for settings of a fact where the entity is declared not to be one."""
    role = given.get("role")
    for name in ("grain", "event_date", "measures") if role in ("dimension", "ignore") else ():
        if name in given:
            fix = f"remove `{name}`, or make it `role: fact`"
            reader.fault(
                "E016", f"`{name}` is a field of facts, and does not go with `role: {role}`", key_of(body, name), fix
            )


def _existing(reader: Reader, field: Field) -> Entity:
    """Read a dbt model of another owner: it has no raw table, and no columns are computed here."""
    given = record(reader, field, EXISTING)
    given["uniques"] = given.pop("unique", ())
    defaults = {"key": (), "columns": (), "existing": Word("", reader.span(field.key))}
    made = Entity(name=field.name, span=reader.span(field.key), source="", table="", **{**defaults, **given})
    for column in made.columns:
        if column.formula is not None or column.cast or column.raw != column.name or column.tests or column.meta:
            message = f"`{column.name}` is a column of someone else's model: it has its name, a type and claims"
            reader.faults.add("E016", message, column.span, fixes=["remove `is`, `from`, `cast`, `tests` or `meta`"])
    names.check_clashes([("column", c.name, c.span) for c in made.columns], reader.faults)
    return made


def _source(reader: Reader, field: Field, given: Word | None, sources: tuple[str, ...]) -> str:
    if given is None:
        if len(sources) > 1:
            fix = f"add `source:` with {known(sources, 'or')}"
            reader.fault("E010", "an entity needs the field `source` when there are several", field.key, fix)
        return sources[0] if sources else ""
    if sources and given.text not in sources:
        fixes = did_you_mean(given.text, sources) or (f"write {known(sources, 'or')}",)
        reader.faults.add("E016", f"there is no source `{given.text}`", given.span, fixes=fixes)
    return given.text


def unique(reader: Reader, field: Field) -> tuple[tuple[Word, ...], ...]:
    """Read `a`, `[a, b]` (unique together), or a list of such lists."""
    node = field.value
    if not isinstance(node, SequenceNode) or not any(isinstance(n, SequenceNode) for n in node.value):
        return (words(reader, field),)
    return tuple(words(reader, item) for item in items(reader, field))


def determines(reader: Reader, field: Field) -> tuple[Determines, ...]:
    """Read `{a: [b, c], "a, b": d}`, or a list of `{columns: [a, b], determines: [d]}`."""
    if isinstance(field.value, SequenceNode):
        return tuple(_claim(reader, item) for item in items(reader, field))
    return tuple(
        Determines(_split(reader, entry), words(reader, entry), reader.span(entry.key))
        for entry in entries(reader, field) or ()
    )


def _claim(reader: Reader, item: Field) -> Determines:
    given = record(reader, item, DETERMINES)
    return Determines(given.get("columns", ()), given.get("determines", ()), reader.span(item.value))


def _split(reader: Reader, entry: Field) -> tuple[Word, ...]:
    """Return the names in `a, b`, each with its own place."""
    start = reader.document.content(entry.key)
    found = tuple(
        Word(match[0], Span(start.file, start.line, start.column + match.start(), start.column + match.end()))
        for match in re.finditer(r"[^\s,](?:[^,]*[^\s,])?", entry.name)
    )
    if not found:
        fix = "write `the_column: [what, it, determines]`"
        reader.fault("E009", "a claim needs the columns that determine others", entry.key, fix)
    return found


def latest(reader: Reader, field: Field) -> tuple[Word, ...]:
    """Read `{by: updated_at}`, the order in which the latest row of a key is chosen. With several columns, the first
    counts most."""
    by: tuple[Word, ...] = record(reader, field, LATEST).get("by", ())
    return by


def _columns_or_none(reader: Reader, field: Field) -> tuple[Word, ...]:
    """Read names; `[]` means that there are none."""
    node = field.value
    return () if isinstance(node, SequenceNode) and not node.value else words(reader, field)


DETERMINES = Grammar(
    what="a claim",
    fields={"columns": words, "determines": words},
    required={"columns": "columns: [a, b]", "determines": "determines: [c]"},
)
LATEST = Grammar(
    what="which row of a key is the latest",
    fields={"by": words},
    required={"by": "by: updated_at"},
)
ENTITY = Grammar(
    what="an entity",
    fields={
        "source": word,
        "table": raw_name,
        "renamed_from": words,
        "description": text,
        "key": words,
        "determines": determines,
        "unique": unique,
        "latest": latest,
        "columns": columns,
        "loaded_at": word,
        "role": choice("fact", "dimension", "bridge", "ignore"),
        "grain": words,
        "event_date": word,
        "measures": words,
        "audit": _columns_or_none,
        "deleted": word,
        "data": text,
        "group": object_name,
        "tags": texts,
        "meta": data_mapping,
    },
    required={"key": "key: the_column_that_identifies_a_row", "columns": "columns: {its_column: text}"},
)
EXISTING = Grammar(
    what="an entity that exists as a dbt model",
    fields={
        "existing": model_name,
        "renamed_from": words,
        "description": text,
        "key": words,
        "determines": determines,
        "unique": unique,
        "columns": columns,
    },
    required={"key": "key: the_column_that_identifies_a_row", "columns": "columns: {its_column: text}"},
)
