"""Stores partial results of one run for the next run on the same spec.

A run stores only results that it used or computed, so the cache does not grow with the number of runs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from erd2dbt.cache.entries import keep_entry, read_entry

_KIND = "pieces"


@dataclass(frozen=True, slots=True)
class Piece:
    """`head`: the condition under which it is valid, as data. `body`: the result."""

    head: object
    body: bytes


@dataclass(slots=True)
class Pieces:
    """The pieces of one spec, by name. Pieces that a run does not use are removed after it."""

    name: str
    _found: dict[str, Piece] = field(default_factory=dict)
    _used: dict[str, Piece] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str) -> Pieces:
        return cls(name, _unpacked(read_entry(_KIND, name)))

    def get(self, name: str) -> Piece | None:
        piece = self._used.get(name) or self._found.get(name)
        if piece is not None:
            self._used[name] = piece
        return piece

    def put(self, name: str, piece: Piece) -> None:
        self._used[name] = piece

    def has(self, name: str) -> bool:
        return name in self._used or name in self._found

    def put_since(self, before: Collection[str]) -> bytes:
        """Return the pieces that are not in `before`, for `add` in another process."""
        return b"".join(_packed({name: piece for name, piece in self._used.items() if name not in before}))

    def add(self, packed: bytes) -> None:
        self._used |= _unpacked(packed)

    def names(self) -> frozenset[str]:
        return frozenset(self._used)

    def drop(self, name: str) -> None:
        """Remove a piece that is not valid any more."""
        self._used.pop(name, None)
        self._found.pop(name, None)

    def next_run(self, *, failed: bool) -> Pieces:
        """Return the pieces for a next run in this process. After a run that `failed`, unused pieces stay."""
        return Pieces(self.name, {**self._found, **self._used} if failed else dict(self._used))

    def save(self) -> None:
        """Store the pieces for the next run, unless they have not changed."""
        if self._used != self._found:
            keep_entry(_KIND, self.name, *_packed(self._used))


def _packed(pieces: dict[str, Piece]) -> Iterator[bytes]:
    """Yield an index on one line, and then the bodies."""
    yield json.dumps({name: [piece.head, len(piece.body)] for name, piece in pieces.items()}).encode() + b"\n"
    yield from (piece.body for piece in pieces.values())


def _unpacked(data: bytes | None) -> dict[str, Piece]:
    if data is None:
        return {}
    end = data.index(b"\n")
    found, at = {}, end + 1
    for name, (head, length) in json.loads(data[:end]).items():
        found[name] = Piece(head, data[at : at + length])
        at += length
    return found
