"""Secrets, which stay in staging: passwords, tokens, keys, numbers of payment cards. Each is judged by evidence.

The head noun decides what a column is: `password_hash` is a secret, `password_policy` is none. Booleans,
dates and counts are none. Words that also mean something else (`pass`, `seed`, `salt`) need a word beside them, or a
table in which something else is a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.infer.evidence import Evidence, Score, score
from erd2dbt.infer.vocabulary import Token, tokens, word_list
from erd2dbt.names.spelling import snake
from erd2dbt.star.secret_names import is_opening_link, named_openers, openers_of_table

SECRET = "secret"  # noqa: S105 - in `meta:` of a column: what people say overrules each rule
REFERS = "refers_to_secret"  # in `meta:` while a star is derived: the secret that a foreign key repeats
ENOUGH = 2.0
_NAMED, _LIKELY, _WEAK, _NEAR = 3.0, 2.0, 1.0, 1.0
_NOT = -6.0  # no other evidence is as strong
_NO_TEXT = ("boolean", "date", "timestamp", "time", "interval", "integer", "numeric", "float")
_NO_CODE = ("boolean", "date", "timestamp", "time", "interval", "float")
_LONG_NUMBERS = re.compile(r"bigint|numeric(?:\((?:1[4-9]|[2-9]\d)(?:,0)?\))?")  # 14 digits and more
_LONGEST_NOUN = 5  # words of a description that are read as a name
_AFTER_NOUN = re.compile(r"\s+(?:in|for|from|to|by|on|at|per|that|which|used)\b|\s*[(,;.:]", re.IGNORECASE)

_OF = re.compile(r"\s+of\s+(?:the\s+|an?\s+)?", re.IGNORECASE)

_PASSWORDS = word_list("password")
_STRONG = frozenset(word_list("secret_noun"))
_ABOUT = frozenset(word_list("about_secret"))
_CHANGES = frozenset(word_list("change"))  # tables that keep each secret again
_FORMS = frozenset(word_list("secret_form"))
_CIPHERED = frozenset(word_list("ciphered"))
_SHORT_CODES = frozenset(word_list("short_secret"))
_AMBIGUOUS = frozenset(word_list("ambiguous_secret"))
_ACCESS = frozenset(word_list("access"))
_WEAK_GUARDS = frozenset(word_list("guard_of_key"))
_GUARDS = frozenset(word_list("guard"))
_CARRIERS = frozenset(word_list("secret_carrier"))
_KEYS = frozenset(word_list("key_of_lock"))
_TOKENS = frozenset(word_list("token_noun"))
_PROOFS, _BIOMETRICS = frozenset(word_list("proof")), frozenset(word_list("biometric"))
_PUBLIC = frozenset(word_list("public"))
_QUESTIONS = frozenset(word_list("question"))
_MATERIAL = frozenset(word_list("secret_material"))
_ANY_CARDS = frozenset(word_list("card"))
_CARDS = frozenset(word_list("payment_card")) | _ANY_CARDS
_PAYMENT = frozenset(word_list("of_payment"))
_CARD_DETAILS = frozenset(word_list("card_detail"))
_LOGINS = frozenset(word_list("login"))
_PLACES = frozenset(word_list("place_of_address"))
_LOGIN_TABLES = frozenset(word_list("login_table"))
_NUMBERS = frozenset(word_list("number_noun"))
_CONNECTIONS = frozenset(word_list("connection"))
_STRINGS = frozenset(word_list("connection_text"))
_PUBLISHED, _HALVED = frozenset(word_list("published_guard")), frozenset(word_list("pair_guard"))
_PRIVATE = frozenset(word_list("private"))
_SESSIONS, _SESSION_IDS = frozenset(word_list("session")), frozenset(word_list("session_id"))
_KEPT_OF_SESSION, _EXPIRIES = frozenset(word_list("kept_of_session")), frozenset(word_list("expiry"))


def secrets_of(entity: Entity) -> frozenset[str]:
    """The secret columns of an entity, by their names, types and descriptions, by the table's name, and beside others.

    `meta: {secret: true}` or `false` at a column overrules them.
    """
    return frozenset(name for name, found in secret_scores(entity).items() if found.passes)


def secret_scores(entity: Entity) -> dict[str, Score]:
    """Column -> the evidence that it is a secret, of all columns with evidence for it."""
    alone = {c.name: (c, secret_score(c)) for c in entity.columns}
    sure = {name for name, (_, found) in alone.items() if found.passes}
    key = {word.text for word in entity.key}
    result: dict[str, Score] = {}
    for name, (column, by_itself) in alone.items():
        more: tuple[Evidence, ...] = ()
        if SECRET not in column.meta:
            more = (*_by_table(entity, column), *_by_others(entity, column, sure - {name}, is_key=name in key))
        found = score((*by_itself.evidence, *more), ENOUGH)
        if found.total > 0:
            result[name] = found
    return result


def is_secret(column: Attribute) -> bool:
    """Whether the column is a secret, without its table."""
    return secret_score(column).passes


def secret_score(column: Attribute) -> Score:
    """The evidence of a column alone."""
    if SECRET in column.meta:
        said = bool(column.meta[SECRET])
        weight = _NAMED if said else _NOT
        return score([Evidence(weight, f"the spec says `meta: {{secret: {str(said).lower()}}}`")], ENOUGH)
    if REFERS in column.meta:
        return score([Evidence(_NAMED, f"it refers to the secret `{column.meta[REFERS]}`")], ENOUGH)
    known = canonical(column.type or "") or column.type
    found = _judged(column.name, known, column.description)
    return found if found.passes or not column.raw else _judged(column.raw, known, column.description)


def gives_access(table: str) -> bool:
    """Whether the table's rows give access: `api_keys`, `auth_tokens`; not `translation_keys`.

    In the singular, `api_key` may be one word, which is a secret itself; `password_policy` only speaks of one.
    """
    words = tokens(table)
    if any("secret" in word.senses for word in words[-2:]) and words[-1].text not in _ABOUT - _CHANGES:
        return True
    last = {word.text for word in words[-2:]}
    if last & {"token", "tokens", "credential", "credentials", "secret", "secrets"}:
        return True
    return bool(last & {"key", "keys"}) and any("keyring" in word.senses or word.text == "one" for word in words)


def serves_access(table: str) -> bool:
    """Whether the table is about who may log in, and how: `user_sessions`, `external_logins`, `password_resets`."""
    words = tokens(table)
    return gives_access(table) or any(w.text in _LOGIN_TABLES or _is_strong(w, is_last=True) for w in words)


def is_table_of_visits(entity: Entity) -> bool:
    """Whether its rows are sessions with a start, an end or figures, as visits of people have: not only logins."""
    if not any(word.text in _SESSIONS for word in tokens(entity.name)):
        return False
    secrets = secrets_of(entity)
    return any(_is_of_visit(tokens(c.name)) for c in entity.columns if c.name not in secrets)


# -- a column alone


@lru_cache(maxsize=16384)
def _judged(name: str, type_: str | None, comment: str | None) -> Score:
    words = _words(name)
    kind = family(type_) if type_ else None
    found = [*_by_name(words, type_, kind)]
    if not found and comment and kind not in _NO_TEXT:
        found = [*_by_comment(comment)]
    return score((*found, *_against(words, kind)) if found else (), ENOUGH)


def _words(name: str) -> tuple[Token, ...]:
    """The words of a name, without numbers and what only says in which form or version it is kept."""
    words = tokens(name)
    while len(words) > 1 and words[-1].text in _FORMS:
        words = words[:-1]
    return words


def _by_name(words: Sequence[Token], type_: str | None, kind: str | None) -> Iterator[Evidence]:
    if not words:
        return
    end = words[-1]
    if kind not in _NO_CODE:
        if end.text in _SHORT_CODES and (kind != "numeric" or len(words) > 1):
            yield Evidence(_NAMED, f"`{end.text}` is a code that only its owner knows")
        elif len(words) > 1 and end.text in ("cd", "cod") and words[-2].text in _SHORT_CODES:
            yield Evidence(_NAMED, f"`{words[-2].text}_{end.text}` is a code that only its owner knows")
        yield from _card(words, type_, kind)
    if kind in _NO_TEXT:
        return
    if type_ == "bytea" and end.text in ("key", "keys", "seed"):
        yield Evidence(_NAMED, f"`{end.text}` as bytes is a key of a cipher")
    if len(words) > 1 and (words[0].text in _CIPHERED or end.text in _CIPHERED):
        yield Evidence(_NAMED, "its name says that it is encrypted")
    yield from _by_noun(words)
    yield from _by_pair(words)
    yield from named_openers(words)


def _by_noun(words: Sequence[Token]) -> Iterator[Evidence]:
    """Nouns that are secrets: anywhere (`password_hash`), or as the head only (`secret`, `refresh_token`)."""
    end, before = words[-1], words[:-1]
    strong = next((w.text for w in words if _is_strong(w, is_last=w is end)), None)
    joined = (f"{one.text}{two.text}" for one, two in pairwise(words))
    strong = strong or next((pair for pair in joined if pair in _STRONG), None)
    if strong is not None:
        yield Evidence(_NAMED, f"`{strong}` in its name is a secret")
    elif end.text in _AMBIGUOUS:
        beside = next((w for w in before if w.text in _ACCESS | _GUARDS or "guarding" in w.senses), None)
        if beside is not None:
            yield Evidence(_LIKELY, f"`{end.text}` behind `{beside.text}` opens something")
        elif (end.text == "pass" and not before) or any("person" in w.senses for w in before):
            yield Evidence(_LIKELY, f"`{end.text}` is that of a person")
        elif not before:
            yield Evidence(_WEAK, f"`{end.text}` may be a secret")
    elif any(one.text in _TOKENS and two.text in _ACCESS | _GUARDS for one, two in pairwise(words)):
        yield Evidence(_NAMED, f"`{words[0].text}` of `{end.text}` gives access")
    elif len(words) > 1 and end.text in _PROOFS and _is_proof(before, end):
        yield Evidence(_NAMED, f"`{end.text}` in its name proves who somebody is")
    elif ("token" in end.senses and end.text not in _AMBIGUOUS and end.text != "passes") or end.text in _TOKENS:
        yield Evidence(_NAMED, f"`{end.text}` at the end of its name gives access")


def _is_proof(before: Sequence[Token], end: Token) -> bool:
    """Whether it is a template of a body, or the verifier of a login: `fingerprint_template`, `oauth_verifier`."""
    if end.text == "template":
        return any(word.text in _BIOMETRICS for word in before)
    return any(word.text in _GUARDS or "guarding" in word.senses for word in before)


def _is_strong(word: Token, *, is_last: bool) -> bool:
    """Whether the word is a secret wherever it appears. `secret` before a noun may say only that nobody knows it."""
    if word.text in _AMBIGUOUS:
        return False
    if word.text in ("secret", "secreto", "secreta"):
        return is_last
    return "secret" in word.senses or word.text in _STRONG or any(part in word.text for part in _PASSWORDS)


def _by_pair(words: Sequence[Token]) -> Iterator[Evidence]:
    """Two words that are a secret together: `api_key`, `reset_code`, `cle_privee`, `connection_string`."""
    guards = [at for at, word in enumerate(words) if "guarding" in word.senses or word.text in _GUARDS]
    for at, word in enumerate(words):
        if not (word.senses & {"carrier", "token"} or word.text in _CARRIERS) or word.text == "passes":
            continue
        near = [g for g in guards if g < at or (g == at + 1 and word.text in _CARRIERS)]
        near = [g for g in near if words[g].text not in _WEAK_GUARDS or word.text in _KEYS]
        if near:
            weight = _WEAK if _is_published(words) else _NAMED
            yield Evidence(weight, f"`{word.text}` beside `{words[near[-1]].text}` in its name opens something")
            return
    for one, two in pairwise(words):
        if one.text in _CONNECTIONS and two.text in _STRINGS:
            yield Evidence(_NAMED, f"`{one.text}_{two.text}` has a password in it")
            return
        if one.text == "card" and two.text in ("vv", "cv", "csc", "cid", "cvn"):
            yield Evidence(_NAMED, "it is the verification value of a card")


def _is_published(words: Sequence[Token]) -> bool:
    """Whether people publish such a key, and no word of its name says that it is the private half: `pgp_key`."""
    texts = {word.text for word in words}
    return bool(texts & _PUBLISHED) and not texts & _PRIVATE


def _card(words: Sequence[Token], type_: str | None, kind: str | None) -> Iterator[Evidence]:
    """The number of a payment card: `card_number`, `credit_card`; not that of a loyalty card, nor its last digits."""
    if kind in ("integer", "numeric") and not _LONG_NUMBERS.fullmatch((type_ or "").replace(" ", "")):
        return
    cards = [w for w in words if w.text in _CARDS]
    others = [w for w in words if w not in cards and w.text not in _NUMBERS and "numbering" not in w.senses]
    if not cards or any(w.text not in _PAYMENT and "person" not in w.senses for w in others):
        return
    is_paid = any(w.text in _PAYMENT for w in others) or any(w.text not in _ANY_CARDS for w in cards)
    if len(words) == len(cards) + len(others) and not (is_paid and words[-1] in cards):
        return  # `card` alone says nothing
    yield Evidence(_NAMED if is_paid else _LIKELY, "it is the number of a payment card")


def _by_comment(comment: str) -> Iterator[Evidence]:
    """The noun that a description begins with, read as a name: "Hash of the password" is `password hash`."""
    noun = _AFTER_NOUN.split(comment.strip(), maxsplit=1)[0]
    noun = " ".join(reversed(_OF.split(noun)))
    words = _words(noun)
    if 0 < len(words) <= _LONGEST_NOUN:
        found = [*_by_noun(words), *_by_pair(words)]
        if found and not [*_against(words, None)]:
            yield Evidence(found[0].weight, f"its description says so: {found[0].reason}")


def _against(words: Sequence[Token], kind: str | None) -> Iterator[Evidence]:
    """What only speaks of a secret: its date, count, policy; a question; the public half of a pair of keys."""
    if not words:
        return
    first, end = words[0], words[-1]
    is_ciphered = first.text in _CIPHERED or end.text in _CIPHERED
    if len(words) > 1 and end.text in _ABOUT and not is_ciphered and not is_opening_link(words):
        yield Evidence(_NOT, f"`{end.text}` only speaks of a secret")
    if len(words) > 1 and first.text in _QUESTIONS:
        yield Evidence(_NOT, f"`{first.text}` in its name asks yes or no")
    if any(word.text in _PUBLIC for word in words):
        yield Evidence(_NOT, "it is public")
    if kind == "text" and len(words) > 1 and end.is_plural and end.text == "passes":
        yield Evidence(_NOT, "it counts passes")


# -- a column in its table


def _by_table(entity: Entity, column: Attribute) -> Iterator[Evidence]:
    """Evidence of the table's name: `api_keys.value`, `users.hash`, `loyalty_cards.card_number`."""
    words, kind = tokens(column.name), _family(column)
    if not words:
        return
    is_material = kind not in _NO_TEXT and _is_material(_words(column.name))
    if is_material and (gives_access(entity.name) or gives_access(entity.table)):
        yield Evidence(_NAMED, f"the rows of `{entity.name}` give access")
    table = tokens(entity.name)
    is_people = any("person" in word.senses for word in table[-1:])
    if is_people and column.name.lower() == "hash" and kind not in _NO_TEXT:
        yield Evidence(_NAMED, "it is the hash of a person's password")
    if is_people and len(words) == 1 and words[0].text in _AMBIGUOUS and kind not in _NO_TEXT:
        yield Evidence(_WEAK, "a person has it")
    texts = {word.text for word in words}
    if is_people and texts & _HALVED and texts & _KEYS and not texts & _PRIVATE:
        yield Evidence(_NOT, "it is a key of a person, who keeps the private half")
    yield from _of_session(entity, column)
    if kind not in _NO_TEXT:
        is_access = is_people or gives_access(entity.name)
        yield from openers_of_table(entity, column, is_access=is_access)
    kinds = [w for w in table if w.text not in _CARDS | _PAYMENT and _one_card(w) not in _CARDS]
    if any(_one_card(w) in _CARDS for w in table) and kinds and any(w.text in _CARDS for w in words):
        yield Evidence(_NOT / 2, f"`{entity.name}` are cards of another kind")


def _is_material(words: Sequence[Token]) -> bool:
    """Whether the name is of what opens something, or of the text of a key: `key_text`."""
    end, before = words[-1].text, words[-2:-1]
    return end in _MATERIAL or (end == "text" and any(word.text in _KEYS for word in before))


def _of_session(entity: Entity, column: Attribute) -> Iterator[Evidence]:
    """Evidence that the id of a session is what its owner logs in with: the table keeps its state, or its expiry.

    Ids that are numbers or UUIDs only number the sessions. So do ids of sessions with a start, an end or figures.
    """
    words, kind = [word.text for word in tokens(column.name)], _family(column)
    own = [word for word in words if word not in _SESSIONS] or words
    if column.type in (None, "uuid") or kind != "text" or len(own) != 1 or own[0] not in _SESSION_IDS | _SESSIONS:
        return
    if not any(word.text in _SESSIONS for word in tokens(entity.name)):
        return
    beside = [(c, found) for c in entity.columns if c is not column and (found := tokens(c.name))]
    state = next((c.name for c, _ in beside if _keeps_state(c)), None)
    expiry = next((c.name for c, found in beside if any(w.text in _EXPIRIES for w in found)), None)
    network = next((c.name for c, found in beside if any("network" in w.senses for w in found)), None)
    visit = next((c.name for c, found in beside if _is_of_visit(found)), None)
    if state is not None:
        yield Evidence(_LIKELY, f"it opens the session whose state is in `{state}`")
    if expiry is not None:
        yield Evidence(_WEAK, f"`{expiry}` says when it ends")
    if network is not None and expiry is not None:
        yield Evidence(_NEAR, f"`{network}` says from where it is used")
    if visit is not None:
        yield Evidence(-_LIKELY, f"`{visit}` says that the session is a visit")


def _keeps_state(column: Attribute) -> bool:
    """Whether the column is what a server keeps for a session: `sess`, `data`, `payload`."""
    return snake(column.name).rpartition("_")[2] in _KEPT_OF_SESSION and _family(column) not in _NO_TEXT


def _is_of_visit(words: Sequence[Token]) -> bool:
    """Whether the column is the start, the end or a figure of a visit, and not when a login ends."""
    says = frozenset[str]().union(*(word.senses for word in words))
    if any(word.text in _EXPIRIES for word in words):
        return False
    return bool(says & {"onset", "flow", "stock"}) or ("ended" in says and "validity" not in says)


def _one_card(word: Token) -> str:
    return word.text.removesuffix("s")


def _by_others(entity: Entity, column: Attribute, sure: set[str], *, is_key: bool) -> Iterator[Evidence]:
    """Evidence of the other columns: a salt beside a password, a login beside a `clave`, an expiry beside a card."""
    words, kind = _words(column.name), _family(column)
    if not words:
        return
    beside = [found for c in entity.columns if c.name != column.name and (found := tokens(c.name))]
    if kind not in _NO_TEXT and words[-1].text in _AMBIGUOUS:
        login = next((found[-1].text for found in beside if found[-1].text in _LOGINS), None)
        if sure:
            yield Evidence(_LIKELY, f"`{words[-1].text}` is beside `{min(sure)}`")
        elif login and len(words) == 1:
            yield Evidence(_NEAR, f"it is beside `{login}`")
    yield from _published_beside(words, kind, sure)
    if (
        kind not in _NO_TEXT
        and words[-1].text == "hash"
        and _salt_of(words) in {c.name.lower() for c in entity.columns}
    ):
        yield Evidence(_LIKELY, "another column is its salt")
    if kind in _NO_CODE:
        return
    if words[-1].text == "pincode" and not any(_is_postal(word) for found in beside for word in found):
        yield Evidence(_LIKELY, "no address is beside it, so that it is a PIN and no postal code")
    if not any(w.text in _CARDS for w in words):
        return
    if is_key and not any(word.text in _CARD_DETAILS for found in beside for word in found):
        yield Evidence(-_LIKELY, "it is a key, and nothing beside it belongs to a payment card")


def _published_beside(words: Sequence[Token], kind: str | None, sure: set[str]) -> Iterator[Evidence]:
    """Evidence that a key that people publish is the private half: a secret such as its passphrase is beside it."""
    if kind not in _NO_TEXT and sure and words[-1].text in _KEYS and _is_published(words):
        yield Evidence(_NEAR, f"it is beside `{min(sure)}`")


def _is_postal(word: Token) -> bool:
    return "address" in word.senses or word.text in _PLACES


def _salt_of(words: Sequence[Token]) -> str:
    """The name of the salt of a hash: `scratch_salt` of `scratch_hash`."""
    return "_".join([*(word.text for word in words[:-1]), "salt"])


def _family(column: Attribute) -> str | None:
    known = canonical(column.type) if column.type else None
    return family(known) if known else None
