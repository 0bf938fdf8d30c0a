"""Models with one meaning are accepted, and joined as it says: no second way, and no NULL that a filter excludes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import Generated, generate

SHIPMENTS: dict[str, Any] = {
    "entities": {
        "dates": {"key": "day", "columns": {"day": "date"}},
        "shipments": {"key": "shipment_id", "columns": {"shipment_id": "int", "ordered": "date", "paid": "date"}},
        "parcels": {"key": "parcel_id", "columns": {"parcel_id": "int", "shipment_id": "int"}},
    },
    "links": {
        "shipments }o--|| dates": {"ordered": "ordered = day", "paid": "paid = day"},
        "parcels }o--|| shipments": "shipment_id",
    },
}
PARTIES: dict[str, Any] = {
    "entities": {
        "persons": {"key": "person_id", "columns": {"person_id": "int"}},
        "customers": {"key": "customer_id", "columns": {"customer_id": "int", "score": "int"}},
        "employees": {"key": "person_id", "columns": {"person_id": "int", "pay": "int"}},
    },
    "links": {"persons ||--o| customers": "person_id = customer_id", "persons ||--o| employees": "person_id"},
}
LOGS: dict[str, Any] = {
    "entities": {
        "logs": {"key": "log_id", "columns": {"log_id": "int", "level": {"type": "int", "not_null": True}}},
        "tickets": {"key": "ticket_id", "columns": {"ticket_id": "int", "about": "int"}},
        "budgets": {"key": "budget_id", "columns": {"budget_id": "int", "ticket_id": "int", "amount": "int"}},
    },
    "links": {"budgets }o--o| tickets": "ticket_id", "tickets }o--o| logs": "about = log_id"},
}
EXTENSIONS: dict[str, Any] = {
    "entities": {
        "products": {"key": "product_id", "columns": {"product_id": "int", "name": "text"}},
        "books": {"key": "product_id", "columns": {"product_id": "int", "pages": "int"}},
        "films": {"key": "product_id", "columns": {"product_id": "int", "minutes": "int"}},
        "tickets": {"key": "ticket_id", "columns": {"ticket_id": "int", "of": "int"}},
        "sizes": {"key": "product_id", "columns": {"product_id": "int", "size": "int"}},
    },
    "links": {
        "books |o--|| products": "product_id",
        "films |o--|| products": "product_id",
        "sizes |o--|| products": "product_id",
        "tickets |o--|| products": "of = product_id",
    },
}


def made(diagram: dict[str, Any], *models: dict[str, Any]) -> Generated:
    named = {f"m{number}": model for number, model in enumerate(models, start=1)}
    spec = {"version": 1, "project": "p", "sources": {"s": {}}, **diagram, "models": named}
    return generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml")


def sql(diagram: dict[str, Any], *models: dict[str, Any]) -> str:
    return " ".join(made(diagram, *models).files[f"models/marts/m{len(models)}.sql"].split())


def fault(diagram: dict[str, Any], *models: dict[str, Any]) -> Diagnostic:
    with pytest.raises(ErdError) as caught:
        made(diagram, *models)
    (found,) = caught.value.diagnostics
    return found


@pytest.mark.parametrize("role", ["ordered", "paid"])
def test_the_grain_is_the_column_of_the_rows_and_no_other_role_of_theirs(role: str) -> None:
    """A parcel leads to a shipment, whose date is in the grain; that of another role is another date."""
    model = {"grain": role, "rows": "shipments", "columns": {"n": "count(parcels.parcel_id)"}}
    assert f"select shipments.{role}, count(parcels.parcel_id) as n" in sql(SHIPMENTS, model)


@pytest.mark.parametrize("column", ["employees.pay", "persons.person_id", "customers.score"])
def test_rows_grouped_by_the_key_of_a_partner_have_one_value_each(column: str) -> None:
    model = {"grain": "customer_id", "rows": "employees", "columns": {"x": column}}
    there = {**model, "where": "customers.customer_id is not null"}
    assert " as x" in sql(PARTIES, there)


def test_rows_grouped_by_the_key_of_what_many_lead_to_have_several_values() -> None:
    employees = {"key": "employee_id", "columns": {"employee_id": "int", "pay": "int", "is": "int"}}
    links = {"persons ||--o| customers": "person_id = customer_id", "employees }o--|| persons": "is = person_id"}
    model = {"grain": "customer_id", "rows": "employees", "columns": {"x": "employees.pay"}}
    there = {**model, "where": "customers.customer_id is not null"}
    assert fault({"entities": {**PARTIES["entities"], "employees": employees}, "links": links}, there).code == "E202"


@pytest.mark.parametrize("grain", ["log_id", "level"])
def test_a_filter_on_what_two_optional_links_lead_to_fills_the_grain(grain: str) -> None:
    model = {"grain": grain, "rows": "budgets", "columns": {"n": "sum(budgets.amount)"}}
    assert fault(LOGS, model).code == "E103"
    assert "is not null" in sql(LOGS, {**model, "where": "logs.log_id is not null"})
    assert fault(LOGS, {**model, "where": "budgets.ticket_id is not null"}).code == "E103"


def test_a_link_of_the_rows_goes_before_extensions_of_what_it_leads_to() -> None:
    """Books, films and sizes are products as well; the ticket has a link of its own."""
    per_size = {"grain": "product_id", "rows": "sizes", "columns": {"total": "sum(sizes.size)"}}
    count = "count(products.name) filter (where m1.total > 0)"
    model = {"grain": "ticket_id", "rows": "tickets", "columns": {"n": count}}
    assert "products_by_of" in sql(EXTENSIONS, per_size, model)


def test_an_input_that_meets_no_rows_is_named() -> None:
    """One line is of one date: what is missing is the way to a grain that a formula has made."""
    helper = {"grain": "day", "rows": "dates", "columns": {"late": "dates.day > date '2025-01-01'"}}
    read = "last(shipments.shipment_id order by dates.day)"
    model = {"grain": "late", "rows": "m1", "columns": {"x": {"is": read, "via": "paid"}}}
    found = fault(SHIPMENTS, helper, model)
    assert (found.code, "`shipments` cannot be joined" in found.message) == ("E201", True)


@pytest.mark.parametrize(
    ("on_claims", "fix"), [("day", "match: {claims: {day: day}}"), ("told", "the column of `claims` with `match:`")]
)
def test_a_name_is_not_enough_where_links_lead_to_rows_that_compute_the_grain(on_claims: str, fix: str) -> None:
    """The day of a claim, or of its client, is not the day of the invoice's last payment."""
    diagram = {
        "entities": {
            "clients": {"key": "client_id", "columns": {"client_id": "int", "day": "date"}},
            "invoices": {"key": "invoice_id", "columns": {"invoice_id": "int", "paid": "date"}},
            "claims": {
                "key": "claim_id",
                "columns": {"claim_id": "int", "invoice_id": "int", "client_id": "int", on_claims: "date"},
            },
        },
        "links": {"claims }o--|| invoices": "invoice_id", "claims }o--|| clients": "client_id"},
    }
    late = {"grain": "invoice_id", "rows": "invoices", "columns": {"day": "coalesce(invoices.paid, date '2025-01-01')"}}
    model: dict[str, Any] = {"grain": "day", "rows": "m1", "columns": {"n": "count(claims.claim_id)"}}
    found = fault(diagram, late, model)
    assert (found.code, "`m1.day` by claims }o--|| invoices" in found.message) == ("E205", True)
    assert any(fix in one for one in found.fixes)
    assert "claims" in sql(diagram, late, {**model, "accept": {"W406": "they agree"}})


def test_a_bridge_goes_before_a_name() -> None:
    """Claims and dates have a column `day` each, and orders link them."""
    diagram = {
        "entities": {
            "claims": {"key": "claim_id", "columns": {"claim_id": "int", "day": "date"}},
            "dates": {"key": "day", "columns": {"day": "date", "price": "int"}},
            "orders": {"key": ["claim_id", "day"], "columns": {"claim_id": "int", "day": "date"}},
        },
        "links": {"orders }o--|| claims": "claim_id", "orders }o--|| dates": "day"},
    }
    model = {"grain": "claim_id", "rows": "claims", "columns": {"n": "count(dates.price)"}}
    assert "orders.claim_id, count(dates.price) as n" in sql(diagram, model)
    nameless = {**diagram, "links": {}}
    assert [r.code for r in made(nameless, model).planned.remarks if r.code == "W406"]


def test_a_bridge_goes_before_a_column_of_the_input_that_is_called_as_the_grain() -> None:
    diagram = {
        "entities": {
            "claims": {"key": "claim_id", "columns": {"claim_id": "int", "day": "date"}},
            "dates": {"key": "day", "columns": {"day": "date"}},
            "orders": {"key": ["claim_id", "day"], "columns": {"claim_id": "int", "day": "date"}},
        },
        "links": {"orders }o--|| claims": "claim_id", "orders }o--|| dates": "day"},
    }
    model = {"grain": "day", "rows": "dates", "columns": {"n": "count(claims.claim_id)"}}
    assert "from orders left join claims on orders.claim_id = claims.claim_id" in sql(diagram, model)
    said = {**model, "match": {"claims": {"day": "day"}}}
    assert "from claims group by 1" in sql(diagram, said)


LINES: dict[str, Any] = {
    "entities": {
        "customers": {"key": "customer_id", "columns": {"customer_id": "int", "day": "date"}},
        "lines": {
            "key": ["customer_id", "day"],
            "columns": {"customer_id": "int", "day": "date", "qty": {"type": "int", "not_null": True}},
        },
        "notes": {"key": "customer_id", "columns": {"customer_id": "int", "size": "int"}},
    },
    "links": {"lines }o--|| customers": "customer_id", "notes |o--|| customers": "customer_id"},
}


def test_an_aggregate_is_over_the_rows_of_its_value_and_not_of_its_condition() -> None:
    """Customers have a `day`, too: what a condition names first does not join half a key by name."""
    case = "sum(case when customers.day > date '2025-01-31' then lines.qty else 0 end)"
    model = {"grain": ["customer_id", "qty"], "rows": "lines", "columns": {"n": case}}
    assert "from lines left join customers on lines.customer_id = customers.customer_id" in sql(LINES, model)
    assert not [r for r in made(LINES, model).planned.remarks if r.code in ("W305", "W406")]


@pytest.mark.parametrize("condition", ["notes.size is null", "not notes.size > 0"])
def test_rows_without_an_extension_count_where_the_condition_says_so(condition: str) -> None:
    case = f"sum(case when {condition} then customers.customer_id else 0 end)"
    model = {"grain": "day", "rows": "customers", "where": "day is not null", "columns": {"n": case}}
    assert "from customers left join notes" in sql(LINES, model)
