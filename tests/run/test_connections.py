"""Connections: what they show, and profiles.yml read as dbt reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.run.connection import Connection, connect, from_profile

if TYPE_CHECKING:
    from pathlib import Path

PROFILES = """
base: &base
  type: postgres
  host: localhost
  port: 5432
  user: ann
  pass: 0123
  dbname: shop

shop:
  target: "{{ env_var('SHOP_TARGET', 'dev') }}"
  outputs:
    dev:
      <<: *base
      schema: dev_ann
    prod:
      <<: *base
      host: "{{ env_var('SHOP_HOST') }}"
      port: "{{ env_var('SHOP_PORT', '5433') | as_number }}"
      password: "{{ env_var('SHOP_PASSWORD') }}"
      schema: prod
      sslmode: require
      role: report writer
    lake:
      type: snowflake
      account: "{{ env_var('NOT_NEEDED_HERE') }}"
"""


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    (tmp_path / "profiles.yml").write_text(PROFILES)
    return tmp_path


def faults(folder: Path, profile: str = "shop", target: str | None = None) -> tuple[Diagnostic, ...]:
    with pytest.raises(ErdError) as caught:
        from_profile(folder, profile, target)
    assert {fault.code for fault in caught.value.diagnostics} == {"E704"}
    return caught.value.diagnostics


def test_a_connection_keeps_its_password_to_itself() -> None:
    connection = Connection(host="/a b", port=5432, user="ä", password="s/cret", dbname="d", schema="x")
    assert "cret" not in repr(connection)
    assert connection.url == "postgresql://%C3%A4:s%2Fcret@/d?host=%2Fa%20b&port=5432"
    assert connection.masked_url == "postgresql://%C3%A4:***@/d?host=%2Fa%20b&port=5432"
    assert connection.environment()["PGPASSWORD"] == "s/cret"


def test_its_url_and_its_environment_lead_to_the_same_place(database: Connection) -> None:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute("select current_database(), current_user")
        assert cursor.fetchone() == (database.environment()["PGDATABASE"], database.environment()["PGUSER"])


def test_the_profile_s_own_target_is_the_default(profiles: Path) -> None:
    connection = from_profile(profiles, "shop", None)
    assert (connection.host, connection.port, connection.schema) == ("localhost", 5432, "dev_ann")
    assert (connection.user, connection.password, connection.dbname) == ("ann", "0123", "shop")


def test_variables_come_from_the_environment(profiles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TARGET", "prod")
    monkeypatch.setenv("SHOP_HOST", "db.example.org")
    monkeypatch.setenv("SHOP_PASSWORD", "{{ not a template }}")
    connection = from_profile(profiles, "shop", None)
    assert (connection.host, connection.port) == ("db.example.org", 5433)
    assert connection.password == "{{ not a template }}"
    assert dict(connection.options) == {"sslmode": "require", "options": r"-c role=report\ writer"}


def test_all_missing_variables_are_told_with_their_places(profiles: Path) -> None:
    first, second = faults(profiles, target="prod")
    assert first.message == "the environment variable `SHOP_HOST` is not set"
    assert first.span == Span(str(profiles / "profiles.yml"), 18, 13)
    assert second.message == "the environment variable `SHOP_PASSWORD` is not set"
    assert second.fixes[1] == "give a default: env_var('SHOP_PASSWORD', '…')"


def test_names_that_do_not_exist_are_told_with_the_closest(profiles: Path) -> None:
    (target,) = faults(profiles, target="pord")
    assert target.message == "no target `pord` here, only `dev`, `prod`, `lake`"
    assert target.fixes == ("did you mean `prod`?",)
    (profile,) = faults(profiles, profile="shpo")
    assert profile.fixes == ("did you mean `shop`?",)


def test_other_databases_are_refused_at_their_place(profiles: Path) -> None:
    (fault,) = faults(profiles, target="lake")
    assert fault.message == "`type: snowflake`: erd2dbt works with `type: postgres` only"
    assert fault.span == Span(str(profiles / "profiles.yml"), 25, 13)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("shop: [", "not YAML"),
        ("- shop", "a mapping is expected here"),
        ("shop: {outputs: {default: {}}}", "a target without `type`"),
        ("shop: {outputs: {default: {type: postgres, host: '{{ 1 + }}'}}}", "its Jinja cannot be rendered"),
        (
            "shop: {target: '{{ nobody }}', outputs: {default: {type: postgres}}}",
            "its Jinja cannot be rendered",
        ),
        ("\xff", "is not UTF-8"),
    ],
)
def test_files_that_are_no_profiles_are_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "profiles.yml").write_bytes(text.encode("latin-1"))
    assert said in " ".join(fault.message for fault in faults(tmp_path))


def test_all_missing_keys_and_a_strange_port_are_told(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text(
        "shop: {outputs: {default: {type: postgres, port: many, dbname: , schema: s, user: u}}}"
    )
    assert {fault.message for fault in faults(tmp_path)} == {
        "the target has no `host`",
        "the target has no `dbname`",
        "`many` is not a port number",
    }


def test_a_folder_without_profiles_and_a_server_that_is_not_there_are_told(tmp_path: Path) -> None:
    assert "`--profiles-dir`" in faults(tmp_path)[0].fixes[0]
    nowhere = Connection(host=str(tmp_path), port=1, user="u", password="secret", dbname="d", schema="s")
    with pytest.raises(ErdError) as caught, connect(nowhere):
        pass
    (fault,) = caught.value.diagnostics
    assert fault.code == "E704"
    assert "secret" not in fault.message
