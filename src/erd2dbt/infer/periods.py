"""A grain of days or months over inputs with timestamps: `day` of `ordered_at`, computed in staging."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.escape.sql import ident
from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box, Computed

# Calendar periods as grain names, in several languages.
_NAMES = {
    "day": "day date tag datum dia fecha data jour".split(),
    "week": "week woche semana semaine".split(),
    "month": "month monat mes mois".split(),
    "quarter": "quarter quartal trimestre".split(),
    "year": "year jahr ano anio annee".split(),
}
_PARTS = {name: part for part, names in _NAMES.items() for name in names}
_PERIOD = re.compile(rf"(?:^|_)({'|'.join(_PARTS)})$")
_AUDIT = re.compile(r"^(?:created|updated|modified|loaded|inserted|deleted|synced|changed|last_)|^_")


def is_period(name: str) -> bool:
    """Whether a grain column is a day, a month or another calendar period."""
    return _PERIOD.search(name) is not None


def period_of(name: str) -> str | None:
    """The period of a grain column: `month` for `order_month`; None for other names."""
    match = _PERIOD.search(name)
    return _PARTS[match[1]] if match is not None else None


def truncated(time: str, name: str) -> str | None:
    """The date of a timestamp that a grain column with the name of a period has; None for other names."""
    match = _PERIOD.search(name)
    return _expression(time, _PARTS[match[1]], "date") if match is not None else None


def with_periods(
    model: Box, said: Mapping[str, str], sources: Iterable[str], boxes: Mapping[str, Box]
) -> tuple[dict[str, Box], tuple[Computed, ...]]:
    """The boxes that have the whole grain except its period, with the period as a column; and these columns.

    A box also has its parents' columns. Where a box and its parent both have a timestamp, the box's is used. `said`:
    grain column -> the text beside it, which may name the timestamp. `boxes`: all, by name. `sources`: the model's
    inputs.
    """
    found: dict[str, Computed] = {}
    for name in sources:
        one = _period_of(model, boxes[name], said, boxes) if boxes[name].is_entity else None
        if one is not None:
            found[name] = one
    above = {parent for name in found for parent in _above(boxes[name], boxes)}
    kept = {name: one for name, one in found.items() if name not in above}
    widened = {
        name: replace(
            boxes[name], columns={**boxes[name].columns, **_inherited(model, boxes[name], boxes), one.name: kind}
        )
        for name, one in kept.items()
        for kind in [model.columns[one.name] or "date"]
    }
    return widened, tuple(kept.values())


def _above(box: Box, boxes: Mapping[str, Box]) -> set[str]:
    """Every box that a box refers to, directly or not."""
    found: set[str] = set()
    waiting = [box.name]
    while waiting:
        parents = {to for to, _ in boxes[waiting.pop()].parents.values() if to in boxes} - found
        found |= parents
        waiting += sorted(parents)
    return found


def _inherited(model: Box, box: Box, boxes: Mapping[str, Box]) -> dict[str, str | None]:
    """Grain columns that only parents have."""
    above = [boxes[name] for name in sorted(_above(box, boxes))]
    missing = [name for name in model.key if not _carries(box, name)]
    return {name: one.columns[name] for name in missing for one in above if name in one.columns}


def _period_of(model: Box, box: Box, said: Mapping[str, str], boxes: Mapping[str, Box]) -> Computed | None:
    inherited = _inherited(model, box, boxes)
    missing = [name for name in model.key if not _carries(box, name) and name not in inherited]
    match = _PERIOD.search(missing[0]) if len(missing) == 1 else None
    if match is None or set(box.key) <= set(model.key) - set(missing):
        return None  # one row for all periods has no period
    time = _named(box, said[missing[0]]) if missing[0] in said else _time_of(box)
    if time is None:
        return None
    name, period = missing[0], _PARTS[match[1]]
    text = _expression(time, period, family(canonical(model.columns[name] or "date") or "date"))
    why = f"the {period} of `{time}`, for the grain of `{model.name}`"
    return Computed(entity=box.name, name=name, text=text, why=why) if text else None


def _carries(box: Box, name: str) -> bool:
    linked = any(name in targets for targets in box.links.values())
    return name in box.columns or linked or any(column.endswith(f"_{name}") for column in box.columns)


def _named(box: Box, text: str) -> str | None:
    """The only timestamp of a box that a text names; None for none or several."""
    said = {word.lower() for word in re.findall(r"\w+", text)}
    times = [name for name, kind in box.columns.items() if name in said and words.is_time(name, kind)]
    return times[0] if len(times) == 1 else None


def _time_of(box: Box) -> str | None:
    """The timestamp of a box's rows: the only one, the one named like the box, or the only non-audit one."""
    drawn = {name: kind for name, kind in box.columns.items() if name not in (*box.links, *box.made)}
    times = [name for name, kind in drawn.items() if words.is_time(name, kind)]
    named = [name for name in times if name.startswith(words.last_word(box.name)[:_STEM])]
    events = [name for name in times if not _AUDIT.match(name)]
    return next((some[0] for some in (times, named, events) if len(some) == 1), None)


_STEM = 4  # letters that `bookings` and `booked_at` share


def _expression(time: str, period: str, kind: str) -> str | None:
    """`ordered_at::date`; a number for a grain with a numeric type, text for a text date. None for other periods."""
    name = ident(time)
    if period == "day":
        return f"{name}::date" if kind in ("date", "text", "timestamp", "other") else None
    if kind == "integer":
        return f"extract({period} from {name}::timestamp)::int"
    return (
        f"date_trunc('{period}', {name}::timestamp)::date" if kind in ("date", "timestamp", "text", "other") else None
    )
