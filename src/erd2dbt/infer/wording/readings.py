"""What a text can be read as: a formula, what was assumed on the way, and how far-fetched it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import Pick
from erd2dbt.infer.wording.conditions import Condition
from erd2dbt.infer.wording.scope import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """SQL over the diagram, or a `pick`. `weight`: of two readings the one of less weight is meant.

    `why`: what was assumed. `claim`: (entity, columns of it) that must determine the value."""

    text: str = ""
    pick: Pick | None = None
    weight: int = 0
    why: str | None = None
    claim: tuple[str, tuple[str, ...]] | None = None
    is_part: bool = False  # needs no brackets beside an operator
    is_aggregate: bool = False

    def beside(self, other: Reading, text: str) -> Reading:
        """Both in one expression."""
        return Reading(text=text, weight=self.weight + other.weight, why=self.why or other.why)

    @property
    def operand(self) -> str:
        return self.text if self.is_part else f"({self.text})"

    def heavier(self, weight: int) -> Reading:
        return replace(self, weight=self.weight + weight)


@dataclass(frozen=True, slots=True)
class Qualifiers:
    """What is behind the thing that is aggregated: conditions on its rows, and their order."""

    conditions: tuple[Condition, ...] = ()
    order: Place | None = None

    def joined(self, *, qualified: Place | None) -> str:
        """The conditions as one, with the box of a column before each name, or bare."""
        texts = [one.of(qualified.box if qualified else None) for one in self.conditions]
        return " and ".join(f"({text})" if " or " in text and len(texts) > 1 else text for text in texts)

    @property
    def why(self) -> str | None:
        """What was assumed of the conditions."""
        return next((one.why for one in self.conditions if one.why), None)


NO_QUALIFIERS = Qualifiers()
