"""Small drawings as SVG: the diagram in the colours of its verdicts, and plots of values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from erd2dbt.erd import Erd, Link
from erd2dbt.verify.verdict import Report, State, Verdict

_BOX, _HIGH, _GAP, _MARGIN = 210, 62, 90, 16  # pixels
_BAR, _TALL = 7, 26


def diagram(erd: Erd, report: Report) -> str:
    """Entities as boxes and links as lines: green, red, or grey where nothing could be tested."""
    places = _places(erd)
    across = max((x for x, _ in places.values()), default=0) + _BOX + _MARGIN
    down = max((y for _, y in places.values()), default=0) + _HIGH + _MARGIN
    lines = "".join(_line(link, report, places) for link in erd.links)
    boxes = "".join(_box(entity.name, report, *places[entity.name]) for entity in erd.entities)
    return (
        f'<svg width="{across}" height="{down}" viewBox="0 0 {across} {down}" role="img" '
        f'aria-label="The diagram: green holds, red is broken, grey is untested">{lines}{boxes}</svg>'
    )


def _places(erd: Erd) -> dict[str, tuple[int, int]]:
    wide = max(1, math.ceil(math.sqrt(len(erd.entities))))
    return {
        entity.name: (_MARGIN + n % wide * (_BOX + _GAP), _MARGIN + n // wide * (_HIGH + _GAP))
        for n, entity in enumerate(erd.entities)
    }


def state(verdicts: Iterable[Verdict]) -> State:
    """Of several: broken if one is, untested if none could be tested."""
    found = {verdict.state for verdict in verdicts}
    if State.BROKEN in found:
        return State.BROKEN
    return State.HOLDS if State.HOLDS in found else State.UNTESTED


def _line(link: Link, report: Report, places: Mapping[str, tuple[int, int]]) -> str:
    colour = state(v for v in report.verdicts if link.text in v.links and v.place == link.span)
    (x, y), (u, v) = (_middle(places[name]) for name in (link.left, link.right))
    path = f"M {x} {y} L {u} {v}" if link.left != link.right else f"M {x - 40} {y} c 0 -70 80 -70 80 0"
    return f'<path class="{colour}" d="{path}"><title>{escape(link.text)}: {colour}</title></path>'


def _middle(place: tuple[int, int]) -> tuple[int, int]:
    return place[0] + _BOX // 2, place[1] + _HIGH // 2


def _box(name: str, report: Report, x: int, y: int) -> str:
    own = [v for v in report.verdicts if v.entity == name and not v.links]
    figures = next((f for f in report.tables if f.entity == name), None)
    rows = f"{figures.rows:,} rows" if figures else "no table"
    broken = sum(v.state is State.BROKEN for v in own)
    said = f"{rows}, {broken} broken" if broken else rows
    shown = name if len(name) <= 26 else f"{name[:25]}…"
    return (
        f'<a href="#entity-{escape(name)}"><rect class="box {state(own)}" x="{x}" y="{y}" rx="6" width="{_BOX}" '
        f'height="{_HIGH}"/><text x="{x + 12}" y="{y + 26}">{escape(shown)}</text>'
        f'<text class="small" x="{x + 12}" y="{y + 46}">{said}</text></a>'
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
