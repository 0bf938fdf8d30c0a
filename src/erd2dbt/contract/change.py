"""A change of what a diagram promises, and how grave it is to those who read the models."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from erd2dbt.faults.diagnostics import Span


class Meaning(enum.StrEnum):
    """How grave a change is, the gravest first. dbt's own word for the first is a breaking change of a contract.

    Breaking: what was promised no longer is. Risky: the promise is the same or stronger, but values, rows or tests may
    differ. Additive: more than before. Documentation: words alone."""

    BREAKING = "breaking"
    RISKY = "risky"
    ADDITIVE = "additive"
    DOCUMENTATION = "documentation"

    def is_as_grave_as(self, other: Meaning) -> bool:
        order = list(Meaning)
        return order.index(self) <= order.index(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. `model` is a dbt model, "" for the project as a whole; `span` is its place in the new spec, or in
    the old one of what left. `reaches`: columns (`model.column`), models, or the rows of models (`model (rows)`)."""

    meaning: Meaning
    model: str
    column: str | None = None
    what: str
    span: Span
    reaches: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return f"{self.model}.{self.column}" if self.column else self.model
