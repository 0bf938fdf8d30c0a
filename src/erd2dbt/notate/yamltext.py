"""Writes YAML in the style of people: plain scalars where they are safe, short values on one line, comments after
them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from erd2dbt.escape.yaml import comment_line, quoted

_PLAIN = re.compile(r"[^\W\d](?:[\w .()*=<>'+/|,%-]*[\w)'*])?")
_PLAIN_IN_FLOW = re.compile(r"[^\W\d](?:[\w .()*=<>'+/|%-]*[\w)'*])?")
_LINK = re.compile(r"\w+ [|}][|o](?:--|\.\.)[|o][|{] \w+")
_WORDS = frozenset("true false null yes no on off y n".split())


def scalar(text: str, *, in_flow: bool = False) -> str:
    """Return a text as a YAML scalar: plain, or in double quotes."""
    plain = _PLAIN_IN_FLOW if in_flow else _PLAIN
    if plain.fullmatch(text) and text.isprintable() and text.lower() not in _WORDS:
        return text
    return quoted(text)


def key(text: str) -> str:
    return text if _LINK.fullmatch(text) else scalar(text, in_flow=True)


def value(given: object) -> str:
    """Return a value on one line: text, true and false, numbers, lists, mappings."""
    if isinstance(given, str):
        return scalar(given)
    return _flow(given)


def names(given: Iterable[str]) -> str:
    """Return one name alone, or a list of names."""
    listed = [scalar(name, in_flow=True) for name in given]
    return listed[0] if len(listed) == 1 else f"[{', '.join(listed)}]"


def comment(text: str | None) -> str:
    """Return two blanks and the comment, or an empty text."""
    return f"  {comment_line(text)}" if text else ""


def _flow(given: object) -> str:
    if given is None:
        return "null"
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, Mapping):
        return "{" + ", ".join(f"{key(str(name))}: {_flow(entry)}" for name, entry in given.items()) + "}"
    if isinstance(given, list | tuple):
        return "[" + ", ".join(_flow(entry) for entry in given) + "]"
    return scalar(given, in_flow=True) if isinstance(given, str) else str(given)
