"""What each entity is in a star: an event that is counted, or a thing by which events are told apart.

The rules are those of dimensional modelling (transactions have a time and quantities, components hang one step below
them, bridges hold only foreign keys), applied to the graph in a fixed order; each answer bears its reasons.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from erd2dbt.erd import Attribute, Entity
from erd2dbt.graph import EntityGraph
from erd2dbt.star import words
from erd2dbt.star.parents import Parent, children, parents, references
from erd2dbt.star.upkeep import Upkeep


class Kind(enum.StrEnum):
    TRANSACTION = "transaction fact"
    SNAPSHOT = "snapshot fact"
    FACTLESS = "factless fact"
    BRIDGE = "bridge"
    DIMENSION = "dimension"
    OUTRIGGER = "outrigger"  # a dimension that is collapsed into the only one that refers to it
    IGNORE = "ignored"


FACTS = (Kind.TRANSACTION, Kind.SNAPSHOT, Kind.FACTLESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """An entity's place in the star, and why it has it."""

    entity: Entity
    kind: Kind
    because: tuple[str, ...]
    parents: tuple[Parent, ...]
    event_date: Attribute | None = None
    measures: tuple[Attribute, ...] = ()
    added: tuple[Attribute, ...] = ()  # the measures that may be added up
    stem: str = ""  # what its models, and columns that speak of it, are named after
    upkeep: Upkeep = field(default_factory=Upkeep)

    @property
    def name(self) -> str:
        return self.entity.name

    @property
    def is_fact(self) -> bool:
        return self.kind in FACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What is known of an entity before it is judged."""

    entity: Entity
    key: frozenset[str]
    foreign: frozenset[str]  # columns by which it refers to others
    up: tuple[str, ...]  # what it refers to, without itself
    down: tuple[str, ...]
    event: Attribute | None
    created: Attribute | None
    measures: tuple[Attribute, ...]
    named: bool
    rest: tuple[Attribute, ...]  # neither key, nor foreign, nor upkeep

    @property
    def added(self) -> tuple[Attribute, ...]:
        said = self.entity.measures is not None
        return self.measures if said else tuple(m for m in self.measures if words.is_added_up(m))


def classify(graph: EntityGraph) -> dict[str, Classified]:
    """Every entity by its name, in the order of the diagram."""
    known = {name: _facts(graph, entity) for name, entity in graph.entities.items()}
    judged = {name: _said(facts) or _judged(facts) for name, facts in known.items()}
    _components(graph, known, judged)
    found = {name: _classified(graph, facts, judged[name]) for name, facts in known.items()}
    return _collapsed(graph, found)


_Verdict = tuple[Kind, tuple[str, ...]]


def _facts(graph: EntityGraph, entity: Entity) -> _Facts:
    hops = list(references(graph, entity.name))
    foreign = frozenset(a for hop in hops for a, _ in hop.pairs)
    key = frozenset(word.text for word in entity.key)
    free = [c for c in entity.columns if c.name not in foreign]
    said = {word.text for word in entity.measures or ()}
    if entity.measures is None:
        measures = tuple(c for c in free if c.name not in key and words.is_measure(c))
    else:
        measures = tuple(c for c in entity.columns if c.name in said)
    return _Facts(
        entity=entity,
        key=key,
        foreign=foreign,
        up=tuple(dict.fromkeys(hop.target for hop in hops if hop.target != entity.name)),
        down=children(graph, entity.name),
        event=_event(entity),
        created=next((c for c in entity.columns if words.is_creation(c)), None),
        measures=measures,
        named=any(words.is_name(c, entity.name) for c in entity.columns),
        rest=tuple(c for c in free if c.name not in key and not words.is_upkeep(c)),
    )


def _event(entity: Entity) -> Attribute | None:
    """The date of the event: as said, else the first that is no plan and no end, else the first."""
    if entity.event_date is not None:
        return next((c for c in entity.columns if c.name == entity.event_date.text), None)
    dates = [c for c in entity.columns if words.is_event_date(c)]
    return next((c for c in dates if not words.is_planned(c)), dates[0] if dates else None)


def _said(facts: _Facts) -> _Verdict | None:
    role = facts.entity.role
    said = (f"the diagram says `role: {role}`",)
    if role == "fact":
        return _fact_kind(facts), said
    named = {"dimension": Kind.DIMENSION, "bridge": Kind.BRIDGE, "ignore": Kind.IGNORE}
    return (named[role], said) if role else None


def _fact_kind(facts: _Facts) -> Kind:
    if facts.event is not None and facts.event.name in facts.key:
        return Kind.SNAPSHOT if facts.measures else Kind.FACTLESS
    return Kind.TRANSACTION if facts.measures else Kind.FACTLESS


def _judged(facts: _Facts) -> _Verdict:
    if not facts.up and not facts.down and words.is_upkeep_table(facts.entity.name):
        return Kind.IGNORE, ("its name says that it serves the upkeep of the database, and nothing refers to it",)
    return _by_key(facts) or _by_event(facts) or _by_creation(facts) or _by_measures(facts) or _thing(facts)


def _by_key(facts: _Facts) -> _Verdict | None:
    """A key of foreign keys, or with a date in it."""
    event, measures = facts.event, _listed(facts.measures)
    dated = next((c for c in facts.entity.columns if c.name in facts.key and words.is_event_date(c)), None)
    if dated is not None and len(facts.key) > 1:
        why = f"its key holds the date `{dated.name}`"
        if facts.measures:
            return Kind.SNAPSHOT, (why, f"its measures are {measures}")
        return Kind.FACTLESS, (why, "it has no measures")
    paired = len(facts.key) > 1 and facts.key <= facts.foreign and len(facts.up) > 1
    if paired and not facts.measures:
        if event is not None and not words.is_planned(event):
            return Kind.FACTLESS, (f"its key is made of foreign keys ({_named(facts.key)})", _dated(event))
        return Kind.BRIDGE, (f"its key is made of foreign keys ({_named(facts.key)}), and it has no measures",)
    if paired and event is None:
        return Kind.SNAPSHOT, (f"its key is made of foreign keys ({_named(facts.key)})", f"its measures are {measures}")
    pure = all(words.is_rank_like(c) for c in facts.rest)
    if not paired and pure and len(facts.foreign - facts.key) > 1 and len(facts.up) > 0 and not facts.down:
        return Kind.BRIDGE, (f"beside its key it holds only foreign keys ({_named(facts.foreign - facts.key)})",)
    return None


def _by_event(facts: _Facts) -> _Verdict | None:
    """A date on which something happened to something."""
    event = facts.event
    if event is None or not facts.up or (facts.named and facts.down):
        return None
    if facts.measures:
        return Kind.TRANSACTION, (_dated(event), f"its measures are {_listed(facts.measures)}", _tied(facts))
    if len(facts.up) > 1 or not facts.down:
        return Kind.FACTLESS, (_dated(event), "it has no measures: its rows are counted", _tied(facts))
    return None


def _by_creation(facts: _Facts) -> _Verdict | None:
    """The date of its creation stands for the event where the rest is that of an event."""
    created = facts.created
    if created is None or not facts.up or (facts.named and facts.down):
        return None
    why = f"`{created.name}` says when it happened"
    if facts.measures and (not facts.down or len(facts.up) > 1):
        kind = Kind.SNAPSHOT if all(words.is_stock(m) or not words.is_added_up(m) for m in facts.measures) else None
        return kind or Kind.TRANSACTION, (why, f"its measures are {_listed(facts.measures)}", _tied(facts))
    if not facts.down:
        return Kind.FACTLESS, (why, "it has no measures: its rows are counted", _tied(facts))
    return None


def _by_measures(facts: _Facts) -> _Verdict | None:
    """Nothing but numbers about something: a state that is written anew."""
    if facts.up and not facts.down and len(facts.measures) > 1 and all(c in facts.measures for c in facts.rest):
        return Kind.SNAPSHOT, (f"beside keys it holds only measures ({_listed(facts.measures)})", _tied(facts))
    return None


def _thing(facts: _Facts) -> _Verdict:
    if facts.down:
        return Kind.DIMENSION, (f"it has no event of its own, and it is referred to by {_told(facts.down)}",)
    return Kind.DIMENSION, ("it has no event of its own",)


def _components(graph: EntityGraph, known: Mapping[str, _Facts], judged: dict[str, _Verdict]) -> None:
    """What has measures and hangs below a transaction is its detail: the lines of an order. Until nothing changes."""
    changed = True
    while changed:
        changed = False
        for name, facts in known.items():
            kind = judged[name][0]
            if facts.entity.role or kind not in (Kind.DIMENSION, Kind.SNAPSHOT) or not facts.added:
                continue
            if kind is Kind.SNAPSHOT and facts.event is not None:
                continue
            heads = [p.entity for p in parents(graph, name) if judged[p.entity][0] in (Kind.TRANSACTION, Kind.FACTLESS)]
            if heads and not (facts.named and facts.down):
                why = (f"it is a detail of the fact `{heads[0]}`", f"its measures are {_listed(facts.measures)}")
                judged[name] = (Kind.TRANSACTION, why)
                changed = True


def _classified(graph: EntityGraph, facts: _Facts, verdict: _Verdict) -> Classified:
    kind, because = verdict
    is_fact = kind in FACTS
    return Classified(
        entity=facts.entity,
        kind=kind,
        because=because,
        parents=parents(graph, facts.entity.name),
        event_date=(facts.event or facts.created) if is_fact else None,
        measures=facts.measures if is_fact else (),
        added=facts.added if is_fact else (),
    )


def _collapsed(graph: EntityGraph, found: Mapping[str, Classified]) -> dict[str, Classified]:
    """Dimensions to which only one dimension refers become part of that one."""
    result = dict(found)
    for name, one in found.items():
        down = children(graph, name)
        if one.kind is not Kind.DIMENSION or one.entity.role or len(down) != 1:
            continue
        if any(parent.to_self for parent in one.parents) or not children(graph, down[0]):
            continue  # its hierarchy would be lost, or it would be found in what nothing refers to
        if found[down[0]].kind is Kind.DIMENSION and down[0] not in _above(found, name):
            why = f"only the dimension `{down[0]}` refers to it: its columns stand there"
            result[name] = replace(one, kind=Kind.OUTRIGGER, because=(why,))
    return result


def _above(found: Mapping[str, Classified], name: str) -> set[str]:
    """Everything that to-one steps lead to."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for parent in found[waiting.pop()].parents:
            if parent.entity not in seen:
                seen.add(parent.entity)
                waiting.append(parent.entity)
    return seen


def _dated(event: Attribute) -> str:
    return f"`{event.name}` says when it happened"


def _tied(facts: _Facts) -> str:
    return f"it refers to {_told(facts.up)}"


def _listed(columns: Sequence[Attribute]) -> str:
    return _told([c.name for c in columns])


def _told(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:6]]
    return ", ".join(shown) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _named(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
