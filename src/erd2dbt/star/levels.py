"""Numbers that are no flow although they name a quantity: meters, levels beside a change, terms and ratings."""

from __future__ import annotations

from collections.abc import Sequence

from erd2dbt.infer.vocabulary import Token, word_list

_METERS = frozenset(word_list("meter"))
_METER_STANDS = frozenset(word_list("meter_stand"))
_SIDES = frozenset(word_list("side_of_change"))
_ENDS_OF_PERIOD = frozenset(word_list("end_of_period"))
_TERMS = frozenset(word_list("term"))
_SPANS = frozenset(word_list("unit_of_span")) | frozenset(word_list("unit_of_clock"))
_RATINGS = frozenset(word_list("rating"))
_POINTS = frozenset(word_list("rating_unit"))
_QUANTITIES = frozenset({"counting", "stock", "whole", "worth"})
_PERIODS = frozenset({"unit", "period"})


def meter_word(words: Sequence[Token]) -> str | None:
    """The word that says what a meter shows, a running figure: `index_kwh`, `compteur_km`; not `consumption_kwh`."""
    if not words:
        return None
    if words[-1].text in _METER_STANDS:
        return words[-1].text
    *before, end = words
    if before and "unit" in end.senses and before[-1].text in _METERS | _METER_STANDS:
        return before[-1].text
    return None


def side_of_change(words: Sequence[Token]) -> str | None:
    """The word by which a quantity is a level beside a change: `qty_after`, `opening_qty`; not `net_after_tax`."""
    if len(words) < 2:
        return None
    first, end = words[0], words[-1]
    if end.text in _SIDES and words[-2].senses & {"flow", "stock", "worth"} and not words[-2].senses & _PERIODS:
        return end.text
    if first.text in _ENDS_OF_PERIOD and end.senses & _QUANTITIES and not end.senses & _PERIODS:
        return first.text
    return None


def term_word(words: Sequence[Token]) -> str | None:
    """The word that makes a span a term or limit that somebody set: `notice_days`, `timeout_ms`, `shelf_life_days`."""
    if not words or words[-1].text not in _SPANS:
        return None
    return next((word.text for word in reversed(words[:-1]) if word.text in _TERMS), None)


def rating_word(words: Sequence[Token]) -> str | None:
    """The word that makes points a rating, of which nobody adds two: `elo_points`, `rank_points`."""
    if len(words) < 2 or words[-1].text not in _POINTS:
        return None
    return words[-2].text if words[-2].text in _RATINGS else None
