"""Boards in many conventions: read as their authors mean them, and what is not read is told."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.drafting import drafted
from read.board.conventions import CASES, board_of, case_of, drawn, inferred, meant


@pytest.mark.parametrize("name", CASES)
def test_conventions(name: str) -> None:
    case = case_of(name)
    diagram, text = drafted(board_of(case), "board.json")
    assert drawn(text) == meant(case)
    unread = [one.sentence for one in diagram.unread]
    assert len(unread) == len(case.get("unread", ()))
    assert all(any(words in told for told in unread) for words in case.get("unread", ()))
    ignored = "\n".join(one.sentence for one in diagram.seen if not one.unread)
    assert all(words in ignored for words in case.get("ignored", ()))
    assert all(words in inferred(text) for words in case.get("inferred", ()))


def test_columns_of_one_numbered_mark_are_unique_together() -> None:
    _, text = drafted(board_of(case_of("signs_together")), "board.json")
    assert "unique: [[mast, lamp], [buoy, side]]" in text
    assert "depth: {type: int, unique: true}" in text
    assert text.count("unique:") == 2
    assert "kind: {type: text, values: [sail, motor]}" in text
