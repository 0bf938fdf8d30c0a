"""The record of the last push, stored beside the spec: the items as they were sent, and the text of the spec.

The next push and the next pull compare the board with it. Every difference is a change by people.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.system.reading import read_regular

FORMAT = 2
_FORMATS = (1, FORMAT)  # the first version had no texts
_CAPTION, _LINE = 3, 6  # the place of the caption in the text of a line, and its length
_FIX = "restore it from version control, or delete it: then the diagram is drawn again next to the old one"


@dataclass(frozen=True, slots=True)
class Drawn:
    """An item of ours: its id, a hash of the data sent, and its position at that time.

    `text`: the lines that a shape showed, or the result of `people.text_of_connector`; None if unknown. `of`: the
    entity, model or link of the spec.
    """

    id: str
    hash: str
    place: tuple[float, ...] = ()  # x, y, width, height
    text: tuple[str, ...] | None = None
    of: str = ""

    @property
    def caption(self) -> str:
        """The caption of a line."""
        return self.text[_CAPTION] if self.text else ""


@dataclass(slots=True, kw_only=True)
class Record:
    """All items drawn on one board, by name. It is updated during a push. `spec`: the text of the spec that was sent.

    `seen`: id -> text of the lineage arrows that people drew and a pull has reported.
    """

    board: str
    frame: Drawn | None = None
    shapes: dict[str, Drawn] = field(default_factory=dict)
    arrows: dict[str, Drawn] = field(default_factory=dict)
    notes: dict[str, Drawn] = field(default_factory=dict)
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spec: str = ""

    @property
    def ids(self) -> set[str]:
        every = (*self.shapes.values(), *self.arrows.values(), *self.notes.values())
        return {one.id for one in every} | ({self.frame.id} if self.frame else set())


def record_of(spec: Path) -> Path:
    """Return the path of the record: `.shop.yml.miro` beside `shop.yml`."""
    return spec.with_name(f".{spec.name}.miro")


def read_record(file: Path, board: str | None = None) -> Record:
    """Return the record; empty when there is no file. Raises E068 if it cannot be read, or belongs to another board."""
    try:
        text = read_regular(file).decode()
    except FileNotFoundError:
        return Record(board=board or "")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(file, f"cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}") from None
    try:
        record = _record(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _refused(file, "is not a record of `push`") from None
    if board is not None and record.board != board:
        raise _refused(file, f"is of another board, {record.board}")
    return record


def record_text(record: Record) -> str:
    """Return the text of a record: one line for each item, sorted by name; one line for each line of the spec."""
    parts = {
        "format": FORMAT,
        "board": record.board,
        "frame": _plain_drawn(record.frame) if record.frame else None,
        "shapes": {name: _plain_drawn(one) for name, one in sorted(record.shapes.items())},
        "connectors": {name: _plain_drawn(one) for name, one in sorted(record.arrows.items())},
        "notes": {name: _plain_drawn(one) for name, one in sorted(record.notes.items())},
        "seen": {id_: list(text) for id_, text in sorted(record.seen.items())},
        "spec": record.spec.split("\n"),
    }
    if not record.seen:
        del parts["seen"]
    lines = []
    for name, value in parts.items():
        if isinstance(value, dict):
            inner = [f"    {_plain(key)}: {_plain(one)}" for key, one in value.items()]
            lines.append(f"  {_plain(name)}: " + ("{\n" + ",\n".join(inner) + "\n  }" if inner else "{}"))
        elif isinstance(value, list) and name == "spec":
            lines.append(f"  {_plain(name)}: [\n" + ",\n".join(f"    {_plain(one)}" for one in value) + "\n  ]")
        else:
            lines.append(f"  {_plain(name)}: {_plain(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _plain_drawn(one: Drawn) -> dict[str, Any]:
    said = {"place": list(one.place), "text": one.text, "of": one.of}
    return {"id": one.id, "hash": one.hash, **{word: value for word, value in said.items() if value}}


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _record(given: Any) -> Record:
    if given["format"] not in _FORMATS:
        raise ValueError
    frame = given["frame"]
    spec = given.get("spec", [])
    if not isinstance(spec, list) or not all(isinstance(line, str) for line in spec):
        raise ValueError
    return Record(
        board=str(given["board"]),
        frame=_drawn(frame) if frame else None,
        shapes={name: _drawn(one) for name, one in given["shapes"].items()},
        arrows={name: _drawn(one) for name, one in given["connectors"].items()},
        notes={name: _drawn(one) for name, one in given.get("notes", {}).items()},
        seen={id_: _line_text(text) for id_, text in given.get("seen", {}).items()},
        spec="\n".join(spec),
    )


def _line_text(given: Any) -> tuple[str, ...]:
    if len(given) != _LINE or not all(isinstance(word, str) for word in given):
        raise ValueError
    return tuple(given)


def _drawn(given: Any) -> Drawn:
    if isinstance(given, list):  # of the first format
        id_, hash_, *place = given
        given = {"id": id_, "hash": hash_, "place": place}
    id_, hash_, text, of = given["id"], given["hash"], given.get("text"), given.get("of", "")
    is_text = text is None or (isinstance(text, list) and all(isinstance(line, str) for line in text))
    if not (isinstance(id_, str) and id_.isdecimal() and isinstance(hash_, str) and isinstance(of, str) and is_text):
        raise ValueError
    at = tuple(float(number) for number in given.get("place", ()))
    return Drawn(id_, hash_, at, None if text is None else tuple(text), of)


def _refused(file: Path, why: str) -> ErdError:
    fault = Diagnostic(code="E068", message=f"`{file.name}` {why}", span=Span(str(file), 1, 1), fixes=(_FIX,))
    return ErdError([fault])
