"""Projects that are up to date: a run that would change nothing knows it before it reads the spec.

It is known by the bytes of the spec, the options, the program, and the project's folder as it was left.
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
FOLDERS = ("models", "seeds", "snapshots", "macros", "tests", "dbt_packages")  # of a project that is all generated


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInputs:
    """What a run was asked for: the spec, its bytes, and `options`, all that may decide what is generated, as data."""

    spec: Path
    data: bytes
    templates: Path | None
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        return "\0".join((os.path.abspath(self.spec), os.getcwd(), json.dumps(self.options, default=str)))

    @property
    def key(self) -> str:
        """Differs where anything does that decides the project."""
        data = hashlib.sha256(self.data).hexdigest()
        return f"{program_digest(self.templates)} {data} {self.spec}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpToDate:
    """A project in the folder `out` that is as generated, and what `generate` and `diff` say of that."""

    out: str
    generate: tuple[str, ...]
    diff: tuple[str, ...]


def known_up_to_date(asked: RunInputs) -> UpToDate | None:
    """Whether the same was asked before, and nothing has changed since."""
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
    """For the next run. `own`: the files that were generated; `beside`: others that the folder may have or lack.

    `begun` and `staged` as for `first_footprint`. Where the folder cannot be known again, nothing is kept."""
    watched = Watched(root=found.out, files=own_paths([*own, *beside], FOLDERS), folders=FOLDERS)
    try:
        mark = first_footprint(watched, own, beside, begun=begun, staged=staged)
        if mark is None:
            return
        content = {"key": asked.key, "files": watched.files, "since": staged, "footprint": mark, **asdict(found)}
    except OSError:
        return
    keep_entry(_KIND, asked.name, json.dumps(content).encode())
