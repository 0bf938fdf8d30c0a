"""Mermaid's class diagrams: attributes are columns, relations are links; what is of a program is listed."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.drawing import Cap, Diagram
from erd2dbt.pipelines.drafting import diagram_in

DAIRY = """classDiagram
    direction LR
    namespace Sales {
      class Farm["Dairy farm"] {
        +UUID farm_id PK
        +String name
        +area(unit: Unit) float
      }
    }
    class Delivery:::hot {
        +int delivery_id PK
        -farm_id: UUID
        +decimal(10,2) litres
        double precision fat
        grade: Grade
        +List~int~ tanks$
    }
    class Grade { <<enumeration>> A; B }
    class Billable
    <<interface>> Billable
    Billable <|.. Delivery
    Farm "1" *-- "0..*" Delivery : brings
    Delivery "0..*" --> "1..3" Driver
    Delivery : +Date day
    note for Farm "since 1990"
"""


def read(text: str, file: str = "d.mmd") -> Diagram:
    return diagram_in(text.encode(), file)


def test_attributes_are_columns() -> None:
    diagram = read(DAIRY)
    found = {box.name: [(row.name, row.type) for row in box.rows] for box in diagram.boxes}
    assert found == {
        "dairy_farm": [("farm_id", "uuid"), ("name", "string")],
        "delivery": [
            ("delivery_id", "int"), ("farm_id", "uuid"), ("litres", "decimal(10,2)"), ("fat", "double precision"),
            ("grade", "text"), ("tanks", "list<int>"), ("day", "date")],
        "driver": [],
    }  # fmt: skip
    keys = {box.name: [row.name for row in box.rows if row.keys] for box in diagram.boxes}
    assert keys == {"dairy_farm": ["farm_id"], "delivery": ["delivery_id"], "driver": []}
    assert [row.values for box in diagram.boxes for row in box.rows if row.values] == [("A", "B")]
    assert diagram.boxes[0].group == "Sales"


def test_relations_are_links() -> None:
    lines = [(one.left, one.left_cap, one.right_cap, one.right, one.label) for one in read(DAIRY).lines]
    assert lines == [
        ("dairy_farm", Cap.ONLY_ONE, Cap.ZERO_OR_MANY, "delivery", "brings"),
        ("delivery", Cap.ZERO_OR_MANY, Cap.ONE_OR_MANY, "driver", ""),
    ]


def test_what_is_of_a_program_is_listed() -> None:
    told = {one.text: one.why for one in read(DAIRY).seen}
    assert told["+area(unit: Unit) float"] == "a method"
    assert told["Billable <|.. Delivery"] == "inheritance: the spec has no words for it"
    assert told["Billable"] == "it is of a program, and has no attributes"
    assert not read(DAIRY).unread


def test_what_is_not_read_is_said() -> None:
    odd = "classDiagram\n  class Pond {\n    +int pond_id\n    three words here !\n  }\n  what is this\n"
    assert [one.span.line for one in read(odd).unread] == [4, 6]


def test_beside_entities_it_is_listed() -> None:
    both = f"```mermaid\nerDiagram\n  POND {{ int id PK }}\n```\n```mermaid\n{DAIRY}```\n"
    diagram = read(both, "d.md")
    assert [box.name for box in diagram.boxes] == ["pond"]
    assert any("an erDiagram beside it" in one.why for one in diagram.seen)


PONDS = {
    "Mermaid": """classDiagram
    class Pond { int id PK }
    class Duck { int id PK }
    Pond "1" -- "MANY" Duck
""",
    "PlantUML": """@startuml
class Pond {
  id : int <<PK>>
}
class Duck {
  id : int <<PK>>
}
Pond "1" -- "MANY" Duck
@enduml
""",
}


@pytest.mark.parametrize("text", PONDS.values(), ids=PONDS)
@pytest.mark.parametrize(
    ("many", "cap", "is_told"),
    [("2..5", Cap.ONE_OR_MANY, True), ("1..7", Cap.ONE_OR_MANY, True), ("0..*", Cap.ZERO_OR_MANY, False)],
)
def test_a_limit_of_rows_is_listed(text: str, many: str, cap: Cap, is_told: bool) -> None:
    """A link claims one or many; that there are two to five is in no claim of it."""
    diagram = read(text.replace("MANY", many), "ponds.txt")
    assert [line.right_cap for line in diagram.lines] == [cap]
    assert any(f"`{many}` limits" in one.why for one in diagram.seen) is is_told
