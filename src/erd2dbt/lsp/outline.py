"""The things that a spec names, each with its place: found also in a spec that has faults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from erd2dbt.faults.diagnostics import ErdError, Span
from erd2dbt.read.spec.links import drawn_ends
from erd2dbt.read.yaml.source import Document, MappingNode, Node, ScalarNode, SequenceNode, compose

_TRIES = 4  # lines that are blanked out until the rest can be read


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name. `said`: the value in one line where it is short; `fields`: what is below it."""

    name: str
    span: Span
    said: str = ""
    fields: Mapping[str, Named] = field(default_factory=dict)
    columns: Mapping[str, Named] = field(default_factory=dict)

    def words(self, name: str) -> list[str]:
        """The words of one of its fields: a scalar, or the items of a list."""
        one = self.fields.get(name)
        return [] if one is None else re.split(r",\s*", one.said.strip("[]")) if one.said else []


@dataclass(frozen=True, slots=True)
class DrawnLink:
    """A link by its ends; `roles` are empty for one without."""

    left: str
    right: str
    span: Span
    roles: Mapping[str, Named] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text in the spec. `start`: its first character, inside of quotes, as line and column from 0."""

    path: tuple[str, ...]
    is_key: bool
    text: str
    start: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Outline:
    """What the spec names; in doubt the names of what could be read."""

    sources: Mapping[str, Named] = field(default_factory=dict)
    entities: Mapping[str, Named] = field(default_factory=dict)
    models: Mapping[str, Named] = field(default_factory=dict)
    links: Sequence[DrawnLink] = ()
    scalars: Sequence[Scalar] = ()
    is_whole: bool = True  # no line was excluded

    def thing(self, name: str) -> Named | None:
        return self.entities.get(name) or self.models.get(name)


def outline(text: str, file: str) -> Outline | None:
    """None where even without its faulty lines nothing of the text can be read."""
    lines = text.split("\n")
    for number in range(_TRIES):
        try:
            document = compose("\n".join(lines).encode("utf-8", "replace"), file)
        except ErdError as error:
            span = error.diagnostics[0].span
            if span is None or not lines[min(span.line, len(lines)) - 1].strip():
                return None
            lines[min(span.line, len(lines)) - 1] = ""
            continue
        except RecursionError:
            return None
        return _outline(document, is_whole=not number)
    return None


def _outline(document: Document, *, is_whole: bool) -> Outline:
    sections = dict(_pairs(document.root))
    named = {
        word: {key.value: _named_entry(document, key, value) for key, value in _entries(sections.get(word))}
        for word in ("sources", "entities", "models")
    }
    links = [_link(document, key, value) for key, value in _entries(sections.get("links"))]
    return Outline(
        sources=named["sources"],
        entities=named["entities"],
        models=named["models"],
        links=[link for link in links if link],
        scalars=list(_scalars(document, document.root, ())),
        is_whole=is_whole,
    )


def _named_entry(document: Document, key: Node, value: Node) -> Named:
    fields = {one.value: _field(document, one, inner) for one, inner in _entries(value)}
    columns = next((inner for one, inner in _entries(value) if one.value == "columns"), None)
    return Named(
        name=key.value,
        span=document.span(key),
        said=_short(value),
        fields=fields,
        columns={one.value: _field(document, one, inner) for one, inner in _entries(columns)},
    )


def _field(document: Document, key: Node, value: Node) -> Named:
    fields = {one.value: Named(one.value, document.span(one), _short(inner)) for one, inner in _entries(value)}
    return Named(name=key.value, span=document.span(key), said=_short(value), fields=fields)


def _link(document: Document, key: Node, value: Node) -> DrawnLink | None:
    ends = drawn_ends(key.value)
    if ends is None:
        return None
    roles = {one.value: _field(document, one, inner) for one, inner in _entries(value)}
    return DrawnLink(*ends, document.span(key), roles)


def _short(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, SequenceNode) and all(isinstance(one, ScalarNode) for one in node.value):
        return f"[{', '.join(one.value for one in node.value)}]"
    return ""


def _entries(node: Node | None) -> list[tuple[ScalarNode, Node]]:
    """The pairs of a mapping whose keys are names."""
    pairs = node.value if isinstance(node, MappingNode) else []
    return [(key, value) for key, value in pairs if isinstance(key, ScalarNode)]


def _pairs(node: Node | None) -> Iterator[tuple[str, Node]]:
    yield from ((key.value, value) for key, value in _entries(node))


def _scalars(document: Document, node: Node, path: tuple[str, ...]) -> Iterator[Scalar]:
    if isinstance(node, ScalarNode):
        if node.style not in ("|", ">") and "\n" not in node.value:
            yield _scalar(node, path, is_key=False)
    elif isinstance(node, SequenceNode):
        for one in node.value:
            yield from _scalars(document, one, path)
    else:
        for key, value in _entries(node):
            yield _scalar(key, (*path, key.value), is_key=True)
            yield from _scalars(document, value, (*path, key.value))


def _scalar(node: ScalarNode, path: tuple[str, ...], *, is_key: bool) -> Scalar:
    start = node.start_mark
    return Scalar(path, is_key, node.value, (start.line, start.column + (1 if node.style else 0)))
