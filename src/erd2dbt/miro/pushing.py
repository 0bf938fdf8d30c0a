"""Draws a diagram on a board, or updates the drawing. It changes only items that it drew, and only where they differ.

Every push first reads the board, then makes the missing changes. The next push therefore completes an interrupted one.
A call with an unknown outcome is not repeated: the board is read again instead. People's changes are overwritten only
on request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.miro.adoption import with_captions
from erd2dbt.miro.board import Board, area, place, read_live_board, recognise
from erd2dbt.miro.board_edits import (
    BoardEdit,
    as_connectors,
    as_items,
    edits,
    text_of_connector,
    text_of_item,
)
from erd2dbt.miro.client import CREDITS, Client, UnknownOutcomeError, board_path
from erd2dbt.miro.places import Place, settled
from erd2dbt.miro.record import Drawn, Record
from erd2dbt.miro.shapes import Arrow, Body, DesiredBoard, Shape, digest
from erd2dbt.miro.sides import Obstacles, best_sides, touch
from erd2dbt.read.board.values import Connector, Item
from erd2dbt.system.progress import counted

_BULK = 20  # items of one call; a call is carried out completely or not at all
_SAVING = 0.1  # maximum share of the time for saving the record
_LOOKS = 4  # reads of a board after calls with an unknown outcome

Side = Literal["ours", "theirs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A writing call. `names` are the boxes or lines that it draws, changes or deletes."""

    word: str  # draw, change, delete
    kind: str  # frame, shape, connector
    names: tuple[str, ...]
    method: str
    path: str
    level: int = 2

    @property
    def credits(self) -> int:
        return CREDITS[self.level] * len(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """The steps that were taken, or would be in a dry run. `left`: items of ours that are no longer wanted.

    `waiting`: people's edits that need a decision; then nothing was written. `kept`: items that keep people's edits.
    `added`: boxes of people in our frame.
    """

    steps: tuple[Step, ...] = ()
    left: tuple[str, ...] = ()
    waiting: tuple[BoardEdit, ...] = ()
    kept: tuple[BoardEdit, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _People:
    """People's changes. `skipped`: names of our items that keep them."""

    kept: tuple[BoardEdit, ...] = ()
    added: tuple[str, ...] = ()
    skipped: set[str] = field(default_factory=set)


def push(
    client: Client,
    wanted: DesiredBoard,
    record: Record,
    keep: Callable[[], None],
    *,
    renamed: Mapping[str, str] | None = None,
    prune: bool = False,
    dry_run: bool = False,
    prefer: Side | None = None,
) -> Pushed:
    """Draw the diagram. `keep` saves the record from time to time; `renamed`: new -> old name of boxes.

    `prune` deletes items of ours that are no longer wanted. `prefer` decides about people's changes: `ours` overwrites
    them, `theirs` keeps them. Raises ErdError E061 to E065.
    """
    _rename(record, wanted, renamed or {})
    wanted = with_captions(wanted, record)
    taken: list[Step] = []
    people: _People | None = None
    why = ""
    for _ in range(_LOOKS):
        board = read_live_board(client, board_path(record.board))
        if people is None:
            found = _undecided(board, wanted, record, prune=prune)
            if found and prefer is None:
                return Pushed(waiting=tuple(found))
            people = _settle(found, record, prefer)
        recognise(board, wanted, record, people.skipped)
        drawing = _Drawing(client, board, wanted, record, people.skipped)
        steps = list(drawing.steps(prune=prune))
        left = () if prune else drawing.left()
        done = Pushed(left=left, kept=people.kept, added=drawing.added())
        if dry_run:
            return replace(done, steps=tuple(steps))
        try:
            keep()
            drawing.run(steps, taken, keep)
            return replace(done, steps=tuple(taken))
        except UnknownOutcomeError as error:
            why = str(error)
            client.say(f"{why}: looking at the board before anything is repeated")
    fixes = ("push again later: it goes on from what is there",)
    raise ErdError([Diagnostic(code="E063", message=f"the board cannot be drawn on: {why}", fixes=fixes)])


def _undecided(board: Board, wanted: DesiredBoard, record: Record, *, prune: bool) -> list[BoardEdit]:
    """Return people's edits that differ from the spec. Edits that equal the spec are added to the record."""
    items, connectors = as_items(board.items), as_connectors(board.connectors)
    waiting = []
    for edit in list(edits(record, items, connectors)):
        is_box = edit.kind == "shape"
        drawn = record.shapes if is_box else record.arrows
        ours = wanted.shapes.get(edit.name) if is_box else wanted.arrows.get(edit.name)
        if ours is None:
            if edit.is_gone:
                del drawn[edit.name]
            elif prune:
                waiting.append(edit)
            continue
        known = drawn[edit.name]
        now = () if edit.is_gone else _text_of(edit, known, items, connectors)
        ends = () if is_box else (known.text or ())[-2:]
        if now == (*ours.text, *ends):
            drawn[edit.name] = replace(known, text=now)
        else:
            waiting.append(edit)
    return waiting


def _text_of(
    edit: BoardEdit, known: Drawn, items: Mapping[str, Item], connectors: Mapping[str, Connector]
) -> tuple[str, ...]:
    return text_of_item(items[known.id]) if edit.kind == "shape" else text_of_connector(connectors[known.id])


def _settle(found: list[BoardEdit], record: Record, prefer: Side | None) -> _People:
    if prefer == "theirs":
        return _People(kept=tuple(found), skipped={edit.name for edit in found})
    for edit in found:
        drawn = record.shapes if edit.kind == "shape" else record.arrows
        drawn[edit.name] = replace(drawn[edit.name], text=None)
    return _People()


def _rename(record: Record, wanted: DesiredBoard, renamed: Mapping[str, str]) -> None:
    for new, old in renamed.items():
        if new in wanted.shapes and new not in record.shapes and old not in wanted.shapes and old in record.shapes:
            record.shapes[new] = record.shapes.pop(old)
    for name, arrow in wanted.arrows.items():
        old = arrow.called_before(renamed)
        if name not in record.arrows and old not in wanted.arrows and old in record.arrows:
            record.arrows[name] = record.arrows.pop(old)
    _rename_links(record, wanted)


def _rename_links(record: Record, wanted: DesiredBoard) -> None:
    """Match a link with a changed caption to its existing line.

    That line is between the same boxes. It is of the same link of the spec, or of one that the spec no longer has.
    """
    new = [(name, arrow) for name, arrow in wanted.arrows.items() if name not in record.arrows and arrow.of]
    for is_same in (True, False):
        for name, arrow in new:
            old = [
                known
                for known, one in record.arrows.items()
                if known not in wanted.arrows and one.of and (one.of == arrow.of or not is_same) and arrow.joins(known)
            ]
            if old and name not in record.arrows:
                record.arrows[name] = record.arrows.pop(old[0])


class _Drawing:
    """The state of the board, and the calls that follow from it."""

    def __init__(
        self, client: Client, board: Board, wanted: DesiredBoard, record: Record, skipped: Collection[str] = ()
    ) -> None:
        self.client, self.board, self.wanted, self.record, self.skipped = client, board, wanted, record, skipped
        self.path = board_path(record.board)
        there = self._there()
        fresh = {name: shape.place for name, shape in wanted.shapes.items()}
        grown = {name for name, at in there.items() if not is_size(self._stands(name), at.values)}
        self.places = settled(fresh, there, grown, _neighbours(wanted))
        self.obstacles = Obstacles(self.places.values())

    def _there(self) -> dict[str, Place]:
        """Return the existing boxes in our frame at their positions, with their new sizes."""
        found = {}
        for name, shape in self.wanted.shapes.items():
            known = self.record.shapes.get(name)
            item = self.board.items.get(known.id) if known else None
            if known and item and self.record.frame and _parent(item) == self.record.frame.id:
                now = place(item)
                if is_size(now, shape.place.values) and not is_size(now, known.place or now.values):
                    known = replace(known, place=now.values)  # an interrupted run has drawn it so
                    self.record.shapes[name] = known
                is_sized = known.place and is_size(now, known.place)
                found[name] = now.resized(shape.place.width, shape.place.height) if is_sized else now
        return found

    def _stands(self, name: str) -> Place:
        return place(self.board.items[self.record.shapes[name].id])

    # -- what is to be done

    def steps(self, *, prune: bool) -> Iterator[Step]:
        """Return the calls in the order that Miro requires: the frame, its shapes, connectors between them,
        deletions."""
        yield from self._frame_steps()
        new = [name for name in self.wanted.shapes if name not in self.record.shapes and name not in self.skipped]
        for start in range(0, len(new), _BULK):
            names = tuple(new[start : start + _BULK])
            yield Step(word="draw", kind="shape", names=names, method="POST", path=f"{self.path}/items/bulk")
        for name, one in self.record.shapes.items():
            if name in self.wanted.shapes and self._change(self.wanted.shapes[name], one):
                yield self._step("change", "shape", name, one.id)
        for name, arrow in self.wanted.arrows.items():
            known = self.record.arrows.get(name)
            if name in self.skipped or not self._has_ends(arrow):
                continue
            if known is None:
                path = f"{self.path}/connectors"
                yield Step(word="draw", kind="connector", names=(name,), method="POST", path=path)
            elif known.hash != arrow.look or known.text != (*arrow.text, *self._ends(arrow)):
                yield self._step("change", "connector", name, known.id)
        yield from self._prunes() if prune else ()

    def _has_ends(self, arrow: Arrow) -> bool:
        """Return whether both boxes of a line exist or will be drawn. A box that people deleted may stay deleted."""
        return all(name not in self.skipped or self._is_there(name) for name in (arrow.start, arrow.end))

    def _is_there(self, name: str) -> bool:
        known = self.record.shapes.get(name)
        return known is not None and known.id in self.board.items

    def left(self) -> tuple[str, ...]:
        """Return the unwanted boxes, and the unwanted lines of links between boxes that stay."""
        boxes = self._gone_boxes()
        gone = {self.record.shapes[name].id for name in boxes}
        lines = [
            name
            for name, one in self.record.arrows.items()
            if one.of and name not in self.wanted.arrows and not gone & set((one.text or ())[-2:])
        ]
        return (*boxes, *lines)

    def _gone_boxes(self) -> tuple[str, ...]:
        return tuple(name for name in self.record.shapes if name not in self.wanted.shapes)

    def added(self) -> tuple[str, ...]:
        """Return boxes that people drew in our frame: shapes with a title and rows."""
        frame, known = self.record.frame, self.record.ids
        if frame is None:
            return ()
        inside = {i: one for i, one in self.board.items.items() if _parent(one) == frame.id and i not in known}
        items = as_items({i: one for i, one in inside.items() if one.get("type") == "shape"})
        return tuple(text[0] for item in items.values() if len(text := text_of_item(item)) > 1)

    def _frame_steps(self) -> Iterator[Step]:
        frame = self.record.frame
        if frame is None:
            yield Step(word="draw", kind="frame", names=(self.wanted.title,), method="POST", path=f"{self.path}/frames")
        elif self._frame_body(frame):
            yield self._step("change", "frame", self.wanted.title, frame.id)

    def _prunes(self) -> Iterator[Step]:
        for name, one in self.record.arrows.items():
            if name not in self.wanted.arrows:
                yield self._step("delete", "connector", name, one.id)
        for name in self._gone_boxes():
            yield self._step("delete", "shape", name, self.record.shapes[name].id)

    def _step(self, word: str, kind: str, name: str, id_: str) -> Step:
        method, level = ("DELETE", 3) if word == "delete" else ("PATCH", 2)
        path = f"{self.path}/{kind}s/{id_}"
        return Step(word=word, kind=kind, names=(name,), method=method, path=path, level=level)

    def _ends(self, arrow: Arrow) -> list[str]:
        return [one.id if (one := self.record.shapes.get(name)) else "" for name in (arrow.start, arrow.end)]

    def _change(self, shape: Shape, known: Drawn) -> Body:
        """Return the differences from the last push: text and colours, size, and position if another box needs the
        space."""
        if shape.name in self.skipped:
            return {}
        body = dict(shape.body) if (known.hash, known.text) != (shape.look, shape.text) else {}
        to, now = self.places[shape.name], self._stands(shape.name)
        is_inside = self.record.frame is not None and _parent(self.board.items[known.id]) == self.record.frame.id
        if is_inside and not is_near(to, now):
            body |= {"position": {"x": to.x, "y": to.y}, "geometry": {"width": to.width, "height": to.height}}
        elif not is_inside and known.place and is_size(now, known.place) and known.place[2:] != shape.place.values[2:]:
            body |= {"geometry": {"width": shape.place.width, "height": shape.place.height}}
        return body

    def _frame_body(self, frame: Drawn) -> Body:
        """Return the frame's change: a new title, or more space. Its top left is the origin of positions, so it stays.
        The frame never shrinks."""
        x, y, width, height = area(self.board.items[frame.id])
        inside = [one for name, one in self.places.items() if name not in self.skipped]
        wide = max([width, self.wanted.width, *(one.right for one in inside)])
        high = max([height, self.wanted.height, *(one.bottom for one in inside)])
        body: Body = {} if frame.hash == digest(self.wanted.title) else {"data": {"title": self.wanted.title}}
        if (wide, high) != (width, height):
            body["position"] = {"x": x + (wide - width) / 2, "y": y + (high - height) / 2}
            body["geometry"] = {"width": wide, "height": high}
        return body

    # -- doing it

    def run(self, steps: Sequence[Step], taken: list[Step], keep: Callable[[], None]) -> None:
        """Carry out all steps. `taken` lists the completed ones, even after an error. Raises UnknownOutcomeError,
        ErdError."""
        keep_sometimes = _paced(keep)
        try:
            with counted("drawing", sum(len(step.names) for step in steps)) as count:
                for step in steps:
                    self.take(step)
                    taken.append(step)
                    count.step(len(step.names))
                    # An interruption loses the last calls. What they drew is recognised later, by its frame.
                    (keep if step.kind == "frame" else keep_sometimes)()
        finally:
            keep()

    def take(self, step: Step) -> None:
        """Carry out one call and update the record. Raises UnknownOutcomeError, ErdError."""
        if step.word == "delete":
            self.client.write(step.method, step.path, level=step.level)
            drawn = self.record.shapes if step.kind == "shape" else self.record.arrows
            drawn.pop(step.names[0], None)
        elif step.kind == "frame":
            self._take_frame(step)
        elif step.kind == "shape":
            self._take_shapes(step)
        else:
            self._take_arrow(step)

    def _take_frame(self, step: Step) -> None:
        hash_ = digest(self.wanted.title)
        if self.record.frame is not None and step.method == "PATCH":
            self.client.write("PATCH", step.path, self._frame_body(self.record.frame))
            self.record.frame = Drawn(self.record.frame.id, hash_)
            return
        size, (left, top) = (self.wanted.width, self.wanted.height), self.board.room
        position = {"x": left + size[0] / 2, "y": top + size[1] / 2}
        geometry = {"width": size[0], "height": size[1]}
        answer = self.client.write("POST", step.path, {**self.wanted.frame, "position": position, "geometry": geometry})
        self.record.frame = Drawn(_id(answer), hash_)

    def _take_shapes(self, step: Step) -> None:
        shapes = [self.wanted.shapes[name] for name in step.names]
        if step.method == "PATCH":
            known = self.record.shapes[shapes[0].name]
            body = self._change(shapes[0], known)
            self.client.write("PATCH", step.path, body)
            moved = self.places[shapes[0].name].values if "geometry" in body else known.place
            text = shapes[0].text if "data" in body else known.text
            self.record.shapes[shapes[0].name] = Drawn(known.id, shapes[0].look, moved, text, shapes[0].of)
            return
        parent = {"id": self.record.frame.id} if self.record.frame else {}
        bodies = [{"type": "shape", **one.body, **self._at(one.name), "parent": parent} for one in shapes]
        answer = self.client.write("POST", step.path, bodies, count=len(bodies)) or {}
        made = answer.get("data")
        if not isinstance(made, list) or len(made) != len(shapes):
            raise UnknownOutcomeError("Miro's answer does not say what it drew")
        for shape, item in zip(shapes, made, strict=True):
            at = self.places[shape.name].values
            self.record.shapes[shape.name] = Drawn(_id(item), shape.look, at, shape.text, shape.of)

    def _at(self, name: str) -> Body:
        at = self.places[name]
        return {"position": {"x": at.x, "y": at.y}, "geometry": {"width": at.width, "height": at.height}}

    def _take_arrow(self, step: Step) -> None:
        arrow = self.wanted.arrows[step.names[0]]
        ids = self._ends(arrow)
        start, end = (self._now(name) for name in (arrow.start, arrow.end))
        sides = best_sides(start, end, arrow.heights, self.obstacles, at_rows=arrow.at_rows)
        found = zip(("startItem", "endItem"), ids, sides, arrow.heights, strict=True)
        ends = {end: {"id": id_, "position": touch(side, height)} for end, id_, side, height in found}
        answer = self.client.write(step.method, step.path, {**ends, **arrow.body})
        known = self.record.arrows.get(arrow.name)
        id_ = known.id if known and step.method == "PATCH" else _id(answer)
        self.record.arrows[arrow.name] = Drawn(id_, arrow.look, (), (*arrow.text, *ids), arrow.of)

    def _now(self, name: str) -> Place:
        """Return the place of a box after this push."""
        return self._stands(name) if name in self.skipped else self.places[name]


def _paced(keep: Callable[[], None]) -> Callable[[], None]:
    """Return a function that saves the record, unless this would take too much of the time: a large record is not
    written after each of thousands of calls."""
    saved = time.monotonic()
    due = 0.0

    def keep_sometimes() -> None:
        nonlocal saved, due
        now = time.monotonic()
        if now - saved >= due:
            keep()
            saved = time.monotonic()
            due = (saved - now) / _SAVING

    return keep_sometimes


def _neighbours(wanted: DesiredBoard) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in wanted.shapes}
    for arrow in wanted.arrows.values():
        found[arrow.start].append(arrow.end)
        found[arrow.end].append(arrow.start)
    return found


def is_near(one: Place, other: Place) -> bool:
    return all(abs(a - b) < 1 for a, b in zip(one.values, other.values, strict=True))


def is_size(now: Place, values: tuple[float, ...]) -> bool:
    """Return whether a box has the size that it was given."""
    return all(abs(a - b) < 1 for a, b in zip(now.values[2:], values[2:], strict=True))


def _parent(item: Mapping[str, object]) -> str:
    parent = item.get("parent")
    return str(parent.get("id")) if isinstance(parent, dict) else ""


def _id(answer: object) -> str:
    id_ = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(id_, str) or not id_.isdecimal():
        raise UnknownOutcomeError("Miro's answer does not say what it drew")
    return id_
