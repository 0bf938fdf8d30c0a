"""Dataclass objects whose fields are made when one of them is read first.

Most objects of an earlier run are looked at from outside only: by their names, or by a digest. The rest of them is
neither loaded nor made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import NamedTuple, TypeVar, cast

Made = TypeVar("Made")


def later(kind: type[Made], known: Mapping[str, object], make: Callable[[], Made]) -> Made:
    """Return an object of a dataclass with slots. Its `known` fields are set, the others are those of `make()`.

    Once these are read, the object is a usual one. `make` is called at most once.
    """
    plain: type = kind
    form = _form(plain, tuple(known))
    made: object = object.__new__(form.unfinished)
    for put, value in zip(form.known, known.values(), strict=True):
        put(made, value)
    form.first(made, make)
    return cast("Made", made)


class _Form(NamedTuple):
    """How unfinished objects with the same known fields are made: their type, and what sets their slots."""

    unfinished: type
    known: tuple[Callable[[object, object], None], ...]
    first: Callable[[object, object], None]  # the place of a field that is not there yet, for the function


@cache
def _form(kind: type, known: tuple[str, ...]) -> _Form:
    rest = tuple(one.name for one in fields(kind) if one.name not in known)
    slots = kind.__dict__
    return _Form(_unfinished(kind, rest), tuple(slots[name].__set__ for name in known), slots[rest[0]].__set__)


def kind_of(value: object) -> type:
    """Return the type that the value has once all of it is made."""
    return _KINDS.get(type(value), type(value))


_KINDS: dict[type, type] = {}  # by the type of unfinished objects


def _unfinished(kind: type, rest: tuple[str, ...]) -> type:
    """A type with the same slots, in which the first read of a field in `rest` makes all of them."""

    def finish(self: object) -> None:
        made = kind.__dict__[rest[0]].__get__(self)()
        values = [getattr(made, name) for name in rest]
        for name, value in zip(rest, values, strict=True):
            kind.__dict__[name].__set__(self, value)
        object.__setattr__(self, "__class__", kind)

    def field(name: str) -> property:
        def read(self: object) -> object:
            finish(self)
            return getattr(self, name)

        return property(read)

    def method(name: str) -> Callable[..., object]:
        def call(self: object, *given: object) -> object:
            finish(self)
            return getattr(self, name)(*given)

        return call

    body: dict[str, object] = {name: method(name) for name in ("__eq__", "__hash__", "__repr__", "__reduce_ex__")}
    made = type(kind.__name__, (kind,), {**body, **{name: field(name) for name in rest}, "__slots__": ()})
    _KINDS[made] = kind
    return made
