"""Texts of parts of files, and compiled templates: made, or found as an earlier run made them.

The text of a part depends on nothing but its values and the templates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import jinja2
from jinja2.bccache import Bucket

from erd2dbt.cache.digests import content_digest, digest_of
from erd2dbt.cache.pieces import Piece, Pieces

Make = Callable[[], str]


class Texts(Protocol):
    @property
    def compiled(self) -> jinja2.BytecodeCache | None:
        """The shipped templates, compiled."""

    def text(self, template: str, part: object, make: Make) -> str:
        """The text of a part: by which template, of what, and how it is made."""
        ...


class NewTexts:
    """Every text is made."""

    compiled = None

    def text(self, template: str, part: object, make: Make) -> str:
        del template, part
        return make()


@dataclass(frozen=True, slots=True)
class KnownTexts:
    """The texts of an earlier run, by digests of the parts, or of all that they depend on.

    `program`: a digest of the tool and its templates.
    """

    pieces: Pieces
    program: str

    @property
    def compiled(self) -> jinja2.BytecodeCache | None:
        return _Compiled(self.pieces, self.program)

    def text(self, template: str, part: object, make: Make) -> str:
        name = f"text {digest_of(self.program, template, getattr(part, 'digest', None) or content_digest(part))}"
        known = self.pieces.get(name)
        if known is not None:
            return known.body.decode()
        text = make()
        self.pieces.put(name, Piece(None, text.encode()))
        return text


class _Compiled(jinja2.BytecodeCache):
    """The templates that an earlier run compiled. Jinja compares their sources."""

    def __init__(self, pieces: Pieces, program: str) -> None:
        self._pieces, self._program = pieces, program

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self._pieces.get(self._name(bucket))
        if known is not None:
            bucket.bytecode_from_string(known.body)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._pieces.put(self._name(bucket), Piece(None, bucket.bytecode_to_string()))

    def _name(self, bucket: Bucket) -> str:
        return f"template {self._program} {bucket.key}"
