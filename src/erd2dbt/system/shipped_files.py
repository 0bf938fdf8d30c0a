"""Files that come with the tool: inside the installed package, else at the top of the checkout."""

from __future__ import annotations

from pathlib import Path


def shipped(folder: str) -> Path:
    """`templates` or `specs`, wherever this installation keeps it."""
    package = Path(__file__).parents[1] / folder
    return package if package.is_dir() else Path(__file__).parents[3] / folder
