"""Gives columns without a drawn type the type of the column with which a link joins them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from erd2dbt.diagram.drawing import Box, Row
from erd2dbt.draft.values import DraftLink


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
    changed = True
    while changed:
        changed = False
        for one, other in (way for pair in pairs for way in (pair, pair[::-1])):
            if rows[one].type is None and rows[one].derivation is None and rows[other].type is not None:
                rows[one] = _typed(rows[one], rows[other], other)
                changed = True
    return {
        name: replace(box, rows=tuple(rows[names[name], row.name] for row in box.rows)) for name, box in boxes.items()
    }


def _typed(row: Row, other: Row, place: tuple[str, str]) -> Row:
    said = f"the type of `{'.'.join(place)}`, with which it is linked"
    return replace(row, type=other.type, guess=f"{row.guess}; {said}" if row.guess else said)
