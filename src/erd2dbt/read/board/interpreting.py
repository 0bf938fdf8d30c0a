"""Turns the contents of a board into a diagram, and lists everything that is not in the diagram."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from erd2dbt.diagram.drawing import Box, Diagram, Key, Line, Seen
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.plurals import plural, singular
from erd2dbt.names.spelling import slug
from erd2dbt.read.board import boxes as reading
from erd2dbt.read.board import chen as ovals
from erd2dbt.read.board import mindmap
from erd2dbt.read.board.captions import bounds, is_number, said
from erd2dbt.read.board.clumps import Clump, frame_titles
from erd2dbt.read.board.embedded import holds_rows, read_text
from erd2dbt.read.board.frames import in_frame
from erd2dbt.read.board.own_marks import with_known_marks
from erd2dbt.read.board.values import TABLES, Board, Connector, Item
from erd2dbt.read.boxes.cardinalities import limit_remark
from erd2dbt.read.boxes.layers import Legend, is_legend, with_layers
from erd2dbt.read.boxes.merging import merged
from erd2dbt.read.text.accounting import Inventory

_SILENT = ("image", "embed", "preview", "document")  # they have no text
_QUIET = (*_SILENT, "frame", "tag", "emoji", "comment", "slide_container", "page")
_CODES = ("diagram", "code", "doc_format", "struct_doc")
_KNOWN = ("shape", "text", "sticky_note", "card", "app_card", "stencil", "stencil_shape", "table_text", "kanban",
          "unsupported", "cell", mindmap.KIND, *TABLES, *_QUIET, *_CODES)  # fmt: skip


@dataclass(slots=True)
class _Ends:
    """The result of each item: item id -> (box, row), and what is known of the other items."""

    boxes: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    shapes: set[str] = field(default_factory=set)  # the usual shapes of entities
    outside: frozenset[str] = frozenset()
    lists: set[str] = field(default_factory=set)  # enumerations
    lines: list[Line] = field(default_factory=list)  # texts in SQL or DBML


def diagram_of(board: Board, frame: str | None = None) -> Diagram:
    """Return boxes, lines, and what was skipped or unread; of one frame, if its id or title is given.

    Raises ErdError E056 when two boxes have the same name and different rows, E066 when there is no such frame.
    """
    board = board if frame is None else in_frame(board, frame)
    board = replace(board, items=tuple(map(_numbered, board.items)))
    frames = frame_titles(board.items)
    shapes = {item.id for item in board.items if item.kind in ("shape", "card", mindmap.KIND) and item.shown}
    ends = _Ends(known={item.id for item in board.items}, shapes=shapes, outside=board.outside)
    account = Inventory()
    if board.outside:
        count = f"{len(board.outside)} items" if len(board.outside) > 1 else "1 item"
        why = "outside of the frame"
        account.leave((), Seen(kind=count, why=why, span=Span(board.file, 1, 1), count=len(board.outside)))
    _expect(board, frames, account)
    drawn = _drawn_items(board.items, frames, ends, account)
    found, crossed = _boxes(drawn, board.connectors, frames, ends, account)
    codes = _codes([item for item in board.items if item.kind in _CODES and item.readable], frames, found, account)
    lines = [
        *ends.lines,
        *_lines(board.connectors, ends, account, crossed.lines),
        *_relationships(crossed, ends, account),
    ]
    framed = {box.frame for box in found}
    for item in drawn:
        if item.kind == "frame" and item.id not in ends.boxes and item.text not in framed:
            account.leave((), reading.seen(item, "a frame without an entity of its own", _frame(item, frames)))
    account.settle()
    diagram = merged(
        Diagram(
            file=board.file,
            boxes=(*found, *(box for code in codes for box in code.boxes)),
            lines=(*lines, *(line for code in codes for line in code.lines)),
            seen=(*account.seen, *(one for code in codes for one in code.seen)),
            title=next((code.title for code in codes if code.title), None) or board.name,
            board=board.id,
            frame=board.frame,
            parts=account.parts + sum(code.parts or 0 for code in codes),
        ),
        frozenset(frames.values()),
    )
    return with_layers(diagram, [Legend(item.text, item.color) for item in drawn if is_legend(item.text, item.color)])


def _numbered(item: Item) -> Item:
    """Return the items whose lines know their positions, so that each line can be reported."""
    return replace(item, lines=tuple(replace(line, numbers=(n,)) for n, line in enumerate(item.lines)))


def _expect(board: Board, frames: Mapping[str, str], account: Inventory) -> None:
    """Register every line of every item that may be part of the diagram, and every connector."""
    for item in board.items:
        if item.readable and item.kind not in (*_QUIET, *_CODES):
            for number, line in enumerate(item.lines):
                why, frame = "it is not read here", _frame(item, frames)
                account.expect((item.id, number), partial(reading.seen, item, why, frame, line.text, unread=True))
    for connector in board.connectors:
        account.expect((connector.id, 0), partial(_connector, connector, "it is not read here", unread=True))


def _drawn_items(items: Sequence[Item], frames: Mapping[str, str], ends: _Ends, account: Inventory) -> list[Item]:
    """Return the items that may be boxes or parts of them. Items of other kinds, or struck through, are reported."""
    drawn: list[Item] = []
    for item in items:
        frame = _frame(item, frames)
        own = [(item.id, number) for number in range(len(item.lines))]
        if not item.readable:
            ends.unread.add(item.id)
            why = _WHY.get(item.kind, "the export does not show its text")
            account.leave(own, reading.seen(item, why, frame, unread=True))
        elif item.kind not in _KNOWN:
            ends.unread.add(item.id)
            account.leave(own, reading.seen(item, "items of this kind are not read", frame, unread=True))
        elif item.kind == "table_text" and item.lines:
            why = "the export does not show its place in its table"
            account.leave(own, reading.seen(item, why, frame, unread=True))
        elif item.kind in _SILENT and not item.lines:
            account.leave((), reading.seen(item, "it contains no text", frame))
        elif (item.kind not in (*_CODES, *_QUIET) or item.kind == "frame") and not _is_struck(
            item, frame, own, account
        ):
            drawn.append(item)
    return drawn


def _is_struck(item: Item, frame: str | None, own: list[tuple[str, int]], account: Inventory) -> bool:
    """Return whether the title of an item is struck through. Its other struck-through lines are reported."""
    struck = [(number, line) for number, line in enumerate(item.lines) if line.struck]
    if struck and struck[0][0] == 0 and not struck[0][1].text.strip():
        account.leave(own, reading.seen(item, "it is struck through", frame, _whole(item)))
        return True
    for number, line in struck:
        gone = [(item.id, number)] if not line.text.strip() else []
        account.leave(gone, reading.seen(item, "these words are struck through", frame, line.struck))
    return False


def _whole(item: Item) -> str:
    return "\n".join(line.text or line.struck for line in item.lines)


def _boxes(
    items: list[Item], connectors: Sequence[Connector], frames: Mapping[str, str], ends: _Ends, account: Inventory
) -> tuple[list[Box], ovals.Chen]:
    joined = _joined(connectors)
    crossed = ovals.chen(items, connectors)
    for item in crossed.open:
        ends.unread.add(item.id)
        why = "a relationship of one or of more than two, or with columns of its own; or such a column"
        account.leave([(item.id, 0)], reading.seen(item, why, _frame(item, frames), unread=True))
    for item in items:
        if item.id in crossed.composite:
            account.leave([(item.id, 0)], reading.seen(item, "it is read by its parts", _frame(item, frames)))
    plain = [item for item in items if item.kind != mindmap.KIND and item.id not in crossed.items]
    found: list[Box] = []
    maps = _mind_maps(items, frames, ends, account)
    every = [*_with_known_marks(plain, frames, ends, account, joined), *maps, *crossed.clumps]
    notes: dict[str, str] = {}
    for clump in every:
        frame = _frame(clump.head, frames)
        read = reading.read_clump(clump, frame, account, joined=clump.head.id in joined or bool(clump.guess))
        members = [item.id for item in reading.members(clump)]
        if not read.boxes:
            ends.unread.update(members if read.is_unread else ())
            title = clump.title.text if clump.title else clump.lines[0][0].text
            notes[clump.head.id] = slug(title)
        for box, ids in read.boxes:
            found.append(box)
            ends.boxes |= {id_: (box.name, row) for id_, row in ids.items()}
        ends.lines += read.lines
    _check_notes(notes, found, account)
    return found, crossed


def _check_notes(notes: Mapping[str, str], found: Sequence[Box], account: Inventory) -> None:
    """Report a note that has the name of a foreign key's target as an unread entity: `status_code` beside `Status`."""
    read = {singular(box.name) for box in found}
    # The names of keys are few, and notes may be many: the plurals of the names are looked up.
    called = {stem: f"{box.title}.{row.name}" for box in found for row in box.rows
              if row.has(Key.FK) and not row.references
              for stem in (row.name.lower(), row.name.lower().rpartition("_")[0]) if stem}  # fmt: skip
    called |= {plural(stem): column for stem, column in called.items()}
    for n, one in enumerate(account.seen):
        title = notes.get(one.id or "", "")
        if not one.unread and title in called and singular(title) not in read:
            why = f"it is not read as an entity, though `{called[title]}` seems to lead to it"
            account.seen[n] = replace(one, why=why, unread=True)


def _with_known_marks(
    items: list[Item], frames: Mapping[str, str], ends: _Ends, account: Inventory, joined: set[str]
) -> list[Clump]:
    """Return the clumps with known marks. Legends, lists of values and unexplained marks are reported."""
    marked = with_known_marks(items, joined)
    for clump in marked.lists:
        why = "an enumeration: its values are those of columns"
        account.leave(reading.places(clump.all_lines), reading.seen(clump.head, why, _frame(clump.head, frames)))
        ends.lists.update(item.id for item in reading.members(clump))
    for item in marked.legends:
        own = [(item.id, number) for number in range(len(item.lines))]
        account.leave(own, reading.seen(item, "a legend", _frame(item, frames)))
    for item, row, mark in marked.unknown:
        why = f"`{mark}` is beside its name as a mark is, and nothing shows what it means"
        account.leave((), reading.seen(item, why, _frame(item, frames), row, unread=True))
    return marked.clumps


def _mind_maps(items: list[Item], frames: Mapping[str, str], ends: _Ends, account: Inventory) -> list[Clump]:
    """Return the entities of mind maps, and report the rest of each map."""
    maps = mindmap.mind_maps(items)
    for item, is_topic in [*((one, True) for one in maps.topics), *((one, False) for one in maps.loose)]:
        own = [(item.id, number) for number in range(len(item.lines))]
        why = "a topic above entities" if is_topic else "a branch without columns, which may be anything"
        account.leave(own, reading.seen(item, why, _frame(item, frames), unread=not is_topic))
        ends.unread.update(() if is_topic else (item.id,))
    return maps.clumps


def _joined(connectors: Iterable[Connector]) -> set[str]:
    """Return the ids of items that a crow's foot touches: these are entities, whatever they look like."""
    found: set[str] = set()
    for connector in connectors:
        words = said(connector.captions)
        caps = (connector.start_cap or words.start, connector.end_cap or words.end)
        if connector.start and connector.end and any(caps):
            found.update((connector.start, connector.end))
    return found


_WHY = {
    "shape": "the export does not show its text, as with Miro's own ERD shapes",
    "stencil": "the export does not show its text, as with Miro's own ERD shapes",
    "diagram": "the export shows its title only",
    **dict.fromkeys(TABLES, "the export does not show its rows"),
}


def _codes(items: list[Item], frames: Mapping[str, str], boxes: list[Box], account: Inventory) -> list[Diagram]:
    """Return the diagrams in text: those drawn as diagrams; else those in code widgets; else those in documents."""
    found: dict[str, list[tuple[Item, Diagram]]] = {"diagram": [], "code": [], "text": []}
    for item in items:
        text = item.code or item.text
        read = read_text(text, f"{item.span.file}#{item.id}")
        if read is None:
            is_diagram = item.kind == "diagram"
            is_lost = is_diagram or holds_rows(text)
            why = "its lines look like columns, and it is not clear of which entity" if is_lost else "a note"
            why = "it contains a description, not the diagram" if is_diagram else why
            account.leave((), reading.seen(item, why, _frame(item, frames), text, unread=is_lost))
        else:
            kind = item.kind if item.kind in found else "text"
            found[kind].append((item, replace(read, parts=read.parts or sum(1 + len(box.rows) for box in read.boxes))))
    taken = "" if boxes else next((kind for kind, codes in found.items() if codes), "")
    kept = [one for kind in dict.fromkeys(("diagram", taken)) for one in found.get(kind, ())]
    names = {box.name for box in boxes} | {box.name for _, read in kept for box in read.boxes}
    for item, read in (one for kind, codes in found.items() if kind not in ("diagram", taken) for one in codes):
        own = {box.name for box in read.boxes}
        if own & names:
            more = sorted(own - names)
            why = f"a second diagram, with more: {', '.join(more)}" if more else _BESIDE
            account.leave((), reading.seen(item, why, _frame(item, frames), item.code or item.text, unread=bool(more)))
        else:
            kept.append((item, read))
            names |= own
    return [_without_ids(read) for _, read in kept]


_BESIDE = "a second diagram"


def _without_ids(diagram: Diagram) -> Diagram:
    """Return the diagram without item ids: the nodes of a text are not items of the board."""
    return replace(
        diagram,
        boxes=tuple(replace(box, id=None) for box in diagram.boxes),
        lines=tuple(replace(line, id=None) for line in diagram.lines),
    )


def _lines(connectors: Iterable[Connector], ends: _Ends, account: Inventory, others: set[str]) -> Iterator[Line]:
    for connector in connectors:
        start, end = (ends.boxes.get(item or "") for item in (connector.start, connector.end))
        if connector.id in others:
            account.read([(connector.id, 0)])
        elif start is None or end is None:
            account.leave([(connector.id, 0)], _outside(connector, ends))
        else:
            account.read([(connector.id, 0)])
            yield _line(connector, start, end, account)


def _line(connector: Connector, start: tuple[str, str | None], end: tuple[str, str | None], account: Inventory) -> Line:
    words = said(connector.captions)
    if any(is_number(part) for part in words.label.split("; ")):
        why = "its caption does not show which end it speaks of"
        account.leave((), _connector(connector, why, unread=True))
    for limit in bounds(connector.captions):
        account.leave((), _connector(connector, limit_remark(limit)))
    if not connector.readable:
        account.leave((), _connector(connector, "the export does not show how one of its ends looks", unread=True))
    return Line(
        left=start[0],
        right=end[0],
        left_cap=connector.start_cap or words.start,
        right_cap=connector.end_cap or words.end,
        label=words.label,
        identifying=not connector.dashed,
        left_row=start[1],
        right_row=end[1],
        span=connector.span,
        guess=words.guess,
        id=connector.id,
    )


def _relationships(crossed: ovals.Chen, ends: _Ends, account: Inventory) -> Iterator[Line]:
    """Return a link for each diamond. In Chen's notation, the number at an entity counts that entity's rows."""
    for one in crossed.relationships:
        (left, left_cap, first), (right, right_cap, _) = one.ends
        boxes = ends.boxes.get(left), ends.boxes.get(right)
        account.read([(one.diamond.id, 0)])
        if boxes[0] is None or boxes[1] is None:
            account.leave((), reading.seen(one.diamond, "it joins something that is not an entity", None, unread=True))
            continue
        yield Line(
            left=boxes[0][0],
            right=boxes[1][0],
            left_cap=left_cap,
            right_cap=right_cap,
            label=one.diamond.text,
            span=first.span,
            id=first.id,
        )


def _outside(connector: Connector, ends: _Ends) -> Seen:
    """Report a connector that does not join two boxes. It is ignored away from the diagram, unread where it touches a
    box."""
    touched = [item for item in (connector.start, connector.end) if item]
    own = [ends.boxes[item][0] for item in touched if item in ends.boxes]
    lost = [item for item in touched if item not in ends.known]
    unread = [item for item in touched if item in ends.unread]
    if own and any(item in ends.outside for item in touched):
        return _connector(connector, f"it joins `{own[0]}` with something outside of the frame", unread=False)
    if not own and (len(lost) < 2 and not unread):
        return _connector(connector, "it joins nothing of the diagram", unread=False)
    one = f"`{own[0]}`" if own else "something"
    if lost:
        return _connector(connector, f"it joins {one} with the item {lost[0]}, which is not in the export", unread=True)
    if unread:
        return _connector(connector, f"it joins {one} with the item {unread[0]}, which cannot be read", unread=True)
    if len(touched) < 2:
        return _connector(connector, f"one of its ends is loose, the other touches {one}", unread=True)
    if own and ends.lists.intersection(touched):
        return _connector(connector, "it joins an enumeration, which is not an entity", unread=False)
    other = next((item for item in touched if item not in ends.boxes and item in ends.shapes), None)
    if other and own:
        return _connector(
            connector, f"it joins {one} with the item {other}, which is not read as an entity", unread=True
        )
    return _connector(connector, f"it joins {one} with a note", unread=False)


def _connector(connector: Connector, why: str, *, unread: bool = False) -> Seen:
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
