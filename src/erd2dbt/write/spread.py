"""Edited properties files that are no longer generated, while others describe the same: their edits go along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from erd2dbt.write.decisions import Change, Fate, Origin, Reason
from erd2dbt.write.lock import base_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from erd2dbt.write.file_decision import Judge
    from erd2dbt.write.merging.parted import Described

_ENDINGS = (".yml", ".yaml")
_FRESH = (Fate.CREATE, Fate.UPDATE)


def spread(
    judge: Judge, changes: Sequence[Change], contents: Mapping[str, bytes], found: Callable[[str], bytes | None]
) -> list[Change]:
    """The changes, with each such file in the files that describe now what it described.

    dbt would find everything twice if the old file were left. Where its edits cannot be parted, it is a conflict."""
    left = [one for one in changes if one.fate is Fate.ORPHAN and one.path.endswith(_ENDINGS)]
    if not left:
        return list(changes)
    from erd2dbt.write.merging.parted import described  # reading YAML is loaded for edits alone

    fresh = [one for one in changes if one.path.endswith(_ENDINGS) and one.fate in _FRESH and not one.is_work]
    names = {one.path: described(contents[one.path].decode()) for one in fresh}
    done = {one.path: one for one in changes}
    for orphan in left:
        stands = found(orphan.path) or b""
        base = judge.base(base_of(stands, judge.known[orphan.path]))
        heirs = {path: its for path, its in names.items() if base and its & described(base)}
        if not base or not heirs:
            continue
        texts = {path: done[path].text or contents[path] for path in heirs}
        parted = [] if judge.force else _parted(judge, orphan, (base, stands), texts, heirs)
        if all(one.fate is not Fate.CONFLICT for one in parted):
            done[orphan.path] = Change(orphan.path, Fate.REMOVE, Reason.EDITED if judge.force else Reason.STALE)
        done |= {one.path: one for one in parted}
    origins = {one.origin.path for one in done.values() if one.origin}
    return [one for path, one in done.items() if path not in origins or path in contents]


def _parted(
    judge: Judge,
    orphan: Change,
    sides: tuple[str, bytes],
    texts: Mapping[str, bytes],
    heirs: Mapping[str, set[Described]],
) -> list[Change]:
    """What becomes of the files that describe now what the old one did; the first one takes what nobody describes.

    `sides`: the old file as it was generated, and as it is. `texts`: what is to be written."""
    from erd2dbt.write.merging.parted import described, part_of

    base, stands = sides
    theirs = stands.decode("utf-8", "surrogateescape")
    origin = Origin(orphan.path, stands, base_of(stands, judge.known[orphan.path]))
    found: list[Change] = []
    for number, (path, its) in enumerate(heirs.items()):
        elsewhere = described(base) - its
        if number:
            elsewhere |= described(theirs) - described(base)
        before, user = (part_of(text, elsewhere) for text in (base, theirs))
        if before is None or user is None:
            return [replace(orphan, fate=Fate.CONFLICT)]
        change = judge.judge_parts(path, before, user, texts[path].decode())
        is_kept = change.fate is Fate.KEEP
        text = user.encode("utf-8", "surrogateescape") if is_kept else change.text
        found.append(replace(change, fate=Fate.MERGE if is_kept else change.fate, text=text, origin=origin))
    return found
