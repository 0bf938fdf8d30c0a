"""Boards in many conventions: read as their authors mean them, and what is not read is told."""

from __future__ import annotations

import pytest

from erd2dbt.drafting import drafted
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
