"""Doing what a journal says, in the run that wrote it or in the next one: the project is the old one or the new one."""

from __future__ import annotations

import contextlib
import enum
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import Collector, ErdError
from erd2dbt.write import files as disk
from erd2dbt.write.bases import bases_text, read_bases
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.file_set import is_overtaken, put_set
from erd2dbt.write.journal import read_journal
from erd2dbt.write.lock import digest, hash_of, lock_text, names, read_lock
from erd2dbt.write.paths import BASE, DONE, JOURNAL, LOCK, RUNNING, standing
from erd2dbt.write.run_lock import KilledRun, forget_drawing, is_locked_or_killed, locked_run

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from erd2dbt.write.journal import Journal, Memory, Step
    from erd2dbt.write.lock import Known
    from erd2dbt.write.run_lock import LockedRun

_MEND = (
    "fix it and run again: the next run finishes what this one began",
    f"or delete the folder `{RUNNING}`, and what is left to do is not done",
)


class Recovered(enum.StrEnum):
    """What became of a run that was killed, as the end of `the last run was interrupted: …`."""

    FINISHED = "its changes were finished"
    UNDONE = "its changes were undone"
    DRAWING = "the next `push` goes on with its drawing"
    DROPPED = "its files were changed since, so the rest of its changes was dropped"


_OF_NOTHING = digest(b"")  # what a power cut leaves
_OUTCOMES = {
    None: None,
    KilledRun.DONE: Recovered.FINISHED,
    KilledRun.PREPARED: Recovered.UNDONE,
    KilledRun.DRAWING: Recovered.DRAWING,
}


def recover(out: Path) -> Recovered | None:
    """Finishes what a killed run began, or takes away what it had only prepared; None: there was no such run.

    Raises ErdError with E803: another run is inside, or the disk refuses."""
    root = os.fspath(out)
    if not is_locked_or_killed(root):
        return None
    with locked_run(root) as inside:
        return recover_inside(inside)


def recover_inside(inside: LockedRun) -> Recovered | None:
    """The same for a run that has the lock already."""
    if inside.left is not KilledRun.BEGUN:
        forget_drawing(inside)
        return _OUTCOMES[inside.left]
    journal = read_journal(inside.staging)
    if _is_overtaken(journal, inside):
        os.unlink(f"{inside.staging}/{JOURNAL}")
        return Recovered.DROPPED
    finish(journal, inside, look=True)
    return Recovered.FINISHED


def _is_overtaken(journal: Journal, inside: LockedRun) -> bool:
    """Whether what it began with has been changed since."""
    if (memory := journal.memory) is None:
        return is_overtaken(journal, inside)
    return read_lock(inside.root) not in (memory.known, memory.between, memory.after)


def finish(journal: Journal, inside: LockedRun, *, look: bool = False) -> None:
    """Does what is left to do; `look` first at what was done, and at what somebody else did since, which stays.

    Raises ErdError with E803; what is not done then stays in the journal."""
    try:
        if (memory := journal.memory) is None:
            put_set(journal, inside, look=look)
        else:
            todo = _todo(journal, inside) if look else _Todo(steps=frozenset(journal.steps), untouched=())
            _do(journal, memory, todo, inside)
    except ErdError as error:
        raise ErdError([replace(fault, fixes=(*fault.fixes, *_MEND)) for fault in error.diagnostics]) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Todo:
    """`untouched`: the paths at which nothing was done and nothing will be."""

    steps: frozenset[Step]
    untouched: Collection[str]


def _do(journal: Journal, memory: Memory, todo: _Todo, inside: LockedRun) -> None:
    """In this order: were the journal lost on the way, each file would be known still."""
    root, staging = inside.root, inside.staging
    after = _without(memory, todo.untouched)
    _put_bases(staging, root)
    if journal.steps:
        disk.put_record(staging, root, LOCK, lock_text(memory.between, memory.means, memory.names[0]))
    disk.put_in_place(staging, root, [(n, s.path) for n, s in enumerate(journal.written) if s in todo.steps])
    disk.remove(root, [step.path for step in journal.removed if step in todo.steps])
    disk.prune(root, {*memory.known, *todo.untouched} - after.keys())
    disk.put_record(staging, root, LOCK, lock_text(after, memory.means, memory.names[1]))
    if names(after) != names(memory.between):
        disk.put_record(staging, root, BASE, bases_text(read_bases(root), names(after)))
    os.replace(f"{staging}/{JOURNAL}", f"{staging}/{DONE}")


def _without(memory: Memory, untouched: Collection[str]) -> Known:
    """What is known when all is done but at these paths."""
    old = {path: memory.known[path] for path in untouched if path in memory.known}
    return {path: hashes for path, hashes in memory.after.items() if path not in untouched} | old


def _put_bases(staging: str, root: str) -> None:
    """The texts of old and new files alike, staged with the files."""
    try:
        with contextlib.suppress(FileNotFoundError):  # it is in place already
            os.replace(f"{staging}/base", f"{root}/{BASE}")
    except OSError as error:
        raise ErdError([os_fault(f"write `{BASE}`", error)]) from None


def _todo(journal: Journal, inside: LockedRun) -> _Todo:
    faults = Collector()
    standing(inside.root, [step.path for step in journal.steps], faults)
    faults.raise_if_failed()
    steps, untouched = set(), []
    staged = {step.path: f"{inside.staging}/{number}" for number, step in enumerate(journal.written)}
    for step in journal.steps:
        stands = _hash_of(f"{inside.root}/{step.path}", inside)
        is_ready = step.after is None or _hash_of(staged[step.path], inside) == step.after
        if stands == step.after:
            continue
        if is_ready and stands in (step.before, None, _OF_NOTHING):
            steps.add(step)
        elif is_ready or stands == step.before:  # edited since, or restored from version control
            untouched.append(step.path)
    return _Todo(steps=frozenset(steps), untouched=untouched)


def _hash_of(place: str, inside: LockedRun) -> str | None:
    try:
        return hash_of(place, os.path.realpath(inside.root))
    except OSError as error:
        raise ErdError([os_fault(f"read `{shown(place)}`", error)]) from None
