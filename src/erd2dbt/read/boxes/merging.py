"""Merges boxes by name. A repeated box without rows is the same box; one with other rows is a fault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from erd2dbt.diagram.drawing import Box, Diagram, Row, Seen
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.read.boxes.enumerations import with_values


def merged(diagram: Diagram, frames: frozenset[str] = frozenset()) -> Diagram:
    """Return the diagram with each box, row and line once. `frames`: titles of frames that can be read alone.

    Boxes that only list values become values of columns. Raises ErdError E056 when two boxes have the same name and
    different rows.
    """
    faults = Collector()
    boxes: dict[str, Box] = {}
    seen = list(diagram.seen)
    for box in diagram.boxes:
        own = _each_row_once(box, seen)
        known = boxes.get(own.name)
        if known is None:
            boxes[own.name] = own
        elif _shown(own) == _shown(known) or not own.rows or not known.rows:
            boxes[own.name] = replace(known, rows=known.rows or own.rows, layer=known.layer or own.layer)
            if own.id != known.id:
                seen.append(Seen(kind="box", why="it is shown again", span=own.span, text=own.title, id=own.id))
        else:
            _two_of_one_name(known, own, frames, faults)
    faults.raise_if_failed()
    lines = dict.fromkeys(diagram.lines)
    return with_values(replace(diagram, boxes=tuple(boxes.values()), lines=tuple(lines), seen=tuple(seen)))


def _two_of_one_name(first: Box, second: Box, frames: frozenset[str], faults: Collector) -> None:
    """Return fault E056: only the authors know which box is meant. Two frames may contain two separate diagrams."""
    titles = [box.frame or "" for box in (first, second)]
    apart = titles[0] != titles[1] and bool({*titles} & frames)
    shown = [f'"{title}"' if title else "no frame" for title in titles]
    items = f" (items {first.id} and {second.id})" if first.id and second.id and first.id != second.id else ""
    only = [
        f"the columns of only one of them: {', '.join(names)}"
        for names in [sorted({r.name for r in first.rows} ^ {r.name for r in second.rows})]
        if names
    ]
    faults.add(
        "E056",
        f"two boxes are called `{second.name}`{items}, and they differ",
        second.span,
        notes=[
            f"the other is on line {first.span.line}",
            *([f"the first is in {shown[0]}, the second in {shown[1]}"] if apart else []),
            *only,
        ],
        fixes=[
            *(f'read one frame alone: --frame "{title}"' for title in titles if apart and title in frames),
            "rename one of the two",
            "remove the one that is out of date",
        ],
    )


def _each_row_once(box: Box, seen: list[Seen]) -> Box:
    """Return the box without repeated rows. A repeat with another type or other marks is reported as unread."""
    rows: dict[str, Row] = {}
    for row in box.rows:
        known = rows.setdefault(row.name, row)
        if known is not row and known.description is None:
            rows[row.name] = replace(known, description=row.description)
        if known is not row and (row.type, row.keys) not in ((known.type, known.keys), (None, ())):
            why = "a column of this name is above, with another type or other marks"
            seen.append(Seen(kind="row", why=why, span=row.span, text=f"{box.title}.{row.name}", unread=True))
    return box if len(rows) == len(box.rows) else replace(box, rows=tuple(rows.values()))


def _shown(box: Box) -> Iterable[object]:
    return [(row.name, row.type, row.keys) for row in box.rows]
