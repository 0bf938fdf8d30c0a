"""The features of an entity that the rules of the star read: its key, references, dates and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.diagram.graph import EntityGraph, Hop
from erd2dbt.infer.evidence import Score
from erd2dbt.infer.vocabulary import says, tokens, word_list
from erd2dbt.infer.words import is_number
from erd2dbt.names.plurals import plural, singular
from erd2dbt.names.stems import bare, stem
from erd2dbt.star import words
from erd2dbt.star.dates import Dated, Moment, dated, event_of, is_clock, is_date, is_named_clock, moment_of, since_when
from erd2dbt.star.minutes import bounded
from erd2dbt.star.missing_tables import UnlinkedIds
from erd2dbt.star.numbers import Around, Figure, Number, classified_number, opposite_sides
from erd2dbt.star.parents import children, drawn_columns, references
from erd2dbt.star.privacy import is_audit_reference

_UNITS = re.compile(r"(?:\w+_)?(duration|dose|dosage|value|strength|interval|length|period)_(?:units?|uom)(?:_id)?")
_UNIT_OF = re.compile(
    r"(?:(\w+?)_?)?(?:units?|uom|unit_?of_?measure(?:ment)?|einheit|unite|unidad|unita|unidade|eenheid)(?:_(?:id|code|name))?"
)
_MEASURED = frozenset(word_list("measured"))
_MONEY_EVENTS = frozenset(word_list("money_event"))
_HOLDINGS = frozenset(word_list("holding"))
_AS_OF = frozenset(word_list("as_of"))
_UNIT_KEY = re.compile(r"_(?:id|code|name)$")
_THING_AND_MOMENT = 2  # columns of a key
_LONGER = frozenset({"week", "month", "quarter", "year", "period"})  # names of a date: it stands for all days of it
_WIDE = 6  # columns that two tables have alike by no chance
_AMOUNTS = frozenset({"net", "gross", "netto", "brutto", "nettobetrag", "bruttobetrag"})
_FIGURES = ("flow", "stock", "rate", "extreme", "worth", "state", "cumulated", "price", "unit")
_ROLES = (Moment.EVENT, Moment.PLANNED, Moment.ENDED)  # the dates on which a fact joins the calendar


_LATER_ROLES = (Moment.PLANNED, Moment.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The key, references, dates and numbers of one entity, as the diagram declares them."""

    entity: Entity
    key: frozenset[str]
    foreign: frozenset[str]  # its foreign key columns
    in_key: int  # how many of its references are in its key
    pairs_alike: bool  # these are several, and all to the same entity
    up: tuple[str, ...]  # the entities it refers to, without itself and without those that say who wrote its rows
    unlinked: tuple[tuple[str, str], ...]  # (column, the entity whose key has this name)
    excluded: tuple[tuple[str, str], ...]  # (column, the entity of a declared link that is excluded)
    phantoms: tuple[str, ...]  # the ids of things without a table
    lone: tuple[str, ...]  # the ids among them that no other table has
    down: tuple[str, ...]  # the entities that refer to it
    parts: tuple[str, ...]  # of these, its details by their key or their name
    parts_tell: bool  # its details by their key also refer to other entities
    down_by_name: bool  # a column of another entity is named like its key
    dated: tuple[Dated, ...]  # its dates, the best candidate for its event first
    clock: Attribute | None  # a timestamp as a number
    numbers: Mapping[str, Number]  # column -> the classification of its number
    measures: tuple[Attribute, ...]
    name: Attribute | None  # the column that people call the row by
    is_stamped: bool = False  # nearly all entities of the diagram say when their rows were created
    rest: tuple[Attribute, ...]  # neither key, nor foreign key, nor audit column

    @property
    def added(self) -> tuple[Attribute, ...]:
        said = self.entity.measures is not None
        return self.measures if said else tuple(m for m in self.measures if self._figure(m) is Figure.FLOW)

    @property
    def stocks(self) -> tuple[Attribute, ...]:
        added = self.added
        return tuple(m for m in self.measures if m not in added and self._figure(m) is Figure.STOCK)

    @property
    def when(self) -> Attribute | None:
        """The date of the event: the declared one, else the best candidate; None without one."""
        if self.entity.event_date is not None:
            said = self.entity.event_date.text
            return next((c for c in self.entity.columns if c.name == said), None)
        found = event_of(self.dated)
        return found.column if found else None

    @property
    def event(self) -> Attribute | None:
        """The date of its event, where that is more than the creation of its row; None otherwise."""
        when = self.when
        return None if when is not None and when is self.created else when

    @property
    def clock_of_event(self) -> Attribute | None:
        """The number that says when it happened, where no date does; None where it says when the row was written."""
        happened = self.clock is not None and moment_of(self.clock) is Moment.EVENT
        return self.clock if self.when is None and happened else None

    @property
    def created(self) -> Attribute | None:
        return next((one.column for one in self.dated if one.moment is Moment.CREATED), None)

    @property
    def about(self) -> tuple[str, ...]:
        """The things that it refers to: by links, by name only, and those without a table.

        An id that no other table has, and a link that is excluded, are weak evidence. They count only where the row has
        no name.
        """
        weak = (*(owner for _, owner in self.excluded), *self.lone) if self.name is None else ()
        return tuple(dict.fromkeys((*self.up, *(owner for _, owner in self.unlinked), *self.phantoms, *weak)))

    @property
    def ties(self) -> int:
        return len(self.about)

    @property
    def thing(self) -> bool:
        """Whether it has a name and other entities refer to it, as for a thing and unlike an event."""
        return self.name is not None and (bool(self.down) or (self.down_by_name and self.ties < 2))

    @property
    def dates(self) -> tuple[Attribute, ...]:
        """The dates of its events, the main one first. Of a timestamp and its day, the day."""
        main = self.when
        roles = _LATER_ROLES if self.entity.is_undated else _ROLES
        columns = [one.column for one in self.dated if one.moment in roles or one.column is main]
        order = {c.name: n for n, c in enumerate(self.entity.columns)}
        found: list[Attribute] = []
        for column in sorted(columns, key=lambda c: (c is not main, order[c.name])):
            if not any(words.is_same_moment(column, known) for known in found):
                same = [c for c in columns if words.is_same_moment(column, c)]
                found.append(next((c for c in same if words.is_day(c)), column))
        return tuple(found)

    @property
    def states_only(self) -> bool:
        stocks = self.stocks
        read = [m for m in self.measures if m not in stocks]
        return bool(self.measures) and not self.added and (bool(stocks) or all(says(m.name, "state") for m in read))

    @property
    def is_named(self) -> bool:
        """Whether every row has a name, as far as is known: other texts are NOT NULL, or nothing is."""
        others = [c for c in self.entity.columns if c.name not in self.key | self.foreign]
        says_so = any(c.not_null for c in others if words.family_of(c) == "text")
        return self.name is not None and (bool(self.name.not_null) or not says_so)

    def moment(self, column: Attribute) -> Moment | None:
        return next((one.moment for one in self.dated if one.column is column), None)

    def score_of(self, column: Attribute) -> Score | None:
        """The evidence for and against a number being a quantity; None for other columns."""
        found = self.numbers.get(column.name)
        return found.score if found else None

    def number_is_known(self, column: Attribute) -> bool:
        """Whether the name tells the kind of number: an amount, a rate, a level, a bound."""
        return self.entity.measures is not None or says(column.name, *_FIGURES)

    def _figure(self, column: Attribute) -> Figure:
        found = self.numbers.get(column.name)
        return found.figure if found else Figure.LABEL


def known_of(graph: EntityGraph, entity: Entity, loose: UnlinkedIds) -> Known:
    """The features of an entity. `loose`: ids that no link explains."""
    hops = list(references(graph, entity.name))
    foreign = frozenset(a for hop in hops for a, _ in hop.pairs)
    key = frozenset(word.text for word in entity.key)
    free = [c for c in entity.columns if c.name not in foreign]
    down = children(graph, entity.name)
    days = dated([c for c in entity.columns if c.name not in foreign], key, bare(entity.name))
    days = since_when(days) if len(key) > 1 and key <= foreign else days
    joined = drawn_columns(graph, entity.name) | {column for column, _ in loose.excluded.get(entity.name, ())}
    is_history = _keeps_versions(graph, entity)
    numbers = _numbers(entity, [c for c in free if c.name not in key | joined], down, days, is_history=is_history)
    paired = _references_in_key(hops, key)
    event = event_of(days)
    happened = event.column.name if event is not None and event.moment is Moment.EVENT else None
    return Known(
        entity=entity,
        key=key,
        foreign=foreign,
        in_key=len(paired),
        pairs_alike=len(paired) > 1 and len(set(paired.values())) == 1,
        up=tuple(dict.fromkeys(hop.target for hop in hops if _is_about(hop, entity))),
        unlinked=loose.unlinked.get(entity.name, ()),
        excluded=loose.excluded.get(entity.name, ()),
        phantoms=tuple(p.column for p in loose.phantoms if entity.name in p.places),
        lone=loose.lone.get(entity.name, ()),
        down=down,
        parts=tuple(name for name in down if _is_part(graph, graph.entities[name], entity)),
        parts_tell=any(_refers_beyond(graph, name, entity) for name in down),
        down_by_name=entity.name in loose.owners,
        dated=days,
        clock=_clock(free),
        numbers=numbers,
        measures=_measures(entity, free, numbers),
        name=next((c for c in free if words.is_name(c, entity.name)), None),
        rest=tuple(c for c in free if c.name not in key and (c.name == happened or not words.is_upkeep(c))),
    )


def _clock(free: Sequence[Attribute]) -> Attribute | None:
    """The moment as a number that dates a row: the first one by a word for a clock, else by a verb alone.

    Beside a real date, `created` may be a count of what a job created. When a row was last written dates nothing.
    """
    if found := next((c for c in free if is_clock(c)), None):
        return found
    if any(is_date(c) for c in free):
        return None
    verbs = [c for c in free if is_named_clock(c)]
    order = (Moment.EVENT, Moment.CREATED, Moment.ENDED)
    dating = [c for c in verbs if moment_of(c) in order]
    return min(dating, key=lambda c: order.index(moment_of(c)), default=None)


def _is_about(hop: Hop, entity: Entity) -> bool:
    return hop.target != entity.name and not is_audit_reference([a for a, _ in hop.pairs])


def _is_part(graph: EntityGraph, child: Entity, entity: Entity) -> bool:
    """Whether the child's rows are parts of the entity's rows, by a key that contains the entity's, or by its name."""
    key = {word.text for word in child.key}
    to_it = [hop for hop in references(graph, child.name) if hop.target == entity.name]
    inside = any({a for a, _ in hop.pairs} < key for hop in to_it)
    return len(to_it) == 1 and (inside or bare(child.name).startswith(stem(entity.name)))


def _refers_beyond(graph: EntityGraph, child: str, entity: Entity) -> bool:
    """Whether the child is identified within the entity and also refers to other entities, as postings do."""
    one = graph.entities[child]
    key = {word.text for word in one.key}
    hops = list(references(graph, child))
    within = [key - {a for a, _ in hop.pairs} for hop in hops if hop.target == entity.name]
    places = {c.name for c in one.columns if words.is_place(c.name, c.type)}
    beyond = any(hop.target not in (entity.name, child) for hop in hops)
    return beyond and any(rest and rest <= places for rest in within)


def _references_in_key(hops: Iterable[Hop], key: frozenset[str]) -> Mapping[tuple[str, ...], str]:
    """The references whose columns are all in the key. Each column list appears once."""
    columns = ((tuple(sorted(a for a, _ in hop.pairs)), hop.target) for hop in hops)
    return {names: target for names, target in columns if set(names) <= key}


def _keeps_versions(graph: EntityGraph, entity: Entity) -> bool:
    """Whether its rows are versions of another entity's rows: it repeats all its columns, in order, and adds some.

    `invoice_item_history` beside `invoice_items`. The name without its last word is that of the other.
    """
    head, _, _ = bare(entity.name).rpartition("_")
    prefix = entity.name.removesuffix(bare(entity.name))
    names = [f"{prefix}{name}" for name in (head, plural(head)) if head]
    other = next((graph.entities[name] for name in names if name in graph.entities), None)
    if other is None or not _WIDE <= len(other.columns) < len(entity.columns) <= 2 * len(other.columns):
        return False
    said = [c.name for c in other.columns]
    kept = set(said)
    return [c.name for c in entity.columns if c.name in kept] == said


def _numbers(
    entity: Entity, free: Sequence[Attribute], down: Sequence[str], days: Sequence[Dated], *, is_history: bool
) -> Mapping[str, Number]:
    key = [word.text for word in entity.key]
    types = {c.name: c.type for c in entity.columns}
    is_valid = any(one.column.name in key and moment_of(one.column) is Moment.VALIDITY for one in days)
    around = Around(
        cumulates=says(entity.name, "cumulated") or _is_held(entity, days),
        counted=_counted(entity, down),
        in_units=frozenset(found[1] for c in entity.columns if (found := _UNITS.fullmatch(c.name.lower()))),
        has_totals=any(says(c.name, "whole") or _AMOUNTS & {w.text for w in tokens(c.name)} for c in free),
        is_ordered=len(key) > 1 and any(words.is_place(name, types.get(name)) for name in key),
        is_version=is_history or is_valid,
        lists_prices=is_valid and any(word.senses & {"price", "rate"} for word in tokens(bare(entity.name))),
        lives_on=_lives_on(days),
        sides=opposite_sides(c.name for c in free),
        measures=any(singular(word.text) in _MEASURED for word in tokens(bare(entity.name))[-1:]),
        units=frozenset(_units(entity)),
        samples=_is_samples(key, days),
        pays=any(singular(word.text) in _MONEY_EVENTS for word in tokens(bare(entity.name))[-1:]),
        bounds=bounded(c.name for c in free),
        per_day=_is_of_a_day(key, days),
    )
    reported = any(says(c.name, "money") for c in free)  # counts that may be unknown, next to amounts, are reported
    return {c.name: classified_number(c, _as_reported(around) if reported and not c.not_null else around) for c in free}


def _units(entity: Entity) -> Iterator[str]:
    """What the columns for units are the units of: `result` of `result_unit`; empty text for `unit` alone."""
    for column in entity.columns:
        found = _UNIT_OF.fullmatch(column.name.lower())
        if found is not None and (_UNIT_KEY.search(column.name.lower()) or not is_number(column.type)):
            yield found[1] or ""


def _is_held(entity: Entity, days: Sequence[Dated]) -> bool:
    """Whether the rows say what somebody held on a day: `holdings` with `as_of`. Balances have flows beside them."""
    is_holding = any(singular(word.text) in _HOLDINGS for word in tokens(bare(entity.name))[-1:])
    return is_holding and any(word.text in _AS_OF for one in days for word in tokens(one.column.name))


def _is_of_a_day(key: Sequence[str], days: Sequence[Dated]) -> bool:
    """Whether each row is of a thing on one day: its key has a date, which begins no longer period."""
    in_key = [one.column for one in days if one.column.name in key]
    longer = any(word.text in _LONGER for column in in_key for word in tokens(column.name))
    return len(key) > 1 and len(in_key) == 1 and words.is_day(in_key[0]) and not longer


def _is_samples(key: Sequence[str], days: Sequence[Dated]) -> bool:
    """Whether each row is a sample of a thing at a moment. Flows are summed up to an hour or a day."""
    moments = [one.column for one in days if one.column.name in key]
    return (
        len(key) == _THING_AND_MOMENT
        and len(moments) == 1
        and words.family_of(moments[0]) == "timestamp"
        and not any("period" in word.senses or "hour" in word.text for word in tokens(moments[0].name))
        and not any(word.text in ("day", "bucket") for word in tokens(moments[0].name))
    )


def _counted(entity: Entity, down: Sequence[str]) -> frozenset[str]:
    """The words of the referring entities' names that are not the entity's own: `loan_repayment_schedule` of a loan."""
    own = {singular(word.text) for word in tokens(bare(entity.name))}
    return frozenset(
        one for name in down for word in tokens(bare(name)) if (one := singular(word.text)) not in own and len(one) > 1
    )


def _lives_on(days: Sequence[Dated]) -> bool:
    found = event_of(days)
    return found is not None and found.moment is Moment.CREATED


def _as_reported(around: Around) -> Around:
    return replace(around, lives_on=False)


def _measures(entity: Entity, free: Sequence[Attribute], numbers: Mapping[str, Number]) -> tuple[Attribute, ...]:
    if entity.measures is None:
        return tuple(c for c in free if c.name in numbers and numbers[c.name].is_measure)
    said = {word.text for word in entity.measures}
    return tuple(c for c in entity.columns if c.name in said)
