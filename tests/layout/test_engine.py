"""Pictures laid out: no line runs through a box, no box lies on another, lines end where they are asked to."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.diagram.drawing import Cap
from erd2dbt.layout.crows_feet import arrow, foot
from erd2dbt.layout.engine import Arrangement, Edge, Node, arranged, path

ROW = 20.0


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    """Boxes of different heights; edges in both directions, double ones and loops among them."""
    rows = draw(st.lists(st.integers(1, 12), min_size=1, max_size=9))
    nodes = [Node(f"n{n}", 180.0 + 20 * (count % 3), 40 + ROW * count) for n, count in enumerate(rows)]
    places = st.integers(0, len(rows) - 1)
    edges = []
    for start, end in draw(st.lists(st.tuples(places, places), max_size=12)):
        ports = [40 + ROW * draw(st.integers(0, rows[one] - 1)) + ROW / 2 for one in (start, end)]
        edges.append(Edge(f"n{start}", f"n{end}", *(ports if start != end else (None, None))))
    return nodes, edges


@settings(max_examples=40)
@given(graphs())
def test_lines_go_around_boxes_and_end_at_their_rows(graph: tuple[list[Node], list[Edge]]) -> None:
    nodes, edges = graph
    found = arranged(nodes, edges)
    boxes = list(found.boxes.values())
    for one, other in combinations(boxes, 2):
        apart = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y
    for edge, route in zip(edges, found.routes, strict=True):
        assert not crossed(found, route)
        if edge.start_y is not None and edge.end_y is not None:
            start, end = found.boxes[edge.start], found.boxes[edge.end]
            assert route[0] == pytest.approx((start.x + start.width, start.y + edge.start_y), abs=0.5)
            assert route[-1] == pytest.approx((end.x, end.y + edge.end_y), abs=0.5)
    corners = [(box.x + box.width, box.y + box.height) for box in boxes]
    assert all(0 <= x <= found.width and 0 <= y <= found.height for x, y in corners)
    assert arranged(nodes, edges) == found


def crossed(found: Arrangement, route: tuple[tuple[float, float], ...]) -> list[str]:
    """Boxes that a line runs through, a pixel inside their borders."""
    return [
        name
        for name, box in found.boxes.items()
        for (ax, ay), (bx, by) in pairwise(route)
        if max(ax, bx) > box.x + 1 and min(ax, bx) < box.x + box.width - 1
        and max(ay, by) > box.y + 1 and min(ay, by) < box.y + box.height - 1
    ]  # fmt: skip


def test_what_is_read_stands_left() -> None:
    nodes = [Node(name, 100.0, 50.0) for name in ("mart", "staging", "other", "intermediate")]
    found = arranged(nodes, [Edge("staging", "intermediate"), Edge("other", "mart"), Edge("intermediate", "mart")])
    assert sorted(found.boxes, key=lambda name: found.boxes[name].x)[-2:] == ["intermediate", "mart"]


def test_nothing_to_lay_out() -> None:
    assert arranged([], []).boxes == {}


@pytest.mark.parametrize(
    ("cap", "said"),
    [
        (Cap.ONLY_ONE, "M6 -6 L6 6 M11 -6 L11 6"),
        (Cap.ONE, "M6 -6 L6 6"),
        (Cap.MANY, "M0 -6 L12 0 L0 6"),
        (Cap.ZERO_OR_ONE, "M6 -6 L6 6 M11 0 A4 4 0 1 0 19 0 A4 4 0 1 0 11 0"),
        (Cap.ONE_OR_MANY, "M0 -6 L12 0 L0 6 M15 -6 L15 6"),
        (Cap.ZERO_OR_MANY, "M0 -6 L12 0 L0 6 M15 0 A4 4 0 1 0 23 0 A4 4 0 1 0 15 0"),
    ],
)
def test_feet_are_drawn_along_their_line(cap: Cap, said: str) -> None:
    assert foot(cap, [(0, 0), (40, 0)]).replace("-0", "0") == said
    turned = foot(cap, [(0, 0), (0, 40)])
    assert turned != said
    assert turned.count("M") == said.count("M")


def test_an_arrow_points_at_the_end_of_its_line() -> None:
    assert arrow([(0, 0), (40, 0)]) == "M31 5 L40 0 L31 -5"
    assert path([(0, 0), (40.5, 0)]) == "M0 0 L40.5 0"
