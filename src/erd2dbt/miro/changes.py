"""Finds what people changed in the drawing of a spec, by the names of the spec. Compares the board with the last
push."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace

from erd2dbt.diagram.drawing import Box, Cap, Diagram, Layer, Line
from erd2dbt.diagram.erd import Erd
from erd2dbt.miro.board_edits import text_of_connector, text_of_item
from erd2dbt.miro.record import Record
from erd2dbt.miro.shapes import COLORS
from erd2dbt.names.distinct import apart
from erd2dbt.read.board.interpreting import diagram_of
from erd2dbt.read.board.values import Area, Board, Caption, Connector, Item, TextLine
from erd2dbt.read.boxes.layers import layer_of_name

_APART = 10_000.0  # between boxes; the reader ignores their positions
_COLORS = {fill: layer for layer, (fill, _) in COLORS.items()}


@dataclass(frozen=True, slots=True)
class BoxChange:
    """A box as it was sent and as it is now. Both have the name of their entity or model in the spec."""

    was: Box
    now: Box


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line. `of` is its link in the spec; empty for lineage. A new line has no `was`, a deleted one no `now`."""

    of: str
    was: Line | None
    now: Line | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All changes. `now`: the current drawing, with the names of the spec. `new`: boxes that people added. `gone`:
    names of boxes that they deleted. `items`: name in the record -> its text on the board."""

    now: Diagram
    boxes: tuple[BoxChange, ...] = ()
    new: tuple[Box, ...] = ()
    gone: tuple[str, ...] = ()
    lines: tuple[LineChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.boxes or self.new or self.gone or self.lines)


def changes(own: Board, record: Record, erd: Erd) -> Changes:
    """Return the changes. `erd` is the spec of the last push.

    Raises ErdError E056 for two different boxes of the same name.
    """
    names = {one.id: one.of for one in record.shapes.values() if one.of and one.text is not None}
    entities = {entity.name for entity in erd.entities}
    items = {item.id: item for item in own.items}
    lines = {one.id: one for one in own.connectors}
    touched = {id_ for id_, one in items.items() if _differs(one, record)}
    sent = _named(diagram_of(_sent(own, record)), names, entities)
    now = _named(diagram_of(_shown(own, record)), names, entities)
    was, is_ = ({box.id: box for box in diagram.boxes} for diagram in (sent, now))
    there = {box.name for box in now.boxes}
    return Changes(
        now=now,
        boxes=tuple(BoxChange(was[id_], is_[id_]) for id_ in was if id_ in touched and id_ in is_),
        new=tuple(box for id_, box in is_.items() if id_ not in names),
        gone=tuple(of for id_, of in names.items() if id_ not in items or (id_ not in is_ and of not in there)),
        lines=tuple(_line_changes(sent, now, record, lines, items.keys())),
    )


def _differs(item: Item, record: Record) -> bool:
    texts = {one.id: one.text for one in record.shapes.values()}
    return item.id in texts and texts[item.id] is not None and text_of_item(item) != texts[item.id]


def _line_changes(
    sent: Diagram, now: Diagram, record: Record, connectors: Mapping[str, Connector], there: Set[str]
) -> Iterator[LineChange]:
    """Return the changes of lines. A line that was deleted together with a box is not listed."""
    was, is_ = ({line.id: line for line in diagram.lines} for diagram in (sent, now))
    known = {id_: ("", text) for id_, text in record.seen.items()}
    known |= {one.id: (one.of, one.text) for one in record.arrows.values() if one.text is not None}
    for id_, (of, text) in known.items():
        if id_ not in connectors:
            if set(text[-2:]) <= there and id_ in was:
                yield LineChange(of, was[id_], None)
        elif text_of_connector(connectors[id_]) != text and id_ in was and id_ in is_:
            yield LineChange(of, was[id_], is_[id_])
    for line in now.lines:
        if line.id is not None and line.id not in known:
            yield LineChange("", None, line)


def _sent(own: Board, record: Record) -> Board:
    """Return the board as `push` left it."""
    items = [
        Item(
            id=one.id,
            kind="shape",
            span=own.items[0].span,
            lines=tuple(TextLine(text=text) for text in one.text),
            shape="rectangle",
            area=Area(x=number * _APART, y=0.0, width=300.0, height=200.0),
        )
        for number, one in enumerate(record.shapes.values())
        if one.text is not None
    ]
    texts = {one.id: one.text for one in record.arrows.values() if one.text is not None}
    lines = [_connector(id_, text, own) for id_, text in {**record.seen, **texts}.items()]
    return replace(own, items=tuple(items), connectors=tuple(lines), frame=None)


def _connector(id_: str, text: tuple[str, ...], own: Board) -> Connector:
    start, stroke, end, caption, first, second = text
    return Connector(
        id=id_,
        span=own.items[0].span,
        start=first,
        end=second,
        start_cap=Cap(start) if start else None,
        end_cap=Cap(end) if end else None,
        captions=(Caption(text=caption),) if caption else (),
        dashed=stroke == "dashed",
    )


def _shown(own: Board, record: Record) -> Board:
    """Return the current board. Our boxes are read separately, wherever people moved them; people's boxes by
    position."""
    known = {one.id for one in record.shapes.values()}
    items = [item for item in own.items if item.kind != "frame"]
    placed = [
        replace(item, area=Area(x=(number + 1) * _APART, y=-_APART, width=300.0, height=200.0), parent=None)
        if item.id in known
        else replace(item, parent=None)
        for number, item in enumerate(items)
    ]
    return replace(own, items=tuple(placed), frame=None)


def _named(diagram: Diagram, names: Mapping[str, str], entities: Set[str]) -> Diagram:
    """Return the diagram with the names and layers of the spec."""
    called = {box.name: names[box.id] for box in diagram.boxes if box.id is not None and box.id in names}
    for box in diagram.boxes:
        if box.name not in called:
            called[box.name] = apart(box.name, set(called.values()).__contains__)
    fed = {line.right for line in diagram.lines if line.left_cap is None and line.right_cap is None}
    boxes = tuple(
        _known(box, called[box.name], entities)
        if box.id in names
        else replace(box, name=called[box.name], layer=_layer(box, box.name in fed))
        for box in diagram.boxes
    )
    lines = tuple(replace(line, left=called[line.left], right=called[line.right]) for line in diagram.lines)
    return replace(diagram, boxes=boxes, lines=lines)


def _known(box: Box, name: str, entities: Set[str]) -> Box:
    if name in entities:
        return replace(box, name=name, layer=Layer.STAGING, table=name, guess=None)
    layer = Layer.INTERMEDIATE if name.startswith("int_") else Layer.MARTS
    return replace(box, name=name, layer=layer, guess=None)


def _layer(box: Box, is_fed: bool) -> Layer:
    """Return the layer of a box that people added: by its prefix or our colours; else a model if lineage leads to
    it."""
    named = layer_of_name(box.name) or _COLORS.get(box.color or "")
    return named or (Layer.MARTS if is_fed else Layer.STAGING)
