"""The contents of an exported board: items with text and position, connectors with caps. Nothing is interpreted yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from erd2dbt.diagram.drawing import Cap
from erd2dbt.faults.diagnostics import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A line of text without markup. `underlined` and `italic` are the words in that style."""

    text: str
    underlined: frozenset[str] = frozenset()
    italic: frozenset[str] = frozenset()
    linked: bool = False  # the whole line is a link
    cells: tuple[str, ...] = ()  # from a table's row
    numbers: tuple[int, ...] = ()  # its line numbers in its item
    struck: str = ""  # its struck-through words, which are not part of `text`
    guess: str | None = None  # the assumption made about it
    beside: str | None = None  # words after it in the place of a type, which are not part of `text`
    gap: int = 0  # empty paragraphs before it: in a column of cells, each is a cell
    gap_after: int = 0  # empty paragraphs after the last line


TABLES = ("table", "data_table", "data_table_format")


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A rectangle by its centre, in canvas coordinates."""

    x: float
    y: float
    width: float = 0.0
    height: float = 0.0

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, kw_only=True)  # without slots, so that `shown` and `text` are computed once
class Item:
    """Any item except a connector. `kind` is Miro's word; `code` is the text of a diagram or a code widget.

    `readable` is False where the export omits the content, such as for shapes of Miro's own ERD pack.
    """

    id: str
    kind: str
    span: Span
    lines: tuple[TextLine, ...] = ()
    shape: str | None = None
    area: Area | None = None
    color: str | None = None
    parent: str | None = None
    code: str | None = None
    readable: bool = True
    children: tuple[str, ...] = ()  # of a mind map's node

    @cached_property
    def shown(self) -> tuple[TextLine, ...]:
        """Return the lines that are not struck through completely."""
        is_whole = all(line.text and not line.text.isspace() for line in self.lines)
        return self.lines if is_whole else tuple(line for line in self.lines if line.text.strip())

    @cached_property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """A text on a connector. `position` is from 0 at its start to 1 at its end."""

    text: str
    position: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A connector. `start` and `end` are ids of items, None for a loose end."""

    id: str
    span: Span
    start: str | None = None
    end: str | None = None
    start_cap: Cap | None = None
    end_cap: Cap | None = None
    captions: tuple[Caption, ...] = ()
    dashed: bool = False
    area: Area | None = None
    readable: bool = True

    @property
    def turned(self) -> Connector:
        """The same connector, from its end to its start."""
        return replace(
            self,
            start=self.end,
            end=self.start,
            start_cap=self.end_cap,
            end_cap=self.start_cap,
            captions=tuple(replace(one, position=1 - one.position) for one in reversed(self.captions)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The contents of an export. `id` and `name` are the board's, where the export has them; `frame` is the id of its
    part."""

    file: str
    items: tuple[Item, ...] = ()
    connectors: tuple[Connector, ...] = ()
    id: str | None = None
    name: str | None = None
    frame: str | None = None
    outside: frozenset[str] = frozenset()  # number of items that are skipped because they are outside the frame


CAPS: Mapping[str, Cap] = {f"erd_{cap}": cap for cap in Cap}
SIGNATURE = " (erd2dbt)"  # ends the title of a frame that `push` drew, for readers without its record
