"""The seam to graphlay: boxes in layers from left to right, right-angled lines that cross no box.

The same input gives the same picture. Coordinates are pixels from the top left, rounded to a tenth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_MARGIN = 24.0
_GAP = 36.0
_GAPS = {"layer_gap": 96.0, "node_gap": _GAP, "stub": 28.0}
_QUICK = 400  # boxes; above this number the engine searches less

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Node:
    """A box by its name, with its size."""

    name: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from the right side of one box to the left side of another. `label`: width and height of its label.

    `start_y` and `end_y`: the end points, from the tops of the boxes; for None, the engine chooses.
    """

    start: str
    end: str
    start_y: float | None = None
    end_y: float | None = None
    label: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle by its top left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Boxes by name; for each edge in order, the points of its line and the middle of its label; and the total size."""

    boxes: dict[str, Rectangle]
    routes: tuple[tuple[Point, ...], ...]
    labels: tuple[Point | None, ...]
    width: float
    height: float


def arranged(nodes: Sequence[Node], edges: Sequence[Edge]) -> Arrangement:
    """Return the layout of boxes and lines. Names are unique, and edges join nodes. Boxes without a line are below the
    others."""
    tied = {name for edge in edges for name in (edge.start, edge.end)}
    joined = _joined([node for node in nodes if node.name in tied], edges)
    alone = [node for node in nodes if node.name not in tied]
    below = joined.height - _MARGIN + (_GAP if tied else 0.0)
    boxes = joined.boxes | dict(_rows(alone, below, max(joined.width, _widest(alone))))
    return Arrangement(
        boxes={node.name: boxes[node.name] for node in nodes},
        routes=joined.routes,
        labels=joined.labels,
        width=max([joined.width, *(box.x + box.width + _MARGIN for box in boxes.values())]),
        height=max([joined.height, *(box.y + box.height + _MARGIN for box in boxes.values())]),
    )


def _widest(nodes: Sequence[Node]) -> float:
    """Return the maximum width of a row of boxes, for a picture about twice as wide as high."""
    return math.sqrt(2 * sum((node.width + _GAP) * (node.height + _GAP) for node in nodes))


def _rows(nodes: Iterable[Node], top: float, width: float) -> Iterator[tuple[str, Rectangle]]:
    x, y, tallest = _MARGIN, top, 0.0
    for node in nodes:
        if x > _MARGIN and x + node.width > width:
            x, y, tallest = _MARGIN, y + tallest + _GAP, 0.0
        yield node.name, Rectangle(x, y, node.width, node.height)
        x, tallest = x + node.width + _GAP, max(tallest, node.height)


def _joined(nodes: Sequence[Node], edges: Sequence[Edge]) -> Arrangement:
    """Return the layout of boxes that all have a line."""
    if not nodes:
        return Arrangement({}, (), (), 2 * _MARGIN, 2 * _MARGIN)
    import graphlay

    sizes = {node.name: node for node in nodes}
    graph = graphlay.Graph()
    for node in nodes:
        graph.node(node.name, width=node.width, height=node.height)
    for edge in edges:
        graph.edge(edge.start, edge.end, **_ports(edge, sizes), **_label(edge))
    effort = "balanced" if len(nodes) <= _QUICK else "fast"
    options = {"effort": effort, "spacing": _GAPS, "routing": {"bundle_parallel": False}}
    drawn = graphlay.layout(graph, options=options)
    points = [[(point["x"], point["y"]) for point in edge["points"]] for edge in drawn.edges]
    anchors = [edge["label_anchor"] for edge in drawn.edges]
    centres = [(node["center"]["x"], node["center"]["y"]) for node in drawn.nodes]
    corners = [(x - node.width / 2, y - node.height / 2) for (x, y), node in zip(centres, nodes, strict=True)]
    ends = [(x + node.width, y + node.height) for (x, y), node in zip(corners, nodes, strict=True)]
    every = [*corners, *ends, *(point for line in points for point in line)]
    left, top = min(x for x, _ in every) - _MARGIN, min(y for _, y in every) - _MARGIN
    return Arrangement(
        boxes={
            node.name: Rectangle(_tenth(x - left), _tenth(y - top), node.width, node.height)
            for node, (x, y) in zip(nodes, corners, strict=True)
        },
        routes=tuple(tuple((_tenth(x - left), _tenth(y - top)) for x, y in line) for line in points),
        labels=tuple((_tenth(at["x"] - left), _tenth(at["y"] - top)) if at else None for at in anchors),
        width=_tenth(max(x for x, _ in every) - left + _MARGIN),
        height=_tenth(max(y for _, y in every) - top + _MARGIN),
    )


def path(points: Iterable[Point]) -> str:
    """Return the `d` of an SVG path along the points."""
    return "M" + " L".join(f"{x:g} {y:g}" for x, y in points)


def _ports(edge: Edge, sizes: dict[str, Node]) -> dict[str, Any]:
    """Return the end points as shares of the side: -1 is its top, 1 its bottom. A loop has none."""
    if edge.start == edge.end:
        return {}
    found: dict[str, Any] = {}
    for word, side, name, y in (
        ("source_port", "right", edge.start, edge.start_y),
        ("target_port", "left", edge.end, edge.end_y),
    ):
        if y is not None:
            share = max(-1.0, min(1.0, 2 * y / sizes[name].height - 1))
            found[word] = {"offset": {"side": side, "t": round(share, 4)}}
    return found


def _label(edge: Edge) -> dict[str, Any]:
    return {"label_size": dict(zip(("width", "height"), edge.label, strict=True))} if edge.label else {}


def _tenth(value: float) -> float:
    return round(value, 1) + 0.0  # no -0.0
