"""Starts of periods date no invoice, quotas and fees of a longer time are no sums, and price lists in each language."""

from __future__ import annotations

from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.kinds import Kind
from erd2dbt.star.values import Star

ORGS = "create table orgs (org_id int primary key, name text not null);"


def star(sql: str, *, infer_keys: bool = False) -> Star:
    found = star_of(read_spec(drafted(sql.encode(), "schema.sql", infer_keys=infer_keys)[1].encode(), "spec.yml"))
    assert found is not None
    return found


def test_the_start_of_a_period_dates_no_row_that_has_the_date_of_an_act() -> None:
    invoices = """create table {name} (invoice_id int primary key, org_id int not null references orgs,
      period_start date not null, period_end date not null, {more} total numeric(10,2));"""
    sql = ORGS + "".join(
        invoices.format(name=name, more=more)
        for name, more in (
            ("invoices", "issued_at timestamp,"),
            ("bills", "paid_on date,"),
            ("credit_notes", ""),
        )
    )
    found = {name: one.event_date and one.event_date.name for name, one in star(sql).entities.items()}
    assert found["invoices"] == "issued_at"
    assert found["bills"] == "period_start"
    assert found["credit_notes"] == "period_start"


def test_a_quota_is_a_bound_and_a_monthly_fee_of_a_day_is_a_level() -> None:
    sql = f"""{ORGS} create table usage_daily (org_id int not null references orgs, day date not null, quota int,
      bytes_out int, monthly_fee numeric(8,2), primary key (org_id, day));
    create table contracts (contract_id int primary key, org_id int not null references orgs, signed_on date not null,
      monthly_fee numeric(8,2));"""
    found = star(sql).entities
    assert [m.name for m in found["usage_daily"].added] == ["bytes_out"]
    assert [m.name for m in found["usage_daily"].stocks] == ["monthly_fee"]
    assert [m.name for m in found["contracts"].added] == ["monthly_fee"]


def test_what_a_number_dates_does_not_happen_when_its_header_did() -> None:
    sql = """create table tickets (ticket_id int primary key, bought_on date not null, amount numeric(10,2));
    create table scans (scan_id int primary key, ticket_id int not null references tickets, {}, wait_seconds int);"""
    said = {}
    for clock in ("scanned_epoch int", "created_epoch int", "gate int"):
        model = next(one for one in star(sql.format(clock)).specs if one.name == "fct_scans")
        said[clock.split()[0]] = (model.description or "").partition("Event date: ")[2].partition("`.")[0]
    assert said["scanned_epoch"].startswith("`scanned_epoch`, a number")
    assert said["gate"] == "`bought_on"
    assert said["created_epoch"] == "`bought_on"


def test_price_lists_are_snapshots_in_each_language_and_none_of_their_fees_is_summed() -> None:
    sql = """create table planes (id_plan integer, nombre text);
    create table precios_plan (id_plan integer, valido_desde date, precio numeric(8,2));
    create table tarifas (id_plan integer, vigente_desde date, precio numeric(8,2));
    create table preise (id_plan integer, gueltig_ab date, preis numeric(8,2));
    create table plan_prices (id_plan integer, valid_from date, price numeric(8,2), penalty_fee numeric(10,2));"""
    found = star(sql, infer_keys=True).entities
    lists = [one for name, one in found.items() if name != "planes"]
    assert {one.name: one.kind for one in lists} == {one.name: Kind.SNAPSHOT for one in lists}
    assert [(m.name, one.name) for one in lists for m in (*one.added, *one.stocks)] == []


def test_a_row_that_may_lack_a_part_of_a_composite_link_keeps_its_other_link() -> None:
    sql = """create table loans (loan_id bigint, lent_on date);
    create table installments (loan_id bigint not null, installment_no int not null, due_date date);
    create table payments (payment_id bigint, loan_id bigint {0}, installment_no int {0}, paid_at date);"""
    found = {}
    for declared in ("", "not null"):
        text = drafted(sql.format(declared).encode(), "schema.sql", infer_keys=True)[1].partition("\nlinks:")[2]
        found[declared] = {line.split()[2].rstrip(":") for line in text.splitlines() if "payments }" in line}
    assert found == {"": {"loans", "installments"}, "not null": {"installments"}}
