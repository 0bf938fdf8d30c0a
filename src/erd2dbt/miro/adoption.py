"""Updates the record after people's changes were written into the spec: the board as it is now becomes the last
state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from erd2dbt.miro.board_edits import text_of_connector, text_of_item
from erd2dbt.miro.changes import Changes
from erd2dbt.miro.record import Drawn, Record
from erd2dbt.miro.shapes import DesiredBoard
from erd2dbt.miro.spec_edits import Edited
from erd2dbt.read.board.values import Board, Connector


def adopt(record: Record, own: Board, changes: Changes, edited: Edited, wanted: DesiredBoard) -> None:
    """Update the record. `wanted` is the drawing of the edited spec; its boxes and lines that people drew become
    ours."""
    record.spec = edited.text
    boxes = {old: new for (owner, old), new in edited.renames.items() if not owner}
    items = {item.id: item for item in own.items}
    for known, one in list(record.shapes.items()):
        if one.id not in items:
            del record.shapes[known]
        elif one.text is not None:
            of = boxes.get(one.of, one.of)
            record.shapes[known] = replace(one, text=text_of_item(items[one.id]), of=of)
    named = {shape.of: name for name, shape in wanted.shapes.items()}
    for box in changes.new:
        of = edited.new.get(box.id or "", box.name)
        if box.id in items and (name := named.get(of, "")) and name not in record.shapes:
            area = items[box.id].area
            at = (area.x, area.y, area.width, area.height) if area else ()
            record.shapes[name] = Drawn(box.id, "", at, text_of_item(items[box.id]), of)
    connectors = {one.id: one for one in own.connectors}
    _adopt_lines(record, connectors, wanted)
    ours = {one.id for one in record.arrows.values()}
    lineage = [change.now.id for change in edited.arrows if change.now is not None]
    seen = [id_ for id_ in (*record.seen, *lineage) if id_ is not None and id_ in connectors and id_ not in ours]
    record.seen = {id_: text_of_connector(connectors[id_]) for id_ in seen}


def with_captions(wanted: DesiredBoard, record: Record) -> DesiredBoard:
    """Return the drawing with the captions that people wrote on its lineage arrows, and that a pull has taken."""
    captions = {name: one.caption for name, one in record.arrows.items() if not one.of and one.caption}
    arrows = {
        name: arrow.with_caption(captions[name]) if name in captions and not arrow.of else arrow
        for name, arrow in wanted.arrows.items()
    }
    return replace(wanted, arrows=arrows)


def _adopt_lines(record: Record, connectors: Mapping[str, Connector], wanted: DesiredBoard) -> None:
    """Match each existing line to the line of the new drawing that joins the same two boxes. A line that people led
    there comes after the one that was there."""
    ofs = {one.id: one.of for one in record.shapes.values()}
    ids = {shape.name: next((id_ for id_, of in ofs.items() if of == shape.of), "") for shape in wanted.shapes.values()}
    known = {one.id: name for name, one in record.arrows.items()}
    drawn = {one.id: one for one in record.arrows.values()}
    free = dict(wanted.arrows)
    stayed = {id_ for id_, one in drawn.items() if id_ in connectors and _is_between(connectors[id_], one)}
    for id_, one in sorted(connectors.items(), key=lambda pair: pair[0] not in stayed):
        ends = {one.start or "", one.end or ""}
        fitting = [name for name, arrow in free.items() if {ids.get(arrow.start), ids.get(arrow.end)} == ends]
        text = text_of_connector(one)
        fitting.sort(key=lambda name: (free[name].text != text[:-2], name != known.get(id_)))
        before = drawn.get(id_)
        if before is not None and record.arrows.get(known[id_]) is before:
            del record.arrows[known[id_]]
        if fitting:
            of = free.pop(fitting[0]).of
            is_elsewhere = before is not None and id_ not in stayed
            name = fitting[0] if is_elsewhere else known.get(id_, fitting[0])
            record.arrows[name] = Drawn(id_, before.hash if before else "", (), text, of)
        elif before is not None:
            record.arrows.setdefault(known[id_], replace(before, text=text))
    for name in [name for name, one in record.arrows.items() if one.id not in connectors]:
        del record.arrows[name]


def _is_between(one: Connector, was: Drawn) -> bool:
    """Whether a line joins the boxes that it joined before."""
    return {one.start or "", one.end or ""} == set((was.text or ())[-2:])
