"""Words in a row of a model's box, in the place of a type or behind it: a formula, or quoted beside the column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erd2dbt.pipelines.drafting import drafted

BOARD = Path(__file__).parent / "cases" / "captions_of_a_library" / "board.json"


def members_with(row: str) -> str:
    """The model `dim_members` of the board, with one row below its key."""
    items = json.loads(BOARD.read_text(encoding="utf-8"))
    for item in items:
        if "dim_members" in item.get("content", ""):
            item["content"] = f"<p>dim_members</p><p>PK member_id int</p><p>{row}</p>"
        if item["type"] == "connector" and item["end"]["item"] == "7":
            item["captions"] = []
    spec = drafted(json.dumps(items).encode(), "board.json")[1]
    return spec[spec.index("  dim_members:") : spec.index("  fct_loans:")]


@pytest.mark.parametrize("row", ["full_name lower(full_name)", "full_name : lower(full_name)"])
def test_a_call_in_the_place_of_a_type_is_the_formula(row: str) -> None:
    assert "full_name: lower(members.full_name)  # inferred: as it is written" in members_with(row)


@pytest.mark.parametrize(("row", "words"), [("full_name text trimmed", "trimmed"), ("joined_on (year)", "(year)")])
def test_other_words_in_the_place_of_a_type_make_a_todo(row: str, words: str) -> None:
    assert f"{row.partition(' ')[0]}: TODO  # needs: how is it computed? The diagram says: “{words}”" in members_with(
        row
    )


def test_a_single_word_may_be_a_type_and_is_quoted() -> None:
    said = members_with("full_name trimmed")
    assert "keep: [full_name]  # full_name inferred: it has the same name there; the diagram says: “trimmed”" in said


@pytest.mark.parametrize("row", ["full_name text not null", "full_name varchar(20) unique", "full_name text"])
def test_types_and_marks_say_nothing_more(row: str) -> None:
    assert "keep: [full_name]\n" in members_with(row)
