"""Of everything that is taken out of a board, something is said: the diagram changes, or what is reported of it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.read.recognising import read_diagram
from read.board.conventions import CASES, board_of, case_of

TRIES = 12  # of each board
TEXTS = ("content", "title", "description", "code")


def said_of(board: list[Any]) -> object:
    """The diagram and all that is reported, without places; or the faults."""
    try:
        diagram: Diagram = read_diagram(json.dumps(board).encode(), "board.json")
    except ErdError as error:
        return [(one.code, one.message, one.notes) for one in error.diagnostics]
    boxes = [(b.name, b.title, b.rows, b.description, b.uniques, b.frame, b.layer, b.guess) for b in diagram.boxes]
    lines = [(x.left, x.right, x.left_cap, x.right_cap, x.left_row, x.label) for x in diagram.lines]
    told = [(one.kind, one.why, one.text, one.count) for one in diagram.seen]
    plain = re.sub(r"Span\([^)]*\)", "", repr((boxes, lines)))
    return plain, told


def mutants(board: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """(what is gone, the rest): an item, a connector, a word of a text, a cell, an end's cap, a caption."""
    for place, item in enumerate(board):
        yield f"{item['type']} {item['id']}", board[:place] + board[place + 1 :]
        for field in TEXTS:
            for match in re.finditer(r"[^\s<>]*\w[^\s<>]*(?![^<>]*>)", item.get(field, "")):
                if match[0] == "of":  # `# of lines` and `# lines` are one
                    continue
                text = item[field][: match.start()] + item[field][match.end() :]
                yield f"{match[0]!r} of {item['id']}", _with(board, place, {**item, field: text})
        if any(cap.startswith("erd_") for cap in item.get("style", {}).values() if isinstance(cap, str)):
            yield f"caps of {item['id']}", _with(board, place, {**item, "style": {}})
        if item.get("captions"):
            yield f"captions of {item['id']}", _with(board, place, {**item, "captions": []})
        for row, cells in enumerate(item.get("cells", ())):
            for column, cell in enumerate(cells):
                if row and cell["text"] not in ("<p></p>", "<p>no</p>"):  # no and nothing are one
                    table = json.loads(json.dumps(item["cells"]))
                    table[row][column]["text"] = ""
                    yield f"cell {row}, {column} of {item['id']}", _with(board, place, {**item, "cells": table})


def _with(board: list[Any], place: int, item: dict[str, Any]) -> list[Any]:
    return [*board[:place], item, *board[place + 1 :]]


@pytest.mark.parametrize("name", CASES)
def test_of_everything_that_is_taken_out_something_is_said(name: str) -> None:
    board = json.loads(board_of(case_of(name)))
    before = said_of(board)
    found = list(mutants(board))
    some = random.Random(name).sample(range(len(found)), min(TRIES, len(found)))
    assert [found[n][0] for n in sorted(some) if said_of(found[n][1]) == before] == []
