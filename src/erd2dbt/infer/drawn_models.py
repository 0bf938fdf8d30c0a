"""What a diagram says of a model: a box with columns, and the boxes from which lineage edges lead into it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from erd2dbt.diagram.erd import Formula, ModelSpec
from erd2dbt.faults.diagnostics import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An entity or a model, by its name in the spec. `columns`: name -> type as drawn, None where none stands.

    `links`: its column -> the columns of other boxes that foreign keys lead to; `parents`: its column -> (box, column)
    that a many-to-one link leads to. `values`: its column -> those that can be there. `aliases`: its other names;
    `written`: what the diagram calls a column -> its name."""

    name: str
    columns: Mapping[str, str | None]
    key: tuple[str, ...]
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_entity: bool = True
    parents: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)
    made: frozenset[str] = frozenset()  # columns that a grain needed, computed in staging


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A lineage edge into a model. `many`: its cap says several rows for each of the model's; None: it says nothing."""

    source: str
    label: str = ""
    many: bool | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnModel:
    """A model's box; its key is its grain. `words`: column -> how it is made, as written; `remarks`: what else is
    written beside it, which may be that."""

    box: Box
    flows: tuple[Flow, ...]
    span: Span
    words: Mapping[str, str] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    layer: str | None = None

    @property
    def written(self) -> Mapping[str, str]:
        """Column -> all that is written beside it."""
        return {**self.remarks, **self.words}


class Certainty(enum.StrEnum):
    SURE = "sure"  # nothing else is meant by such names
    GUESS = "guess"  # likely: written with a comment
    UNKNOWN = "unknown"  # only the business knows: TODO


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What one column is made of. No formula and not carried: unknown, and `why` says what is needed.

    `words` are those on the diagram that it was read from."""

    certainty: Certainty
    why: str
    formula: Formula | None = None
    carried: bool = False
    words: str | None = None
    claim: tuple[str, tuple[str, ...]] | None = None  # (entity, columns of it) that determine the column, assumed

    @property
    def comment(self) -> str:
        """`inferred: …`, `needs: …`, the words that were read, or nothing."""
        quoted = f"“{self.words}”" if self.words else ""
        word = {Certainty.GUESS: "inferred", Certainty.UNKNOWN: "needs"}.get(self.certainty)
        if word is None:
            return quoted
        return f"{word}: {self.why}" + (f"; the diagram says: {quoted}" if quoted else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A column that an entity needs, as an expression over its own."""

    entity: str
    name: str
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """A model as spec, a comment for each column that is not sure, and what has to be claimed of entities for it.

    `computed`: columns that entities need for its grain."""

    model: ModelSpec
    derivations: Mapping[str, Derivation]
    notes: tuple[str, ...] = ()  # about the model as a whole
    computed: tuple[Computed, ...] = ()
    kinds: Mapping[str, str | None] = field(default_factory=dict)  # column -> its type as drawn

    @property
    def comments(self) -> dict[str, str]:
        """Column -> `inferred: …` or `needs: …`, for those to look at, and the words on the diagram."""
        return {name: said for name, d in self.derivations.items() if (said := d.comment)}
