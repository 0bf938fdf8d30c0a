"""Texts that open something for whoever has them: links that log in, headers of authorization, stripes of cards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.infer.evidence import Evidence
from erd2dbt.infer.vocabulary import Token, tokens, word_list

_NAMED, _LIKELY = 3.0, 2.0
_OPENING = frozenset(word_list("opening_link"))
_LINKS = frozenset(word_list("link"))
_AUTHORIZATIONS = frozenset(word_list("authorization"))
_SECRET_WORDS = frozenset(word_list("secret_word"))
_PREPAID = frozenset(word_list("prepaid"))
_TRANSFERS = frozenset(word_list("bank_transfer"))
_HALVED, _PRIVATE = frozenset(word_list("pair_guard")), frozenset(word_list("private"))
_CARD_DETAILS = frozenset((*word_list("card_detail"), *word_list("payment_card"), "card"))
_OF_MANY = frozenset(("webhook", "webhooks", "signed"))  # tables with links that others have published
_TAN = "tan"  # the number that signs one transfer; also a colour
_STRIPE = re.compile(r"(?:card_?)?(?:track_?[12](?:_?data)?|mag(?:netic)?_?stripe(?:_?data)?)")
_HASH_OF_KEY = re.compile(r"(?:hashed_?key|key_?(?:hash|digest))")


def is_opening_link(words: Sequence[Token]) -> bool:
    """Whether the name is a link that lets in whoever has it: `reset_url`, `magic_link`; not `logo_url`."""
    texts = [word.text for word in words]
    ends = _place_of(texts, _LINKS)
    return ends is not None and any(text in _OPENING for text in (*texts[:ends], *texts[ends + 1 :]))


def named_openers(words: Sequence[Token]) -> Iterator[Evidence]:
    """Evidence of a name alone: a link that opens, a header with a token, a word that only its owner knows."""
    texts = [word.text for word in words]
    end, before = texts[-1], texts[:-1]
    if is_opening_link(words):
        yield Evidence(_NAMED, f"`{'_'.join(texts)}` lets in whoever has the link")
    elif end in ("header", "headers") and _AUTHORIZATIONS.intersection(before):
        yield Evidence(_NAMED, f"`{end}` of authorization has a token or a password in it")
    elif end == "word" and _SECRET_WORDS.intersection(before):
        yield Evidence(_NAMED, f"`{'_'.join(texts)}` is a word that only its owner knows")
    elif end in ("code", "codes") and _PREPAID.intersection(before):
        yield Evidence(_NAMED, f"whoever knows `{'_'.join(texts)}` has the money")
    elif end in _PRIVATE and before and before[-1] in _HALVED:
        yield Evidence(_NAMED, f"`{end}` behind `{before[-1]}` is the private half of a key")


def openers_of_table(entity: Entity, column: Attribute, *, is_access: bool) -> Iterator[Evidence]:
    """Evidence of the table and of other columns, for texts that are secrets only there.

    `is_access`: its rows are people, or give access.
    """
    name, words = column.name.lower(), [word.text for word in tokens(column.name)]
    table = {text.removesuffix("s") for text in _texts(entity.name)} | set(_texts(entity.name))
    beside = {text for c in entity.columns if c is not column for text in _texts(c.name)}
    opening = table & _OPENING - _OF_MANY
    if words and opening and all(word in _LINKS for word in words):
        yield Evidence(_NAMED, f"the links of `{entity.name}` let in whoever has them")
    if words[-1:] == [_TAN] and (table | beside) & _TRANSFERS:
        yield Evidence(_LIKELY, f"it signs a transfer, as `{min((table | beside) & _TRANSFERS)}` says")
    if _STRIPE.fullmatch(name) and (table | beside) & _CARD_DETAILS:
        yield Evidence(_NAMED, "it is the magnetic stripe of a payment card")
    if _HASH_OF_KEY.fullmatch(name) and (is_access or _shows_part_of_key(entity)):
        yield Evidence(_NAMED, "it is the hash of a key that opens something")


def _shows_part_of_key(entity: Entity) -> bool:
    """Whether the table shows the beginning of a key, so that people recognise it: `key_prefix`."""
    return any(re.fullmatch(r"(?:\w+_)?key_(?:prefix|hint|last4)", c.name.lower()) for c in entity.columns)


def _place_of(texts: Sequence[str], some: frozenset[str]) -> int | None:
    """Where the link is: at the end, or, in Romance languages, at the beginning."""
    if texts and texts[-1] in some:
        return len(texts) - 1
    return 0 if texts and texts[0] in ("lien", "enlace", "link") else None


def _texts(name: str) -> tuple[str, ...]:
    return tuple(word.text for word in tokens(name))
