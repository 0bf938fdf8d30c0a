"""Texts that let in whoever has them, in several languages, beside names that only look like them."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.secrets import is_secret, secrets_of


def column(name: str, type_: str = "text") -> Attribute:
    return Attribute(name=name, span=Span("spec.yml", 1, 1), type=type_)


@pytest.mark.parametrize(
    ("secrets", "others"),
    [
        ("reponse_secrete phrase_secrete mot_secret", "reponse phrase mot reponse_client"),
        ("token_sesion codigo_verificacion frase_semilla", "codigo_producto frase codigo_postal"),
        ("resposta_secreta codigo_verificacao risposta_segreta", "resposta risposta codigo"),
        ("sicherheitsantwort geheimantwort zugriffsschluessel", "antwort kundenantwort schluessel sicherheitsstufe"),
        ("auth_header authorization_header authorization_headers", "header page_header request_headers auth_method"),
        ("login_link reset_url invite_link presigned_url magic_link", "logo_url link auth_url token_url login_count"),
        ("otp_uri totp_url slack_webhook_url webhook_url", "image_uri webhook_name webhook_count webhook_id"),
        ("pgp_private ssh_private", "is_private pgp_public private"),
        ("security_word memorable_word", "keyword word word_count"),
        ("gift_card_code gift_code", "gift_card_id gift_count card_code coupon_code"),
    ],
)
def test_what_opens_and_what_is_called_alike(secrets: str, others: str) -> None:
    assert [name for name in secrets.split() if not is_secret(column(name))] == []
    assert [name for name in others.split() if is_secret(column(name))] == []


FREE = "last4 key_prefix passing_grade token_balance secretary keyboard_layout password_changed_at public_key"


def test_names_that_only_speak_of_secrets_stay_free() -> None:
    assert [name for name in FREE.split() if is_secret(column(name))] == []


@pytest.mark.parametrize(
    ("table", "names", "secrets"),
    [
        ("magic_links", "id link sent_to", "link"),
        ("password_resets", "id url", "url"),
        ("products", "id link url", ""),
        ("transfers", "id iban tan", "tan"),
        ("ueberweisungen", "id betrag tan", "tan"),
        ("fabrics", "id colour tan", ""),
        ("cards", "id pan cvv track2", "pan cvv track2"),
        ("albums", "id title track1 track2", ""),
        ("api_clients", "id key_prefix key_hash", "key_hash"),
        ("members", "id name key_hash", "key_hash"),
        ("snapshots", "id name key_hash", ""),
    ],
)
def test_the_table_says_what_opens(table: str, names: str, secrets: str) -> None:
    key, *others = names.split()
    columns = "".join(f", {name} varchar(80)" for name in others)
    sql = f"create table {table} ({key} int primary key{columns});"
    assert secrets_of(_entities(sql)[table]) == frozenset(secrets.split())


def _entities(sql: str) -> dict[str, Entity]:
    erd = read_spec(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml")
    return {one.name: one for one in erd.entities}
