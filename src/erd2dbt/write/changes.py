"""The fate of each file, decided from the generated text, the lock and the disk; and then done."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import Collector, Diagnostic, ErdError
from erd2dbt.write import files as disk
from erd2dbt.write.bases import are_kept, base_text, bases_text, read_bases, with_texts
from erd2dbt.write.decisions import Change, Choice, Fate, Reason, counts
from erd2dbt.write.faults import os_fault, shown, write_fault
from erd2dbt.write.file_decision import Judge
from erd2dbt.write.journal import Journal, Memory, Step, begin
from erd2dbt.write.lock import (
    NO_MEANS,
    Known,
    Means,
    digest,
    hash_of,
    is_locked,
    merged,
    names,
    normal,
    read_lock,
    read_names,
)
from erd2dbt.write.moves import is_in_place, judge_moves
from erd2dbt.write.paths import BASE, add_link_fault, check_root, check_words, fold, parents, standing
from erd2dbt.write.recovery import finish, recover, recover_inside
from erd2dbt.write.refusals import refusals, undecided
from erd2dbt.write.renames import Naming, Renames, find
from erd2dbt.write.run_lock import is_locked_or_killed, locked_run
from erd2dbt.write.similarity import Texts
from erd2dbt.write.spread import spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from erd2dbt.diagram.identity import Identities
    from erd2dbt.write.decisions import Origin
    from erd2dbt.write.merging.newnames import NewNames
    from erd2dbt.write.run_lock import LockedRun
    from erd2dbt.write.similarity import Likeness

__all__ = [
    "Beside",
    "Change",
    "Choice",
    "Fate",
    "Naming",
    "Reason",
    "alike",
    "apply",
    "counts",
    "decide",
    "recover",
    "refusals",
    "renamed",
    "undecided",
]

UNNAMED = Naming()
_FRESH = (Fate.CREATE, Fate.UPDATE, Fate.MERGE)
_UNWRITTEN = (Fate.SAME, Fate.KEEP, Fate.ORPHAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Edits of generated files, by path, and other files of the project with their new texts; None: it goes."""

    edits: Mapping[str, bytes] = field(default_factory=dict)
    others: Mapping[str, bytes | None] = field(default_factory=dict)

    def edited(self, changes: Iterable[Change]) -> list[Change]:
        """The changes, with these texts in the files that they are of."""
        return [
            replace(one, fate=Fate.MERGE, reason=Reason.EDITED, text=self.edits[one.path])
            if one.path in self.edits
            else one
            for one in changes
        ]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What decides beside the files."""

    naming: Naming
    force: bool
    choice: Choice | None


def decide(
    files: Mapping[str, str],
    out: Path,
    *,
    force: bool = False,
    conflict: Choice | None = None,
    naming: Naming = UNNAMED,
) -> tuple[Change, ...]:
    """The fate of each file that is or was generated, sorted by path; writes nothing.

    `force` overwrites somebody's work; `conflict` decides what that and the generator both changed. Files move with
    what has another name in `naming` than before. Raises ErdError with E803 (disk, lock) and E804 (paths)."""
    root, wish = os.fspath(out), _Wish(naming, force, conflict)
    contents = _checked(files, root)
    known = _known(contents, root)
    while True:
        changes = _decide(contents, root, known, wish)
        if not any(change.is_work for change in changes):
            return changes
        before, known = known, _known(contents, root)
        if known == before:  # else another run wrote meanwhile, and its files only looked like somebody's work
            return changes


def alike(files: Mapping[str, str], out: Path, naming: Naming) -> tuple[Likeness, ...]:
    """What may have been renamed, or has been taken for renamed since that was asked for."""
    contents, root = _encoded(files), os.fspath(out)
    return _renames(contents, root, _known(contents, root), naming).likes


def renamed(files: Mapping[str, str], out: Path, naming: Naming) -> NewNames:
    """What has another name than when the folder was generated."""
    contents, root = _encoded(files), os.fspath(out)
    return _renames(contents, root, _known(contents, root), naming).names


def apply(
    changes: Sequence[Change],
    files: Mapping[str, str],
    out: Path,
    *,
    means: Means = NO_MEANS,
    naming: Naming = UNNAMED,
    beside: Beside | None = None,
) -> int | None:
    """Does what `decide` decided for the same files, folder and names; all is checked before the first write.

    `means` are those that made the files, for the next run to tell what has changed since.
    `beside`: what is written with them, all or none.
    Returns when all that it wrote was written, before any of it was put in place, in nanoseconds; None: nothing was.
    Killed at any moment, it leaves a folder from which the next run goes on. Raises ErdError: the refusals;
    E803 when the disk refuses, another run writes, or the folder is not as it was when it was decided."""
    if refused := refusals(changes):
        raise ErdError(refused)
    root, contents = os.fspath(out), _encoded(files)
    if beside is None and _is_settled(changes, contents, root, means, naming):
        return None
    with locked_run(root) as inside:
        recover_inside(inside)
        forced = any(change.is_work and change.fate in (Fate.UPDATE, Fate.REMOVE) for change in changes)
        choice = next((change.choice for change in changes if change.choice), None)
        known = _known(contents, root)
        if _decide(contents, root, known, _Wish(naming, forced, choice)) != tuple(changes):
            message = f"`{shown(root)}` changed while it was being written to; nothing was written"
            raise ErdError([Diagnostic(code="E803", message=message, fixes=("run the command again",))])
        things = (read_names(root), _names_after(changes, contents, root, known, naming))
        changes = beside.edited(changes) if beside else changes
        journal = _stage(changes, contents, inside, means, things, beside=beside or Beside())
        staged = time.time_ns()
        try:
            finish(journal, inside)
        except KeyboardInterrupt:
            finish(journal, inside, look=True)
            raise
    return staged


def _checked(files: Mapping[str, str], root: str) -> dict[str, bytes]:
    """The files as they are written. E804 for their paths, E803 for the root or a text that UTF-8 cannot contain."""
    faults = Collector()
    check_root(root, faults)
    check_words(files, faults)
    for path, text in files.items():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            reason = f"character {error.start + 1} of its text is half of a surrogate pair"
            faults.add("E803", f"cannot write `{shown(path)}`: {reason}")
    faults.raise_if_failed()
    return _encoded(files)


def _encoded(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: normal(text.encode()) for path, text in files.items()}


def _known(contents: Mapping[str, bytes], root: str) -> Known:
    """What the lock knows; a file whose path changed in case alone is known by its new path.

    On a disk that ignores case they are one file, and to remove the old one would remove the new one."""
    known = read_lock(root)
    gone = known.keys() - contents.keys()
    heirs = {fold(path): path for path in contents} if gone else {}
    for path in gone:
        heir = heirs.get(fold(path))
        if heir is not None and _is_one_file(f"{root}/{path}", f"{root}/{heir}"):
            known |= merged({heir: known.pop(path)}, {heir: known.get(heir, ())})
    return known


def _is_one_file(place: str, other: str) -> bool:
    try:
        return os.path.samefile(place, other)
    except OSError:
        return False


def _renames(contents: Mapping[str, bytes], root: str, known: Known, naming: Naming) -> Renames:
    """What is called otherwise now. The texts of before are read only if a YAML file changed."""
    before = read_names(root)
    if not before or not naming.now:
        return Renames(before=before)
    named = {path: hashes[0] for path, hashes in known.items() if path.endswith(".yml")}
    changed = {path: name for path, name in named.items() if path not in contents or digest(contents[path]) != name}
    bases = read_bases(root) if changed else {}
    texts = {path: text.encode() for path, name in changed.items() if (text := base_text(bases, name)) is not None}
    return find(naming, before, known, Texts(before=texts, now=contents))


def _decide(contents: Mapping[str, bytes], root: str, known: Known, wish: _Wish) -> tuple[Change, ...]:
    faults = Collector()
    renames = _renames(contents, root, known, wish.naming)
    judge = Judge(root, known, force=wish.force, choice=wish.choice, names=renames.names)
    paths = sorted({*contents, *known})
    found = _Found(root, os.path.realpath(root), standing(root, paths, faults), faults)
    moved = judge_moves(judge, renames.moves, contents, found)
    away = {change.place for change in moved.values()}
    heirs = {old: new for new, old in renames.moves.items()}
    changes: list[Change | None] = []
    for path in paths:
        if path in moved:
            changes.append(moved[path])
        elif path not in away:
            heir = heirs.get(path)
            is_done = heir is not None and is_in_place(contents[heir], found(heir), known.get(heir, ()))
            changes.append(judge.judge(path, contents.get(path), found(path), is_carried=is_done))
        elif path in contents:
            changes.append(judge.judge(path, contents[path], None))
    done = spread(judge, [change for change in changes if change is not None], contents, found)
    faults.raise_if_failed()
    return tuple(done)


@dataclass(frozen=True, slots=True)
class _Found:
    """The bytes that are at a path below the root; None, and perhaps a fault, where there are none.

    `inside`: the root without links."""

    root: str
    inside: str
    folders: set[str]
    faults: Collector

    def __call__(self, path: str) -> bytes | None:
        try:
            if path.rpartition("/")[0] in self.folders:
                return disk.read(f"{self.root}/{path}", self.inside)
        except disk.OutsideError:
            add_link_fault(path, self.faults)
        except OSError as error:
            self.faults.found.append(os_fault(f"read `{shown(path)}`", error))
        return None


def _after(changes: Iterable[Change], contents: Mapping[str, bytes], known: Known) -> Known:
    """What is known when all is done; an orphan stays known, and so it is reported until it has gone."""
    orphans = {c.path: known[c.path] for c in changes if c.fate is Fate.ORPHAN}
    return orphans | {path: (digest(data),) for path, data in contents.items()}


def _names_after(
    changes: Iterable[Change], contents: Mapping[str, bytes], root: str, known: Known, naming: Naming
) -> Identities:
    """The names that the next run finds. Without any given, those of the last one."""
    renames = _renames(contents, root, known, naming)
    orphans = {change.path for change in changes if change.fate is Fate.ORPHAN}
    return renames.remembered(naming, orphans) if naming.now else renames.before


def _is_settled(
    changes: Sequence[Change], contents: Mapping[str, bytes], root: str, means: Means, naming: Naming
) -> bool:
    """Whether nothing is to be written, not even the lock, and no killed run left anything."""
    if is_locked_or_killed(root) or not all(change.fate in _UNWRITTEN for change in changes):
        return False
    known = read_lock(root)
    after = _after(changes, contents, known)
    needed = {after[path][0] for path in contents}
    things = _names_after(changes, contents, root, known, naming)
    return is_locked(root, after, means, things) and are_kept(root, needed, names(after))


def _texts(changes: Iterable[Change], contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is written, by path."""
    return {c.path: contents[c.path] if c.text is None else c.text for c in changes if c.fate in _FRESH}


def _steps(texts: Mapping[str, bytes], stale: Iterable[str], root: str) -> tuple[Step, ...]:
    """Writing, then removing, once it is known that both may be done. E803."""
    _check_writable(root, [*texts, *stale])
    after: dict[str, str | None] = {path: digest(text) for path, text in texts.items()}
    after |= dict.fromkeys(stale)
    inside = os.path.realpath(root)
    with disk.preparing(f"into `{shown(root)}`"):
        return tuple(Step(path, hash_of(f"{root}/{path}", inside), after[path]) for path in after)


def _stage(
    changes: Sequence[Change],
    contents: Mapping[str, bytes],
    inside: LockedRun,
    means: Means,
    things: tuple[Identities, Identities],
    *,
    beside: Beside,
) -> Journal:
    """All that is to be done, prepared and written down; killed before the end of it, a run has changed nothing."""
    root, staging, texts = inside.root, inside.staging, _texts(changes, contents)
    known = _known(contents, root)
    after = _after(changes, contents, known)
    origins = [change.origin for change in changes if change.origin]
    stale = [c.path for c in changes if c.fate is Fate.REMOVE] + [o.path for o in origins if o.path not in contents]
    texts |= {path: text for path, text in beside.others.items() if text is not None}
    stale += [path for path, text in beside.others.items() if text is None]
    memory = Memory(
        known=read_lock(root),
        between=merged(known, _on_the_way(changes, after), _taken_along(origins, known)),
        after=after,
        means=means,
        names=things,
    )
    journal = Journal(steps=_steps(texts, stale, root), memory=memory)
    bases = with_texts(read_bases(root), [*contents.values(), *(origin.text for origin in origins)])
    disk.stage(staging, texts.items(), {*beside.others, *(c.path for c in changes if c.text is not None)})
    with disk.preparing(f"`{BASE}`"):
        disk.create(f"{staging}/base", bases_text(bases, names(memory.between)), flush=True)
        begin(journal, staging)
    return journal


def _on_the_way(changes: Iterable[Change], after: Known) -> Known:
    """What is known until all is in place: of a merge, also the digest of its text."""
    results = {c.path: digest(c.text) for c in changes if c.text is not None}
    return after | {path: (f"{after[path][0]}={result}",) for path, result in results.items()}


def _taken_along(origins: Iterable[Origin], known: Known) -> Known:
    """The edits that move, by their texts, which are kept until all is in place: one may be overwritten before."""
    texts = {origin.path: (origin.base, digest(origin.text)) for origin in origins}
    return {path: (f"{base}>{text}",) for path, (base, text) in texts.items() if text not in known[path]}


def _check_writable(root: str, paths: Iterable[str]) -> None:
    """E803 for each existing folder in which something is to change and nothing may."""
    folders = {f"{root}/{next((f for f in parents(p) if os.path.isdir(f'{root}/{f}')), '')}" for p in paths}
    closed = [folder for folder in sorted(folders) if not os.access(folder, os.W_OK | os.X_OK)]
    if closed:
        raise ErdError([write_fault(folder, errno.EACCES) for folder in closed])
