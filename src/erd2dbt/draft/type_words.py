"""Separates the type of a model's column from other words in its place: `text trimmed`, `lower(email)`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from erd2dbt.read.boxes.column_types import is_type
from erd2dbt.read.boxes.rows import is_about_column

# A user-defined type: a name, perhaps with a schema, a length and brackets of an array.
_NAME = re.compile(r"[\w.\"$-]+(?:\s*\(\s*\d[\d\s,]*\))?(?:\[\d*\])*")


class Typed(NamedTuple):
    """The text in the place of a type. `words`: those behind the type, which say how the column is computed. `remark`:
    a single word that is a type or such words."""

    kind: str | None
    words: str = ""
    remark: str = ""


def type_and_words(text: str | None, known: Collection[str | None]) -> Typed:
    """Return the parts of a text in the place of a type. `known`: the types of the entities' columns."""
    if not text or text in known or is_type(text):
        return Typed(text)
    if _NAME.fullmatch(text.strip()):
        return Typed(text, remark=text)
    parts = text.split()
    for end in range(len(parts) - 1, 0, -1):
        kind, rest = " ".join(parts[:end]), " ".join(parts[end:])
        if is_type(kind):
            return Typed(kind, "" if is_about_column(rest) else rest)
    return Typed(None, text)
