"""Names that appear twice where each may appear once, as after a rename to a name that the user has given already."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.sqlparts import names_twice

if TYPE_CHECKING:
    from collections.abc import Iterator


def clashes(path: str, text: str) -> Counter[str]:
    """How often a name is in a list that has it already: of columns, of entries with a `name`."""
    if path.endswith(".sql"):
        return names_twice(text)
    return Counter(_entries_twice(text)) if path.endswith((".yml", ".yaml")) else Counter()


def _entries_twice(text: str) -> Iterator[str]:
    document = read(text)
    waiting = [document.root] if document else []
    while waiting:
        node = waiting.pop()
        waiting += [entry.value for entry in node.entries]
        if node.kind == "sequence":
            names = Counter(name.value for entry in node.entries if (name := entry.value.get("name")))
            yield from (names - Counter(list(names))).elements()
