"""Dataclasses as the values of their fields. Pickle's own way looks up the fields of a class again for each object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any


def values_of(value: Any) -> tuple[Any, ...] | None:
    """Return the values of all fields, in order; None for an object of another class, or without fields."""
    kind: type = type(value)
    getter = _getter(kind)
    return None if getter is None else getter(value)


def rebuilt(kind: type, values: tuple[Any, ...]) -> object:
    """Return a new object of a dataclass with these values of `values_of`."""
    made: object = object.__new__(kind)
    for name, value in zip(_names(kind), values, strict=True):
        object.__setattr__(made, name, value)
    return made


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()


@cache
def _getter(kind: type) -> Callable[[object], tuple[Any, ...]] | None:
    names = _names(kind)
    if len(names) == 1:
        one = attrgetter(*names)
        return lambda value: (one(value),)
    return attrgetter(*names) if names else None
