"""The fate of one file, by the text to write, the bytes found in its place, and what is known of both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from erd2dbt.write.bases import base_text, read_bases
from erd2dbt.write.decisions import Change, Choice, Fate, Origin, Reason
from erd2dbt.write.lock import base_of, carried, digest, normal
from erd2dbt.write.merging.newnames import NOTHING
from erd2dbt.write.merging.values import FIRST_MARKER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from erd2dbt.write.lock import Known
    from erd2dbt.write.merging.newnames import NewNames
    from erd2dbt.write.merging.values import Side

_PREFERRED: dict[Choice | None, Side] = {Choice.OURS: "generated", Choice.THEIRS: "yours"}


class Judge:
    """Judges the files of the folder `root`; `force` overwrites somebody's work, `choice` decides conflicts in it.

    `names` are what things are called anew."""

    def __init__(
        self, root: str, known: Known, *, force: bool, choice: Choice | None, names: NewNames = NOTHING
    ) -> None:
        self.root, self.known, self.force, self.choice, self.names = root, known, force, choice, names
        self.bases: Mapping[str, bytes] | None = None  # read when there is an edit

    def judge(self, path: str, text: bytes | None, found: bytes | None, *, is_carried: bool = False) -> Change | None:
        """By the text to write (None: no longer generated) and the file found.

        `is_carried`: a run that was killed has taken its edits along to another path."""
        hashes = self.known.get(path, ())
        if text is None:
            return self.judge_stale(path, found, hashes, is_carried=is_carried)
        if found is None:
            return Change(path, Fate.CREATE, Reason.DELETED if hashes else Reason.NEW)
        if normal(found) == text:
            return Change(path, Fate.SAME, Reason.EQUAL) if hashes else Change(path, Fate.ADOPT, Reason.THERE)
        if _is_ours(found, hashes):
            return Change(path, Fate.UPDATE, Reason.STALE)
        reason = Reason.EDITED if hashes else Reason.FOREIGN
        if self.force:
            return Change(path, Fate.UPDATE, reason)
        return self.judge_edit(path, text, found, hashes) if hashes else Change(path, Fate.CONFLICT, reason)

    def judge_move(self, path: str, text: bytes, found: bytes | None, origin: Origin) -> Change | None:
        """Of a file that is called otherwise now; None when its new path has a text of its own that must stay."""
        hashes, before = self.known.get(path, ()), self.known[origin.path]
        if found is not None and not _is_ours(found, hashes):
            return None
        if _is_ours(origin.text, before):
            return Change(path, Fate.UPDATE, Reason.STALE, origin=origin)
        if self.force:
            return Change(path, Fate.UPDATE, Reason.EDITED, origin=origin)
        change = self.judge_edit(path, text, origin.text, (origin.base,))
        fate = Fate.MERGE if change.fate is Fate.KEEP else change.fate
        kept = origin.text if change.fate is Fate.KEEP else change.text
        return replace(change, fate=fate, text=kept, origin=origin)

    def judge_edit(self, path: str, text: bytes, found: bytes, hashes: Sequence[str]) -> Change:
        """Both changes in one text, where the last generated one is known and nothing, or `choice`, decides."""
        name = base_of(found, hashes)
        base = text.decode() if name == digest(text) else self.base(name)
        if base is None and self.choice is None:
            return Change(path, Fate.CONFLICT, Reason.UNKNOWN)
        from erd2dbt.write.merging.broken import broken_at, undecodable_at  # reading YAML is loaded for edits alone

        theirs = found.decode("utf-8", "surrogateescape")
        broken = undecodable_at(found) or broken_at(path, theirs)
        if broken and self.choice is None:
            return Change(path, Fate.CONFLICT, Reason.BROKEN, broken=broken)
        change = self.judge_parts(path, base or "", theirs, text.decode())
        return replace(change, choice=self.choice) if broken else change

    def judge_parts(self, path: str, base: str, theirs: str, text: str) -> Change:
        """The user's text, or the part of it that belongs here, merged with the one to write."""
        from erd2dbt.write.merging.merge import merge

        done = merge(path, base, theirs, text, prefer=_PREFERRED.get(self.choice), names=self.names)
        if done.conflicts and self.choice is None:
            return Change(path, Fate.CONFLICT, Reason.EDITED, conflicts=done.conflicts)
        choice = self.choice if done.conflicts else None
        marked = tuple(n for n, line in enumerate(done.text.split("\n"), 1) if line.rstrip() == FIRST_MARKER)
        if done.text == theirs:
            return Change(path, Fate.KEEP, Reason.EDITED, choice=choice, marked=marked)
        result = done.text.encode("utf-8", "surrogateescape")
        return Change(path, Fate.MERGE, Reason.EDITED, text=result, choice=choice, marked=marked)

    def judge_stale(self, path: str, found: bytes | None, hashes: Sequence[str], *, is_carried: bool) -> Change | None:
        """Of a file that is no longer generated: it goes, unless there is an edit in it."""
        if found is None:
            return None
        is_elsewhere = is_carried and digest(found) in [text for _, text in carried(hashes)]
        if is_elsewhere or _is_ours(found, hashes) or self.is_laid_out_anew(path, found, hashes):
            return Change(path, Fate.REMOVE, Reason.STALE)
        return Change(path, Fate.ORPHAN, Reason.EDITED)

    def is_laid_out_anew(self, path: str, found: bytes, hashes: Sequence[str]) -> bool:
        """Whether a formatter was all that edited it."""
        base = self.base(base_of(found, hashes))
        if base is None:
            return False
        from erd2dbt.write.merging.layout import is_laid_out_anew  # reading YAML is loaded for edits alone

        return is_laid_out_anew(path, base, found.decode("utf-8", "surrogateescape"))

    def base(self, name: str) -> str | None:
        if self.bases is None:
            self.bases = read_bases(self.root)
        return base_text(self.bases, name)


def _is_ours(found: bytes, hashes: Sequence[str]) -> bool:
    """Whether a known file is as it was generated, or is empty: then nothing in it can be lost."""
    return bool(hashes) and (not found or digest(found) in hashes)
