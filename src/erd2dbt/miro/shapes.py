"""Converts a diagram to items for the API: a frame, a shape for each box, a connector for each line."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from erd2dbt.diagram.drawing import Box, Diagram, Layer, Line, Row
from erd2dbt.diagram.erd import TODO
from erd2dbt.escape.html import text as escape
from erd2dbt.miro.board_edits import text_of_arrow, text_of_body
from erd2dbt.miro.places import MARGIN, Place
from erd2dbt.notate.picture import Picture, ends_of, picture, row_height, size
from erd2dbt.read.board.values import SIGNATURE

# Fill and border by layer: the usual colours of such boards, from Miro's palette.
COLORS = {
    Layer.STAGING: ("#ccf4ff", "#108ab3"),
    Layer.INTERMEDIATE: ("#dedaff", "#652cb3"),
    Layer.MARTS: ("#adf0c7", "#0ca789"),
}
_LONGEST_CAPTION = 190  # maximum characters; Miro accepts 200 with the markup

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A box. `body`: its content and style for the API; `text`: its lines; `place`: its position in the layout, from
    the frame's top left; `of`: its entity or model in the spec."""

    name: str
    body: Body
    place: Place
    text: tuple[str, ...]
    of: str = ""

    @property
    def look(self) -> str:
        return digest(self.body["style"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A line. `start` and `end` are names of shapes. `said` and `number` distinguish it from other lines between the
    same two.

    `heights`: its end points, as shares of the boxes' heights. `text`: the caps and caption that it shows, without its
    ends.
    """

    start: str
    end: str
    said: str
    number: int
    body: Body
    heights: tuple[float, float]
    text: tuple[str, ...]
    of: str = ""

    @property
    def at_rows(self) -> bool:
        """Return whether the line joins rows. Lineage may touch a box anywhere."""
        return bool(self.body["style"]["startStrokeCap"] != "none")

    @property
    def look(self) -> str:
        """A digest of the style that `text` does not contain."""
        style = self.body["style"]
        return digest(self.body["shape"], style["strokeColor"], style["strokeWidth"], self.heights)

    @property
    def name(self) -> str:
        return self.called_before({})

    def called_before(self, renamed: Mapping[str, str]) -> str:
        """Return the name of the line before its boxes were renamed (new -> old)."""
        ends = [renamed.get(name, name) for name in (self.start, self.end)]
        return f"{_joined(*ends)}{self.said}" + (f" {self.number}" if self.number > 1 else "")

    def with_caption(self, caption: str) -> Arrow:
        body = {**self.body, "captions": [{"content": escape(caption)}]}
        return replace(self, body=body, text=text_of_arrow(body))

    def joins(self, name: str) -> bool:
        """Return whether the arrow with this name joins the same boxes, in either direction."""
        return name.startswith((_joined(self.start, self.end), _joined(self.end, self.start)))


def _joined(start: str, end: str) -> str:
    return f"{start} → {end}: "


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredBoard:
    """The wanted contents of a board. `unlisted`: links without a line, because Miro draws none within one shape."""

    title: str
    width: float
    height: float
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    arrows: Mapping[str, Arrow] = field(default_factory=dict)
    unlisted: tuple[str, ...] = ()

    @property
    def frame(self) -> Body:
        return {"data": {"title": self.title, "format": "custom", "type": "freeform"}}


def desired_board(
    diagram: Diagram, names: Mapping[str, str] | None = None, links: tuple[str, ...] = ()
) -> DesiredBoard:
    """Return the wanted board. `names`: box -> entity or model of the spec; `links`: the links of the first lines."""
    drawn = picture(diagram)
    boxes = {box.name: box for box in diagram.boxes}
    places = _places(diagram, drawn)
    arrows: dict[str, Arrow] = {}
    met: Counter[tuple[str, str, str]] = Counter()
    for number, line in enumerate(diagram.lines):
        if line.left != line.right:
            arrow = _arrow(line, met, boxes, links[number] if number < len(links) else "")
            arrows[arrow.name] = arrow
    shapes = [_shape(box, places[box.name], (names or {}).get(box.name, "")) for box in diagram.boxes]
    return DesiredBoard(
        title=(diagram.title or "ERD") + SIGNATURE,
        width=max((place.right for place in places.values()), default=MARGIN) + MARGIN,
        height=max((place.bottom for place in places.values()), default=MARGIN) + MARGIN,
        shapes={shape.name: shape for shape in shapes},
        arrows=arrows,
        unlisted=tuple(dict.fromkeys(line.left for line in diagram.lines if line.left == line.right)),
    )


def _places(diagram: Diagram, drawn: Picture) -> dict[str, Place]:
    """Return the places from the layout engine, with the margin of a frame."""
    found = {}
    for box in diagram.boxes:
        at, (width, height) = drawn.plan.boxes[box.name], size(box)
        found[box.name] = Place(at.x + MARGIN + width / 2, at.y + MARGIN + height / 2, width, height)
    return found


def digest(*parts: object) -> str:
    """Return a hash of the data sent, to detect changes."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _shape(box: Box, place: Place, of: str) -> Shape:
    fill, border = COLORS.get(box.layer or Layer.STAGING, COLORS[Layer.STAGING])
    rows = "".join(f"<p>{escape(_row(row))}</p>" for row in box.rows)
    body = {
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
    return Shape(name=box.name, body=body, place=place, text=text_of_body(body), of=of)


def _row(row: Row) -> str:
    """Return the text of a row: `PK, FK  order_id  bigint  NN`; or `name: TODO`, where people write the derivation."""
    named = [f"{row.name}: {TODO}"] if row.type == TODO else [row.name, row.type or ""]
    words = [", ".join("UQ" if key == "UK" else key for key in row.keys), *named]
    words += ["NN"] if row.not_null else []
    words += [f"→ {row.references}"] if row.references else []
    return "  ".join(word for word in words if word)


def _arrow(line: Line, met: Counter[tuple[str, str, str]], boxes: Mapping[str, Box], of: str) -> Arrow:
    """Return a line. Two lines between the same boxes without a label are numbered."""
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
    return Arrow(
        start=line.left,
        end=line.right,
        said=said,
        number=met[line.left, line.right, said],
        body=body,
        heights=_heights(line, boxes),
        text=text_of_arrow(body),
        of=of,
    )


def _heights(line: Line, boxes: Mapping[str, Box]) -> tuple[float, float]:
    """Return the end points of a line: at its rows; for lineage, at the titles."""
    found = []
    for name, row in zip((line.left, line.right), ends_of(line), strict=True):
        at = row_height(boxes[name], row)
        title = 18.0 if line.left_cap is None else size(boxes[name])[1] / 2
        found.append(round((title if at is None else at) / size(boxes[name])[1], 3))
    return found[0], found[1]
