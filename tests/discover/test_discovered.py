"""Keys and links that nobody drew, found in rows; `ERD2DBT_UPDATE_GOLDEN=1` writes the expected specs anew."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.discover import queries
from erd2dbt.discover.drafts import from_rows
from erd2dbt.discover.keys import MANY, Sought, find_key
from erd2dbt.discover.queries import Column, Place, PostgresProbe
from erd2dbt.draft.keys import with_proposals
from erd2dbt.pipelines.drafting import draft_text, drafted
from erd2dbt.run.catalog import read_catalog
from erd2dbt.run.connection import Connection, connect

HERE = Path(__file__).parent
ODD = (HERE / "odd.sql").read_text(encoding="utf-8")


def from_database(connection: Connection) -> str:
    found = read_catalog(connection)
    text = draft_text(found, infer_keys=True, propose=lambda draft: from_rows(draft, connection, lambda _: None))
    return text.replace(connection.dbname, "odd")


def golden(text: str, name: str) -> None:
    expected = HERE / name
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


@pytest.fixture
def odd(database: Connection) -> Iterator[Connection]:
    """The tables of `odd.sql`, seen by somebody who may not see all of them."""
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(ODD)
        cursor.execute(f"create role {database.dbname} login")
        cursor.execute(f'grant usage on schema public, "Odd" to {database.dbname}')
        cursor.execute(f'grant select on all tables in schema public, "Odd" to {database.dbname}')
        cursor.execute(f"revoke select on locked from {database.dbname}")
        session.commit()
        yield replace(database, user=database.dbname)
        cursor.execute(f"drop owned by {database.dbname}; drop role {database.dbname}")
        session.commit()


def test_rows_tell_keys_and_links(odd: Connection) -> None:
    golden(from_database(odd), "rows.yml")


def test_names_tell_them_where_there_are_no_rows() -> None:
    """Only what leaves no choice; the same file that the rows are of."""
    golden(drafted(ODD.encode(), "odd.sql", infer_keys=True)[1], "names.yml")


def test_a_diagram_is_held_against_a_database(odd: Connection) -> None:
    """Its entities are found in whatever schema and case, and may be views; what is not there is told."""
    with connect(replace(odd, user="postgres")) as session, session.cursor() as cursor:
        cursor.execute("create view product_days as select product_id, day, sum(quantity) from stock group by 1, 2")
        cursor.execute(f"grant select on product_days to {odd.user}")
        session.commit()
    text = """erDiagram
      orderlines { int orderid
        int lineno
        int customerid }
      customers { int customerid }
      product_days { int product_id
        date day }
      suppliers { int supplier_id }
      deliveries { int delivery_id
        int supplier_id }
      customers ||--o{ orderlines : places
    """
    found = drafted(text.encode(), "shop.mmd", infer_keys=True,
                    propose=lambda draft: from_rows(draft, odd, lambda _: None))[1]  # fmt: skip
    golden(found, "diagram.yml")


WORDS = """
create table clients (id text primary key, name text);
insert into clients select md5(n::text), 'name ' || n from generate_series(1, 40) as n;
create table states (code text primary key);
insert into states values ('open'), ('shut');
create table visits (id int primary key, client text, state text);
insert into visits select n, md5((1 + n % 40)::text), 'open' from generate_series(1, 200) as n;
"""


def test_a_word_that_may_be_any_text_leads_where_its_many_values_are(database: Connection) -> None:
    """Names alone propose neither; of the rows, one value that is a state tells nothing, and forty clients do."""
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(WORDS)
        session.commit()
    assert "}o--|| clients: client = client_id" in from_database(database)
    assert "states:" not in from_database(database).partition("links:")[2]
    assert "links:" not in draft_text(read_catalog(database), infer_keys=True)


JOINED = """
create table vouchers (id int primary key, code text);
create table deals (id int primary key, label text);
create table voucher_offers (
    id int primary key, voucher_id int references vouchers, deal_id int references deals
);
create table discounts (id int primary key, offer_id int, voucher_offer_id int, voucher_id int, amount int);
"""


def test_the_last_word_of_a_join_table_names_no_reference_to_it() -> None:
    """Its whole name does, and so does the name of a thing."""
    links = drafted(JOINED.encode(), "shop.sql", infer_keys=True)[1].partition("links:")[2]
    assert "discounts }o--o| voucher_offers: voucher_offer_id " in links
    assert "discounts }o--o| vouchers: voucher_id " in links
    assert " offer_id" not in links


def test_a_table_that_does_not_answer_is_told_by_names(database: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_SECONDS", "0.2")
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute("create schema raw; create table raw.orders (order_id int)")
        cursor.execute("create view raw.lines as select s.line_id, s.line_id as order_id, pg_sleep(1)::text as nap "
                       "from generate_series(1, 9) as s (line_id) offset 0")  # fmt: skip
        session.commit()
    text = """erDiagram
      orders { int order_id }
      lines { int line_id
        int order_id
        text nap }
    """
    found = drafted(text.encode(), "shop.mmd", infer_keys=True,
                    propose=lambda draft: from_rows(draft, database, lambda _: None))[1]  # fmt: skip
    assert "key: line_id  # inferred: by its name; its rows could not be looked at: it took longer" in found
    assert "lines }o--o| orders: order_id  # inferred: by its name; its rows could not be looked at" in found


def test_hundreds_of_columns_and_tables_take_a_moment(database: Connection) -> None:
    """No set of 350 columns is a key: the questions stay few."""
    columns = ", ".join(f"code_{n} int" for n in range(350))
    values = ", ".join(f"(i * {n + 3}) % 7" for n in range(350))
    tables = "; ".join(f"create table t{n} (t{n}_id int, t{n // 2}_id int)" for n in range(1, 100))
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute(f"create table wide ({columns}); {tables}")
        cursor.execute(f"insert into wide select {values} from generate_series(1, 3000) as i")
        session.commit()
    asked = 0

    def counted(look: PostgresProbe, query: str) -> list[queries.Row] | None:
        nonlocal asked
        asked += "wide" in query
        return rows(look, query)

    rows = PostgresProbe.rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PostgresProbe, "rows", counted)
        text = from_database(database)
    assert "3,000 rows are the same as another in every column" in text
    assert "t42 }o--o| t21: t21_id  # inferred: by its name; there are no rows to check" in text
    assert asked <= 12


# -- the law of keys

NAMES = ("order_id", "product_id", "line_no", "day_code")


@pytest.fixture(scope="module")
def look(postgres_server: Connection) -> Iterator[PostgresProbe]:
    with queries.postgres_probe(postgres_server) as found:
        yield found


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(MANY, 90), st.lists(st.integers(1, 12), min_size=4, max_size=4), st.booleans()
)
def test_a_key_repeats_nowhere_and_nothing_smaller_does(
    look: PostgresProbe, seed: int, count: int, spread: list[int], holes: bool
) -> None:
    """Held against Python: what is found is a smallest key; where nothing is found there is none."""
    chance = random.Random(seed)
    table = [tuple(chance.randrange(n) for n in spread) for _ in range(count)]
    table += [(0, 0, None, 0)] if holes else []
    values = ", ".join(f"({', '.join('null::int' if v is None else str(v) for v in row)})" for row in table)
    place = Place(
        sql=f"(values {values}) as t ({', '.join(NAMES)})",
        columns={name: Column(sql=name, type="integer") for name in NAMES},
        is_view=True,
    )
    found = find_key(look, Sought(entity="sales", place=place))
    assert found is not None, look.why
    unique = [
        set(some) for size in range(1, 5) for some in combinations(NAMES, size)
        if len({tuple(row[NAMES.index(n)] for n in some) for row in table}) == len(table)
        and not any(row[NAMES.index(n)] is None for row in table for n in some)
    ]  # fmt: skip
    if found.columns:
        assert set(found.columns) in unique
        assert not any(other < set(found.columns) for other in unique if other != {"line_no"})
    else:
        assert not unique


def test_proposals_add_nothing_where_all_is_drawn() -> None:
    sql = b"create table a (id int primary key); create table b (id int primary key, a_id int references a)"
    texts = [drafted(sql, "ab.sql", infer_keys=True, propose=propose)[1] for propose in (with_proposals, lambda d: d)]
    assert texts[0] == texts[1]
