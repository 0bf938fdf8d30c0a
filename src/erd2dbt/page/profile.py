"""What a table holds, for the page: each column with its bounds, its distribution or its most frequent values."""

from __future__ import annotations

from erd2dbt.page.values import Profile, ProfileRow
from erd2dbt.verify.as_text import length
from erd2dbt.verify.judge import shortened
from erd2dbt.verify.verdict import ColumnFigures, TableFigures

_BOUND = 40  # characters of a value
_MOST = 4  # values of a column


def profile(figures: TableFigures) -> Profile:
    """The profile of one table."""
    of = "" if figures.sampled >= figures.rows else f", distinct values and bars from a sample of {figures.sampled:,}"
    return Profile(
        note=f"{figures.rows:,} rows{of}",
        rows=tuple(_row(figures, column) for column in figures.columns),
    )


def _row(figures: TableFigures, column: ColumnFigures) -> ProfileRow:
    empty = 1 - column.filled / figures.rows if figures.rows else 0.0
    most = max(column.bins, default=0) or 1
    sampled = figures.sampled or 1
    return ProfileRow(
        name=column.name,
        type=column.type,
        empty=f"{empty:.1%}",
        distinct=f"{column.distinct:,}",
        length=length(column),
        low=shortened(column.low or "", _BOUND),
        high=shortened(column.high or "", _BOUND),
        bars=tuple(round(count / most, 3) for count in column.bins),
        top=()
        if column.bins
        else tuple((shortened(value, _BOUND), count / sampled) for value, count in column.top[:_MOST]),
    )
