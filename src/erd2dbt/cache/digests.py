"""Digests of values: different contents have different digests, because all fields are included automatically.

Equal contents have equal digests, if their mappings and sets have the same order. Places in a text are excluded, unless
they are requested.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from erd2dbt.cache.dataclass_values import values_of
from erd2dbt.faults.diagnostics import Span

_BYTES = 16


def content_digest(value: object) -> str:
    """Return the digest of a value without its places in a text."""
    return _digest(value, _NOWHERE)


def placed_digest(value: object, line: int) -> str:
    """Return the digest of a value with its places relative to a line: it stays equal when the whole text moves."""
    return _digest(value, _Reducers({Span: lambda span: (_Place, (span.line - line, span.column, span.end))}))


def digest_of(*parts: str) -> str:
    """Return the digest of several digests or names."""
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogateescape"), digest_size=_BYTES).hexdigest()


def _digest(value: object, reducers: _Reducers) -> str:
    written = io.BytesIO()
    _Pickler(written, reducers).dump(value)
    return hashlib.blake2b(written.getbuffer(), digest_size=_BYTES).hexdigest()


class _Pickler(pickle.Pickler):
    """Pickles dataclasses with all of their fields."""

    def __init__(self, file: io.BytesIO, reducers: _Reducers) -> None:
        super().__init__(file, protocol=5)
        self.fast = True  # equal parts are written alike, whether they are one object or several
        self.dispatch_table = reducers


class _Reducers(dict[type, Callable[[Any], Any]]):
    """Class -> how its objects are written. Pickle itself looks here, which is faster than a method that it calls."""

    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        if issubclass(kind, Enum):
            return self.setdefault(kind, _member)
        if not (is_dataclass(kind) and fields(kind)):
            raise KeyError(kind)
        return self.setdefault(kind, _reduced)


def _reduced(value: object) -> tuple[Any, ...]:
    values = values_of(value)
    return type(value), values


def _member(value: Enum) -> tuple[Any, ...]:
    return type(value), (value._value_,)  # as pickle writes it; `value` is a slow property


class _Place(tuple[int, ...]):
    """Replaces a place in a digested value. It is never read back."""


_NOWHERE = _Reducers({Span: lambda _: (_Place, ())})
