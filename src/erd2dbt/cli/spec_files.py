"""Reads and writes a spec together with the files that store its state."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.cli.console import Console
from erd2dbt.faults.diagnostics import Diagnostic, ErdError

if TYPE_CHECKING:
    from erd2dbt.write.run_lock import LockedRun
    from erd2dbt.write.together import Standing


@dataclass(frozen=True, slots=True)
class SpecFiles:
    """Files that are written together or not at all, even if the run is interrupted or another one writes them."""

    found: Standing

    def write(self, texts: Mapping[Path, bytes]) -> None:
        """Write the files. Raises ErdError E803."""
        from erd2dbt.write.together import write_together

        write_together(self.found, texts)


def spec_files(console: Console, spec: Path, *beside: Path) -> SpecFiles:
    """Return the files. Call it before reading any of them: it completes an interrupted run, and reports that. Raises
    E803."""
    from erd2dbt.write.together import recover_beside, standing

    if recovered := recover_beside(spec):
        console.say(f"note     the last run was interrupted: {recovered}")
    return SpecFiles(standing((spec, *beside)))


def drafted_files(console: Console, spec: Path) -> SpecFiles:
    """Return the spec with its last draft and its record of `push`."""
    from erd2dbt.miro.record import record_of
    from erd2dbt.pipelines.redrafting import memory_of

    return spec_files(console, spec, memory_of(spec), record_of(spec))


@dataclass(slots=True)
class DrawingFiles:
    """The record of `push`, which is saved repeatedly during a push. No other run may use that folder meanwhile."""

    record: Path
    found: Standing
    inside: LockedRun | None  # None for a dry run, which writes nothing

    def write(self, data: bytes) -> None:
        """Write the files. Raises ErdError E803."""
        from erd2dbt.write.lock import digest
        from erd2dbt.write.together import write_inside

        if self.inside is not None and digest(data) != self.found.hashes[self.record.name]:
            self.found = write_inside(self.inside, self.found, {self.record.name: data})


@contextlib.contextmanager
def drawing_files(console: Console, record: Path, *, dry_run: bool) -> Iterator[DrawingFiles]:
    """Return the files of a push. Raises ErdError E803, also if another run writes there."""
    from erd2dbt.write.run_lock import drawing
    from erd2dbt.write.together import standing

    if dry_run:
        yield DrawingFiles(record, standing([record]), None)
        return
    spec_files(console, record)
    with drawing(str(record.parent)) as inside:
        yield DrawingFiles(record, standing([record]), inside)


def write_text(output: Path, text: str) -> None:
    """Write a file and its parent folders. An unchanged file is not written. Raises ErdError E803."""
    from erd2dbt.write.files import replace_file

    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        is_there = output.is_file() and output.read_bytes() == text.encode()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ErdError([Diagnostic(code="E803", message=f"cannot write `{output}`: {reason}")]) from None
    if not is_there:
        replace_file(str(output), text.encode())
