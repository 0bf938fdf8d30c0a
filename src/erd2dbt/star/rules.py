"""The rules by which an entity is an event that is counted, or a thing by which events are told apart.

Those of dimensional modelling (transactions have a time and quantities, components hang one step below them, bridges
hold only foreign keys), in a fixed order: the first that fits. Each answer bears its reasons, against others too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from erd2dbt.erd import Attribute
from erd2dbt.star import words
from erd2dbt.star.kinds import FACTS, Kind
from erd2dbt.star.known import Known

Verdict = tuple[Kind, tuple[str, ...]]
_NO_TRANSACTION = "it is no transaction, as it has no date of an event"
_MANY = 2  # numbers by which a table without a date is one of figures


def said(known: Known) -> Verdict | None:
    """What the diagram says itself."""
    role = known.entity.role
    because = (f"the diagram says `role: {role}`",)
    if role == "fact":
        kind, why = judged(known)
        return (kind, because + why) if kind in FACTS else (_fact_kind(known), because)
    named = {"dimension": Kind.DIMENSION, "bridge": Kind.BRIDGE, "ignore": Kind.IGNORE}
    return (named[role], because) if role else None


def judged(known: Known) -> Verdict:
    """What key, links and columns tell."""
    return (
        _upkeep(known)
        or _by_key(known)
        or _by_event(known)
        or _by_creation(known)
        or _by_measures(known)
        or (Kind.DIMENSION, _thing(known))
    )


def _fact_kind(known: Known) -> Kind:
    if known.event is not None and known.event.name in known.key:
        return Kind.SNAPSHOT if known.measures else Kind.FACTLESS
    if known.states_only or (known.measures and known.event is None and known.created is None):
        return Kind.SNAPSHOT
    return Kind.TRANSACTION if known.measures else Kind.FACTLESS


def _upkeep(known: Known) -> Verdict | None:
    if known.down:
        return None
    if not known.up and words.is_upkeep_table(known.entity.name):
        return Kind.IGNORE, ("its name says that it serves the upkeep of the database, and nothing refers to it",)
    kept = [c for c in known.entity.columns if c.name not in known.key | known.foreign]
    if (
        kept
        and len(known.key) == 1
        and all(words.is_upkeep(c) for c in kept)
        and len(known.foreign - known.key) < _MANY
    ):
        return Kind.IGNORE, (
            "beside its key it holds only secrets or the upkeep of its rows, and nothing refers to it",
        )
    return None


def _by_key(known: Known) -> Verdict | None:
    """A key of foreign keys, or with a date in it."""
    event, measures = known.event, listed(known.measures)
    columns = [c for c in known.entity.columns if c.name in known.key]
    dated = next((c for c in columns if words.is_event_date(c)), None)
    if dated is not None and len(known.key) > 1:
        return _dated_key(known, dated, [c for c in columns if c is not dated])
    others = [c for c in columns if c.name not in known.foreign]
    paired = known.in_key > 1 and all(_tells_apart(c) for c in others)
    pairs = f"its key is made of foreign keys ({named(known.key & known.foreign)})"
    if paired and not known.measures:
        if event is not None and not words.is_planned(event):
            return Kind.FACTLESS, (pairs, _when(event), "it is no bridge, as its pairs have a date")
        return Kind.BRIDGE, (f"{pairs}, and it has no measures", "it is no fact, as nothing in it is counted or dated")
    if paired and event is None:
        return Kind.SNAPSHOT, (
            pairs,
            f"its measures are {measures}",
            "it is no transaction, as it has no date of an event",
        )
    pure = all(words.is_rank_like(c) for c in known.rest)
    if not paired and pure and len(known.foreign - known.key) > 1 and known.up and not known.down:
        return Kind.BRIDGE, (f"beside its key it holds only foreign keys ({named(known.foreign - known.key)})",)
    return None


def _tells_apart(column: Attribute) -> bool:
    """Whether it only tells pairs apart: from when they hold, the how-manieth, an id of anything."""
    return words.is_validity(column) or words.is_id(column) or words.is_rank_like(column)


def _dated_key(known: Known, dated: Attribute, others: Sequence[Attribute]) -> Verdict:
    why = f"its key holds the date `{dated.name}`"
    own = [c.name for c in others if c.name not in known.foreign and words.is_own_id(c, known.entity.name)]
    if own and known.added:  # the date is in the key because the table is cut by it
        tells = f"`{own[0]}` tells each event apart: no snapshot, though {why}"
        return Kind.TRANSACTION, (_when(known.event or dated), f"its measures are {listed(known.measures)}", tells)
    if known.measures:
        flows = (
            "they are taken as flows: `stock: true` at its column says that one is a level, not to be added along time"
        )
        return Kind.SNAPSHOT, (why, f"its measures are {listed(known.measures)}", *((flows,) if known.added else ()))
    return Kind.FACTLESS, (why, "it has no measures: its rows are counted")


def _by_event(known: Known) -> Verdict | None:
    """A date on which something happened to something."""
    event = known.event
    alone = not known.ties and not (known.added and known.name is None and known.down)
    if event is None or alone or known.thing:
        return None
    why = (_when(event), *_not_by(known, event))
    if known.states_only:
        states = f"its measures say how things stand then: {listed(known.measures)}"
        return Kind.SNAPSHOT, (*why, states, *_tied(known))
    if known.measures:
        return Kind.TRANSACTION, (*why, f"its measures are {listed(known.measures)}", *_tied(known))
    if known.ties > 1 or not known.down:
        return Kind.FACTLESS, (*why, "it has no measures: its rows are counted", *_tied(known))
    return None


def _by_creation(known: Known) -> Verdict | None:
    """The date of its creation stands for the event where the rest is that of an event."""
    created = known.created
    if created is None or not known.ties or known.name is not None:
        return None
    why = f"`{created.name}` says when it happened, as it has no other date of an event and no name"
    if known.measures and (not known.down or known.ties > 1):
        kind = Kind.SNAPSHOT if known.states_only else Kind.TRANSACTION
        return kind, (why, f"its measures are {listed(known.measures)}", *_tied(known))
    if not known.down:
        return Kind.FACTLESS, (why, "it has no measures: its rows are counted", *_tied(known))
    return None


def _by_measures(known: Known) -> Verdict | None:
    """Mostly numbers about something: a state that is written anew."""
    if not known.ties or known.down or known.name is not None or len(known.measures) < _MANY:
        return None
    if all(c in known.measures for c in known.rest):
        why = f"beside keys it holds only measures ({listed(known.measures)})"
    elif len(known.added) >= _MANY and 2 * len(known.measures) >= len(known.rest):
        why = f"most of it are measures ({listed(known.measures)}), and nothing refers to it"
    else:
        return None
    return Kind.SNAPSHOT, (why, _NO_TRANSACTION, *_tied(known))


def _thing(known: Known) -> tuple[str, ...]:
    """Why it is a thing: what speaks against an event, and who refers to it."""
    referred = f"it is referred to by {told(known.down)}" if known.down else "nothing refers to it"
    date = known.created or known.event
    if date is not None and known.thing and known.name is not None:
        steer = "" if not known.ties else "; `role: fact` makes it one"
        return (
            f"it is no fact, though it has the date `{date.name}`: people call it by `{known.name.name}`{steer}",
            referred,
        )
    if date is not None and not known.ties:
        return (
            f"it is no fact, though it has the date `{date.name}`: it refers to nothing to which it could happen",
            referred,
        )
    if date is not None:
        return (
            f"it is no fact, though it has the date `{date.name}`: it has no measures, and others refer to it",
            referred,
        )
    are = "is a property" if len(known.measures) == 1 else "are properties"
    numbers = f", so that {listed(known.measures)} {are} of it" if known.measures and known.down else ""
    return (f"it has no date of an event{numbers}", referred)


def _not_by(known: Known, event: Attribute) -> tuple[str, ...]:
    """The dates that were not taken, and why."""
    if known.entity.event_date is not None:
        return ("the diagram says so by `event_date`",)
    others = [c for c in known.dates if not words.is_same_moment(c, event)]
    planned = [c for c in others if words.is_planned(c)]
    if not others:
        return ()
    if planned and not words.is_planned(event):
        return (f"it did not happen on {listed(planned)}: due, planned or an end",)
    return (f"the first date is taken, not {listed(others)}: `event_date` says another",)


def _tied(known: Known) -> tuple[str, ...]:
    refers = (f"it refers to {told(known.up)}",) if known.up else ()
    by_name = tuple(
        f"`{column}` is called as the key of `{owner}`, while no link says so: draw it, and they meet"
        for column, owner in known.unlinked
    )
    ids = [name for name in (*known.phantoms, *known.lone) if name in known.about]
    without = (f"it tells things that have no table: {told(ids)}",) if ids else ()
    return (*refers, *by_name, *without)


def _when(event: Attribute) -> str:
    return f"`{event.name}` says when it happened"


def listed(columns: Sequence[Attribute]) -> str:
    return told([c.name for c in columns])


def told(names: Sequence[str]) -> str:
    """Six of them by name, and how many more."""
    shown = [f"`{name}`" for name in names[:6]]
    return ", ".join(shown) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def named(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
