"""Putting a set of files in place that belong to no project: a spec first, then what is remembered of it.

A staged file goes when its step is done. So the next run knows of each step whether it was done, whatever people did
to the file since."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.system.reading import read_regular
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.files import replace_file
from erd2dbt.write.lock import digest
from erd2dbt.write.paths import DONE, JOURNAL, leads_out

if TYPE_CHECKING:
    from erd2dbt.write.journal import Journal, Step
    from erd2dbt.write.run_lock import LockedRun


def is_overtaken(journal: Journal, inside: LockedRun) -> bool:
    """Whether the first file has been changed since, and was not written: then the others would be lies. E803."""
    first, staged = journal.steps[0], f"{inside.staging}/0"
    if not os.path.lexists(staged):
        return False
    stands = _hash_of(first, inside)
    return stands != first.after and (stands != first.before or digest(_read(staged)) != first.after)


def put_set(journal: Journal, inside: LockedRun, *, look: bool) -> None:
    """Does what is left to do; `look` first at what was done, and at what somebody else did since, which stays.

    ErdError E803."""
    for number, step in enumerate(journal.written):
        staged = f"{inside.staging}/{number}"
        if not os.path.lexists(staged):
            continue
        data = _read(staged)
        if not look or (_hash_of(step, inside) == step.before and digest(data) == step.after):
            replace_file(f"{inside.root}/{step.path}", data)
        with contextlib.suppress(OSError):
            os.unlink(staged)
    os.replace(f"{inside.staging}/{JOURNAL}", f"{inside.staging}/{DONE}")


def _hash_of(step: Step, inside: LockedRun) -> str | None:
    """Of what is there. A link out of the folder is never followed by a journal that was found: no hash is this."""
    place = f"{inside.root}/{step.path}"
    if os.path.islink(place) and leads_out(place, os.path.realpath(inside.root)):
        return ""
    return digest(_read(place)) if os.path.lexists(place) else None


def _read(place: str) -> bytes:
    try:
        return read_regular(place)
    except OSError as error:
        raise ErdError([os_fault(f"read `{shown(place)}`", error)]) from None
