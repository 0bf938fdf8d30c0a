"""A possible meaning of a text: a formula, its assumptions, and how unlikely it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import Pick
from erd2dbt.infer.wording.conditions import Condition
from erd2dbt.infer.wording.scope import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """SQL over the diagram, or a `pick`. Of two readings, the one with less `weight` is used.

    `why`: the assumptions. `claim`: (entity, columns of it) that must determine the value.
    """

    text: str = ""
    pick: Pick | None = None
    weight: int = 0
    why: str | None = None
    claim: tuple[str, tuple[str, ...]] | None = None
    is_part: bool = False  # needs no brackets next to an operator
    is_aggregate: bool = False

    def beside(self, other: Reading, text: str) -> Reading:
        """Both readings in one expression."""
        return Reading(text=text, weight=self.weight + other.weight, why=self.why or other.why)

    @property
    def operand(self) -> str:
        return self.text if self.is_part else f"({self.text})"

    def heavier(self, weight: int) -> Reading:
        return replace(self, weight=self.weight + weight)


@dataclass(frozen=True, slots=True)
class Qualifiers:
    """Text after an aggregated thing: conditions on its rows, and their order."""

    conditions: tuple[Condition, ...] = ()
    order: Place | None = None

    def joined(self, *, qualified: Place | None) -> str:
        """The conditions as one, with qualified or unqualified columns."""
        texts = [one.of(qualified.box if qualified else None) for one in self.conditions]
        return " and ".join(f"({text})" if " or " in text and len(texts) > 1 else text for text in texts)

    @property
    def why(self) -> str | None:
        """The assumptions of the conditions; None without any."""
        return next((one.why for one in self.conditions if one.why), None)


NO_QUALIFIERS = Qualifiers()
