"""Small drawings as SVG: the diagram in the colours of its verdicts, and plots of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from erd2dbt.diagram import Box, Diagram, Layer, Line
from erd2dbt.erd import Cardinality, Erd, Link
from erd2dbt.escape.html import text as escape
from erd2dbt.notate.layout import Layout, Place, laid_out
from erd2dbt.notate.svg import End, ends
from erd2dbt.report import plural
from erd2dbt.verify.verdict import Report, State, Verdict

_BAR, _TALL = 7, 26  # pixels
_LETTERS = 24  # of a name in a box
_WIDE, _HIGH, _BESIDE, _BELOW, _EDGE = 200.0, 60.0, 84.0, 30.0, 16.0  # of boxes, between them, and around all
_FOOT = 10  # pixels of a crow's foot


def diagram(erd: Erd, report: Report) -> str:
    """Entities as boxes and links as crow's feet: green, red, or grey where nothing could be tested.

    What is referred to stands left of what refers to it.
    """
    drawn = _drawn(erd)
    layout = _dense(laid_out(drawn))
    apart = [(link, line) for link, line in zip(erd.links, drawn.lines, strict=True) if link.left != link.right]
    ports = ends([line for _, line in apart], layout.places)
    lines = "".join(_line(link, report, *port) for (link, _), port in zip(apart, ports, strict=True))
    lines += "".join(
        _line(link, report, *_loop(layout.places[link.left])) for link in erd.links if link.left == link.right
    )
    boxes = "".join(_box(entity.name, report, layout.places[entity.name]) for entity in erd.entities)
    return (
        f'<svg width="{layout.width:g}" height="{layout.height:g}" role="img" '
        f'aria-label="The diagram: green holds, red is broken, grey is untested">{lines}{boxes}</svg>'
    )


def _dense(layout: Layout) -> Layout:
    """With little room between the boxes; every second column half a step lower, so that lines pass between them."""
    columns: dict[float, list[str]] = {}
    for name, place in sorted(layout.places.items(), key=lambda item: (item[1].x, item[1].y)):
        columns.setdefault(place.x, []).append(name)
    places: dict[str, Place] = {}
    step = _HIGH + _BELOW
    for n, names in enumerate(columns.values()):
        x, top = _EDGE + n * (_WIDE + _BESIDE) + _WIDE / 2, _EDGE + (n % 2) * step / 2 + _HIGH / 2
        places |= {name: Place(x, top + row * step, _WIDE, _HIGH) for row, name in enumerate(names)}
    wide = max((place.x for place in places.values()), default=0.0) + _WIDE / 2 + _BESIDE
    high = max((place.y for place in places.values()), default=0.0) + _HIGH / 2 + _EDGE
    return Layout(places, wide, high)


def _loop(place: Place) -> tuple[End, End, float]:
    """From a box to itself, at its right side."""
    x = place.x + place.width / 2
    return End(x, place.y - 16, 1), End(x, place.y + 16, 1), 0.0


def _drawn(erd: Erd) -> Diagram:
    """For the layout alone: each entity reads what it refers to, as a model reads others."""
    boxes = [Box(name=e.name, title=e.name[:_LETTERS], span=e.span, layer=Layer.STAGING) for e in erd.entities]
    lines = []
    for link in erd.links:
        left, right = (link.right, link.left) if link.left_cap.many else (link.left, link.right)
        lines.append(Line(left=left, right=right, span=link.span))
    return Diagram(file="", boxes=tuple(boxes), lines=tuple(lines))


def state(verdicts: Iterable[Verdict]) -> State:
    """Of several: broken if one is, untested if none could be tested."""
    found = {verdict.state for verdict in verdicts}
    if State.BROKEN in found:
        return State.BROKEN
    return State.HOLDS if State.HOLDS in found else State.UNTESTED


def _line(link: Link, report: Report, start: End, end: End, bend: float) -> str:
    colour = state(v for v in report.verdicts if link.text in v.links and v.place == link.span)
    near, far = (link.right_cap, link.left_cap) if link.left_cap.many else (link.left_cap, link.right_cap)
    pull = max(40.0, abs(end.x - start.x) / 2) + abs(bend)
    path = (
        f"M {start.x:g} {start.y:g} C {start.x + start.side * pull:g} {start.y:g} "
        f"{end.x + end.side * pull:g} {end.y:g} {end.x:g} {end.y:g}"
    )
    caps = _cap(near, start) + _cap(far, end)
    title = f"<title>{escape(link.text)}: {colour}</title>"
    return f'<g class="{colour}"><path d="{path}">{title}</path><path class="cap" d="{caps}"/></g>'


def _cap(cap: Cardinality, end: End) -> str:
    """Three toes are many, a bar is one; a ring is none, a second bar at least one."""
    x, y, side = end.x, end.y, end.side
    far = x + side * _FOOT
    if cap.many:
        found = f"M {far:g} {y:g} L {x:g} {y - 6:g} M {far:g} {y:g} L {x:g} {y + 6:g}"
    else:
        found = f"M {x + side * 5:g} {y - 6:g} v 12"
    if cap.minimum:
        return f"{found} M {far + side * 2:g} {y - 6:g} v 12"
    return f"{found} M {far + side * 2:g} {y:g} a 4 4 0 1 0 {side * 8:g} 0 a 4 4 0 1 0 {-side * 8:g} 0"


def _box(name: str, report: Report, place: Place) -> str:
    own = [v for v in report.verdicts if v.entity == name and not v.links]
    figures = next((f for f in report.tables if f.entity == name), None)
    rows = plural(figures.rows, "row") if figures else "no table"
    broken = sum(v.state is State.BROKEN for v in own)
    said = f"{rows}, {broken} broken" if broken else rows
    shown = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
    x, y = place.x - place.width / 2, place.y - place.height / 2
    title = "; ".join(v.text for v in own if v.state is State.BROKEN) or f"{name}: {state(own)}"
    return (
        f'<a href="#entity-{escape(name)}"><rect class="box {state(own)}" x="{x:g}" y="{y:g}" rx="6" '
        f'width="{place.width:g}" height="{place.height:g}"><title>{escape(title)}</title></rect>'
        f'<text x="{x + 12:g}" y="{y + 25:g}">{escape(shown)}</text>'
        f'<text class="small" x="{x + 12:g}" y="{y + 45:g}">{said}</text></a>'
    )


def histogram(bins: tuple[int, ...]) -> str:
    """Bars side by side, the tallest as high as the plot."""
    bars = "".join(_bars(bins))
    wide = len(bins) * _BAR
    return f'<svg class="plot" width="{wide}" height="{_TALL}" role="img" aria-label="histogram">{bars}</svg>'


def _bars(bins: tuple[int, ...]) -> Iterator[str]:
    most = max(*bins, 1)
    for n, count in enumerate(bins):
        high = round(_TALL * count / most, 1)
        yield f'<rect x="{n * _BAR}" y="{_TALL - high:.1f}" width="{_BAR - 1}" height="{high}"/>'


def share_bar(count: int, of: int) -> str:
    """A bar as long as the share."""
    wide = round(60 * count / of, 1) if of else 0
    return f'<svg class="plot" width="60" height="9" aria-hidden="true"><rect width="{wide}" height="9"/></svg>'
