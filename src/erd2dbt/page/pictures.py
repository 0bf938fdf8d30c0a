"""The two diagrams of a project: entities with their links, and models with what each reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from erd2dbt.diagram.drawing import cap_of
from erd2dbt.diagram.erd import Link
from erd2dbt.layout.crows_feet import arrow, foot
from erd2dbt.layout.engine import Arrangement, Edge, Node, arranged, path
from erd2dbt.page.values import PageModel, Picture, PictureBox, PictureLine, PictureRow
from erd2dbt.pipelines.summary import plural

_HEAD, _ROW, _FOOT = 46.0, 20.0, 8.0  # of a box: its title, a column, what is below them
_LETTER, _MARKS, _PAD = 7.2, 44.0, 12.0
_NARROWEST, _WIDEST = 180.0, 340.0
_LETTERS, _TITLE = 26, 31  # of a column's name and of a model's; the rest is in the details
_MOST_ROWS = 24  # of one box
_SHORT = {"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz"}
_ALL_ROWS = {"erd": 1500, "lineage": 700}  # of a picture: above it the ERD shows keys only, and the lineage no columns

Ends = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLink:
    """A link between two boxes, with what was found of it and what became of it."""

    link: Link
    state: str = ""
    change: str = ""


def erd_picture(models: Sequence[PageModel], keys: Mapping[str, str], links: Sequence[DrawnLink]) -> Picture:
    """Entities, each right of what it refers to; `keys`: entity -> key of its model."""
    boxes = {m.key: b for m, b in zip(models, _boxes(models, "erd", keep=_is_key), strict=True)}
    known = [one for one in links if keys.get(one.link.left) in boxes and keys.get(one.link.right) in boxes]
    edges = [_link_edge(one.link, keys, boxes) for one in known]
    plan = arranged([Node(key, box.width, box.height) for key, box in boxes.items()], edges)
    lines = tuple(_link_line(one, edge, plan.routes[n]) for n, (one, edge) in enumerate(zip(known, edges, strict=True)))
    return _picture("erd", "Entities and their links", plan, boxes, lines)


def lineage_picture(models: Sequence[PageModel]) -> Picture:
    """All models, each right of what it reads."""
    boxes = {m.key: b for m, b in zip(models, _boxes(models, "lineage", keep=lambda _: False), strict=True)}
    tied = [(read, model) for model in models for read in model.reads if read in boxes]
    edges = [Edge(read, model.key, _HEAD / 2, _HEAD / 2) for read, model in tied]
    plan = arranged([Node(key, box.width, box.height) for key, box in boxes.items()], edges)
    lines = tuple(
        PictureLine(
            start=edge.start,
            end=edge.end,
            title=f"{edge.end} reads {edge.start}",
            wire=path(route),
            caps=arrow(route),
            kind="lineage",
            change=model.change if model.change == "removed" else "",
        )
        for (_, model), edge, route in zip(tied, edges, plan.routes, strict=True)
    )
    return _picture("lineage", "Models and what they read", plan, boxes, lines)


def _picture(
    name: str, title: str, plan: Arrangement, boxes: Mapping[str, PictureBox], lines: tuple[PictureLine, ...]
) -> Picture:
    placed = (replace(box, x=plan.boxes[key].x, y=plan.boxes[key].y) for key, box in boxes.items())
    return Picture(name=name, title=title, width=plan.width, height=plan.height, boxes=tuple(placed), lines=lines)


# -- boxes


def _is_key(row: PictureRow) -> bool:
    return bool(row.marks)


def _boxes(models: Sequence[PageModel], name: str, keep: Callable[[PictureRow], bool]) -> Iterator[PictureBox]:
    """Boxes at no place yet; in a large picture only with the rows that `keep` keeps."""
    is_large = sum(len(model.columns) for model in models) > _ALL_ROWS[name]
    for model in models:
        every = tuple(_rows(model))
        rows = tuple(row for row in every if not is_large or keep(row))[:_MOST_ROWS]
        rows = tuple(replace(row, y=_HEAD + n * _ROW) for n, row in enumerate(rows))
        hidden = len(every) - len(rows)
        shown = model.name if name == "erd" else model.key
        longest = max([len(_shortened(shown, _TITLE)) * 1.15 * _LETTER + 30, *(_width(row) for row in rows)])
        more = _ROW if hidden and rows else 0.0
        yield PictureBox(
            key=model.key,
            name=shown,
            text=_shortened(shown, _TITLE),
            note=_note(model, name),
            layer=model.layer,
            x=0.0,
            y=0.0,
            width=float(round(min(_WIDEST, max(_NARROWEST, longest + 2 * _PAD)))),
            height=_HEAD + len(rows) * _ROW + more + _FOOT,
            rows=rows,
            hidden=hidden if rows else 0,
            state=model.state,
            change=model.change,
        )


def _note(model: PageModel, name: str) -> str:
    if model.rows is not None:
        return plural(model.rows, "row")
    return model.layer if name == "lineage" else plural(len(model.columns), "column")


def _rows(model: PageModel) -> Iterator[PictureRow]:
    for column in model.columns:
        marks = " ".join(mark for mark in column.marks if mark in ("PK", "FK"))
        type_ = _SHORT.get(column.type, column.type)
        yield PictureRow(
            name=column.name,
            text=_shortened(column.name),
            type=_shortened(type_, 18),
            marks=marks,
            y=0.0,
            change=column.change,
        )


def _width(row: PictureRow) -> float:
    return _MARKS + (len(row.text) + len(row.type) + 2) * _LETTER


def _shortened(name: str, letters: int = _LETTERS) -> str:
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


# -- links


def _link_edge(link: Link, keys: Mapping[str, str], boxes: Mapping[str, PictureBox]) -> Edge:
    """From the entity that is referred to, at the row of its key, to the row that refers to it."""
    parent, child, pairs = _ends(link)
    start, end = keys[parent], keys[child]
    return Edge(start, end, _height(boxes[start], [p for p, _ in pairs]), _height(boxes[end], [c for _, c in pairs]))


def _ends(link: Link) -> tuple[str, str, Sequence[tuple[str, str]]]:
    """(parent, child, pairs of their columns)."""
    if link.left_cap.many or not link.right_cap.many:
        return link.right, link.left, [(right, left) for left, right in link.columns]
    return link.left, link.right, link.columns


def _height(box: PictureBox, columns: Iterable[str]) -> float:
    rows = {row.name: row.y for row in box.rows}
    return next((rows[name] + _ROW / 2 for name in columns if name in rows), _HEAD / 2)


def _link_line(one: DrawnLink, edge: Edge, route: Sequence[tuple[float, float]]) -> PictureLine:
    link = one.link
    is_left_child = _ends(link)[1] == link.left
    parent, child = (link.right_cap, link.left_cap) if is_left_child else (link.left_cap, link.right_cap)
    caps = f"{foot(cap_of(parent), route)} {foot(cap_of(child), route[::-1])}"
    role = f" ({link.role})" if link.role else ""
    return PictureLine(
        start=edge.start,
        end=edge.end,
        title=f"{link.text}{role}",
        wire=path(route),
        caps=caps,
        kind="link",
        state=one.state,
        change=one.change,
    )
