"""What the templates of the page lay out: pictures, models, claims, the report and the changes, as values.

A model's `key` is its dbt name, by which links inside the page lead to it. `state` is `holds`, `broken`, `untested`
or empty where nothing was checked; `change` is `added`, `removed`, `changed` or empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from erd2dbt.contract.change import Change
from erd2dbt.design.project.project import BusMatrix
from erd2dbt.explain.derivation import Derivation
from erd2dbt.verify.verdict import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRow:
    """A column in a box; `y` is the top of its row, from the top of the box."""

    name: str
    text: str
    type: str
    marks: str
    y: float
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureBox:
    """A box by its top left corner; `hidden` counts columns that it has no row for."""

    key: str
    name: str
    text: str
    note: str
    layer: str
    x: float
    y: float
    width: float
    height: float
    rows: tuple[PictureRow, ...] = ()
    hidden: int = 0
    state: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLine:
    """A line as paths of SVG: `wire` from box to box, `caps` at its ends."""

    start: str
    end: str
    title: str
    wire: str
    caps: str
    kind: str  # `link` or `lineage`
    state: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One diagram of the page; sizes and places are in pixels, from the upper left corner."""

    name: str
    title: str
    width: float
    height: float
    boxes: tuple[PictureBox, ...]
    lines: tuple[PictureLine, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """A column that another is made of; `key` is empty for a raw table."""

    key: str
    dataset: str
    column: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageColumn:
    """A row of the table of a model: `inputs` are its upstream columns; `change` is empty without a comparison."""

    name: str
    type: str
    marks: tuple[str, ...]
    description: str
    inputs: tuple[Input, ...]
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageClaim:
    """A claim with its test, who relies on it, and what was last found; `worst` are keys that break it."""

    text: str
    kind: str
    model: str
    state: str
    place: str
    test: str | None = None
    links: tuple[str, ...] = ()
    relied_on_by: tuple[str, ...] = ()
    why: str = ""
    worst: str = ""
    fix: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    """A column of a table as its values are: `bars` are heights between 0 and 1, `top` pairs a value with its share."""

    name: str
    type: str
    empty: str
    distinct: str
    length: str
    low: str
    high: str
    bars: tuple[float, ...]
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What `verify` counted of one table: a row for each column."""

    note: str
    rows: tuple[ProfileRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageModel:
    """An entity with its staging model, or a model. Without `proof` for one that the project does not generate."""

    key: str
    name: str
    layer: str
    description: str
    grain: str
    path: str
    columns: tuple[PageColumn, ...]
    proof: Derivation | None = None
    claims: tuple[PageClaim, ...] = ()
    reads: tuple[str, ...] = ()
    read_by: tuple[str, ...] = ()
    rows: int | None = None
    profile: Profile | None = None
    state: str = ""
    change: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All of it. `states` says where the states of the claims are from; `index` is what the script searches."""

    title: str
    description: str
    pictures: tuple[Picture, ...]
    models: tuple[PageModel, ...]
    claims: tuple[PageClaim, ...]
    bus: BusMatrix | None
    states: str
    index: Mapping[str, Any]
    report: Report | None = None
    sum: str = ""
    changes: Sequence[Change] | None = None
    compared: tuple[str, str] = ("", "")
