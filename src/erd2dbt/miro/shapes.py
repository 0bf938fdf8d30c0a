"""A diagram as Miro's items: a frame, a shape for each box, a connector for each line; as the API takes them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erd2dbt.diagram.drawing import Box, Diagram, Layer, Line, Row
from erd2dbt.escape.html import text as escape
from erd2dbt.notate.layout import Layout, Place, laid_out

# Fill and border by layer: the colours that people use on such boards, of Miro's own palette.
_COLORS = {
    Layer.STAGING: ("#ccf4ff", "#108ab3"),
    Layer.INTERMEDIATE: ("#dedaff", "#652cb3"),
    Layer.MARTS: ("#adf0c7", "#0ca789"),
}
_LONGEST_CAPTION = 190  # characters; Miro takes 200 with the markup

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A box. `body` is what it says and how it looks; `place` is where it stands, from the frame's top left."""

    name: str
    body: Body
    place: Place

    @property
    def position(self) -> Body:
        return {"x": self.place.x, "y": self.place.y}

    @property
    def geometry(self) -> Body:
        return {"width": self.place.width, "height": self.place.height}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A line. `start` and `end` are names of shapes; `said` and `number` tell it from others of the same two."""

    start: str
    end: str
    said: str
    number: int
    body: Body

    @property
    def name(self) -> str:
        return self.called_before({})

    def called_before(self, renamed: Mapping[str, str]) -> str:
        """Its name while its shapes had their old names: new -> old."""
        ends = [renamed.get(name, name) for name in (self.start, self.end)]
        return f"{ends[0]} → {ends[1]}: {self.said}" + (f" {self.number}" if self.number > 1 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All that is to be on the board. `untold` are links that have no line, for Miro draws none within one shape."""

    title: str
    layout: Layout
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    arrows: Mapping[str, Arrow] = field(default_factory=dict)
    untold: tuple[str, ...] = ()

    @property
    def frame(self) -> Body:
        return {"data": {"title": self.title, "format": "custom", "type": "freeform"}}


def wanted(diagram: Diagram) -> Wanted:
    layout = laid_out(diagram)
    arrows = {}
    met: Counter[tuple[str, str, str]] = Counter()
    for line in diagram.lines:
        if line.left != line.right:
            arrow = _arrow(line, met)
            arrows[arrow.name] = arrow
    shapes = [Shape(name=box.name, body=_shape(box), place=layout.places[box.name]) for box in diagram.boxes]
    return Wanted(
        title=diagram.title or "ERD",
        layout=layout,
        shapes={shape.name: shape for shape in shapes},
        arrows=arrows,
        untold=tuple(dict.fromkeys(line.left for line in diagram.lines if line.left == line.right)),
    )


def digest(*parts: object) -> str:
    """Of what was sent, to see whether it is another now."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _shape(box: Box) -> Body:
    fill, border = _COLORS.get(box.layer or Layer.STAGING, _COLORS[Layer.STAGING])
    rows = "".join(f"<p>{escape(_row(row))}</p>" for row in box.rows)
    return {
        "data": {"content": f"<p><strong>{escape(box.title)}</strong></p>{rows}", "shape": "rectangle"},
        "style": {
            "fillColor": fill,
            "borderColor": border,
            "color": "#1a1a1a",
            "fontSize": "14",
            "textAlign": "left",
            "textAlignVertical": "top",
        },
    }


def _row(row: Row) -> str:
    """`PK, FK  order_id  bigint  NN`."""
    words = [", ".join("UQ" if key == "UK" else key for key in row.keys), row.name, row.type or ""]
    words += ["NN"] if row.not_null else []
    words += [f"→ {row.references}"] if row.references else []
    return "  ".join(word for word in words if word)


def _arrow(line: Line, met: Counter[tuple[str, str, str]]) -> Arrow:
    """Two lines between one pair without a label are told apart by their number."""
    said = line.label or ("link" if line.left_cap else "lineage")
    met[line.left, line.right, said] += 1
    caps = ("none", "stealth") if line.left_cap is None else (f"erd_{line.left_cap}", f"erd_{line.right_cap}")
    style = {
        "startStrokeCap": caps[0],
        "endStrokeCap": caps[1],
        "strokeStyle": "normal" if line.identifying else "dashed",
        "strokeColor": "#333333" if line.left_cap else "#9a9a9a",
        "strokeWidth": "2.0",
    }
    caption = [{"content": escape(line.label[:_LONGEST_CAPTION])}] if line.label else []
    body = {"shape": "elbowed", "captions": caption, "style": style}
    return Arrow(start=line.left, end=line.right, said=said, number=met[line.left, line.right, said], body=body)
