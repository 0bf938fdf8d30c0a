"""The stem that the forms of a verb share: `cancel`, `cancelled`, `cancellation`; `gelöscht`, `Löschung`."""

from __future__ import annotations

import re

_LEAST = 4  # letters of a stem
_DOUBLED = re.compile(r"([a-z])\1$")
_PARTICIPLE = re.compile(r"ge(\w+?)(?:t|d|en)")  # German and Dutch
# Endings of verbs and of their nouns in the languages of the vocabulary.
_ENDINGS = frozenset(
    (
        "ations ation ating ated ates ate ions ion ing ed es s e al ment y ies "
        "ierungs ierung iert ungen ungs ung ionen t en ements ement ees ee "
        "aciones acion ados adas ado ada idos idas ido ida amiento imiento ar "
        "azione azioni ato ata ito ita amento imento acao acoes"
    ).split()
)
_LONGEST = max(map(len, _ENDINGS))


# How a Latin noun in `-ion` ends, without that, and the verb that it is of: `submis` of `submit`.
_LATIN = (
    ("mis", "mit"), ("vers", "vert"), ("tens", "tend"), ("pans", "pand"), ("pens", "pend"), ("cis", "cid"),
    ("clus", "clud"), ("vis", "vid"), ("script", "scrib"), ("cept", "ceiv"), ("ces", "ced"),
)  # fmt: skip


def latin_verb(stem: str) -> str:
    """The stem of the verb of a Latin noun's stem: `submis` -> `submit`, `convers` -> `convert`."""
    found = next((pair for pair in _LATIN if stem.endswith(pair[0])), None)
    return stem.removesuffix(found[0]) + found[1] if found else stem


def verb_stem(word: str) -> str:
    """The word without the ending of a verb or of its noun, and without a German or Dutch participle's `ge`.

    The word itself where fewer than four letters would be left.
    """
    inner = _PARTICIPLE.fullmatch(word)
    if inner is not None and len(inner[1]) >= _LEAST:
        return _single(_without_ending(inner[1]))
    return _single(_without_ending(word))


def _without_ending(word: str) -> str:
    """The word without its longest ending."""
    ends = range(max(_LEAST, len(word) - _LONGEST), len(word))
    return next((word[:end] for end in ends if word[end:] in _ENDINGS), word)


def _single(word: str) -> str:
    """The word with one of two equal letters at its end: `cancell` is `cancel`."""
    return word[:-1] if _DOUBLED.search(word) and len(word) > _LEAST else word
