"""Pictures of whole specs: no line runs through a box that it does not end at, and nothing stands on a label."""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.explain.drawing import drawing
from erd2dbt.layout.engine import Point
from erd2dbt.miro.shapes import Arrow, desired_board
from erd2dbt.miro.sides import Obstacles, best_sides, route
from erd2dbt.notate.picture import LABEL_HEIGHT, Picture, ends_of, label_size, picture, row_height
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.pipelines.generation import plan

ROOT = Path(__file__).parents[2]
NORTHWIND = """
create table categories (category_id int primary key, category_name text);
create table suppliers (supplier_id int primary key, company_name text, country text);
create table products (product_id int primary key, product_name text, supplier_id int references suppliers,
  category_id int references categories, unit_price numeric(10,2), units_in_stock int);
create table region (region_id int primary key, region_description text);
create table territories (territory_id text primary key, territory_description text,
  region_id int not null references region);
create table employees (employee_id int primary key, last_name text, hire_date date,
  reports_to int references employees);
create table employee_territories (employee_id int references employees, territory_id text references territories,
  primary key (employee_id, territory_id));
create table customers (customer_id text primary key, company_name text, country text);
create table customer_demographics (customer_type_id text primary key, customer_desc text);
create table customer_customer_demo (customer_id text references customers,
  customer_type_id text references customer_demographics, primary key (customer_id, customer_type_id));
create table shippers (shipper_id int primary key, company_name text);
create table orders (order_id int primary key, customer_id text references customers,
  employee_id int references employees, order_date date, ship_via int references shippers, freight numeric(10,2));
create table order_details (order_id int references orders, product_id int references products,
  unit_price numeric(10,2), quantity int, discount real, primary key (order_id, product_id));
create table us_states (state_id int primary key, state_name text);
"""
# Crossings of the straight lines between the boxes' middles in the layout that pictures had before.
CROSSED_BEFORE = {"reference": 13, "northwind": 27, "sixty": 405}

Box = tuple[float, float, float, float]


def diagram(name: str) -> Diagram:
    if name == "reference":
        text = (ROOT / "specs" / "marketing.yml").read_text(encoding="utf-8")
    elif name == "northwind":
        text = drafted(NORTHWIND.encode(), "northwind.sql")[1]
    else:
        text = runpy.run_path(str(ROOT / "benchmarks" / "synthetic.py"))["spec"](60)
    erd, planned = plan(text.encode(), name)
    return drawing(erd, planned.plans).diagram


@pytest.fixture(scope="module", params=CROSSED_BEFORE)
def drawn(request: pytest.FixtureRequest) -> tuple[str, Diagram, Picture]:
    found = diagram(request.param)
    return request.param, found, picture(found)


def boxes(shown: Picture) -> dict[str, Box]:
    return {name: (b.x, b.y, b.x + b.width, b.y + b.height) for name, b in shown.plan.boxes.items()}


def parts(route: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return pairwise(route)


def meets(part: tuple[Point, Point], box: Box, within: float = 1.0) -> bool:
    (x1, y1), (x2, y2) = part
    left, top, right, bottom = box
    across = max(x1, x2) > left + within and min(x1, x2) < right - within
    return across and max(y1, y2) > top + within and min(y1, y2) < bottom - within


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def labels(shown: Picture) -> dict[int, Box]:
    found = {}
    for number, one in enumerate(shown.lines):
        if one.line.label:
            assert one.label is not None, "a label without a place"
            (x, y), half = one.label, label_size(one.line.label) / 2
            found[number] = (x - half, y - LABEL_HEIGHT / 2, x + half, y + LABEL_HEIGHT / 2)
    return found


def test_no_box_overlaps_another(drawn: tuple[str, Diagram, Picture]) -> None:
    found = list(boxes(drawn[2]).values())
    assert not [(a, b) for n, a in enumerate(found) for b in found[n + 1 :] if overlap(a, b)]


def test_no_line_runs_through_a_box(drawn: tuple[str, Diagram, Picture]) -> None:
    _, _, shown = drawn
    there = boxes(shown)
    assert len(shown.lines) > 10
    assert not [
        (one.line.left, one.line.right, name)
        for one in shown.lines
        for name, box in there.items()
        if name not in (one.line.left, one.line.right) and any(meets(part, box) for part in parts(one.route))
    ]


def test_nothing_stands_on_a_label(drawn: tuple[str, Diagram, Picture]) -> None:
    _, _, shown = drawn
    said = labels(shown)
    assert not [(a, b) for n, a in said.items() for m, b in said.items() if n < m and overlap(a, b)]
    assert not [name for label in said.values() for name, box in boxes(shown).items() if overlap(label, box)]
    assert not [
        (one.line.label, other.line.left)
        for number, label in said.items()
        for n, other in enumerate(shown.lines)
        for one in [shown.lines[number]]
        if n != number and any(meets(part, label, 0) for part in parts(other.route))
    ]


def test_keys_are_tied_at_their_rows(drawn: tuple[str, Diagram, Picture]) -> None:
    """The ends of a link stand at the heights of the two columns, on a side of their box."""
    _, found, shown = drawn
    known = {box.name: box for box in found.boxes}
    there = shown.plan.boxes
    for one in shown.lines:
        for end, row, at in zip(
            (one.line.left, one.line.right), ends_of(one.line), (one.route[0], one.route[-1]), strict=True
        ):
            height = row_height(known[end], row)
            if one.line.left_cap is not None:
                assert height is not None
                assert at[1] == pytest.approx(there[end].y + height, abs=0.2)
            assert min(abs(at[0] - there[end].x), abs(at[0] - there[end].x - there[end].width)) < 0.2


def crossed(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = *one, *other
    by = (x2 - x1) * (y4 - y3) - (y2 - y1) * (x4 - x3)
    if abs(by) < 1e-9:
        return False
    t = ((x3 - x1) * (y4 - y3) - (y3 - y1) * (x4 - x3)) / by
    u = ((x3 - x1) * (y2 - y1) - (y3 - y1) * (x2 - x1)) / by
    return 0.001 < t < 0.999 and 0.001 < u < 0.999


def test_crossings(drawn: tuple[str, Diagram, Picture]) -> None:
    """Not more than two thirds of what they were."""
    name, _, shown = drawn
    routes = [list(parts(one.route)) for one in shown.lines]
    count = sum(crossed(a, b) for n, one in enumerate(routes) for other in routes[:n] for a in one for b in other)
    if os.environ.get("ERD2DBT_SHOW"):
        print(f"\n{name}: {count} crossings, {CROSSED_BEFORE[name]} before")
    assert count <= CROSSED_BEFORE[name] * 2 / 3


# -- on a board, where Miro routes lines by their ends alone

THROUGH = {"reference": 3, "northwind": 0, "sixty": 20}  # lines whose route crosses a box, at most


def test_connectors_on_a_board_cross_few_boxes(drawn: tuple[str, Diagram, Picture]) -> None:
    """Fewer than half of those of connectors that always run from the right to the left."""
    name, found, _ = drawn
    shown = desired_board(found)
    places = {one.name: one.place for one in shown.shapes.values()}

    def crosses(arrow: Arrow, sides: tuple[str, str]) -> bool:
        path = route(places[arrow.start], places[arrow.end], arrow.heights, sides)
        others = [place for one, place in places.items() if one not in (arrow.start, arrow.end)]
        return path is None or any(
            meets(part, (box.left, box.top, box.right, box.bottom)) for part in pairwise(path) for box in others
        )

    boxes = Obstacles(places.values())
    chosen = {
        arrow.name: best_sides(places[arrow.start], places[arrow.end], arrow.heights, boxes, at_rows=arrow.at_rows)
        for arrow in shown.arrows.values()
    }
    count = sum(crosses(arrow, chosen[arrow.name]) for arrow in shown.arrows.values())
    plain = sum(crosses(arrow, ("right", "left")) for arrow in shown.arrows.values())
    if os.environ.get("ERD2DBT_SHOW"):
        print(f"\n{name}: {count} of {len(chosen)} connectors through a box, {plain} from right to left")
    assert count <= min(THROUGH[name], plain / 2)
