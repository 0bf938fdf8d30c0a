"""What is drawn in any spelling is called in snake_case, with its own name beside, and so again when drafted again."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from erd2dbt.cli import main
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.spelling import folded, snake
from erd2dbt.names.validity import fault_of_column, fault_of_object
from erd2dbt.pipelines.drafting import draft_text
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import Column, Table, Tables, Type
from erd2dbt.read.spec.reader import read_spec

SPAN = Span("source", 1, 1)
NAMES = st.one_of(
    st.from_regex(r"[a-z]{1,3}([A-Z]{1,3}[a-z]{0,2}|_|[0-9]){0,4}", fullmatch=True),
    st.text("aBcÜé_ 1-İΣ日²\"'\t\n{%\x07", min_size=1, max_size=8),
)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("userId", "user_id"),
        ("ContestTaskPair", "contest_task_pair"),
        ("customerID", "customer_id"),
        ("HTTPStatus", "http_status"),
        ("OrderID2", "order_id2"),
        ("orderIDs", "order_ids"),
        ("UserIs", "user_is"),
        ("addressLine1Text", "address_line1_text"),
        ("SHA256Hash", "sha256_hash"),
        ("CUSTOMER_ID", "customer_id"),
        ("_fivetran_synced", "_fivetran_synced"),
        ("Amount__c", "amount__c"),
        ("Order Date", "order_date"),
        ("2fa", "n2fa"),
        ("ÜberGröße", "über_größe"),
        ("日本Id", "日本_id"),
    ],
)
def test_words(written: str, name: str) -> None:
    assert snake(written) == name


@given(st.one_of(NAMES, st.text(max_size=12)))
@example("ΑΣ")
@example("ǅ")
def test_snake_case_is_an_identifier_and_stays_what_it_is(name: str) -> None:
    found = snake(name)
    assert snake(found) == found
    assert not found or (found.isidentifier() and not fault_of_column(found) and not fault_of_object(found))


@pytest.mark.parametrize("names", [("aA", "aa"), ("raw_a", "tbl_a", "a")])
def test_tables_that_differ_in_little_keep_their_names(names: tuple[str, ...]) -> None:
    found = Tables()
    for name in names:
        columns = {"id": Column(name="id", span=SPAN)}
        found.tables["public", name] = Table(schema="public", name=name, span=SPAN, key=("id",), columns=columns)
    text = draft_text(drawn(found, "source"))
    assert draft_text(drawn(found, "source"), before=text) == text


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(NAMES, min_size=1, max_size=5, unique=True), min_size=2, max_size=3), st.data())
def test_names_are_apart_and_the_drawn_ones_can_be_told(columns: list[list[str]], data: st.DataObject) -> None:
    """And drafted once more from the same source, with what was drafted before, everything is called as it was."""
    found = Tables()
    for own in columns:
        name = data.draw(NAMES.filter(lambda name: ("public", name) not in found.tables))
        table = Table(schema="public", name=name, span=SPAN, key=(own[0],))
        table.columns = {one: Column(name=one, span=SPAN, type=Type(name="int")) for one in own}
        found.tables[table.id] = table
    text = draft_text(drawn(found, "source"))
    erd = read_spec(text.encode(), "spec.yml")
    assert [entity.table for entity in erd.entities] == [name for _, name in found.tables]
    assert len({folded(entity.name) for entity in erd.entities}) == len(erd.entities)
    for entity, own in zip(erd.entities, columns, strict=True):
        assert [column.raw for column in entity.columns] == own
        assert len({folded(column.name) for column in entity.columns}) == len(own)
        assert all(column.name.isidentifier() for column in entity.columns)
    assert draft_text(drawn(found, "source"), before=text) == text


SQL = """
create table "SalesOrders" ("orderId" int primary key, "netAmount" numeric(8,2));
create table tbl_shops (id int primary key, "shopName" text);
"""
# As it was drafted before names became snake_case, and what people made of it.
BEFORE = """\
version: 1
project: shop

sources:
  public: {schema: public}

entities:
  salesorders:
    table: SalesOrders
    key: orderId
    columns:
      orderId: integer
      netAmount: numeric(8,2)
  tbl_shops:
    key: id
    columns:
      id: integer
      shopName: text
"""
PEOPLE = BEFORE + "models:\n  revenue: {grain: orderId, rows: salesorders, keep: [netAmount]}\n"


def test_an_old_spec_keeps_its_names(tmp_path: Path) -> None:
    """Only what is new in the source is called in the new way."""
    source, spec = tmp_path / "shop.sql", tmp_path / "spec.yml"
    source.write_text(SQL + 'alter table tbl_shops add "openedOn" date;', encoding="utf-8")
    spec.write_text(PEOPLE, encoding="utf-8")
    spec.with_name(".spec.yml.drafted").write_text(BEFORE, encoding="utf-8")
    done = CliRunner().invoke(main, ["import", str(source), "-o", str(spec)])
    assert done.exit_code == 0, done.output
    assert "renamed" not in done.output
    text = spec.read_text(encoding="utf-8")
    assert "      shopName: text\n      opened_on: {type: date, from: openedOn}\n" in text
    kept = [line for line in PEOPLE.splitlines() if line not in text.splitlines()]
    assert kept == []
