"""Decides which numbers are measures, and which date is the event's: rows confirm or contradict the evidence of names.

If rows change an answer, the draft has it at the entity (`measures:`, `event_date:`), with the evidence beside the
column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from erd2dbt.diagram.erd import NO_DATE, Attribute
from erd2dbt.diagram.graph import build
from erd2dbt.diagram.todos import without_todos
from erd2dbt.discover.queries import SAMPLE, Place, Probe
from erd2dbt.draft.values import Draft, DraftEntity, Remark
from erd2dbt.faults.diagnostics import Collector, ErdError
from erd2dbt.infer.evidence import Score
from erd2dbt.infer.words import is_number
from erd2dbt.names.stems import bare
from erd2dbt.notate.spec import spec_text
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.classify import classify
from erd2dbt.star.dates import Dated, dated
from erd2dbt.star.kinds import Classified
from erd2dbt.star.numbers import Figure, Number, is_whole
from erd2dbt.star.row_evidence import Statistics, dated_by, judged

_SCALED = re.compile(r"\(\s*\d+\s*,\s*[1-9]")  # a type with decimals is not the type of a code
_PER_NUMBER = "count({0}), count(distinct {0}), min({0}), max({0}), avg({0})"
_DECIMALS = "sum(case when {0} <> round(cast({0} as numeric), {1}) then 1 else 0 end)"


def with_star_evidence(draft: Draft, probe: Probe, places: Mapping[str, Place], count: Callable[[str], int]) -> Draft:
    """Return the draft with the evidence of rows on its facts. `count` returns the number of an entity's rows."""
    facts = {name: one for name, one in _facts(draft).items() if name in places}
    seen = {name: _seen(probe, one, places[name], count(name)) for name, one in facts.items()}
    return replace(
        draft,
        entities=tuple(
            _with_evidence(one, facts[one.name], seen[one.name]) if one.name in seen else one for one in draft.entities
        ),
    )


def _facts(draft: Draft) -> dict[str, Classified]:
    """Return the facts by names and links alone; empty while the draft has faults."""
    try:
        graph = build(without_todos(read_spec(spec_text(draft).encode(), "draft"))[0], Collector())
    except ErdError:
        return {}
    found = classify(graph) if graph is not None else {}
    return {name: one for name, one in found.items() if one.is_fact and one.entity.measures is None}


def _numbers(one: Classified) -> dict[str, Number]:
    """Return the numbers of a fact; empty if one of them is semi-additive."""
    found = dict(one.numbers)
    return {} if any(number.figure is Figure.STOCK for number in found.values()) else found


def _dates(one: Classified) -> tuple[Dated, ...]:
    linked = {column for parent in one.parents for column in parent.columns}
    own = [column for column in one.entity.columns if column.name not in linked]
    return dated(own, {word.text for word in one.entity.key}, bare(one.entity.name))


def _seen(probe: Probe, one: Classified, place: Place, rows: int) -> dict[str, Statistics]:
    types = {column.name: column for column in one.entity.columns}
    numbers = [name for name in _numbers(one) if place.has((name,)) and is_number(types[name].type)]
    days = [date.column.name for date in _dates(one) if place.has((date.column.name,))]
    parts = ["count(*)"]
    for name in numbers:
        sql = place.columns[name].sql
        parts += [_PER_NUMBER.format(sql), _DECIMALS.format(sql, 0), _DECIMALS.format(sql, 2)]
    parts += [f"count({place.columns[name].sql}), count(distinct {place.columns[name].sql})" for name in days]
    found = probe.row(f"select {', '.join(parts)} from {place.sample(rows, SAMPLE)}")  # noqa: S608 - quoted
    if found is None:
        return {}
    values = iter(found)
    total = int(next(values))
    seen = {name: _number_seen(total, values, types[name]) for name in numbers}
    return seen | {name: Statistics(rows=total, filled=int(next(values)), distinct=int(next(values))) for name in days}


def _number_seen(total: int, values: Iterator[object], column: Attribute) -> Statistics:
    filled, distinct, low, high, mean, fractions, finer = (_plain(next(values)) for _ in range(7))
    return Statistics(
        rows=total,
        filled=int(filled or 0),
        distinct=int(distinct or 0),
        low=low,
        high=high,
        mean=mean,
        is_whole=is_whole(column.type) or not (fractions or _SCALED.search(column.type or "")),
        cents=bool(fractions) and not finer,
    )


def _plain(value: object) -> float | None:
    return None if value is None else float(str(value))


def _with_evidence(one: DraftEntity, fact: Classified, seen: Mapping[str, Statistics]) -> DraftEntity:
    said: dict[str, object] = dict(one.said)
    remarks: dict[str, str] = {}
    numbers = _numbers(fact)
    now = {name: judged(number, seen[name]) if name in seen else number for name, number in numbers.items()}
    before, after = ({n: one.is_summed(in_event=fact.in_event) for n, one in some.items()} for some in (numbers, now))
    changed = [name for name in numbers if before[name] != after[name]]
    if changed:
        said["measures"] = [name for name in now if after[name]]
        for name in changed:
            summed = "summed" if after[name] else "not summed"
            remarks[name] = Remark.INFERRED(f"{summed}: {'; '.join(now[name].score.reasons)}")
    day = _event_date(fact, seen)
    if day is not None and fact.event_date is not None and day[0] != fact.event_date.name:
        said["event_date"] = day[0]
        remarks[fact.event_date.name] = Remark.INFERRED(f"not the date of the event: {'; '.join(day[1].reasons)}")
    columns = tuple(
        replace(c, comment="; ".join(filter(None, (c.comment, remarks[c.name])))) if c.name in remarks else c
        for c in one.columns
    )
    return replace(one, said=said, columns=columns) if said != dict(one.said) else one


def _event_date(fact: Classified, seen: Mapping[str, Statistics]) -> tuple[str, Score] | None:
    """Return the best date that the rows allow, and the score of the date that names suggest.

    A date that is NULL in all rows is none, even without another. The same day in all rows may be a load of one day.
    """
    if fact.entity.event_date is not None or fact.event_date is None:
        return None
    scores = {
        one.column.name: dated_by(one.score, seen[one.column.name]) if one.column.name in seen else one.score
        for one in _dates(fact)
    }
    passing = [name for name, found in scores.items() if found.passes]
    if fact.event_date.name not in scores:
        return None
    if not passing:
        is_empty = fact.event_date.name in seen and not seen[fact.event_date.name].filled
        return (NO_DATE, scores[fact.event_date.name]) if is_empty else None
    return max(passing, key=lambda name: scores[name].total), scores[fact.event_date.name]
