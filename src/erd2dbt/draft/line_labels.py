"""What the label of a line says of its foreign key: the line `approves` is the column `approved_by`."""

from __future__ import annotations

import re

from erd2dbt.infer.verb_stems import verb_stem
from erd2dbt.infer.vocabulary import word_list
from erd2dbt.names.spelling import slug

_NO_VERBS = frozenset(word_list("by_whom")) | {"id", "key", "no", "nr", "fk", "is", "has", "of", "to", "the", "a"}
_WHO_DOES = re.compile(r"(?:ers?|ors?)$")  # `approver` of `approves`
_THIRD_PERSON = re.compile(r"(?<=[^s])s$")


def alike(column: str, label: str) -> int:
    """Return how many words of a label the column has, too. All forms of a verb are one word."""
    said = [_forms(word) for word in slug(label).split("_") if word and word not in _NO_VERBS]
    own = [_forms(word) for word in slug(column).split("_") if word and word not in _NO_VERBS]
    return sum(any(word & other for other in own) for word in said)


def _forms(word: str) -> frozenset[str]:
    shorter = (_THIRD_PERSON.sub("", word), _WHO_DOES.sub("", word))
    return frozenset({word, *shorter, *map(verb_stem, (word, *shorter))} - {""})
