"""What asking costs: scans of each table, statements, and what an index of the database saves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.pipelines import generation
from erd2dbt.run.connection import connect
from erd2dbt.verify import profile_queries
from erd2dbt.verify.query_runner import Inquiry, Terms
from erd2dbt.verify.verdict import Report, State
from erd2dbt.verify.verification import verify

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

COLUMNS = ", ".join(f"amount_{n}: int" for n in range(40))
SPEC = f"""
version: 1
project: cost
sources: {{raw: {{schema: raw}}}}
entities:
  shops: {{key: shop, unique: [[town, name]], columns: {{shop: int, name: text, town: text}}}}
  sales: {{key: [day, sale], columns: {{day: date, sale: int, shop: int, {COLUMNS}}}}}
links:
  sales }}|--|| shops: shop
models: {{}}
"""
MADE = f"""
create schema raw;
create table raw.shops as
select n as shop, 'shop ' || n as name, 'town ' || n % 3 as town from generate_series(1, 50) n;
create table raw.sales as select date '2024-01-01' + n % 30 as day, n as sale, 1 + n % 50 as shop,
{", ".join(f"n % {n + 2} as amount_{n}" for n in range(40))} from generate_series(1, 3000) n;
analyze;
"""


@pytest.fixture
def filled(database: Connection) -> Connection:
    run(database, MADE)
    return database


def run(database: Connection, sql: str) -> list[tuple[Any, ...]]:
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(sql)
        session.commit()
        return list(cursor.fetchall()) if cursor.description else []


def scans(database: Connection) -> dict[str, int]:
    return dict(run(database, "select relname, seq_scan + coalesce(idx_scan, 0) from pg_stat_user_tables"))


def asked(database: Connection, terms: Terms | None = None) -> Report:
    made = generation.generate(SPEC.encode(), "cost.yml")
    return verify(made, database, {"raw": "raw"}, terms or Terms(), lambda _: None)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent, but those that set up a transaction."""
    sent: list[str] = []
    cursor = Inquiry.cursor

    class Noted:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def execute(self, sql: str, *words: Any) -> None:
            sent.append(sql)
            self.inner.execute(sql, *words)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    @contextmanager
    def noted(self: Inquiry) -> Iterator[Any]:
        with cursor(self) as inner:
            yield Noted(inner)

    monkeypatch.setattr(Inquiry, "cursor", noted)
    return sent


def test_two_scans_of_a_table_and_no_statement_for_each_column(filled: Connection, statements: list[str]) -> None:
    """However many columns there are; what is said of all rows and the sample of a small table is one scan."""
    before = scans(filled)
    report = asked(filled)
    assert {v.state for v in report.verdicts} == {State.HOLDS}
    assert [f.column("amount_7").distinct for f in report.tables if f.entity == "sales"] == [9]
    after = scans(filled)
    assert {name: after[name] - before[name] for name in after} == {"shops": 2, "sales": 2}
    settings = ("savepoint", "snapshot", "set_config")
    work = [sql for sql in statements if not any(word in sql for word in settings)]
    assert len(work) == 3 + 2 + 1  # the catalog (columns, keys, heirs); each table's figures; all groups and links


def test_two_scans_of_a_large_table_and_a_sample(filled: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_queries, "SMALL", 0)
    monkeypatch.setattr(profile_queries, "SAMPLE", 500)
    before = scans(filled)
    report = asked(filled)
    after = scans(filled)
    assert after["sales"] - before["sales"] == 2  # a sample counts for none
    (sales,) = [f for f in report.tables if f.entity == "sales"]
    assert 0 < sales.sampled < sales.rows == 3000
    assert all(abs(c.distinct - int(c.name[7:]) - 2) <= 1 for c in sales.columns if c.name.startswith("amount_"))


def test_a_table_that_was_never_analyzed_is_sampled(filled: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    run(
        filled, "create table raw.fresh as table raw.sales; drop table raw.sales; alter table raw.fresh rename to sales"
    )
    monkeypatch.setattr(profile_queries, "SMALL", 0)
    monkeypatch.setattr(profile_queries, "SAMPLE", 500)
    (sales,) = [f for f in asked(filled).tables if f.entity == "sales"]
    assert 0 < sales.sampled < 3000


def test_what_a_unique_index_keeps_is_not_counted(filled: Connection) -> None:
    """Also in a sample; but an index that empty values escape, a partial one and one that waits do not count."""
    run(filled, "alter table raw.sales add primary key (sale); alter table raw.shops add unique (name)")
    states = {v.text: v.state for v in asked(filled, Terms(sample=100)).verdicts}
    assert states["sales: (day, sale) is the primary key"] is State.HOLDS
    assert states["shops: (town, name) is unique"] is State.HOLDS
    run(filled, "insert into raw.shops values (1, 'twice', 'there'), (null, 'x', 'y'), (null, 'z', 'y')")
    run(filled, "create unique index on raw.shops (shop) where shop > 1")
    (broken,) = [v for v in asked(filled).broken if v.kind == "key"]
    assert broken.worst == (("1", 2),)
    run(filled, "delete from raw.shops where shop = 1 and name = 'twice'; create unique index on raw.shops (shop)")
    (empty,) = [v for v in asked(filled).broken if v.kind == "key"]
    assert (empty.found, empty.why) == (2, "`shop` is NULL in 2 rows")
