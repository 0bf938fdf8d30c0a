"""The kind of each entity in the star: first by the rules, then details and collapsed hierarchies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import Entity
from erd2dbt.diagram.graph import EntityGraph, is_unique
from erd2dbt.infer.vocabulary import tokens
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import bare
from erd2dbt.star import words
from erd2dbt.star.date_roles import dated_headers
from erd2dbt.star.dates import Moment
from erd2dbt.star.entity_features import Known, known_of
from erd2dbt.star.headers import Header, headers
from erd2dbt.star.kinds import EVENTS, FACTS, Classified, Kind
from erd2dbt.star.missing_tables import UnlinkedIds, unlinked_ids
from erd2dbt.star.nouns import NOUNS, kind_of_word
from erd2dbt.star.parents import Parent, children, parents
from erd2dbt.star.privacy import is_audit_reference
from erd2dbt.star.reasons import listed, undated_reasons
from erd2dbt.star.rules import Verdict, declared_kind, inferred_kind, is_kept_back, is_sure_event
from erd2dbt.star.secrets import secrets_of
from erd2dbt.star.sums import Sums, sum_reasons, sums_of

_SCHEMA, _NEARLY_ALL = 6, 0.8  # entities from which a habit of the diagram can be seen, and their share


def classify(graph: EntityGraph, spoken: UnlinkedIds | None = None) -> dict[str, Classified]:
    """The classification of every entity by its name, in the order of the diagram."""
    spoken = spoken or unlinked_ids(graph)
    known = _stamped({name: known_of(graph, entity, spoken) for name, entity in graph.entities.items()})
    above = {name: _open_parents(graph, one.entity) for name, one in known.items()}
    verdicts = {name: declared_kind(one) or inferred_kind(one) for name, one in known.items()}
    about = {name: one.about for name, one in known.items()}
    hidden = {name: _secret_parents(graph, one.entity) for name, one in known.items()}
    court = _Classifier(known=known, above=above, about=about, hidden=hidden, verdicts=verdicts)
    court.find_details()
    found = {name: court.classified(entity) for name, entity in graph.entities.items()}
    return _collapsed(graph, _extended(graph, court, _undated(found)))


def _stamped(known: Mapping[str, Known]) -> dict[str, Known]:
    """Mark all entities where nearly each has a creation date: it then says nothing of what the rows are."""
    made = sum(one.created is not None for one in known.values())
    is_stamped = len(known) >= _SCHEMA and made >= len(known) * _NEARLY_ALL
    return {name: replace(one, is_stamped=is_stamped) for name, one in known.items()}


def _undated(found: Mapping[str, Classified]) -> dict[str, Classified]:
    """Without the dates of facts that no date of an event dates, neither their own nor that of a header.

    Plans and ends then join no calendar: the first date of a fact is read as the date of its event.
    """
    return {
        name: replace(one, dates=()) if one.is_later and not dated_headers(found, one) else one
        for name, one in found.items()
    }


def _open_parents(graph: EntityGraph, entity: Entity) -> tuple[Parent, ...]:
    """The many-to-one parents, without those that are joined on a secret, which no mart shows."""
    secrets = secrets_of(entity)
    return tuple(parent for parent in parents(graph, entity.name) if secrets.isdisjoint(parent.columns))


def _secret_parents(graph: EntityGraph, entity: Entity) -> tuple[Parent, ...]:
    """The many-to-one parents that are joined on a secret."""
    secrets = secrets_of(entity)
    return tuple(parent for parent in parents(graph, entity.name) if not secrets.isdisjoint(parent.columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Classifier:
    known: Mapping[str, Known]
    above: Mapping[str, tuple[Parent, ...]]
    about: Mapping[str, tuple[str, ...]]
    hidden: Mapping[str, tuple[Parent, ...]]
    verdicts: dict[str, Verdict]

    def find_details(self) -> None:
        """Mark details: entities with measures that are part of an event, like the lines of an order.

        Repeated until nothing changes.
        """
        changed = True
        while changed:
            changed = False
            for name, known in self.known.items():
                detail = self._detail(known)
                if detail is not None:
                    self.verdicts[name] = detail
                    changed = True
        self._find_parts_of_things()

    def _find_parts_of_things(self) -> None:
        """Keep rows in staging whose name says that they are parts, if what they are parts of does not happen.

        `exam_row`, which lists the possible results of an exam, is not an event like the lines of an order.
        """
        for name, known in self.known.items():
            kind = self.verdicts[name][0]
            timeless = known.when is None and known.clock is None and not (known.dates or known.added)
            if kind not in FACTS or known.entity.role or len(known.up) != 1 or not timeless or known.in_key > 1:
                continue
            found = kind_of_word(known)
            is_part = found is not None and found[1] == NOUNS["detail"]
            if is_part and self.verdicts[known.up[0]][0] is Kind.DIMENSION:
                why = f"it is a part of `{known.up[0]}`, which is not an event, and nothing in it is counted or dated"
                self.verdicts[name] = Kind.IGNORE, (why,)

    def _detail(self, known: Known) -> Verdict | None:
        kind = self.verdicts[known.entity.name][0]
        if known.entity.role or kind not in (Kind.DIMENSION, Kind.SNAPSHOT, Kind.IGNORE):
            return None
        if kind is Kind.SNAPSHOT and (known.event is not None or not known.added):
            return None
        is_leaf = known.name is None and all(self.verdicts[name][0] in FACTS for name in known.down)
        over = next((h for h in self._headers(known.entity) if h.named_so or not known.thing), None)
        if over is None or not (known.added or (is_leaf and over.named_so and kind is Kind.DIMENSION)):
            return None
        part = f"it is a detail of the fact `{over.parent.entity}`: {over.because}"
        if known.added:
            return Kind.TRANSACTION, (part, f"its measures are {listed(known.measures)}")
        return Kind.FACTLESS, (part, "it has no measures: its rows are counted")

    def _headers(self, entity: Entity) -> tuple[Header, ...]:
        up = self.above[entity.name]
        events = {parent.entity for parent in up if self.verdicts[parent.entity][0] in EVENTS}
        return headers(entity, up, self.about, events)

    def classified(self, entity: Entity) -> Classified:
        known = self.known[entity.name]
        kind, because = self.verdicts[entity.name]
        is_fact = kind in FACTS
        over = self._headers(entity) if is_fact else ()
        in_event = is_fact and (bool(over) or is_sure_event(known))
        sums = sums_of(known, in_event=in_event) if is_fact else Sums()
        return Classified(
            entity=entity,
            kind=kind,
            because=because
            + ((*undated_reasons(known), *sum_reasons(known, sums), *self._looked_up(entity, over)) if is_fact else ()),
            parents=self.above[entity.name],
            over_secrets=self.hidden[entity.name],
            headers=over,
            event_date=known.when if is_fact else None,
            clock=known.clock_of_event if is_fact else None,
            dates=known.dates if is_fact else (),
            measures=known.measures if is_fact else (),
            added=sums.added,
            open_numbers=sums.open,
            in_event=in_event,
            stocks=known.stocks if is_fact else (),
            numbers=tuple(known.numbers.items()) if is_fact else (),
            creation=frozenset(d.column.name for d in known.dated if d.moment is Moment.CREATED),
            is_later=is_fact and known.when is None and bool(known.dates),
        )

    def _looked_up(self, entity: Entity, over: tuple[Header, ...]) -> tuple[str, ...]:
        """The facts that the entity refers to without being a part of them."""
        up = [p.entity for p in self.above[entity.name] if not p.to_self]
        parts = {header.parent.entity for header in over}
        return tuple(
            f"`{name}` is looked up, and no header of it: {self._no_header(name, up.count(name))}"
            for name in dict.fromkeys(up)
            if name not in parts and self.verdicts[name][0] in FACTS
        )

    def _no_header(self, name: str, links: int) -> str:
        if self.verdicts[name][0] not in EVENTS:
            return "a snapshot has no parts"
        return (
            "two links lead there"
            if links > 1
            else "a row can exist without it, and neither a name nor a shared reference suggests it"
        )


def _extended(graph: EntityGraph, court: _Classifier, found: Mapping[str, Classified]) -> dict[str, Classified]:
    """Make an entity an extension of a dimension: at most one row per row of the dimension, and no own event."""
    result = dict(found)
    for name, one in found.items():
        known = court.known[name]
        inside = _base(one)
        base = inside or _unique_base(graph, one, known)
        ignored = one.kind is Kind.IGNORE and (inside is not None or is_kept_back(known))
        if base is None or one.entity.role or ignored or children(graph, name):
            continue
        if found[base.entity].kind is Kind.DIMENSION and known.event is None:
            why = f"it has at most one row for each of `{base.entity}` and no event: its columns are in that dimension"
            result[name] = replace(one, kind=Kind.EXTENSION, because=(why,), extends=base)
    return result


def _base(one: Classified) -> Parent | None:
    """The parent whose key alone identifies the rows; None where there is none."""
    about = [p for p in one.parents if not p.to_self and not is_audit_reference(p.columns)]
    key = {word.text for word in one.entity.key}
    own = [p for p in about if set(p.columns) == key]
    return own[0] if len(own) == 1 and len({p.entity for p in about}) == 1 else None


def _unique_base(graph: EntityGraph, one: Classified, known: Known) -> Parent | None:
    """The only parent, of which each row has at most one row of an entity with a key of its own: `profiles` of `users`.

    None where the rows have a name or numbers of their own. The link has no other role: a shop is not a part of its
    manager.
    """
    about = [p for p in one.parents if not p.to_self and not is_audit_reference(p.columns)]
    if len(about) != 1 or len(one.entity.key) != 1 or known.name is not None or known.added or known.stocks:
        return None
    (only,) = about
    is_role = not set(_words(only.entity)) & {word for column in only.columns for word in _words(column)}
    if is_role or not is_unique(graph.entities[one.name], only.columns):
        return None
    return only


def _words(name: str) -> tuple[str, ...]:
    """The words of a name in the singular."""
    return tuple(singular(word.text) for word in tokens(bare(name)))


def _collapsed(graph: EntityGraph, found: Mapping[str, Classified]) -> dict[str, Classified]:
    """Collapse dimensions that only one dimension refers to into that dimension."""
    result = dict(found)
    for name, one in found.items():
        down = children(graph, name)
        if one.kind is not Kind.DIMENSION or one.entity.role or len(down) != 1:
            continue
        only = down[0]
        if any(parent.to_self for parent in one.parents) or not children(graph, only):
            continue  # it would lose its hierarchy, or be read from an entity that nothing refers to
        circle = only in _all_parents(found, name)
        both_ways = any(p.entity == only for p in one.parents) and len(children(graph, only)) > 1
        each = all(p.always for p in found[only].parents if p.entity == name)
        is_own = not each and any(words.is_name(c, name) for c in one.entity.columns)  # cities, one of them the capital
        if found[only].kind is Kind.DIMENSION and (not circle or (both_ways and not is_own)):
            why = f"only the dimension `{only}` refers to it: its columns are in that dimension"
            result[name] = replace(one, kind=Kind.OUTRIGGER, because=(why,))
    return result


def _all_parents(found: Mapping[str, Classified], name: str) -> set[str]:
    """Every ancestor of an entity over many-to-one links."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for parent in found[waiting.pop()].parents:
            if parent.entity not in seen:
                seen.add(parent.entity)
                waiting.append(parent.entity)
    return seen
