"""`generate --watch`: generates the project again after each change of its inputs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from erd2dbt.cli.console import DIFFERS, FAULTS, Console
from erd2dbt.cli.output import is_read

PAUSE = 0.2  # seconds between two looks at the files
_PATIENCE = 5  # looks until a file that has gone is taken for deleted; editors write a new one and move it there

_State = Mapping[str, tuple[int, int, int]]


def watch(console: Console, files: Callable[[], Iterable[Path]], generate: Callable[[bool], None]) -> None:
    """Call `generate` with False now, and with True after each change, until Ctrl-C or until nobody reads the output.

    After a run with faults or refusals, watching continues, and its output stays until the next change.
    """
    try:
        before = _state(files())
        failed = _failed(generate, False)
        console.say(_waiting(files()))
        while is_read():
            before = _changed(files, before)
            had_failed, failed = failed, _failed(generate, True)
            if had_failed and not failed:
                console.say("fixed    there is no fault any more")
            console.say(_waiting(files()))
    except KeyboardInterrupt:
        console.say("\nstopped")


def watched(spec: Path, templates: Path | None) -> Iterator[Path]:
    """Return the spec and the user's templates, with their folders: a new file changes its folder."""
    yield spec
    if templates is not None:
        yield templates
        yield from templates.rglob("*")


def _waiting(files: Iterable[Path]) -> str:
    spec = next(iter(files))
    return f"watching {spec}; Ctrl-C ends"


def _failed(generate: Callable[[bool], None], again: bool) -> bool:
    """Return whether a run failed. An interrupted run ends the watch."""
    try:
        generate(again)
    except SystemExit as end:
        if end.code not in (DIFFERS, FAULTS):
            raise
        return True
    return False


def _changed(files: Callable[[], Iterable[Path]], before: _State) -> _State:
    """Wait for a change, and then for one interval without changes: the editor may still be writing."""
    gone = 0
    last = before
    while True:
        time.sleep(PAUSE)
        now = _state(files())
        gone = gone + 1 if len(now) < len(before) else 0
        if now != before and now == last and (not gone or gone > _PATIENCE):
            return now
        last = now


def _state(files: Iterable[Path]) -> _State:
    """Return the state that distinguishes versions of a file; empty if it does not exist."""
    found = {}
    for file in files:
        try:
            status = os.stat(file)
        except OSError:
            continue
        found[str(file)] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found
