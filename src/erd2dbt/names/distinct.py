"""Distinct names: a number is appended to a taken name, and names are shortened only where they stay unique."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import chain, count

_NUMBERED = 55  # bytes of a name before its number


def apart(name: str, is_taken: Callable[[str], bool]) -> str:
    """The name, or the first of `name_2`, `name_3` … that is not taken. It fits PostgreSQL's limit with the number."""
    short = name.encode()[:_NUMBERED].decode(errors="ignore")
    return next(one for one in chain([name], (f"{short}_{i}" for i in count(2))) if not is_taken(one))


def own(names: Mapping[str, str], shorten: Callable[[str], str]) -> dict[str, str]:
    """Each name shortened, except where the short name belongs to another one."""
    short = {key: shorten(name) for key, name in names.items()}
    often = Counter(short.values())
    whole = set(names.values())
    return {
        key: name if often[name] == 1 and (name == names[key] or name not in whole) else names[key]
        for key, name in short.items()
    }
