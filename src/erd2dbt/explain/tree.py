"""Lineage and claims as trees, for a terminal that draws them; `as_text` has the same as plain lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from erd2dbt.design.plans.plan import Joined
from erd2dbt.explain.as_text import claim_lines, relied_lines, ways_text
from erd2dbt.explain.claims import ExplainedClaim
from erd2dbt.explain.lineage import Inputs, Lineage


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of a tree: what it names, what is said of it, and the lines below."""

    label: str
    note: str = ""
    inner: Sequence[Branch] = ()


def column_branches(lineage: Lineage, model: str, name: str, joins: Iterable[Joined]) -> list[Branch]:
    """One column back to the raw tables, the raw columns behind it, and how its inputs are joined."""
    raw = list(_inputs(lineage.raw(model, name))) or [Branch("none")]
    joined = [Branch(one.text) for one in joins]
    found = [_column(lineage, model, name, f"{model}.{name}"), Branch("raw columns", inner=raw)]
    return [*found, Branch("joins", inner=joined)] if joined else found


def lineage_branches(lineage: Lineage) -> Iterator[Branch]:
    """Each model, its columns, and their inputs one model back."""
    for model, known in lineage.models.items():
        yield Branch(model, inner=[Branch(name, inner=[*_inputs(one)]) for name, one in known.columns.items()])


def claim_branches(claims: Iterable[ExplainedClaim]) -> Iterator[Branch]:
    """Every claim with its test, its place, and the models that rely on it."""
    for explained in claims:
        head, *lines = claim_lines(explained)
        yield Branch(head, inner=[Branch(line.strip()) for line in (*lines, *relied_lines(explained))])


def _column(lineage: Lineage, model: str, name: str, label: str, note: str = "") -> Branch:
    inner = [
        Branch(ref.text, _note(ref_ways))
        if ref.source or ref.dataset not in lineage.models
        else _column(lineage, ref.dataset, ref.column, ref.text, _note(ref_ways))
        for ref, ref_ways in lineage.models[model].columns[name].items()
    ]
    return Branch(label, note, inner)


def _inputs(inputs: Inputs) -> Iterator[Branch]:
    return (Branch(ref.text, _note(ways)) for ref, ways in inputs.items())


def _note(ways: Iterable[str]) -> str:
    return f"  {ways_text(ways)}"
