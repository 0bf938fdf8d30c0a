"""Numbers of identity papers, taxes and bank accounts, and names at birth, in tables about people.

A word alone tells little: a `licence` may be that of a program. So words count together, and only beside a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from erd2dbt.infer.vocabulary import Token, tokens, word_list

_NUMBERS = frozenset(word_list("number_noun"))
_DOCUMENTS = frozenset(word_list("document"))
_OF_PEOPLE = frozenset(word_list("document_of_person"))
_DRIVING = tuple(word_list("driving"))
_ACCOUNT_CODES, _CODES = frozenset(word_list("account_code")), frozenset(word_list("code_of_account"))
_NAMES = frozenset(word_list("name_noun"))
_MAIDEN = frozenset(word_list("maiden"))
_ID_AND_NUMBER = 2  # words
_ENDS = tuple(one for one in _NUMBERS if len(one) > 2)


def paper(words: Sequence[Token], *, is_key: bool = False) -> str | None:
    """The kind of personal data that a text or whole number of a person is: `tax_number`, `drivers_license`,
    `mothers_maiden_name`; None for others.

    An `id_number` is that of a paper, unless it is the key of the table.
    """
    texts = [word.text for word in words]
    if _is_name_at_birth(words):
        return "birth"
    if texts[-1] in _OF_PEOPLE or (texts[-1] in _NUMBERS and not _OF_PEOPLE.isdisjoint(texts)):
        return "national_id"
    if texts[0] == "id" and len(texts) == _ID_AND_NUMBER and texts[-1] in _NUMBERS and not is_key:
        return "national_id"
    has_number = texts[-1] in _NUMBERS or texts[0] in _NUMBERS or _is_glued_number(texts[-1])
    is_licence = any(text.startswith(_DRIVING) for text in texts)
    if not _DOCUMENTS.isdisjoint(_parts(texts)) and (has_number or is_licence):
        return "national_id"
    return None


def is_account_code(words: Sequence[Token]) -> bool:
    """Whether the name is a country's word for the number of a bank account, which may mean other things: `rib`."""
    texts = [word.text for word in words]
    return any(text in _ACCOUNT_CODES for text in texts) and all(
        text in _ACCOUNT_CODES | _CODES | _NUMBERS for text in texts
    )


def is_about_money(names: Iterable[str]) -> bool:
    """Whether columns are amounts of money, as beside an account that is paid."""
    return any("money" in word.senses for name in names for word in tokens(name))


def _is_name_at_birth(words: Sequence[Token]) -> bool:
    texts = [word.text for word in words]
    is_named = any(text in _NAMES for text in texts)
    return any(text in _MAIDEN for text in texts) and (is_named or len(texts) == 1)


def _is_glued_number(text: str) -> bool:
    return text.endswith(_ENDS) and text not in _ENDS


def _parts(texts: Iterable[str]) -> set[str]:
    """The words, and of a glued number what it is of: `steuer` of `steuernummer`."""
    cut = {text.removesuffix(end) for text in texts for end in _ENDS if text.endswith(end)}
    return {*texts, *cut}
