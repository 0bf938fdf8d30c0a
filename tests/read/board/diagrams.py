"""Random diagrams, as any notation can write them."""

from __future__ import annotations

from hypothesis import strategies as st

from erd2dbt.diagram.drawing import Box, Cap, Diagram, Key, Line, Row
from erd2dbt.faults.diagnostics import Span
from erd2dbt.read.boxes.titles import title

PLACE = Span("drawn", 1, 1)
TYPES = ("int", "text", "varchar(20)", "numeric(12,2)", "timestamp", "uuid", "int[]", "geometry", None)
CLEAR = (Cap.ONLY_ONE, Cap.ZERO_OR_ONE, Cap.ONE_OR_MANY, Cap.ZERO_OR_MANY)

words = st.text("abcdefgzäéß日0189_", min_size=1, max_size=8)
titles = st.lists(st.text("abgzÄé日0129_", min_size=1, max_size=8), min_size=1, max_size=3).map(" ".join).filter(
    lambda text: (read := title(text)) is not None and not read.is_cut and text == " ".join(text.split())
)  # fmt: skip
names = words.filter(str.isidentifier)
labels = st.text("abz Äé'(){}:;,.!?=-#|", max_size=12).map(lambda text: " ".join(text.split()))
said = st.one_of(
    st.none(), st.text("abz Äé日(){}:,.!?=-#|", min_size=1, max_size=12).map(lambda t: " ".join(t.split())).filter(bool)
)


@st.composite
def boxes(draw: st.DrawFn, shown: str) -> Box:
    read = title(shown)
    assert read is not None
    rows = [
        Row(
            name=name,
            span=PLACE,
            type=draw(st.sampled_from(TYPES)),
            keys=draw(st.sampled_from([(), (Key.PK,), (Key.FK,), (Key.UK,), (Key.PK, Key.FK), (Key.FK, Key.UK)])),
            not_null=draw(st.sampled_from([None, True, False])),
            description=draw(said),
        )
        for name in draw(st.lists(names, max_size=5, unique=True))
    ]
    color = draw(st.sampled_from([None, "#ccf4ff", "#123abc"]))
    return Box(name=read.name, title=shown, span=PLACE, rows=tuple(rows), color=color)


def named(shown: str) -> str:
    read = title(shown)
    return read.name if read else ""


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    """One box at least; lines between any two, also of a box with itself, several between one pair."""
    found = [draw(boxes(shown)) for shown in draw(st.lists(titles, min_size=1, max_size=4, unique_by=named))]
    ends = st.sampled_from([box.name for box in found])
    lines = [
        Line(
            left=draw(ends),
            right=draw(ends),
            span=PLACE,
            left_cap=draw(st.sampled_from(CLEAR)),
            right_cap=draw(st.sampled_from(CLEAR)),
            label=f"{draw(labels)} {number}".strip(),
            identifying=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return Diagram(file="drawn", boxes=tuple(found), lines=tuple(lines))
