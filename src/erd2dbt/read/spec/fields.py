"""Reads mappings with known fields, and reports unknown, missing and duplicate fields."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from erd2dbt.faults.diagnostics import did_you_mean
from erd2dbt.read.spec import cuts
from erd2dbt.read.yaml.source import MappingNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from erd2dbt.faults.diagnostics import Collector, Span
    from erd2dbt.read.yaml.source import Document

    Read = Callable[["Reader", "Field"], Any]


class Field(NamedTuple):
    """One `name: value` of a mapping. The items of a list have the name and the key of their list."""

    name: str
    key: Node
    value: Node


@dataclass(frozen=True, slots=True)
class Reader:
    """The document that is read, and the faults so far."""

    document: Document
    faults: Collector

    def span(self, node: Node) -> Span:
        return self.document.span(node)

    def fault(self, code: str, message: str, node: Node, *fixes: str) -> None:
        self.faults.add(code, message, self.document.span(node), fixes=fixes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """The fields of one kind of mapping. After a fault, a field reader returns the default of its type."""

    what: str  # with its article: "an entity"
    fields: Mapping[str, Read]
    required: Mapping[str, str] = field(default_factory=dict)  # name -> the line to add


def record(reader: Reader, body: Field, grammar: Grammar) -> dict[str, Any]:
    """Return field name -> value of its reader, for known fields that are present. Reports faults E008 and E010."""
    given: dict[str, Any] = {}
    if (found := entries(reader, body)) is None:
        return given
    meant: set[str] = set()
    for entry in found:
        if read := grammar.fields.get(entry.name):
            given[entry.name] = read(reader, entry)
        else:
            meant.update(_unknown(reader, body, entry, grammar))
    for name, line in grammar.required.items():
        if name not in given and _hint(name) not in meant and not _merges(body):
            reader.fault("E010", f"{grammar.what} needs the field `{name}`", body.key, f"add `{line}`")
    return given


def is_misspelt(reader: Reader, name: str) -> bool:
    """Return whether an unknown field is probably a misspelling of this missing one."""
    return any(_hint(name) in fault.fixes for fault in reader.faults.found if fault.code == "E008")


def entries(reader: Reader, body: Field) -> list[Field] | None:
    """Return the fields of a mapping, each name once; None for another kind of value. Reports faults E006, E007, E009,
    E014."""
    node = body.value
    if not isinstance(node, MappingNode):
        wrong_kind(reader, body, "a mapping")
        return None
    found: dict[str, Field] = {}
    for key, value in cuts.rejoined_pairs(reader, node) if node.flow_style else node.value:
        if not isinstance(key, ScalarNode):
            reader.fault("E009", f"a name must be text, not {kind(key)}", key, "write `name: value`")
        elif (name := sys.intern(key.value)) in found:  # many entities have columns of one name
            line = found[name].key.start_mark.line + 1
            reader.fault("E007", f"`{name}` is already on line {line}", key, "keep one of the two")
        elif name == "<<" and not key.style:
            reader.fault("E006", "YAML's merge key `<<` is not supported", key, "write the merged fields out")
        else:
            found[name] = Field(name, key, value)
    return list(found.values())


def items(reader: Reader, body: Field) -> list[Field]:
    """Return the items of a list, or a single value as a list of one. Reports faults E009 and E014."""
    node = body.value
    if not isinstance(node, SequenceNode):
        return [body]
    if not node.value:
        reader.fault("E009", f"`{body.name}` is an empty list", node, f"name at least one, or remove `{body.name}`")
    values = cuts.rejoined_items(reader, node) if node.flow_style else node.value
    return [Field(body.name, body.key, value) for value in values]


def wrong_kind(reader: Reader, body: Field, wanted: str) -> None:
    """Report fault E009: the value is of another kind than the grammar expects."""
    if is_nothing(body.value):
        fix = f"write {wanted} there, or remove `{body.name}`"
        reader.fault("E009", f"`{body.name}` has no value", body.key, fix)
    else:
        form = _FORMS.get(wanted, "`{0}: …`").format(body.name)
        message = f"`{body.name}` must be {wanted}, not {kind(body.value)}"
        reader.fault("E009", message, body.value, f"write {form}")


_FORMS = {
    "a mapping": "`{0}:` and below it, indented, a line `name: value` for each",
    "a mapping with a `reason`": "`{0}: {{reason: …}}`",
    "a value or a list": "`{0}: a` or `{0}: [a, b]`",
    "a type or an expression": "`{0}: text` or another type",
}


def kind(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "a mapping"
    return "a list" if isinstance(node, SequenceNode) else "text"


def is_nothing(node: Node) -> bool:
    """Return whether a value is YAML's null: no value, or unquoted `null` or `~`."""
    return isinstance(node, ScalarNode) and not node.style and node.value in ("", "~", "null", "Null", "NULL")


def known(words: Iterable[str], joined: str = "and") -> str:
    """Return `a`, `b` and `c` as a phrase for the end of a sentence."""
    *most, last = (f"`{word}`" for word in words)
    return f"{', '.join(most)} {joined} {last}" if most else last


def _unknown(reader: Reader, body: Field, entry: Field, grammar: Grammar) -> tuple[str, ...]:
    """Report fault E008 for an unknown field; return its fixes."""
    fixes = did_you_mean(entry.name, grammar.fields) or (f"{grammar.what} has {known(grammar.fields)}",)
    if isinstance(body.value, MappingNode) and body.value.flow_style and is_nothing(entry.value):
        fixes += ("YAML ends an unquoted value at a comma: quote the value before it if this is its rest",)
    reader.fault("E008", f"{grammar.what} has no field `{entry.name}`", entry.key, *fixes)
    return fixes


def _merges(body: Field) -> bool:
    """Return whether a merge key, which is already a fault, was meant to add the missing fields."""
    return any(key.value == "<<" for key, _ in body.value.value)


def _hint(name: str) -> str:
    return f"did you mean `{name}`?"
