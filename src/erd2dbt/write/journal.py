"""What a run is about to do, written down when all is staged and nothing is done: the moment from which it counts.

Whoever finds a journal finishes what is in it; who finds staged files without one knows that nothing was done.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from erd2dbt.diagram.identity import as_data, from_data
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.files import create, read
from erd2dbt.write.lock import Means, checked_files
from erd2dbt.write.paths import JOURNAL, RUNNING, unsafe

if TYPE_CHECKING:
    from erd2dbt.diagram.identity import Identities
    from erd2dbt.write.lock import Known

_FORMAT = 1
_MEND = f"delete the folder `{RUNNING}`: what that run had left to do is not done then"


@dataclass(frozen=True, slots=True)
class Step:
    """A file to write or to remove, by the hash of what stood there and of what is to; None: nothing."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the lock of a project says before (`known`), `between` while files are put in place, and `after`."""

    known: Known
    between: Known
    after: Known
    means: Means
    names: tuple[Identities, Identities]  # of the diagram, before and after


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """`steps`: those that write are staged as `0`, `1`, … in this order, those that remove come last.

    `memory`: None for files that belong to no project, such as a spec and what is remembered of it."""

    steps: tuple[Step, ...]
    memory: Memory | None

    @property
    def written(self) -> list[Step]:
        return [step for step in self.steps if step.after is not None]

    @property
    def removed(self) -> list[Step]:
        return [step for step in self.steps if step.after is None]


def begin(journal: Journal, staging: str) -> None:
    """Writes it down and flushes it; killed before that, a run has done nothing. OSError."""
    steps = [[step.path, step.before, step.after] for step in journal.steps]
    data = {"format": _FORMAT, "steps": steps, **(_data(journal.memory) if journal.memory else {})}
    create(f"{staging}/record", json.dumps(data).encode(), flush=True)
    os.replace(f"{staging}/record", f"{staging}/{JOURNAL}")


def _data(memory: Memory) -> dict[str, Any]:
    locks = (memory.known, memory.between, memory.after)
    return {
        "locks": [{path: " ".join(hashes) for path, hashes in known.items()} for known in locks],
        "means": list(memory.means),
        "names": [{name: as_data(one) for name, one in things.items()} for things in memory.names],
    }


def read_journal(staging: str) -> Journal:
    """The one that is there. E803 when it cannot be read, or names paths that no run of ours would."""
    place = f"{staging}/{JOURNAL}"
    try:
        return _parsed(json.loads(read(place, os.path.realpath(staging)) or b""))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        message = f"`{RUNNING}/{JOURNAL}` is not what this erd2dbt writes"
        raise ErdError([Diagnostic(code="E803", message=message, fixes=(_MEND,))]) from None
    except OSError as error:
        raise ErdError([os_fault(f"read `{shown(place)}`", error)]) from None


def _parsed(data: Any) -> Journal:
    steps = tuple(Step(path, before, after) for path, before, after in data["steps"])
    memory = _memory(data) if "locks" in data else None
    is_unfit = unsafe if memory else _is_no_name
    if data["format"] != _FORMAT or any(is_unfit(step.path) for step in steps):
        raise ValueError
    return Journal(steps=steps, memory=memory)


def _memory(data: Any) -> Memory:
    known, between, after = (checked_files(files, "", RUNNING) for files in data["locks"])
    old, new = ({name: from_data(one) for name, one in things.items()} for things in data["names"])
    means = Means(*map(str, data["means"]))
    return Memory(known=known, between=between, after=after, means=means, names=(old, new))


def _is_no_name(path: str) -> bool:
    """Whether it is not the name of a file that is in the folder itself."""
    return os.path.basename(path) != path or path in ("", ".", "..", RUNNING)
