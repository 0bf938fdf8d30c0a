"""Recognises the notation of a file by its content, and names the export to use instead of an unreadable file."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.read.board.dsl import is_dsl, read_dsl
from erd2dbt.read.board.dump import read_board
from erd2dbt.read.board.interpreting import diagram_of
from erd2dbt.read.board.svg import read_svg
from erd2dbt.read.board.table import is_csv, read_csv
from erd2dbt.read.board.values import Board
from erd2dbt.read.boxes.layers import with_layers
from erd2dbt.read.dbml.reader import is_dbml, read_dbml
from erd2dbt.read.dbtyaml.reader import read_dbt_properties
from erd2dbt.read.dialects.systems import is_sql, read_sql
from erd2dbt.read.foreign import other_tool
from erd2dbt.read.mermaid.reader import is_mermaid, read_mermaid
from erd2dbt.read.plantuml.reader import is_plantuml, read_plantuml
from erd2dbt.read.prisma.reader import is_prisma, read_prisma
from erd2dbt.read.text.signs import ARCHIVE, BINARY, has_spec_keys, is_binary, is_dbt_properties, utf8
from erd2dbt.read.yaml.source import decode

INSTEAD = (
    "save the text of the diagram: Miro's diagram language, Mermaid's erDiagram, or the canvas as SVG",
    "or the board as JSON: the answers of the REST API (/items and /connectors), or `miro.board.get()` of the Web SDK",
)
_SHOWN = 5  # number of board items that a fault lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """A notation of diagrams: the function that recognises its text, and the one that reads it."""

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str, str], Diagram]
    board: Callable[[str, str], Board] | None = None  # set for boards, of which a single frame can be read


def _is_json(text: str) -> bool:
    start = text.lstrip()[:1]
    if start == "{":  # in YAML, a name without quotes may follow
        return text.lstrip()[1:].lstrip()[:1] in ('"', "}", "")
    return start == "["


def _is_svg(text: str) -> bool:
    head = text.lstrip()[:2000].lower()
    return "<svg" in head and head.startswith(("<svg", "<?xml", "<!doctype svg", "<!--"))


def _board(name: str, recognises: Callable[[str], bool], board: Callable[[str, str], Board]) -> Notation:
    return Notation(
        name=name, recognises=recognises, read=lambda text, file: diagram_of(board(text, file)), board=board
    )


# In the order of the checks, most specific first. A new notation is a line here.
NOTATIONS: tuple[Notation, ...] = (
    _board("Miro SVG", _is_svg, read_svg),
    _board("Miro JSON", _is_json, read_board),
    Notation(
        name="Miro diagram language", recognises=is_dsl, read=lambda text, file: with_layers(read_dsl(text, file))
    ),
    Notation(name="Mermaid", recognises=is_mermaid, read=lambda text, file: with_layers(read_mermaid(text, file))),
    Notation(name="PlantUML", recognises=is_plantuml, read=lambda text, file: with_layers(read_plantuml(text, file))),
    Notation(name="Prisma", recognises=is_prisma, read=read_prisma),
    Notation(name="DBML", recognises=is_dbml, read=read_dbml),
    Notation(name="SQL", recognises=is_sql, read=read_sql),
    Notation(name="dbt properties", recognises=is_dbt_properties, read=read_dbt_properties),
    _board("Miro CSV", is_csv, read_csv),
)


def read_diagram(
    data: bytes,
    file: str,
    dialect: str | None = None,
    frame: str | None = None,
    part: Callable[[Board], Board] | None = None,
) -> Diagram:
    """Return the diagram of a file in any notation. `dialect`: read the file as SQL of that system. `frame`: read only
    that frame of a board. `part`: selects the part of a board to read; it checks the frame itself.

    Raises ErdError: E050 for an unknown notation, E051 for a file without a diagram in text, E066 for an unknown frame.
    """
    text = _text(data, file)
    if dialect is not None:
        notation = Notation(name="SQL", recognises=is_sql, read=partial(read_sql, dialect=dialect))
    else:
        notation = recognised(text) or _refuse_unknown(text, file)
    if part is not None and notation.board is not None:
        return diagram_of(part(notation.board(text, file)))
    if frame is None:
        diagram = notation.read(text, file)
    elif notation.board is None:
        message = f"this file has no frames: it was read as {notation.name}"
        raise ErdError([Diagnostic(code="E066", message=message, span=Span(file, 1, 1), fixes=("leave --frame out",))])
    else:
        diagram = diagram_of(notation.board(text, file), frame)
    if not diagram.boxes and (other := other_tool(text)):
        _refuse(file, f"this is {other.what}, which is not read", code="E050", fixes=(other.instead,))
    if not diagram.boxes:
        _refuse_empty(diagram, notation)
    return diagram


def _refuse_empty(diagram: Diagram, notation: Notation) -> NoReturn:
    refuse_empty(diagram, f"in this file, which was read as {notation.name}")


def refuse_empty(diagram: Diagram, where: str) -> NoReturn:
    """Raise fault E055, with the first items of the board."""
    fault = Diagnostic(
        code="E055",
        message=f"there is no entity {where}",
        span=Span(diagram.file, 1, 1),
        notes=tuple(one.sentence for one in diagram.seen[:_SHOWN]),
        fixes=INSTEAD
        if diagram.unread
        else ("draw an entity as a box: its name, and a line for each column below it",),
    )
    raise ErdError([fault])


def recognised(text: str) -> Notation | None:
    return next((notation for notation in NOTATIONS if notation.recognises(text)), None)


def is_diagram(data: bytes) -> bool:
    """Return whether a file is for `read_diagram` and is not a spec. Recognised files that cannot be read also
    count."""
    if is_binary(data):
        return True
    text = utf8(data).decode("utf-8", "replace").removeprefix("\ufeff")
    if text.lstrip()[:1] == "<":
        return True
    if has_spec_keys(text):
        return is_dbt_properties(text)
    known = (_is_svg, is_dsl, is_mermaid, is_plantuml, is_prisma, is_dbml, is_sql, is_dbt_properties)
    return _looks_like_dump(text) or any(recognises(text) for recognises in known)


def _looks_like_dump(text: str) -> bool:
    """Return whether a file looks like a board in JSON. A spec may be JSON too, because JSON is YAML."""
    return _is_json(text) and '"version"' not in text[:200] and '"entities"' not in text


def _text(data: bytes, file: str) -> str:
    """Return the file as text. Raises ErdError E051 for other files."""
    if data.startswith(ARCHIVE):
        _refuse(file, _archive(data))
    for magic, what in BINARY.items():
        if data.startswith(magic):
            _refuse(file, f"this is {what}: the diagram in it is not text")
    return decode(utf8(data), file)


def _archive(data: bytes) -> str:
    """Return the kind of a ZIP file: a Miro backup, which is encrypted since version 1.4, or another archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            meta = json.loads(archive.read("meta.json")) if "meta.json" in names else {}
    except (zipfile.BadZipFile, ValueError, KeyError, OSError, RuntimeError, NotImplementedError):
        return "this archive cannot be opened"
    if "board.json" in names or "canvas.json" in names:
        encrypted = isinstance(meta, dict) and "encryptionVersion" in meta
        return f"this is a board backup of Miro (.rtb){', and it is encrypted' if encrypted else ''}"
    return "this is an archive"


def _refuse_unknown(text: str, file: str) -> NoReturn:
    if other := other_tool(text):
        _refuse(file, f"this is {other.what}, which is not read", code="E050", fixes=(other.instead,))
    if text.lstrip()[:1] == "<":
        _refuse(file, "this is a web page: perhaps the answer of a login, not a board")
    if not text.strip():
        _refuse(file, "the file is empty", code="E050")
    names = ", ".join(notation.name for notation in NOTATIONS)
    _refuse(file, f"the notation of this file is not known; known are {names}", code="E050")


def _refuse(file: str, message: str, code: str = "E051", fixes: tuple[str, ...] = INSTEAD) -> NoReturn:
    raise ErdError([Diagnostic(code=code, message=message, span=Span(file, 1, 1), fixes=fixes)])
