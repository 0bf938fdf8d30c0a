"""Reads the files of a dbt project that were not generated, in the folders that dbt searches."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from erd2dbt.design.project.surroundings import Surroundings
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.system.reading import read_regular
from erd2dbt.write.faults import os_fault, shown
from erd2dbt.write.paths import leads_out


def own_texts(root: str, around: Surroundings, ours: Collection[str], endings: tuple[str, ...]) -> dict[str, str]:
    """Return path -> text. Raises E803 for a file that cannot be read."""
    found = {}
    for path in own_paths(root, around.folders):
        if path.endswith(endings) and path not in ours:
            try:
                found[path] = read_regular(f"{root}/{path}").decode("utf-8", "replace")
            except OSError as error:
                raise ErdError([os_fault(f"read `{shown(path)}`", error)]) from None
    return found


def own_paths(root: str, folders: Collection[str]) -> Iterator[str]:
    """Return every file below these folders, sorted. Folders that lead out of the project are skipped."""
    inside = os.path.realpath(root)
    for folder in dict.fromkeys(folders):
        if leads_out(f"{root}/{folder}", inside):
            continue
        for here, below, files in os.walk(f"{root}/{folder}"):
            below.sort()
            beside = os.path.relpath(here, root).replace(os.sep, "/")
            yield from (name if beside == os.curdir else f"{beside}/{name}" for name in sorted(files))
