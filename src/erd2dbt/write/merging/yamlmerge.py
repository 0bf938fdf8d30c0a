"""The merge of YAML by structure: what the generator changed goes into the user's text; all else in it stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from erd2dbt.write.merging.edits import Edit, applied, fresh, inserted, is_apart, placed, removed, replaced
from erd2dbt.write.merging.flow import merge_flow
from erd2dbt.write.merging.match import Row, aligned
from erd2dbt.write.merging.places import Path, section_of, step, words
from erd2dbt.write.merging.prose import merge_prose
from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.tree import Document, Entry, Node, loose, loose_entry
from erd2dbt.write.merging.values import SIDES, Conflict, Merged, marked

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from erd2dbt.write.merging.values import Side

# Rows of a unit test are one thing: only all of them together, in their order, say what they say.
_UNDIVIDED = ("rows",)


@dataclass(frozen=True, slots=True)
class Structural:
    """A merge by structure, and the value that its text has once the conflicts are decided for the user."""

    merged: Merged
    loose: Hashable


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a part: its value (None: it has gone), and what is to be done for it in the user's text."""

    loose: Hashable
    edits: tuple[Edit, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def merge_by_structure(base: str, theirs: str, ours: str, prefer: Side | None = None) -> Structural | None:
    """Both sides' changes since `base`, by structure. None where that cannot be done without harm to the text."""
    before, user, now = read(base), read(theirs), read(ours)
    if not before or not user or not now or not all(_is_block(side.root, "mapping") for side in (before, user, now)):
        return None
    kept = _Merge(before, user, now, "yours").top()
    decided = {side: _Merge(before, user, now, side).top() if kept.conflicts else kept for side in (*SIDES, None)}
    if not all(_holds(decided[side], before, user) for side in (SIDES if kept.conflicts else SIDES[:1])):
        return None
    done = decided[prefer]
    return Structural(Merged(applied(theirs, done.edits), done.conflicts), kept.loose)


def _holds(done: Done, base: Document, theirs: Document) -> bool:
    """Whether the text says what was merged, and each comment of the user is in it or in a conflict."""
    text = applied(theirs.source, done.edits)
    result = read(text)
    kept = "".join([text, *(conflict.yours for conflict in done.conflicts)])
    own = Counter(_comments(theirs)) - Counter(_comments(base))
    return result is not None and result.root.loose == done.loose and all(comment in kept for comment in own)


@dataclass(frozen=True, slots=True)
class _Merge:
    """One merge of three documents; `prefer` decides conflicts."""

    base: Document
    theirs: Document
    ours: Document
    prefer: Side | None

    def top(self) -> Done:
        done = self.collection(self.base.root, self.theirs.root, self.ours.root, ())
        return replace(done, conflicts=tuple(sorted(done.conflicts, key=lambda conflict: conflict.line)))

    def collection(self, base: Node | None, theirs: Node, ours: Node | None, path: Path) -> Done:
        """A block collection, entry by entry."""
        parts: list[Done] = []
        after: Entry | None = None
        is_first = True  # of those that stay: no blank line sets it apart
        for row in aligned(base, theirs, ours, section=section_of(path)):
            if row.theirs is not None:
                after = row.theirs
                parts.append(self.entry(row, after, theirs, step(path, after)))
            elif row.ours is not None and ours is not None:
                apart = is_apart(self.ours, ours, row.ours) and (after is None or not is_first)
                parts.append(self.new(row, row.ours, (theirs, ours), after, apart=apart))
            is_first = is_first and (not parts or parts[-1].loose is None)
        return _sum(theirs.kind, parts)

    def entry(self, row: Row, theirs: Entry, parent: Node, path: Path) -> Done:
        """What becomes of an entry that is in the user's file."""
        base, ours = row.base, row.ours
        if ours is None:
            return self.dropped(row, base, theirs, parent, path) if base else Done(loose=loose_entry(theirs))
        if ours.value.shape in (theirs.value.shape, base.value.shape if base else None):
            return Done(loose=loose_entry(theirs))
        is_free = base is not None and self.is_free(base, theirs)
        if is_free and _is_plain(theirs.value):
            return self.put(row, theirs, ours)
        if theirs.value.kind == ours.value.kind and theirs.value.entries and section_of(path) not in _UNDIVIDED:
            return self.inside(row, theirs, ours, parent, path)
        return self.put(row, theirs, ours) if is_free else self.rewritten(row, theirs, ours, parent, path)

    def rewritten(self, row: Row, theirs: Entry, ours: Entry, parent: Node, path: Path) -> Done:
        """A value that both sides changed: only of a text over several lines can both changes be taken."""
        prose = merge_prose(self.theirs, row.base.value if row.base else None, theirs.value, ours.value)
        if prose is None:
            return self.conflict(row, theirs, parent, path)
        return Done(loose=_pair(theirs, prose.shape), edits=(prose.edit,))

    def is_free(self, base: Entry, theirs: Entry) -> bool:
        """Whether the value is not the user's, and no comment in it that would be lost with it."""
        if base.value.shape != theirs.value.shape:
            return False
        return theirs.value.kind == "scalar" or self.own_comments(base, theirs) == []

    def own_comments(self, base: Entry, theirs: Entry) -> list[str]:
        found = Counter(self.theirs.comments_of(theirs)) - Counter(self.base.comments_of(base))
        return list(found.elements())

    def inside(self, row: Row, theirs: Entry, ours: Entry, parent: Node, path: Path) -> Done:
        """Two collections of one kind; what was not a such collection before counts as empty."""
        value = theirs.value
        base = row.base.value if row.base and row.base.value.kind == value.kind else None
        if not value.flow:
            return self.parted(self.collection(base, value, ours.value, path), row, theirs, parent, path)
        piece = merge_flow(self.theirs, self.ours, (base, value, ours.value), path)
        if piece is None or self.theirs.words(value.start, value.end):
            return self.conflict(row, theirs, parent, path)
        return _keyed(theirs, Done(loose=piece.loose, edits=(Edit(value.start, value.end, piece.text),)))

    # -- what is no longer generated

    def dropped(self, row: Row, base: Entry, theirs: Entry, parent: Node, path: Path) -> Done:
        """Taken out when the user did not touch it; of a list or mapping, what the user did not put into it."""
        is_parted = theirs.key is not None and all(_is_block(e.value, theirs.value.kind) for e in (base, theirs))
        if base.value.shape == theirs.value.shape:
            return self.gone(row, theirs, parent, path)
        if is_parted and section_of(path) not in _UNDIVIDED:
            return self.parted(self.collection(base.value, theirs.value, None, path), row, theirs, parent, path)
        return self.conflict(row, theirs, parent, path)

    def parted(self, done: Done, row: Row, theirs: Entry, parent: Node, path: Path) -> Done:
        """A collection that was merged by its parts; without any left, it goes."""
        if done.loose != loose(theirs.value.kind, ()):
            return _keyed(theirs, done)
        return self.conflict(row, theirs, parent, path) if done.conflicts else self.gone(row, theirs, parent, path)

    def gone(self, row: Row, theirs: Entry, parent: Node, path: Path) -> Done:
        """An entry without anything of the user's in it, taken out if no comment goes with it."""
        edit = removed(self.theirs, theirs, parent)
        if edit is None or row.base is None or self.own_comments(row.base, theirs):
            return self.conflict(row, theirs, parent, path)
        return Done(loose=None, edits=(edit,))

    # -- what is generated, put into the user's text

    def new(self, row: Row, entry: Entry, parents: tuple[Node, Node], after: Entry | None, *, apart: bool) -> Done:
        """An entry that does not be in the user's file: it is new, or the user took it out, and then it stays so.

        Of a list or mapping that was taken out, with what was in it, only what came since is put in."""
        theirs, ours = parents
        known = _known(row.base, entry) if row.base else []
        if row.base and len(known) == len(entry.value.entries):
            return Done(loose=None)
        text = fresh(self.ours, ours, entry, self.theirs.column(theirs.entries[0].start), known)
        edit = inserted(self.theirs, theirs, after, text, apart=apart)
        value = entry.value.loose
        if known:
            left = {e.start for e in known}
            value = loose(entry.value.kind, (loose_entry(e) for e in entry.value.entries if e.start not in left))
        return Done(loose=_pair(entry, value), edits=(edit,))

    def put(self, row: Row, theirs: Entry, ours: Entry) -> Done:
        """The generated value in the place of the user's."""
        generated = self.base.comments_of(row.base) if row.base else ()
        edit = replaced(self.theirs, theirs, self.ours, ours, generated)
        return Done(loose=_pair(theirs, ours.value.loose), edits=(edit,))

    def conflict(self, row: Row, theirs: Entry, parent: Node, path: Path) -> Done:
        """Both sides changed it."""
        first = self.theirs.line(theirs.start)
        begin = self.theirs.from_line(first if row.ours else self.theirs.lead(theirs))
        start, end = self.theirs.from_line(first), self.theirs.from_line(self.theirs.line(theirs.end) + 1)
        sides = ((self.base, row.base), (self.theirs, theirs), (self.ours, row.ours))
        before, column = self.theirs.source[start : theirs.start], theirs.start - start
        texts = [before + placed(side, e, column) + self.theirs.eol if e else "" for side, e in sides]
        texts[1] = self.theirs.source[begin:start] + texts[1]
        found = Conflict(line=first + 1, where=words(path), base=texts[0], yours=texts[1], generated=texts[2])
        done = Done(loose=loose_entry(theirs))
        if self.prefer == "generated" and row.ours is not None:
            done = self.put(row, theirs, row.ours)
        elif self.prefer == "generated":
            edit = removed(self.theirs, theirs, parent)
            done = Done(loose=None, edits=(edit,) if edit else ())
        elif self.prefer is None:
            done = replace(done, edits=(Edit(begin, end, marked(*texts)),))
        return replace(done, conflicts=(found,))


def _comments(side: Document) -> Iterable[str]:
    return (comment for _, comment in side.comments)


def _is_block(value: Node, kind: str) -> bool:
    return value.kind == kind and bool(value.entries) and not value.flow


def _is_plain(value: Node) -> bool:
    """Whether it is a scalar, or a list of them: then a new order is a new value."""
    return value.kind == "scalar" or (value.kind == "sequence" and all(e.value.kind == "scalar" for e in value.entries))


def _known(base: Entry, ours: Entry) -> list[Entry]:
    """Of a generated list or mapping what was generated before: all of it where it is none, or none to be divided."""
    is_parted = ours.key is not None and all(_is_block(e.value, ours.value.kind) for e in (base, ours))
    if not is_parted or ours.key is None or ours.key.value in _UNDIVIDED:
        return list(ours.value.entries)
    rows = aligned(base.value, None, ours.value, section=ours.key.value)
    return [row.ours for row in rows if row.ours and row.base]


def _sum(kind: str, parts: Sequence[Done]) -> Done:
    return Done(
        loose=loose(kind, (part.loose for part in parts if part.loose is not None)),
        edits=tuple(edit for part in parts for edit in part.edits),
        conflicts=tuple(conflict for part in parts for conflict in part.conflicts),
    )


def _pair(entry: Entry, value: Hashable) -> Hashable:
    return (entry.key.shape, value) if entry.key else value


def _keyed(entry: Entry, inner: Done) -> Done:
    return replace(inner, loose=_pair(entry, inner.loose))
