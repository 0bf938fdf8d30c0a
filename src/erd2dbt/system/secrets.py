"""Passwords and tokens: registered where they are given, and removed from all output."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote

MASK = "***"
_SHORTEST = 4  # characters; shorter ones occur in many words
_LONG = 12  # characters; longer ones do not occur in a word by chance
_KNOWN: set[str] = set()
# The part between `user:` and the last `@` of an address, with any characters.
_IN_ADDRESS = re.compile(r"(//[^\s:/@]{0,200}):(?!\*\*\*@)\S{0,1000}@")
_IN_WORDS = re.compile(r"(?i)\b(password|passwd|pwd|sslpassword)(\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&'`]+)")
_IN_HEADER = re.compile(r"(?i)\b(bearer\s+)[\x21-\x7e]{8,}")


def forget() -> None:
    """Remove all secrets, for a new run."""
    _KNOWN.clear()


def remember(secret: str | None, *, public: tuple[str, ...] = ()) -> None:
    """Register a secret of this run. One that equals a `public` word, such as the user's name, is not hidden."""
    if secret and len(secret) >= _SHORTEST and secret not in public:
        forms = (secret, unquote(secret), quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1])
        _KNOWN.update(form for form in (*forms, repr(secret)[1:-1]) if len(form) >= _SHORTEST and form not in public)


def remember_all(address: str) -> None:
    """Register all parts of an address that may be a password, even if the address does not parse."""
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
    """Return the text without the registered secrets."""
    for secret in sorted(_KNOWN, key=len, reverse=True):
        if secret in text:
            within = re.escape(secret)
            whole = within if len(secret) >= _LONG else rf"(?<![A-Za-z0-9]){within}(?![A-Za-z0-9])"
            text = re.sub(whole, MASK, text)
    return text


def scrubbed(text: str) -> str:
    """Return the text without registered secrets, and without passwords in addresses, connection strings and
    headers."""
    text = hidden(text)
    if "//" in text:
        text = _IN_ADDRESS.sub(rf"\1:{MASK}@", text)
    if "=" in text:
        text = _IN_WORDS.sub(rf"\1\2{MASK}", text)
    return _IN_HEADER.sub(rf"\1{MASK}", text) if "earer" in text or "EARER" in text else text
