"""Separates a column from its derivation in one row: `total numeric = sum of amount`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from erd2dbt.read.boxes.column_types import is_formula

# Signs between a column and its derivation; a hyphen needs blanks, an equals sign is no comparison.
_SIGN = re.compile(r"\s+[–—−]\s*|\s*[–—]\s+|\s+-\s+|\s*(?:←|⇐|⟵|<-)\s*|\s*:=\s*|\s*(?<![<>=!:])=(?![=>])\s*")
_DASH = re.compile(r"\s+[-–—−]\s+|\s*[–—]\s*")
_EQUALS = re.compile(r":?=|←|⇐|⟵|<-")
_ALIAS = re.compile(r"(?P<words>.*[()+*/].*)\s+as\s+(?P<name>[^\W\d]\w*)", re.IGNORECASE)
_ARROW = re.compile(r"(?P<name>[^→⟶➔➜]+?)\s*(?:→|⟶|➔|➜|->|=>)\s*(?P<words>.+)")
_LEADING = re.compile(r"\s*(?:[=←⇐⟵]|:=|<-)\s*(?P<words>\S.*)")
_COLON = re.compile(r"(?<!:):(?![:=])\s*")
_BRACKET = re.compile(r"(?P<head>[^()]*?[\w)])\s+\((?P<words>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*")
_ARGUMENTS = re.compile(r"[\d\s,]+|\s*'.*")
_CALL = re.compile(r"\w+\(.*\)|.*\s[-+*/<>=≥≤]\s.*|.*[≥≤].*|.*(?<![<>=])[<>]=?\s*\d.*")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_MARK = re.compile(r"(?:PK|FK|UK|NN|N|M|\d)", re.IGNORECASE)
_OPERATORS = frozenset("()+*/")
_LONGEST = 4000  # characters; patterns that look for two things take quadratic time
_WORDS = 5  # of a column's name with its type


class Split(NamedTuple):
    """The row without its derivation, and the words of the derivation. They are empty if the row has none."""

    column: str
    words: str


def split(text: str, is_about: Callable[[str], bool]) -> Split | None:
    """Split a row into column and derivation. Signs between name, type and marks are removed.

    `is_about`: whether a text is a type or marks, so that it describes the column. Returns None where the row has no
    sign, or is too long for a row of a box.
    """
    if len(text) > _LONGEST:
        return None
    if not _OPERATORS.isdisjoint(text) and (match := _ALIAS.fullmatch(text.strip())):
        return Split(match["name"], match["words"].strip().rstrip(","))
    has_arrow = ">" in text or not text.isascii()
    if (
        has_arrow
        and (match := _ARROW.fullmatch(text))
        and is_formula(match["words"])
        and _is_column(match["name"], is_about)
    ):
        return Split(match["name"].strip(), match["words"].strip())
    parts = list(_parts(text))
    for head, sign, tail in parts:
        segment = text[len(text) - len(tail) : _next(text, len(text) - len(tail), parts)]
        if is_about(segment) and not _EQUALS.search(sign):
            continue
        colon = _COLON.search(head)
        if colon and not is_about(head[colon.end() :]):
            break  # `late int: count where state = late`
        column = _DASH.sub(" ", head).strip()
        return Split(column, tail.strip()) if _is_column(column, is_about) and tail.strip() else None
    else:
        if parts:
            return Split(_DASH.sub(" ", text), "")
    return _behind_colon(text, is_about) or _in_brackets(text, is_about)


def _next(text: str, start: int, parts: list[tuple[str, str, str]]) -> int:
    """Return the position of the next sign."""
    return min((len(head) for head, _, _ in parts if len(head) >= start), default=len(text))


def continued(text: str) -> str | None:
    """Return the words of a line that begins with a sign: they continue the row above."""
    match = _LEADING.fullmatch(text)
    return match["words"].strip() if match else None


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (text before, sign, text after) for each sign outside brackets and quotes."""
    if "-" not in text and "=" not in text and text.isascii():
        return
    hidden = _QUOTED.sub(lambda m: "x" * len(m[0]), text)
    for match in _SIGN.finditer(hidden):
        before = hidden[: match.start()]
        if before.strip() and before.count("(") == before.count(")"):
            yield text[: match.start()], match[0], text[match.end() :]


def _is_column(text: str, is_about: Callable[[str], bool]) -> bool:
    """Return whether a text is a name, perhaps with type and marks. A mark alone is not: a legend explains those."""
    words = text.split()
    return bool(words) and len(words) <= _WORDS and not _MARK.fullmatch(text) and not is_about(text)


def _behind_colon(text: str, is_about: Callable[[str], bool]) -> Split | None:
    """Split `total: sum(amount)` or `tier: high ≥ 500 / low`, unless a type, mark, value or prose follows the colon."""
    match = _COLON.search(text) if ":" in text else None
    if match is None:
        return None
    column, words = text[: match.start()].strip(), text[match.end() :].strip()
    if not words or not _is_column(column, is_about) or is_about(words):
        return None
    has_type = len(column.split()) > 1 and is_about(column.split(maxsplit=1)[1])
    return Split(column, words) if has_type or _CALL.fullmatch(words) else None


def _in_brackets(text: str, is_about: Callable[[str], bool]) -> Split | None:
    """Split `total numeric (sum of amount)`: the bracket is last, and contains several words or a comparison."""
    match = _BRACKET.fullmatch(text.strip()) if "(" in text else None
    if match is None or is_about(match["words"]) or _ARGUMENTS.fullmatch(match["words"]):
        return None
    column, words = match["head"].strip(), match["words"].strip()
    if set("(:") & set(column) or len(words.split()) < 2 or not _is_column(column, is_about):
        return None
    return Split(column, words)
