"""Explains a one-to-many path to readers who do not know fan-out: the link, and two example rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.joins.draft import Draft
from erd2dbt.design.plans.plan import Relation

# Two example values of each type family.
_EXAMPLES = {
    "integer": ("1", "2"),
    "numeric": ("10.00", "20.00"),
    "float": ("0.1", "0.2"),
    "date": ("2025-01-01", "2025-01-02"),
    "timestamp": ("2025-01-01 09:00", "2025-01-02 10:00"),
    "boolean": ("true", "false"),
}
_OTHERS = ("a", "b")


def to_many(draft: Draft, relation: Relation, by: Sequence[str], name: str) -> tuple[str, str]:
    """Notes for E202. `by`: columns of `relation` that join the rows. `name`: the wanted column."""
    return _edge(draft, relation, by), _rows(draft, relation, by, name)


def _edge(draft: Draft, relation: Relation, by: Sequence[str]) -> str:
    met = ", ".join(by)
    drawn = [
        f"`{link.text}` (line {link.span.line})"
        for link in draft.world.graph.erd.links
        if (link.left == relation.name and {a for a, _ in link.columns} == set(by))
        or (link.right == relation.name and {b for _, b in link.columns} == set(by))
    ]
    if drawn:
        return f"the link is {' or '.join(drawn)}: one ({met}) matches many rows of `{relation.name}`"
    many = f"of which `{relation.name}` has many rows"
    return f"no link leads there from `{draft.spec.name}`: they are joined on ({met}), {many}"


def _rows(draft: Draft, relation: Relation, by: Sequence[str], name: str) -> str:
    columns = list(dict.fromkeys((*relation.grain, *by, name)))
    lines = [[_example(relation, column, 0 if column in by else row) for column in columns] for row in (0, 1)]
    table = "\n".join(_aligned([columns, *lines]))
    grain = ", ".join(draft.grain)
    return f"two rows of `{relation.name}` that would turn one row into two for ({grain}):\n{table}"


def _example(relation: Relation, column: str, row: int) -> str:
    shown = relation.fields[column]
    return _EXAMPLES.get(family(shown.type) if shown.type else "", _OTHERS)[row]


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
