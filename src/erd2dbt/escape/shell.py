"""Words of a command line that people are told to paste."""

from __future__ import annotations

import shlex

from erd2dbt.escape.terminal import line


def word(text: str) -> str:
    """One word for the shell, in quotes where it needs them."""
    return shlex.quote(line(text))
