"""Files that are shipped with the tool: in the installed package, or at the top of the checkout."""

from __future__ import annotations

from pathlib import Path


def shipped(folder: str) -> Path:
    """Return the path of `templates` or `specs` in this installation."""
    package = Path(__file__).parents[1] / folder
    return package if package.is_dir() else Path(__file__).parents[3] / folder
