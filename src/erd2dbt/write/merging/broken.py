"""Whether dbt can read an edited file at all: into one that it cannot read, nobody can merge."""

from __future__ import annotations

import re

from erd2dbt.write.merging.read import yaml_fault
from erd2dbt.write.merging.values import FIRST_MARKER

_MARKER = re.compile(r"^<{7} .*$", re.MULTILINE)


def broken_at(path: str, text: str) -> tuple[int, str] | None:
    """The line, from 1, and why; None for a text that can be read. Markers of our own are told elsewhere."""
    markers = list(_MARKER.finditer(text)) if path.endswith((".sql", ".yml", ".yaml", ".md")) else []
    foreign = next((marker for marker in markers if marker[0].rstrip() != FIRST_MARKER), None)
    if foreign is not None:
        return text.count("\n", 0, foreign.start()) + 1, "it contains the markers of a merge conflict"
    return yaml_fault(text) if path.endswith((".yml", ".yaml")) and not markers else None
