"""Turns the title of a box, as people write it, into a name that the spec can use."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes.vocabulary import HEADINGS, LETTERS, half_width

_QUALIFIED = re.compile(r"[^\W\d]\w*\.[^\W\d]\w*")
_KIND = re.compile(r"(?:table|entity|tabelle|tbl)\s*[: ]\s*(?=\S)|(?:«\w+»|<<\w+>>)\s*", re.IGNORECASE)
_BEHIND = re.compile(
    r"\s*(?:«\w+»|<<\w+>>|\((?:table|entity|fact|dim(?:ension)?|view|model|mart)\))\s*$", re.IGNORECASE
)
_NUMBERED_TITLE = re.compile(r"\(?#?\d{1,3}(?:\.\d+)*\s*[.):–-]\s+(\S.*)")
_INVISIBLE = ("Cf", "Cc", "Co", "Cs")
_WORDS = 6
_LONGEST = 100


class Title(NamedTuple):
    """A parsed title. `name` is in lower case with `_` between words; `is_cut` when its end was truncated.

    `exact` is the spelling in the database, where capitals separate the words: `OrderItem` for `order_item`.
    """

    name: str
    schema: str | None
    is_cut: bool
    exact: str | None = None
    guess: str | None = None


def visible(text: str) -> str:
    """Return the text in composed Unicode form, without invisible characters. Blanks collapse; tabs and line ends
    stay."""
    if text.isascii() and text.isprintable():
        return text
    kept = unicodedata.normalize("NFC", text).replace("\xa0", " ")
    return "".join(c for c in kept if c in "\n\t" or unicodedata.category(c) not in _INVISIBLE)


def without_pictures(text: str) -> str:
    """Return the text without emoji and other symbols, and without the blanks around them."""
    if text.isascii():
        return text.strip()
    return "".join(c for c in text if unicodedata.category(c) not in ("So", "Sk") and c != "\ufe0f").strip()


def title(text: str, *, lenient: bool = False) -> Title | None:
    """Parse a title; None when it is a sentence or has no word.

    `lenient`: other evidence shows that this is a title, so its form does not matter.
    """
    plain = without_pictures(half_width(visible(text))).strip("*_` \t")
    if numbered := _NUMBERED_TITLE.fullmatch(plain):
        plain = numbered[1]
    kind, colon, rest = plain.partition(":")
    if colon and rest.strip() and HEADINGS.get(kind.strip().lower()) == "table":
        plain = rest.strip()
    if lenient:
        words = " ".join(re.sub(rf"[^{LETTERS} ]+", " ", plain).split()[:_WORDS])
        name = slug(words)
        return Title(name, None, False, guess=f"its name is drawn as “{plain}”") if name else None
    is_cut = plain.endswith(("…", "..."))
    plain = _BEHIND.sub("", _KIND.sub("", plain.rstrip("….:"), count=1)) or plain
    if len(plain) > _LONGEST or len(plain.split()) > _WORDS or re.search(r"[?!;=]|[.,]\s", plain):
        return None
    schema = None
    if _QUALIFIED.fullmatch(plain):
        schema, _, plain = plain.partition(".")
    name = slug(plain)
    exact = plain if plain.isidentifier() and name != plain.lower() else None
    return Title(name, schema.lower() if schema else None, is_cut, exact) if name else None
