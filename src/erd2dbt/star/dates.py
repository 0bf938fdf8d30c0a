"""The meaning of a date (happened, created, ended, deleted), and the date of a row's event."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute
from erd2dbt.infer.evidence import Evidence, Score, score
from erd2dbt.infer.verb_stems import latin_verb, verb_stem
from erd2dbt.infer.vocabulary import Token, senses, tokens, word_list
from erd2dbt.infer.words import is_number
from erd2dbt.names.plurals import singular
from erd2dbt.star.clocks import is_clock_in_units, is_named_moment


class Moment(enum.StrEnum):
    """The meaning of a date, in the words of the reasons."""

    EVENT = "when it happened"
    CREATED = "when the row was created"
    ENDED = "when it was done or over"
    PLANNED = "when it should be"
    VALIDITY = "from or to when the row holds"
    BIOGRAPHY = "a property of the thing itself"
    WRITTEN = "when the row was last touched"
    DELETED = "when the row was deleted or withdrawn"


# The first one whose sense a word of the name has: a `last_payment_date` is not a payment.
_SENSES = (
    ("deleted", Moment.DELETED),
    ("planned", Moment.PLANNED),
    ("written", Moment.WRITTEN),
    ("created", Moment.CREATED),
    ("biography", Moment.BIOGRAPHY),
    ("ended", Moment.ENDED),
)
_SAID = {"happened", "validity", *(sense for sense, _ in _SENSES)}
_LONGEST_PHRASE = 8  # words of a description that says what a date is
_CHANGES = frozenset(word_list("change"))
_RECORD = frozenset(word_list("record"))
_STARTS_OF_THINGS = frozenset(word_list("start_of_thing"))
_STARTS_OF_PAIRS = frozenset(word_list("start_of_pair"))
_PARTITIONS = frozenset(word_list("partition"))
_DEADLINES = frozenset(word_list("deadline"))
_FIRST_ACTS = frozenset(word_list("first_act"))
_IRREGULAR = {"paid": "pay", "sold": "sale", "bought": "buy", "sent": "send"}
_ACCEPTED = frozenset(word_list("accepted"))
_STAMPS = frozenset(("tstamp",))
_ASKED = "requested"
_OF_REQUEST = ([_ASKED, "at"], [_ASKED, "on"])  # words of a name: when somebody asked
_PARTICLES = frozenset(("in", "out"))  # `checked_in_at` is no check of the row
_ENOUGH = 1.0  # the threshold for the date of the event
_VALID = re.compile(r"valid|effective|(?:^|_)(?:eff(?:dt)?|from|since|until|to|thru)(?:_|$)|gultig|vigen")
# Moments that are an event where the entity is called after them, and the sense of the words that say so.
_OWN_EVENTS = {
    Moment.BIOGRAPHY: "biography",
    Moment.ENDED: "ended",
    Moment.DELETED: "deleted",
    Moment.PLANNED: "planned",
}
_ONE_AND_DAY = 2  # columns of a key
_FROM = re.compile(r"from|since|start|beg|eff")
_SINCE = frozenset(word_list("since"))
_OF_PERIOD = -2.5  # of the start of a period: below an act that rows can be without
_WEIGHT = {Moment.EVENT: 3.0, Moment.CREATED: 2.0}


@dataclass(frozen=True, slots=True)
class Dated:
    """A date of an entity: its meaning, and its score as the date of the event."""

    column: Attribute
    moment: Moment
    score: Score


def is_date(column: Attribute) -> bool:
    """Whether the type is a date or a timestamp, with or without a time zone."""
    known = canonical(column.type) if column.type else None
    return known is not None and family(known) in ("date", "timestamp")


def is_clock(column: Attribute) -> bool:
    """Whether the column is a timestamp as a number of seconds or milliseconds. It joins no calendar."""
    words = tokens(column.name)
    if not words or not is_number(column.type):
        return False
    if is_clock_in_units(words):
        return True
    in_units = len(words) > 1 and "unit" in words[-1].senses and words[-2].text in ("ts", "epoch", "timestamp")
    return in_units or ("clock" in words[-1].senses and "flow" not in words[-1].senses)


def is_named_clock(column: Attribute) -> bool:
    """Whether a whole number is called by what happened, as moments are: `timecreated`, and `created` as bigint."""
    known = canonical(column.type or "")
    is_integer = known is not None and family(known) == "integer" and known != "smallint"
    return is_integer and is_named_moment(tokens(column.name), is_long=known == "bigint")


def is_creation_clock(column: Attribute) -> bool:
    """Whether a moment as a number says only when its row was made. Things have such moments, too."""
    return is_named_clock(column) and not is_clock(column) and moment_of(column) is Moment.CREATED


def moment_of(column: Attribute) -> Moment:
    """The meaning of a date by the words of its name; an event unless they say otherwise."""
    words = _spoken(column)
    if len(words) > 1 and words[-1].text in _STAMPS:
        words = words[:-1]  # alone, it is the time of the last change; `collector_tstamp` is a timestamp like any other
    if len(words) > 1 and words[0].text in _PARTITIONS and all("day" in word.senses for word in words[1:]):
        return Moment.WRITTEN  # where the row is kept
    found = frozenset[str]().union(*_senses(words))
    if _is_validity(column.name) and "happened" not in _without_day(words):
        return Moment.VALIDITY
    if len(words) > 1 and words[0].text in _RECORD and found & {"onset", "ended"}:
        return Moment.VALIDITY
    if len(words) > 1 and words[-1].text in _DEADLINES:
        return Moment.PLANNED  # `pay_by`, `not_after`: what should happen until then
    future = len(words) > 1 and words[-1].text == "at" and words[-2].text.endswith(("ates", "izes", "ises"))
    if future and "ended" not in found:
        return Moment.PLANNED  # `deactivates_at`, `expires_at`: a time in the future
    if [word.text for word in words] in _OF_REQUEST:
        return Moment.EVENT  # `requested_date` may be for when something is wanted
    happened = any("happened" in word.senses for word in words)
    for sense, moment in _SENSES:
        if sense in found and not (happened and sense == "ended" and words[0].senses & {"happened"}):
            return moment
    return Moment.EVENT


def _is_validity(name: str) -> bool:
    """Whether the name says from or to when a row holds: in parts of words, or in each word of it (`gueltig_ab`)."""
    said = [word.senses for word in tokens(name) if "day" not in word.senses]
    whole = bool(said) and all("validity" in one and not one & {"happened", "ended"} for one in said)
    return whole or bool(_VALID.search(name.lower()))


def _begins(name: str) -> bool:
    return bool(_FROM.search(name.lower())) or any(word.text in _SINCE for word in tokens(name))


def is_request(column: Attribute) -> bool:
    """Whether the date may be when somebody asked, or for when: `requested_date`."""
    return any(word.text == _ASKED for word in tokens(column.name))


def said(column: Attribute, moment: Moment) -> str:
    """What the date says, for a reason: `approved_at` does not say when a row was created."""
    is_accepted = moment is Moment.CREATED and any(word.text in _ACCEPTED for word in tokens(column.name))
    return "when it was accepted or put to use" if is_accepted else str(moment)


def _senses(words: Sequence[Token]) -> Iterator[frozenset[str]]:
    """The senses of each word. A verb with a particle, `checked in`, is not the last touch of a row."""
    for word, after in zip_longest(words, words[1:]):
        yield word.senses - {"written"} if after is not None and after.text in _PARTICLES else word.senses


def _spoken(column: Attribute) -> tuple[Token, ...]:
    """The words of the name; those of the description, where only they say a moment: `erdat`, "Created on"."""
    words = tokens(column.name)
    if not column.description or any(word.senses & _SAID for word in words):
        return words
    if len(column.description.split()) > _LONGEST_PHRASE:
        return words  # prose speaks of other moments, too
    told = tokens(column.description)
    return told if any(word.senses & _SAID for word in told) else words


def dated(columns: Iterable[Attribute], key: Collection[str], entity: str) -> tuple[Dated, ...]:
    """The dates of an entity, the best candidate for its event first. Dates below the threshold are excluded."""
    dates = [column for column in columns if is_date(column)]
    known = any(column.not_null for column in dates)
    moments = {c.name: _moment(c, key, entity) for c in dates}
    for stamp in _write_stamps(dates, moments, key, entity):
        moments[stamp] = Moment.WRITTEN
    if request := _request(dates, moments):
        moments[request] = Moment.EVENT
    act = _own_act([c for c in dates if moments[c.name] is Moment.EVENT], entity)
    made = [Dated(c, (m := moments[c.name]), _score(c, m, key, entity, known=known and c is not act)) for c in dates]
    made = [_behind_own(one, made, key, entity) for one in made]
    return tuple(sorted(made, key=lambda one: -one.score.total))


def _behind_own(one: Dated, dates: Sequence[Dated], key: Collection[str], entity: str) -> Dated:
    """The start of a period, behind the date of an act of the row: an invoice happens when it is issued.

    A payment follows the act, so that it does not date other rows than payments.
    """
    words = tokens(one.column.name)
    is_of_period = any("period" in word.senses for word in words) and bool(
        {"onset", "validity"} & senses(words[-1].text)
    )
    if one.moment is not Moment.EVENT or not is_of_period or one.column.name in key:
        return one
    acts = (
        two.column.name
        for two in dates
        if two.moment is Moment.EVENT and not any("period" in word.senses for word in tokens(two.column.name))
        if _has_own_verb(two.column.name, entity) or "money" not in senses(two.column.name)
    )
    act = next(acts, None)
    if act is None:
        return one
    later = Evidence(_OF_PERIOD, f"it begins a period, and `{act}` is the date of an act")
    return replace(one, score=score((*one.score.evidence, later), _ENOUGH))


def _request(dates: Sequence[Attribute], moments: Mapping[str, Moment]) -> str | None:
    """The date of a request where it alone is declared NOT NULL: with it the row comes to be, and an answer follows."""
    sure = [c for c in dates if c.not_null and moments[c.name] in (Moment.EVENT, Moment.CREATED, Moment.PLANNED)]
    if len(sure) != 1 or len(dates) == 1 or moments[sure[0].name] is not Moment.PLANNED:
        return None
    return sure[0].name if is_request(sure[0]) else None


def _own_act(events: Sequence[Attribute], entity: str) -> Attribute | None:
    """The date of the event's own verb, where no other date of an event is declared NOT NULL.

    Creation dates are filled by default. Beside them, a date that may be NULL can still be the date of the event.
    """
    if any(column.not_null for column in events):
        return None
    own = (column for column in events if _has_own_verb(column.name, entity))
    first = (column for column in events if not _FIRST_ACTS.isdisjoint(_without_day(tokens(column.name))))
    return next(own, None) or next(first, None)


def _has_own_verb(name: str, entity: str) -> bool:
    """Whether the verb of the date is the one of the table's noun: `shipped_at` of `shipments`."""
    nouns = {latin_verb(verb_stem(singular(word.text))) for word in tokens(entity)[-1:]}
    return any(verb_stem(_IRREGULAR.get(word, word)) in nouns for word in _without_day(tokens(name)))


def _write_stamps(
    dates: Sequence[Attribute], moments: Mapping[str, Moment], key: Collection[str], entity: str
) -> list[str]:
    """A date that is only called `timestamp` is the last write, where another date is named after the row."""
    stamps = [c.name for c in dates if c.name.strip("_").lower() == "timestamp" and c.name not in key]
    events = [c for c in dates if c.name not in stamps and moments[c.name] is Moment.EVENT]
    return stamps if any(_is_own(c.name, entity) for c in events) else []


def _moment(column: Attribute, key: Collection[str], entity: str) -> Moment:
    """The meaning of a date in its entity. The date of a return is its event, although elsewhere it is an end.

    A key column is never a change date.
    """
    moment = moment_of(column)
    if moment is Moment.WRITTEN and (column.name in key or _keeps_changes(entity)):
        return Moment.EVENT
    if moment is Moment.VALIDITY and column.name in key and len(key) == _ONE_AND_DAY:
        # each row is valid from that day on; pairs that are valid for a period are not events
        return Moment.EVENT if _begins(column.name) else moment
    if moment is Moment.EVENT and _is_life_of_a_thing(column.name, entity):
        return Moment.BIOGRAPHY
    if moment is Moment.BIOGRAPHY and _is_first_of_its_own(column.name, entity):
        return Moment.EVENT
    return Moment.EVENT if _is_event_of(column.name, _OWN_EVENTS.get(moment), entity) else moment


def _is_event_of(name: str, sense: str | None, entity: str) -> bool:
    """Whether the rows are what the date says: `cancelled_on` of `cancellations`, `termin` of `termine`."""
    said = [word.text for word in tokens(name) if sense in word.senses]
    words = tokens(entity)
    if sense == "planned" and any(sense in word.senses for word in words):
        return True  # appointments happen when they should be, as far as is known
    own = [word.text for word in words]
    roots = {_root(word) for word in own} | {verb_stem(singular(word)) for word in own}
    return any(_root(word) in roots or verb_stem(word) in roots for word in said)


def _is_life_of_a_thing(name: str, entity: str) -> bool:
    """Whether the date starts the life of a thing, such as the issue date of a card.

    An invoice's issue is its event.
    """
    found = tokens(entity)
    is_thing = bool(found) and bool(found[-1].senses & {"thing", "person"}) and "occurrence" not in found[-1].senses
    return is_thing and any(word.text in _STARTS_OF_THINGS for word in tokens(name))


def _is_first_of_its_own(name: str, entity: str) -> bool:
    """Whether the date is the start of the row itself: `visit_first_action_time` of a visit."""
    lives = [word.text for word in tokens(name) if "biography" in word.senses]
    return lives == ["first"] and _is_own(name, entity)


def since_when(found: Sequence[Dated]) -> tuple[Dated, ...]:
    """The dates of a pair of things. A start without an end says when the pair came to be: `since` of `friendship`."""
    starts = [one for one in found if one.moment is Moment.VALIDITY and _begins(one.column.name)]
    others = [one for one in found if one.moment in (Moment.EVENT, Moment.ENDED, Moment.VALIDITY) and one not in starts]
    if len(starts) != 1 or others:
        return tuple(found)
    (start,) = starts
    event = Evidence(_WEIGHT[Moment.EVENT], f"`{start.column.name}` says since when it is so")
    began = Dated(start.column, Moment.EVENT, score([event], _ENOUGH))
    return tuple(sorted((began if one is start else one for one in found), key=lambda one: -one.score.total))


def starts_pair(one: Dated) -> bool:
    """Whether the date of a row that pairs two things says no more than since when: `granted_at` of a zone."""
    words = tokens(one.column.name)
    says_more = any("happened" in word.senses for word in words)
    starts = any(word.text in _STARTS_OF_PAIRS for word in words) or _is_validity(one.column.name)
    return one.moment is not Moment.EVENT or (not says_more and bool(starts))


def _keeps_changes(entity: str) -> bool:
    """Whether each row records a change: `status_history`, `price_changes`, `audit_log`."""
    words = tokens(entity)
    return bool(words) and words[-1].text in _CHANGES


def event_of(found: Sequence[Dated]) -> Dated | None:
    """The date of the event: the one with the best score; None if that is below the threshold."""
    return found[0] if found and found[0].score.passes else None


def _score(column: Attribute, moment: Moment, key: Collection[str], entity: str, *, known: bool) -> Score:
    own = _is_own(column.name, entity)
    found = [Evidence(_WEIGHT.get(moment, 0.0), f"`{column.name}` says {moment}")]
    if moment is Moment.EVENT:
        found += [Evidence(1.5, f"it is named after `{entity}`")] if own else []
        found += [Evidence(1.0, "it is in the key")] if column.name in key else []
        found += [Evidence(0.6, "it says when it began")] if "onset" in senses(column.name) else []
    about = _another(column.name, entity) if moment is Moment.EVENT and not own else None
    if about is not None:
        found.append(Evidence(-2.0, f"`{about}` is another thing"))
    if moment in _WEIGHT and known and not column.not_null and column.name not in key:
        found.append(Evidence(-0.5 if own else -1.5, "rows can be without it"))
    return score(found, _ENOUGH)


def _is_own(name: str, entity: str) -> bool:
    """Whether the name has only the table's words and words for a time: `sale_date` of `sales`, `date`."""
    words = _without_day(tokens(name))
    return not words or bool({_root(w) for w in words} & {_root(w.text) for w in tokens(entity)} - {""})


def _another(name: str, entity: str) -> str | None:
    """The thing that the date belongs to, where it is not the row: `subscription_start_date` of `cancellations`."""
    words = [word for word in tokens(name) if "day" not in word.senses]
    own = {_root(word.text) for word in tokens(entity)}
    if len(words) < 2 or "onset" not in words[-1].senses:
        return None
    noun = words[-2]
    return noun.text if noun.senses & {"occurrence", "thing", "person"} and _root(noun.text) not in own else None


def _without_day(words: Sequence[Token]) -> tuple[str, ...]:
    return tuple(word.text for word in words if "day" not in word.senses and word.text not in ("by", "is", "was"))


def _root(word: str) -> str:
    """`ordered`, `orders` -> `order`. No rule derives `sold` from `sale`."""
    return re.sub(r"(?:ed|s|ing|d)$", "", word) if len(word) > 3 else word
