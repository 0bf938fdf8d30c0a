"""The folder of a project, from the command line or the spec."""

from __future__ import annotations

from pathlib import Path

from erd2dbt.escape.shell import word
from erd2dbt.faults.diagnostics import Diagnostic, ErdError


def folder_of(output: Path | None, spec: Path, folder: str) -> Path:
    """Return the folder of the project: as requested, otherwise below the spec's folder.

    Raises ErdError E804 if a spec leads out of it.
    """
    if output is None and (Path(folder).is_absolute() or ".." in Path(folder).parts):
        message = f"`output: {folder}` leads out of the folder of the spec; nothing was written"
        fixes = (f"name the folder on the command line: `-o {word(str(spec.parent / folder))}`",)
        raise ErdError([Diagnostic(code="E804", message=message, fixes=fixes)])
    return output or spec.parent / folder
