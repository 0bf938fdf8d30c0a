"""Postal codes and accounts of people are personal, ids of stored sessions are secrets, published keys are none."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.erd import Attribute, Entity, Word
from erd2dbt.faults.diagnostics import Span
from erd2dbt.star.privacy import personal_columns
from erd2dbt.star.secrets import secrets_of

SPAN = Span("spec.yml", 1, 1)


def entity(name: str, columns: str) -> Entity:
    """An entity of `name:type` columns, the first of which is its key. Without a type it is text."""
    made = (column.partition(":") for column in columns.split())
    attributes = tuple(Attribute(name=called, span=SPAN, type=type_ or "text") for called, _, type_ in made)
    return Entity(
        name=name,
        span=SPAN,
        source="s",
        table=name,
        key=(Word(text=attributes[0].name, span=SPAN),),
        columns=attributes,
    )


@pytest.mark.parametrize(
    ("table", "columns", "found"),
    [
        ("customers", "customer_id:int full_name postal_code city", {"postal_code": "address"}),
        ("mitarbeiter", "id:int name plz ort", {"plz": "address"}),
        ("persone", "id:int nome cognome cap", {"cap": "address"}),
        ("insured", "id:int birth_date:date zip:int", {"birth_date": "birth", "zip": "address"}),
        ("orders", "id:int customer_zip_code amount:numeric", {"customer_zip_code": "address"}),
        ("customer_addresses", "id:int codigo_postal", {"codigo_postal": "address"}),
        ("stores", "store_id:int name postal_code city", {}),
        ("warehouses", "id:int plz first_name", {}),
        ("regions", "id:int zip zip_count:int", {}),
        ("orders", "id:int zip_code amount:numeric", {}),
        ("customers", "id:int is_postal_code:boolean postal_code_count:int", {}),
    ],
)
def test_a_postal_code_is_personal_where_the_row_is_a_person(table: str, columns: str, found: dict[str, str]) -> None:
    assert personal_columns(entity(table, columns)) == found


@pytest.mark.parametrize(
    ("table", "columns", "found"),
    [
        (
            "people",
            "id:int tax_number drivers_license driving_licence_no insurance_number license_type tax_rate:numeric",
            dict.fromkeys(("tax_number", "drivers_license", "driving_licence_no", "insurance_number"), "national_id"),
        ),
        (
            "mitarbeiter",
            "id:int steuer_nr fuehrerschein steuerklasse",
            {"steuer_nr": "national_id", "fuehrerschein": "national_id"},
        ),
        (
            "people",
            "id:int mothers_maiden_name nom_naissance license_key",
            {"mothers_maiden_name": "birth", "nom_naissance": "birth"},
        ),
        (
            "borrowers",
            "id:int born_on:date born_at id_number id_card_no identity_card_number ni_number visa_type whatsapp",
            {
                "born_on": "birth",
                "born_at": "birth",
                "id_number": "national_id",
                "id_card_no": "national_id",
                "identity_card_number": "national_id",
                "ni_number": "national_id",
                "whatsapp": "phone",
            },
        ),
        (
            "loans",
            "id:int borrower_id_card_number loyalty_card_number",
            {"borrower_id_card_number": "national_id"},
        ),
        ("people", "id_number:int first_name", {}),
        ("people", "tax_number:int first_name", {"tax_number": "national_id"}),
        ("clientes", "id:int rg chave_pix", {"rg": "national_id", "chave_pix": "bank_account"}),
        ("reglements", "id:int montant:numeric rib mode", {"rib": "bank_account"}),
        ("dishes", "id:int rib notes", {}),
        ("products", "id:int tax_number license_number rg", {}),
    ],
)
def test_papers_and_accounts_are_personal_beside_a_person(table: str, columns: str, found: dict[str, str]) -> None:
    assert personal_columns(entity(table, columns)) == found


@pytest.mark.parametrize(
    ("table", "columns", "found"),
    [
        ("branches", "id:int name address phone manager_phone", {"manager_phone": "phone"}),
        ("filialen", "id:int adresse telefon", {}),
        ("companies", "id:int address phone email", {"email": "email"}),
        ("people", "id:int company_address address office_phone", {"address": "address", "office_phone": "phone"}),
        ("customers", "id:int address phone", {"address": "address", "phone": "phone"}),
        ("orders", "id:int shipping_address store_phone", {"shipping_address": "address"}),
        ("suppliers", "id:int address phone", {"address": "address", "phone": "phone"}),
    ],
)
def test_the_address_of_an_organisation_is_no_persons(table: str, columns: str, found: dict[str, str]) -> None:
    assert personal_columns(entity(table, columns)) == found


@pytest.mark.parametrize(
    ("table", "columns", "found"),
    [
        ("clients", "id:int account_holder iban", ["account_holder", "iban"]),
        ("members", "id:int kontoinhaber konto_nr blz", ["kontoinhaber", "konto_nr"]),
        ("payouts", "id:int titulaire_compte account_number bank_name", ["titulaire_compte", "account_number"]),
        ("members", "id:int account_number bank_account_holder_name", ["account_number", "bank_account_holder_name"]),
        ("customers", "id:int account_number", []),
        ("ledger", "id:int konto_nr account_type holder", []),
        ("tickets", "id:int ticket_holder_count:int account_id:int bank", []),
    ],
)
def test_an_account_is_personal_beside_its_bank_or_with_its_holder(table: str, columns: str, found: list[str]) -> None:
    assert personal_columns(entity(table, columns)) == dict.fromkeys(found, "bank_account")


@pytest.mark.parametrize(
    ("table", "columns", "secrets"),
    [
        ("session", "sid:varchar(255) sess:json expire:timestamp", {"sid"}),
        ("sessions", "id:varchar(255) user_id:bigint ip_address payload last_activity:int", {"id"}),
        ("user_sessions", "session_id user_id:int ip_address expires_at:timestamp", {"session_id"}),
        ("sitzungen", "sid benutzer_id:int daten", {"sid"}),
        ("sessions", "session_id:bigint user_id:int data expires_at:timestamp", set()),
        ("sessions", "id:uuid user_id:int payload expires_at:timestamp", set()),
        ("web_sessions", "session_id visitor_id:int started_at:timestamp page_views:int", set()),
        ("chat_sessions", "session_id customer_id:int ended_at:timestamp", set()),
        ("page_views", "id:int session_id data expires_at:timestamp", set()),
    ],
)
def test_the_id_of_a_stored_session_is_a_secret(table: str, columns: str, secrets: set[str]) -> None:
    assert secrets_of(entity(table, columns)) == secrets


@pytest.mark.parametrize(
    ("table", "columns", "secrets"),
    [
        ("users", "id:int name pgp_key public_key", set()),
        ("maintainers", "id:int gpg_key", set()),
        ("authors", "id:int ssh_key rsa_key", set()),
        ("users", "id:int pgp_private_key ssh_private_key", {"pgp_private_key", "ssh_private_key"}),
        ("servers", "id:int host ssh_key", {"ssh_key"}),
        ("releases", "id:int pgp_key pgp_passphrase", {"pgp_key", "pgp_passphrase"}),
    ],
)
def test_a_key_that_people_publish_is_no_secret(table: str, columns: str, secrets: set[str]) -> None:
    assert secrets_of(entity(table, columns)) == secrets
