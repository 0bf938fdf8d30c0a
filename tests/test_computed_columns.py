"""Computed columns that read each other: long chains are laid out over several selects, and mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.connection import Connection, connect
from oracle.judge import views

HEAD = """
version: 1
project: p
sources: {s: {}}
entities:
  o:
    key: id
    latest: {by: at}
    columns:
      id: int
      at: timestamp
      low: {type: int, from: high}
      high: {type: int, from: low}
      size: {type: int, cast: true}
"""
TAIL = """
links: {}
models:
  sizes: {grain: id, rows: o, columns: {last: o.c%d, label: o.label}}
"""
ROWS = """
create table raw_o (id int, at timestamp, low int, high int, size text);
insert into raw_o values (1, '2024-02-01', 2, 1, '3'), (1, '2024-01-01', 9, 9, '9'), (2, '2024-01-01', null, 5, '4');
"""


@pytest.fixture
def session(postgres_server: Connection) -> Iterator[Any]:
    with connect(postgres_server) as found:
        yield found


def spec(formulas: list[str]) -> str:
    chain = [f'      c{n}: {{is: "{formula}"}}' for n, formula in enumerate(formulas)]
    last = len(formulas) - 1
    label = f"      label: {{tier: c{last}, cut: {{high: 100, low: 0}}, else: none}}"
    return HEAD + "\n".join([label, *reversed(chain)]) + TAIL % last


def found(made: Generated, session: Any) -> list[Any]:
    cursor = session.cursor()
    cursor.execute("create schema chain; set local search_path to chain; " + ROWS)
    for name, text in views(made).items():
        cursor.execute(f'create view "{name}" as {text}')
    cursor.execute("select * from sizes order by 1")
    rows = [tuple(row) for row in cursor.fetchall()]
    session.rollback()
    return rows


def test_a_long_chain_of_computed_columns_is_right_on_rows(session: Any) -> None:
    length = 200
    formulas = ["size * 2 + coalesce(high, 0)", *(f"c{n} + coalesce(low, 1) - {n % 2}" for n in range(length))]
    made = generate(spec(formulas).encode(), "spec.yml")
    (staging,) = (text for path, text in made.files.items() if path.endswith("stg_o.sql"))
    assert "\ncomputed_2 as (" in staging
    assert max(line.count("(") for line in staging.splitlines()) < 30
    expected = []
    for key, low, high, size in ((1, 1, 2, 3), (2, 5, 0, 4)):
        value = size * 2 + high
        for n in range(length):
            value += low - n % 2
        expected.append((key, value, "high" if value >= 100 else "low"))
    assert found(made, session) == expected


def test_columns_that_read_two_others_each_are_right_until_they_are_too_long(session: Any) -> None:
    formulas = ["size + 0", "low + 0", *(f"c{n} + c{n + 1}" for n in range(10))]
    first, second = (3, 1), (4, 5)
    expected = []
    for key, start in ((1, first), (2, second)):
        values = [*start]
        for _ in range(10):
            values.append(values[-2] + values[-1])
        expected.append((key, values[-1], "high" if values[-1] >= 100 else "low"))
    assert found(generate(spec(formulas).encode(), "spec.yml"), session) == expected
    with pytest.raises(ErdError) as caught:
        generate(spec([*formulas, *(f"c{n} + c{n + 1}" for n in range(10, 60))]).encode(), "spec.yml")
    assert "E020" in {fault.code for fault in caught.value.diagnostics}
