"""Renames a column everywhere in a spec: as a key, in links, and in formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator

from erd2dbt.diagram.erd import Erd
from erd2dbt.miro.spec_text import document
from erd2dbt.notate.yamltext import key as yaml_key
from erd2dbt.write.merging.edits import Edit, applied
from erd2dbt.write.merging.tree import Entry, Node

_PLAIN = ("description", "meta", "tests", "tags", "values", "accept", "assume", "renamed_from", "table", "from",
          "source", "type", "existing", "layer", "role", "group", "data", "cut", "else", "default")  # fmt: skip
_WORD = r"(?<![\w.'])"


def with_renamed_column(text: str, erd: Erd, owner: str, old: str, new: str) -> str:
    """Return the text with the column `old` of the entity or model `owner` renamed to `new`. `erd` is the parsed
    text."""
    root = document(text).root
    edits: list[Edit] = []
    for section in root.entries:
        word = section.key.value if section.key else ""
        if word in ("entities", "models"):
            for entry in section.value.entries:
                edits += _of_box(text, entry, erd, owner, old=old, new=new)
        elif word == "links":
            for entry in section.value.entries:
                edits += _of_link(text, entry, owner, old, new)
        elif word == "miro":
            items = section.value.get("items")
            keys = [one.key for one in items.entries if one.key] if items else []
            edits += [Edit(one.start, one.end, f"{owner}.{new}") for one in keys if one.value == f"{owner}.{old}"]
    return applied(text, edits)


def _of_box(text: str, entry: Entry, erd: Erd, owner: str, *, old: str, new: str) -> Iterator[Edit]:
    """Yield the edits of one entity or model: bare names if it is the owner or has the owner's rows; `owner.old`
    anywhere."""
    name = entry.key.value if entry.key else ""
    model = next((one for one in erd.models if one.name == name), None)
    reads = model is not None and owner in {word.text for word in model.rows}
    own_columns = {column.name for column in model.columns} if model else set()
    is_bare = name == owner or (reads and old not in own_columns)
    for node, is_key in _names(entry.value, ()):
        yield from _edits(text, node, is_key=is_key, is_bare=is_bare, owner=owner, old=old, new=new)


def _names(node: Node, path: tuple[str, ...]) -> Iterator[tuple[Node, bool]]:
    """Yield (scalar, whether it is a key) for names: keys below `columns` and `determines`, and formulas."""
    if path and path[-1] in _PLAIN:
        return
    if node.kind == "scalar":
        yield node, False
    for entry in node.entries:
        if entry.key is not None:
            if path in (("columns",), ("determines",)):
                yield entry.key, True
            yield from _names(entry.value, (*path, entry.key.value))
        else:
            yield from _names(entry.value, path)


def _edits(text: str, node: Node, *, is_key: bool, is_bare: bool, owner: str, old: str, new: str) -> Iterator[Edit]:
    if is_key:
        if is_bare and node.value == old:
            yield Edit(node.start, node.end, yaml_key(new))
        return
    quotes = int(node.style in ("'", '"'))
    start, end = node.start + quotes, node.end - quotes
    pattern = rf"{_WORD}{re.escape(owner)}\.{re.escape(old)}(?!\w)"
    written = re.sub(pattern, f"{owner}.{new}", text[start:end])
    if is_bare:
        written = re.sub(rf"{_WORD}{re.escape(old)}(?![\w.(])", new, written)
    if written != text[start:end]:
        yield Edit(start, end, written)


def _of_link(text: str, entry: Entry, owner: str, old: str, new: str) -> Iterator[Edit]:
    """Yield the edits of a link. Pairs are `left = right`, or one name for both."""
    words = entry.key.value.split() if entry.key else []
    if owner not in (words[:1] + words[-1:]):
        return
    sides = [words[0] == owner, words[-1] == owner]
    for node in _scalars(entry.value):
        left, equals, right = (part.strip() for part in node.value.partition("="))
        pair = [left, right if equals else left]
        now = [new if is_own and one == old else one for one, is_own in zip(pair, sides, strict=True)]
        if now != pair:
            yield Edit(node.start, node.end, now[0] if now[0] == now[1] else f"{now[0]} = {now[1]}")


def _scalars(node: Node) -> Iterator[Node]:
    if node.kind == "scalar":
        yield node
    for entry in node.entries:
        yield from _scalars(entry.value)
