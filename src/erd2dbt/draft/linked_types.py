"""Gives columns without a known type the type of the column with which a link joins them.

A foreign key compares its two sides, so the known type is that of both. As text, an unknown one would lose the link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from erd2dbt.diagram.drawing import Box, Row
from erd2dbt.draft.entities import is_known_type
from erd2dbt.draft.values import DraftLink

_DRAWN, _KNOWN = 1, 2  # what is known of a type; 0 where none is drawn


def with_linked_types(boxes: Mapping[str, Box], tied: Iterable[DraftLink], names: Mapping[str, str]) -> dict[str, Box]:
    """Return the boxes with such types, each with a remark. `names`: box -> name in the spec.

    A key may itself be a foreign key without a type, so this is repeated until nothing changes.
    """
    rows = {(names[box.name], row.name): row for box in boxes.values() for row in box.rows}
    pairs = [
        ends
        for link in tied
        for a, b in link.pairs
        for ends in (((link.text.split()[0], a), (link.text.split()[-1], b)),)
        if ends[0] in rows and ends[1] in rows
    ]
    ways = [way for pair in pairs for way in (pair, pair[::-1])]
    for least in (_KNOWN, _DRAWN):  # an unknown type is only taken where there is no other
        changed = True
        while changed:
            changed = False
            for one, other in ways:
                if rows[one].derivation is None and _rank(rows[one]) < least <= _rank(rows[other]):
                    rows[one] = _typed(rows[one], rows[other], other)
                    changed = True
    return {
        name: replace(box, rows=tuple(rows[names[name], row.name] for row in box.rows)) for name, box in boxes.items()
    }


def _rank(row: Row) -> int:
    return 0 if row.type is None else _KNOWN if is_known_type(row.type) else _DRAWN


def _typed(row: Row, other: Row, place: tuple[str, str]) -> Row:
    said = f"the type of `{'.'.join(place)}`, with which it is linked"
    if row.type is not None:
        said = f"{said}, as {row.type} is not a type of PostgreSQL's own"
        meta = row.said.get("meta")
        kept = {**(meta if isinstance(meta, dict) else {}), "raw_type": row.type}
        row = replace(row, said={**row.said, "meta": kept}, is_own=True)
    return replace(row, type=other.type, guess=f"{row.guess}; {said}" if row.guess else said)
