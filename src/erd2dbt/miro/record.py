"""What `push` drew, kept beside the spec: ids of items with hashes of what was sent, so that nothing is drawn twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span

FORMAT = 1
_FIX = "restore it from version control, or delete it: then the diagram is drawn again next to the old one"


@dataclass(frozen=True, slots=True)
class Drawn:
    """An item of ours: its id, what it said when it was sent, and where it stood then."""

    id: str
    hash: str
    place: tuple[float, ...] = ()  # x, y, width, height


@dataclass(slots=True, kw_only=True)
class Record:
    """By name, all that was drawn on one board. It grows while drawing goes on."""

    board: str
    frame: Drawn | None = None
    shapes: dict[str, Drawn] = field(default_factory=dict)
    arrows: dict[str, Drawn] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        return {one.id for one in (*self.shapes.values(), *self.arrows.values())} | (
            {self.frame.id} if self.frame else set()
        )


def record_of(spec: Path) -> Path:
    """`.shop.yml.miro` beside `shop.yml`."""
    return spec.with_name(f".{spec.name}.miro")


def read_record(file: Path, board: str) -> Record:
    """Empty when there is none. E068 when it cannot be read, or is of another board."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Record(board=board)
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(file, f"cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}") from None
    try:
        given = json.loads(text)
        record = _record(given)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _refused(file, "is not a record of `push`") from None
    if record.board != board:
        raise _refused(file, f"is of another board, {record.board}")
    return record


def record_text(record: Record) -> str:
    """One line for each item, in the order of names."""

    def drawn(one: Drawn) -> list[Any]:
        return [one.id, one.hash, *one.place]

    parts = {
        "format": FORMAT,
        "board": record.board,
        "frame": drawn(record.frame) if record.frame else None,
        "shapes": {name: drawn(one) for name, one in sorted(record.shapes.items())},
        "connectors": {name: drawn(one) for name, one in sorted(record.arrows.items())},
    }
    lines = []
    for name, value in parts.items():
        if isinstance(value, dict):
            inner = [f"    {_plain(key)}: {_plain(one)}" for key, one in value.items()]
            lines.append(f"  {_plain(name)}: " + ("{\n" + ",\n".join(inner) + "\n  }" if inner else "{}"))
        else:
            lines.append(f"  {_plain(name)}: {_plain(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _record(given: Any) -> Record:
    if given["format"] != FORMAT:
        raise ValueError
    frame = given["frame"]
    return Record(
        board=str(given["board"]),
        frame=_drawn(frame) if frame else None,
        shapes={name: _drawn(one) for name, one in given["shapes"].items()},
        arrows={name: _drawn(one) for name, one in given["connectors"].items()},
    )


def _drawn(given: Any) -> Drawn:
    id_, hash_, *place = given
    if not (isinstance(id_, str) and id_.isdecimal() and isinstance(hash_, str)):
        raise ValueError
    return Drawn(id_, hash_, tuple(float(number) for number in place))


def _refused(file: Path, why: str) -> ErdError:
    fault = Diagnostic(code="E068", message=f"`{file.name}` {why}", span=Span(str(file), 1, 1), fixes=(_FIX,))
    return ErdError([fault])
