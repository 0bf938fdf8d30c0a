"""Secrets and personal data in several languages, beside names that only look like them."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.erd import Attribute
from erd2dbt.faults.diagnostics import Span
from erd2dbt.star.privacy import personal
from erd2dbt.star.secrets import is_secret
from erd2dbt.star.words import is_upkeep


def column(name: str, type_: str = "text") -> Attribute:
    return Attribute(name=name, span=Span("spec.yml", 1, 1), type=type_)


SECRETS = "pin_cd csrf csrf_token token_acesso oauth_verifier magic_link unlock_code door_code wifi_key license_key"
NO_SECRETS = "cvv_check senhas_emitidas license_code door_number email_template page_template device_fingerprint seed"


def test_secrets_of_several_kinds_and_their_look_alikes() -> None:
    assert [n for n in f"{SECRETS} fingerprint_template".split() if not is_secret(column(n))] == []
    assert [n for n in NO_SECRETS.split() if is_secret(column(n))] == []


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("email", "courriel correo correo_electronico"),
        ("phone", "telefonnummer handynummer"),
        ("birth", "geb_dat fecha_nac geburtsdatum"),
        ("address", "addr1 hausnummer domicilio"),
        ("network", "remote_addr"),
        ("national_id", "taxpayer_id steuer_id steuernummer sozialversicherungsnummer social_security_no nif nie nss"),
        ("national_id", "personalausweis_nr numero_secu"),
        (None, "birth_rate mac_addr nummer house_style steuer"),
    ],
)
def test_personal_data_in_several_languages(kind: str | None, names: str) -> None:
    assert {name: personal(column(name)) for name in names.split()} == dict.fromkeys(names.split(), kind)


def test_audit_columns_in_other_languages() -> None:
    dates = "geaendert_am actualizado_en modifie_le gewijzigd_op"
    people = "creado_por modificado_por angelegt_von criado_por"
    assert [n for n in dates.split() if not is_upkeep(column(n, "timestamp"))] == []
    assert [n for n in people.split() if not is_upkeep(column(n))] == []
    others = "preis_geaendert_am verkauft_am vendido_por creado_en"
    assert [n for n in others.split() if is_upkeep(column(n, "timestamp"))] == []
