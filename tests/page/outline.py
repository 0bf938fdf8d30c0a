"""A page read back without a browser: its elements are balanced, and what it shows is told as an outline."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "br", "rect", "path", "img", "input"}


class Outline(HTMLParser):
    """Elements by tag; `text` is what people read, without the script and its index."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.parts: list[str] = []
        self.scripts: list[str] = []
        self.headings: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.parts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.scripts += [data] if self.open[-1] == "script" else []
            return
        self.parts.append(data)
        heads = [tag for tag in self.open if tag in ("h1", "h2", "h3", "h4", "th")]
        if heads and data.strip():
            self.headings.append(f"{heads[0]} {data.strip()}")

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """Attributes of the elements of a tag; `wanted` gives attributes, `kind` a word of the class."""
        kind = wanted.pop("kind", None)
        return [
            found
            for name, found in self.elements
            if name == tag
            and all(found.get(key.replace("_", "-")) == value for key, value in wanted.items())
            and (kind is None or kind in found.get("class", "").split())
        ]

    @property
    def index(self) -> dict[str, Any]:
        return json.loads(self.scripts[0])

    def drawn(self) -> list[str]:
        """Boxes with the columns in them and lines, in the order of the page; states and changes behind a colon."""
        found: list[str] = []
        for tag, its in self.elements:
            words = its.get("class", "").split()
            if tag == "section" and "picture" in words:
                found.append(f"= {its['id']}")
            elif tag == "g" and "box" in words:
                found.append(_marked(its["data-key"], words[1:]))
            elif tag == "g" and "row" in words:
                found.append(_marked(f"  {its['data-column']}", words[1:]))
            elif tag == "g" and "line" in words:
                found.append(_marked(f"{its['data-from']} -> {its['data-to']}", words[1:]))
        return found


def _marked(name: str, words: list[str]) -> str:
    return f"{name}: {' '.join(words)}" if words else name
