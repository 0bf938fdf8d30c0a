"""A secret column stays in staging alone: its table is what it would be without it, and E031 says why it is missing."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.values import Star

OWNERS = """
create table accounts (id int primary key, name text not null);
create table clients (client_id int primary key, surname text not null);
"""
TABLES = {
    "webhooks": "id int primary key, url text not null, account_id int not null references accounts, "
    "created_at timestamp not null{}",
    "payment_methods": "payment_method_id int primary key, client_id int not null references clients, "
    "kind text not null, bank_name text{}",
    "identities": "identity_id int primary key, client_id int not null references clients, provider text not null{}",
    "calls": "call_id int primary key, client_id int not null references clients, called_at timestamp not null, "
    "seconds int not null{}",
}
SECRETS = {
    "webhooks": "signing_secret",
    "payment_methods": "card_number",
    "identities": "refresh_token",
    "calls": "api_key",
}
SPEC = """version: 1
project: p
sources: {s: {}}
entities:
  accounts:
    key: account_id
    columns: {account_id: int, name: text, login_password: text}
  webhooks:
    key: webhook_id
    columns: {webhook_id: int, url: text, signing_secret: text, account_id: int}
links:
  webhooks }o--|| accounts: account_id
models:
  dim_webhooks: {grain: webhook_id, rows: webhooks, keep: [url, account_id]}
  dim_accounts: {grain: account_id, rows: accounts, keep: [name]}
"""


def star(secret: str) -> Star:
    """The star of all tables, each with its secret, or without any."""
    tables = (
        f"create table {name} ({text.format(secret and f', {SECRETS[name]} text')});" for name, text in TABLES.items()
    )
    found = star_of(read_spec(drafted((OWNERS + "\n".join(tables)).encode(), "schema.sql")[1].encode(), "spec.yml"))
    assert found is not None
    return found


def test_a_table_is_what_it_is_without_its_secret() -> None:
    bare, whole = star(""), star("with")
    assert {name: one.kind for name, one in whole.entities.items()} == {n: o.kind for n, o in bare.entities.items()}
    assert whole.models == bare.models
    assert {"webhooks", "payment_methods", "calls"} <= whole.models.keys()
    shown = {spec.star.entity: spec.keep for spec in whole.specs if spec.star is not None and spec.star.entity}
    for name in ("webhooks", "payment_methods", "calls"):
        keep = shown[name]
        assert keep is not None
        assert SECRETS[name] not in [word.text for word in keep]
        assert keep


@pytest.mark.parametrize(
    ("model", "name", "owner", "entity"),
    [
        ("columns: {s: upper(dim_webhooks.signing_secret)}", "signing_secret", "dim_webhooks", "webhooks"),
        ("keep: [signing_secret]", "signing_secret", "dim_webhooks", "webhooks"),
        ("where: signing_secret is not null", "signing_secret", "dim_webhooks", "webhooks"),
        ("columns: {p: dim_accounts.login_password}", "login_password", "dim_accounts", "accounts"),
    ],
)
def test_a_model_that_reads_a_secret_is_told_so(model: str, name: str, owner: str, entity: str) -> None:
    spec = f"{SPEC}  mine: {{grain: {entity[:-1]}_id, rows: {owner}, {model}}}\n"
    with pytest.raises(ErdError) as raised:
        generation.generate(spec.encode(), "spec.yml")
    (fault,) = raised.value.diagnostics
    assert fault.code == "E031"
    assert fault.message == f"`{owner}` has no column `{name}`: in `{entity}` it is a secret, which stays in staging"
    assert fault.fixes[0].startswith(f"if it is not a secret, write `{name}: {{type: text, meta: {{secret: false}}}}`")


def test_hand_written_sql_that_reads_a_secret_is_told_so() -> None:
    for owner, key, name in (
        ("dim_webhooks", "webhook_id", "signing_secret"),
        ("dim_accounts", "account_id", "login_password"),
    ):
        sql = f"select {key}, {name} from {{{{ ref('{owner}') }}}}"
        with pytest.raises(ErdError) as raised:
            generation.generate(f'{SPEC}  mine: {{grain: {key}, sql: "{sql}"}}\n'.encode(), "spec.yml")
        (fault,) = raised.value.diagnostics
        assert fault.code == "E031"
        assert "it is a secret, which stays in staging" in fault.message
    sql = "select webhook_id, urls from {{ ref('dim_webhooks') }}"
    with pytest.raises(ErdError) as raised:
        generation.generate(f'{SPEC}  mine: {{grain: webhook_id, sql: "{sql}"}}\n'.encode(), "spec.yml")
    assert "secret" not in raised.value.diagnostics[0].message
