"""Suggests quotes for unquoted YAML values that need them: the same line, with the value quoted."""

from __future__ import annotations

import re

_LONGEST = 500  # characters of a line that are searched, in case a file was made to be slow to read


def bracket_fix(text: str, opened: int, stop: int) -> str | None:
    """Return the fix for a value between an opening bracket and the place where YAML stopped, or None.

    A quote inside the value, as in `{is: coalesce(a, 'b')}`, makes its cut a fault of syntax.
    """
    opened = max(opened, stop - _LONGEST)
    begins = [opened + match.end() for match in re.finditer(r":\s+", text[opened:stop])]
    start = next((i for i in reversed(begins) if lacks_bracket(text[i:stop])), None)
    if start is None:
        return None
    last = min(len(text), stop + _LONGEST)
    ends = (i for i in range(stop, last) if text[i] in ",}\n" and not lacks_bracket(text[start:i]))
    return line_quoted(text, start, next(ends, last))


def line_quoted(text: str, start: int, end: int) -> str:
    """Return the line of a cut value with quotes."""
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    before, behind = text[line_start:start], text[end : line_end if line_end >= 0 else len(text)]
    return f"put it in quotes:\n{before.lstrip()}{_quoted(text[start:end].rstrip())}{behind.rstrip()}"


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text and "\\" not in text else "'" + text.replace("'", "''") + "'"


def lacks_bracket(text: str) -> bool:
    return text.count("(") > text.count(")")
