"""Claims: constraints that the diagram promises. A proof lists the claims it depends on; a dbt test checks each."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from erd2dbt.faults.diagnostics import Span


class ClaimKind(enum.StrEnum):
    KEY = "key"
    UNIQUE = "unique"
    NOT_NULL = "not_null"
    DETERMINES = "determines"
    REFERENCE = "reference"
    ONE_TO_ONE = "one_to_one"
    PARTICIPATION = "participation"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`columns` of `relation` are unique, are not null, determine `implies`, or reference `target_columns`."""

    kind: ClaimKind
    relation: str
    columns: tuple[str, ...]
    implies: tuple[str, ...] = ()
    target: str | None = None
    target_columns: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """The claim as one sentence, with the diagram's names."""
        own, there = _listed(self.columns), f"{self.target} ({', '.join(self.target_columns)})"
        said = {
            ClaimKind.KEY: f"{own} is the primary key",
            ClaimKind.UNIQUE: f"{own} is unique",
            ClaimKind.NOT_NULL: f"{own} is not null",
            ClaimKind.DETERMINES: f"{own} determines {_listed(self.implies)}",
            ClaimKind.REFERENCE: f"every {own} exists in {there}",
            ClaimKind.ONE_TO_ONE: f"at most one row per {own}",
            ClaimKind.PARTICIPATION: f"every {own} has a matching row in {there}",
            ClaimKind.ASSUMED: f"{own} is unique (assumed by the author)",
        }
        return f"{self.relation}: {said[self.kind]}"


def _listed(columns: tuple[str, ...]) -> str:
    return columns[0] if len(columns) == 1 else "(" + ", ".join(columns) + ")"
