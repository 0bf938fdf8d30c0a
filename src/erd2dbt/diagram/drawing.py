"""A diagram as it is drawn: boxes with rows, lines with caps. What all notations share before anything is decided.

Names are lower case and fit for the spec, titles are as written. `read/` makes diagrams, `draft/` an `Erd` of one,
`notate/` writes them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.erd import Cardinality
from erd2dbt.faults.diagnostics import Span

_EXCERPT = 60  # characters of a text that are shown


class Cap(enum.StrEnum):
    """The end of a line: how many rows of the box that it touches, as Miro's diagram language says it."""

    ONE = "one"
    MANY = "many"
    ONLY_ONE = "only_one"
    ZERO_OR_ONE = "zero_or_one"
    ONE_OR_MANY = "one_or_many"
    ZERO_OR_MANY = "zero_or_many"

    @property
    def cardinality(self) -> Cardinality:
        """What is claimed; `one` and `many` leave the minimum open."""
        return Cardinality(int(self in (Cap.ONLY_ONE, Cap.ONE_OR_MANY)), self.is_many)

    @property
    def is_many(self) -> bool:
        return self in (Cap.MANY, Cap.ONE_OR_MANY, Cap.ZERO_OR_MANY)


def cap_of(cardinality: Cardinality) -> Cap:
    """The cap that says exactly this."""
    return next(cap for cap in reversed(Cap) if cap.cardinality == cardinality)


class Layer(enum.StrEnum):
    """Where a box is between the raw data and the business, in the order of the data's way."""

    STAGING = "staging"
    INTERMEDIATE = "intermediate"
    MARTS = "marts"


class Key(enum.StrEnum):
    PK = "PK"
    FK = "FK"
    UK = "UK"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBox:
    """What is said of the source that a table belongs to, in dbt's words."""

    name: str
    database: str | None = None
    description: str | None = None
    loader: str | None = None
    freshness: Mapping[str, object] = field(default_factory=dict)
    meta: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A column as a box shows it. `type` is in lower case, in whatever system's words.

    `spelling` is how people write the name, where the database has it in lower case: `OrderID` of `orderid`;
    `said` are other fields of the spec, as they are there."""

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
    is_own: bool = False  # a type of the database itself, which all others know as `type`: an enumeration as text
    spelling: str | None = None
    guess: str | None = None  # what of it was read by a fallback, for people to look at
    derivation: str | None = None  # how it is made, as written beside it
    raw: str | None = None  # its name in the database, once the spec calls it otherwise
    said: Mapping[str, object] = field(default_factory=dict, compare=False)
    id: str | None = None  # of an item of its own

    def has(self, key: Key) -> bool:
        return key in self.keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An entity or a model. `schema` stood before a dot in its title; `id` is the item on the board.

    Of a database are `table` (its exact name), `keys` (the primary key in its own order), `uniques` of several
    columns, and `estimate`, of its rows. `said` are other fields of the spec, as they are there."""

    name: str
    title: str
    span: Span
    rows: tuple[Row, ...] = ()
    schema: str | None = None
    color: str | None = None  # `#rrggbb`
    layer: Layer | None = None  # None: nothing says so
    frame: str | None = None  # the title of the frame or backdrop that it is in
    description: str | None = None
    id: str | None = None
    table: str | None = None
    keys: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    group: str | None = None
    tags: tuple[str, ...] = ()
    estimate: int | None = None
    source: SourceBox | None = None
    guess: str | None = None  # what of it was read by a fallback, for people to look at
    said: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> tuple[str, ...]:
        return self.keys or tuple(row.name for row in self.rows if row.has(Key.PK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What joins two boxes. A cap of None was not drawn; `left_row` and `right_row` are rows that it ends on,
    `pairs` (left row, right row) all that it ties, where that is known."""

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
    guess: str | None = None  # what of it was read by a fallback, for people to look at
    id: str | None = None


LINEAGE = "lineage"  # the label of a line that says what a model is made of, where each line has caps


def as_lineage(line: Line) -> Line:
    """A line that notations with caps alone write as lineage, without what they had to put there."""
    word, colon, said = line.label.partition(":")
    if line.identifying or word.strip().casefold() != LINEAGE:
        return line
    return replace(line, left_cap=None, right_cap=None, label=said.strip() if colon else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Something of the input that is not in the diagram: ignored for a reason, or (`unread`) not understood.

    `count`: how many of its kind it is for."""

    kind: str  # shape, connector, sticky note, …
    why: str
    span: Span
    text: str = ""  # what it says
    id: str | None = None
    place: tuple[float, float] | None = None  # the centre, in the board's own measure
    frame: str | None = None
    unread: bool = False
    count: int = 1

    def repeated(self, count: int, things: str = "times") -> Seen:
        """The first of several, told with their number."""
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
    """All that a file or a board shows. `board` and `frame` are ids of Miro, where there are any.

    `parts`: how many words, values or rows of a catalog it was read from, where the reader counts them."""

    file: str
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    seen: tuple[Seen, ...] = ()
    title: str | None = None
    board: str | None = None
    frame: str | None = None
    parts: int | None = None
    dialect: str | None = None  # which system's SQL it was read as, and why

    @property
    def ignored(self) -> int:
        """How many things were ignored on purpose."""
        return sum(one.count for one in self.seen if not one.unread)

    @property
    def unread(self) -> tuple[Seen, ...]:
        return tuple(one for one in self.seen if one.unread)


def one_of_each(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Marks in the order PK, FK, UK, each once."""
    found = set(keys)
    return tuple(key for key in Key if key in found)
