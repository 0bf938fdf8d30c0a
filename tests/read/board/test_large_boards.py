"""Files that are larger than any board are refused before they are read."""

from __future__ import annotations

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.read.recognising import read_diagram


def sheet(cells: int) -> bytes:
    rows = ['"orders\nPK order_id bigint\namount numeric"', '"lines\nPK line_id bigint\nFK order_id bigint"']
    return "\n".join([*rows, *(f"note {n},," for n in range(cells - len(rows)))]).encode()


def test_a_spreadsheet_larger_than_a_board_is_refused_with_its_size() -> None:
    with pytest.raises(ErdError) as raised:
        read_diagram(sheet(200_000), "board.csv")
    (fault,) = raised.value.diagnostics
    assert (fault.code, fault.message) == (
        "E051",
        "this file has 200,000 cells, and the export of a board has at most 100,000",
    )


def test_a_spreadsheet_of_a_board_is_read() -> None:
    assert [box.name for box in read_diagram(sheet(200), "board.csv").boxes] == ["orders", "lines"]
