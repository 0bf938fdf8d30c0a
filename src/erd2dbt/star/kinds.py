"""The kinds of an entity in a star, and the classification of one entity."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.star.audit_columns import Upkeep
from erd2dbt.star.headers import Header
from erd2dbt.star.numbers import Number
from erd2dbt.star.parents import Parent


class Kind(enum.StrEnum):
    """The kind of an entity in a star schema, in the words of reports."""

    TRANSACTION = "transaction fact"
    SNAPSHOT = "snapshot fact"
    FACTLESS = "factless fact"
    BRIDGE = "bridge"
    DIMENSION = "dimension"
    OUTRIGGER = "outrigger"  # a dimension that is collapsed into the only one that refers to it
    EXTENSION = "extension"  # at most one row per row of its parent, whose dimension has its columns
    IGNORE = "ignored"


FACTS = (Kind.TRANSACTION, Kind.SNAPSHOT, Kind.FACTLESS)
EVENTS = (Kind.TRANSACTION, Kind.FACTLESS)  # the kinds that can be the header of details


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """The kind of an entity, and the reasons for it."""

    entity: Entity
    kind: Kind
    because: tuple[str, ...]
    parents: tuple[Parent, ...]
    headers: tuple[Header, ...] = ()  # of a fact: the events that its rows are parts of
    event_date: Attribute | None = None
    clock: Attribute | None = None  # of a fact without a date of its event: when it happened, as a number
    dates: tuple[Attribute, ...] = ()  # of a fact, the event's date first: each joins the calendar in its own role
    measures: tuple[Attribute, ...] = ()
    added: tuple[Attribute, ...] = ()  # the additive measures
    open_numbers: tuple[Attribute, ...] = ()  # those that may be additive, and are not summed unless the spec says so
    in_event: bool = False  # its rows surely happen
    stocks: tuple[Attribute, ...] = ()  # the semi-additive measures: they sum over everything except time
    numbers: tuple[tuple[str, Number], ...] = ()  # of a fact: the classification of each number
    creation: frozenset[str] = frozenset()  # its creation dates
    left_out: str | None = None  # why it has no mart, although it could have one
    is_later: bool = False  # its first date is a plan or an end, and it has no other date
    over_secrets: tuple[Parent, ...] = ()  # the parents that are joined on a secret, which no mart shows
    extends: Parent | None = None  # of an extension: the link to the row that it is a part of
    stem: str = ""  # the word in the names of its models and of columns about it
    plural: str = ""  # the same for several rows; in another language than English, the stem itself
    counted: str = ""  # the name for a number of its rows: the plural, in another language `anzahl_behandlung`
    upkeep: Upkeep = field(default_factory=Upkeep)

    @property
    def name(self) -> str:
        return self.entity.name

    @property
    def is_fact(self) -> bool:
        return self.kind in FACTS
