"""Two lines between the same boxes are two links: each has a foreign key of its own, which its label may name."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml

from erd2dbt.pipelines.drafting import drafted


def mermaid(columns: tuple[str, ...], labels: tuple[str, ...]) -> str:
    employee = f"  employee {{\n{_rows(('employee_id int PK',))}    string name\n  }}\n"
    expense = f"  expense {{\n{_rows(columns)}    decimal amount\n  }}\n"
    lines = "".join(f"  employee |o--o{{ expense : {label}\n" for label in labels)
    return f"erDiagram\n{employee}{expense}{lines}"


def _rows(columns: tuple[str, ...]) -> str:
    """`employee_id int FK` as Mermaid has it: the type first."""
    parts = (column.split() for column in columns)
    return "".join(f"    {type_} {name} {' '.join(marks)}\n" for name, type_, *marks in parts)


def plantuml(columns: tuple[str, ...], labels: tuple[str, ...]) -> str:
    rows = "".join(_plantuml_row(column) for column in columns)
    boxes = (
        "entity employee {\n  *employee_id : int <<PK>>\n  --\n  name : text\n}\n"
        f"entity expense {{\n{rows}  amount : decimal\n}}\n"
    )
    return f"@startuml\n{boxes}{''.join(f'employee |o--o{{ expense : {label}{chr(10)}' for label in labels)}@enduml\n"


def _plantuml_row(column: str) -> str:
    name, type_, *marks = column.split()
    return f"  {name} : {type_}{''.join(f' <<{mark}>>' for mark in marks)}\n"


def board(columns: tuple[str, ...], labels: tuple[str, ...]) -> str:
    boxes = (("employee", "PK employee_id int", "name text"), ("expense", *map(_board_row, columns), "amount numeric"))
    shapes = [
        {
            "id": str(100 + n),
            "type": "shape",
            "data": {"shape": "rectangle", "content": "".join(f"<p>{text}</p>" for text in rows)},
            "position": {"x": 500 * n, "y": 0},
            "geometry": {"width": 300, "height": 300},
        }
        for n, rows in enumerate(boxes)
    ]
    lines = [
        {
            "id": str(900 + n),
            "type": "connector",
            "startItem": {"id": "100"},
            "endItem": {"id": "101"},
            "captions": [{"content": label}],
            "style": {"startStrokeCap": "erd_zero_or_one", "endStrokeCap": "erd_zero_or_many"},
        }
        for n, label in enumerate(labels)
    ]
    return json.dumps({"data": [*shapes, *lines]})


def _board_row(column: str) -> str:
    name, type_, *marks = column.split()
    return " ".join((*marks, name, type_))


def links(text: str, name: str) -> dict[str, str]:
    """Role -> the child's column of its link, or TODO."""
    spec = drafted(text.encode(), name)[1]
    found: dict[str, str] = {}
    for said in yaml.safe_load(spec)["links"].values():
        found |= {role: str(joined).rpartition(" = ")[2] for role, joined in said.items()}
    return found


NOTATIONS = ((mermaid, "d.mmd"), (plantuml, "d.puml"), (board, "board.json"))
MARKED = ("expense_id int PK", "employee_id int FK", "approved_by int FK")


@pytest.mark.parametrize(("write", "name"), NOTATIONS)
@pytest.mark.parametrize("labels", [("submits", "approves"), ("approves", "submits")])
def test_a_label_takes_the_column_with_its_verb(
    write: Callable[[tuple[str, ...], tuple[str, ...]], str], name: str, labels: tuple[str, ...]
) -> None:
    text = write(MARKED, labels)
    assert links(text, name) == {"submits": "employee_id", "approves": "approved_by"}
    spec = drafted(text.encode(), name)[1]
    assert spec.count("# inferred: `approved_by` has the word of the line") == 1


@pytest.mark.parametrize("labels", [("creates", "approves"), ("approver", "creator")])
def test_all_forms_of_a_verb_are_one_word(labels: tuple[str, ...]) -> None:
    columns = ("expense_id int PK", "created_by int FK", "approved_by int FK")
    assert set(links(mermaid(columns, labels), "d.mmd").values()) == {"created_by", "approved_by"}
    found = links(mermaid(columns, labels), "d.mmd")
    assert all(column.startswith(role[:5]) for role, column in found.items())


def test_columns_without_marks_are_found_by_the_verb_too() -> None:
    columns = ("expense_id int PK", "employee_id int", "approved_by int", "created_by int")
    found = links(mermaid(columns, ("approves", "submits", "creates")), "d.mmd")
    assert found == {"approves": "approved_by", "submits": "employee_id", "creates": "created_by"}


def test_the_remaining_foreign_key_is_taken_where_no_verb_tells() -> None:
    text = mermaid(("expense_id int PK", "employee_id int FK", "deputy int FK"), ("submits", "signs"))
    assert links(text, "d.mmd") == {"submits": "employee_id", "signs": "deputy"}
    assert "# inferred: the only foreign key that fits the line" in drafted(text.encode(), "d.mmd")[1]


def test_two_roles_never_share_the_only_column() -> None:
    text = mermaid(("expense_id int PK", "employee_id int FK"), ("submits", "signs"))
    assert links(text, "d.mmd") == {"submits": "employee_id", "signs": "TODO"}


def test_a_line_that_is_drawn_twice_is_no_second_role() -> None:
    text = mermaid(("expense_id int PK", "employee_id int FK"), ("submits", "submits"))
    assert ": TODO" not in drafted(text.encode(), "d.mmd")[1]


def test_a_status_is_no_person_although_a_label_names_it() -> None:
    text = mermaid(("expense_id int PK", "employee_id int FK", "status_code int FK"), ('"has status"',))
    assert "employee_id\n" in drafted(text.encode(), "d.mmd")[1].partition("links:")[2]


def test_a_proposed_link_completes_the_line_with_its_verb() -> None:
    columns = ("expense_id int PK", "approved_by int", "created_by int")
    text = mermaid(columns, ("creates", "approves"))
    spec = drafted(text.encode(), "d.mmd", infer_keys=True)[1].partition("links:")[2]
    assert spec.count("= created_by") == spec.count("= approved_by") == 1
