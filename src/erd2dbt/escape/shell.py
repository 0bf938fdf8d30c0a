"""Words of a command line that the user may paste."""

from __future__ import annotations

import shlex

from erd2dbt.escape.terminal import line


def word(text: str) -> str:
    """Return one word for the shell, in quotes if it needs them."""
    return shlex.quote(line(text))
