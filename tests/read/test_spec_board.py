"""`miro:` and `renamed_from:`, as they are read."""

from __future__ import annotations

from completion import completed

from erd2dbt.diagram.erd import Erd
from erd2dbt.read.spec.reader import read_spec


def read(snippet: str) -> Erd:
    return read_spec(completed(snippet), "spec.yml")


def test_items_of_a_board() -> None:
    found = read(
        'miro:\n  board: uXjVPabc123=\n  frame: Staging layer\n  items:\n    orders: "12"\n    "orders.line no": 13\n'
        '    orders   }o--||  "customers": "14"\n    "orders }o--|| customers : payer": "15"\n'
    ).board
    assert found is not None
    assert (found.board, found.frame) == ("uXjVPabc123=", "Staging layer")
    told = [(i.id, i.of and i.of.text, i.column and i.column.text, i.link, i.role) for i in found.items]
    assert told == [
        ("12", "orders", None, "", None),
        ("13", "orders", "line no", "", None),
        ("14", None, None, "orders }o--|| customers", None),
        ("15", None, None, "orders }o--|| customers", "payer"),
    ]
    assert [(i.span.line, i.span.column) for i in found.items] == [(5, 5), (6, 6), (7, 5), (8, 6)]


def test_without_a_board() -> None:
    assert read("").board is None


def test_old_names_of_entities_models_and_columns() -> None:
    found = read(
        "entities:\n  orders: {key: id, renamed_from: [buys, purchases],"
        " columns: {id: {type: int, renamed_from: key}, net: {is: id, renamed_from: [a, b]}}}\n"
        "models:\n  totals: {grain: id, rows: orders, renamed_from: sums,"
        " columns: {net: {is: orders.net, renamed_from: sum}}}\n"
    )
    entity, model = found.entities[0], found.models[0]
    olds = [[word.text for word in named.renamed_from] for named in (entity, *entity.columns, model, *model.columns)]
    assert olds == [["buys", "purchases"], ["key"], ["a", "b"], ["sums"], ["sum"]]


def test_names_that_change_places() -> None:
    found = read(
        "entities:\n  a: {key: id, renamed_from: b, columns: {id: int}}\n"
        "  b: {key: id, renamed_from: a, columns: {id: int}}\n"
    )
    assert [e.renamed_from[0].text for e in found.entities] == ["b", "a"]
