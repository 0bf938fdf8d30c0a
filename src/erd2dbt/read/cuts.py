"""Unquoted values that YAML cuts: at a comma between brackets, and at the `#` of an operator."""

from __future__ import annotations

import re
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from erd2dbt.read.fields import Reader

_COMMENT_OPERATOR = re.compile(r"[ \t]+#>")
_MOST_PIECES, _LONGEST = 50, 500  # a file that was made to be slow to read has more


def mended_pairs(reader: Reader, node: MappingNode) -> list[tuple[Node, Node]]:
    """The pairs of a `{…}` with cut values put together again, each with its fault E014.

    `{is: ratio(a, b)}` is read by YAML as `is: 'ratio(a'` and a key `b)` without a value.
    """
    pairs: list[tuple[Node, Node]] = []
    skip = 0
    for i, (key, value) in enumerate(node.value, 1):
        if skip:
            skip -= 1
        elif _is_plain(value) and _is_open(value.value):
            rest = (k for k, _ in takewhile(lambda pair: _is_plain(pair[1], empty=True), node.value[i:]))
            whole, skip = _joined(reader, value, rest, _is_open)
            pairs.append((key, whole))
        else:
            pairs.append((key, value))
    return pairs


def mended_items(reader: Reader, node: SequenceNode) -> list[Node]:
    """The same for the items of a `[…]`; an apostrophe opens nothing here, for `[it's, that's]` is fine."""
    found: list[Node] = []
    skip = 0
    for i, value in enumerate(node.value, 1):
        if skip:
            skip -= 1
        elif _is_plain(value) and _lacks_bracket(value.value):
            whole, skip = _joined(reader, value, node.value[i:], _lacks_bracket)
            found.append(whole)
        else:
            found.append(value)
    return found


def check_comment(reader: Reader, node: ScalarNode) -> None:
    """Fault E014 where an operator such as `#>>` made YAML take the rest of an expression for a comment."""
    text, end = reader.document.text, node.end_mark.index
    if not node.style and (match := _COMMENT_OPERATOR.match(text, end)):
        stop = text.find("\n", match.end())
        stop = stop if stop >= 0 else len(text)
        message = f"YAML takes ` #` for the start of a comment, so this ends at `{node.value}`"
        reader.fault("E014", message, node, _line_with(text, node.start_mark.index, stop))


def mended(text: str, opened: int, stop: int) -> str | None:
    """The fix for a value that begins between an opened bracket and the place where YAML stopped, or None.

    A quote inside of the value, as in `{is: coalesce(a, 'b')}`, makes its cut a fault of syntax.
    """
    opened = max(opened, stop - _LONGEST)
    begins = [opened + match.end() for match in re.finditer(r":\s+", text[opened:stop])]
    start = next((i for i in reversed(begins) if _lacks_bracket(text[i:stop])), None)
    if start is None:
        return None
    last = min(len(text), stop + _LONGEST)
    ends = (i for i in range(stop, last) if text[i] in ",}\n" and not _lacks_bracket(text[start:i]))
    return _line_with(text, start, next(ends, last))


def _joined(
    reader: Reader, first: ScalarNode, pieces: Iterable[Node], is_open: Callable[[str], bool]
) -> tuple[ScalarNode, int]:
    """The scalar from `first` to the piece that closes it, and how many pieces it took; 0 when none does."""
    text, start = reader.document.text, first.start_mark.index
    for used, piece in enumerate(islice(takewhile(_is_plain, pieces), _MOST_PIECES), 1):
        end = piece.end_mark.index
        if not is_open(text[start:end]):
            message = f"YAML cuts this unquoted value at its comma and reads `{first.value}`"
            reader.fault("E014", message, first, _line_with(text, start, end))
            return ScalarNode(first.tag, text[start:end], first.start_mark, piece.end_mark), used
    return first, 0


def _line_with(text: str, start: int, end: int) -> str:
    """The line of a cut value, mended."""
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    before, behind = text[line_start:start], text[end : line_end if line_end >= 0 else len(text)]
    return f"put it in quotes:\n{before.lstrip()}{_quoted(text[start:end].rstrip())}{behind.rstrip()}"


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text and "\\" not in text else "'" + text.replace("'", "''") + "'"


def _is_plain(node: Node, *, empty: bool = False) -> bool:
    return isinstance(node, ScalarNode) and not node.style and (not empty or not node.value)


def _is_open(text: str) -> bool:
    return _lacks_bracket(text) or text.count("'") % 2 == 1


def _lacks_bracket(text: str) -> bool:
    return text.count("(") > text.count(")")
