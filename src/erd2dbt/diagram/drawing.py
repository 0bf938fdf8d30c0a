"""A diagram as drawn: boxes with rows, lines with caps. This is the common form of all notations.

Names are lower case and valid in the spec; titles are as written. `read/` makes diagrams, `draft/` turns one into an
`Erd`, `notate/` writes them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.erd import Cardinality
from erd2dbt.faults.diagnostics import Span

_EXCERPT = 60  # the longest text that is shown


class Cap(enum.StrEnum):
    """The end of a line: the number of rows of the box that it touches, in the words of Miro's diagram language."""

    ONE = "one"
    MANY = "many"
    ONLY_ONE = "only_one"
    ZERO_OR_ONE = "zero_or_one"
    ONE_OR_MANY = "one_or_many"
    ZERO_OR_MANY = "zero_or_many"

    @property
    def cardinality(self) -> Cardinality:
        """The claimed cardinality. `one` and `many` have an unknown minimum."""
        return Cardinality(int(self in (Cap.ONLY_ONE, Cap.ONE_OR_MANY)), self.is_many)

    @property
    def is_many(self) -> bool:
        return self in (Cap.MANY, Cap.ONE_OR_MANY, Cap.ZERO_OR_MANY)


def cap_of(cardinality: Cardinality) -> Cap:
    """The cap with exactly this cardinality."""
    return next(cap for cap in reversed(Cap) if cap.cardinality == cardinality)


class Layer(enum.StrEnum):
    """The layer of a box, in the order of the data flow."""

    STAGING = "staging"
    INTERMEDIATE = "intermediate"
    MARTS = "marts"


class Key(enum.StrEnum):
    PK = "PK"
    FK = "FK"
    UK = "UK"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBox:
    """The source of a table, in dbt's words."""

    name: str
    database: str | None = None
    description: str | None = None
    loader: str | None = None
    freshness: Mapping[str, object] = field(default_factory=dict)
    meta: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A column of a box. `type` is in lower case, as the notation's system spells it.

    `spelling`: the original name, where the database has it in lower case: `OrderID` of `orderid`. `said`: other fields
    of the spec, unchanged.
    """

    name: str
    span: Span
    type: str | None = None
    keys: tuple[Key, ...] = ()
    not_null: bool | None = None
    is_counted: bool = field(default=False, compare=False)  # the database numbers its rows
    unique: bool = False
    description: str | None = None
    references: str | None = None  # `box` or `box.column`, as written
    values: tuple[str, ...] = ()  # of an enumeration
    is_own: bool = False  # a user-defined type, which other systems know as `type`: an enumeration as text
    spelling: str | None = None
    guess: str | None = None  # the parts that were read by a fallback and need a review
    derivation: str | None = None  # how it is computed, in the text beside it
    beside: str | None = None  # words in the place of its type, which are no known type
    raw: str | None = None  # its name in the database, where the spec has another
    said: Mapping[str, object] = field(default_factory=dict, compare=False)
    id: str | None = None  # of its own board item

    def has(self, key: Key) -> bool:
        return key in self.keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An entity or a model. `schema`: the part of its title before a dot. `id`: the item on the board.

    For a database: `table` (its exact name), `keys` (the primary key in its own order), `uniques` of several columns,
    and `estimate` of its rows. `said`: other fields of the spec, unchanged.
    """

    name: str
    title: str
    span: Span
    rows: tuple[Row, ...] = ()
    schema: str | None = None
    color: str | None = None  # `#rrggbb`
    layer: Layer | None = None  # None: unknown
    frame: str | None = None  # the title of its frame or backdrop
    description: str | None = None
    id: str | None = None
    table: str | None = None
    keys: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    group: str | None = None
    tags: tuple[str, ...] = ()
    estimate: int | None = None
    source: SourceBox | None = None
    guess: str | None = None  # the parts that were read by a fallback and need a review
    said: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> tuple[str, ...]:
        return self.keys or tuple(row.name for row in self.rows if row.has(Key.PK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line between two boxes. A cap of None was not drawn.

    `left_row` and `right_row`: the rows on which it ends. `pairs`: all (left row, right row), where they are known.
    `is_directed`: it is lineage, and leads from left to right.
    """

    left: str
    right: str
    span: Span
    left_cap: Cap | None = None
    right_cap: Cap | None = None
    label: str = ""
    identifying: bool = True
    left_row: str | None = None
    right_row: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    guess: str | None = None  # the parts that were read by a fallback and need a review
    id: str | None = None
    is_directed: bool = False


_LINEAGE = re.compile(r"\s*lineage(?:\s+to\s+(?P<target>\w+))?\s*(?::(?P<said>.*))?", re.IGNORECASE | re.DOTALL)


def drawn_as_lineage(line: Line) -> Line:
    """The line for notations in which every line has caps: with one bar at each end, and a label with its target."""
    said = f"lineage to {line.right}{f': {line.label}' if line.label else ''}"
    return replace(line, left_cap=Cap.ONE, right_cap=Cap.ONE, label=said, pairs=())


def as_lineage(line: Line) -> Line:
    """The line that `drawn_as_lineage` drew, if it did. It leads to the box that its label names, else to the right."""
    match = _LINEAGE.fullmatch(line.label)
    if match is None or (line.identifying and match["target"] is None):
        return line
    said = (match["said"] or "").strip()
    found = replace(line, left_cap=None, right_cap=None, label=said, is_directed=True)
    is_back = match["target"] == line.left != line.right
    return replace(found, left=line.right, right=line.left) if is_back else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A part of the input that is not in the diagram: ignored for a reason, or (`unread`) not understood.

    `count`: how many similar parts it represents.
    """

    kind: str  # shape, connector, sticky note, …
    why: str
    span: Span
    text: str = ""  # its text
    id: str | None = None
    place: tuple[float, float] | None = None  # the centre, in the board's units
    frame: str | None = None
    unread: bool = False
    count: int = 1

    def repeated(self, count: int, things: str = "times") -> Seen:
        """The first of several parts, with their number."""
        return replace(self, kind=f"{count} {things}, the first on line {self.span.line}", count=count)

    @property
    def sentence(self) -> str:
        """`shape 345 at (10, 20) in "Staging", “Orders”: the export does not show its text`."""
        words = [self.kind]
        words += [self.id] if self.id else []
        words += [f"at ({self.place[0]:g}, {self.place[1]:g})"] if self.place else []
        words += [f'in "{self.frame}"'] if self.frame else []
        plain = " ".join(self.text.split())
        shown = plain if len(plain) <= _EXCERPT else f"{plain[: _EXCERPT - 1]}…"
        return " ".join(words) + (f", “{shown}”: " if shown else ": ") + self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """Everything that a file or a board shows. `board` and `frame`: ids of Miro, where there are any.

    `parts`: how many words, values or catalog rows it was read from, where the reader counts them.
    """

    file: str
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    seen: tuple[Seen, ...] = ()
    title: str | None = None
    board: str | None = None
    frame: str | None = None
    parts: int | None = None
    dialect: str | None = None  # the SQL dialect that it was read as, and why

    @property
    def ignored(self) -> int:
        """How many parts were ignored on purpose."""
        return sum(one.count for one in self.seen if not one.unread)

    @property
    def unread(self) -> tuple[Seen, ...]:
        return tuple(one for one in self.seen if one.unread)


def one_of_each(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Key marks in the order PK, FK, UK, each once."""
    found = set(keys)
    return tuple(key for key in Key if key in found)
