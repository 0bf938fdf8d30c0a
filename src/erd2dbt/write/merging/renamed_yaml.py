"""New names in a YAML text that somebody may have rewritten as a whole: value by value, not line by line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from erd2dbt.write.merging.edits import Edit, applied
from erd2dbt.write.merging.flow import one_line
from erd2dbt.write.merging.match import aligned
from erd2dbt.write.merging.places import Path, section_of, step
from erd2dbt.write.merging.read import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from erd2dbt.write.merging.tree import Document, Entry, Node

    Own = Callable[[str, int, int], str]  # of a text, and a range of characters in it


def with_new_values(base: str, renamed: str, theirs: str, own: Own) -> str | None:
    """The user's text with the values of `renamed`, which is `base` with new names, where it has those of `base`.

    What the user wrote is renamed by `own`. None where the texts cannot be compared value by value."""
    before, after, user = read(base), read(renamed), read(theirs)
    if before is None or after is None or user is None:
        return None
    news: dict[int, Node] = {}
    if not _paired(before.root, after.root, news):
        return None
    return applied(theirs, _Values(after, user, news, own).of(before.root, user.root, ()))


def _paired(old: Node, new: Node, news: dict[int, Node]) -> bool:
    """Notes for each node of `old` the one of `new` in its place; whether all have one."""
    news[old.start] = new
    if old.kind != new.kind or len(old.entries) != len(new.entries):
        return False
    pairs = zip(old.entries, new.entries, strict=True)
    return all(
        (here.key is None) == (there.key is None)
        and (here.key is None or there.key is None or _paired(here.key, there.key, news))
        and _paired(here.value, there.value, news)
        for here, there in pairs
    )


class _Values:
    def __init__(self, after: Document, user: Document, news: dict[int, Node], own: Own) -> None:
        self.after, self.user, self.news, self.own = after, user, news, own

    def of(self, base: Node, theirs: Node, path: Path, *, flow: bool = False) -> Iterator[Edit]:
        """Edits of a value that is on both sides; `flow`: between brackets."""
        if base.kind == theirs.kind == "scalar":
            yield from self.scalar(base, theirs, flow=flow)
            return
        if base.kind != theirs.kind:
            yield self.renamed(theirs.start, theirs.end)
            return
        for row in aligned(base, theirs, None, section=section_of(path)):
            if row.theirs is None:
                continue
            if row.base is None:
                yield self.renamed(row.theirs.start, row.theirs.end)
            else:
                yield from self.entry(row.base, row.theirs, step(path, row.theirs), flow=theirs.flow)

    def entry(self, base: Entry, theirs: Entry, path: Path, *, flow: bool) -> Iterator[Edit]:
        if base.key is not None and theirs.key is not None:
            yield from self.scalar(base.key, theirs.key, flow=flow)
        yield from self.of(base.value, theirs.value, path, flow=flow)

    def scalar(self, base: Node, theirs: Node, *, flow: bool) -> Iterator[Edit]:
        new = self.news.get(base.start)
        if base.value.rstrip() != theirs.value.rstrip():
            yield self.renamed(theirs.start, theirs.end)
        elif new is not None and new.kind == "scalar" and new.value != base.value:
            yield Edit(theirs.start, theirs.end, self.spelled(new, theirs, flow=flow))

    def renamed(self, start: int, end: int) -> Edit:
        return Edit(start, end, self.own(self.user.source, start, end))

    def spelled(self, new: Node, theirs: Node, *, flow: bool) -> str:
        """A new value as it may be in the place of an old one."""
        raw = self.after.source[new.start : new.end]
        if not flow and "\n" not in raw:
            return raw
        header, _, body = self.user.source[theirs.start : theirs.end].partition("\n")
        if theirs.style == "|" and new.value.strip():
            margin = body[: len(body) - len(body.lstrip())].rpartition("\n")[2]
            lines = (f"{margin}{line}" if line else "" for line in new.value.rstrip("\n").split("\n"))
            return self.user.eol.join([header.rstrip("\r"), *lines])
        return json.dumps(new.value, ensure_ascii=False) if "\n" in new.value else one_line(self.after, new)
