"""Spelling of names: snake case, the nearest valid name, and which names PostgreSQL treats as equal."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from erd2dbt.names.length import NAME_BYTES

# by a name's shape (U: a capital, l: another letter, d: a digit): `order|Id`, `line2|Text`, `HTTP|Status`
_WORD_ENDS = re.compile(r"ld*(?=U)|Ud*(?=Ul)")
_INNER_CAPITAL = re.compile(r"[A-Za-z0-9][A-Z]")  # no other one starts a word
_NO_LETTER = re.compile(r"\W", re.ASCII)


def usable(name: str) -> str:
    """The nearest name that `fault_of_object` accepts."""
    words = re.sub(r"\W+", "_", unicodedata.normalize("NFC", name)).strip("_")
    return words.encode(errors="surrogatepass")[:NAME_BYTES].decode(errors="ignore") or "name"


@lru_cache(maxsize=65536)  # cached: a name is spelled many times
def snake(name: str) -> str:
    """The name in snake case: `ContestTaskPair` -> `contest_task_pair`, `orderIDs` -> `order_ids`.

    A lower-case identifier is unchanged. Empty for a text without letters and digits.
    """
    plain = unicodedata.normalize("NFC", name)
    if plain.isidentifier() and plain == plain.lower():
        return plain
    words = unicodedata.normalize("NFC", _underscore_before_capitals(plain).lower())
    known = _NO_LETTER.sub(" ", words) if words.isascii() else "".join(c if _is_letter(c) else " " for c in words)
    joined = "_".join(known.split())
    if not joined.strip("_"):
        return ""
    return joined if joined.isidentifier() else f"n{joined}"


def _underscore_before_capitals(name: str) -> str:
    """The name with `_` before each word that starts with a capital only."""
    if (name.isascii() and not _INNER_CAPITAL.search(name)) or not any(map(str.isupper, name)):
        return name
    shape = "".join("U" if c.isupper() else "l" if c.isalpha() else "d" if c.isdigit() else " " for c in name)
    begins = {match.end() for match in _WORD_ENDS.finditer(shape) if not _is_plural(name, shape, match.end())}
    return "".join(f"_{c}" if place in begins else c for place, c in enumerate(name))


def _is_plural(name: str, shape: str, place: int) -> bool:
    """Whether the place is `Ds` in `IDs`: initials with a plural `s`."""
    return shape[place - 1] == "U" and name[place + 1] == "s" and shape[place + 2 : place + 3] != "l"


def _is_letter(c: str) -> bool:
    return c == "_" or ((c.isalnum() or unicodedata.category(c).startswith("M")) and f"a{c}".isidentifier())


def slug(text: str) -> str:
    """The text in lower case with words joined by `_`; empty without a letter."""
    return snake(text) if any(map(str.isalpha, text)) else ""


def dotted(text: str) -> str:
    """`sales.OrderItem` -> `sales.order_item`: the name of a box, which may have a schema."""
    return ".".join(slug(part.strip('"')) for part in text.split("."))


def folded(name: str) -> str:
    """A form in which equal names are equal: without case, Unicode variants, and truncated characters."""
    if name.isascii() and len(name) <= NAME_BYTES:
        return name.lower()
    kept = name.encode(errors="surrogatepass")[:NAME_BYTES].decode(errors="ignore")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", kept).casefold())
