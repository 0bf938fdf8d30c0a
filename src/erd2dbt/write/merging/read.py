"""Reading a YAML text as a tree, by the parser that dbt reads with, so that a merge knows where everything stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from erd2dbt.write.merging.tree import Document, Entry, Node, loose, loose_entry, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_COMMENT = re.compile(r"(?:^|(?<=[\s\[\]{},]))#[^\n]*")
_BLOCK = ("|", ">")
_RESOLVER: Any = yaml.resolver.Resolver()


def read(text: str) -> Document | None:
    """The one document of a text. None when it is not a YAML, has a key twice, or is laid out with `?`."""
    try:
        return _Builder(text).document()
    except (yaml.YAMLError, _UnfitError, RecursionError, ValueError):
        return None


def yaml_fault(text: str) -> tuple[int, str] | None:
    """The line, from 1, at which dbt's parser stops or takes one of two values, and why; None for one document of
    YAML, or none."""
    documents, keys = 0, _Keys()
    try:
        for event in yaml.parse(text.removeprefix("\ufeff"), Loader=yaml.CSafeLoader):
            documents += isinstance(event, DocumentStartEvent)
            if documents > 1:
                return getattr(event.start_mark, "line", 0) + 1, "a second document begins there"
            if twice := keys.twice(event):
                return twice
    except yaml.MarkedYAMLError as error:
        line = getattr(error.problem_mark or error.context_mark, "line", 0)
        return line + 1, f"it is not YAML: {error.problem or error.context}"
    except (yaml.YAMLError, RecursionError, ValueError):
        return 1, "it is not YAML"
    return None


@dataclass(slots=True)
class _Keys:
    """The keys of the mappings that are open: each key's line, by its text; None for a sequence.

    `is_key`: for each of them, whether a key comes next."""

    open: list[dict[tuple[str, str], int] | None] = field(default_factory=list)
    is_key: list[bool] = field(default_factory=list)

    def twice(self, event: Any) -> tuple[int, str] | None:
        """The line of a key that its mapping has already, and what is wrong."""
        if isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self.open.pop()
            self.is_key.pop()
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent, ScalarEvent, AliasEvent)):
            return self._began(event)
        return None

    def _began(self, event: Any) -> tuple[int, str] | None:
        mapping, found = self.open[-1] if self.open else None, None
        if mapping is not None:
            if self.is_key[-1] and isinstance(event, ScalarEvent):
                key, line = (_tag(event), event.value), getattr(event.start_mark, "line", 0) + 1
                if key in mapping:
                    found = line, f"`{event.value}` is there twice, also in line {mapping[key]}"
                mapping[key] = line
            self.is_key[-1] = not self.is_key[-1]
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self.open.append({} if isinstance(event, MappingStartEvent) else None)
            self.is_key.append(True)
        return found


class _UnfitError(Exception):
    """YAML, but none that can be merged by its structure."""


class _Builder:
    def __init__(self, text: str) -> None:
        self.text = text
        self.leaves: list[Any] = []
        self.anchors: set[str] = set()
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.CSafeLoader))

    def document(self) -> Document:
        self.expect(StreamStartEvent, DocumentStartEvent)
        root = self.node(next(self.events))
        self.expect(DocumentEndEvent, StreamEndEvent)
        comments = tuple(_comments(self.text, self.leaves))
        starts = (0, *(match.end() for match in re.finditer("\n", self.text)))
        eol = "\r\n" if "\r\n" in self.text else "\n"
        return Document(source=self.text, root=root, comments=comments, starts=starts, eol=eol)

    def expect(self, *kinds: type[Any]) -> None:
        for kind in kinds:
            if not isinstance(next(self.events), kind):
                raise _UnfitError

    def node(self, event: Any) -> Node:
        if isinstance(event, AliasEvent):
            return self.alias(event)
        if event.anchor is not None:
            self.anchors.add(event.anchor)
        if isinstance(event, ScalarEvent):
            self.leaves.append(event)
            return _scalar(event, self.text)
        return self.mapping(event) if isinstance(event, MappingStartEvent) else self.sequence(event)

    def alias(self, event: Any) -> Node:
        if event.anchor not in self.anchors:
            raise _UnfitError
        self.leaves.append(event)
        start, end, shape = event.start_mark.index, event.end_mark.index, ("alias", event.anchor)
        return Node(kind="alias", start=start, end=end, shape=shape, loose=shape, value=f"*{event.anchor}")

    def mapping(self, event: Any) -> Node:
        entries = []
        while not isinstance(inner := next(self.events), MappingEndEvent):
            key = self.node(inner)
            value = self.node(next(self.events))
            if not self.is_plain_pair(key, value):
                raise _UnfitError
            entries.append(Entry(key=key, value=value, start=key.start))
        if len({entry.key.shape for entry in entries if entry.key}) != len(entries):
            raise _UnfitError
        return _collection("mapping", event, inner, entries)

    def sequence(self, event: Any) -> Node:
        entries = []
        at = event.start_mark.index
        while not isinstance(inner := next(self.events), SequenceEndEvent):
            value = self.node(inner)
            start = value.start if event.flow_style else _dash(self.text, at, value.start)
            entries.append(Entry(key=None, value=value, start=start))
            at = value.end
        return _collection("sequence", event, inner, entries)

    def is_plain_pair(self, key: Node, value: Node) -> bool:
        """Whether it is `key: value`, without the `?` of complex keys."""
        between = self.text[key.end : value.start].lstrip()
        is_leaf = key.kind in ("scalar", "alias")
        return is_leaf and between.startswith(":") and "\n" not in self.text[key.start : key.end]


def _scalar(event: Any, text: str) -> Node:
    start, end, style = event.start_mark.index, event.end_mark.index, event.style or ""
    if style in _BLOCK:
        kept = "+" in text[start:end].split("\n", 1)[0].split("#", 1)[0]
        end = start + len(text[start:end].removesuffix("\n") if kept else text[start:end].rstrip())
    tag = _tag(event)
    shape = shape_of(event.anchor, tag, event.value)
    return Node(kind="scalar", start=start, end=end, shape=shape, loose=shape, value=event.value, style=style, tag=tag)


def _tag(event: Any) -> str:
    """What a scalar is, as its own tag, its quotes or its text say."""
    style = event.style or ""
    tag: str = event.tag or _RESOLVER.resolve(yaml.ScalarNode, event.value, (not style, bool(style)))
    return tag


def _collection(kind: str, event: Any, last: Any, entries: Sequence[Entry]) -> Node:
    flow = bool(event.flow_style)
    end = last.end_mark.index if flow or not entries else entries[-1].end
    head = (kind, event.anchor, event.tag or "")
    pairs = [(e.key.shape, e.value.shape) if e.key else e.value.shape for e in entries]
    return Node(
        kind=kind,
        start=event.start_mark.index,
        end=end,
        flow=flow,
        entries=tuple(entries),
        shape=(*head, frozenset(pairs) if kind == "mapping" else tuple(pairs)),
        loose=loose(kind, (loose_entry(entry) for entry in entries)),
    )


def _comments(text: str, leaves: Iterable[Any]) -> Iterator[tuple[int, str]]:
    """What is between the scalars, behind a `#`."""
    at = 0
    for start, end, style in [*map(_place, leaves), (len(text), len(text), "")]:
        yield from ((match.start(), match[0].rstrip()) for match in _COMMENT.finditer(text, at, start))
        if style in _BLOCK:
            header = _COMMENT.search(text, start, start + len(text[start:end].split("\n", 1)[0]))
            yield from [(header.start(), header[0].rstrip())] if header else []
        at = end


def _place(event: Any) -> tuple[int, int, str]:
    return event.start_mark.index, event.end_mark.index, getattr(event, "style", None) or ""


def _dash(text: str, after: int, before: int) -> int:
    """Where the dash of an item stands: the last one between two places, and in no comment."""
    between = text[after:before]
    return after + _COMMENT.sub(lambda comment: " " * len(comment[0]), between).rfind("-")
