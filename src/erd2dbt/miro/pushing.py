"""A diagram drawn on a board, or what is drawn there brought up to date: only what is ours, only what has changed.

Every push looks first, then does what is missing. So a push that was cut off is finished by the next one, and a call
of which nobody knows whether it was done is answered by another look, never by repeating it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.miro.board import Board, area, is_at, look, recognise
from erd2dbt.miro.client import CREDITS, Client, UnknownOutcomeError, board_path
from erd2dbt.miro.record import Drawn, Record
from erd2dbt.miro.shapes import Arrow, Body, Shape, Wanted, digest
from erd2dbt.system.progress import counted

_BULK = 20  # items of one call, all of them or none
_LOOKS = 4  # at a board on which the outcome of calls is not known


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
    """The steps that were taken, or would be; `left` is ours and no longer wanted."""

    steps: tuple[Step, ...]
    left: tuple[str, ...] = ()


def push(
    client: Client,
    wanted: Wanted,
    record: Record,
    keep: Callable[[], None],
    *,
    renamed: Mapping[str, str] | None = None,
    prune: bool = False,
    dry_run: bool = False,
) -> Pushed:
    """Draws. `keep` saves the record, after each call; `renamed` is what boxes were called before: new -> old name.

    `prune` deletes what is ours and no longer wanted. ErdError E061 to E065."""
    _rename(record, wanted, renamed or {})
    taken: list[Step] = []
    why = ""
    for _ in range(_LOOKS):
        board = look(client, board_path(record.board))
        recognise(board, wanted, record)
        drawing = _Drawing(client, board, wanted, record, keep)
        steps = list(drawing.steps(prune=prune))
        left = () if prune else drawing.left()
        if dry_run:
            return Pushed(steps=tuple(steps), left=left)
        try:
            with counted("drawing", sum(len(step.names) for step in steps)) as count:
                for step in steps:
                    drawing.take(step)
                    taken.append(step)
                    keep()
                    count.step(len(step.names))
            keep()
            return Pushed(steps=tuple(taken), left=left)
        except UnknownOutcomeError as error:
            why = str(error)
            client.say(f"{why}: looking at the board before anything is repeated")
    fixes = ("push again later: it goes on from what is there",)
    raise ErdError([Diagnostic(code="E063", message=f"the board cannot be drawn on: {why}", fixes=fixes)])


def _rename(record: Record, wanted: Wanted, renamed: Mapping[str, str]) -> None:
    for new, old in renamed.items():
        if new in wanted.shapes and new not in record.shapes and old not in wanted.shapes and old in record.shapes:
            record.shapes[new] = record.shapes.pop(old)
    for name, arrow in wanted.arrows.items():
        old = arrow.called_before(renamed)
        if name not in record.arrows and old not in wanted.arrows and old in record.arrows:
            record.arrows[name] = record.arrows.pop(old)


class _Drawing:
    """One look at the board, and the calls that follow from it."""

    def __init__(self, client: Client, board: Board, wanted: Wanted, record: Record, keep: Callable[[], None]) -> None:
        self.client, self.board, self.wanted, self.record, self.keep = client, board, wanted, record, keep
        self.path = board_path(record.board)

    # -- what is to be done

    def steps(self, *, prune: bool) -> Iterator[Step]:
        """In the order in which Miro takes them: the frame, shapes in it, connectors between them, what goes."""
        yield from self._frame_steps()
        new = [name for name in self.wanted.shapes if name not in self.record.shapes]
        for start in range(0, len(new), _BULK):
            names = tuple(new[start : start + _BULK])
            yield Step(word="draw", kind="shape", names=names, method="POST", path=f"{self.path}/items/bulk")
        for name, one in self.record.shapes.items():
            if name in self.wanted.shapes and self._change(self.wanted.shapes[name], one):
                yield self._step("change", "shape", name, one.id)
        for name, arrow in self.wanted.arrows.items():
            known = self.record.arrows.get(name)
            if known is None:
                path = f"{self.path}/connectors"
                yield Step(word="draw", kind="connector", names=(name,), method="POST", path=path)
            elif known.hash != self._hash(arrow):
                yield self._step("change", "connector", name, known.id)
        yield from self._prunes() if prune else ()

    def left(self) -> tuple[str, ...]:
        return tuple(name for name in self.record.shapes if name not in self.wanted.shapes)

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
        for name in self.left():
            yield self._step("delete", "shape", name, self.record.shapes[name].id)

    def _step(self, word: str, kind: str, name: str, id_: str) -> Step:
        method, level = ("DELETE", 3) if word == "delete" else ("PATCH", 2)
        path = f"{self.path}/{kind}s/{id_}"
        return Step(word=word, kind=kind, names=(name,), method=method, path=path, level=level)

    def _hash(self, arrow: Arrow) -> str:
        """With the ids of its ends: one that was drawn anew has another."""
        ends = [one.id if (one := self.record.shapes.get(name)) else "" for name in (arrow.start, arrow.end)]
        return digest(arrow.body, *ends)

    def _change(self, shape: Shape, known: Drawn) -> Body:
        """What differs from what was sent: its text and colours, and its place, unless people have moved it."""
        body = dict(shape.body) if known.hash != digest(shape.body) else {}
        item, place = self.board.items[known.id], _place(shape)
        is_inside = self.record.frame is not None and _parent(item) == self.record.frame.id
        if known.place != place and is_inside and is_at(item, known.place):
            body |= {"position": shape.position, "geometry": shape.geometry}
        elif known.place[2:] != place[2:] and known.place and area(item)[2:] == known.place[2:]:
            body |= {"geometry": shape.geometry}
        return body

    def _frame_body(self, frame: Drawn) -> Body:
        """Another title, or more room; its top left stays, for places count from there. It never becomes smaller."""
        x, y, width, height = area(self.board.items[frame.id])
        corners = [(self.wanted.layout.width, self.wanted.layout.height), *self._moved_corners(frame)]
        wide, high = (max(was, *sizes) for was, sizes in zip((width, height), zip(*corners, strict=True), strict=True))
        body: Body = {} if frame.hash == digest(self.wanted.title) else {"data": {"title": self.wanted.title}}
        if (wide, high) != (width, height):
            body["position"] = {"x": x + (wide - width) / 2, "y": y + (high - height) / 2}
            body["geometry"] = {"width": wide, "height": high}
        return body

    def _moved_corners(self, frame: Drawn) -> Iterator[tuple[float, float]]:
        """(right, bottom), from the frame's top left, of boxes that people moved in it: they may need more room now."""
        for name, one in self.record.shapes.items():
            item = self.board.items[one.id]
            if name in self.wanted.shapes and _parent(item) == frame.id and not is_at(item, one.place):
                x, y, width, height = area(item)
                place = self.wanted.shapes[name].place
                yield x + max(width, place.width) / 2, y + max(height, place.height) / 2

    # -- doing it

    def take(self, step: Step) -> None:
        """One call, and what it means for the record. UnknownOutcomeError, ErdError."""
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
        layout, (left, top) = self.wanted.layout, self.board.room
        position = {"x": left + layout.width / 2, "y": top + layout.height / 2}
        size = {"width": layout.width, "height": layout.height}
        answer = self.client.write("POST", step.path, {**self.wanted.frame, "position": position, "geometry": size})
        self.record.frame = Drawn(_id(answer), hash_)

    def _take_shapes(self, step: Step) -> None:
        shapes = [self.wanted.shapes[name] for name in step.names]
        if step.method == "PATCH":
            known = self.record.shapes[shapes[0].name]
            body = self._change(shapes[0], known)
            self.client.write("PATCH", step.path, body)
            place = _place(shapes[0]) if "geometry" in body or "position" in body else known.place
            self.record.shapes[shapes[0].name] = Drawn(known.id, digest(shapes[0].body), place)
            return
        parent = {"id": self.record.frame.id} if self.record.frame else {}
        bodies = [
            {"type": "shape", **one.body, "position": one.position, "geometry": one.geometry, "parent": parent}
            for one in shapes
        ]
        answer = self.client.write("POST", step.path, bodies, count=len(bodies)) or {}
        made = answer.get("data")
        if not isinstance(made, list) or len(made) != len(shapes):
            raise UnknownOutcomeError("Miro's answer does not say what it drew")
        for shape, item in zip(shapes, made, strict=True):
            self.record.shapes[shape.name] = Drawn(_id(item), digest(shape.body), _place(shape))

    def _take_arrow(self, step: Step) -> None:
        arrow = self.wanted.arrows[step.names[0]]
        ends = {
            end: {"id": self.record.shapes[name].id}
            for end, name in (("startItem", arrow.start), ("endItem", arrow.end))
        }
        answer = self.client.write(step.method, step.path, {**ends, **arrow.body})
        known = self.record.arrows.get(arrow.name)
        id_ = known.id if known and step.method == "PATCH" else _id(answer)
        self.record.arrows[arrow.name] = Drawn(id_, self._hash(arrow))


def _place(shape: Shape) -> tuple[float, ...]:
    return (shape.place.x, shape.place.y, shape.place.width, shape.place.height)


def _parent(item: Mapping[str, object]) -> str:
    parent = item.get("parent")
    return str(parent.get("id")) if isinstance(parent, dict) else ""


def _id(answer: object) -> str:
    id_ = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(id_, str) or not id_.isdecimal():
        raise UnknownOutcomeError("Miro's answer does not say what it drew")
    return id_
