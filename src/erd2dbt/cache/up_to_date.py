"""Detects projects that are up to date before the spec is parsed.

The condition is the bytes of the spec, the options, the program, and an unchanged project folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from erd2dbt.cache.entries import keep_entry, read_entry
from erd2dbt.cache.footprint import Watched, first_footprint, footprint, own_paths
from erd2dbt.cache.program import program_digest

_KIND = "settled"
FOLDERS = ("models", "seeds", "snapshots", "macros", "tests", "dbt_packages")  # of a generated project


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInputs:
    """The inputs of a run: the spec, its bytes, and `options`, everything else that may affect the generated files, as
    data."""

    spec: Path
    data: bytes
    templates: Path | None
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        return "\0".join((os.path.abspath(self.spec), os.getcwd(), json.dumps(self.options, default=str)))

    @property
    def key(self) -> str:
        """A key that differs if any input of the project differs."""
        data = hashlib.sha256(self.data).hexdigest()
        return f"{program_digest(self.templates)} {data} {self.spec}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpToDate:
    """A project in the folder `out` that is up to date, and the output of `generate` and `diff` for it."""

    out: str
    generate: tuple[str, ...]
    diff: tuple[str, ...]


def known_up_to_date(asked: RunInputs) -> UpToDate | None:
    """Return the state of an earlier run with the same inputs, if nothing has changed since."""
    try:
        content = read_entry(_KIND, asked.name)
        kept = json.loads(content) if content is not None else None
        if kept is None or kept["key"] != asked.key:
            return None
    except OSError:
        return None
    watched = Watched(root=kept["out"], files=tuple(kept["files"]), folders=FOLDERS)
    if footprint(watched, kept["since"]) != kept["footprint"]:
        return None
    return UpToDate(out=kept["out"], generate=tuple(kept["generate"]), diff=tuple(kept["diff"]))


def remember_up_to_date(
    asked: RunInputs, found: UpToDate, own: Mapping[str, bytes], beside: tuple[str, ...], *, begun: int, staged: int
) -> None:
    """Store the state for the next run. `own`: the generated files; `beside`: other files that the folder may have.

    `begun` and `staged` as for `first_footprint`. If the folder's state cannot be determined, nothing is stored.
    """
    watched = Watched(root=found.out, files=own_paths([*own, *beside], FOLDERS), folders=FOLDERS)
    try:
        mark = first_footprint(watched, own, beside, begun=begun, staged=staged)
        if mark is None:
            return
        content = {"key": asked.key, "files": watched.files, "since": staged, "footprint": mark, **asdict(found)}
    except OSError:
        return
    keep_entry(_KIND, asked.name, json.dumps(content).encode())
