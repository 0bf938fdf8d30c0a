"""What models and their columns are read as."""

from __future__ import annotations

import pytest
from completion import completed

from erd2dbt.diagram.erd import ColumnSpec, Expression, ModelSpec, Pick, PickEnd, Tier
from erd2dbt.read.spec.reader import read_spec


def model(body: str) -> ModelSpec:
    return read_spec(completed(f"models:\n  totals:\n    grain: order_id\n{body}"), "spec.yml").models[0]


def column(form: str) -> ColumnSpec:
    return model(f"    rows: orders\n    columns:\n      x: {form}\n").columns[0]


def test_defaults_of_a_model() -> None:
    found = model("    rows: orders\n")
    assert [word.text for word in (*found.grain, *found.rows)] == ["order_id", "orders"]
    assert (found.keep, found.columns, found.layer, found.contract, found.sql) == ((), (), None, None, None)


def test_all_that_a_model_can_say() -> None:
    found = model(
        "    description: Totals\n    rows: [orders, visits]\n    where: amount > 0\n    keep: [a, b]\n"
        "    match: {visits: {order_id: visit_of, day: on}, sites: {order_id: id}}\n"
        "    via: {dates: ordered}\n"
        "    layer: intermediate\n    materialized: view\n    contract: off\n    tests: [{p.t: {n: 1}}, u]\n"
        "    tags: [x, y]\n    meta: {k: null}\n"
    )
    assert [word.text for word in found.rows] == ["orders", "visits"]
    assert found.where is not None
    assert (found.where.text, [w.text for w in found.keep or ()]) == ("amount > 0", ["a", "b"])
    matched = [(word.text, [(a.text, b.text) for a, b in pairs]) for word, pairs in found.match]
    assert matched == [("visits", [("order_id", "visit_of"), ("day", "on")]), ("sites", [("order_id", "id")])]
    assert [(name, word.text) for name, word in found.via] == [("dates", "ordered")]
    assert (found.layer, found.materialized, found.contract) == ("intermediate", "view", False)
    assert [(test.name, test.arguments) for test in found.tests] == [("p.t", {"n": 1}), ("u", {})]
    assert (found.tags, found.meta) == (("x", "y"), {"k": None})


def test_keep_all_and_one_role_for_all() -> None:
    found = model("    rows: orders\n    keep: all\n    via: shipped\n    contract: enforced\n")
    assert found.keep is None
    assert [(name, word.text) for name, word in found.via] == [("", "shipped")]
    assert found.contract is True


def test_hand_written_sql() -> None:
    found = model(
        "    sql: |\n      select order_id -- the key\n      from {{ ref('stg_orders') }}\n"
        "    assume: {reason: checked}\n"
    )
    assert found.sql is not None
    assert found.sql.text == "select order_id -- the key\nfrom {{ ref('stg_orders') }}"
    assert (found.sql.span.line, found.sql.span.column) == (5, 7)
    assert (found.assume, found.rows) == ("checked", ())


@pytest.mark.parametrize("form", ["sum(orders.amount)", "{is: sum(orders.amount)}", "{is: 'sum(orders.amount)'}"])
def test_expressions(form: str) -> None:
    found = column(form).formula
    assert isinstance(found, Expression)
    assert found.text == "sum(orders.amount)"


def test_a_long_form_says_more() -> None:
    found = column(
        "{is: a, description: An a, default: unknown, type: text, via: shipped, values: [p, q],"
        " accept: {W303: on purpose, E301: as well}, tests: not_null, meta: {a: 1.5}}"
    )
    assert (found.description, found.default, found.type, found.via) == (
        "An a",
        "'unknown'",
        "text",
        "shipped",
    )
    assert (found.values, found.meta) == (("p", "q"), {"a": 1.5})
    assert found.accept == (("W303", "on purpose"), ("E301", "as well"))
    assert [test.name for test in found.tests] == ["not_null"]


@pytest.mark.parametrize("end", list(PickEnd))
def test_picks(end: PickEnd) -> None:
    found = column(f"{{{end}: v.channel, where: n = 1, order: [seen desc, 'coalesce(a, b)']}}").formula
    assert isinstance(found, Pick)
    assert (found.end, found.value.text, found.where and found.where.text) == (end, "v.channel", "n = 1")
    assert [term.text for term in found.order] == ["seen desc", "coalesce(a, b)"]


def test_tiers() -> None:
    found = column("{tier: total, cut: {high: 5, low: 1}, else: none, default: null}")
    assert isinstance(found.formula, Tier)
    assert (found.formula.cuts, found.formula.otherwise) == ((("high", "5"), ("low", "1")), "none")
    assert found.default == "null"


@pytest.mark.parametrize(
    ("written", "sql"),
    [
        ("unknown", "'unknown'"),
        ("it's", "'it''s'"),
        ("0", "0"),
        ("-1.50", "-1.50"),
        ("+3", "3"),
        ("1_000", "1000"),
        ("1e3", "1e3"),
        (".5", ".5"),
        ("'0'", "'0'"),
        ('"null"', "'null'"),
        ("null", "null"),
        ("~", "null"),
        ("true", "true"),
        ("False", "false"),
        ("007", "'007'"),
        ("0x1F", "'0x1F'"),
        ("on", "'on'"),
        ("2024-01-31", "'2024-01-31'"),
        (r"c:\x", r"'c:\x'"),
        ("''", "''"),
        ("' '", "' '"),
    ],
)
def test_literals(written: str, sql: str) -> None:
    assert column(f"{{is: a, default: {written}}}").default == sql


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1", 1),
        ("-2.5", -2.5),
        ("'1'", "1"),
        ("007", "007"),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
        ("true", True),
        ("yes", "yes"),
        ("null", None),
        ("[a, {b: []}, ]", ["a", {"b": []}]),
    ],
)
def test_plain_data(written: str, read: object) -> None:
    found = model(f"    rows: orders\n    meta: {{x: {written}}}\n").meta["x"]
    assert found == read
    assert type(found) is type(read)
