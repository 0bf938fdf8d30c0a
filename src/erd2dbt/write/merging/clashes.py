"""Names that stand twice where each may stand once, as after a rename to a name that the user has given already."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import yaml

from erd2dbt.write.merging.sqlparts import names_twice

if TYPE_CHECKING:
    from collections.abc import Iterator


def clashes(path: str, text: str) -> Counter[str]:
    """How often a name stands in a list that has it already: of columns, of entries with a `name`."""
    if path.endswith(".sql"):
        return names_twice(text)
    return Counter(_entries_twice(text)) if path.endswith((".yml", ".yaml")) else Counter()


def _entries_twice(text: str) -> Iterator[str]:
    try:
        waiting: list[Any] = [yaml.compose(text, Loader=yaml.CSafeLoader)]
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    seen: set[int] = set()  # an alias is the very node of its anchor
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
            names = Counter(name for entry in node.value for name in _names(entry))
            yield from (names - Counter(list(names))).elements()
        else:
            waiting += [value for _, value in node.value]


def _names(entry: Any) -> Iterator[str]:
    pairs = entry.value if isinstance(entry, yaml.MappingNode) else ()
    yield from (value.value for key, value in pairs if key.value == "name" and isinstance(value, yaml.ScalarNode))
