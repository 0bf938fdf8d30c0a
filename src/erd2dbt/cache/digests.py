"""Digests of values: different contents have different digests, because all fields are included automatically.

Equal contents have equal digests, if their mappings and sets have the same order. Places in a text are excluded, unless
they are requested.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable
from typing import Any

from erd2dbt.cache.dataclass_values import values_of
from erd2dbt.faults.diagnostics import Span

_BYTES = 16


def content_digest(value: object) -> str:
    """Return the digest of a value without its places in a text."""
    return _digest(value, _nowhere)


def placed_digest(value: object, line: int) -> str:
    """Return the digest of a value with its places relative to a line: it stays equal when the whole text moves."""
    return _digest(value, lambda span: (_Place, (span.line - line, span.column, span.end)))


def digest_of(*parts: str) -> str:
    """Return the digest of several digests or names."""
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogateescape"), digest_size=_BYTES).hexdigest()


def _digest(value: object, place: Callable[[Span], tuple[Any, ...]]) -> str:
    written = io.BytesIO()
    _Pickler(written, place).dump(value)
    return hashlib.blake2b(written.getbuffer(), digest_size=_BYTES).hexdigest()


class _Pickler(pickle.Pickler):
    """Pickles dataclasses with all of their fields."""

    def __init__(self, file: io.BytesIO, place: Callable[[Span], tuple[Any, ...]]) -> None:
        super().__init__(file, protocol=5)
        self.fast = True  # equal parts are written alike, whether they are one object or several
        self._place = place

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is Span:
            return self._place(obj)
        values = values_of(obj)
        return NotImplemented if values is None else (type(obj), values)


class _Place(tuple[int, ...]):
    """Replaces a place in a digested value. It is never read back."""


def _nowhere(_: Span) -> tuple[Any, ...]:
    return _Place, ()
