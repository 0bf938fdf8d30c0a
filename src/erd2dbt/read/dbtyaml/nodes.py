"""Reads YAML as dbt does, with merge keys. Nodes that the reader requests count as read, the others are reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from erd2dbt.faults.diagnostics import Collector
from erd2dbt.read.text.accounting import Account
from erd2dbt.read.yaml.source import Document, MappingNode, Node, ScalarNode, SequenceNode

_MERGE = "<<"
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d+)?")
_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}
_BESIDE = "a key that contains anchors for other places"


@dataclass(slots=True)
class Nodes:
    """The document and the account of its nodes. Fault E007 for a duplicate key of a mapping."""

    document: Document
    account: Account
    faults: Collector = field(default_factory=Collector)

    def fields(self, node: Node | None) -> Fields:
        return Fields(self, {key.value: (key, value) for key, value in self._pairs(node)})

    def _pairs(self, node: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
        """Return the pairs of a mapping in YAML's order of precedence: merged pairs first, those of the first merge
        last."""
        if not isinstance(node, MappingNode):
            return
        own: dict[str, Node] = {}
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == _MERGE:
                self.mark(key)
                for other in reversed(value.value if isinstance(value, SequenceNode) else [value]):
                    yield from self._pairs(other)
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.value == _MERGE:
                continue
            if key.value in own:
                message = f"`{key.value}` is already on line {own[key.value].start_mark.line + 1}"
                self.faults.add("E007", message, self.document.span(key), fixes=["keep one of the two"])
            own[key.value] = key
            yield key, value

    def entries(self, node: Node | None) -> Iterator[Fields]:
        """Return the mappings of a list that have a name."""
        for item in node.value if isinstance(node, SequenceNode) else ():
            if "name" in (fields := self.fields(item)):
                yield fields

    def text(self, node: Node | None) -> str:
        if not isinstance(node, ScalarNode):
            return ""
        self.mark(node)
        return str(node.value).strip()

    def texts(self, node: Node | None) -> tuple[str, ...]:
        """Return one text or a list of texts as a list. `all` and `*` give an empty list."""
        if isinstance(node, ScalarNode):
            return (text,) if (text := self.text(node)) not in ("all", "*") else ()
        return tuple(map(self.text, node.value)) if isinstance(node, SequenceNode) else ()

    def names(self, node: Node | None) -> tuple[str, ...]:
        return tuple(name.strip('"') for name in self.texts(node))

    def data(self, node: Node | None) -> Any:
        """Return the plain data of a node, as dbt reads it."""
        if isinstance(node, MappingNode):
            return {name: self.data(value) for name, value in self.fields(node).items()}
        if isinstance(node, SequenceNode):
            return [self.data(item) for item in node.value]
        text = self.text(node)
        if not isinstance(node, ScalarNode) or node.style:
            return text
        if text.lower() in _PLAIN:
            return _PLAIN[text.lower()]
        return (float(text) if "." in text else int(text)) if _NUMBER.fullmatch(text) else text

    # -- the account

    def mark(self, node: Node) -> None:
        self.account.read(node.start_mark.index, max(node.end_mark.index, node.start_mark.index + 1))

    def ignore(self, why: str, key: Node, value: Node) -> None:
        """Ignore a key and everything below it, except what is read through an anchor."""
        parts = [part for node in (key, value) for part in self.parts(node)]
        self.account.ignore_rest(why, parts)

    def leave(self, why: str, node: Node, *, unread: bool = False) -> None:
        parts = list(self.parts(node))
        if parts:
            self.account.leave(parts[0][0], parts[-1][1], why, unread=unread)

    def holds_anchors(self, node: Node) -> bool:
        """Return whether a node contains an anchor that is used elsewhere."""
        return any(self.account.is_read(start) for start, _ in self.parts(node))

    def ignore_anchors(self, root: Fields) -> None:
        for name, (key, value) in root.raw.items():
            if name not in root.asked and self.holds_anchors(value):
                self.ignore(_BESIDE, key, value)

    def parts(self, node: Node) -> Iterator[tuple[int, int]]:
        """Return the places of all scalars below a node. Aliases have the place of their anchor."""
        waiting, seen = [node], set[int]()
        while waiting:
            one = waiting.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            if isinstance(one, ScalarNode):
                yield one.start_mark.index, max(one.end_mark.index, one.start_mark.index + 1)
            elif isinstance(one, MappingNode):
                waiting += [part for pair in reversed(one.value) for part in reversed(pair)]
            elif isinstance(one, SequenceNode):
                waiting += reversed(one.value)


@dataclass(slots=True)
class Fields:
    """A mapping. A key that is requested counts as read."""

    nodes: Nodes
    raw: dict[str, tuple[ScalarNode, Node]]
    asked: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self.raw

    def get(self, name: str) -> Node | None:
        if name not in self.raw:
            return None
        self.asked.add(name)
        key, value = self.raw[name]
        self.nodes.mark(key)
        return value

    def first(self, *names: str) -> Node | None:
        """Return the first of these keys that exists."""
        return next((node for name in names if (node := self.get(name)) is not None), None)

    def text(self, name: str) -> str:
        return self.nodes.text(self.get(name))

    def fields(self, name: str) -> Fields:
        return self.nodes.fields(self.get(name))

    def items(self) -> Iterator[tuple[str, Node]]:
        for name in self.raw:
            if (node := self.get(name)) is not None:
                yield name, node

    def ignore(self, why: str, *names: str) -> None:
        for name in names:
            if name in self.raw:
                self.nodes.ignore(why, *self.raw[name])
