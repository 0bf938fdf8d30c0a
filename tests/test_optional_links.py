"""What links promise: a partner, a value, rows that are all found; and what a link drawn zero-or-one does not."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Fix
from erd2dbt.pipelines.generation import generate, plan
from erd2dbt.prove.claims import Claim
from erd2dbt.read.spec.pasting import pasted

CLINIC = """\
version: 1
project: clinic
sources: {{raw: {{}}}}
entities:
  patients: {{key: patient_id, columns: {{patient_id: int, city: text}}}}
  appointments: {{key: appointment_id, columns: {{appointment_id: int, patient_id: {patient}, room: text}}}}
  invoices: {{key: invoice_id, columns: {{invoice_id: int, appointment_id: {appointment}, amount: int}}}}
links:
  appointments }}o--{first} patients: patient_id
  invoices }}o--{second} appointments: appointment_id
models:
"""
TOTALS = """\
  totals: {grain: patient_id, rows: patients, columns: {amount: sum(invoices.amount)}}
"""
OVER_A_MODEL = """\
  int_invoices: {grain: invoice_id, rows: invoices, keep: all, columns: {patient_id: appointments.patient_id}}
  totals: {grain: patient_id, rows: patients, columns: {amount: sum(int_invoices.amount)}}
"""
BY_CITY = """\
  totals: {grain: city, rows: patients, columns: {amount: sum(invoices.amount)}}
"""
NULLABLE = "{type: int, not_null: false}"


def spec(
    models: str, *, first: str = "||", second: str = "||", patient: str = "int", appointment: str = "int"
) -> bytes:
    return (CLINIC.format(first=first, second=second, patient=patient, appointment=appointment) + models).encode()


def found(text: bytes) -> tuple[Diagnostic, ...]:
    """Faults and warnings, without the notes on links that no model follows."""
    try:
        remarks = plan(text, "clinic.yml")[1].remarks
    except ErdError as error:
        remarks = error.diagnostics
    return tuple(d for d in remarks if d.code != "I038")


def claims(text: bytes) -> list[str]:
    links: tuple[Claim, ...] = plan(text, "clinic.yml")[1].claims
    return [c.text for c in links if c.relation == "invoices"]


@pytest.mark.parametrize("models", [TOTALS, OVER_A_MODEL, BY_CITY])
def test_a_chain_of_mandatory_links_loses_no_row(models: str) -> None:
    assert [d.code for d in found(spec(models))] == []


@pytest.mark.parametrize("models", [TOTALS, OVER_A_MODEL, BY_CITY])
@pytest.mark.parametrize(
    "weak", [{"first": "o|"}, {"second": "o|"}, {"patient": NULLABLE}, {"appointment": NULLABLE}], ids=str
)
def test_any_weak_link_of_the_chain_can_lose_rows(models: str, weak: dict[str, str]) -> None:
    (warning,) = found(spec(models, **weak))
    assert warning.code == "W402"
    weakest = "patient_id" if {"first", "patient"} & weak.keys() else "appointment_id"
    assert weakest in warning.message or "a lookup finds nothing" in warning.message


def test_rows_that_a_filter_leaves_out_are_no_partners() -> None:
    filtered = TOTALS.replace("rows: patients", "rows: patients, where: city = 'Bonn'")
    assert [d.code for d in found(spec(filtered))] == ["W402"]
    child = BY_CITY.replace("grain: city, rows: patients", "grain: room, rows: appointments, where: room <> 'x'")
    assert [d.code for d in found(spec(child))] == ["W402"]


def test_a_cap_from_zero_claims_no_partner() -> None:
    assert claims(spec(TOTALS)) == [
        "invoices: invoice_id is the primary key",
        "invoices: every appointment_id exists in appointments (appointment_id)",
        "invoices: appointment_id is not null",
    ]
    assert claims(spec(TOTALS, second="o|")) == ["invoices: invoice_id is the primary key"]
    assert claims(spec(TOTALS, appointment=NULLABLE)) == [
        "invoices: invoice_id is the primary key",
        "invoices: every appointment_id exists in appointments (appointment_id)",
    ]
    files = generate(spec(TOTALS, second="o|"), "clinic.yml").files
    assert "exists_in_appointments" not in "".join(files.values())


BY_KEY = "  visits: {grain: patient_id, rows: appointments, columns: {n: count(*)}}\n"
BY_PARENT = "  rooms: {grain: room, rows: invoices, columns: {n: count(*)}}\n"


@pytest.mark.parametrize(
    ("models", "weak"),
    [
        (BY_KEY, {"first": "o|"}),
        (BY_KEY, {"patient": NULLABLE}),
        (BY_PARENT, {"second": "o|"}),
        (BY_PARENT, {"appointment": NULLABLE}),
    ],
)
def test_a_grain_that_may_be_null_is_refused_when_checked(models: str, weak: dict[str, str]) -> None:
    assert [d.code for d in found(spec(models))] == []
    (fault,) = found(spec(models, **weak))
    assert fault.code == "E103"
    left_out = next(f for f in fault.fixes if isinstance(f, Fix) and str(f).startswith("exclude those rows"))
    fixed = pasted(spec(models, **weak).decode(), left_out, fault.span)
    assert fixed
    assert found(fixed.encode()) == ()


def test_what_a_filter_or_the_column_itself_says_is_never_null() -> None:
    where = BY_KEY.replace("rows: appointments,", "rows: appointments, where: patient_id is not null,")
    assert [d.code for d in found(spec(where, first="o|"))] == []
    assert [d.code for d in found(spec(BY_KEY, first="o|", patient="{type: int, not_null: true}"))] == []


def test_a_model_that_reads_a_refused_one_says_nothing() -> None:
    models = """\
  one: {grain: patient_id, rows: patients, columns: {a: patients.cty, b: count(appointments.room)}}
  two: {grain: patient_id, rows: patients, columns: {a: one.a, b: one.nothing}}
  three: {grain: patient_id, rows: two, columns: {b: two.b}}
  four: {grain: patient_id, sql: "select patient_id, b from {{ ref('one') }}"}
  five: {grain: patient_id, rows: four, columns: {b: four.b}}
"""
    assert [(d.code, d.message) for d in found(spec(models))] == [("E031", "`patients` has no column `cty`")]


UNIQUES = """\
version: 1
project: shop
sources: {raw: {}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, code: {type: text, unique: true}, name: text}}
  profiles: {key: profile_id, columns: {profile_id: int, customer_id: int, bio: text}}
  orders: {key: order_id, columns: {order_id: int, customer_code: text}}
links:
  orders }o--o| customers: customer_code = code
  profiles |o--|| customers: customer_id
models:
  order_list: {grain: order_id, rows: orders, columns: {name: customers.name}}
  customer_list: {grain: customer_id, rows: customers, columns: {bio: profiles.bio}}
"""


def test_a_lookup_over_a_unique_is_grouped_so_that_rows_stay_if_the_claim_is_broken() -> None:
    made = generate(UNIQUES.encode(), "shop.yml")
    for model, unique in (("order_list", "code"), ("customer_list", "customer_id")):
        sql = made.files[made.project.sql_paths[model]]
        assert f"        {unique}" in sql
        assert "group by 1" in sql
        (proof,) = (p.proof for p in made.planned.own if p.relation.name == model)
        assert [claim.kind for claim in proof.claims] == ["key"]


PERSONS = """\
version: 1
project: shop
sources: {{raw: {{}}}}
entities:
  persons: {{key: person_id, columns: {{person_id: int, name: text}}}}
  customers: {{key: customer_id, columns: {{customer_id: int, score: int}}}}
  orders: {{key: order_id, columns: {{order_id: int, customer_id: int, amount: int}}}}
links:
  customers |o--|| persons: customer_id = person_id
  orders }}o--{cap} customers: customer_id
models:
  shown: {{grain: order_id, rows: orders, columns: {{name: persons.name}}}}
  added: {{grain: person_id, rows: persons, columns: {{total: sum(orders.amount)}}}}
"""


@pytest.mark.parametrize(("cap", "through"), [("o|", "customers"), ("||", "orders")])
def test_nothing_is_found_behind_a_row_that_may_be_missing(cap: str, through: str) -> None:
    """A person may have the id of a customer that does not exist. The order of nobody is not that person's."""
    made = generate(PERSONS.format(cap=cap).encode(), "shop.yml")
    shown, added = (made.files[made.project.sql_paths[model]] for model in ("shown", "added"))
    assert f"on {through}.customer_id = persons.person_id" in shown
    assert ("left join customers" in shown) == ("left join customers" in added) == (cap == "o|")


EXTENSION = """\
version: 1
project: clinic
sources: {raw: {}}
entities:
  patients: {key: patient_id, columns: {patient_id: int}}
  insured: {key: insured_id, columns: {insured_id: int, plan: text}}
  visits: {key: visit_id, columns: {visit_id: int, seen: int, cost: int}}
links:
  insured |o--|| patients: insured_id = patient_id
  visits }o--o| patients: seen = patient_id
models:
  plans: {grain: plan, rows: visits, where: "WHERE", columns: {cost: sum(visits.cost)}}
"""


@pytest.mark.parametrize("where", ["insured.plan is not null", "insured.plan <> 'none' and visits.cost > 0"])
def test_a_filter_reads_the_row_that_the_grain_is_read_from(where: str) -> None:
    """The extension of a patient is reached over the patient and by the same foreign key: it is joined once."""
    made = generate(EXTENSION.replace("WHERE", where).encode(), "spec.yml")
    assert made.files[made.project.sql_paths["plans"]].count("join insured") == 1
    with pytest.raises(ErdError) as refused:
        generate(EXTENSION.replace("WHERE", "visits.cost > 0").encode(), "spec.yml")
    assert [fault.code for fault in refused.value.diagnostics] == ["E103"]


STAFF = """\
version: 1
project: staff
sources: {raw: {}}
entities:
  teams: {key: team_id, columns: {team_id: int, name: text}}
  employees: {key: id, columns: {id: int, team_id: int, manager_id: TYPE, salary: int}}
  tasks: {key: task_id, columns: {task_id: int, employee_id: int, hours: int}}
links:
  employees }o--o| employees: {manager: manager_id = id}
  employees }o--o| teams: team_id
  tasks }o--|| employees: employee_id = id
models:
  m: {MODEL}
"""
TREES = [
    "grain: id, rows: employees, columns: {x: {is: sum(employees.salary), via: manager}}",
    "grain: id, rows: employees, columns: {x: {is: sum(tasks.hours), via: manager}}",
]


@pytest.mark.parametrize("model", TREES)
@pytest.mark.parametrize("declared", ["int", NULLABLE])
def test_no_claim_is_offered_that_the_top_of_a_tree_breaks(model: str, declared: str) -> None:
    """A manager of each employee means that managers go in circles. Other links of the same rows can be claimed."""
    (warning,) = found(STAFF.replace("MODEL", model).replace("TYPE", declared).encode())
    assert warning.code == "W402"
    assert "manager_id" in warning.message
    assert [fix for fix in warning.fixes if "claim" in fix or "||" in fix or "not_null" in fix] == []
    assert any("where: employees.manager_id is null" in fix for fix in warning.fixes)
    by_team = "grain: team_id, rows: teams, columns: {x: sum(employees.salary)}"
    (warning,) = found(STAFF.replace("MODEL", by_team).replace("TYPE", declared).encode())
    assert any("`employees }o--|| teams`" in fix for fix in warning.fixes)


def test_a_grain_of_managers_excludes_the_top_of_the_tree() -> None:
    model = "grain: manager_id, rows: employees, columns: {n: count(*)}"
    text = STAFF.replace("MODEL", model).replace("TYPE", "int")
    (fault,) = found(text.encode())
    assert fault.code == "E103"
    assert fault.fixes == ("exclude those rows: `where: manager_id is not null`",)
    (fix,) = fault.fixes
    assert isinstance(fix, Fix)
    assert found((pasted(text, fix, fault.span) or "").encode()) == ()
