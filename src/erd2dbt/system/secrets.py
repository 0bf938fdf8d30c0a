"""Passwords and tokens: each is remembered where it is given, and taken out of all that is printed."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote

MASK = "***"
_SHORTEST = 4  # characters; shorter ones are in every second word
_LONG = 12  # characters; of these, nobody has one in a word by chance
_KNOWN: set[str] = set()
# The part between `user:` and the last `@` of an address, whatever is in it.
_IN_ADDRESS = re.compile(r"(//[^\s:/@]{0,200}):(?!\*\*\*@)\S{0,1000}@")
_IN_WORDS = re.compile(r"(?i)\b(password|passwd|pwd|sslpassword)(\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&'`]+)")
_IN_HEADER = re.compile(r"(?i)\b(bearer\s+)[\x21-\x7e]{8,}")


def forget() -> None:
    """A new run."""
    _KNOWN.clear()


def remember(secret: str | None, *, public: tuple[str, ...] = ()) -> None:
    """A secret of this run; one that is among the `public` words, such as the user's name, hides nothing."""
    if secret and len(secret) >= _SHORTEST and secret not in public:
        forms = (secret, unquote(secret), quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1])
        _KNOWN.update(form for form in (*forms, repr(secret)[1:-1]) if len(form) >= _SHORTEST and form not in public)


def remember_all(address: str) -> None:
    """Whatever in an address may be a password: it may be one that nobody can read."""
    _, _, rest = address.partition("://")
    before, at, _ = (rest or address).rpartition("@")
    _, colon, password = before.partition(":")
    if at and colon:
        remember(password)
        for part in re.split(r"[@/?#:%\s]+", password):
            remember(part)
    for found in _IN_WORDS.finditer(address):
        remember(found[3].strip("'"))


def hidden(text: str) -> str:
    """The text without the secrets that are known."""
    for secret in sorted(_KNOWN, key=len, reverse=True):
        if secret in text:
            within = re.escape(secret)
            whole = within if len(secret) >= _LONG else rf"(?<![A-Za-z0-9]){within}(?![A-Za-z0-9])"
            text = re.sub(whole, MASK, text)
    return text


def scrubbed(text: str) -> str:
    """The same, and without what looks like the password of an address, of a connection's words, or of a header."""
    text = hidden(text)
    if "//" in text:
        text = _IN_ADDRESS.sub(rf"\1:{MASK}@", text)
    if "=" in text:
        text = _IN_WORDS.sub(rf"\1\2{MASK}", text)
    return _IN_HEADER.sub(rf"\1{MASK}", text) if "earer" in text or "EARER" in text else text
