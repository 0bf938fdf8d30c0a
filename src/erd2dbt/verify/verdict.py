"""What verifying came to, as values: figures of tables and columns, links as observed, and a verdict on each claim."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from erd2dbt.faults.diagnostics import Span

KINDS = ("key", "unique", "not_null", "determines", "link", "type", "values", "missing")
WORST = 5  # keys that are shown of a broken claim


class State(enum.StrEnum):
    """The result for one claim. Untested: its table or column is missing, or the query failed."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One claim: `found` counts what breaks it, in `unit`, of `rows` rows; `why` says it in words.

    `error` bounds the share that a sample may have missed; None: every row was looked at.
    """

    kind: str
    entity: str
    columns: tuple[str, ...]
    text: str
    state: State
    why: str = ""
    found: int = 0
    unit: str = "row"
    rows: int = 0
    error: float | None = None
    worst: tuple[tuple[str, int], ...] = ()
    place: Span | None = None
    item: str = ""
    links: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    fix: str = ""

    @property
    def id(self) -> str:
        """By what a baseline knows the claim again."""
        return f"{self.kind}: {self.text}"

    @property
    def share(self) -> float:
        return self.found / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFigures:
    """A raw column: shares and bounds of all rows, and what a sample of them says of its values.

    `distinct` is estimated unless the sample is the whole table; `bins` count the sample between low and high.
    """

    name: str
    type: str
    filled: int
    low: str | None
    high: str | None
    shortest: int | None
    longest: int | None
    misfits: int = 0
    outside: int = 0
    distinct: int = 0
    top: tuple[tuple[str, int], ...] = ()
    bins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFigures:
    """A table: `rows` that were looked at, out of about `total`; `sampled` rows behind what is said of values."""

    entity: str
    table: str
    rows: int
    total: int
    sampled: int
    columns: tuple[ColumnFigures, ...]

    def column(self, name: str) -> ColumnFigures | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFigures:
    """A link as drawn and as it is: distinct values of each side, those in both, the most rows per value."""

    text: str
    place: Span
    left: str
    right: str
    columns: tuple[tuple[str, str], ...]
    left_values: int
    right_values: int
    shared: int
    most_left: int
    most_right: int
    left_empty: int

    @property
    def observed(self) -> str:
        """The crow's foot that the data would draw."""
        left = _cap(self.most_left, self.right_values > self.shared, left=True)
        orphans = self.left_values > self.shared or self.left_empty
        return f"{left}--{_cap(self.most_right, bool(orphans), left=False)}"


def _cap(most: int, optional: bool, *, left: bool) -> str:
    many = "}" if left else "{"
    signs = ("o" if optional else "|") + (many if most > 1 else "|")
    return signs[::-1] if left else signs


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A `key`, a `unique` column or a `link` that the data has and the diagram does not draw; `text` tells it, with
    the `evidence`."""

    kind: str
    entity: str
    columns: tuple[str, ...]
    evidence: str
    text: str
    target: str = ""
    target_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it, in the order of the spec; `notes` break nothing, and tell the `proposals`, too."""

    project: str
    verdicts: tuple[Verdict, ...]
    tables: tuple[TableFigures, ...]
    links: tuple[LinkFigures, ...]
    notes: tuple[str, ...]
    seconds: float
    sample: int | None = None
    proposals: tuple[Proposal, ...] = ()
    known: frozenset[str] = frozenset()  # ids that the baseline has

    @property
    def broken(self) -> tuple[Verdict, ...]:
        return tuple(v for v in self.verdicts if v.state is State.BROKEN)

    @property
    def new(self) -> tuple[Verdict, ...]:
        """What is broken and was not when the baseline was made."""
        return tuple(v for v in self.broken if v.id not in self.known)

    @property
    def fixed(self) -> tuple[str, ...]:
        """The ids of what was broken when the baseline was made and holds now."""
        held = {v.id for v in self.verdicts if v.state is State.HOLDS}
        return tuple(sorted(self.known & held))

    def of(self, state: State) -> int:
        return sum(v.state is state for v in self.verdicts)
