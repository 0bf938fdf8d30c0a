"""Applies repairs to the text of a spec as a person would paste them, merged with the existing text."""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from erd2dbt.faults.diagnostics import Fix, Paste, Span
from erd2dbt.read.spec.links import drawn

_FORMULA = frozenset(("is", "first", "last", "order", "where", "tier", "cut", "else"))
_TEXT = "tag:yaml.org,2002:str"
_MAP = "tag:yaml.org,2002:map"


def pasted(text: str, fix: Fix, place: Span | None = None) -> str | None:
    """Return the spec with a repair, in a new layout; None where its place does not exist. `place`: the place of the
    fault."""
    words = [paste for paste in fix.pastes if not paste.at]
    for paste in words:
        replaced = replaced_word(text, paste, place)
        if replaced is None:
            return None
        text = replaced
    if len(words) == len(fix.pastes):
        return text if words else None
    root = composed(text)
    if not all(isinstance(root, MappingNode) and _put(root, paste) for paste in fix.pastes if paste.at):
        return None
    return yaml.serialize(root, Dumper=yaml.CSafeDumper, allow_unicode=True, width=10**6)


def composed(text: str) -> Node | None:
    """Return the YAML nodes of a text; None for a diagram, and for text that is not YAML."""
    try:
        found: Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return None
    return found


def without(text: str, models: Iterable[str]) -> str:
    """Return the spec without some of its models."""
    root, gone = composed(text), set(models)
    if root is None:
        return text
    section = _value(root, "models")
    if isinstance(section, MappingNode):
        section.value = [(key, value) for key, value in section.value if key.value not in gone]
    return yaml.serialize(root, Dumper=yaml.CSafeDumper, allow_unicode=True, width=10**6)


def models(text: str) -> dict[str, tuple[int, int, str]]:
    """Return each model's first and last line, counted from 1, and its text."""
    root = composed(text)
    section = _value(root, "models") if root is not None else None
    pairs = section.value if isinstance(section, MappingNode) else []
    return {
        key.value: (key.start_mark.line + 1, value.end_mark.line + 1, text[key.end_mark.index : value.end_mark.index])
        for key, value in pairs
    }


def replaced_word(text: str, paste: Paste, place: Span | None) -> str | None:
    """Return the text with the first wrong word replaced, at or after the place of the fault."""
    if place is None:
        return None
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1
    found = re.compile(rf"(?<!\w){re.escape(paste.instead)}(?!\w)").search(text, start)
    return text[: found.start()] + paste.text + text[found.end() :] if found else None


def _value(node: Node | None, name: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else []
    return next((value for key, value in pairs if key.value == name), None)


def _put(root: MappingNode, paste: Paste) -> bool:
    """Add the text at the path; return whether the place exists."""
    *way, last = paste.at
    node = root
    for name in way:
        inner = _value(node, name)
        if inner is None:
            inner = MappingNode(_MAP, [])
            node.value.append((ScalarNode(_TEXT, name), inner))
        if not isinstance(inner, MappingNode):
            return False
        node = inner
    at = next((i for i, (key, _) in enumerate(node.value) if is_key(key.value, last, paste.at[0])), None)
    if paste.renames:
        if at is None:
            return False
        node.value[at] = (ScalarNode(_TEXT, paste.text), node.value[at][1])
        return True
    new = yaml.compose(paste.text, Loader=yaml.CSafeLoader)
    assert new is not None, "nothing is pasted"
    if at is None:
        node.value.append((ScalarNode(_TEXT, last), new))
        return True
    after = merged(node.value[at][1], new, paste.at)
    if after is not None:
        node.value[at] = (node.value[at][0], after)
    return after is not None


def is_key(key: object, name: str, section: str) -> bool:
    return key == name or (section == "links" and isinstance(key, str) and drawn(key) == name)


def merged(old: Node, new: Node, at: tuple[str, ...]) -> Node | None:
    """Return the existing value merged with the pasted one: fields are added, a formula replaces a formula."""
    is_column = len(at) == 4 and at[2] == "columns"
    if is_column:
        short = "type" if at[0] == "entities" else "is"
        if isinstance(new, ScalarNode) and isinstance(old, MappingNode):
            new = _field("is", new)
        if isinstance(old, ScalarNode) and isinstance(new, MappingNode):
            old = _field(short, old)
    if not isinstance(new, MappingNode):
        return new
    if isinstance(old, SequenceNode):
        return None
    if not isinstance(old, MappingNode):
        return new
    names = {key.value for key, _ in new.value}
    gone = _FORMULA if is_column and at[0] == "models" and names & {"is", "first", "last", "tier"} else frozenset()
    kept = [(key, value) for key, value in old.value if key.value not in gone | names]
    return MappingNode(_MAP, [*kept, *((key, _inner(old, key, value, at)) for key, value in new.value)])


def _inner(old: MappingNode, key: Node, new: Node, at: tuple[str, ...]) -> Node:
    """Merge a nested mapping: `accept`, `match` and others keep their entries."""
    before = _value(old, key.value)
    if isinstance(before, MappingNode) and isinstance(new, MappingNode):
        return merged(before, new, (*at, key.value)) or new
    return new


def _field(name: str, value: Node) -> MappingNode:
    return MappingNode(_MAP, [(ScalarNode(_TEXT, name), value)])
