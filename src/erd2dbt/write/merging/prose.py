"""The merge of a text over several lines, as descriptions are: by its lines, in the place and depth of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from erd2dbt.write.merging.edits import Edit
from erd2dbt.write.merging.text import merge_text
from erd2dbt.write.merging.tree import shape_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from erd2dbt.write.merging.tree import Document, Node

_HEADERS = ("|", "|-")


@dataclass(frozen=True, slots=True)
class Prose:
    """The value of a merged text, and how it gets into the file."""

    shape: Hashable
    edit: Edit


def merge_prose(target: Document, base: Node | None, theirs: Node, ours: Node) -> Prose | None:
    """Both sides' changes of literal texts (`|`). None for all else, and where they changed the same lines."""
    if base is None or any(node.style != "|" for node in (base, theirs, ours)):
        return None
    header, _, body = target.source[theirs.start : theirs.end].partition("\n")
    end = "\n" if theirs.value.endswith("\n") else ""
    before, user, now = (node.value.rstrip("\n") + end for node in (base, theirs, ours))
    merged = merge_text(before, user, now)
    if header.strip() not in _HEADERS or merged.conflicts or not merged.text.strip() or not body.strip():
        return None
    margin = body[: len(body) - len(body.lstrip())].rpartition("\n")[2]
    lines = (f"{margin}{line}" if line else "" for line in merged.text.removesuffix("\n").split("\n"))
    text = target.eol.join([header.strip(), *lines])
    return Prose(shape_of(None, theirs.tag, merged.text), Edit(theirs.start, theirs.end, text))
