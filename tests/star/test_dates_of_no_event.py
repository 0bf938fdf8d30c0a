"""Deletion, end, plan and load dates date no fact, in every language and form of the word; and what dates it then."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.erd import Attribute
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.dates import Moment, moment_of
from erd2dbt.star.derive import star_of
from erd2dbt.star.kinds import Classified

SPAN = Span("spec.yml", 1, 1)
MOMENTS = {
    Moment.DELETED: "cancel_date canceled_at cancelDate CNCL_DT retire_date scrap_date geloescht_am gelöscht_am "
    "gekuendigt_am kuendigungsdatum stornodatum resilie_le date_resiliation date_suppression date_annulation "
    "fecha_cancelacion data_cancelamento cancellato_il opzegdatum",
    Moment.PLANNED: "due_on faellig_am pay_by must_pay_by not_after a_traiter_avant date_echeance vence_el scade_il "
    "data_vencimento wunschtermin scheduled_for renews_on",
    Moment.ENDED: "termination_date expires_at abgelaufen_am austritt_am date_fermeture einddatum fecha_fin",
    Moment.WRITTEN: "etl_date ETL_DTM loaded_at load_dts date_chargement fecha_carga data_carga geladen_op",
    Moment.EVENT: "order_date refund_date sold_on bestellt_am geliefert_am fecha_pago run_date checking_date",
}
FEES = """
create table carriers (carrier_id int primary key, name text not null);
create table routes (route_id int primary key, name text not null);
create table fees (
    fee_id int primary key, carrier_id int not null references carriers, route_id int not null references routes,
    amount numeric(10, 2) not null, {date} date
);
"""
CARGO = """
create table ports (port_id int primary key, name text not null);
create table shipments (
    shipment_id int primary key, port_id int not null references ports, booked_on date not null, price numeric(9, 2)
);
create table shipment_boxes (
    box_no int not null, shipment_id int not null references shipments, weight_kg numeric(9, 2),
    primary key (shipment_id, box_no)
);
create table shipment_box_items (
    shipment_id int not null, box_no int not null, item_no int not null, quantity int not null, due_on date,
    primary key (shipment_id, box_no, item_no),
    foreign key (shipment_id, box_no) references shipment_boxes
);
"""


def star(sql: str) -> dict[str, Classified]:
    return dict(star_of(read_spec(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml")).entities)


def models(sql: str) -> dict[str, str]:
    return dict(generation.generate(drafted(sql.encode(), "schema.sql")[1].encode(), "spec.yml").files)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_the_moment_that_a_name_says(moment: Moment) -> None:
    names = MOMENTS[moment].split()
    found = {name: moment_of(Attribute(name=name, type="date", span=SPAN)) for name in names}
    assert found == dict.fromkeys(names, moment)


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("cancel_date", "`cancel_date` says when the row was deleted or withdrawn"),
        ("due_on", "`due_on` says when it should be"),
        ("termination_date", "`termination_date` says when it was done or over"),
        ("loaded_at", "`loaded_at` says when the row was last touched"),
        ("geloescht_am", "`geloescht_am` says when the row was deleted or withdrawn"),
    ],
)
def test_a_fact_with_no_other_date_joins_no_calendar(date: str, reason: str) -> None:
    fees = star(FEES.format(date=date))["fees"]
    assert (fees.is_fact, fees.event_date, fees.dates) == (True, None, ())
    assert any(reason in why and f"`event_date: {date}` takes one" in why for why in fees.because)
    assert "models/marts/dim_dates.sql" not in models(FEES.format(date=date))


def test_a_fact_with_a_date_of_its_event_joins_the_calendar() -> None:
    assert star(FEES.format(date="charged_on"))["fees"].event_date is not None
    assert "models/marts/dim_dates.sql" in models(FEES.format(date="charged_on"))


@pytest.mark.parametrize(
    ("table", "date"),
    [
        ("cancellations", "cancelled_on"),
        ("contract_terminations", "termination_date"),
        ("kuendigungen", "gekuendigt_am"),
        ("deliveries", "delivered_on"),
        ("appointments", "scheduled_on"),
    ],
)
def test_a_date_is_that_of_rows_that_are_called_after_it(table: str, date: str) -> None:
    found = star(FEES.format(date=date).replace("table fees", f"table {table}"))[table]
    assert found.event_date is not None
    assert found.event_date.name == date


def test_the_header_of_a_header_dates_its_parts() -> None:
    """The boxes of a shipment have no date, so the items in them are dated by the shipment. A plan dates none."""
    sql = models(CARGO)["models/marts/fct_shipment_box_items.sql"]
    assert "booked_on" in sql
    described = models(CARGO)["models/marts/_marts__models.yml"]
    assert "Event date: `booked_on`. Other dates: `due_on`." in " ".join(described.split())


PARCELS = """
create table districts (district_id int primary key, name text not null);
create table plans (plan_id int primary key, name text not null);
create table parcels (
    district_id int not null references districts, parcel_no int not null, plan_id int references plans,
    soil text, {date} primary key (district_id, parcel_no)
);
create table parcel_owners (
    district_id int not null, parcel_no int not null, owner_no int not null, share text,
    primary key (district_id, parcel_no, owner_no),
    foreign key (district_id, parcel_no) references parcels
);
"""


@pytest.mark.parametrize(("date", "is_fact"), [("", False), ("surveyed_on date not null,", True)])
def test_what_has_no_date_and_no_sum_is_no_fact_by_its_references(date: str, is_fact: bool) -> None:
    assert star(PARCELS.format(date=date))["parcels"].is_fact == is_fact


INVOICES = """
create table customers (customer_id int primary key, name text not null);
create table notices (
    notice_id int primary key, customer_id int not null references customers, notice_date date {null},
    fixed_amount numeric(10, 2) not null
);
create table payments (
    payment_id int primary key, notice_id int not null references notices, paid_on date, amount numeric(9, 2)
);
create table plans (plan_id int primary key, notice_id int not null references notices, share numeric(9, 2), text text);
"""


@pytest.mark.parametrize(("null", "is_fact"), [("not null", True), ("", False)])
def test_what_always_has_a_date_stays_a_fact_beside_what_refers_to_it(null: str, is_fact: bool) -> None:
    assert star(INVOICES.format(null=null))["notices"].is_fact == is_fact
