"""Facts and bridges: an entity at its own key with its foreign keys, its header's, and the sums of its details."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from erd2dbt.erd import Expression, ModelSpec, StarModel
from erd2dbt.star import words
from erd2dbt.star.classify import Classified, Kind
from erd2dbt.star.parents import Parent
from erd2dbt.star.values import Star, kept, rows_of
from erd2dbt.star.writing import Columns, Names, columns_beside, path, words_of

_HEADERS = (Kind.TRANSACTION, Kind.FACTLESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A fact whose rows hang below those of another, and the model that adds them up to the other's grain."""

    one: Classified
    parent: Parent
    model: str


def details(star: Star, names: Names) -> dict[str, list[Detail]]:
    """Header -> what is added up for it. Where two links lead to one header, which is meant is not known."""
    found: dict[str, list[Detail]] = {}
    for one in star.entities.values():
        if one.kind is not Kind.TRANSACTION or one.entity.grain:
            continue
        for parent in one.parents:
            alone = [p.entity for p in one.parents].count(parent.entity) == 1
            header = star.entities[parent.entity]
            if alone and not parent.to_self and header.kind in _HEADERS and not header.entity.grain:
                lines = words.numbered(one.stem, star.erd.settings.number)
                model = names.free(f"int_{lines}_by_{words.one(header.stem)}")
                found.setdefault(parent.entity, []).append(Detail(one=one, parent=parent, model=model))
    return found


def detail_sums(detail: Detail) -> ModelSpec:
    """`int_details_by_header`: one row per header that has details."""
    one, span = detail.one, detail.one.entity.span
    columns = columns_beside(span, detail.parent.columns)
    counted = words.many(one.stem)
    columns.add(counted, "count(*)", description=f"How many {counted.replace('_', ' ')} there are")
    for measure in one.added:
        columns.add(_total(measure.name), f"sum({path(one.name, measure.name)})")
    optional = [c for c in detail.parent.columns if c not in _filled(one)]
    header = detail.parent.entity
    return ModelSpec(
        name=detail.model,
        span=span,
        grain=words_of(detail.parent.columns, span),
        rows=words_of([one.name], span),
        where=rows_of(one, *optional),
        columns=tuple(columns.made),
        star=StarModel(
            kind="pre-aggregation",
            because=(f"`{one.name}` is added up to one row per row of `{header}` before it is met there",),
        ),
    )


def fact(star: Star, one: Classified, below: Sequence[Detail], dates: str | None) -> ModelSpec:
    """`fct_x` at the entity's own key, or at the `grain` that the diagram says."""
    if one.entity.grain and set(one.entity.grain) != set(one.entity.key):
        return _summed(star, one)
    span, own = one.entity.span, kept(one)
    columns = columns_beside(span, (c.name for c in own))
    met = list(_dimensions(star, one, one.name))
    met += _from_headers(star, one, columns)
    if dates and (day := _day(star, one, columns)):
        met.append((dates, day))
    for detail in below:
        _sums(columns, detail)
    because = (*one.because, f"its grain is the key of `{one.name}`: no link is followed to many rows")
    if below:
        because += tuple(f"`{d.one.name}` is met by `{d.model}`, at this very grain" for d in below)
    whole = len(own) == len(one.entity.columns)
    key = {word.text for word in one.entity.key}
    return ModelSpec(
        name=star.models[one.name],
        span=span,
        grain=one.entity.key,
        rows=words_of([one.name], span),
        where=rows_of(one),
        keep=None if whole else words_of([c.name for c in own if c.name not in key], span),
        columns=tuple(columns.made),
        star=StarModel(
            kind=one.kind,
            because=because,
            dimensions=tuple(dict.fromkeys(met)),
            measures=tuple(m.name for m in one.added),
        ),
    )


def bridge(star: Star, one: Classified) -> ModelSpec:
    """`bridge_x`: the pairs, each once."""
    return fact(star, one, (), None)


def _summed(star: Star, one: Classified) -> ModelSpec:
    span, grain = one.entity.span, [word.text for word in one.entity.grain]
    columns = columns_beside(span, grain)
    counted = words.many(one.stem)
    columns.add(counted, "count(*)", description=f"How many {counted.replace('_', ' ')} there are")
    sums = [columns.add(m.name, f"sum({path(one.name, m.name)})") for m in one.added if m.name not in grain]
    optional = [name for name in grain if name not in _filled(one)]
    met = [(model, by) for model, by in _dimensions(star, one, one.name) if by in grain]
    because = (*one.because, f"the diagram says `grain: [{', '.join(grain)}]`: its rows are added up to that")
    return ModelSpec(
        name=star.models[one.name],
        span=span,
        grain=one.entity.grain,
        rows=words_of([one.name], span),
        where=rows_of(one, *optional),
        columns=tuple(columns.made),
        star=StarModel(kind=one.kind, because=because, dimensions=tuple(met), measures=tuple(sums)),
    )


def _dimensions(star: Star, one: Classified, rows: str) -> Iterator[tuple[str, str]]:
    """(dimension, by which column) for each parent that has a model."""
    for parent in one.parents:
        model = star.dimension(parent.entity)
        if model is not None:
            yield model, ", ".join(parent.columns)


def _headers(star: Star, one: Classified) -> list[tuple[Parent, Classified]]:
    found = [(p, star.entities[p.entity]) for p in one.parents if not p.to_self]
    return [(p, header) for p, header in found if header.kind in _HEADERS]


def _from_headers(star: Star, one: Classified, columns: Columns) -> Iterator[tuple[str, str]]:
    """The foreign keys, the date and the degenerate dimensions of a header, on each of its details."""
    own = {c.name.lower() for c in one.entity.columns}
    for parent, header in _headers(star, one):
        named: dict[str, str] = {}
        links = {c for p in header.parents for c in p.columns}
        for column in header.entity.columns:
            is_key = any(word.text == column.name for word in header.entity.key)
            if is_key or not (column.name in links or column == header.event_date or words.is_degenerate(column)):
                continue
            prefix = words.one(header.stem)
            name = column.name.lower()
            called = name if name not in own or name.startswith(prefix) else f"{prefix}_{name}"
            named[column.name] = columns.add(called, path(one.name, parent.word, column.name))
        for up in header.parents:
            model = star.dimension(up.entity)
            if model is not None and all(c in named for c in up.columns):
                yield model, ", ".join(named[c] for c in up.columns)


def _day(star: Star, one: Classified, columns: Columns) -> str | None:
    """The column that meets the calendar: the day of the event, or of the header's."""
    event, steps = one.event_date, [one.name]
    if event is None:
        parent, header = next(((p, h) for p, h in _headers(star, one) if h.event_date), (None, None))
        if parent is None or header is None or header.event_date is None:
            return None
        event, steps = header.event_date, [one.name, parent.word]
    if words.is_day(event):
        known = [c.name for c in one.entity.columns if c is event]
        carried = [c.name for c in columns.made if c.formula == Expression(path(*steps, event.name), columns.span)]
        return (known or carried)[0]
    return columns.add(words.day_of(event.name.lower()), f"cast({path(*steps, event.name)} as date)")


def _sums(columns: Columns, detail: Detail) -> None:
    counted = words.many(detail.one.stem)
    columns.add(counted, path(detail.model, counted), default="0")
    for measure in detail.one.added:
        name = _total(measure.name)
        columns.add(name if name not in columns.taken else f"{counted}_{name}", path(detail.model, name), default="0")


def _total(measure: str) -> str:
    name = measure.lower()
    return name if name.startswith("total") else f"total_{name}"


def _filled(one: Classified) -> set[str]:
    """The columns that the diagram says are never empty."""
    key = {word.text for word in one.entity.key}
    return {c.name for c in one.entity.columns if c.not_null or c.name in key}
