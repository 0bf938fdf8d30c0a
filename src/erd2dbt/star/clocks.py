"""Numbers that are a moment: seconds or milliseconds since a day, as the noun before their unit says."""

from __future__ import annotations

from collections.abc import Sequence

from erd2dbt.infer.verb_stems import verb_stem
from erd2dbt.infer.vocabulary import Token, tokens, word_list

EPOCHS = frozenset(word_list("epoch"))
_UNITS = frozenset(word_list("unit_of_clock"))
_NOUNS = frozenset(word_list("moment_noun"))
_TIMES = frozenset(word_list("time_noun"))
_STAMPS = frozenset(word_list("stamp"))
_BETWEEN = frozenset(word_list("from_a_moment"))
_MOMENTS = {"onset", "ended", "created", "deleted", "written"}
_WHO_AND_COUNT = 2  # words


def is_named_moment(words: Sequence[Token], *, is_long: bool) -> bool:
    """Whether the name is a verb of what happened to a row behind a word for a time: `timecreated`, `date_added`.

    A number with room for milliseconds may have the verb alone: `created`.
    """
    *before, verb = words or (Token("", frozenset()),)
    if not verb.text.endswith("ed") or not verb.senses & {*_MOMENTS, "happened"} or _is_counted(verb):
        return False
    return all(word.senses & {"clock", "day"} for word in before) if before else is_long


def _is_counted(verb: Token) -> bool:
    """Whether the verb or its noun is a quantity: bytes that were `uploaded`, an amount that was `paid`."""
    nouns = (verb, *tokens(verb_stem(verb.text)))
    return any("flow" in word.senses for word in nouns)


def is_moment_in_units(words: Sequence[Token]) -> bool:
    """Whether the name is a moment and its unit, or what a counter shows at a moment: `started_ms`, `due_at_cycles`."""
    if is_clock_in_units(words):
        return True
    if len(words) > _WHO_AND_COUNT and words[-2].text == "at" and words[-1].is_plural:
        return True
    said = [word for word in words if "unit" not in word.senses]
    if len(said) == len(words) or not said or "unit" not in words[-1].senses:
        return False
    return all(word.senses & _MOMENTS and word.text.endswith("ed") for word in said)


def is_clock_in_units(words: Sequence[Token]) -> bool:
    """Whether a moment precedes a unit of time: `started_at_ms`, `event_time_ms`, `finish_ns`.

    `response_time_ms` and `time_to_start_ms` are spans.
    """
    if len(words) < _WHO_AND_COUNT or words[-1].text not in _UNITS:
        return False
    *before, noun = words[:-1]
    if any(word.text in _BETWEEN for word in before):
        return False
    if noun.text in _STAMPS:
        return True
    if noun.text in _TIMES:
        return bool(before) and (_is_moment(before[-1]) or _is_past(before[-1]))
    return _is_moment(noun) or (_is_past(noun) and all(_is_past(word) for word in before))


def _is_moment(word: Token) -> bool:
    return word.text in _NOUNS


def _is_past(word: Token) -> bool:
    """Whether it is a verb of what happened to a row: `started`, `created`. `played` may be how long."""
    return bool(word.senses & _MOMENTS) and word.text.endswith("ed")
