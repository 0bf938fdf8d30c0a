"""What an entity can be in a star, and what is known of one that has been judged."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.star.audit_columns import Upkeep
from erd2dbt.star.headers import Header
from erd2dbt.star.numbers import Number
from erd2dbt.star.parents import Parent


class Kind(enum.StrEnum):
    """What an entity becomes in a star schema, in the words of reports."""

    TRANSACTION = "transaction fact"
    SNAPSHOT = "snapshot fact"
    FACTLESS = "factless fact"
    BRIDGE = "bridge"
    DIMENSION = "dimension"
    OUTRIGGER = "outrigger"  # a dimension that is collapsed into the only one that refers to it
    EXTENSION = "extension"  # one row for each of its parent, in whose dimension its columns stand
    IGNORE = "ignored"


FACTS = (Kind.TRANSACTION, Kind.SNAPSHOT, Kind.FACTLESS)
EVENTS = (Kind.TRANSACTION, Kind.FACTLESS)  # what can be the header of details


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """An entity's place in the star, and why it has it."""

    entity: Entity
    kind: Kind
    because: tuple[str, ...]
    parents: tuple[Parent, ...]
    headers: tuple[Header, ...] = ()  # of a fact: the events that its rows are parts of
    event_date: Attribute | None = None
    dates: tuple[Attribute, ...] = ()  # of a fact, the event's first: each matches the calendar in a role of its own
    measures: tuple[Attribute, ...] = ()
    added: tuple[Attribute, ...] = ()  # the measures that may be summed
    stocks: tuple[Attribute, ...] = ()  # the measures that sum over anything but time
    numbers: tuple[tuple[str, Number], ...] = ()  # of a fact: what is known of each number
    creation: frozenset[str] = frozenset()  # its dates of creation
    left_out: str | None = None  # why it gets no mart, though it could have one
    is_later: bool = False  # its first date is a plan or an end, and nothing else dates it
    extends: Parent | None = None  # of an extension: the link to the row that it is a part of
    stem: str = ""  # what its models, and columns that speak of it, are named after
    upkeep: Upkeep = field(default_factory=Upkeep)

    @property
    def name(self) -> str:
        return self.entity.name

    @property
    def is_fact(self) -> bool:
        return self.kind in FACTS
