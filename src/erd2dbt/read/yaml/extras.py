"""Refuses YAML tags, which have no meaning in a spec, and aliases that expand to a huge tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from erd2dbt.read.yaml.faults import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from erd2dbt.read.yaml.source import Node

NO_TAG = ""  # the tag of a node without an explicit one
_TIMES_LARGER, _FREE = 10, 1000  # maximum ratio of expanded nodes to written nodes

# a tag or an anchor comes first after an indicator or at the start of a line
_MARK = re.compile(r"(?:[:\-?,\[{]|^)[ \t]*[!&]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Extra:
    """The refused construct, its node, and the fix."""

    message: str
    node: Node
    fix: str


def find(text: str, root: Node) -> Extra | None:
    """Return the first tag, endless anchor or alias bomb of a tree, or None. A text without such signs is not
    searched."""
    if ("!" not in text and "&" not in text) or not _MARK.search(text):
        return None
    return _Walk().measure(root)[2]


@dataclass(slots=True)
class _Walk:
    written: int = 0
    seen: dict[int, tuple[int, int]] = field(default_factory=dict)  # id of a node -> (nodes, levels); 0 while open

    def measure(self, node: Node) -> tuple[int, int, Extra | None]:
        """Return (nodes, levels, refused construct) below a node with its aliases expanded.

        Aliases refer to nodes that were measured before, so this recurses over written levels only.
        """
        if id(node) in self.seen:
            size, levels = self.seen[id(node)]
            endless = Extra("this anchor contains itself", node, "write the repeated part out")
            return size, levels, None if size else endless
        if node.tag != NO_TAG:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            return (
                1,
                1,
                Extra(f"the YAML tag `{tag}` means nothing here", node, "remove it, or quote the value"),
            )
        self.written += 1
        self.seen[id(node)] = 0, 0
        size, levels = 1, 1
        for child in _children(node):
            below, deep, extra = self.measure(child)
            size, levels = size + below, max(levels, deep + 1)
            if extra or size > _TIMES_LARGER * self.written + _FREE or levels > DEEPEST:
                bomb = Extra("aliases blow this up beyond all bounds", child, "write the repeated part out")
                return size, levels, extra or bomb
        self.seen[id(node)] = size, levels
        return size, levels, None


def _children(node: Node) -> Iterator[Node]:
    """Yield a list's items, or a mapping's keys and values. A scalar has none."""
    if isinstance(node.value, str):
        return
    for child in node.value:
        if isinstance(child, tuple):
            yield from child
        else:
            yield child
