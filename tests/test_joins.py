"""By which columns inputs are joined: chains of links, names where there are none, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import Generated, generate

COUNTRIES: dict[str, Any] = {
    "entities": {
        "countries": {"key": "country_id", "columns": {"country_id": "int", "name": "text"}},
        "customers": {"key": "customer_id", "columns": {"customer_id": "int", "country_id": "int", "place": "text"}},
        "areas": {"key": "area_id", "columns": {"area_id": "int", "country_id": "int"}},
        "stores": {
            "key": "store_id",
            "columns": {"store_id": "int", "country_id": "int", "area_id": "int", "place": "text"},
        },
        "orders": {
            "key": "order_id",
            "columns": {"order_id": "int", "customer_id": "int", "store_id": "int", "amount": "int"},
        },
    },
    "links": {
        "customers }o--|| countries": "country_id",
        "stores }o--|| countries": "country_id",
        "orders }o--|| customers": "customer_id",
        "orders }o--|| stores": "store_id",
    },
}
LONGER = {
    **{text: on for text, on in COUNTRIES["links"].items() if text != "stores }o--|| countries"},
    "stores }o--|| areas": "area_id",
    "areas }o--|| countries": "country_id",
}
NAMES: dict[str, Any] = {
    "entities": {
        "orders": {"key": "order_id", "columns": {"order_id": "int", "status": "text", "day": "date"}},
        "tickets": {
            "key": "ticket_id",
            "columns": {"ticket_id": "int", "status": "text", "day": "text", "size": "int"},
        },
        "drafts": {"key": "id", "columns": {"id": "int", "size": "int"}},
        "letters": {"key": "id", "columns": {"id": "int", "size": "int"}},
    },
    "links": {},
}
TENANTS: dict[str, Any] = {
    "entities": {
        "tenants": {"key": "tenant_id", "columns": {"tenant_id": "int"}},
        "stores": {"key": ["tenant_id", "id"], "columns": {"tenant_id": "int", "id": "int", "floors": "int"}},
        "claims": {
            "key": ["tenant_id", "id"],
            "columns": {"tenant_id": "int", "id": "int", "store_id": "int", "size": "int"},
        },
        "visits": {
            "key": ["tenant_id", "id"],
            "columns": {"tenant_id": "int", "id": "int", "store_id": "int", "size": "int"},
        },
        "targets": {"key": ["tenant_id", "day"], "columns": {"tenant_id": "int", "day": "date", "size": "int"}},
        "limits": {"key": ["tenant_id", "day"], "columns": {"tenant_id": "int", "day": "date", "size": "int"}},
    },
    "links": {
        "claims }o--|| stores": ["tenant_id", "store_id = id"],
        "visits }o--|| stores": ["tenant_id", "store_id = id"],
        "stores }o--|| tenants": "tenant_id",
    },
}
STAFF: dict[str, Any] = {
    "entities": {
        "staff": {"key": "no", "columns": {"no": "int", "boss": "int", "active": "boolean", "pay": "int"}},
    },
    "links": {"staff }o--o| staff": {"boss": "boss = no"}},
}


def made(diagram: dict[str, Any], model: dict[str, Any]) -> Generated:
    spec = {"version": 1, "project": "p", "sources": {"s": {}}, **diagram, "models": {"m": model}}
    return generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml")


def faults(diagram: dict[str, Any], model: dict[str, Any]) -> list[Diagnostic]:
    with pytest.raises(ErdError) as caught:
        made(diagram, model)
    return list(caught.value.diagnostics)


def joins(diagram: dict[str, Any], model: dict[str, Any]) -> list[str]:
    return [joined.text for plan in made(diagram, model).planned.plans for joined in plan.joined]


def sql(diagram: dict[str, Any], model: dict[str, Any]) -> str:
    return made(diagram, model).files["models/marts/m.sql"]


def codes(generated: Generated) -> set[str]:
    return {remark.code for remark in generated.planned.remarks}


@pytest.mark.parametrize("links", [COUNTRIES["links"], LONGER], ids=["two and two steps", "two and three steps"])
@pytest.mark.parametrize(
    "model",
    [
        {"grain": "country_id", "rows": "countries", "columns": {"t": {"is": "sum(orders.amount)"}}},
        {"grain": "order_id", "rows": "orders", "columns": {"t": {"is": "countries.name"}}},
    ],
    ids=["aggregate", "lookup"],
)
def test_several_chains_are_listed_and_each_word_is_accepted(links: dict[str, Any], model: dict[str, Any]) -> None:
    diagram = {**COUNTRIES, "links": links}
    (fault,) = faults(diagram, model)
    assert fault.code == "E205"
    assert "orders }o--|| customers then customers }o--|| countries" in fault.message
    words = [re.findall(r"`via: (\w+)`", fix)[0] for fix in fault.fixes]
    assert words == ["customers", "stores"]
    for word in words:
        column = {**model["columns"]["t"], "via": word}
        assert any(f"orders }}o--|| {word}" in text for text in joins(diagram, {**model, "columns": {"t": column}}))


@pytest.mark.parametrize("grain", ["place", "country_id"])
def test_a_grain_that_stands_in_two_parents_of_the_rows(grain: str) -> None:
    model = {"grain": grain, "rows": "orders", "columns": {"n": "count(*)"}}
    (fault,) = faults(COUNTRIES, model)
    assert fault.code == "E205"
    for fix in fault.fixes:
        said = yaml.safe_load(re.findall(r"`(.*)`", fix)[0])
        assert joins(COUNTRIES, {**model, **said})[0].startswith(f"{said['via']['orders']} on ")


def test_a_link_between_the_two_goes_before_longer_chains() -> None:
    links = {**COUNTRIES["links"], "orders }o--|| countries": "store_id = country_id"}
    model = {"grain": "country_id", "rows": "countries", "columns": {"t": "sum(orders.amount)"}}
    assert joins({**COUNTRIES, "links": links}, model) == ["orders on country_id = store_id (orders }o--|| countries)"]


def test_a_name_alone_is_a_warning_that_can_be_confirmed_or_accepted() -> None:
    model = {"grain": "status", "rows": "orders", "columns": {"t": {"is": "sum(tickets.size)"}}}
    generated = made(NAMES, model)
    (warned,) = [remark for remark in generated.planned.remarks if remark.code == "W406"]
    assert "`orders.status` = `tickets.status`" in warned.message
    assert joins(NAMES, model) == ["tickets on status (status: same name, no link)"]
    said = yaml.safe_load(next(re.findall(r"`(.*)`", fix)[0] for fix in warned.fixes if "match" in fix))
    accepted = {"accept": {"W406": "one list of states"}}
    assert "W406" not in codes(made(NAMES, {**model, **said}))
    assert "W406" not in codes(made(NAMES, {**model, **accepted}))
    assert "W406" not in codes(made(NAMES, {**model, "columns": {"t": {**model["columns"]["t"], **accepted}}}))


@pytest.mark.parametrize("column", ["sum(drafts.size)", "drafts.size"])
def test_keys_of_one_name_of_different_things_are_not_joined(column: str) -> None:
    (fault,) = faults(NAMES, {"grain": "id", "rows": "letters", "columns": {"t": column}})
    assert fault.code == "E201"


def test_a_link_to_what_is_unique_and_no_key_is_taken_before_a_name() -> None:
    """`budgets |o--|| stores` leads to the rows, one budget for each store; `stores.points` is another thing."""
    diagram = {
        "entities": {
            "stores": {"key": "store_id", "columns": {"store_id": "int", "points": "int"}},
            "visits": {"key": "visit_id", "columns": {"visit_id": "int", "store_id": "int"}},
            "budgets": {"key": "budget_id", "columns": {"budget_id": "int", "store_id": "int", "points": "int"}},
        },
        "links": {"visits }o--|| stores": "store_id", "budgets |o--|| stores": "store_id"},
    }
    found = joins(diagram, {"grain": "points", "rows": "budgets", "columns": {"n": "count(visits.visit_id)"}})
    assert found == [
        "visits on points = budgets.points (visits }o--|| stores, budgets |o--|| stores)",
        "budgets on store_id (budgets |o--|| stores)",
    ]


@pytest.mark.parametrize("rows", ["stores", "claims"])
@pytest.mark.parametrize("column", ["visits.size", "sum(claims.size * visits.size)"])
def test_a_part_of_a_key_that_others_refer_to_by_another_name_is_no_name_to_join_on(rows: str, column: str) -> None:
    found = faults(TENANTS, {"grain": ["tenant_id", "id"], "rows": rows, "columns": {"t": column}})
    assert {fault.code for fault in found} <= {"E201", "E202", "E203"}


def test_a_date_in_two_keys_is_a_name_to_join_on() -> None:
    model = {"grain": ["tenant_id", "day"], "rows": "targets", "columns": {"t": "limits.size"}}
    assert joins(TENANTS, model) == ["limits on tenant_id, day (day, tenant_id: same name, no link)"]


@pytest.mark.parametrize(
    "model",
    [
        {"grain": "day", "rows": "orders", "columns": {"t": "sum(tickets.size)"}},
        {"grain": "day", "rows": "orders", "match": {"tickets": {"day": "day"}}, "columns": {"t": "sum(tickets.size)"}},
        {"grain": "day", "rows": ["orders", "tickets"], "columns": {"t": "sum(tickets.size)"}},
    ],
    ids=["by name", "by match", "a union"],
)
def test_types_that_do_not_compare_as_a_key_are_refused(model: dict[str, Any]) -> None:
    (fault,) = faults(NAMES, model)
    assert (fault.code, "text" in fault.message, "date" in fault.message) == ("E206", True, True)


def test_where_holds_for_the_rows_alone() -> None:
    """Aggregates and picks over the rows are filtered; those of an entity over its own link, and lookups, are not."""
    own = sql(STAFF, {"grain": "boss", "rows": "staff", "where": "active and boss is not null",
                      "columns": {"n": "count(*)", "top": {"first": "staff.pay", "order": "pay desc"}}})  # fmt: skip
    assert own.count("active and") == 2
    columns = {"n": {"is": "count(staff.no)", "via": "boss"}, "of": "staff.boss.pay"}
    linked = sql(STAFF, {"grain": "no", "rows": "staff", "where": "active", "columns": columns})
    assert linked.count("where") == 1


def test_two_links_without_roles_are_chosen_by_their_foreign_key() -> None:
    links = {"orders }o--|| customers": "customer_id", "customers ||--o{ orders": "customer_id = store_id"}
    diagram = {"entities": COUNTRIES["entities"], "links": links}
    model = {"grain": "order_id", "rows": "orders", "columns": {"t": {"is": "customers.place"}}}
    (fault,) = faults(diagram, model)
    words = [re.findall(r"`via: (\w+)`", fix)[0] for fix in fault.fixes]
    assert set(words) == {"customer_id", "store_id"}
    for word in words:
        (text,) = joins(diagram, {**model, "columns": {"t": {"is": "customers.place", "via": word}}})
        assert text.startswith(f"customers on {word if word == 'customer_id' else 'store_id = customer_id'} (")


def test_an_aggregate_of_a_model_over_a_bridge() -> None:
    spec = """
version: 1
project: p
sources: {s: {}}
entities:
  students: {key: student_id, columns: {student_id: int}}
  courses: {key: course_id, columns: {course_id: int}}
  enrolments: {key: [student_id, course_id], columns: {student_id: int, course_id: int}}
links:
  enrolments }o--|| students: student_id
  enrolments }o--|| courses: course_id
models:
  sizes: {grain: course_id, rows: courses, columns: {n: count(enrolments.student_id)}}
  m: {grain: student_id, rows: students, columns: {largest: max(sizes.n)}}
"""
    plan = generate(spec.encode(), "spec.yml").planned.plans[-1]
    assert [joined.input for joined in plan.joined] == ["enrolments", "sizes"]


CODES: dict[str, Any] = {
    "entities": {
        "shops": {
            "key": "shop_id",
            "columns": {"shop_id": "int", "code": {"type": "text", "unique": True}, "town": "text"},
        },
        "sales": {
            "key": "sale_id",
            "columns": {"sale_id": "int", "shop_id": "int", "sent_to": "text", "amount": "int"},
        },
    },
    "links": {"sales }o--o| shops": {"seller": "shop_id", "receiver": "sent_to = code"}},
}


@pytest.mark.parametrize(("role", "on"), [("seller", "shop_id"), ("receiver", "sent_to = code")])
def test_a_role_in_a_path_leads_to_a_key_and_to_a_unique_column(role: str, on: str) -> None:
    spelt: list[Any] = [f"sales.{role}.town", {"is": "shops.town", "via": role}]
    for column in spelt:
        model = {"grain": "sale_id", "rows": "sales", "columns": {"town": column}}
        assert joins(CODES, model) == [f"shops on {on} (sales }}o--o| shops ({role}))"]


def test_a_foreign_key_to_a_key_does_not_hide_one_to_a_unique_column() -> None:
    model = {"grain": "sale_id", "rows": "sales", "columns": {"town": "shops.town"}}
    (fault,) = faults(CODES, model)
    assert (fault.code, len(fault.fixes)) == ("E205", 2)
    for role in ("seller", "receiver"):
        assert joins(CODES, {**model, "columns": {"town": {"is": "shops.town", "via": role}}})


HALVES: dict[str, Any] = {
    "entities": {
        "firms": {"key": "firm", "columns": {"firm": "int"}},
        "jobs": {"key": ["firm", "no"], "columns": {"firm": "int", "no": "int"}},
        "steps": {"key": "step", "columns": {"step": "int", "owner": "int", "no": "int"}},
        "times": {"key": "time", "columns": {"time": "int", "step": "int", "firm": "int", "hours": "int"}},
    },
    "links": {
        "steps }o--|| jobs": ["owner = firm", "no"],
        "times }o--|| steps": "step",
        "times }o--|| firms": "firm",
    },
}


def test_a_key_is_not_made_of_halves_unless_it_is_said() -> None:
    model = {"grain": ["firm", "no"], "rows": "times", "columns": {"h": "sum(times.hours)"}}
    (fault,) = faults(HALVES, model)
    whole, mixed = ({**model, **yaml.safe_load(re.findall(r"`(.*)`", fix)[0])} for fix in fault.fixes)
    assert (fault.code, whole["via"], mixed["match"]) == ("E205", {"times": "steps"}, {"times": {"firm": "firm"}})
    assert "steps.owner as firm" in sql(HALVES, whole)
    assert "times.firm" in sql(HALVES, mixed)
    assert "owner" not in sql(HALVES, mixed)


PAIRS: dict[str, Any] = {
    "entities": {
        "pupils": {"key": "pupil", "columns": {"pupil": "int"}},
        "clubs": {"key": "club", "columns": {"club": "int", "fee": "int"}},
        "members": {"key": ["pupil", "club"], "columns": {"pupil": "int", "club": "int"}},
        "guests": {"key": ["pupil", "club"], "columns": {"pupil": "int", "club": "int"}},
    },
    "links": {f"{bridge} }}o--|| {end}s": end for bridge in ("members", "guests") for end in ("pupil", "club")},
}


@pytest.mark.parametrize("formula", ["sum(clubs.fee)", "max(clubs.fee)"])
def test_one_of_two_bridges_is_chosen_by_its_name(formula: str) -> None:
    model = {"grain": "pupil", "rows": "pupils", "columns": {"x": {"is": formula}}}
    (fault,) = faults(PAIRS, model)
    words = [re.findall(r"`via: (\w+)`", fix)[0] for fix in fault.fixes]
    assert (fault.code, words) == ("E205", ["guests", "members"])
    for word in words:
        for said in ({**model, "columns": {"x": {"is": formula, "via": word}}}, {**model, "via": {"clubs": word}}):
            assert joins(PAIRS, said)[0] == f"{word} on pupil ({word} }}o--|| pupils)"


@pytest.mark.parametrize("beside", [{}, {"owner": "owners.owner_id"}], ids=["its key alone", "what both lead to"])
def test_a_model_reaches_over_its_own_entity_what_its_columns_do_not_refer_to(beside: dict[str, str]) -> None:
    """Not over a finer entity that leads to its rows, too: there they would be repeated. Nor over a common parent."""
    diagram = {
        "entities": {
            "owners": {"key": "owner_id", "columns": {"owner_id": "int"}},
            "regions": {"key": "region_id", "columns": {"region_id": "int", "owner_id": "int"}},
            "stores": {"key": "store_id", "columns": {"store_id": "int", "region_id": "int", "floors": "int"}},
            "visits": {"key": "visit_id", "columns": {"visit_id": "int", "store_id": "int", "size": "int"}},
            "halls": {"key": "store_id", "columns": {"store_id": "int", "height": "int"}},
        },
        "links": {
            "stores }o--|| regions": "region_id",
            "visits }o--|| stores": "store_id",
            "regions }o--|| owners": "owner_id",
            "halls |o--|| stores": "store_id",
        },
    }
    models = {
        "by_store": {"grain": "store_id", "rows": "stores", "columns": {"size": "sum(visits.size)", **beside}},
        "m": {"grain": "region_id", "rows": "regions", "columns": {"t": "count(by_store.size)"}},
    }
    spec = {"version": 1, "project": "p", "sources": {"s": {}}, **diagram, "models": models}
    found = generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml").planned.plans
    (plan,) = [plan for plan in found if plan.relation.name == "m"]
    assert [joined.text for joined in plan.joined] == [
        "by_store on region_id = stores.region_id (by_store has the key of stores, stores }o--|| regions)",
        "stores on store_id (by_store has the key of stores)",
    ]


FOREST: dict[str, Any] = {
    "entities": {
        "tops": {"key": "top_id", "columns": {"top_id": "int", "label": "text"}},
        "lefts": {"key": "left_id", "columns": {"left_id": "int", "top_id": "int"}},
        "rights": {"key": "right_id", "columns": {"right_id": "int", "far_id": "int"}},
        "fars": {"key": "far_id", "columns": {"far_id": "int", "top_id": "int"}},
        "leaves": {"key": "leaf_id", "columns": {"leaf_id": "int", "left_id": "int", "right_id": "int", "size": "int"}},
    },
    "links": {
        "lefts }o--|| tops": "top_id",
        "rights }o--|| fars": "far_id",
        "fars }o--|| tops": "top_id",
        "leaves }o--|| lefts": "left_id",
        "leaves }o--|| rights": "right_id",
    },
}


@pytest.mark.parametrize(
    "model",
    [
        {"grain": "top_id", "rows": "leaves", "columns": {"n": "count(*)"}},
        {"grain": "leaf_id", "rows": "leaves", "where": "tops.label = 'a'", "columns": {"n": "lefts.left_id"}},
        {
            "grain": "left_id",
            "rows": "lefts",
            "columns": {"n": {"is": "sum(leaves.size) filter (where tops.label = 'a')"}},
        },
    ],
    ids=["a grain that is a foreign key of two parents", "where", "filter"],
)
def test_chains_of_different_lengths_are_told_wherever_they_are_walked(model: dict[str, Any]) -> None:
    (fault,) = faults(FOREST, model)
    assert fault.code == "E205"
    assert len(fault.fixes) == 2
    found = set()
    for fix in fault.fixes:
        said = yaml.safe_load(re.findall(r"`(via: .*)`", fix)[0])
        found.add(sql(FOREST, {**model, **said}))
    assert len(found) == 2


def test_a_model_without_its_foreign_key_is_joined_over_its_own_entity() -> None:
    """`leaves` would do as a bridge as well, but repeats each value."""
    models = {
        "sizes": {"grain": "right_id", "rows": "rights", "columns": {"n": "sum(leaves.size)"}},
        "m": {"grain": "top_id", "rows": "tops", "columns": {"n": "sum(sizes.n)"}},
    }
    spec = {"version": 1, "project": "p", "sources": {"s": {}}, **FOREST, "models": models}
    plan = generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml").planned.plans[-1]
    assert [joined.input for joined in plan.joined] == ["sizes", "rights", "fars"]


def test_a_union_of_a_column_that_a_link_leads_to_as_well() -> None:
    """`items` has a status of its own, and that of its order. Its own is meant, in any order of the sources."""
    diagram = {
        "entities": {
            "orders": {"key": "order_id", "columns": {"order_id": "int", "status": "text"}},
            "items": {"key": "item_id", "columns": {"item_id": "int", "order_id": "int", "status": "text"}},
        },
        "links": {"items }o--|| orders": "order_id"},
    }
    model = {"grain": "status", "rows": ["orders", "items"], "columns": {"n": "count(items.item_id)"}}
    for rows in (["orders", "items"], ["items", "orders"]):
        assert "left join orders" not in sql(diagram, {**model, "rows": rows})
    along = sql(diagram, {**model, "via": {"items": "orders"}})
    assert "left join orders" in along


OFFICES: dict[str, Any] = {
    "entities": {
        "tenants": {"key": "id", "columns": {"id": "int"}},
        "users": {"key": ["tenant_id", "id"], "columns": {"tenant_id": "int", "id": "int", "name": "text"}},
        "projects": {
            "key": ["tenant_id", "id"],
            "columns": {"tenant_id": "int", "id": "int", "owner_id": "int"},
        },
        "tasks": {
            "key": ["tenant_id", "id"],
            "columns": {"tenant_id": "int", "id": "int", "project_id": "int", "user_id": "int", "billed_to": "int",
                        "hours": "int"},
        },
    },
    "links": {
        "users }o--|| tenants": "tenant_id = id",
        "projects }o--|| users": ["tenant_id", "owner_id = id"],
        "tasks }o--|| tenants": {"home": "tenant_id = id", "billed": "billed_to = id"},
        "tasks }o--|| projects": ["tenant_id", "project_id = id"],
        "tasks }o--o| users": ["tenant_id", "user_id = id"],
    },
}  # fmt: skip


def test_rows_are_not_lost_over_links_that_are_mandatory_all_the_way() -> None:
    """Half of the key stands in the tasks, half in their project: all the same each task has a user."""
    model = {
        "grain": ["tenant_id", "id"],
        "rows": "users",
        "columns": {"h": {"is": "sum(tasks.hours)", "via": "projects"}},
    }
    assert "W402" not in codes(made(OFFICES, model))
    optional = {**model, "columns": {"h": {"is": "sum(tasks.hours)", "via": "user_id"}}}
    assert "W402" in codes(made(OFFICES, optional))


def test_the_rows_own_column_is_the_grain_whatever_else_refers_to_the_same() -> None:
    model = {
        "grain": ["tenant_id", "owner"],
        "rows": ["projects", "tasks"],
        "match": {"projects": {"owner": "owner_id"}, "tasks": {"owner": "billed_to"}},
        "columns": {"h": "sum(tasks.hours)", "n": "count(projects.id)"},
    }
    assert not any("billed)" in text for text in joins(OFFICES, model))


def test_a_lookup_of_the_rows_entity_by_the_grain() -> None:
    """One row per boss: the boss is one row of the same entity."""
    columns = {"n": "count(*)", "pay": {"is": "staff.pay", "via": "boss"}}
    text = sql(STAFF, {"grain": "boss", "rows": "staff", "where": "boss is not null", "columns": columns})
    assert "left join staff\n        on staff_by_boss.boss = staff.no" in text


def test_a_grain_behind_two_mandatory_links_on_one_column() -> None:
    """The customer is a party, and each order has a customer: its party's city is there as far as links say."""
    diagram = {
        "entities": {
            "parties": {"key": "party_id", "columns": {"party_id": "int", "city": "text"}},
            "customers": {"key": "customer_id", "columns": {"customer_id": "int"}},
            "orders": {"key": "order_id", "columns": {"order_id": "int", "customer_id": "int"}},
        },
        "links": {"customers |o--|| parties": "customer_id = party_id", "orders }o--|| customers": "customer_id"},
    }
    model = {"grain": "city", "rows": "orders", "columns": {"n": "count(*)"}}
    assert joins(diagram, model)
    optional = {"customers |o--o| parties": "customer_id = party_id", "orders }o--|| customers": "customer_id"}
    (fault,) = faults({**diagram, "links": optional}, model)
    assert fault.code == "E103"


BADGES: dict[str, Any] = {
    "entities": {
        "staff": {"key": "staff_id", "columns": {"staff_id": "int", "pay": "int"}},
        "badges": {"key": "badge_id", "columns": {"badge_id": "int"}},
        "shifts": {"key": "shift_id", "columns": {"shift_id": "int", "on_staff": "int", "hours": "int"}},
    },
    "links": {"shifts }o--|| staff": "on_staff = staff_id"},
}


@pytest.mark.parametrize(
    ("cap", "where", "wanted"),
    [("||", {}, set()), ("|o", {"where": "badges.badge_id is not null"}, set()), ("|o", {}, {"E103"})],
)
def test_the_grain_is_primary_key_of_a_one_to_one_partner(cap: str, where: dict[str, str], wanted: set[str]) -> None:
    links = {**BADGES["links"], f"badges {cap}--|| staff": "badge_id = staff_id"}
    columns = {"n": "count(staff.pay)", "hours": "sum(shifts.hours)", "pay": "sum(staff.pay)"}
    model = {"grain": "badge_id", "rows": "staff", **where, "columns": columns}
    if wanted:
        assert wanted <= {fault.code for fault in faults({**BADGES, "links": links}, model)}
    else:
        assert not [r for r in made({**BADGES, "links": links}, model).planned.remarks if r.code.startswith("E")]
        assert ("staff.staff_id as badge_id" in sql({**BADGES, "links": links}, model)) == (cap == "||")


@pytest.mark.parametrize("column", ["sum(claims.size)", "claims.size"])
def test_a_key_that_a_query_makes_is_no_key_that_others_refer_to_by_another_name(column: str) -> None:
    made_id = "select s.tenant_id + 0 as tenant_id, s.id + 1 as id from {{ ref('stg_stores') }} as s"
    queried = {"grain": ["tenant_id", "id"], "sql": made_id}
    model = {"grain": ["tenant_id", "id"], "rows": "q", "columns": {"t": column}}
    spec = {"version": 1, "project": "p", "sources": {"s": {}}, **TENANTS, "models": {"q": queried, "m": model}}
    with pytest.raises(ErdError) as caught:
        generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml")
    assert caught.value.diagnostics[0].code in ("E201", "E202")


@pytest.mark.parametrize(
    ("column", "over"),
    [
        ("sum(staff.pay) filter (where cards.size > 1)", "cards on staff_id = holder"),
        ("sum(cards.size) filter (where staff.pay > 1)", "cards on staff_id = holder"),
    ],
)
def test_an_aggregate_over_a_row_with_an_extension_is_not_one_over_the_extension(column: str, over: str) -> None:
    """An extension that is found by a unique column, no key, is looked up: rows of staff without a card stay."""
    diagram = {
        "entities": {
            "staff": {"key": "staff_id", "columns": {"staff_id": "int", "pay": "int"}},
            "cards": {"key": "card_id", "columns": {"card_id": "int", "holder": "int", "size": "int"}},
        },
        "links": {"staff ||--o| cards": "staff_id = holder"},
    }
    model = {"grain": "staff_id", "rows": "staff", "columns": {"t": column}}
    assert joins(diagram, model)[0].startswith(over)


def test_a_model_of_the_rows_own_entity_is_summed_over_a_self_link() -> None:
    """`via: boss` leads from those below to the boss; the model of each of them is found by its own key."""
    models = {
        "pay": {"grain": "no", "rows": "staff", "columns": {"below": {"is": "sum(staff.pay)", "via": "boss"}}},
        "m": {"grain": "no", "rows": "staff", "columns": {"x": {"is": "sum(pay.below)", "via": "boss"}}},
    }
    spec = {"version": 1, "project": "p", "sources": {"s": {}}, **STAFF, "models": models}
    plan = generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml").planned.plans[-1]
    found = [joined.text for joined in plan.joined]
    assert found == [
        "pay on no = staff.boss (pay has the key of staff, staff }o--o| staff (boss))",
        "staff on no (pay has the key of staff)",
    ]


def test_a_role_of_the_input_that_ties_its_own_key_as_well() -> None:
    """`tenant_id` is a part of the key of tasks and a foreign key: its role says nothing of the tasks themselves."""
    columns = {role: {"is": "sum(tasks.hours)", "via": role} for role in ("home", "billed")}
    found = joins(OFFICES, {"grain": "id", "rows": "tenants", "columns": columns})
    assert [text.split(" (")[0] for text in found] == ["tasks on id = tenant_id", "tasks on id = billed_to"]


def test_a_column_of_the_row_above_is_met_by_that_of_the_row_above() -> None:
    """`lead_id` of a ticket's agent is not the lead's `lead_id`, though both are one column of the diagram."""
    spec = """
version: 1
project: desk
sources: {raw: {schema: raw}}
entities:
  agents: {key: agent_id, columns: {agent_id: int, lead_id: int}}
  tickets: {key: ticket_id, columns: {ticket_id: int, agent_id: {type: int, not_null: true}}}
  notes: {key: note_id, columns: {note_id: int, agent_id: {type: int, not_null: true}}}
links:
  agents }o--o| agents: {lead: lead_id = agent_id}
  tickets }o--|| agents: agent_id
  notes }o--|| agents: agent_id
models:
  handled:
    grain: ticket_id
    rows: tickets
    keep: [agent_id]
    columns: {above: tickets.agents.lead.lead_id}
  by_above:
    grain: [agent_id, above]
    rows: handled
    where: handled.above is not null
    columns: {n: count(notes.note_id)}
"""
    made = generate(spec.encode(), "desk.yml")
    text = " ".join(made.files[made.project.sql_paths["by_above"]].split())
    lead = re.search(r"left join agents as (\w+) on agents.lead_id = \1.agent_id", text)
    assert lead is not None
    assert f"{lead[1]}.lead_id as above" in text


def test_a_path_over_many_rows_has_several_values() -> None:
    spec = """
version: 1
project: lib
sources: {raw: {schema: raw}}
entities:
  books: {key: book_id, columns: {book_id: int, title: text}}
  loans: {key: loan_id, columns: {loan_id: int, book_id: int, member_id: int}}
  members: {key: member_id, columns: {member_id: int, name: text}}
links:
  loans }o--|| books: book_id
  loans }o--|| members: member_id
models:
  m: {grain: member_id, rows: members, columns: {b: loans.books.title}}
"""
    with pytest.raises(ErdError) as found:
        generate(spec.encode(), "lib.yml")
    assert [one.code for one in found.value.diagnostics] == ["E202"]


def test_a_lookup_goes_over_the_entity_whose_key_the_model_has() -> None:
    """The model shows another way to regions, over what both refer to: that is no lookup."""
    diagram = {
        "entities": {
            "lines": {"key": "line_id", "columns": {"line_id": "int"}},
            "regions": {"key": "region_id", "columns": {"region_id": "int", "ref_line_id": "int"}},
            "logs": {"key": "log_id", "columns": {"log_id": "int", "region_id": "int", "line_id": "int"}},
        },
        "links": {
            "logs }o--o| lines": "line_id",
            "regions }o--|| lines": "ref_line_id = line_id",
            "logs }o--|| regions": "region_id",
        },
    }
    models = {
        "m1": {"grain": "log_id", "rows": "logs", "keep": ["line_id"]},
        "m2": {"grain": "log_id", "rows": "m1", "columns": {"x": "regions.ref_line_id"}},
    }
    spec = {"version": 1, "project": "p", "sources": {"s": {}}, **diagram, "models": models}
    plan = generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml").planned.plans[-1]
    assert [joined.text for joined in plan.joined] == [
        "logs on log_id (m1 has the key of logs)",
        "regions on logs.region_id = region_id (logs }o--|| regions)",
    ]


def test_a_lookup_by_columns_of_two_relations() -> None:
    """The model shows one column of the foreign key under a name of its own, and the other not at all."""
    diagram = {
        "entities": {
            "visits": {"key": ["tenant_id", "id"], "columns": {"tenant_id": "int", "id": "int", "country": "text"}},
            "guests": {
                "key": ["tenant_id", "id"],
                "columns": {"tenant_id": "int", "id": "int", "visit_id": "int", "at": "date"},
            },
        },
        "links": {"guests }o--|| visits": ["tenant_id", "visit_id = id"]},
    }
    models = {
        "q": {
            "grain": ["t", "g"],
            "sql": "select tenant_id as t, id as g, count(*) as n from {{ ref('stg_guests') }} group by 1, 2",
        },
        "m": {"grain": ["t", "g"], "rows": "q", "columns": {"at": "guests.at", "country": "visits.country"}},
    }
    spec = {"version": 1, "project": "p", "sources": {"s": {}}, **diagram, "models": models}
    plan = generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml").planned.plans[-1]
    assert [joined.on for joined in plan.joined] == [
        (("t", "tenant_id"), ("g", "id")),
        (("t", "tenant_id"), ("guests.visit_id", "id")),
    ]


@pytest.mark.parametrize("word", ["papers", "owner", "writers", "papers.owner.firms"])
def test_any_of_the_rows_on_ways_to_one_row_may_be_named(word: str) -> None:
    """Papers and writers share the firm of a note: both ways lead to the same firm, the guest's to another."""
    diagram: dict[str, Any] = {
        "entities": {
            "firms": {"key": "firm", "columns": {"firm": "int"}},
            "writers": {"key": ["firm", "no"], "columns": {"firm": "int", "no": "int"}},
            "papers": {"key": ["firm", "paper"], "columns": {"firm": "int", "paper": "int", "owner": "int"}},
            "notes": {
                "key": "note",
                "columns": {"note": "int", "firm": "int", "paper": "int", "by": "int", "guest": "int", "size": "int"},
            },
        },
        "links": {
            "writers }o--|| firms": "firm",
            "papers }o--|| writers": {"owner": ["firm", "owner = no"]},
            "notes }o--|| papers": ["firm", "paper"],
            "notes }o--|| writers": ["firm", "by = no"],
            "notes }o--|| firms": "guest = firm",
        },
    }
    model = {"grain": "firm", "rows": "firms", "columns": {"t": {"is": "sum(notes.size)", "via": word}}}
    (text,) = joins(diagram, model)
    assert text.startswith("notes on firm (")
    (text,) = joins(diagram, {**model, "columns": {"t": {"is": "sum(notes.size)", "via": "guest"}}})
    assert text.startswith("notes on firm = guest (")
    (fault,) = faults(diagram, {**model, "columns": {"t": {"is": "sum(notes.size)", "via": "papers.guest"}}})
    assert fault.code == "E201"


def test_a_composite_foreign_key_read_from_two_rows_promises_its_partner() -> None:
    """The tenant is compared with the rows' own column, the rest with the row between: the link is one all the same."""
    key = {"key": ["tenant_id", "id"]}
    drawn: dict[str, Any] = {
        "entities": {
            "users": {**key, "columns": {"tenant_id": "int", "id": "int", "nick": "text"}},
            "posts": {**key, "columns": {"tenant_id": "int", "id": "int", "author_id": "int"}},
            "comments": {**key, "columns": {"tenant_id": "int", "id": "int", "post_id": "int", "votes": "int"}},
        },
        "links": {
            "posts }o--|| users": ["tenant_id", "author_id = id"],
            "comments }o--|| posts": ["tenant_id", "post_id = id"],
        },
    }
    model = {"grain": "nick", "rows": "comments", "columns": {"votes": "sum(comments.votes)"}}
    assert joins(drawn, model)
    drawn["links"]["posts }o--o| users"] = drawn["links"].pop("posts }o--|| users")
    (fault,) = faults(drawn, model)
    assert (fault.code, "posts }o--o| users" in fault.message) == ("E103", True)


@pytest.mark.parametrize("links", [{}, {"tickets }o--|| shops": "shop", "orders }o--|| shops": "shop"}])
def test_a_name_of_another_type_beside_a_shared_column_is_a_fault(links: dict[str, str]) -> None:
    shop, day = {"type": "int", "not_null": True}, {"type": "date", "not_null": True}
    diagram: dict[str, Any] = {
        "entities": {
            "shops": {"key": "shop", "columns": {"shop": "int"}},
            "orders": {"key": "order_id", "columns": {"order_id": "int", "shop": shop, "day": day}},
            "tickets": {
                "key": "ticket_id",
                "columns": {"ticket_id": "int", "shop": shop, "day": "text", "size": "int"},
            },
        },
        "links": links,
    }
    model = {"grain": ["shop", "day"], "rows": "orders", "columns": {"t": {"is": "sum(tickets.size)"}}}
    (fault,) = faults(diagram, model)
    assert (fault.code, "`tickets.day` is text and `day` is date" in fault.message) == ("E206", True)
    chosen = made(diagram, {**model, "match": {"tickets": {"shop": "shop"}}})
    assert "W305" in codes(chosen)


def test_a_grain_of_a_parent_and_its_parent_has_two_ways_from_the_rows_below() -> None:
    """From the customers' own rows their key decides, so that the country is that of the customer."""
    columns = {"t": {"is": "sum(orders.amount)"}}
    (fault,) = faults(COUNTRIES, {"grain": ["country_id", "customer_id"], "rows": "orders", "columns": columns})
    assert (fault.code, "orders }o--|| customers; orders }o--|| stores" in fault.message) == ("E205", True)
    where = "country_id is not null"
    own = {"grain": ["country_id", "customer_id"], "rows": "customers", "where": where, "columns": columns}
    assert codes(made(COUNTRIES, own)) >= {"W102"}
    assert any("orders }o--|| customers" in text and "stores" not in text for text in joins(COUNTRIES, own))
