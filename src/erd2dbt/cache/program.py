"""A digest of the program that makes a project: its code, the templates, and the libraries that decide its output."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from erd2dbt import __version__
from erd2dbt.system.shipped_files import shipped

LIBRARIES = ("inflection", "jinja2", "sqlglot", "yaml")
_VERSIONED = ("__init__.py", "_version.py")


def program_digest(templates: Path | None) -> str:
    """Of all files by size and time, `templates` of the user's own among them. OSError where they cannot be read."""
    lines = [__version__, *_libraries()]
    for folder in (Path(__file__).parents[1], shipped("templates"), *([templates.resolve()] if templates else [])):
        found = program_files(os.fspath(folder))
        lines += (f"{file}\0{status.st_size}\0{status.st_mtime_ns}" for file, status in found)
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()


def program_files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Every file below, in order; what Python compiled is made from the others."""
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from program_files(entry.path)
        else:
            yield entry.path, entry.stat()


def _libraries() -> Iterator[str]:
    """Each library by the file that its installation writes, without importing it."""
    for name in LIBRARIES:
        found = find_spec(name)
        folders = [] if found is None else found.submodule_search_locations or []
        places = [os.path.join(folder, file) for folder in folders for file in _VERSIONED]
        for place in places or ([found.origin] if found is not None and found.origin else []):
            if os.path.exists(place):
                status = os.stat(place)
                yield f"{place}\0{status.st_size}\0{status.st_mtime_ns}"
