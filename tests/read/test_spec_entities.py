"""What entities, their columns and their claims are read as."""

from __future__ import annotations

import pytest
from completion import completed

from erd2dbt.diagram.erd import Attribute, Entity, Expression, Tier
from erd2dbt.read.spec.reader import read_spec


def entity(body: str) -> Entity:
    text = f"entities:\n  orders:\n    key: order_id\n    columns: {{order_id: bigint}}\n{body}"
    return read_spec(completed(text), "spec.yml").entities[0]


def column(body: str) -> Attribute:
    others = "      order_id: bigint\n      a: int\n"
    text = f"entities:\n  orders:\n    key: order_id\n    columns:\n      {body}\n{others}"
    return read_spec(completed(text), "spec.yml").entities[0].columns[0]


@pytest.mark.parametrize("form", ["text", "numeric(12,2)", "'int'", "timestamp with time zone", "text[]", "Date"])
def test_a_short_form_that_is_a_type_is_a_raw_column(form: str) -> None:
    found = column(f"x: {form}")
    assert (found.type, found.raw, found.formula) == (form.strip("'"), "x", None)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("ratio(a, order_id)", "ratio(a, order_id)"),
        ("a + 1", "a + 1"),
        ("a", "a"),
        ("\"'paid'\"", "'paid'"),
        ("1", "1"),
        ("true", "true"),
        ("current_date", "current_date"),
        ("round(3)", "round(3)"),
    ],
)
def test_any_other_short_form_is_computed(form: str, text: str) -> None:
    found = column(f"x: {form}")
    assert isinstance(found.formula, Expression)
    assert (found.formula.text, found.type, found.raw) == (text, None, None)


def test_a_long_form_says_more() -> None:
    found = column(
        '"Odd name": {type: mood, from: "Mood!", description: How it went, not_null: true, unique: yes,'
        " values: [good, 1, on], cast: true, stock: off, tests: [unique], meta: {pii: true, level: 2}}"
    )
    assert (found.name, found.type, found.raw) == ("Odd name", "mood", "Mood!")
    assert (found.not_null, found.unique, found.cast, found.stock) == (True, True, True, False)
    assert found.values == ("good", "1", "on")
    assert found.meta == {"pii": True, "level": 2}
    assert [test.name for test in found.tests] == ["unique"]


def test_nothing_said_about_null_is_not_false() -> None:
    assert column("x: {type: text}").not_null is None
    assert column("x: {type: text, not_null: false}").not_null is False


def test_a_computed_column_may_declare_its_type() -> None:
    found = column("x: {is: a / 2, type: 'numeric(9,1)'}")
    assert isinstance(found.formula, Expression)
    assert (found.formula.text, found.type, found.raw) == ("a / 2", "numeric(9,1)", None)


def test_tiers() -> None:
    found = column("x: {tier: a, cut: {'2nd': -0.5, high: 1_000, all: 0}, else: low}")
    assert isinstance(found.formula, Tier)
    assert found.formula.value.text == "a"
    assert found.formula.cuts == (("high", "1000"), ("all", "0"), ("2nd", "-0.5"))
    assert found.formula.otherwise == "low"
    without = column("x: {tier: a, cut: {high: 1}, else: null}").formula
    assert isinstance(without, Tier)
    assert without.otherwise is None


def test_expressions_know_where_their_text_begins() -> None:
    text = (
        "entities:\n  orders:\n    key: k\n    columns:\n      k: int\n"
        '      x: "k + 1"\n      y: >-\n        k\n        + 2\n'
    )
    columns = read_spec(completed(text), "spec.yml").entities[0].columns
    spans = [c.formula.span for c in columns if isinstance(c.formula, Expression)]
    assert [(s.line, s.column) for s in spans] == [(6, 11), (8, 9)]
    assert columns[2].formula.text == "k + 2"  # type: ignore[union-attr]


def test_defaults_of_an_entity() -> None:
    found = entity("")
    assert (found.source, found.table, found.loaded_at, found.data) == ("raw", "orders", None, None)


def test_all_that_an_entity_can_say() -> None:
    found = entity(
        "    source: raw\n    table: order-list\n    description: |\n      One row,\n      one order.\n"
        "    loaded_at: synced\n    data: raw/orders.csv\n    tags: daily\n    meta: {owner: [a, b]}\n"
    )
    assert (found.table, found.description) == ("order-list", "One row,\none order.")
    assert (found.loaded_at and found.loaded_at.text, found.data) == ("synced", "raw/orders.csv")
    assert (found.tags, found.meta) == (("daily",), {"owner": ["a", "b"]})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a", [("a",)]),
        ("[a, b]", [("a", "b")]),
        ("[[a, b], [c]]", [("a", "b"), ("c",)]),
        ("[[a, b], c]", [("a", "b"), ("c",)]),
    ],
)
def test_uniques(written: str, read: list[tuple[str, ...]]) -> None:
    found = entity(f"    unique: {written}\n").uniques
    assert [tuple(word.text for word in words) for words in found] == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{a: [b, c], d: e}", [(["a"], ["b", "c"]), (["d"], ["e"])]),
        ('{"a, b c": d}', [(["a", "b c"], ["d"])]),
        ("[{columns: [a, 'b, c'], determines: d}]", [(["a", "b, c"], ["d"])]),
    ],
)
def test_determines(written: str, read: list[tuple[list[str], list[str]]]) -> None:
    found = entity(f"    determines: {written}\n").determines
    assert [([w.text for w in d.left], [w.text for w in d.right]) for d in found] == read


def test_the_words_of_a_composite_claim_have_their_own_places() -> None:
    found = entity('    determines: {"aa,  bb": c}\n').determines[0]
    assert [(word.span.column, word.span.end) for word in found.left] == [(19, 21), (24, 26)]


def test_names_of_any_script_and_odd_columns() -> None:
    text = "entities:\n  größen:\n    key: 鍵\n    columns: {鍵: int, order: int, naïve col: text, $1: text}\n"
    found = read_spec(completed(text), "spec.yml").entities[0]
    assert found.name == "größen"
    assert [c.name for c in found.columns] == ["鍵", "order", "naïve col", "$1"]


def test_aliases_repeat_what_was_said() -> None:
    text = "entities:\n  a: {key: k, columns: &c {k: int, x: text}}\n  b: {key: k, columns: *c}\n"
    a, b = read_spec(completed(text), "spec.yml").entities
    assert a.columns == b.columns
