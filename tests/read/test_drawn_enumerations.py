"""Boxes that only list values are values of columns, whatever the notation."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.pipelines.drafting import diagram_in

TYPED = """erDiagram
  TICKET {
    int id PK
    Priority priority
    TicketState state
  }
  Priority {
    string LOW
    string HIGH
  }
  TicketState {
    enum open
    enum closed
  }
  NOTE {
    string body
    string author
  }
  TICKET }o--|| Priority : has
  TICKET ||--o{ NOTE : has
"""
MARKED = """erDiagram
  TICKET {
    int id PK
    string state
    string kind
  }
  TicketState["<<enum>> TicketState"] {
    string open
    string closed
  }
  Colour["«enumeration» Colour"] {
    string red
    string blue
  }
  TICKET }o--|| TicketState : in
"""
PLANTUML = """@startuml
entity ticket {
  * id : int
  --
  state : ticket_state
  priority : Priority
}
entity ticket_state <<enumeration>> {
  open
  closed
}
class Priority << enum >> {
  LOW
  HIGH
}
ticket }o--|| ticket_state
@enduml
"""


def read(text: str, file: str) -> Diagram:
    return diagram_in(text.encode(), file)


@pytest.mark.parametrize(
    ("text", "file", "boxes", "values"),
    [
        (TYPED, "d.mmd", ["ticket", "note"], {"priority": ("LOW", "HIGH"), "state": ("open", "closed")}),
        (MARKED, "d.mmd", ["ticket"], {"state": ("open", "closed")}),
        (PLANTUML, "d.puml", ["ticket"], {"priority": ("LOW", "HIGH"), "state": ("open", "closed")}),
    ],
)
def test_their_values_are_those_of_columns(
    text: str, file: str, boxes: list[str], values: dict[str, tuple[str, ...]]
) -> None:
    diagram = read(text, file)
    assert [box.name for box in diagram.boxes] == boxes
    assert {row.name: row.values for box in diagram.boxes for row in box.rows if row.values} == values
    assert {line.right for line in diagram.lines} | {line.left for line in diagram.lines} <= set(boxes)


def test_what_became_of_them_is_told() -> None:
    told = [one.sentence for one in read(MARKED, "d.mmd").seen]
    assert told == [
        "an enumeration, “<<enum>> TicketState”: its values are those of columns",
        "an enumeration, “«enumeration» Colour”: no column is of this enumeration",
        "line: it joins an enumeration, which is not an entity",
    ]


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("erDiagram\n FERRY { int id PK\n  Dock dock }\n Dock { string code\n  string label }\n", "d.mmd"),
        ("erDiagram\n FERRY { int ID PK\n  DOCK DOCK }\n DOCK { text CODE\n  text PLACE }\n", "d.mmd"),
        ("@startuml\nclass Ferry {\n id : int\n dock : Dock\n}\nclass Dock {\n code\n label\n}\n@enduml\n", "d.puml"),
    ],
)
def test_a_table_of_codes_is_a_table(text: str, file: str) -> None:
    """Also where a column is called after it, as columns are after enumerations."""
    assert [box.name.lower() for box in read(text, file).boxes] == ["ferry", "dock"]
