"""Adds, removes or changes one entry in the text of a spec; everything else stays as people wrote it.

A path is a list of keys from the top: `("entities", "orders", "columns", "amount")`. If it does not exist, the text is
returned unchanged.
"""

from __future__ import annotations

from collections.abc import Callable

from erd2dbt.escape.yaml import comment_line
from erd2dbt.write.merging.edits import Edit, applied, fresh, inserted, removed
from erd2dbt.write.merging.flow import one_line
from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.tree import Document, Entry, Node

Path = tuple[str, ...]
_STEP = "  "


def document(text: str) -> Document:
    """Return the tree of a spec that was parsed before, so it is valid."""
    found = read(text)
    assert found is not None, "a spec that was read is YAML"
    return found


def node_at(source: Document, path: Path) -> Node | None:
    node: Node | None = source.root
    for word in path:
        node = node.get(word) if node is not None else None
    return node


def entry_at(source: Document, path: Path) -> Entry | None:
    parent = node_at(source, path[:-1])
    return next((one for one in parent.entries if one.key and one.key.value == path[-1]), None) if parent else None


def with_value(text: str, path: Path, value: str) -> str:
    """Replace a value by one on the same line; comments stay."""
    node = node_at(document(text), path)
    return text if node is None else applied(text, [Edit(node.start, node.end, value)])


def with_comment(text: str, path: Path, comment: str) -> str:
    """Write a comment behind the line of an entry, before a comment that it has."""
    source = document(text)
    entry = entry_at(source, path)
    if entry is None or not comment:
        return text
    end = source.line_end(entry.end)
    old = "".join(source.words(entry.end, end + 1))
    start = text.rindex(old, entry.end, end) if old else end
    said = comment_line(comment)
    return applied(text, [Edit(start, end, f"{said} {old}" if old else f"  {said}")])


def with_key(text: str, path: Path, key: str) -> str:
    """Replace a key; its value stays."""
    entry = entry_at(document(text), path)
    if entry is None or entry.key is None:
        return text
    return applied(text, [Edit(entry.key.start, entry.key.end, key)])


def with_entry(text: str, path: Path, value: str, *, after: str | None = None, comment: str = "") -> str:
    """Add an entry after another one or at the end, with missing parents.

    `path` ends with the key as it is written, `value` is one line.
    """
    source = document(text)
    parent = node_at(source, path[:-1])
    said = f"{path[-1]}: {value}"
    if parent is None or (parent.kind != "mapping" and not parent.value):
        return _with_parent(text, source, path, said + comment)
    if parent.kind != "mapping":
        return text
    before = next((one for one in parent.entries if one.key and one.key.value == after), None)
    if parent.flow or not parent.entries:
        if not parent.entries:
            return applied(text, [Edit(parent.start, parent.end, f"{{{said}}}")])
        at = (before or parent.entries[-1]).end
        return applied(text, [Edit(at, at, f", {said}")])
    column = source.column(parent.entries[0].start)
    line = f"{' ' * column}{said}{comment}{source.eol}"
    return _ended(text, [inserted(source, parent, before or parent.entries[-1], line, apart=False)])


def _with_parent(text: str, source: Document, path: Path, said: str) -> str:
    if len(path) == 2:
        return f"{text.rstrip()}{source.eol}{source.eol}{path[0]}:{source.eol}{_STEP}{said}{source.eol}"
    above = node_at(source, path[:-2])
    is_block = above is not None and above.kind == "mapping" and not above.flow and above.entries
    if above is None or not is_block:
        return with_entry(text, path[:-1], f"{{{said}}}")
    inner = f"{source.eol}{' ' * source.column(above.entries[0].start)}{_STEP}{said}"
    entry = entry_at(source, path[:-1])
    if entry is not None:  # `columns:` with nothing behind it
        return applied(text, [Edit(entry.value.start, entry.value.end, inner)])
    column = source.column(above.entries[0].start)
    lines = f"{' ' * column}{path[-2]}:{inner}{source.eol}"
    return _ended(text, [inserted(source, above, above.entries[-1], lines, apart=False)])


def with_copy(text: str, section: Path, source: Document, entry: Entry) -> str:
    """Copy an entry of another text, such as a drafted entity, to the end of a section; in a block, with its
    comments."""
    target = document(text)
    parent, origin = node_at(target, section), node_at(source, section)
    assert entry.key is not None
    assert origin is not None
    key = one_line(source, entry.key)
    if parent is None or parent.flow or not parent.entries:
        if parent is not None and parent.entries:
            return with_entry(text, (*section, key), one_line(source, entry.value))
        return _as_block(text, target, section, fresh(source, origin, entry, len(_STEP)))
    lines = fresh(source, origin, entry, target.column(parent.entries[0].start))
    return _ended(text, [inserted(target, parent, parent.entries[-1], lines, apart=False)])


def _as_block(text: str, target: Document, section: Path, lines: str) -> str:
    """Return the text with a missing or `{}` section as a block."""
    head = f"{section[0]}:{target.eol}"
    if (entry := entry_at(target, section)) is not None:
        return applied(text, [Edit(entry.start, entry.end, f"{head}{lines}".rstrip())])
    return f"{text.rstrip()}{target.eol}{target.eol}{head}{lines}"


def without(text: str, path: Path) -> str:
    """Remove an entry. A collection that becomes empty is removed too, but `models` stays as `{}`."""
    source = document(text)
    parent, entry = node_at(source, path[:-1]), entry_at(source, path)
    if parent is None or entry is None:
        return text
    if len(parent.entries) == 1 and len(path) > 1:
        if path[:-1] == ("models",):
            return with_value(text, path[:-1], "{}") if parent.flow else _empty_models(text, source, parent)
        return without(text, path[:-1])
    if parent.flow:
        at = next(n for n, one in enumerate(parent.entries) if one is entry)
        if at + 1 < len(parent.entries):
            return applied(text, [Edit(entry.start, parent.entries[at + 1].start, "")])
        return applied(text, [Edit(parent.entries[at - 1].end, entry.end, "")])
    edit = removed(source, entry, parent)
    return text if edit is None else applied(text, [edit])


def without_items(text: str, is_gone: Callable[[list[str]], bool]) -> str:
    """Remove items of the board whose names, as in `miro: items:`, are removed."""
    node = node_at(document(text), ("miro", "items"))
    gone = [one.key.value for one in node.entries if one.key and is_gone(one.key.value.split())] if node else []
    for name in gone:
        text = without(text, ("miro", "items", name))
    return text


def _empty_models(text: str, source: Document, parent: Node) -> str:
    entry = entry_at(source, ("models",))
    assert entry is not None
    return applied(text, [Edit(entry.start, source.line_end(parent.end), "models: {}")])


def _ended(text: str, edits: list[Edit]) -> str:
    """Add a line end to a text without one, before text is appended."""
    if not text.endswith("\n"):
        edits = [Edit(one.start, one.end, f"\n{one.text}") if one.start >= len(text) else one for one in edits]
    return applied(text, edits)
