"""Removes columns and links that are no longer drawn and that people only commented on. Reports the comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.write.merging.edits import applied, removed
from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.tree import Document, Entry, Node

_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Uncommented:
    """Both texts without these entries. `told`: entry -> its comments."""

    before: str
    spec: str
    told: Mapping[str, tuple[str, ...]]


def without_deleted(before: str, spec: str, now: str, names: Mapping[tuple[str, str], str]) -> Uncommented:
    """Return both texts without the entries. `names`: (box of a column, otherwise empty; old name) -> new name. Renamed
    entries are not removed."""
    told: dict[str, tuple[str, ...]] = {}
    was, drawn = read(before), read(now)
    if was is None or drawn is None:
        return Uncommented(before, spec, told)
    for path in [path for path in _paths(was) if _has_gone(path, drawn, names)]:
        texts = [read(text) for text in (before, spec)]
        places = [_place(document, path) for document in texts if document is not None]
        if len(places) < 2 or places[0] is None or places[1] is None:
            continue
        (old, _), (own, _) = places[0], places[1]
        comments = [document.comments_of(one) for document, one in zip(texts, (old, own), strict=True) if document]
        if old.value.shape != own.value.shape or set(comments[0]) >= set(comments[1]):
            continue
        edits = [removed(document, *place) for document, place in zip(texts, places, strict=True) if document and place]
        if all(edit is not None for edit in edits):
            before, spec = (applied(text, [edit]) for text, edit in zip((before, spec), edits, strict=True) if edit)
            told[_shown(path)] = tuple(one for one in comments[1] if one not in comments[0])
    return Uncommented(before, spec, told)


def _shown(path: _Path) -> str:
    return path[-1] if path[0] == "links" else f"{path[1]}.{path[-1]}"


def _paths(document: Document) -> Iterator[_Path]:
    """Return the paths of all columns and links."""
    for section in ("entities", "models"):
        for box in _entries(document.root.get(section)):
            for column in _entries(box.value.get("columns")) if box.key else ():
                if box.key and column.key:
                    yield section, box.key.value, "columns", column.key.value
    yield from (("links", link.key.value) for link in _entries(document.root.get("links")) if link.key)


def _has_gone(path: _Path, drawn: Document, names: Mapping[tuple[str, str], str]) -> bool:
    """Return whether an entry is no longer drawn, but its box is. A link with other caps is the same link."""
    if path[0] == "links":
        ends = [names.get(("", word), word) for word in path[1].split()[::2]]
        links = [one.key.value.split()[::2] for one in _entries(drawn.root.get("links")) if one.key]
        return all(_is_box(drawn, end) for end in ends) and ends not in links and ends[::-1] not in links
    box = names.get(("", path[1]), path[1])
    column = names.get((box, path[3]), path[3])
    there = _place(drawn, (path[0], box))
    return there is not None and _place(drawn, (path[0], box, "columns", column)) is None


def _is_box(document: Document, name: str) -> bool:
    return any(_place(document, (section, name)) for section in ("entities", "models"))


def _entries(node: Node | None) -> list[Entry]:
    return list(node.entries) if node is not None and node.kind == "mapping" else []


def _place(document: Document, path: _Path) -> tuple[Entry, Node] | None:
    """Return the entry, and the mapping that contains it."""
    node: Node | None = document.root
    found: tuple[Entry, Node] | None = None
    for word in path:
        entry = next((one for one in _entries(node) if one.key and one.key.value == word), None)
        if node is None or entry is None:
            return None
        found, node = (entry, node), entry.value
    return found
