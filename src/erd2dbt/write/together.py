"""Files of one folder that are written all or none, and only if they are as they were when the command read them.

A spec and what is remembered of it stand for each other: a new spec with an old memory would be taken for an edit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.system.reading import read_regular
from erd2dbt.write import files as disk
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.journal import Journal, Step, begin
from erd2dbt.write.lock import digest
from erd2dbt.write.recovery import Recovered, finish, recover, recover_inside
from erd2dbt.write.run_lock import locked_run

if TYPE_CHECKING:
    from erd2dbt.write.run_lock import LockedRun


@dataclass(frozen=True, slots=True)
class Standing:
    """The files of a folder as a command finds them, the one first on which the others depend."""

    folder: str
    hashes: Mapping[str, str | None]


def recover_beside(file: Path) -> Recovered | None:
    """Finishes what a killed run began in the folder of a file. E803."""
    return recover(Path(_folder(file)))


def standing(files: Sequence[Path]) -> Standing:
    """The state of the files now: to be taken before they are read. E803."""
    return Standing(_folder(files[0]), {file.name: _hash_of(file) for file in files})


def write_together(found: Standing, texts: Mapping[Path, bytes]) -> None:
    """Writes the texts that differ from what is there, all of them or none, however the run ends.

    Raises ErdError with E803: the disk refuses, another run writes there, or a file is not as it was found."""
    wanted = {file.name: data for file, data in texts.items() if digest(data) != found.hashes[file.name]}
    if wanted:
        with locked_run(found.folder) as inside:
            recover_inside(inside)
            write_inside(inside, found, wanted)


def write_inside(inside: LockedRun, found: Standing, texts: Mapping[str, bytes]) -> Standing:
    """The same, by name, for a run that has the lock of the folder; the state of the files afterwards."""
    for name, before in found.hashes.items():
        if _hash_of(Path(inside.root, name)) != before:
            message = f"`{shown(os.path.join(inside.root, name))}` changed while it was being worked on; nothing was"
            raise ErdError([Diagnostic(code="E803", message=f"{message} written", fixes=("run the command again",))])
    ordered = {name: texts[name] for name in found.hashes if name in texts}
    disk.stage(inside.staging, ordered.items(), ordered)
    after = {name: digest(data) for name, data in ordered.items()}
    journal = Journal(steps=tuple(Step(name, found.hashes[name], after[name]) for name in ordered), memory=None)
    with disk.preparing(f"into `{shown(inside.root)}`"):
        begin(journal, inside.staging)
    try:
        finish(journal, inside)
    except KeyboardInterrupt:
        finish(journal, inside, look=True)
        raise
    return Standing(found.folder, {**found.hashes, **after})


def _folder(file: Path) -> str:
    return os.path.dirname(os.fspath(file)) or os.curdir


def _hash_of(file: Path) -> str | None:
    try:
        return digest(read_regular(file))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ErdError([os_fault(f"read `{shown(os.fspath(file))}`", error)]) from None
