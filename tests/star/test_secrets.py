"""Which columns are secrets: each kind beside names that are like it. Secrets stay in staging, and only they do."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.secrets import is_secret, secrets_of

SPAN = Span("spec.yml", 1, 1)


def column(name: str, type_: str = "varchar(255)", **more: object) -> Attribute:
    return Attribute(name=name, span=SPAN, type=type_, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("secrets", "others"),
    [
        (
            "login_pass smtp_pass smtpPass wifi_pass pass_md5",
            "pass_fail passes passenger boarding_pass pass_rate compass",
        ),
        ("refresh_tok access_tok jwt sas_token", "token_count token_type token_symbol tok_no tokenizer"),
        ("password pwd_hash userPwd pw hashed_pw", "password_changed_at is_password_set password_policy hash_rate"),
        ("private_key ssh_key rsa_key api_key hmac_key", "key public_key ssh_public_key sort_key product_key keyword"),
        ("secret client_secret webhook_signing_secret secret_answer", "secret_santa secret_level secretary question"),
        ("otp_seed totp_seed seed_phrase", "seed seed_variety flower_seed"),
        ("pw_salt hash_salt passwordSalt", "salt salt_level sea_salt"),
        ("session_cookie session_secret session_token", "session_id session_name cookie_policy cookie_consent"),
        ("dsn connection_string conn_str jdbc_dsn", "connection_type connection_name dsn_status"),
        (
            "card_number cc_number credit_card_no pan cvv card_pin",
            "card_type card_last4 loyalty_card_number score_card",
        ),
        ("pin pincode_hash", "pin_code pinned pin_color"),
        ("Kennwort kreditkartennummer zugangscode schluessel_privat", "schluessel karte"),
        ("mot_de_passe cle_privee jeton_acces numero_carte", "cle carte numero passeport"),
        ("contrasena clave_acceso clave_secreta numero_tarjeta", "clave clave_producto tarjeta"),
        ("chiave_privata palavra_passe chave_api wachtwoord_hash", "chiave chave sleutel parola"),
        ("auth_hash pass_hash recovery_code", "commit_hash file_hash recovery_time client_code hash"),
    ],
)
def test_secrets_and_what_is_called_alike(secrets: str, others: str) -> None:
    assert [name for name in secrets.split() if not is_secret(column(name))] == []
    assert [name for name in others.split() if is_secret(column(name))] == []


@pytest.mark.parametrize(
    ("name", "secret", "other"),
    [
        ("password", "text", "boolean"),
        ("refresh_token", "text", "timestamp"),
        ("tokens", "jsonb", "integer"),
        ("card_number", "bigint", "integer"),
        ("pin", "integer", "boolean"),
        ("cvv", "smallint", "date"),
        ("key", "bytea", "text"),
    ],
)
def test_the_type_decides(name: str, secret: str, other: str) -> None:
    assert is_secret(column(name, secret))
    assert not is_secret(column(name, other))


def test_a_description_and_the_raw_name_say_it_too() -> None:
    assert is_secret(column("p1", description="Hashed password of the user, set at sign-up"))
    assert not is_secret(column("p2", description="Day on which the password was changed"))
    assert is_secret(column("credential_text", raw="smtp_pass"))
    assert not is_secret(column("label_text", raw="pass_fail"))


def test_what_the_spec_says_of_a_column_comes_first() -> None:
    assert is_secret(column("note", meta={"secret": True}))
    assert not is_secret(column("card_number", meta={"secret": False}))


@pytest.mark.parametrize(
    ("table", "names", "secrets"),
    [
        ("usuarios", "usuario_id usuario clave", "clave"),
        ("productos", "producto_id nombre clave", ""),
        ("members", "member_id password salt", "password salt"),
        ("foods", "food_id name salt", ""),
        ("customers", "customer_id street city pin_code", ""),
        ("lockers", "locker_id label pin_code", "pin_code"),
        ("payments", "payment_id card_number exp_month", "card_number"),
        ("loyalty_cards", "loyalty_card_id card_number points", ""),
        ("library_cards", "card_number holder_name", ""),
        ("api_keys", "api_key_id value label", "value"),
        ("api_key", "key_value org_name label", "key_value"),
        ("api_key", "api_key_id key_string key_text text label", "key_string key_text"),
        ("api_key_history", "history_id key_value label", "key_value"),
        ("access_key", "access_key_id value label", "value"),
        ("password_policy", "password_policy_id key value", ""),
        ("api_key_scopes", "scope_id value label", ""),
        ("translation_key", "translation_key_id key_text label", ""),
        ("translation_keys", "translation_key_id value label", ""),
    ],
)
def test_the_table_and_the_other_columns_decide_of_words_with_two_meanings(
    table: str, names: str, secrets: str
) -> None:
    key, *others = names.split()
    columns = "".join(f", {name} varchar(80)" for name in others)
    sql = f"create table {table} ({key} varchar(20) primary key{columns});"
    assert secrets_of(_entities(sql)[table]) == frozenset(secrets.split())


def _entities(sql: str) -> dict[str, Entity]:
    erd = read_spec(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml")
    return {one.name: one for one in erd.entities}


SMALL = """
create table terminals (terminal_id int primary key, place varchar(40), api_key varchar(64));
create table gateways (gateway_id int primary key, region varchar(20), dsn text);
create table vaults (vault_id int primary key, otp_seed varchar(60), created_on date);
create table password_resets (password_reset_id int primary key, reset_token varchar(60), expires_at timestamp);
create table sales (sale_id int primary key, terminal_id int not null references terminals,
  gateway_id int not null references gateways, sold_on date not null, amount numeric(10,2), signing_secret text);
"""


def test_only_the_secret_leaves_the_star_unless_there_is_nothing_else() -> None:
    made = generation.generate(drafted(SMALL.encode(), "schema.sql")[1].encode(), "spec.yml")
    assert {model.name for model in made.erd.models} >= {"dim_terminals", "dim_gateways", "fct_sales"}
    marts = {path: text for path, text in made.files.items() if "/marts/" in path}
    assert not [path for path, text in marts.items() for s in ("api_key", "dsn", "signing_secret") if s in text]
    assert any("place" in text for text in marts.values())
    star = star_of(made.erd)
    assert star is not None
    without = {one.name: one.because[0] for one in star.without_model}
    assert without.keys() == {"vaults", "password_resets"}
    assert "the secret `otp_seed`" in without["vaults"]
    assert "it serves access, as `reset_token` is a secret" in without["password_resets"]
