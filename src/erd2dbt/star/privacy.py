"""Personal data, which is tagged, and references that only say who wrote a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.infer.vocabulary import Token, singular_of, tokens, word_list
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import bare
from erd2dbt.star.identity_papers import is_about_money, is_account_code, paper

_PERSONAL = ("email", "phone", "birth", "national_id", "bank_account", "network", "address")  # the first that matches
_ABOUT = frozenset({"id", "type", "at", "on", "date", "time", "count", "length", "expires", "expiry", "expiration",
                    "hint", "status", "name", "uri", "url", "enabled", "verified", "confirmed", "format",
                    "rate"})  # fmt: skip

_POSTAL, _CODES = frozenset(word_list("postal_code")), frozenset(word_list("code_noun"))
_ONLY_OF_PEOPLE = frozenset(word_list("name_of_person"))
_ACCOUNTS, _HOLDERS = frozenset(word_list("account_of_bank")), frozenset(word_list("holder"))
_BANKS, _NUMBERS = frozenset(word_list("bank")), frozenset(word_list("number_noun"))
_ORGANISATIONS = frozenset(word_list("organisation"))
_ONLY_NAMES = frozenset({"name", "de", "del", "du", "di", "of"})  # beside a holder, they add nothing


def personal_columns(entity: Entity) -> dict[str, str]:
    """Column -> the kind of its personal data, by its own name or by the thing that it belongs to.

    A postal code is personal data where the row is about a person, and a number of an account where a bank is beside
    it.
    """
    found = {column.name: kind for column in entity.columns if (kind := personal(column))}
    about_person = _is_about_person(entity, found)
    found = {name: kind for name, kind in found.items() if not _is_of_organisation(name, kind, entity, about_person)}
    key = {word.text for word in entity.key}
    for column in entity.columns:
        words, kind = tokens(column.name), _family(column)
        if column.name in found or kind not in ("text", "integer", None) or not words:
            continue
        if _is_postal_code(words) and (about_person or any("person" in word.senses for word in words)):
            found[column.name] = "address"
        elif _is_bank_account(words, entity, about_person=about_person):
            found[column.name] = "bank_account"
        elif about_person and (kind_of_paper := paper(words, is_key=column.name in key)):
            found[column.name] = kind_of_paper
    return {column.name: found[column.name] for column in entity.columns if column.name in found}


def _is_bank_account(words: Sequence[Token], entity: Entity, *, about_person: bool) -> bool:
    """Whether it is the number of an account beside a bank, or a country's own code of one beside people or money."""
    if _is_account_number(words) and any(_is_of_bank(c.name) for c in entity.columns):
        return True
    return is_account_code(words) and (about_person or is_about_money(c.name for c in entity.columns))


def _is_about_person(entity: Entity, found: Mapping[str, str]) -> bool:
    """Whether a row is about one person: by the word for it, or by what only people have. Of an address, too."""
    words = tokens(bare(entity.name))
    if any("person" in word.senses for word in words) or (words and "address" in words[-1].senses):
        return True
    if words and "thing" in words[-1].senses:
        return False  # a shop has a manager with a name
    names = {word.text for column in entity.columns for word in tokens(column.name)[-1:]}
    return bool(names & _ONLY_OF_PEOPLE) or bool({"birth", "national_id"} & set(found.values()))


def _is_of_organisation(column: str, kind: str, entity: Entity, about_person: bool) -> bool:
    """Whether an address or a phone is that of a company or a branch: `company_address`, `address` of `branches`.

    Any other word beside it may be a person there: `contact_phone`, `manager_phone`.
    """
    if kind not in ("address", "phone"):
        return False
    words = tokens(column)
    if any(word.text in _ORGANISATIONS for word in words):
        return kind == "address" or not about_person  # the number of somebody's office reaches that person
    plain = all(kind in word.senses or word.text in _NUMBERS or word.text.isdigit() for word in words)
    if about_person or not plain:
        return False
    last = [word.text for word in tokens(bare(entity.name))[-1:]]
    return any(not _ORGANISATIONS.isdisjoint((word, singular(word), singular_of(word))) for word in last)


def _is_postal_code(words: Sequence[Token]) -> bool:
    end = words[-1].text
    return end in _POSTAL or (end in _CODES and len(words) > 1 and words[-2].text in _POSTAL)


def _is_account_number(words: Sequence[Token]) -> bool:
    """`account_number`, `konto_nr`, `numero_cuenta`: only words for an account and its number, or for a person."""
    texts = _apart([word for word in words if "person" not in word.senses or word.text in _ACCOUNTS])
    is_account, is_number = (any(text in some for text in texts) for some in (_ACCOUNTS, _NUMBERS))
    return is_account and is_number and all(text in _ACCOUNTS | _NUMBERS for text in texts)


def _apart(words: Sequence[Token]) -> tuple[str, ...]:
    """The texts of words; of a glued one its parts: `kontoinhaber`, `bankaccount`."""
    known = _ACCOUNTS | _BANKS | _HOLDERS | _NUMBERS
    found: list[str] = []
    for word in words:
        cuts = (at for at in range(3, len(word.text) - 2) if {word.text[:at], word.text[at:]} <= known)
        at = next(cuts, len(word.text))
        found += [part for part in (word.text[:at], word.text[at:]) if part]
    return tuple(found)


def _is_of_bank(name: str) -> bool:
    return not _BANKS.isdisjoint(_apart(tokens(name)))


def _is_holder(words: Sequence[Token]) -> bool:
    """Whether the column says whose an account is: `account_holder`, `kontoinhaber`, `titular_cuenta`."""
    texts = [text for text in _apart(words) if text not in _ONLY_NAMES]
    return (
        any(text in _HOLDERS for text in texts)
        and any(text in _ACCOUNTS | _BANKS for text in texts)
        and all(text in _ACCOUNTS | _BANKS | _HOLDERS for text in texts)
    )


def personal(column: Attribute) -> str | None:
    """The kind of personal data: `email`, `phone`, `birth`, `address`, `network`, `national_id`,
    `bank_account`; None for others. A column that the spec renames keeps what its raw name says."""
    known = canonical(column.type or "")
    return _personal(column.name, known) or (_personal(column.raw, known) if column.raw else None)


@lru_cache(maxsize=16384)
def _personal(name: str, type_: str | None) -> str | None:
    """The same for a name and a type; many columns have the same ones."""
    words = tokens(name)
    kind = family(type_) if type_ else None
    is_about = bool(words) and words[-1].text in _ABOUT - {"date"} and not _is_day_of_birth(words)
    if not words or kind == "boolean" or (is_about and not _is_holder(words)):
        return None
    if type_ == "inet":
        return "network"
    if kind in ("text", None) and _is_holder(words):
        return "bank_account"
    for found in _PERSONAL:
        if any(found in word.senses for word in words) and _type_can_hold(found, words, kind):
            return found
    return None


def _is_day_of_birth(words: Sequence[Token]) -> bool:
    """Whether a word for a day only follows the birth: `born_on`. `email_verified_at` speaks of the data."""
    return len(words) > 1 and words[-1].text in ("at", "on", "time") and "birth" in words[-2].senses


def _type_can_hold(what: str, words: Sequence[Token], kind: str | None) -> bool:
    """Whether the type fits: a date of birth is a date, an address is text. `email_count` is neither."""
    end = words[-1]
    if end.senses & {"counting", "flow"} and kind != "text":
        return False
    if what == "birth":
        return kind in ("date", "timestamp", "text", None)
    if what in ("email", "address") and kind not in ("text", None):
        return False
    return (
        what in end.senses
        or what == "network"
        or end.text in ("address", "number", "no", "nr", "date", "line", "addr")
        or what == "birth"
    )


def is_audit_reference(columns: Sequence[str]) -> bool:
    """Whether a reference says who wrote the row: `created_by`, `last_edited_user_id`, `creator`."""
    if len(columns) != 1:
        return False
    words = [word for word in tokens(columns[0]) if word.text not in ("id", "uuid", "key", "fk")]
    if not words:
        return False
    if any("actor" in word.senses for word in words):
        return True
    ends = words[-1].text in ("by", "user", "uid", "person", "people") or words[-1].senses & {"person"}
    return bool(ends) and len(words) > 1 and any("touched" in word.senses for word in words[:-1])


def tags(entity: Entity) -> dict[str, dict[str, str]]:
    """Column -> its `meta:` tags, of the columns with personal data."""
    return {name: {"pii": kind} for name, kind in personal_columns(entity).items()}


def _family(column: Attribute) -> str | None:
    known = canonical(column.type) if column.type else None
    return family(known) if known else None
