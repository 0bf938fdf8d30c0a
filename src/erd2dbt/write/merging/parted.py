"""A properties file that becomes several, or several that become one: each takes the edits of what it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erd2dbt.write.merging.edits import applied, removed
from erd2dbt.write.merging.match import naming
from erd2dbt.write.merging.read import read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from erd2dbt.write.merging.edits import Edit
    from erd2dbt.write.merging.tree import Document, Entry, Node

Described = tuple[str, ...]  # a section and a name in it; of a table of a source, both names

_INNER = {"sources": "tables"}


def described(text: str) -> set[Described]:
    """What a properties file describes, each by its section and its name."""
    document = read(text)
    return {name for _, _, name in _entries(document.root)} if document else set()


def part_of(text: str, left: Collection[Described]) -> str | None:
    """The text without what is described elsewhere; all else in it stays. None where it cannot be taken out."""
    while True:
        document = read(text)
        if document is None:
            return None
        found = next(((parent, entry) for parent, entry, name in _entries(document.root) if name in left), None)
        if found is None:
            return text
        edit = _taken_out(document, *found)
        if edit is None:
            return None
        text = applied(text, [edit])


def _taken_out(document: Document, parent: Node, entry: Entry) -> Edit | None:
    """An entry, or its whole list with the key where it is the last one."""
    if len(parent.entries) > 1:
        return removed(document, entry, parent)
    for above, holder in _holders(document.root):
        if holder.value is parent:
            if len(above.entries) > 1:
                return removed(document, holder, above)
            return None
    return None


def _holders(node: Node) -> Iterator[tuple[Node, Entry]]:
    """Each entry with the collection that it is in."""
    for entry in node.entries:
        yield node, entry
        yield from _holders(entry.value)


def _entries(root: Node) -> Iterator[tuple[Node, Entry, Described]]:
    """(its list, the entry, what it describes) of models, seeds, tables of sources and so on."""
    for section in root.entries:
        word = section.key.value if section.key else ""
        if section.value.kind != "sequence":
            continue
        for entry in section.value.entries:
            name = naming(entry.value)
            inner = entry.value.get(_INNER[word]) if word in _INNER else None
            if name is None:
                continue
            if inner is None:
                yield section.value, entry, (word, name[1])
                continue
            for table in inner.entries:
                if (its := naming(table.value)) is not None:
                    yield inner, table, (word, name[1], its[1])
