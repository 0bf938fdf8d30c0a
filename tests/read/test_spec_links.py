"""Links: Mermaid's caps and lines, and the columns that tie."""

from __future__ import annotations

import itertools

import pytest
from completion import codes_of, completed

from erd2dbt.diagram.erd import Cardinality, Link
from erd2dbt.read.spec.reader import read_spec

LEFT = {"||": (1, False), "|o": (0, False), "}o": (0, True), "}|": (1, True)}
RIGHT = {"||": (1, False), "o|": (0, False), "o{": (0, True), "|{": (1, True)}


def links(body: str) -> tuple[Link, ...]:
    return read_spec(completed(f"links:\n  {body}\n"), "spec.yml").links


@pytest.mark.parametrize(("left", "line", "right"), list(itertools.product(LEFT, ["--", ".."], RIGHT)))
def test_every_relation(left: str, line: str, right: str) -> None:
    (link,) = links(f"orders {left}{line}{right} customers: customer_id")
    assert (link.left, link.right) == ("orders", "customers")
    assert link.left_cap == Cardinality(*LEFT[left])
    assert link.right_cap == Cardinality(*RIGHT[right])
    assert link.identifying is (line == "--")
    assert link.text == f"orders {left}{line}{right} customers"


@pytest.mark.parametrize("drawn", ["foo}o--||oof", "foo |o..o{ oof", 'foo||--o|"oof"', "' \"foo\"  }|--|{  oof '"])
def test_blanks_and_quotes_around_names_are_free(drawn: str) -> None:
    (link,) = links(f"{drawn}: a")
    assert (link.left, link.right) == ("foo", "oof")


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        ("a", [("a", "a")]),
        ("a = b", [("a", "b")]),
        ("a=b", [("a", "b")]),
        ("naïve col = b c", [("naïve col", "b c")]),
        ("'\"x = y\" = z'", [("x = y", "z")]),
        ("[a, b = c]", [("a", "a"), ("b", "c")]),
    ],
)
def test_columns(value: str, pairs: list[tuple[str, str]]) -> None:
    (link,) = links(f"orders }}o--|| customers: {value}")
    assert (list(link.columns), link.role) == (pairs, None)


def test_roles_are_a_link_each() -> None:
    found = links("orders }o--|| dates: {ordered: order_date = date, shipped: [ship_date = date, site]}")
    assert [link.role for link in found] == ["ordered", "shipped"]
    assert [link.columns for link in found] == [
        (("order_date", "date"),),
        (("ship_date", "date"), ("site", "site")),
    ]
    assert [(link.span.line, link.span.column) for link in found] == [(2, 25), (2, 53)]


def test_an_entity_may_be_linked_with_itself_by_a_role() -> None:
    (link,) = links("employees }o--o| employees: {manager: reports_to = employee_id}")
    assert (link.left, link.right, link.role) == ("employees", "employees", "manager")


@pytest.mark.parametrize(
    "drawn",
    [
        "orders }o-|| customers",
        "orders }o--|| ",
        "}o--|| customers",
        "orders }o--||--o{ customers",
        "orders }}--|| customers",
        "orders customers",
        "a" * 400 + " }o--|| b",
    ],
)
def test_anything_else_is_no_link(drawn: str) -> None:
    assert codes_of(completed(f"links: {{'{drawn}': a}}")) == {"E036"}
