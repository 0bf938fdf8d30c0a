"""Prose: names as words, wrapped lines, lists."""

from __future__ import annotations

import textwrap
from functools import lru_cache

_SHORT = 4  # letters; linters reject a shorter description
_SIGNS = ("-", "*", "+", "#", ">", "=")  # Markdown reads lines with these beginnings as lists, headings and quotes


@lru_cache(maxsize=65536)
def humanized(name: str) -> str:
    """`total_revenue` -> `Total revenue`."""
    words = name.replace("_", " ").strip()
    return f"The {words}" if len(words) < _SHORT else words[:1].upper() + words[1:]


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters, broken at spaces only."""
    return _wrapper(width).wrap(text)


def soft(text: str, width: int) -> str:
    """Prose with long lines broken at spaces, which Markdown joins again. Tables, lists and code are unchanged."""
    if "```" in text:
        return text
    return "\n".join(part for line in text.split("\n") for part in _broken(line, width))


def _broken(line: str, width: int) -> list[str]:
    is_prose = line[:1].isalpha() and line == " ".join(line.split()) and "|" not in line
    parts = wrapped(line, width) if is_prose else [line]
    return [line] if any(part.startswith(_SIGNS) or part[:1].isdigit() for part in parts[1:]) else parts


@lru_cache
def _wrapper(width: int) -> textwrap.TextWrapper:
    return textwrap.TextWrapper(width, break_on_hyphens=False)


def listed(names: tuple[str, ...] | list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def per_row(grain: tuple[str, ...]) -> str:
    """`one row per a and b`; for an entity without a known key, the grain is unknown."""
    return f"one row per {listed(grain)}" if grain else "the rows of its source, whose key is not declared"


def one_line(text: str) -> str:
    """The text on one line, so that it cannot end a comment."""
    return " ".join(text.split())
