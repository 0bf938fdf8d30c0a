"""Classifies an entity as an event (fact) or a thing (dimension).

Keys that decide alone come first: pairs, and keys with a date. Everything else is one score over dates, numbers,
references, names and referring entities. Each verdict lists the reasons for it and against it.

The weights of numbers, of a single reference and of a single referring entity follow verdicts on schemas for which no
rule existed yet. They were chosen on three groups of schemas and scored on the fourth, for each of four groups. In all,
F1 is 96 instead of 94.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from erd2dbt.diagram.erd import Attribute
from erd2dbt.infer.evidence import Evidence, Score, score
from erd2dbt.infer.vocabulary import tokens, word_list
from erd2dbt.infer.words import is_number
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import bare
from erd2dbt.star import words
from erd2dbt.star.dates import Moment, is_creation_clock, moment_of, starts_pair
from erd2dbt.star.entity_features import Known
from erd2dbt.star.kinds import FACTS, Kind
from erd2dbt.star.missing_tables import polymorphic_ids
from erd2dbt.star.nouns import NOUNS, happens, is_template, kind_of_word, noun_of
from erd2dbt.star.privacy import personal
from erd2dbt.star.reasons import (
    abbreviated,
    dimension_reasons,
    happened_on,
    listed,
    named,
    reference_reasons,
    rejected_dates,
)
from erd2dbt.star.secrets import is_table_of_visits, secrets_of, serves_access

Verdict = tuple[Kind, tuple[str, ...]]
ENOUGH = 2.0  # the threshold for an event
_SURE = 3.0  # from here on, it surely happens: 153 of 157 tables did, before a rule was made for their schemas
_NO_TRANSACTION = "it is not a transaction, as it has no date of an event"
_EXPLAINS = frozenset(word_list("explanation"))
_OF_EVENTS = (Moment.EVENT, Moment.PLANNED, Moment.ENDED)
_OF_ROWS = (Moment.CREATED, Moment.WRITTEN)
_JOINS = frozenset(word_list("joining"))
_MANY = 2  # references or numbers of an event without other evidence


def declared_kind(known: Known) -> Verdict | None:
    """The kind that the diagram declares; None without one."""
    role = known.entity.role if known.key else None
    because = (f"the diagram says `role: {role}`",)
    if role == "fact":
        kind, why = inferred_kind(known)
        return (kind, because + why) if kind in FACTS else (_fact_kind(known), because)
    named = {"dimension": Kind.DIMENSION, "bridge": Kind.BRIDGE, "ignore": Kind.IGNORE}
    return (named[role], because) if role else None


def inferred_kind(known: Known) -> Verdict:
    """The kind inferred from key, links and columns."""
    if not known.key:
        return Kind.IGNORE, ("its key is still to be decided: it stays in staging",)
    if secret := known.key & secrets_of(known.entity):
        return Kind.IGNORE, (f"its key `{min(secret)}` is a secret: it stays in staging",)
    return _upkeep(known) or _by_key(known) or _by_evidence(known)


def _fact_kind(known: Known) -> Kind:
    if known.event is not None and known.event.name in known.key:
        return Kind.SNAPSHOT if known.measures else Kind.FACTLESS
    timeless = known.when is None and known.clock is None and not (known.dates or happens(known))
    if (known.states_only and not happens(known)) or (known.measures and timeless):
        return Kind.SNAPSHOT
    return Kind.TRANSACTION if known.measures else Kind.FACTLESS


def _upkeep(known: Known) -> Verdict | None:
    if known.down:
        return None
    if not known.up and words.is_upkeep_table(known.entity.name):
        return Kind.IGNORE, ("its name says that it serves the upkeep of the database, and nothing refers to it",)
    if known.event is None and _lists_settings(known):
        return Kind.IGNORE, ("it lists settings, each with its value, and nothing refers to it",)
    return _only_secrets(known)


def _only_secrets(known: Known) -> Verdict | None:
    """The verdict of a table that nothing refers to, and that without its secrets and audit columns says nothing."""
    entity, secrets = known.entity, secrets_of(known.entity)
    kept = [c for c in entity.columns if c.name not in known.key | known.foreign]
    secret = next((c.name for c in kept if c.name in secrets), None)
    few = len(known.foreign - known.key) < _MANY
    if kept and few and len(known.key) == 1 and all(words.is_upkeep(c) or c.name in secrets for c in kept):
        return Kind.IGNORE, ("besides its key it contains only secrets or audit columns, and nothing refers to it",)
    if secret is None or known.name is not None or known.added:
        return None
    if is_table_of_visits(entity):
        return None
    if serves_access(entity.name) or serves_access(entity.table):
        return Kind.IGNORE, (f"it serves access, as `{secret}` is a secret, and nothing refers to it",)
    if few and all(words.is_upkeep(c) or c.name in secrets or _is_beside_secret(c) for c in kept):
        return Kind.IGNORE, (f"besides the secret `{secret}` it contains only dates, flags and personal data",)
    return None


def _is_beside_secret(column: Attribute) -> bool:
    """Whether the column says when a secret holds, whether it does, or for whom."""
    return words.family_of(column) in ("date", "timestamp", "boolean") or bool(personal(column))


def _lists_settings(known: Known) -> bool:
    """Whether the table lists settings: a name or key, and its value."""
    ends = [found[-1].text for c in known.entity.columns if (found := tokens(c.name))]
    names = any(end in ("name", "key", "parameter", "setting", "option", "variable") for end in ends)
    called = tokens(bare(known.entity.name))
    is_so = bool(called) and "setting" in called[-1].senses
    senses = [found[-1].senses for c in known.entity.columns if (found := tokens(c.name))]
    names = names or any(said & {"setting", "named"} for said in senses)
    values = any(end in ("val", "data", "content") for end in ends) or any("worth" in said for said in senses)
    return is_so and names and values and not known.measures


def _by_key(known: Known) -> Verdict | None:
    """The verdict of a key of foreign keys, a key with a date or period, or a key of a list of values; else None."""
    columns = [c for c in known.entity.columns if c.name in known.key]
    day = next((c for c in columns if known.moment(c) in (Moment.EVENT, Moment.CREATED)), None)
    if day is not None and len(known.key) > 1:
        return _dated_key(known, day, [c for c in columns if c is not day])
    event, measures = known.event, listed(known.measures)
    others = [c for c in columns if c.name not in known.foreign]
    paired = known.in_key > 1 and all(_tells_apart(c) for c in others)
    paired = paired or (known.in_key == 1 and bool(others) and _pairs_with_any(known, others))
    pairs = f"its key is made of foreign keys ({named(known.key & known.foreign)})"
    if paired and event is None and len(unknown := _unknown_numbers(known)) > len(known.rest) / 2:
        why = f"it is not a bridge, as most of it are numbers, though no name says of what: {listed(unknown)}"
        return Kind.FACTLESS, (pairs, why)
    if paired and not (known.added or known.stocks):
        if event is not None and known.pairs_alike and moment_of(event) is Moment.VALIDITY:
            alike = f"it pairs `{known.up[0] if known.up else known.entity.name}` with itself"
            return Kind.FACTLESS, (pairs, happened_on(event), f"it is not a bridge, as {alike} since a day")
        if event is not None and _only_pairs(known):
            return Kind.BRIDGE, (pairs, f"`{event.name}` only says since when it pairs them, and nothing is counted")
        if event is not None:
            return Kind.FACTLESS, (pairs, happened_on(event), "it is not a bridge, as its pairs have a date")
        return Kind.BRIDGE, (f"{pairs}, and no quantities", "it is not a fact, as nothing in it is counted or dated")
    if paired and event is None:
        return Kind.SNAPSHOT, (pairs, f"its measures are {measures}", _NO_TRANSACTION)
    return None if paired else _pairs_beside_key(known, others) or _translations(known) or _within_key(known, others)


def _unknown_numbers(known: Known) -> list[Attribute]:
    """The numbers beside a key of pairs of which nothing is known; none where they are too few to be figures."""
    found = [c for c in known.rest if is_number(c.type) and c not in known.measures and not words.is_rank_like(c)]
    return found if len(found) > _MANY and not known.measures else []


def _only_pairs(known: Known) -> bool:
    """Whether the rows only pair things: no date is more than the start of a pair, and the name says no event."""
    return known.clock is None and not happens(known) and all(map(starts_pair, known.dated))


def _pairs_with_any(known: Known, others: Sequence[Attribute]) -> bool:
    """Whether the rest of the key is an id without a link, and all other columns only give an order."""
    ids = all(words.is_id(c) and not words.is_own_id(c, known.entity.name) for c in others)
    return ids and not known.down and known.event is None and all(words.is_rank_like(c) for c in known.rest)


def _translations(known: Known) -> Verdict | None:
    """The verdict of texts in several languages under a surrogate key: one row for each parent and language."""
    language = next((c.name for c in known.rest if words.is_language(c)), None)
    if language is None or known.down or len(known.up) != 1 or known.measures:
        return None
    uniques = [{word.text for word in some} for some in known.entity.uniques]
    if any(language in some and len(some) > 1 and some - {language} <= known.foreign for some in uniques):
        return Kind.IGNORE, (f"it contains the texts of {abbreviated(known.up)} in each `{language}`",)
    return None


def _within_key(known: Known, others: Sequence[Attribute]) -> Verdict | None:
    """The verdict of rows identified within another row, by a period or a value, that are not things of their own."""
    if set(known.down) - set(known.parts) or len(known.key) < _MANY:
        return None
    texts = any(words.family_of(c) == "text" for c in known.rest)
    if texts and known.in_key == 1 and len(others) == 1 and words.is_language(others[0]):
        return Kind.IGNORE, (f"it contains the texts of {abbreviated(known.up)} in each `{others[0].name}`",)
    if known.name is not None:
        return None
    periods = [c for c in others if words.is_period(c)]
    if periods and len(periods) < len(known.key):
        why = f"its key contains the period `{periods[0].name}`"
        if known.measures:
            return Kind.SNAPSHOT, (why, f"its measures are {listed(known.measures)}")
        return Kind.FACTLESS, (why, "it has no measures: its rows are counted")
    if others and known.in_key and not known.rest and known.event is None and any(map(personal, others)):
        return Kind.IGNORE, (
            f"it lists {listed(others)} of each row of {abbreviated(known.up)}, which is personal data",
        )
    if others and known.in_key == 1 and not known.rest and known.event is None:
        lists = f"it lists {listed(others)} of each row of {abbreviated(known.up)}, and contains nothing else"
        return Kind.BRIDGE, (lists, "it is not a dimension, as nothing refers to it and its key is not its own")
    return None


def _pairs_beside_key(known: Known, others: Sequence[Attribute]) -> Verdict | None:
    """The verdict of pairs with a surrogate key, or ordered within the first of the two."""
    beside = known.foreign - known.key
    dates = {one.column.name for one in known.dated} if _is_unique_pair(known) else set()
    pure = known.up and not known.down and all(words.is_rank_like(c) or c.name in dates for c in known.rest)
    graded = len(known.rest) == 1 and words.is_short(known.rest[0]) and known.name is None
    if graded and known.up and not known.down and len(beside) > 1 and not (known.when or known.clock or known.measures):
        whose = f"besides its key it contains only foreign keys ({named(beside)}) and `{known.rest[0].name}`"
        return Kind.BRIDGE, (whose, "nothing in it is counted or dated")
    if pure and len(beside) > 1:
        return Kind.BRIDGE, (f"besides its key it contains only foreign keys ({named(beside)})",)
    if known.event is None and known.clock is None and not known.down and not known.added and _joins_by_name(known):
        ties = "its name is made of those of what it ties together, and of a word that joins them"
        return Kind.BRIDGE, (ties, "nothing in it is counted or dated")
    ordered = known.in_key == 1 and others and all(words.is_rank_like(c) for c in others)
    if pure and ordered and beside:
        places = named([c.name for c in others])
        return Kind.BRIDGE, (f"it contains only foreign keys ({named(known.foreign)}) in an order ({places})",)
    return None


def _is_unique_pair(known: Known) -> bool:
    """Whether the rows only pair things under a surrogate key: the pair is unique, and a date or the name says so."""
    said = _only_pairs(known) and (known.event is not None or _ties_two(known))
    return said and any({word.text for word in some} <= known.foreign for some in known.entity.uniques if len(some) > 1)


def _tells_apart(column: Attribute) -> bool:
    """Whether the column only distinguishes pairs: a start of validity, a position, or an id of any kind."""
    return words.is_validity(column) or words.is_id(column) or words.is_rank_like(column)


def _dated_key(known: Known, day: Attribute, others: Sequence[Attribute]) -> Verdict:
    why = f"its key contains the date `{day.name}`"
    own = [c.name for c in others if c.name not in known.foreign and words.is_own_id(c, known.entity.name)]
    if own and known.added:  # the date is in the key because the table is partitioned by it
        tells = f"`{own[0]}` identifies each event, so it is not a snapshot, though {why}"
        return Kind.TRANSACTION, (happened_on(known.event or day), f"its measures are {listed(known.measures)}", tells)
    if moment_of(day) is Moment.VALIDITY and not known.added and (explained := _explanation(known)):
        states = f"each row says what holds from `{day.name}` on"
        return Kind.DIMENSION, (states, f"it is not a fact, as `{explained.name}` says what the thing is")
    if known.measures:
        flows = (
            "they are taken as flows: `stock: true` at its column says that one is a level, not to be added along time"
        )
        return Kind.SNAPSHOT, (why, f"its measures are {listed(known.measures)}", *((flows,) if known.added else ()))
    return Kind.FACTLESS, (why, "it has no measures: its rows are counted")


def _explanation(known: Known) -> Attribute | None:
    """The text that names the thing or describes it; None without one."""
    texts = (c for c in known.rest if words.family_of(c) == "text")
    explains = (c for c in texts if (found := tokens(c.name)) and found[-1].text in _EXPLAINS)
    return known.name or next(explains, None)


def is_kept_back(known: Known) -> bool:
    """Whether it stays in staging for its secrets, its upkeep or its missing key, whatever it refers to."""
    return not known.key or bool(known.key & secrets_of(known.entity)) or _upkeep(known) is not None


def is_sure_event(known: Known) -> bool:
    """Whether its rows happen by its role, by its key, or by evidence well above the threshold."""
    is_keyed = _by_key(known) is not None
    return known.entity.role == "fact" or is_keyed or score(_evidence(known), ENOUGH).total >= _SURE


def _by_evidence(known: Known) -> Verdict:
    found = score(_evidence(known), ENOUGH)
    if found.passes:
        return _event(known, found)
    if is_template(known):
        return Kind.DIMENSION, (dimension_reasons(known), _score_text(found))
    if not known.down and len(known.up) >= _MANY:
        refers = f"it refers to {abbreviated(known.up)}, and nothing refers to it: it is not a dimension"
        if found.total >= ENOUGH / 2 or known.event is not None:
            return _event(known, found, refers)
        return Kind.IGNORE, (refers, _steer(found))
    if _is_of_one(known) and (found.total >= ENOUGH / 2 or _is_called_after_parent(known)):
        refers = f"nothing refers to it, and people have no name for it: it is a part of `{known.up[0]}`"
        if happens(known) or _is_done_or_counted(known):
            refers = f"nothing refers to it, and it refers to `{known.up[0]}`: it is not a dimension"
            return _event(known, found, refers)
        return Kind.IGNORE, (refers, _steer(found))
    return Kind.DIMENSION, (dimension_reasons(known), _score_text(found))


def _steer(found: Score) -> str:
    return f"{_score_text(found)}: it stays in staging; `role: fact` or `role: dimension` gives it a model"


def _is_of_one(known: Known) -> bool:
    """Whether several rows without a name belong to one parent row: images, attributes, settings."""
    found = kind_of_word(known)
    thing = found is not None and found[1] == NOUNS["thing"] and not _is_called_after_parent(known)
    is_thing = known.name is not None or thing
    return not is_thing and not known.down and bool(known.up) and not known.key <= known.foreign


def _is_done_or_counted(known: Known) -> bool:
    """Whether its rows have a plan, an event or an end, and a number to sum, and no name that makes them parts."""
    is_dated = any(one.moment in _OF_EVENTS for one in known.dated)
    return bool(known.added) and is_dated and not _is_called_after_parent(known)


def _is_called_after_parent(known: Known) -> bool:
    """Whether the table is named after its parent: `product_images`, each of which belongs to one of `products`."""
    own = bare(known.entity.name)
    return len(known.up) == 1 and own.startswith(f"{singular(bare(known.up[0]))}_")


def _event(known: Known, found: Score, *more: str) -> Verdict:
    kind, day = _fact_kind(known), known.when
    dates = (happened_on(day), *rejected_dates(known, day)) if day is not None else ()
    if day is None and known.clock is not None:
        dates = (f"`{known.clock.name}` says when it happened, as a number: it does not join to the calendar",)
    if known.states_only:
        measures = f"its measures are levels, rates or running figures, which are not summed: {listed(known.measures)}"
    elif known.measures:
        measures = f"its measures are {listed(known.measures)}"
    else:
        measures = "it has no measures: its rows are counted"
    timeless = (_NO_TRANSACTION,) if not dates and kind is not Kind.TRANSACTION else ()
    return kind, (*more, *dates, measures, *timeless, *reference_reasons(known), _score_text(found))


def _score_text(found: Score) -> str:
    reasons = "; ".join(found.reasons) or "nothing is known"
    return f"it scores {found.total:g} as an event, and {found.threshold:g} is enough: {reasons}"


def _evidence(known: Known) -> Iterator[Evidence]:
    yield from _dates(known)
    yield from _figures(known)
    yield from _references(known)
    if known.name is not None:
        counts = bool(known.added) and known.ties
        weight = -2.5 if (known.name.unique or known.thing) and not counts else -1.5
        weight = weight if known.is_named else -0.75
        yield Evidence(weight, f"people call it by `{known.name.name}`")
    yield from _noun(known)
    if known.when is not None and known.name is None and _ties_two(known):
        yield Evidence(0.75, "its name is made of those of what it ties together")


def _ties_two(known: Known) -> bool:
    """Whether the table joins two entities by its name: `patient_program` refers to `patients` and `programs`."""
    own = {singular(word) for word in bare(known.entity.name).split("_")}
    above = {singular(bare(name)) for name in known.up}
    return len(own) == _MANY and own <= above


def _joins_by_name(known: Known) -> bool:
    """Whether the name is those of two parents and a word that joins them: `students_join_address`."""
    own = [singular(word) for word in bare(known.entity.name).split("_")]
    joins = [word for word in own if word in _JOINS]
    above = [{singular(word) for word in bare(name).split("_")} for name in known.up]
    said = set(own) - set(joins)
    tied = [words for words in above if words <= said]
    return len(joins) == 1 and own[0] not in joins and len(tied) >= _MANY and set().union(*tied) == said


def _dates(known: Known) -> Iterator[Evidence]:
    when = known.when
    if when is not None:
        weight = 2.0 if known.event is not None else 0.25 if _is_only_stamped(known) else 0.75
        if _holds_from(known, when) and (not happens(known) or _is_named_part(known)):
            weight = 1.0
        yield Evidence(weight, f"`{when.name}` dates it")
    elif known.clock is not None:
        weight = 0.75 if is_creation_clock(known.clock) else 1.5
        yield Evidence(weight, f"`{known.clock.name}` dates it")
    elif later := [c for c in known.dates if c.not_null and len(known.up) >= _MANY]:
        yield Evidence(0.75, f"`{later[0].name}` is never NULL")


def _is_only_stamped(known: Known) -> bool:
    """Whether its creation date says nothing: nearly all entities have one, and people have a name for the row."""
    return known.is_stamped and known.name is not None


def _holds_from(known: Known, when: Attribute) -> bool:
    """Whether the date is the start of a pair of validity dates."""
    has_end = any(one.moment is Moment.ENDED for one in known.dated)
    return has_end and words.is_validity(when)


def _is_named_part(known: Known) -> bool:
    """Whether the name says a part, and people call it by a name as they do not call the lines of an event."""
    found = kind_of_word(known)
    return known.name is not None and found is not None and found[1] == NOUNS["detail"]


def _figures(known: Known) -> Iterator[Evidence]:
    if known.added:
        yield Evidence(1.25 if len(known.added) >= _MANY else 0.75, f"{listed(known.added)} can be summed")
    elif read := [m for m in known.measures if known.number_is_known(m)]:
        yield Evidence(0.75 if len(read) >= _MANY else 0.5, f"{listed(read)} are read")


def _references(known: Known) -> Iterator[Evidence]:
    refers = (*known.about, *polymorphic_ids(known.entity))
    if len(refers) >= _MANY:
        yield Evidence(1.25, f"it refers to {abbreviated(refers)}")
        is_dated = any(not _is_only_stamped(known) or one.moment not in _OF_ROWS for one in known.dated)
        if not (is_dated or known.clock or known.added or known.stocks or happens(known)):
            yield Evidence(-1.0, "it has no date, and nothing in it can be summed")
    elif refers:
        may_happen = happens(known) or known.event is not None or known.entity.is_undated
        weight = 0.5 if may_happen else 0.0  # things refer to one other thing as often as events do
        yield Evidence(weight, f"it refers to {abbreviated(refers)}")
    elif known.parts_tell:
        yield Evidence(-0.25, f"only its parts refer to what it happens to: {abbreviated(known.parts or known.down)}")
    else:
        yield Evidence(-1.0, "it has no reference to a thing that it could happen to")
        if known.when is None and known.clock is None and not known.dates:
            nothing = "" if known.added else ", and nothing in it can be summed"
            yield Evidence(-0.75, f"nothing dates it{nothing}")
    others = [name for name in known.down if name not in known.parts]
    if (
        others
        and (happens(known) or _is_dated_alone(known))
        and all(noun_of(name) == NOUNS["occurrence"] for name in others)
    ):
        return  # other values of an event may be set later: the refund of an order
    if others:
        yield Evidence(_against_by_others(known, len(others)), f"it is referred to by {abbreviated(others)}")
    elif known.parts:
        yield Evidence(0.5, f"it is referred to only by its parts: {abbreviated(known.parts)}")
    else:
        yield Evidence(1.0, "nothing refers to it")


def _against_by_others(known: Known, count: int) -> float:
    """The weight of other entities that refer to the row. Many speak for a thing, unless the name says an event."""
    if count < _MANY:
        return -0.25
    if known.event is not None and _is_dated_alone(known) and not _holds_from(known, known.event):
        return -0.75 if count < 2 * _MANY else -1.5  # what happened is paid, answered and changed by what happens later
    return -1.5 if count < 2 * _MANY or (happens(known) and not _is_part_of_none(known)) else -2.5


def _is_part_of_none(known: Known) -> bool:
    """Whether the name says a part, while nothing that it refers to happens, and others refer to it."""
    found = kind_of_word(known)
    is_part = found is not None and found[1] == NOUNS["detail"]
    happens = any(noun_of(name) == NOUNS["occurrence"] for name in known.up)
    return is_part and not happens and bool(set(known.down) - set(known.parts))


def _is_dated_alone(known: Known) -> bool:
    """Whether every row has the date of its event, and no name."""
    return known.event is not None and bool(known.event.not_null) and known.name is None


def _noun(known: Known) -> Iterator[Evidence]:
    found = kind_of_word(known)
    if is_template(known):
        yield Evidence(-4.0, "its name says that it describes what happens again and again")
    elif found is not None and not _is_part_of_none(known):
        word, (weight, kind) = found
        yield Evidence(weight, f"`{word}` is a word for {kind}")
