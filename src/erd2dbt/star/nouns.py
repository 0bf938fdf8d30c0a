"""The kind of thing that a table's name is a word for: an event, parts of one, levels at a time, or things."""

from __future__ import annotations

from collections.abc import Collection

from erd2dbt.infer.vocabulary import tokens
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import bare
from erd2dbt.star.entity_features import Known

# sense of the last word of a table's name -> (weight, description); the first sense that the word has
NOUNS = {
    "occurrence": (1.5, "what happens"),
    "detail": (1.0, "parts"),
    "snapshot": (0.5, "a level at a time"),
    "thing": (-1.5, "things"),
}


def happens(known: Known) -> bool:
    """Whether the name is a word for an event, or for parts of one."""
    found = kind_of_word(known)
    return found is not None and found[1] in (NOUNS["occurrence"], NOUNS["detail"])


def kind_of_word(known: Known) -> tuple[str, tuple[float, str]] | None:
    """The last word of the name with a known kind, or the word before it."""
    return _word_of(known.entity.name, frozenset(singular(bare(name)) for name in known.up))


def noun_of(entity: str) -> tuple[float, str] | None:
    """The weight and the kind of the word for an entity, without its references."""
    found = _word_of(entity)
    return found[1] if found else None


def _word_of(entity: str, above: Collection[str] = ()) -> tuple[str, tuple[float, str]] | None:
    """The word for the entity's kind.

    `above`: the entities it refers to; `product` in `product_image` is only the owner.
    """
    found = tokens(bare(entity))
    before = [word for word in found[-2:-1] if singular(word.text) not in above]
    for word in (*found[-1:], *before):
        sense = next((sense for sense in NOUNS if sense in word.senses), None)
        if sense is not None:
            return word.text, NOUNS[sense]
    return None
