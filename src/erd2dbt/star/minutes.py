"""Whole numbers that end in `min`: minutes behind a word for how long, and not the least of several values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from erd2dbt.infer.vocabulary import Token, tokens, word_list

_MIN, _MINUTES = "min", "mins"
_SPANS = frozenset(word_list("span"))
_SPAN_ENDS = tuple(word_list("span_end"))
_SHORTEST = 2  # words before `min` with a word for any time: `travel_time_min`


def bounded(names: Iterable[str]) -> frozenset[str]:
    """What has a greatest or mean value in another column: `wait` of `wait_max` or `avg_wait`."""
    found = set()
    for name in names:
        words = tokens(name)
        rest = [word.text for word in words if "extreme" not in word.senses]
        if len(rest) < len(words) and not any(word.text == _MIN for word in words):
            found.add("_".join(rest))
    return frozenset(found)


def with_minutes(words: tuple[Token, ...], bounds: frozenset[str], *, whole: bool) -> tuple[Token, ...]:
    """The words with `minutes` for a `min` that means them: `duration_min`, `tiempo_espera_min`."""
    *before, end = words or (Token("", frozenset()),)
    if not whole or end.text != _MIN or "_".join(word.text for word in before) in bounds:
        return words
    return (*before, replace(tokens(_MINUTES)[0], text=_MIN)) if _is_span(before) else words


def _is_span(words: Sequence[Token]) -> bool:
    if any(word.text in _SPANS for word in words):
        return True
    ends = any(word.text.endswith(_SPAN_ENDS) and word.text not in _SPAN_ENDS for word in words)
    return ends or (len(words) >= _SHORTEST and words[-1].text in _SPAN_ENDS)
