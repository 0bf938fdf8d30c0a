"""Links over a secret column: the fact refers to the dimension by its own key, and no mart shows the secret."""

from __future__ import annotations

from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.values import Star

CALLS = """
create table clients (id int primary key, name text not null, api_key text not null unique);
create table calls (id int primary key, api_key text not null references clients(api_key),
  called_at timestamp not null, bytes int);
"""
KEYS = """
create table {name} (key_value text primary key, label text not null);
create table api_call (id int primary key, key_value text not null references {name}, called_at timestamp not null,
  bytes_out int not null);
"""
VIEWS = """
create table users (id int primary key, name text not null);
create table sessions (token text primary key, user_id int not null references users, started_at timestamp not null);
create table page_views (id int primary key, session_token text not null references sessions(token), path text,
  viewed_at timestamp not null);
"""
LOST = """
create table sessions (token text primary key, started_at timestamp not null);
create table page_views (id int primary key, session_token text not null references sessions(token), path text,
  viewed_at timestamp not null);
create table clicks (id int primary key, session_token text not null references sessions(token), pixels int,
  clicked_at timestamp not null);
"""


def star(sql: str) -> Star:
    found = star_of(read_spec(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml"))
    assert found is not None
    return found


def marts(sql: str) -> dict[str, str]:
    made = generation.generate(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml")
    return {path.rpartition("/")[2]: text for path, text in made.files.items() if "/marts/" in path}


def joins(found: Star, model: str) -> tuple[tuple[str, str], ...]:
    spec = next(one for one in found.specs if one.name == model)
    assert spec.star is not None
    return spec.star.dimensions


def reasons(found: Star, model: str) -> str:
    spec = next(one for one in found.specs if one.name == model)
    assert spec.star is not None
    return "\n".join(spec.star.because)


def test_a_fact_has_the_own_key_of_a_dimension_that_it_refers_to_over_a_secret() -> None:
    found = star(CALLS)
    assert ("dim_clients", "client_id") in joins(found, "fct_calls")
    assert "over the secret `api_key`, so that `client_id` is looked up" in reasons(found, "fct_calls")
    text = marts(CALLS)["fct_calls.sql"]
    final = text.rpartition("final as (")[2]
    assert "client_id" in final
    assert ".api_key" not in final.partition("from ")[0]


def test_the_keys_of_a_service_stay_in_staging_whatever_the_number_of_its_name() -> None:
    for name in ("api_key", "api_keys"):
        made = marts(KEYS.format(name=name))
        assert [path for path in made if path.startswith("fct_") and path.endswith(".sql")]
        assert [path for path, text in made.items() if "key_value" in text.rpartition("final as (")[2]] == [], name


def test_without_a_dimension_the_fact_refers_to_what_is_above_it() -> None:
    assert ("dim_users", "user_id") in joins(star(VIEWS), "fct_page_views")
    final = marts(VIEWS)["fct_page_views.sql"].rpartition("final as (")[2]
    assert "user_id" in final
    assert "token" not in final.partition("from ")[0]


def test_a_link_that_cannot_be_kept_is_said_to_be_lost() -> None:
    found = star(LOST)
    for model in ("fct_page_views", "fct_clicks"):
        assert "its link to `sessions` is lost" in reasons(found, model)


def test_links_over_other_columns_are_as_before() -> None:
    found = star(CALLS.replace("api_key", "client_code"))
    assert "looked up over it" not in reasons(found, "fct_calls")
    assert "secret" not in reasons(found, "fct_calls")


LOGINS = """
create table users (id int primary key, name text not null);
create table sessions (id int primary key, user_id int not null references users, ip inet, token text not null{more});
"""


def test_sessions_that_are_visits_go_on_without_their_secret() -> None:
    for more in (", started_at timestamp not null, ended_at timestamp", ", started_at timestamp not null, clicks int"):
        found = star(LOGINS.format(more=more))
        assert found.entities["sessions"].is_fact
        assert "`token`" in reasons(found, "fct_sessions")
    for more in (", expires_at timestamp", ", created_at timestamp, expires_at timestamp"):
        assert "sessions" in {one.name for one in star(LOGINS.format(more=more)).without_model}
