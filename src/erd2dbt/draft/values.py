"""A drafted spec as values. Every comment begins with a word of `Remark`; unknown parts are `TODO`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from erd2dbt.diagram.drawing import Seen
from erd2dbt.draft.memory import DraftArrow
from erd2dbt.infer.drawn_models import Inferred


class Remark(enum.StrEnum):
    """The first words of comments in a drafted spec; `plan` lists such comments."""

    INFERRED = "inferred"  # likely, but not drawn
    NEEDS = "needs"  # what a TODO waits for
    OPEN = "open"  # a gap without a TODO
    UNREAD = "unread"  # from the board
    IGNORED = "ignored"

    def __call__(self, text: str) -> str:
        return f"{self}: {text}"


BY_NAME = Remark.INFERRED("by its name; no column is marked as key")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftColumn:
    """A column of an entity: its type, and other fields of the spec."""

    name: str
    type: str
    fields: Mapping[str, object] = field(default_factory=dict)
    comment: str | None = None
    item: str | None = None
    is_computed: bool = False  # `type` is an expression
    is_counted: bool = False  # the database numbers its rows


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftClaim:
    """A claim that derivations assume: `columns` determine the value of `determined`."""

    columns: tuple[str, ...]
    determined: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftEntity:
    """A raw table. `source` is None while there is only one, `table` while it equals the entity's name."""

    name: str
    key: tuple[str, ...]
    columns: tuple[DraftColumn, ...]
    key_comment: str | None = None
    source: str | None = None
    table: str | None = None
    description: str | None = None
    claims: tuple[DraftClaim, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()  # of several columns each
    group: str | None = None
    tags: tuple[str, ...] = ()
    said: Mapping[str, object] = field(default_factory=dict)  # other fields of the spec
    comment: str | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLink:
    """A link as `links:` has it. Without pairs, the join columns are not known."""

    text: str
    pairs: tuple[tuple[str, str], ...]
    role: str | None = None
    comment: str | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftModel:
    """A model with its derivations."""

    inferred: Inferred
    guess: str | None = None  # parts of its box that were read by a fallback
    item: str | None = None

    @property
    def name(self) -> str:
        return self.inferred.model.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted spec. `sources`: name -> its fields; `board` is the id of a Miro board."""

    file: str
    project: str
    sources: Mapping[str, Mapping[str, object]]
    entities: tuple[DraftEntity, ...]
    links: tuple[DraftLink, ...]
    models: tuple[DraftModel, ...]
    sources_comment: str | None = None
    naming: Mapping[str, str] = field(default_factory=dict)  # in the form of the spec's `naming:`
    board: str | None = None
    frame: str | None = None
    seen: tuple[Seen, ...] = ()
    remarks: tuple[str, ...] = ()  # about the whole draft
    arrows: tuple[DraftArrow, ...] = ()

    def schema_of(self, one: DraftEntity) -> str:
        """Return the schema of the raw table; empty where there is no source."""
        source = one.source or next(iter(self.sources), "")
        return str(self.sources.get(source, {}).get("schema", ""))
