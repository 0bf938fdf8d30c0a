"""Secrets by their values: hashes of passwords, tokens, private keys, numbers of payment cards.

A value never leaves this module: reasons count values, and quote none.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

from erd2dbt.infer.vocabulary import tokens, word_list

_MOST_OF = 0.5  # of formats that are nothing else: others may be NULL-like texts such as `!` or `*`
_ALL_OF = 0.9
_FEW_CARDS = 3  # of random numbers, one of ten has a valid last digit
_ENOUGH = 20  # values of random text, and letters of each
_LONGEST = 200  # longer texts are documents or images
_SAME_LENGTH = 4  # letters between the shortest token and the longest
_VARIED = 8  # different characters at each place of random texts
_LETTERS = 0.15  # the least share of letters: hexadecimal digits have three of eight

# what is said -> the formats that are this and nothing else
_FORMATS = (
    (
        "hashes of passwords",
        re.compile(
            r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}"  # bcrypt
            r"|\$(?:argon2(?:id|i|d)|scrypt|pbkdf2(?:-sha\d+)?|7|y|gy|md5|sha1|1|5|6)\$\S{16,}"  # crypt, PHC
            r"|\$[PH]\$[./A-Za-z0-9]{31}"  # phpass
            r"|(?:pbkdf2|scrypt|argon2|bcrypt)(?:_sha\d+)?[$:]\S{16,}|sha1\$\w+\$[0-9a-f]{40}|md5\$\w*\$[0-9a-f]{32}"
            r"|SCRAM-SHA-\d+\$\S{16,}|\{(?:S?SHA\d*|S?MD5|CRYPT|PBKDF2[\w-]*|ARGON2|BCRYPT)\}\S{16,}"
        ),
    ),
    ("JSON web tokens", re.compile(r"(?:Bearer )?eyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]*")),
    (
        "private keys",
        re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]*|AGE-SECRET-KEY-1\w{20,}"),
    ),
    (
        "tokens, by their prefix",
        re.compile(
            r"(?:sk|rk)_(?:live|test|prod)_\w{16,}|whsec_[\w+/=]{16,}|sk-(?:[a-z]+-)*[\w-]{20,}"
            r"|gh[pousr]_\w{30,}|github_pat_\w{22,}|gl(?:pat|ptt|rt|dt|cbt)-[\w.-]{20,}|xox[abeoprs]-[\w-]{10,}"
            r"|npm_\w{36}|pypi-[\w-]{32,}|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|SG\.[\w-]{16,}\.[\w-]{16,}|ya29\.[\w-]{20,}"
            r"|dop_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-f]{32}|hf_[A-Za-z]{30,}|hv[sb]\.[\w-]{20,}|key-[0-9a-f]{32}"
        ),
    ),
)
_CARD = re.compile(
    r"4\d{15}|4\d{12}|4\d{18}"
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}"
)
_GROUPED = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}")
_TOKEN = re.compile(r"[A-Za-z0-9_+/=~.-]+")
_UUID = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[1-8][0-9a-f]{3}\1[89ab][0-9a-f]{3}\1[0-9a-f]{12}", re.IGNORECASE)
_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}", re.IGNORECASE)
_PUBLIC = re.compile(r"0x[0-9a-f]+|[13][1-9A-HJ-NP-Za-km-z]{24,34}|sha\d+-.*|.*\.[a-z]\w{1,4}", re.IGNORECASE)
_FILES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"%PDF",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"BM",
    b"\x00\x00\x01\x00",
)
_OPEN_NAMES = frozenset((*word_list("open_text"), *word_list("public")))
_CONTENTS = frozenset(word_list("table_of_contents_by_hash"))


def secret_values(table: str, column: str, values: Sequence[str], *, is_id: bool) -> str | None:
    """Why the values of a column are secrets; None where they are none, as far as they show.

    `is_id`: it is a key or a foreign key, so that random text is an id.
    """
    found = [value.strip() for value in values if value.strip()]
    if not found:
        return None
    for said, form in _FORMATS:
        like = sum(form.fullmatch(value) is not None for value in found)
        if like >= max(1, len(found) * _MOST_OF):
            return f"{like:,} of {len(found):,} values are {said}"
    cards = sum(map(_is_card, found))
    if cards >= len(found) * _ALL_OF and len(set(found)) >= _FEW_CARDS:
        return f"{cards:,} of {len(found):,} values are numbers of payment cards with a valid check digit"
    if not is_id and not _is_open(table, column, found) and _is_random(found):
        return f"{len(found):,} values are random texts of {min(map(len, found))} characters or more, each of them once"
    return None


def _is_card(value: str) -> bool:
    digits = re.sub(r"[ -]", "", value) if _GROUPED.fullmatch(value) else value
    if not _CARD.fullmatch(digits):
        return False
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10 == 0


def _is_open(table: str, column: str, values: Sequence[str]) -> bool:
    """Whether the name says an id, an address or a digest of something else; or the table keeps contents by hash."""
    if any(word.text in _OPEN_NAMES for word in tokens(column)):
        return True
    digests = all(_DIGEST.fullmatch(value) for value in values)
    return digests and any(word.text in _CONTENTS for word in tokens(table))


def _is_random(values: Sequence[str]) -> bool:
    """Whether the values are random at twenty places and more: each once, with letters and digits at each place."""
    if len(values) < _ENOUGH or len(set(values)) < len(values):
        return False
    shortest, longest = min(map(len, values)), max(map(len, values))
    if shortest < _ENOUGH or longest > _LONGEST or longest - shortest > _SAME_LENGTH:
        return False
    if not all(_TOKEN.fullmatch(value) for value in values) or any(map(_is_readable, values)):
        return False
    return sum(_is_varied([value[at] for value in values]) for at in range(shortest)) >= _ENOUGH


def _is_varied(characters: Sequence[str]) -> bool:
    """Whether both letters and digits appear at a place, and enough of them. Codes have fixed places for each."""
    letters = sum(one.isalpha() for one in characters)
    is_mixed = letters >= len(characters) * _LETTERS and any(one.isdigit() for one in characters)
    return is_mixed and len(set(characters)) >= _VARIED


def _is_readable(value: str) -> bool:
    """Whether the value is public by its form, or stands for a text or a file that is only encoded."""
    if _UUID.fullmatch(value) or _PUBLIC.fullmatch(value):
        return True
    try:
        told = base64.b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return told.startswith(_FILES) or all(32 <= byte < 127 for byte in told)
