"""The kind of thing that a table's name is a word for: an event, parts of one, levels at a time, or things."""

from __future__ import annotations

from collections.abc import Collection

from erd2dbt.infer.vocabulary import tokens, word_list
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
_TEMPLATES = frozenset(word_list("template"))


def happens(known: Known) -> bool:
    """Whether the name is a word for an event, or for parts of one."""
    found = kind_of_word(known)
    return found is not None and found[1] in (NOUNS["occurrence"], NOUNS["detail"])


def is_template(known: Known) -> bool:
    """Whether the name says that the row only describes what happens again and again: `recurring_invoices`."""
    found = tokens(bare(known.entity.name))
    return happens(known) and any(word.text in _TEMPLATES for word in found[:-1])


def kind_of_word(known: Known) -> tuple[str, tuple[float, str]] | None:
    """The last word of the name with a known kind, or the word before it."""
    own = bare(known.entity.name)
    owners = (bare(name) for name in known.up if not bare(name).startswith(own))  # a `source_type` says what it is
    found = _word_of(known.entity.name, {singular(word.text) for name in owners for word in tokens(name)})
    last = tokens(own)[-1:]
    if found is None and not known.about and not known.added and any("period" in word.senses for word in last):
        return last[0].text, (NOUNS["thing"][0], "parts of the calendar")
    return found


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
