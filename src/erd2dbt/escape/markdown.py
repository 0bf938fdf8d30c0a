"""Markdown of GitHub and GitLab: text without markup, and code."""

from __future__ import annotations

import re

from erd2dbt.escape import html
from erd2dbt.escape.terminal import line

_SIGN = re.compile(r"[\\`*\[\]<>~]|(?<!\w)_|_(?!\w)")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_CALLING = re.compile(r"((?<![\w&])@|(?<!&)#)(?=\w)")  # a mention of a person, a reference to an issue
_BLOCK = re.compile(r"(#{1,6}(?=\s|$)|[-+=](?=\s|[-+=]|$)|\d+(?=[.)](?:\s|$)))")
_FENCE = re.compile(r"`{3,}")


def text(said: str) -> str:
    """Return text on one line: no tag, link, emphasis, mention or block begins in it."""
    shown = _SIGN.sub(r"\\\g<0>", _ENTITY.sub("&amp;", line(said)))
    shown = _CALLING.sub(r"\1&#8203;", shown)
    return _BLOCK.sub(_not_block, shown, count=1) if _BLOCK.match(shown) else shown


def in_html(said: str) -> str:
    """Return text on one line for between tags. Only mentions and references are active there, and they are escaped."""
    return _CALLING.sub(r"\1&#8203;", html.text(line(said)))


def _not_block(found: re.Match[str]) -> str:
    return f"{found[0]}&#8203;" if found[0].isdigit() else f"\\{found[0]}"


def code(said: str) -> str:
    """Return a span of code on one line, with any backquotes in the text. In a table, pass the result through
    `cell`."""
    shown = line(said)
    longest = max(map(len, re.findall(r"`+", shown)), default=0)
    tick, pad = "`" * (longest + 1), " " if longest else ""
    return f"{tick}{pad}{shown}{pad}{tick}" if shown.strip() else "` `"


def marked(said: str) -> str:
    """Return a sentence of the tool with names in backquotes as code. Without matching backquotes, it is all text."""
    parts = said.split("`")
    if len(parts) % 2 == 0:
        return text(said)
    return "".join(code(part) if odd % 2 else _inner(part) for odd, part in enumerate(parts))


def _inner(part: str) -> str:
    """Return text between spans of code, with the blanks at its ends."""
    before, behind = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
    return f"{before and ' '}{text(part.strip())}{behind and ' '}" if part.strip() else part


def cell(shown: str) -> str:
    """Return Markdown on one line for a cell of a table, with escaped bars, which end a cell even in code."""
    return re.sub(r"(?<!\\)\|", r"\\|", shown.replace("\n", " "))


def fenced(lines: list[str], language: str) -> list[str]:
    """Return a block of code, with fences longer than any in it."""
    fence = "`" * max([3, *(len(found) + 1 for one in lines for found in _FENCE.findall(one))])
    return [f"{fence}{language}", *lines, fence]
