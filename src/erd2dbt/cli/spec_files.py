"""A spec and the files that remember something of it, as a command finds and leaves them."""

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
    """All that are written are written together, or none: also where the run is killed, or another one is faster."""

    found: Standing

    def write(self, texts: Mapping[Path, bytes]) -> None:
        """ErdError E803."""
        from erd2dbt.write.together import write_together

        write_together(self.found, texts)


def spec_files(console: Console, spec: Path, *beside: Path) -> SpecFiles:
    """To be asked before any of them is read: it finishes what a killed run began there, and says so. E803."""
    from erd2dbt.write.together import recover_beside, standing

    if recovered := recover_beside(spec):
        console.say(f"note     the last run was interrupted: {recovered}")
    return SpecFiles(standing((spec, *beside)))


def drafted_files(console: Console, spec: Path) -> SpecFiles:
    """With what was drafted last, and what `push` drew."""
    from erd2dbt.miro.record import record_of
    from erd2dbt.pipelines.redrafting import memory_of

    return spec_files(console, spec, memory_of(spec), record_of(spec))


@dataclass(slots=True)
class DrawingFiles:
    """What `push` remembers, written again and again while it draws and no other run is in that folder."""

    record: Path
    found: Standing
    inside: LockedRun | None  # None for a dry run, which writes nothing

    def write(self, data: bytes) -> None:
        """ErdError E803."""
        from erd2dbt.write.lock import digest
        from erd2dbt.write.together import write_inside

        if self.inside is not None and digest(data) != self.found.hashes[self.record.name]:
            self.found = write_inside(self.inside, self.found, {self.record.name: data})


@contextlib.contextmanager
def drawing_files(console: Console, record: Path, *, dry_run: bool) -> Iterator[DrawingFiles]:
    """ErdError E803, also where another run writes there."""
    from erd2dbt.write.run_lock import drawing
    from erd2dbt.write.together import standing

    if dry_run:
        yield DrawingFiles(record, standing([record]), None)
        return
    spec_files(console, record)
    with drawing(str(record.parent)) as inside:
        yield DrawingFiles(record, standing([record]), inside)


def write_text(output: Path, text: str) -> None:
    """The file, with the folders above it; as it was where it holds that text already. ErdError E803."""
    from erd2dbt.write.files import replace_file

    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        is_there = output.is_file() and output.read_bytes() == text.encode()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ErdError([Diagnostic(code="E803", message=f"cannot write `{output}`: {reason}")]) from None
    if not is_there:
        replace_file(str(output), text.encode())
