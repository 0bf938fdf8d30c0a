"""Rows of a box that say how their column is made."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import Span
from erd2dbt.read.boxes.rows import from_cells, names, parse, style_of
from erd2dbt.read.plantuml.reader import read_plantuml

PLACE = Span("board", 1, 1)

MADE = (
    ("worth: sum(baskets.worth)", "worth", None, "sum(baskets.worth)"),
    ("worth = sum(worth)", "worth", None, "sum(worth)"),
    ("worth numeric := a + b", "worth", "numeric", "a + b"),
    ("worth numeric – count(distinct buyer_id)", "worth", "numeric", "count(distinct buyer_id)"),
    ("worth numeric - sum of rebate", "worth", "numeric", "sum of rebate"),
    ("worth numeric(10,2) — sum of rebate", "worth", "numeric(10,2)", "sum of rebate"),
    ("worth numeric: sum of rebate", "worth", "numeric", "sum of rebate"),
    ("worth ← sum of rebate", "worth", None, "sum of rebate"),
    ("worth (sum of rebate)", "worth", None, "sum of rebate"),
    ("worth → sum(baskets.worth)", "worth", None, "sum(baskets.worth)"),
    ("count(*) as baskets", "baskets", None, "count(*)"),
    ("big boolean = worth >= 5", "big", "boolean", "worth >= 5"),
    ("tier: high ≥ 500, low", "tier", None, "high ≥ 500, low"),
    ("day date PK – date of paid_at", "day", "date", "date of paid_at"),
)
PLAIN = (
    ("basket_id - int - PK", "basket_id", "int"),
    ("basket_id – int", "basket_id", "int"),
    ("worth: numeric(10,2)", "worth", "numeric(10,2)"),
    ("shape: geometry(point, 4326)", "shape", "geometry(point, 4326)"),
    ("mail: unique", "mail", None),
    ("shop-name text", "shop_name", "text"),
)


@pytest.mark.parametrize(("line", "name", "kind", "words"), MADE, ids=[line for line, *_ in MADE])
def test_a_row_with_a_derivation(line: str, name: str, kind: str | None, words: str) -> None:
    (read,) = names(line, PLACE)
    assert (read.row.name, read.row.type, read.row.derivation) == (name, kind, words)


@pytest.mark.parametrize(("line", "name", "kind"), PLAIN, ids=[line for line, *_ in PLAIN])
def test_a_row_without_one(line: str, name: str, kind: str | None) -> None:
    read = parse(line, PLACE)
    assert read is not None
    assert (read.row.name, read.row.type, read.row.derivation) == (name, kind, None)


def test_a_legend_and_a_comparison_are_no_rows() -> None:
    assert [parse(text, PLACE) for text in ("PK = primary key", "N = many", "worth >= 5")] == [None, None, None]


def test_a_reference_behind_a_dash_stays_one() -> None:
    read = parse("FK buyer_id int – references buyers", PLACE)
    assert read is not None
    assert (read.row.references, read.row.derivation) == ("buyers", None)


def test_prose_behind_a_colon_is_a_description() -> None:
    read = parse("shop: where it was bought", PLACE)
    assert read is not None
    assert (read.row.description, read.row.derivation) == ("where it was bought", None)


def test_a_cell_of_a_diagram_may_hold_both_type_and_words() -> None:
    read = from_cells("\tworth\tfloat – sum of rebate", PLACE)
    assert read is not None
    assert (read.row.type, read.row.derivation) == ("float", "sum of rebate")


@pytest.mark.parametrize(
    ("line", "type_", "words"),
    [
        ("total : decimal (sum of amount)", "decimal", "sum of amount"),
        ("total := sum(amount)", None, "sum(amount)"),
        ("total : sum of amount", None, "sum of amount"),
        ("total : decimal = sum(amount)", "decimal", "sum(amount)"),
        ("at : timestamp with time zone = now()", "timestamp with time zone", None),
        ("open : boolean = true", "boolean", None),
        ("kind : enum('a', 'b c')", "enum('a', 'b c')", None),
    ],
)
def test_members_in_plantuml(line: str, type_: str | None, words: str | None) -> None:
    """A constant or a call without arguments is a default of new rows, and no derivation."""
    diagram = read_plantuml(f"@startuml\nentity t {{\n  * t_id : int <<PK>>\n  {line}\n}}\n@enduml\n", "t.puml")
    row = diagram.boxes[0].rows[1]
    assert (row.type, row.derivation) == (type_, words)


def test_a_condition_is_no_mark() -> None:
    """`null` behind `is` or `is not` belongs to the words, not to the column."""
    for words in ("count of loans where returned_on is null", "count of loans where returned_on is not null"):
        read = parse(f"open_loans: {words}", PLACE)
        assert read is not None
        assert (read.row.name, read.row.description, read.row.not_null) == ("open_loans", words, None)
    marked = [parse(line, PLACE) for line in ("isbn text not null", "isbn text null")]
    assert [one.row.not_null for one in marked if one] == [True, False]


def test_rows_that_are_made_tell_nothing_of_types() -> None:
    """In a box with derivations, `title text` is a column `title` as it is in the box beside it."""
    style = style_of(
        ["PK isbn text", "title text", "genre text", "readers: count distinct member_id", "n: sum of fine"]
    )
    read = [parse(line, PLACE, style=style) for line in ("PK isbn text", "title text")]
    assert [(one.row.name, one.row.type) for one in read if one] == [("isbn", "text"), ("title", "text")]
    prose = style_of(["start date", "end date", "loans"])
    named = parse("start date", PLACE, style=prose)
    assert named is not None
    assert named.row.name == "start_date"


def test_a_dash_behind_the_name_in_a_cell_is_a_derivation() -> None:
    read = from_cells("\terlös – Summe von preis", PLACE)
    assert read is not None
    assert (read.row.name, read.row.derivation) == ("erlös", "Summe von preis")
    plain = from_cells("\tshop-name\ttext", PLACE)
    assert plain is not None
    assert (plain.row.name, plain.row.derivation) == ("shop-name", None)
