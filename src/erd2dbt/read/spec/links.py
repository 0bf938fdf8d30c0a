"""Reads `links:`: Mermaid's relation lines as keys, the join columns as values."""

from __future__ import annotations

import re
from typing import NamedTuple

from erd2dbt.diagram.erd import Cardinality, Link
from erd2dbt.read.spec import names
from erd2dbt.read.spec.fields import Field, Reader, entries, is_nothing, items
from erd2dbt.read.spec.values import text
from erd2dbt.read.yaml.source import MappingNode, Node

# a cap: how many rows at this end match one row of the other
_LEFT = {
    "||": Cardinality(1, False),
    "|o": Cardinality(0, False),
    "}o": Cardinality(0, True),
    "}|": Cardinality(1, True),
}
_RIGHT = {cap[::-1].replace("}", "{"): cardinality for cap, cardinality in _LEFT.items()}
_MEANINGS = {"||": "exactly one", "|o": "zero or one", "}o": "zero or many", "}|": "one or many"}

_NAME = r'(?:"([^"]+)"|([^\s"|{}]+))'
_LEFT_CAP = r"([|{}][|o{}]*|(?<=\s)[|o{}]+)"
_RIGHT_CAP = r"([|o{}]+(?=\s)|[|o{}]*[|{}])"
_RELATION = re.compile(rf"\s*{_NAME}\s*{_LEFT_CAP}(--|\.\.){_RIGHT_CAP}\s*{_NAME}\s*")
_LONGEST = 300  # characters; two names and two caps are shorter
_SIDE = r'(?:"([^"]+)"|([^"=]+?))'
_PAIR = re.compile(rf"\s*{_SIDE}\s*(?:=\s*{_SIDE}\s*)?")


class _Relation(NamedTuple):
    """The parsed key of a link."""

    left: str
    left_cap: Cardinality
    right_cap: Cardinality
    right: str
    identifying: bool
    text: str


def links(reader: Reader, field: Field) -> tuple[Link, ...]:
    """Return all links. An entry with roles is one link for each role."""
    return tuple(link for entry in entries(reader, field) or () for link in _links(reader, entry))


def _links(reader: Reader, entry: Field) -> list[Link]:
    relation = _relation(reader, entry)
    if relation is None:
        return []
    if is_nothing(entry.value) or (isinstance(entry.value, MappingNode) and not entry.value.value):
        fix = f"write the join columns: `{relation.text}: left_column = right_column`"
        reader.fault("E036", "this link names no columns", entry.key, fix)
        return []
    if isinstance(entry.value, MappingNode):
        return [_role(reader, relation, role) for role in entries(reader, entry) or ()]
    if relation.left == relation.right:
        fix = f"write `{relation.text}: {{role: column = key_column}}`"
        reader.fault("E036", f"a link of `{relation.left}` with itself needs a role", entry.key, fix)
    return [_link(reader, relation, entry)]


def _role(reader: Reader, relation: _Relation, entry: Field) -> Link:
    names.check_object(reader, entry, "role")
    return _link(reader, relation, entry, entry.name)


def _link(reader: Reader, relation: _Relation, entry: Field, role: str | None = None) -> Link:
    return Link(
        left=relation.left,
        right=relation.right,
        left_cap=relation.left_cap,
        right_cap=relation.right_cap,
        columns=tuple(_pair(reader, item) for item in items(reader, entry)),
        span=reader.span(entry.key),
        role=role,
        identifying=relation.identifying,
        text=relation.text,
    )


def _pair(reader: Reader, item: Field) -> tuple[str, str]:
    """Read `a = b`, or `a` for both sides."""
    given = text(reader, item)
    match = _PAIR.fullmatch(given) if len(given) <= _LONGEST else None
    if match is None:
        if given:
            fix = "write `left_column = right_column`, or one name for both"
            reader.fault("E036", f"`{given}` does not pair two columns", item.value, fix)
        return given, given
    left, right = match[1] or match[2], match[3] or match[4]
    return left, right or left


def drawn(text: str) -> str | None:
    """Return the text of a link in the form of `Link.text`; None when it does not parse."""
    match = _RELATION.fullmatch(text) if len(text) <= _LONGEST else None
    return _drawn(match) if match else None


def drawn_ends(text: str) -> tuple[str, str] | None:
    """Return the names at the left and the right end of a link; None when the text does not parse."""
    match = _RELATION.fullmatch(text) if len(text) <= _LONGEST else None
    return _ends(match) if match else None


def _ends(match: re.Match[str]) -> tuple[str, str]:
    return match[1] or match[2], match[6] or match[7]


def _drawn(match: re.Match[str]) -> str:
    left, right = _ends(match)
    return f"{left} {match[3]}{match[4]}{match[5]} {right}"


def _relation(reader: Reader, entry: Field) -> _Relation | None:
    match = _RELATION.fullmatch(entry.name) if len(entry.name) <= _LONGEST else None
    if match is None:
        fix = "write `left }o--|| right`, for example `orders }o--|| customers: customer_id`"
        reader.fault("E036", f"`{entry.name}` is not a link", entry.key, fix)
        return None
    left, right = _ends(match)
    left_cap, line, right_cap = match[3], match[4], match[5]
    known_left, known_right = _LEFT.get(left_cap), _RIGHT.get(right_cap)
    if known_left is None:
        _wrong_cap(reader, entry.key, left_cap, "left")
    if known_right is None:
        _wrong_cap(reader, entry.key, right_cap, "right")
    if known_left is None or known_right is None:
        return None
    return _Relation(left, known_left, known_right, right, line == "--", _drawn(match))


def _wrong_cap(reader: Reader, key: Node, cap: str, side: str) -> None:
    """Report fault E036. The characters of a cap give its meaning, their order gives its side."""
    meant = ("}" if set(cap) & {"{", "}"} else "|") + ("o" if "o" in cap else "|")
    written = meant if side == "left" else meant[::-1].replace("}", "{")
    message = f"`{cap}` is not a cap for the {side} end"
    reader.fault("E036", message, key, f"{_MEANINGS[meant]} is written `{written}` on the {side}")
