"""From what a board holds to the diagram on it; everything that is not in the diagram is listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from erd2dbt.diagram import Box, Diagram, Line, Seen
from erd2dbt.read.board import boxes as reading
from erd2dbt.read.board.captions import said
from erd2dbt.read.board.clumps import clumps, frame_titles
from erd2dbt.read.board.values import Board, Connector, Item
from erd2dbt.read.dsl import is_dsl, read_dsl
from erd2dbt.read.layers import is_legend, with_layers
from erd2dbt.read.merging import merged
from erd2dbt.read.mermaid.reader import is_mermaid, read_mermaid

_QUIET = ("image", "embed", "preview", "document", "frame", "tag", "emoji", "comment", "slide_container")
_CODES = ("diagram", "code", "doc_format", "struct_doc")


@dataclass(slots=True)
class _Ends:
    """What the items became: item id -> (box, row), and what is known of the others."""

    boxes: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)


def diagram_of(board: Board) -> Diagram:
    """Boxes, lines, and what was left out or could not be read. ErdError E056 when two boxes of one name differ."""
    frames = frame_titles(board.items)
    ends = _Ends(known={item.id for item in board.items})
    shown = [item for item in board.items if item.kind not in _CODES]
    found, seen = _boxes([item for item in shown if item.readable], board.connectors, frames, ends)
    seen += [_unreadable(item, frames, ends) for item in board.items if not item.readable]
    seen += [_quiet(item, frames) for item in shown if item.readable and not item.lines and item.kind in _QUIET[:4]]
    codes = _codes([item for item in board.items if item.kind in _CODES and item.readable], bool(found), seen)
    lines = [*_lines(board.connectors, ends, seen), *(line for code in codes for line in code.lines)]
    diagram = merged(
        Diagram(
            file=board.file,
            boxes=(*found, *(box for code in codes for box in code.boxes)),
            lines=tuple(lines),
            seen=(*seen, *(one for code in codes for one in code.seen)),
            title=next((code.title for code in codes if code.title), None) or board.name,
            board=board.id,
            frame=board.frame,
        )
    )
    return with_layers(diagram, (item.text for item in shown if is_legend(item.text)))


def _boxes(
    items: list[Item], connectors: Iterable[Connector], frames: Mapping[str, str], ends: _Ends
) -> tuple[list[Box], list[Seen]]:
    joined = _joined(connectors)
    found: list[Box] = []
    seen: list[Seen] = []
    for clump in clumps([item for item in items if item.kind not in _QUIET]):
        frame = _frame(clump.head, frames)
        box, others = reading.box_of(clump, frame, joined=clump.head.id in joined)
        seen += others
        if box is None:
            ends.unread.update(one.id for one in others if one.unread and one.id)
            continue
        found.append(box)
        rows = {row.id: row.name for row in box.rows if row.id}
        for item in reading.members(clump):
            ends.boxes[item.id] = (box.name, rows.get(item.id))
    return found, seen


def _joined(connectors: Iterable[Connector]) -> set[str]:
    """Items that a crow's foot touches: those are entities whatever they look like."""
    found: set[str] = set()
    for connector in connectors:
        words = said(connector.captions)
        caps = (connector.start_cap or words.start, connector.end_cap or words.end)
        if connector.start and connector.end and any(caps):
            found.update((connector.start, connector.end))
    return found


def _unreadable(item: Item, frames: Mapping[str, str], ends: _Ends) -> Seen:
    ends.unread.add(item.id)
    return reading.seen(
        item, _WHY.get(item.kind, "the export does not show its text"), _frame(item, frames), unread=True
    )


def _quiet(item: Item, frames: Mapping[str, str]) -> Seen:
    return reading.seen(item, "it holds no text", _frame(item, frames))


_WHY = {
    "shape": "the export does not show its text, as with Miro's own ERD shapes",
    "stencil": "the export does not show its text, as with Miro's own ERD shapes",
    "diagram": "the export shows its title only",
    "table": "the export does not show its rows",
    "data_table": "the export does not show its rows",
    "data_table_format": "the export does not show its rows",
    "doc_format": "the export does not show its text",
    "struct_doc": "the export does not show its text",
}


def _codes(items: list[Item], has_boxes: bool, seen: list[Seen]) -> list[Diagram]:
    """Diagrams as text: those that are drawn on the board; else those in its code widgets; else those in documents."""
    found: dict[str, list[tuple[Item, Diagram]]] = {"diagram": [], "code": [], "text": []}
    for item in items:
        text = item.code or item.text
        where = f"{item.span.file}#{item.id}"
        read = read_mermaid(text, where) if is_mermaid(text) else read_dsl(text, where) if is_dsl(text) else None
        if read is None:
            is_diagram = item.kind == "diagram"
            why = "it holds a description, not the diagram" if is_diagram else "a note"
            seen.append(reading.seen(item, why, None, text, unread=is_diagram))
        else:
            found[item.kind if item.kind in found else "text"].append((item, read))
    taken = "" if has_boxes else next((kind for kind, codes in found.items() if codes), "")
    for kind, codes in found.items():
        if kind not in (taken, "diagram"):
            why = "a diagram beside the one that is drawn"
            seen += [reading.seen(item, why, None, item.code or item.text) for item, _ in codes]
    return [_without_ids(read) for kind in dict.fromkeys(("diagram", taken)) for _, read in found.get(kind, ())]


def _without_ids(diagram: Diagram) -> Diagram:
    """The nodes of a text are no items of the board."""
    return replace(
        diagram,
        boxes=tuple(replace(box, id=None) for box in diagram.boxes),
        lines=tuple(replace(line, id=None) for line in diagram.lines),
    )


def _lines(connectors: Iterable[Connector], ends: _Ends, seen: list[Seen]) -> Iterator[Line]:
    for connector in connectors:
        start, end = (ends.boxes.get(item or "") for item in (connector.start, connector.end))
        if start is None or end is None:
            seen.append(_outside(connector, ends))
            continue
        words = said(connector.captions)
        yield Line(
            left=start[0],
            right=end[0],
            left_cap=connector.start_cap or words.start,
            right_cap=connector.end_cap or words.end,
            label=words.label,
            identifying=not connector.dashed,
            left_row=start[1],
            right_row=end[1],
            span=connector.span,
            id=connector.id,
        )


def _outside(connector: Connector, ends: _Ends) -> Seen:
    """A connector that does not join two boxes: harmless beside the diagram, unread where it touches a box."""
    touched = [item for item in (connector.start, connector.end) if item]
    own = [ends.boxes[item][0] for item in touched if item in ends.boxes]
    lost = [item for item in touched if item not in ends.known]
    unread = [item for item in touched if item in ends.unread]
    if not own and (len(lost) < 2 and not unread):
        return _connector(connector, "it joins nothing of the diagram", unread=False)
    one = f"`{own[0]}`" if own else "something"
    if lost:
        return _connector(connector, f"it joins {one} with the item {lost[0]}, which is not in the export", unread=True)
    if unread:
        return _connector(connector, f"it joins {one} with the item {unread[0]}, which cannot be read", unread=True)
    if len(touched) < 2:
        return _connector(connector, f"one of its ends is loose, the other touches {one}", unread=True)
    return _connector(connector, f"it joins {one} with a note", unread=False)


def _connector(connector: Connector, why: str, *, unread: bool) -> Seen:
    return Seen(
        kind="connector",
        why=why,
        span=connector.span,
        text=" ".join(caption.text for caption in connector.captions),
        id=connector.id,
        place=(connector.area.x, connector.area.y) if connector.area else None,
        unread=unread,
    )


def _frame(item: Item, frames: Mapping[str, str]) -> str | None:
    return frames.get(item.parent or "") or None
