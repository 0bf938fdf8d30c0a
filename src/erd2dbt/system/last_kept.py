"""Keeps the last result of a function, for callers that ask for the same several times."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def last_kept(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Decorate a function of values that can be compared faster than its result is made, and that nobody changes."""
    last: list[tuple[object, Result]] = []

    @wraps(function)
    def kept(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        asked = (args, kwargs)
        if not last or last[0][0] != asked:
            last[:] = [(asked, function(*args, **kwargs))]
        return last[0][1]

    return kept
