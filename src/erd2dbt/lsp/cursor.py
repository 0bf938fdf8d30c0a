"""Where the cursor is in a spec that may be half-written: found by indentation and brackets, not by a parser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_KEY = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"\[{](?:(?!\s\#).)*?)\s*:(?=\s|$)""")
_DASHES = re.compile(r"(?:-\s+)+|-$")


@dataclass(frozen=True, slots=True)
class Cursor:
    """`path` leads to the mapping or the value one is in. `scalar` is the whole scalar,
    `typed` its word before the cursor. `is_key`: it may become a key of the mapping."""

    path: tuple[str, ...]
    is_key: bool
    scalar: str

    @property
    def typed(self) -> str:
        found = re.search(r"[\w]*\Z", self.scalar)
        return found[0] if found else ""


def cursor_at(lines: Sequence[str], line: int, column: int) -> Cursor:
    """The cursor before a column of a line, both from 0."""
    first = _first_line(lines, line)
    head = lines[first] if first < line else lines[line][:column]
    indent, path = _parent_keys(lines, first, head)
    dashes = _DASHES.match(head[indent:])
    rest = head[indent + (dashes.end() if dashes else 0) :]
    own = _KEY.match(rest)
    if own is None and rest[:1] not in ("[", "{"):
        return Cursor(tuple(path), is_key=dashes is None or bool(path), scalar=rest)
    if own is not None:
        path.append(unquoted(own[0][:-1]))
        rest = rest[own.end() :]
    if first < line:
        rest = "\n".join([rest, *lines[first + 1 : line], lines[line][:column]])
    return _within(path, rest.lstrip(" "), is_list=dashes is not None and own is None)


def unquoted(key: str) -> str:
    """A YAML key without blanks around it and without its quotes."""
    key = key.strip()
    return key[1:-1] if len(key) > 1 and key[0] == key[-1] and key[0] in "\"'" else key


def _parent_keys(lines: Sequence[str], line: int, head: str) -> tuple[int, list[str]]:
    """The indentation of a line, and the keys above that it is below."""
    indent = len(head) - len(head.lstrip(" "))
    needed = indent + (0 if not head.lstrip().startswith("-") else 1)
    path: list[str] = []
    for above in reversed(lines[:line]):
        content = above.lstrip(" ")
        depth = len(above) - len(content)
        if not content or content.startswith("#") or depth >= needed:
            continue
        dashes = _DASHES.match(content)
        if dashes and depth + dashes.end() < needed:
            depth += dashes.end()
            content = content[dashes.end() :]
        if (key := _KEY.match(content)) is not None:
            path.insert(0, unquoted(key[0][:-1]))
        needed = len(above) - len(above.lstrip(" "))
        if above.lstrip(" ").startswith("-"):
            needed += 1
        if needed == 0:
            break
    return indent, path


def _first_line(lines: Sequence[str], line: int) -> int:
    """The line in which the brackets open that are open at a line's beginning; the line itself where none are."""
    depth, first, quote = 0, line, ""
    for number in range(_section(lines, line), line):
        text = lines[number]
        if depth == 0 and not quote:
            content = text.lstrip(" ")
            dashes = _DASHES.match(content)
            content = content[dashes.end() :] if dashes else content
            key = _KEY.match(content)
            text = content[key.end() :].lstrip(" ") if key else content
            if text[:1] not in ("[", "{"):
                continue
            first = number
        depth, quote = _depth(text, depth, quote)
    return first if depth > 0 else line


def _section(lines: Sequence[str], line: int) -> int:
    """The last line before that begins a top-level key."""
    return next((i for i in range(line, -1, -1) if lines[i][:1] not in ("", " ", "#", "-", "]", "}")), 0)


def _depth(text: str, depth: int, quote: str) -> tuple[int, str]:
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
    return depth, quote


def _within(path: list[str], text: str, *, is_list: bool) -> Cursor:
    """The place at the end of a value that may be a flow mapping or list."""
    if text[:1] not in ("[", "{"):
        return Cursor(tuple(path), is_key=is_list, scalar=text)
    stack: list[tuple[str, int]] = []  # the bracket, and how long the path was before it
    scalar, quote = "", ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
            scalar += character
        elif character in "\"'":
            quote = character
            scalar += character
        elif character in "[{" and not scalar.strip():
            stack.append((character, len(path)))
            scalar = ""
        elif character in "]}" and stack:
            del path[stack.pop()[1] :]
            scalar = ""
        elif character == "," and stack:
            del path[stack[-1][1] :]
            scalar = ""
        elif character.isspace() and scalar.endswith(":") and stack and stack[-1][0] == "{":
            path.append(unquoted(scalar[:-1]))
            scalar = ""
        else:
            scalar += character
    is_key = bool(stack) and stack[-1][0] == "{" and len(path) == stack[-1][1]
    return Cursor(tuple(path), is_key=is_key, scalar=scalar.lstrip())
