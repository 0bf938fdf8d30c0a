"""What a diagram shows, as plain values: all that a notation can say, without places and items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from erd2dbt.diagram.drawing import Box, Diagram
from erd2dbt.read.recognising import read_diagram

FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> Diagram:
    return read_diagram((FIXTURES / name).read_bytes(), name)


def columns(box: Box) -> list[dict[str, Any]]:
    """Each with its name, type and keys, and what else was said of it."""
    found = []
    for row in box.rows:
        said = {"not_null": row.not_null, "unique": row.unique, "references": row.references}
        said |= {"description": row.description}
        found.append(
            {"name": row.name, "type": row.type, "key": ",".join(row.keys) or None}
            | {name: value for name, value in said.items() if value}
        )
    return found


def relationships(diagram: Diagram) -> list[dict[str, Any]]:
    found = [
        {
            "label": line.label,
            "from": line.left,
            "from_cardinality": line.left_cap and str(line.left_cap),
            "identifying": line.identifying,
            "to_cardinality": line.right_cap and str(line.right_cap),
            "to": line.right,
        }
        for line in diagram.lines
    ]
    return sorted(found, key=lambda line: (line["from"], line["to"], line["label"]))
