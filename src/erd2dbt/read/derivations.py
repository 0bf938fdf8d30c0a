"""What a row says of how its column is made, told from the column itself: `total numeric = sum of amount`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

# Signs between a column and its derivation; a hyphen needs blanks, an equals sign is no comparison.
_SIGN = re.compile(r"\s+[–—−]\s*|\s*[–—]\s+|\s+-\s+|\s*(?:←|⇐|⟵|<-)\s*|\s*:=\s*|\s*(?<![<>=!:])=(?![=>])\s*")
_EQUALS = re.compile(r":?=|←|⇐|⟵|<-")
_ALIAS = re.compile(r"(?P<words>.*[()+*/].*)\s+as\s+(?P<name>[^\W\d]\w*)", re.IGNORECASE)
_LEADING = re.compile(r"\s*(?:[=←⇐⟵]|:=|<-)\s*(?P<words>\S.*)")
_COLON = re.compile(r"(?<!:):(?![:=])\s*")
_BRACKET = re.compile(r"(?P<head>[^()]*?[\w)])\s*\((?P<words>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*")
_CALL = re.compile(r"\w+\(.*\)|.*\s[-+*/<>=≥≤]\s.*|.*[≥≤].*|.*(?<![<>=])[<>]=?\s*\d.*")
_MARK = re.compile(r"(?:PK|FK|UK|NN|N|M|\d)", re.IGNORECASE)
_WORDS = 5  # of a column's name with its type


class Split(NamedTuple):
    """The column as it would stand alone, and the words of its derivation."""

    column: str
    words: str


def split(text: str, is_about: Callable[[str], bool]) -> Split | None:
    """A row with a derivation; None for one without. `is_about`: a text is a type or marks, and so of the column."""
    if match := _ALIAS.fullmatch(text.strip()):
        return Split(match["name"], match["words"].strip().rstrip(","))
    parts = list(_parts(text))
    for place, (head, sign, tail) in enumerate(parts):
        if is_about(tail.split("  ")[0]) and not _EQUALS.search(sign):
            if place + 1 == len(parts):
                return None
            continue
        column = re.sub(r"\s+[-–—]\s+", " ", head).strip()
        if _is_column(column, is_about) and tail.strip():
            return Split(column, tail.strip())
        return None
    return _behind_colon(text, is_about) or _in_brackets(text, is_about)


def continued(text: str) -> str | None:
    """The words of a line that begins with a sign: it speaks of the row above."""
    match = _LEADING.fullmatch(text)
    return match["words"].strip() if match else None


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """(what stands before, the sign, what stands behind) for each sign outside of brackets and quotes."""
    hidden = re.sub(r"'[^']*'|\"[^\"]*\"", lambda m: "x" * len(m[0]), text)
    for match in _SIGN.finditer(hidden):
        before = hidden[: match.start()]
        if before.strip() and before.count("(") == before.count(")"):
            yield text[: match.start()], match[0], text[match.end() :]


def _is_column(text: str, is_about: Callable[[str], bool]) -> bool:
    """A name, perhaps with its type and marks; no mark alone, which a legend explains."""
    words = text.split()
    return bool(words) and len(words) <= _WORDS and not _MARK.fullmatch(text) and not is_about(text)


def _behind_colon(text: str, is_about: Callable[[str], bool]) -> Split | None:
    """`total: sum(amount)`, `tier: high ≥ 500 / low`: what looks like no type, mark, value or prose."""
    match = _COLON.search(text)
    if match is None:
        return None
    column, words = text[: match.start()].strip(), text[match.end() :].strip()
    if not words or not _is_column(column, is_about) or is_about(words):
        return None
    return Split(column, words) if _CALL.fullmatch(words) else None


def _in_brackets(text: str, is_about: Callable[[str], bool]) -> Split | None:
    """`total numeric (sum of amount)`: several words, or a comparison, behind all else."""
    match = _BRACKET.fullmatch(text.strip())
    if match is None or is_about(match["words"]) or is_about(f"x({match['words']})"):
        return None
    column, words = match["head"].strip(), match["words"].strip()
    if "(" in column or len(words.split()) < 2 or not _is_column(column, is_about):
        return None
    return Split(column, words)
