"""Input that is deep, long or odd: it is read in time that grows with its length, or it is a fault."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.notate.erd import diagram_of
from erd2dbt.pipelines.drafting import WRITERS, drafted
from erd2dbt.pipelines.generation import chosen, generate
from erd2dbt.read.recognising import read_diagram

SPEC = "version: 1\nproject: p\nsources: {raw: {}}\nentities: {a: {key: id, columns: {id: int, x: text, y: numeric}}}\n"
MODEL = SPEC + "models: {m: {grain: id, rows: a, columns: {c: %s}}}\n"
SQL = SPEC + "models: {m: {grain: id, sql: %s}}\n"
TALL = {
    "texts": ("a.x", " || 'x'"),
    "casts": ("a.x", "::text"),
    "conditions": ("a.y = 1", " and a.y > 0"),
    "choices": ("a.x = 'a'", " or a.x = 'b'"),
}


@pytest.mark.parametrize("kind", TALL)
def test_an_expression_of_hundreds_of_terms_is_planned(kind: str) -> None:
    first, more = TALL[kind]
    files = generate((MODEL % json.dumps(first + more * 150)).encode(), "p.yml").files
    assert files["models/marts/m.sql"].count(more.strip().replace("a.", "")) == 150


@pytest.mark.parametrize("kind", TALL)
def test_one_of_thousands_is_a_fault_with_a_place(kind: str) -> None:
    first, more = TALL[kind]
    with pytest.raises(ErdError, match="nested too deep") as caught:
        generate((MODEL % json.dumps(first + more * 5000)).encode(), "p.yml")
    assert [(one.code, one.span is not None) for one in caught.value.diagnostics] == [("E020", True)]


def test_sql_of_thousands_of_levels_is_a_fault() -> None:
    text = "select id, x" + " || 'x'" * 5000 + " as x from {{ ref('stg_a') }}"
    with pytest.raises(ErdError, match="nested too deep"):
        generate((SQL % json.dumps(text)).encode(), "p.yml")


def test_a_check_of_thousands_of_conditions_is_read() -> None:
    text = f"create table a (id int primary key, x int check (x > 0{' and x < 9' * 5000}));"
    assert [box.name for box in read_diagram(text.encode(), "a.sql").boxes] == ["a"]


def board(content: str) -> str:
    shape = {"data": {"content": content}, "position": {"x": 0, "y": 0}}
    return json.dumps([{"id": "1", "type": "shape", **shape}, {"id": "2", "type": "sticky_note", **shape}])


LONG: dict[str, Callable[[int], str]] = {
    "a word": lambda n: board("x" * n),
    "marked words": lambda n: board("<u>a</u>" * (n // 8)),
    "comments": lambda n: board("<!--" * (n // 4)),
    "entities without an end": lambda n: board("<p>a</p>" + "&amp" * (n // 4)),
    "openings": lambda n: board("<p>a</p><p>" + "<" * n),
    "signs": lambda n: board("<p>a</p><p>" + "◆" * n),
    "rows of one sign and blanks": lambda n: board("<p>a</p><p>" + "◆ " * (n // 2)),
    "tags": lambda n: board("</" * (n // 2)),
    "instructions": lambda n: board("<?" * (n // 2)),
    "sections": lambda n: board("<![CDATA[" * (n // 9)),
    "tables": lambda n: "".join(f"Table t{i} {{ id int [pk] }}\n" for i in range(n // 30)),
}


@pytest.mark.parametrize("kind", LONG)
def test_long_input_takes_no_more_than_its_length(kind: str) -> None:
    """Sixty thousand characters: what grows with the square of them would take a minute."""
    began = time.process_time()
    with contextlib.suppress(ErdError):  # some are no diagram
        drafted(LONG[kind](60_000).encode(), "a.file")
    assert time.process_time() - began < 5


def test_a_number_of_thousands_of_digits_on_a_board_is_a_fault() -> None:
    with pytest.raises(ErdError, match="more digits"):
        read_diagram(board("a").replace('"x": 0', f'"x": {"9" * 5000}').encode(), "board.json")


def test_a_column_that_an_index_names_and_the_table_lacks_is_told() -> None:
    """Also where the columns get other names."""
    text = 'create table a ("Some Id" int primary key, unique ("Some Id", gone));'
    spec = drafted(text.encode(), "a.sql")[1]
    assert "some_id: {type: integer, from: Some Id}" in spec
    assert "there is no column `gone`" in spec


def test_a_count_of_a_box_without_columns_is_no_guess() -> None:
    items = [
        ("1", "<p>stg_visits</p>", 0),
        ("2", "<p>int_days</p><p>day date PK</p><p>total_visits int</p>", 900),
    ]
    shapes = [
        {"id": id_, "type": "shape", "data": {"content": content}, "position": {"x": x, "y": 0}}
        for id_, content, x in items
    ]
    arrow = {"id": "3", "type": "connector", "startItem": {"id": "1"}, "endItem": {"id": "2"}}
    spec = drafted(json.dumps([*shapes, arrow]).encode(), "board.json")[1]
    assert "total_visits" in spec
    assert "count(" not in spec


def test_a_link_to_nothing_is_a_fault_in_each_notation() -> None:
    erd = chosen((SPEC + 'links: {"a }o--|| b": id}\n').encode(), "p.yml")
    for write in WRITERS.values():
        with pytest.raises(ErdError, match="there is no entity or model `b`"):
            write(diagram_of(erd))
