"""A model as drawn: a box with columns, and the boxes from which lineage arrows lead to it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from erd2dbt.diagram.erd import Formula, ModelSpec
from erd2dbt.faults.diagnostics import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An entity or a model, by its name in the spec. `columns`: name -> drawn type, None without one.

    `links`: its column -> the columns of other boxes that it references. `parents`: its column -> (box, column) of a
    many-to-one link. `values`: its column -> the possible values. `aliases`: its other names. `written`: the diagram's
    name of a column -> its name.
    """

    name: str
    columns: Mapping[str, str | None]
    key: tuple[str, ...]
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_entity: bool = True
    parents: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)
    made: frozenset[str] = frozenset()  # columns that a grain needs, computed in staging


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A lineage arrow into a model. `many`: its cap means several rows for each row of the model; None: no cap."""

    source: str
    label: str = ""
    many: bool | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnModel:
    """A model's box. Its key is its grain.

    `words`: column -> how it is computed, as written. `remarks`: other text beside it, which may also say that.
    """

    box: Box
    flows: tuple[Flow, ...]
    span: Span
    words: Mapping[str, str] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    layer: str | None = None

    @property
    def written(self) -> Mapping[str, str]:
        """Column -> all text beside it."""
        return {**self.remarks, **self.words}


def followed_by(text: str, more: str) -> str:
    """A remark with more text: behind a question in a sentence of its own, else after a semicolon."""
    return f"{text} {more[0].upper()}{more[1:]}" if text.endswith("?") else f"{text}; {more}"


class Certainty(enum.StrEnum):
    SURE = "sure"  # such a name has only one meaning
    GUESS = "guess"  # likely: written with a comment
    UNKNOWN = "unknown"  # only the business knows: TODO


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How one column is computed. Without a formula, and not carried: unknown, and `why` says what is needed.

    `words`: the words of the diagram that it was read from.
    """

    certainty: Certainty
    why: str
    formula: Formula | None = None
    carried: bool = False
    words: str | None = None
    claim: tuple[str, tuple[str, ...]] | None = None  # (entity, columns of it) that are assumed to determine the column

    @property
    def comment(self) -> str:
        """`inferred: …`, `needs: …`, the words that were read, or empty."""
        quoted = f"“{self.words}”" if self.words else ""
        word = {Certainty.GUESS: "inferred", Certainty.UNKNOWN: "needs"}.get(self.certainty)
        if word is None:
            return quoted
        said = f"{word}: {self.why}"
        return followed_by(said, f"the diagram says: {quoted}") if quoted else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A column that an entity needs, as an expression over its own."""

    entity: str
    name: str
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """A model in the spec language, with a comment for each uncertain column and the claims that it needs.

    `computed`: columns of entities that its grain needs. `grain_guess`: why it has this grain, where none is drawn.
    """

    model: ModelSpec
    derivations: Mapping[str, Derivation]
    notes: tuple[str, ...] = ()  # about the model as a whole
    computed: tuple[Computed, ...] = ()
    kinds: Mapping[str, str | None] = field(default_factory=dict)  # column -> its drawn type
    grain_guess: str | None = None

    @property
    def comments(self) -> dict[str, str]:
        """Column -> `inferred: …` or `needs: …`, for columns to review, and the words of the diagram."""
        return {name: said for name, d in self.derivations.items() if (said := d.comment)}
