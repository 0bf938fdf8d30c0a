"""Parts of files, each laid out by a template of its own, or found as an earlier run laid it out.

The text of a part depends on nothing but its values and the templates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from erd2dbt.cache.digests import content_digest, digest_of
from erd2dbt.cache.pieces import Piece, Pieces

Make = Callable[[], str]


class Texts(Protocol):
    """Returns the text of a part: by which template, of what, and how it is made."""

    def __call__(self, template: str, part: object, make: Make) -> str: ...


def made_anew(template: str, part: object, make: Make) -> str:
    del template, part
    return make()


@dataclass(frozen=True, slots=True)
class KnownTexts:
    """The texts of an earlier run, by digests of the parts, or of all that they depend on.

    `program`: a digest of the tool and its templates.
    """

    pieces: Pieces
    program: str

    def __call__(self, template: str, part: object, make: Make) -> str:
        name = f"text {digest_of(self.program, template, getattr(part, 'digest', None) or content_digest(part))}"
        known = self.pieces.get(name)
        if known is not None:
            return known.body.decode()
        text = make()
        self.pieces.put(name, Piece(None, text.encode()))
        return text
