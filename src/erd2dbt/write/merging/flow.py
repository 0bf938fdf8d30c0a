"""The merge of what is between brackets: `[a, b]` and `{a: b}`, written anew on one line."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from erd2dbt.write.merging.match import Row, aligned
from erd2dbt.write.merging.places import Path, section_of, step
from erd2dbt.write.merging.tree import Document, Entry, Node, loose

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text between brackets, and its value; None for one that has gone."""

    text: str
    loose: Hashable


GONE = Piece("", None)


def merge_flow(theirs: Document, ours: Document, nodes: tuple[Node | None, Node, Node], path: Path) -> Piece | None:
    """Both sides' changes of a collection (base, theirs, ours). None when they changed the same thing."""
    rows = aligned(*nodes, section=section_of(path))
    pieces = []
    for row in rows:
        piece = _entry(theirs, ours, row, path)
        if piece is None:
            return None
        if piece is not GONE:
            pieces.append(piece)
    kind = nodes[1].kind
    return Piece(_between(kind, (piece.text for piece in pieces)), loose(kind, (piece.loose for piece in pieces)))


def _entry(theirs: Document, ours: Document, row: Row, path: Path) -> Piece | None:
    if row.theirs is None:
        return _pair(ours, row.ours) if row.ours and not row.base else GONE
    base, here, now = (entry.value if entry else None for entry in (row.base, row.theirs, row.ours))
    shapes = [value.shape if value else None for value in (base, here, now)]
    if shapes[1] == shapes[2] or shapes[0] == shapes[2]:
        return _pair(theirs, row.theirs)
    if shapes[0] == shapes[1]:
        return _pair(ours, row.ours) if row.ours else GONE
    if now is None or here is None or now.kind != here.kind or not here.entries:
        return None
    inner = merge_flow(
        theirs, ours, (base if base and base.kind == here.kind else None, here, now), path=step(path, row.theirs)
    )
    return _keyed(theirs, row.theirs, inner) if inner else None


def _pair(source: Document, entry: Entry) -> Piece:
    return _keyed(source, entry, Piece(one_line(source, entry.value), entry.value.loose))


def _keyed(source: Document, entry: Entry, value: Piece) -> Piece:
    if entry.key is None:
        return value
    return Piece(f"{one_line(source, entry.key)}: {value.text}", (entry.key.shape, value.loose))


def one_line(source: Document, node: Node) -> str:
    """A value as it may be between brackets."""
    raw = source.source[node.start : node.end]
    if node.kind == "alias" or (node.flow and "\n" not in raw):
        return raw
    if node.kind != "scalar":
        return _between(node.kind, (_pair(source, entry).text for entry in node.entries))
    if raw and "\n" not in raw and (node.style or not re.search(r"[\[\]{},]", raw)):
        return raw
    return json.dumps(node.value, ensure_ascii=False) if node.tag.endswith(":str") else "null"


def _between(kind: str, parts: Iterable[str]) -> str:
    inner = ", ".join(parts)
    return f"{{{inner}}}" if kind == "mapping" else f"[{inner}]"
