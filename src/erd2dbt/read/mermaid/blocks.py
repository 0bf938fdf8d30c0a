"""Finds `erDiagram` and `classDiagram` blocks: a whole file, markdown fences, or `<pre class="mermaid">`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_FENCE = re.compile(
    r"^([ \t>]*)(`{3,}|~{3,}|:{3,})[ \t]*(?:mermaid[\w-]*|\{mermaid\})[^\n]*\n(.*?)^\1\2", re.MULTILINE | re.DOTALL
)
_PRE = re.compile(r"<(pre|div|code)\b[^>]*\bmermaid\b[^>]*>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_FRONT = re.compile(r"\s*---[ \t]*\n(.*?)\n[ \t]*---[ \t]*(?:\n|$)", re.DOTALL)
_TITLE = re.compile(r"^\s*title:[ \t]*([^\n]+)$", re.MULTILINE)
_SKIPPED = re.compile(r"(?:\s+|%%\{.*?\}%%|%%[^\n]*)*", re.DOTALL)
_HEAD = re.compile(r"(?:erDiagram|(?P<classes>classDiagram)(?:-v2)?)\b", re.IGNORECASE)


class Block(NamedTuple):
    """One diagram, from after its first word to its end, as offsets of the whole text. `classes`: it is a class
    diagram."""

    start: int
    end: int
    title: str | None
    classes: bool = False


def blocks(text: str) -> list[Block]:
    """Return every diagram of a text that may contain entities, in order."""
    if own := _block(text, 0, len(text)):
        return [own]
    return [block for start, end in _sections(text) if (block := _block(text, start, end))]


def _sections(text: str) -> Iterator[tuple[int, int]]:
    found = [match.span(3) for match in _FENCE.finditer(text)] or [match.span(2) for match in _PRE.finditer(text)]
    yield from found


def _block(text: str, start: int, end: int) -> Block | None:
    """Return the diagram in a part of a text, after front matter, directives and comments."""
    title = None
    at = _behind(text, start, end)
    if front := _FRONT.match(text, at, end):
        named = _TITLE.search(front[1])
        title = named[1].strip(" \t'\"") if named else None
        at = _behind(text, front.end(), end)
    head = _HEAD.match(text, at, end)
    return Block(head.end(), end, title, head["classes"] is not None) if head else None


def _behind(text: str, start: int, end: int) -> int:
    match = _SKIPPED.match(text, start, end)
    return match.end() if match else start
