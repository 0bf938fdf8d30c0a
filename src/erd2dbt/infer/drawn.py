"""What a diagram says of a model: a box with columns, and the boxes from which lineage edges lead into it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from erd2dbt.diagnostics import Span
from erd2dbt.erd import Formula, ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An entity or a model, by its name in the spec. `columns`: name -> type as drawn, None where none stands.

    `links`: its column -> the columns of other boxes that foreign keys lead to."""

    name: str
    columns: Mapping[str, str | None]
    key: tuple[str, ...]
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_entity: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A lineage edge into a model. `many`: its cap says several rows for each of the model's; None: it says nothing."""

    source: str
    label: str = ""
    many: bool | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnModel:
    """A model's box; its key is its grain."""

    box: Box
    flows: tuple[Flow, ...]
    span: Span
    description: str | None = None
    layer: str | None = None
    said: Mapping[str, str] = field(default_factory=dict)  # column -> what is written beside it


class Certainty(enum.StrEnum):
    SURE = "sure"  # nothing else is meant by such names
    GUESS = "guess"  # likely: written with a comment
    UNKNOWN = "unknown"  # only the business knows: TODO


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What one column is made of. No formula and not carried: unknown, and `why` says what is needed."""

    certainty: Certainty
    why: str
    formula: Formula | None = None
    carried: bool = False
    claim: tuple[str, tuple[str, ...]] | None = None  # (entity, columns of it) that determine the column, assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """A model as spec, a comment for each column that is not sure, and what has to be claimed of entities for it."""

    model: ModelSpec
    derivations: Mapping[str, Derivation]
    notes: tuple[str, ...] = ()  # about the model as a whole

    @property
    def comments(self) -> dict[str, str]:
        """Column -> `inferred: …` or `needs: …`, for those that people have to look at."""
        words = {Certainty.GUESS: "inferred", Certainty.UNKNOWN: "needs"}
        found = self.derivations.items()
        return {name: f"{words[d.certainty]}: {d.why}" for name, d in found if d.certainty in words}
