"""Secrets, which stay in staging; personal data, which is tagged; and references that only say who wrote a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.infer.vocabulary import Token, tokens, word_list
from erd2dbt.infer.words import is_number

_MATERIAL = frozenset({"key", "value", "token", "hash", "digest", "data", "json", "secret", "signature", "blob",
                       "pem", "string", "body", "content", "code", "credential"})  # fmt: skip
_NO_TEXT = ("boolean", "date", "timestamp", "time", "interval", "integer", "numeric", "float")
_PERSONAL = ("email", "phone", "birth", "national_id", "network", "address")  # the first that matches
_ABOUT = frozenset({"id", "type", "at", "on", "date", "time", "count", "length", "expires", "expiry", "expiration",
                    "hint", "status", "name", "uri", "url", "enabled", "verified", "confirmed", "format"})  # fmt: skip
_PASSWORDS = word_list("password")
_CIPHERED = frozenset({"encrypted", "encr", "ciphered", "verschlusselt", "chiffre", "cifrado", "versleuteld"})
_SHORT_CODES = frozenset({"pin", "cvv", "cvc", "cvv2", "otp"})  # secrets that are numbers


def secrets_of(entity: Entity) -> frozenset[str]:
    """The secret columns of an entity, by their names or by the table's name: `api_keys.value`."""
    opens = _opens_something(entity.name) or _opens_something(entity.table)
    people = any("person" in word.senses for word in tokens(entity.name)[-1:])
    found = (
        c.name
        for c in entity.columns
        if is_secret(c) or (opens and _is_material(c)) or (people and c.name.lower() == "hash")
    )
    return frozenset(found)


def _opens_something(table: str) -> bool:
    """Whether the table's rows give access: `api_keys`, `auth_tokens`, `password_resets`; not `translation_keys`."""
    words = tokens(table)
    last = {word.text for word in words[-2:]}
    if last & {"token", "tokens", "credential", "credentials", "secret", "secrets"}:
        return True
    return bool(last & {"key", "keys"}) and any("keyring" in word.senses or word.text == "one" for word in words)


def _is_material(column: Attribute) -> bool:
    words = tokens(column.name)
    return bool(words) and _family(column) not in _NO_TEXT and words[-1].text in _MATERIAL


def is_secret(column: Attribute) -> bool:
    """Whether the column is a password, a token, a service key, or derived from one. Its date, count or id is not."""
    words = tokens(column.name)
    kind = _family(column)
    if words and words[-1].text in _SHORT_CODES and kind not in ("boolean", "date", "timestamp"):
        return True
    if not words or kind in _NO_TEXT:
        return False
    if canonical(column.type or "") == "bytea" and words[-1].text in ("key", "keys", "seed"):
        return True
    if words[0].text in _CIPHERED and len(words) > 1:  # an encrypted value of any kind is not for readers
        return True
    if words[-1].text in _ABOUT and len(words) > 1 and words[-1].text != "hint":
        return False
    if any("secret" in word.senses for word in words) or words[-1].text in _CIPHERED or _is_card_code(words):
        return True
    if any(part in word.text for word in words for part in _PASSWORDS):  # `operpswd`
        return True
    return _is_token(words, column) or _is_guarded(words)


def _is_card_code(words: Sequence[Token]) -> bool:
    """`credit_card_vv`: the verification value of a card."""
    return len(words) > 1 and words[-2].text == "card" and words[-1].text in ("vv", "cv", "csc", "cid", "cvn")


def _is_token(words: Sequence[Token], column: Attribute) -> bool:
    """Whether the column is a token that gives access. A count of tokens is not. A pass may be a ticket, too."""
    if words[-1].text == "pass":
        return len(words) == 1 or "person" in words[-2].senses
    return "token" in words[-1].senses and not is_number(column.type)


def _is_guarded(words: Sequence[Token]) -> bool:
    """Whether a guarding word is before the word for a secret: `api_key`, `reset_code`, `password_hash`."""
    guards = [at for at, word in enumerate(words) if "guarding" in word.senses]
    carriers = [at for at, word in enumerate(words) if word.senses & {"carrier", "token"}]
    return any(guard < carrier for guard in guards for carrier in carriers)


def personal(column: Attribute) -> str | None:
    """The kind of personal data: `email`, `phone`, `birth`, `address`, `network`, `national_id`; None for others."""
    return _personal(column.name, canonical(column.type or ""))


@lru_cache(maxsize=16384)
def _personal(name: str, type_: str | None) -> str | None:
    """The same for a name and a type; many columns have the same ones."""
    words = tokens(name)
    kind = family(type_) if type_ else None
    if not words or kind == "boolean" or words[-1].text in _ABOUT - {"date"}:
        return None
    if type_ == "inet":
        return "network"
    for found in _PERSONAL:
        if any(found in word.senses for word in words) and _type_can_hold(found, words, kind):
            return found
    return None


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
        or end.text in ("address", "number", "date", "line", "addr")
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


def tags(column: Attribute) -> Mapping[str, str]:
    """The `meta:` tags of a column with personal data."""
    found = personal(column)
    return {"pii": found} if found else {}


def _family(column: Attribute) -> str | None:
    known = canonical(column.type) if column.type else None
    return family(known) if known else None
