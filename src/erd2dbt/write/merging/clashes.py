"""Names that stand twice where each may stand once, as after a rename to a name that the user has given already."""

from __future__ import annotations

from collections import Counter

from erd2dbt.write.merging.read import entries_twice
from erd2dbt.write.merging.sqlparts import names_twice


def clashes(path: str, text: str) -> Counter[str]:
    """How often a name stands in a list that has it already: of columns, of entries with a `name`."""
    if path.endswith(".sql"):
        return names_twice(text)
    return Counter(entries_twice(text)) if path.endswith((".yml", ".yaml")) else Counter()
