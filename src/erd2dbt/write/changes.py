"""The fate of each file, decided from the generated text, the lock and the disk; and then done."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from erd2dbt.diagnostics import Collector, Diagnostic, ErdError
from erd2dbt.write import files as disk
from erd2dbt.write.alone import alone, is_left
from erd2dbt.write.bases import are_kept, bases_text, read_bases, with_texts
from erd2dbt.write.fate import Change, Choice, Fate, Reason, counts
from erd2dbt.write.faults import os_fault, shown, write_fault
from erd2dbt.write.journal import Journal, Step, begin
from erd2dbt.write.judge import Judge
from erd2dbt.write.lock import Known, digest, hash_of, is_locked, merged, names, normal, read_lock
from erd2dbt.write.paths import BASE, add_link_fault, check_root, check_words, fold, parents, standing
from erd2dbt.write.recovery import finish, recover, recover_inside
from erd2dbt.write.refusals import refusals, undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from erd2dbt.write.alone import Inside

__all__ = ["Change", "Choice", "Fate", "Reason", "apply", "counts", "decide", "recover", "refusals", "undecided"]

_FRESH = (Fate.CREATE, Fate.UPDATE, Fate.MERGE)
_UNWRITTEN = (Fate.SAME, Fate.KEEP, Fate.ORPHAN)


def decide(
    files: Mapping[str, str], out: Path, *, force: bool = False, conflict: Choice | None = None
) -> tuple[Change, ...]:
    """The fate of each file that is or was generated, sorted by path; writes nothing.

    `force` overwrites somebody's work; `conflict` decides what that and the generator both changed.
    Raises ErdError with E803 (disk, lock) and E804 (paths)."""
    root = os.fspath(out)
    contents = _checked(files, root)
    known = _known(contents, root)
    while True:
        changes = _decide(contents, root, Judge(root, known, force=force, choice=conflict))
        if not any(change.is_work for change in changes):
            return changes
        before, known = known, _known(contents, root)
        if known == before:  # else another run wrote meanwhile, and its files only looked like somebody's work
            return changes


def apply(changes: Sequence[Change], files: Mapping[str, str], out: Path, *, templates: str = "") -> None:
    """Does what `decide` decided for the same files and folder; all is checked before the first write.

    `templates` is a digest of those that made the files, for the next run to tell what has changed since.
    Killed at any moment, it leaves a folder from which the next run goes on. Raises ErdError: the refusals;
    E803 when the disk refuses, another run writes, or the folder is not as it was when it was decided."""
    if refused := refusals(changes):
        raise ErdError(refused)
    root, contents = os.fspath(out), _encoded(files)
    if _is_settled(changes, contents, root, templates):
        return
    with alone(root) as inside:
        recover_inside(inside)
        forced = any(change.is_work and change.fate is Fate.UPDATE for change in changes)
        choice = next((change.choice for change in changes if change.choice), None)
        judge = Judge(root, _known(contents, root), force=forced, choice=choice)
        if _decide(contents, root, judge) != tuple(changes):
            message = f"`{shown(root)}` changed while it was being written to; nothing was written"
            raise ErdError([Diagnostic(code="E803", message=message, fixes=("run the command again",))])
        journal = _stage(changes, contents, inside, templates)
        try:
            finish(journal, inside)
        except KeyboardInterrupt:
            finish(journal, inside, look=True)
            raise


def _checked(files: Mapping[str, str], root: str) -> dict[str, bytes]:
    """The files as they are written. E804 for their paths, E803 for the root or a text that UTF-8 cannot hold."""
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


def _decide(contents: Mapping[str, bytes], root: str, judge: Judge) -> tuple[Change, ...]:
    faults = Collector()
    paths = sorted({*contents, *judge.known})
    folders, inside = standing(root, paths, faults), os.path.realpath(root)
    changes = []
    for path in paths:
        found = None
        try:
            if path.rpartition("/")[0] in folders:
                found = disk.read(f"{root}/{path}", inside)
        except disk.OutsideError:
            add_link_fault(path, faults)
        except OSError as error:
            faults.found.append(os_fault(f"read `{shown(path)}`", error))
        changes.append(judge.judge(path, contents.get(path), found))
    faults.raise_if_failed()
    return tuple(change for change in changes if change is not None)


def _after(changes: Iterable[Change], contents: Mapping[str, bytes], known: Known) -> Known:
    """What is known when all is done; an orphan stays known, and so it is told until it has gone."""
    orphans = {c.path: known[c.path] for c in changes if c.fate is Fate.ORPHAN}
    return orphans | {path: (digest(data),) for path, data in contents.items()}


def _is_settled(changes: Iterable[Change], contents: Mapping[str, bytes], root: str, templates: str) -> bool:
    """Whether nothing is to be written, not even the lock, and no killed run left anything."""
    if is_left(root) or not all(change.fate in _UNWRITTEN for change in changes):
        return False
    known = read_lock(root) if any(change.fate is Fate.ORPHAN for change in changes) else {}
    after = _after(changes, contents, known)
    needed = {after[path][0] for path in contents}
    return is_locked(root, after, templates) and are_kept(root, needed, names(after))


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


def _stage(changes: Sequence[Change], contents: Mapping[str, bytes], inside: Inside, templates: str) -> Journal:
    """All that is to be done, prepared and written down; killed before the end of it, a run has changed nothing."""
    root, staging, texts = inside.root, inside.staging, _texts(changes, contents)
    known = _known(contents, root)
    after = _after(changes, contents, known)
    journal = Journal(
        steps=_steps(texts, [c.path for c in changes if c.fate is Fate.REMOVE], root),
        known=read_lock(root),
        between=merged(known, _on_the_way(changes, after)),
        after=after,
        templates=templates,
    )
    bases = with_texts(read_bases(root), contents.values())
    disk.stage(staging, texts.items(), {c.path for c in changes if c.text is not None})
    with disk.preparing(f"`{BASE}`"):
        disk.create(f"{staging}/base", bases_text(bases, names(journal.between)), flush=True)
        begin(journal, staging)
    return journal


def _on_the_way(changes: Iterable[Change], after: Known) -> Known:
    """What is known until all is in place: of a merge, by what its text is told from the edited one."""
    results = {c.path: digest(c.text) for c in changes if c.text is not None}
    return after | {path: (f"{after[path][0]}={result}",) for path, result in results.items()}


def _check_writable(root: str, paths: Iterable[str]) -> None:
    """E803 for each existing folder in which something is to change and nothing may."""
    folders = {f"{root}/{next((f for f in parents(p) if os.path.isdir(f'{root}/{f}')), '')}" for p in paths}
    closed = [folder for folder in sorted(folders) if not os.access(folder, os.W_OK | os.X_OK)]
    if closed:
        raise ErdError([write_fault(folder, errno.EACCES) for folder in closed])
