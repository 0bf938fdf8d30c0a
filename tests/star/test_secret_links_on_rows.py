"""Facts that refer to dimensions over secrets, on rows: their figures are those of SQL over the raw tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engines.building import on_duckdb, views_of
from erd2dbt.pipelines.drafting import drafted

SCHEMA = """
create table users (id int primary key, name text not null);
create table plans (id int primary key, name text not null);
create table clients (id int primary key, name text not null, plan_id int references plans, api_key text unique,
  backup_api_key text unique);
create table sessions (token text primary key, user_id int not null references users, plan_id int references plans,
  started_at timestamp not null);
create table calls (id int primary key, api_key text references clients(api_key),
  callee_key text references clients(api_key), called_at timestamp not null, bytes int);
create table call_lines (call_id int not null references calls, line_no int not null, amount numeric(10,2),
  primary key (call_id, line_no));
create table page_views (id int primary key, session_token text not null references sessions(token), path text,
  seconds int, viewed_at timestamp not null);
create table logins (id int primary key, session_token text references sessions(token),
  backup_api_key text references clients(backup_api_key), at timestamp not null, attempts int);
"""
ROWS = {
    "users": "id,name\n1,Ann\n2,Bob\n3,Cy\n",
    "plans": "id,name\n10,free\n20,paid\n",
    "clients": "id,name,plan_id,api_key,backup_api_key\n1,A,10,k1,b1\n2,B,20,k2,\n3,C,,,b3\n4,D,20,,\n",
    "sessions": "token,user_id,plan_id,started_at\nt1,1,10,2024-01-01\nt2,1,,2024-01-02\nt3,2,20,2024-01-03\n",
    "calls": "id,api_key,callee_key,called_at,bytes\n1,k1,k2,2024-02-01,5\n2,k1,,2024-02-01,7\n3,,k1,2024-02-02,11\n"
    "4,k2,k2,2024-02-03,13\n5,,,2024-02-03,17\n",
    "call_lines": "call_id,line_no,amount\n1,1,1.50\n1,2,2.50\n3,1,4.00\n4,1,8.00\n4,2,16.00\n5,1,32.00\n",
    "page_views": "id,session_token,path,seconds,viewed_at\n1,t1,/a,3,2024-02-01\n2,t1,/b,4,2024-02-01\n"
    "3,t2,/a,5,2024-02-02\n4,t3,/c,,2024-02-02\n5,t3,/a,6,2024-02-03\n",
    "logins": "id,session_token,backup_api_key,at,attempts\n1,t1,b1,2024-02-01,1\n2,,b3,2024-02-01,2\n"
    "3,t3,,2024-02-02,3\n4,,,2024-02-02,4\n",
}
MARTS = ("dim_users", "dim_plans", "dim_clients", "fct_calls", "fct_call_lines", "fct_page_views", "fct_logins")
FIGURES = [
    (
        "select client_id, sum(bytes), sum(total_amount) from analytics.fct_calls "
        "left join analytics.dim_clients on client_id = api_id group by 1",
        "select c.id, sum(x.bytes), "
        "sum((select coalesce(sum(l.amount), 0) from public.call_lines l where l.call_id = x.id)) "
        "from public.calls x left join public.clients c on c.api_key = x.api_key group by 1",
    ),
    (
        "select callee_id, count(*) from analytics.fct_calls group by 1",
        "select c.id, count(*) from public.calls x left join public.clients c on c.api_key = x.callee_key group by 1",
    ),
    (
        "select api_id, callee_id, sum(amount), count(*) from analytics.fct_call_lines group by 1, 2",
        "select c.id, d.id, sum(l.amount), count(*) from public.call_lines l join public.calls x on x.id = l.call_id "
        "left join public.clients c on c.api_key = x.api_key left join public.clients d on d.api_key = x.callee_key "
        "group by 1, 2",
    ),
    (
        "select u.name, p.name, sum(seconds), count(*) from analytics.fct_page_views "
        "left join analytics.dim_users u using (user_id) left join analytics.dim_plans p using (plan_id) group by 1, 2",
        "select u.name, p.name, sum(v.seconds), count(*) from public.page_views v "
        "left join public.sessions s on s.token = v.session_token left join public.users u on u.id = s.user_id "
        "left join public.plans p on p.id = s.plan_id group by 1, 2",
    ),
    (
        "select user_id, client_id, sum(attempts), count(*) from analytics.fct_logins group by 1, 2",
        "select s.user_id, c.id, sum(x.attempts), count(*) from public.logins x "
        "left join public.sessions s on s.token = x.session_token "
        "left join public.clients c on c.backup_api_key = x.backup_api_key group by 1, 2",
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The marts of the schema on its rows."""
    folder = tmp_path_factory.mktemp("secret_links")
    for table, rows in ROWS.items():
        (folder / f"{table}.csv").write_text(rows, encoding="utf-8")
    spec = folder / "spec.yml"
    text = drafted(SCHEMA.encode(), "schema.sql")[1]
    spec.write_text(text.replace("{schema: public}", "{schema: public, data: .}"), encoding="utf-8")
    with views_of(on_duckdb(spec), spec, folder) as session:
        yield session


@pytest.mark.parametrize(("mart", "raw"), FIGURES)
def test_figures_over_secret_links_are_those_of_the_raw_tables(built: Any, mart: str, raw: str) -> None:
    found = built.execute(mart).fetchall()
    assert len(found) > 1
    assert sorted(found, key=str) == sorted(built.execute(raw).fetchall(), key=str)


@pytest.mark.parametrize("table", ["calls", "call_lines", "page_views", "logins"])
def test_facts_over_secret_links_have_each_row_once(built: Any, table: str) -> None:
    (mart,) = built.execute(f"select count(*) from analytics.fct_{table}").fetchone()
    assert (mart,) == built.execute(f"select count(*) from public.{table}").fetchone()
    assert mart > 1


@pytest.mark.parametrize("mart", MARTS)
def test_no_mart_shows_a_secret_or_a_copy_of_one(built: Any, mart: str) -> None:
    rows = built.execute(f"select * from analytics.{mart}").fetchall()
    secrets = {"k1", "k2", "b1", "b3", "t1", "t2", "t3"}
    assert rows
    assert not {value for row in rows for value in row if value in secrets}
