"""Secrets by their values, each kind beside values that are like it: ids, digests, codes, addresses, files."""

from __future__ import annotations

import base64
import hashlib
import random
import string
import uuid
from collections.abc import Callable, Sequence

import pytest

from erd2dbt.star.secret_values import secret_values

BASE62 = string.ascii_letters + string.digits
WORDS = ("red", "blue", "large", "small", "winter", "summer", "shirt", "shoe")


def many(make: Callable[[random.Random, int], str], count: int = 60) -> list[str]:
    some = random.Random(7)
    return [make(some, n) for n in range(count)]


def text(some: random.Random, letters: str, size: int) -> str:
    return "".join(some.choices(letters, k=size))


def luhn(start: str) -> str:
    """The number with its check digit."""
    odd, even = start[-1::-2], start[-2::-2]
    total = sum(sum(divmod(2 * int(d), 10)) for d in odd) + sum(map(int, even))
    return f"{start}{-total % 10}"


def ean(start: str) -> str:
    total = sum(int(d) * (1, 3)[n % 2] for n, d in enumerate(start))
    return f"{start}{-total % 10}"


def found(values: Sequence[str], column: str = "info", table: str = "members", *, is_id: bool = False) -> str | None:
    return secret_values(table, column, values, is_id=is_id)


SECRETS = {
    "bcrypt": (many(lambda r, _: f"$2b$12${text(r, BASE62 + './', 53)}", 2), "hashes of passwords"),
    "argon2": (many(lambda r, _: f"$argon2id$v=19$m=65536,t=3,p=4${text(r, BASE62, 22)}", 2), "hashes of passwords"),
    "crypt": (many(lambda r, _: f"$6${text(r, BASE62, 8)}${text(r, BASE62, 86)}", 2), "hashes of passwords"),
    "django": (many(lambda r, _: f"pbkdf2_sha256$600000${text(r, BASE62, 22)}$abc=", 2), "hashes of passwords"),
    "werkzeug": (many(lambda r, _: f"pbkdf2:sha256:260000${text(r, BASE62, 16)}${text(r, BASE62, 64)}", 2), "hashes"),
    "unusable": (["!", "*", *many(lambda r, _: f"$2y$10${text(r, BASE62, 53)}", 2)], "2 of 4 values are hashes"),
    "jwt": (many(lambda r, _: f"eyJhbGciOiJIUzI1NiJ9.eyJz{text(r, BASE62, 9)}.{text(r, BASE62, 9)}", 2), "JSON web"),
    "pem": (["-----BEGIN RSA PRIVATE KEY-----\nMIIE", "-----BEGIN PRIVATE KEY-----\nMIIEvQ"], "private keys"),
    "prefixed": (many(lambda r, _: f"sk_live_{text(r, BASE62, 24)}", 2), "tokens, by their prefix"),
    "hub": (many(lambda r, _: f"ghp_{text(r, BASE62, 36)}", 2), "tokens, by their prefix"),
    "base62": (many(lambda r, _: text(r, BASE62, 24)), "random texts of 24 characters"),
    "hex": (many(lambda r, _: text(r, "0123456789abcdef", 64)), "random texts of 64 characters"),
    "base64": (many(lambda r, _: base64.b64encode(r.randbytes(32)).decode()), "random texts of 44 characters"),
    "cards": (many(lambda r, _: luhn(f"4{text(r, string.digits, 14)}"), 3), "numbers of payment cards"),
    "grouped": (["4111 1111 1111 1111", "5555-5555-5555-4444", "3782 822463 10005"], "numbers of payment cards"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SECRETS)
def test_secrets(kind: str) -> None:
    values, said = SECRETS[kind]
    why = found(values)
    assert why is not None
    assert said in why
    assert not any(value in why for value in values if len(value) > 1)


OTHERS = {
    "uuids": many(lambda r, _: str(uuid.UUID(int=r.getrandbits(128), version=4))),
    "uuids without dashes": many(lambda r, _: uuid.UUID(int=r.getrandbits(128), version=4).hex),
    "repeated": many(lambda r, _: text(r, BASE62, 24), 30) * 2,
    "few": many(lambda r, _: text(r, BASE62, 24), 10),
    "urls": many(lambda r, _: f"https://example.com/a/{text(r, BASE62, 24)}"),
    "paths": many(lambda r, _: f"avatars/{text(r, BASE62, 24)}.png"),
    "object ids": many(lambda r, n: f"65a1b2c3{text(r, '0', 1)}4f5a6b7c8{n:07x}"),
    "ulids": many(lambda r, _: f"01HV3K8Q7M{text(r, string.digits + 'ABCDEFGHJKMNPQRSTVWXYZ', 16)}"),
    "chain": many(lambda r, _: f"0x{text(r, '0123456789abcdef', 64)}"),
    "images": many(lambda r, _: base64.b64encode(b"\x89PNG" + r.randbytes(60)).decode()),
    "cursors": many(lambda _, n: base64.b64encode(f"members:{n * 7919:012}".encode()).decode()),
    "slugs": many(lambda r, n: f"{'-'.join(r.choices(WORDS, k=5))}-{n}"),
    "product codes": many(lambda r, n: f"SKU-{r.choice('ABCDEF')}{r.randint(10, 99)}-{n:06}-{r.choice('XYZ')}-2026"),
    "ibans": many(lambda r, _: f"DE{text(r, string.digits, 20)}"),
    "names": many(lambda r, _: " ".join(r.choices(WORDS, k=6))),
    "public keys": ["-----BEGIN PUBLIC KEY-----\nMIIB", "-----BEGIN CERTIFICATE-----\nMIIC"],
    "eans": many(lambda r, _: ean(f"40{text(r, string.digits, 10)}")),
    "imeis": many(lambda r, _: luhn(f"35{text(r, string.digits, 12)}")),
    "sim cards": many(lambda r, _: luhn(f"8949{text(r, string.digits, 14)}")),
    "numbers": many(lambda _, n: str(4_000_000_000_000_000 + n)),
    "one card": ["4111111111111111"] * 9,
    "empty": ["", " "],
    "one token in prose": ["the key was leaked", "see below", "$2b$12$short", "sk_live_"],
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_like_a_secret(kind: str) -> None:
    assert found(OTHERS[kind]) is None


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("members", "external_id"),
        ("pushes", "commit_sha"),
        ("uploads", "etag"),
        ("uploads", "file_checksum"),
        ("commits", "oid"),
        ("commits", "tree"),
        ("members", "public_key"),
        ("orders", "idempotency_key"),
    ],
)
def test_names_of_ids_and_digests(table: str, column: str) -> None:
    values = [hashlib.sha1(str(n).encode()).hexdigest() for n in range(60)]
    assert found(values, column, table) is None
    assert found(values, "info", "members") is not None


def test_random_texts_of_keys_are_ids() -> None:
    values, _ = SECRETS["base62"]
    assert found(values, "info", is_id=True) is None
    assert found(SECRETS["jwt"][0], "info", is_id=True) is not None
