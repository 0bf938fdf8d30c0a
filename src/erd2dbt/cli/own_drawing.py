"""Finds the drawing of `push` on a board that is read, and people's changes in it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import ErdError

if TYPE_CHECKING:
    from erd2dbt.explain.drawing import SpecDrawing
    from erd2dbt.miro.changes import Changes
    from erd2dbt.miro.pushed_items import Parts
    from erd2dbt.miro.record import Record
    from erd2dbt.miro.spec_edits import Edited
    from erd2dbt.read.board.values import Board


@dataclass(slots=True)
class OwnDrawing:
    """The drawing of the spec at `output`, by its record. Call `take` first; the other properties depend on it."""

    output: Path | None
    frame: str | None = None
    record: Record | None = None
    parts: Parts | None = None
    changes: Changes | None = None
    edited: Edited | None = None

    def take(self, board: Board) -> Board:
        """Return the board without the drawing. Raises ErdError E056, E066, E068."""
        from erd2dbt.miro.changes import changes
        from erd2dbt.miro.pushed_items import parts
        from erd2dbt.miro.record import read_record, record_of
        from erd2dbt.miro.spec_edits import edited
        from erd2dbt.read.spec.reader import read_spec

        if self.output is not None:
            record = read_record(record_of(self.output))
            is_of_board = record.frame is not None and board.id in (None, record.board)
            self.record = record if is_of_board else None
        self.parts = parts(board, self.record, self.frame or board.frame)
        if self.parts.own is not None and self.record is not None and (base := self.record.spec):
            self.changes = changes(self.parts.own, self.record, read_spec(base.encode(), "spec"))
            self.edited = edited(base, self.changes)
        if self.frame is None and board.frame is not None:  # a live board: what was not asked for is not told
            return replace(self.parts.rest, outside=frozenset())
        return self.parts.rest

    def known_on(self, board: str) -> bool:
        """Return whether the spec was drawn on this board. Raises ErdError E068."""
        from erd2dbt.miro.record import read_record, record_of

        return self.output is not None and read_record(record_of(self.output)).board == board

    @property
    def left(self) -> list[str]:
        """The parts of the board that were not read."""
        told = [one.sentence for one in self.parts.left] if self.parts else []
        if self.parts and self.parts.own is not None and not self.is_there:
            told.append("the drawing of an older version of `push`: push again, and the next pull reads it")
        return told

    @property
    def is_there(self) -> bool:
        return self.edited is not None

    @property
    def base(self) -> str:
        """The spec that was drawn."""
        return self.record.spec if self.record else ""

    def lineage(self, spec: str) -> set[tuple[str, str]]:
        """Return the arrows that the next push draws for the text of a spec, by its names."""
        assert self.output is not None
        with suppress(ErdError):  # it has a fault, and `check` reports it
            drawn = drawn_spec(spec.encode(), self.output)
            lines = drawn.diagram.lines[len(drawn.links) :]
            return {(drawn.names.get(line.left, ""), drawn.names.get(line.right, "")) for line in lines}
        return set()

    def kept(self) -> str | None:
        """The text of the record after people's changes are written into the spec; None if there are none."""
        from erd2dbt.miro.adoption import adopt
        from erd2dbt.miro.record import record_text
        from erd2dbt.miro.shapes import desired_board

        if self.edited is None or self.record is None or self.parts is None or self.parts.own is None:
            return None
        assert self.changes is not None
        assert self.output is not None
        if not self.changes:
            return None
        drawn = drawn_spec(self.edited.text.encode(), self.output)
        what = desired_board(drawn.diagram, drawn.names, drawn.links)
        adopt(self.record, self.parts.own, self.changes, self.edited, what)
        return record_text(self.record)


def drawn_spec(data: bytes, spec: Path) -> SpecDrawing:
    """Return the picture of a spec, even if it has open decisions or cannot be proved."""
    from erd2dbt.diagram.todos import todos
    from erd2dbt.explain.drawing import drawing
    from erd2dbt.explain.open_drawing import open_drawing
    from erd2dbt.pipelines.generation import chosen, plan

    erd = chosen(data, str(spec))
    if not any(True for _ in todos(erd)):
        with suppress(ErdError):
            erd, planned = plan(data, str(spec))
            return drawing(erd, planned.plans)
    return open_drawing(erd)
