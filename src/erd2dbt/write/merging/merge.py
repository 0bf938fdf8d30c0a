"""The three-way merge of one generated file: the text last generated, the user's, and the text generated now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from erd2dbt.system.garbage_collection import rarely_collected
from erd2dbt.write.merging.clashes import clashes
from erd2dbt.write.merging.layout import respelled
from erd2dbt.write.merging.newnames import NOTHING
from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.renamed import with_new_names
from erd2dbt.write.merging.sqlmerge import merge_sql
from erd2dbt.write.merging.sqlparts import read_sql
from erd2dbt.write.merging.text import merge_text, placed
from erd2dbt.write.merging.values import LAST_MARKER, SIDES, Conflict, Merged, marked
from erd2dbt.write.merging.yamlmerge import merge_by_structure

if TYPE_CHECKING:
    from erd2dbt.write.merging.newnames import NewNames
    from erd2dbt.write.merging.values import Side

__all__ = ["Conflict", "Merged", "merge"]

_MARK = "\ufeff"  # the byte order mark that some editors put first


def merge(
    path: str, base: str, theirs: str, ours: str, *, prefer: Side | None = None, names: NewNames = NOTHING
) -> Merged:
    """What the user changed since `base` and what the generator changed, in one text with the user's line ends.

    Nothing the user wrote is lost: it is in the text or in a conflict. `prefer` decides all conflicts. Things that
    have new `names` since are called so in the user's text, too, where they are surely meant."""
    if theirs == base:
        return Merged(ours)
    if ours == theirs or (ours == base and not names):
        return Merged(theirs)
    mark = _MARK if theirs.startswith(_MARK) else ""
    line_break = "\r\n" if theirs.count("\r\n") * 2 > theirs.count("\n") else "\n"  # as most of the user's lines
    before, user, now = _plain(base, line_break), theirs.removeprefix(_MARK), _plain(ours, line_break)
    with rarely_collected():
        mine = user
        if names:
            before, user, seen = with_new_names(path, before, user, now, names)
        merged = _with_final_break(path, (before, user, now), line_break, prefer)
        if names:
            merged = Merged(merged.text, tuple(placed(merged.conflicts, user, seen)))
            if twice := clashes(path, merged.text) - clashes(path, theirs) - clashes(path, now):
                where = f"two things called `{next(iter(twice))}`"
                merged = _all_of_it(_plain(base, line_break), mine, now, prefer, where)
    return Merged(mark + merged.text, merged.conflicts)


def _plain(text: str, line_break: str) -> str:
    return text.removeprefix(_MARK).replace("\r\n", "\n").replace("\n", line_break)


def _with_final_break(path: str, texts: tuple[str, str, str], line_break: str, prefer: Side | None) -> Merged:
    """The merge of texts with equal line ends; that one has none at its end is not a change of its last line."""
    base, theirs, ours = texts
    if theirs == base:
        return Merged(ours)
    if ours in (base, theirs):
        return Merged(theirs)
    before, user, now = (bool(text) and not text.endswith("\n") for text in texts)
    base, theirs, ours = (f"{text}{line_break}" if text and not text.endswith("\n") else text for text in texts)
    merged = _merged(path, base, theirs, ours, prefer)
    is_open = now if user == before else user
    if is_open and not merged.text.endswith(LAST_MARKER + line_break):
        return Merged(merged.text.removesuffix(line_break), merged.conflicts)
    return merged


def _merged(path: str, base: str, theirs: str, ours: str, prefer: Side | None) -> Merged:
    if path.endswith(".sql"):
        return _merged_sql(base, theirs, ours, prefer)
    if path.endswith(".md"):
        base, ours = respelled(base, theirs), respelled(ours, theirs)
    by_lines = merge_text(base, theirs, ours, prefer)
    if not path.endswith((".yml", ".yaml")):
        return by_lines
    structural = merge_by_structure(base, theirs, ours, prefer)
    if structural is None:
        is_harm = read(theirs) is not None and not _can_be_read(base, theirs, ours)
        return _all_of_it(base, theirs, ours, prefer) if is_harm else by_lines
    result = None if by_lines.conflicts else read(by_lines.text)
    if result is not None and not structural.merged.conflicts and result.root.loose == structural.loose:
        return by_lines  # the same, and the comments and blank lines of both sides
    return structural.merged


def _merged_sql(base: str, theirs: str, ours: str, prefer: Side | None) -> Merged:
    by_lines = merge_text(base, theirs, ours, prefer)
    kept = merge_sql(base, theirs, ours, "yours")
    if kept is None:
        is_harm = by_lines.conflicts and prefer and read_sql(theirs) and not read_sql(by_lines.text)
        return _all_of_it(base, theirs, ours, prefer) if is_harm else by_lines
    if not kept.conflicts:
        wanted, found = read_sql(kept.text), None if by_lines.conflicts else read_sql(by_lines.text)
        is_same = wanted is not None and found is not None and wanted.loose == found.loose
        return by_lines if is_same else Merged(kept.text)  # by lines, the user's layout stays as it is
    before, now = merge_sql(base, theirs, ours, "base"), merge_sql(base, theirs, ours, "generated")
    if before is None or now is None:
        return _all_of_it(base, theirs, ours, prefer)
    told = merge_text(before.text, kept.text, now.text)
    if not told.conflicts:
        return _all_of_it(base, theirs, ours, prefer)
    conflicts = tuple(placed(told.conflicts, kept.text, theirs))
    if len(conflicts) == len(kept.conflicts):
        conflicts = tuple(replace(one, where=where) for one, where in zip(conflicts, kept.conflicts, strict=True))
    text = {None: told.text, "yours": kept.text, "generated": now.text}[prefer]
    return Merged(text, conflicts)


def _can_be_read(base: str, theirs: str, ours: str) -> bool:
    """Whether the merge by lines is YAML, however its conflicts are decided."""
    return all(read(merge_text(base, theirs, ours, side).text) is not None for side in SIDES)


def _all_of_it(base: str, theirs: str, ours: str, prefer: Side | None, where: str = "the whole file") -> Merged:
    """One conflict of the whole file, where a merge would give what cannot be read, or means something else."""
    whole = Conflict(line=1, where=where, base=base, yours=theirs, generated=ours)
    text = marked(base, theirs, ours) if prefer is None else theirs if prefer == "yours" else ours
    return Merged(text, (whole,))
