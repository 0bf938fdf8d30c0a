"""A digest of the program that makes a project: its code, the templates, and the libraries that affect its output."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from erd2dbt import __version__
from erd2dbt.system.shipped_files import shipped

LIBRARIES = ("inflection", "jinja2", "sqlglot", "yaml")
_VERSIONED = ("__init__.py", "_version.py")


def program_digest(templates: Path | None) -> str:
    """Return the digest of all files by size and time, with the user's own `templates`. Raises OSError if one cannot be
    read."""
    lines = [*_of_the_tool(), *(_lines(templates.resolve()) if templates else ())]
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()


@cache
def _of_the_tool() -> tuple[str, ...]:
    """Return what is the same for the whole process, which has its modules in memory."""
    folders = (Path(__file__).parents[1], shipped("templates"))
    return (__version__, *_libraries(), *(line for folder in folders for line in _lines(folder)))


def _lines(folder: Path) -> Iterator[str]:
    for file, status in program_files(os.fspath(folder)):
        yield f"{file}\0{status.st_size}\0{status.st_mtime_ns}"


def program_files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Return every file below, sorted. Compiled Python files are skipped."""
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from program_files(entry.path)
        else:
            yield entry.path, entry.stat()


def _libraries() -> Iterator[str]:
    """Return a file of each library's installation, without importing the library."""
    for name in LIBRARIES:
        found = find_spec(name)
        folders = [] if found is None else found.submodule_search_locations or []
        places = [os.path.join(folder, file) for folder in folders for file in _VERSIONED]
        for place in places or ([found.origin] if found is not None and found.origin else []):
            if os.path.exists(place):
                status = os.stat(place)
                yield f"{place}\0{status.st_size}\0{status.st_mtime_ns}"
