"""Personal data, which is tagged, and references that only say who wrote a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute
from erd2dbt.infer.vocabulary import Token, tokens

_PERSONAL = ("email", "phone", "birth", "national_id", "bank_account", "network", "address")  # the first that matches
_ABOUT = frozenset({"id", "type", "at", "on", "date", "time", "count", "length", "expires", "expiry", "expiration",
                    "hint", "status", "name", "uri", "url", "enabled", "verified", "confirmed", "format",
                    "rate"})  # fmt: skip


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


def tags(column: Attribute) -> Mapping[str, str]:
    """The `meta:` tags of a column with personal data."""
    found = personal(column)
    return {"pii": found} if found else {}
