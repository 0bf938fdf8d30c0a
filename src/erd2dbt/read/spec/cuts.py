"""Detects unquoted values that YAML cuts: at a comma inside brackets, or at the `#` of an operator."""

from __future__ import annotations

import re
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from erd2dbt.read.yaml.quoting import lacks_bracket, line_quoted
from erd2dbt.read.yaml.source import MappingNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from erd2dbt.read.spec.fields import Reader

_COMMENT_OPERATOR = re.compile(r"[ \t]+#>")
_MOST_PIECES = 50  # a file that was made to be slow to read has more


def rejoined_pairs(reader: Reader, node: MappingNode) -> list[tuple[Node, Node]]:
    """Return the pairs of a `{…}` with cut values rejoined, each with its fault E014.

    YAML reads `{is: ratio(a, b)}` as `is: 'ratio(a'` and a key `b)` without a value.
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


def rejoined_items(reader: Reader, node: SequenceNode) -> list[Node]:
    """Return the items of a `[…]` with cut values rejoined. Apostrophes do not count as quotes: `[it's, that's]` is
    valid."""
    found: list[Node] = []
    skip = 0
    for i, value in enumerate(node.value, 1):
        if skip:
            skip -= 1
        elif _is_plain(value) and lacks_bracket(value.value):
            whole, skip = _joined(reader, value, node.value[i:], lacks_bracket)
            found.append(whole)
        else:
            found.append(value)
    return found


def check_comment(reader: Reader, node: ScalarNode) -> None:
    """Report fault E014 where YAML took the rest of an expression for a comment, because of an operator such as
    `#>>`."""
    text, end = reader.document.text, node.end_mark.index
    if not node.style and (match := _COMMENT_OPERATOR.match(text, end)):
        stop = text.find("\n", match.end())
        stop = stop if stop >= 0 else len(text)
        message = f"YAML takes ` #` for the start of a comment, so this ends at `{node.value}`"
        reader.fault("E014", message, node, line_quoted(text, node.start_mark.index, stop))


def _joined(
    reader: Reader, first: ScalarNode, pieces: Iterable[Node], is_open: Callable[[str], bool]
) -> tuple[ScalarNode, int]:
    """Return (rejoined scalar, number of its pieces). The number is 0 if no piece closes the first one."""
    text, start = reader.document.text, first.start_mark.index
    for used, piece in enumerate(islice(takewhile(_is_plain, pieces), _MOST_PIECES), 1):
        end = piece.end_mark.index
        if not is_open(text[start:end]):
            message = f"YAML cuts this unquoted value at its comma and reads `{first.value}`"
            reader.fault("E014", message, first, line_quoted(text, start, end))
            return ScalarNode(first.tag, text[start:end], first.start_mark, piece.end_mark), used
    return first, 0


def _is_plain(node: Node, *, empty: bool = False) -> bool:
    return isinstance(node, ScalarNode) and not node.style and (not empty or not node.value)


def _is_open(text: str) -> bool:
    return lacks_bracket(text) or text.count("'") % 2 == 1
