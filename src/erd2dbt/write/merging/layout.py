"""Whether two versions of a generated file differ in their layout alone, as formatters leave it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.sqlparts import read_sql

if TYPE_CHECKING:
    from erd2dbt.write.merging.tree import Document

_YAML = (".yml", ".yaml")


def is_laid_out_anew(path: str, base: str, found: str) -> bool:
    """Whether the text says what `base` says, and has no comment that `base` has not."""
    if path.endswith(".sql"):
        before, now = read_sql(base), read_sql(found)
        if before is None or now is None or before.shape != now.shape:
            return False
        return not Counter(t.norm for t in now.comments) - Counter(t.norm for t in before.comments)
    if path.endswith(_YAML):
        old, new = read(base), read(found)
        return old is not None and new is not None and old.root.loose == new.root.loose and not _own(old, new)
    return [_line(line) for line in base.split("\n") if line.strip()] == [
        _line(line) for line in found.split("\n") if line.strip()
    ] and path.endswith(".md")


def _own(old: Document, new: Document) -> Counter[str]:
    return Counter(comment for _, comment in new.comments) - Counter(comment for _, comment in old.comments)


def respelled(text: str, theirs: str) -> str:
    """A Markdown text with the user's lines in the place of those that say the same: tables get other widths."""
    lines = {_line(line): line for line in theirs.split("\n")}
    return "\n".join(lines.get(_line(line), line) if line.strip() else line for line in text.split("\n"))


def _line(line: str) -> str:
    """Whatever the widths of a table's columns."""
    blank = re.sub(r"\s+", " ", line.strip())
    return re.sub(r":?-{2,}:?", "---", re.sub(r" ?\| ?", "|", blank)) if blank.startswith("|") else blank
