"""Facts and bridges: an entity at its own key, with its foreign keys, its header's, and the sums of its details."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from erd2dbt.design.project.prose import listed
from erd2dbt.diagram.erd import Attribute, ModelSpec, StarModel
from erd2dbt.names.plurals import singular
from erd2dbt.star import descriptions, words
from erd2dbt.star.date_roles import days_of
from erd2dbt.star.exclusions import dates_without_role, exclusions, not_in_grain
from erd2dbt.star.kinds import Classified, Kind
from erd2dbt.star.parents import Parent
from erd2dbt.star.pre_aggregation import WIDEST, Detail, add_sums
from erd2dbt.star.privacy import personal_columns
from erd2dbt.star.secret_links import carried, looked_up
from erd2dbt.star.values import Star, kept, rows_of
from erd2dbt.star.writing import Columns, columns_beside, path, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """The dimensions of a fact with their join columns, and its degenerate dimensions."""

    dimensions: tuple[tuple[str, str], ...]
    days: tuple[str, ...] = ()
    degenerate: tuple[str, ...] = ()


def fact(star: Star, one: Classified, below: Sequence[Detail], dates: str | None) -> ModelSpec:
    """`fct_x` at the entity's own key, or at the `grain` that the diagram declares."""
    if one.entity.grain and set(one.entity.grain) != set(one.entity.key):
        return _summed(star, one, dates)
    span, own = one.entity.span, kept(one)
    columns = columns_beside(span, (c.name for c in own))
    secret, looked = looked_up(star, one, columns)
    met = _dimension_joins(star, one, own, columns, dates, over_secrets=secret)
    for detail in below:
        add_sums(columns, detail, below)
    because = (*one.because, f"its grain is the key of `{one.name}`: no link is followed to many rows")
    because += tuple(f"`{d.one.name}` is joined as `{d.model}`, at this grain: {d.header.because}" for d in below)
    if not met.dimensions:
        because += ("it joins no dimension: it refers to none, and no date in it is known to be that of an event",)
    because += (*looked, *exclusions(one), *(dates_without_role(one) if dates else ()))
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
        description=_described(star, one, met, below),
        star=StarModel(
            kind=one.kind,
            because=because,
            dimensions=met.dimensions,
            measures=tuple(m.name for m in one.added),
            entity=one.name,
        ),
    )


def bridge(star: Star, one: Classified) -> ModelSpec:
    """`bridge_x`: one row per pair."""
    return fact(star, one, (), None)


def _dimension_joins(
    star: Star,
    one: Classified,
    own: Sequence[Attribute],
    columns: Columns,
    dates: str | None,
    *,
    over_secrets: Sequence[tuple[str, str]],
) -> _Met:
    met = [*_dimensions(star, one), *over_secrets]
    carried, degenerate = _from_headers(star, one, columns)
    days = days_of(star, one, columns) if dates else []
    links = {c for parent in one.parents for c in parent.columns}
    plain = [c.name for c in own if words.is_degenerate(c) and c.name not in links]
    return _Met(
        dimensions=tuple(dict.fromkeys([*met, *carried, *((dates, day) for day in days if dates)])),
        days=tuple(days),
        degenerate=(*plain, *degenerate),
    )


def _described(star: Star, one: Classified, met: _Met, below: Sequence[Detail]) -> str:
    if one.kind is Kind.BRIDGE:
        ends = [descriptions.rows_of(star.entities[p.entity].plural) for p in one.parents]
        pairs = f"bridge between {' and '.join(dict.fromkeys(ends))}" if ends else "bridge"
        return descriptions.paragraphs(
            descriptions.purpose(one, pairs),
            "A measure that is joined across it counts once per pair. Aggregate one side first, or weight the pairs.",
            descriptions.roles(met.dimensions),
        )
    parts = [
        f"details of {descriptions.rows_of(star.entities[h.parent.entity].plural)}" for h in one.headers if h.named_so
    ]
    return descriptions.paragraphs(
        descriptions.purpose(one, ", ".join([str(one.kind), *parts])),
        descriptions.additivity(one),
        descriptions.dated(met.days[0] if met.days else None, met.days[1:], one.clock.name if one.clock else None),
        descriptions.degenerate(met.degenerate),
        descriptions.roles([(model, by) for model, by in met.dimensions if by not in met.days]),
        f"Totals of {listed([descriptions.rows_of(d.one.plural) for d in below])} are aggregated to this grain first."
        if below
        else "",
    )


def _summed(star: Star, one: Classified, dates: str | None) -> ModelSpec:
    span, grain = one.entity.span, [word.text for word in one.entity.grain]
    columns = columns_beside(span, grain)
    columns.add(one.counted, "count(*)", description=descriptions.count_of(one.plural))
    added = [m for m in one.added if m.name not in grain]
    sums = [
        columns.add(m.name, f"sum({path(one.name, m.name)})", description=descriptions.sum_of(m, one.plural))
        for m in added
    ]
    optional = [name for name in grain if name not in filled(one)]
    met = [(model, by) for model, by in _dimensions(star, one) if by in grain]
    days = [c.name for c in one.dates if c.name in grain and words.is_day(c)]
    met += [(dates, day) for day in days if dates]
    because = (*one.because, f"the spec says `grain: [{', '.join(grain)}]`: its rows are aggregated to that grain")
    because += tuple(not_in_grain(one))
    what = f"{descriptions.rows_of(one.plural)} aggregated to one row per {listed(grain)}"
    return ModelSpec(
        name=star.models[one.name],
        span=span,
        grain=one.entity.grain,
        rows=words_of([one.name], span),
        where=rows_of(one, *optional),
        columns=tuple(columns.made),
        description=descriptions.paragraphs(
            f"{descriptions.capital(what)} ({one.kind}).",
            f"Additive measures: {descriptions.codes(sums)}." if sums else "",
            descriptions.dated(days[0] if days else None, days[1:]),
        ),
        star=StarModel(kind=one.kind, because=because, dimensions=tuple(met), measures=tuple(sums), entity=one.name),
    )


def _dimensions(star: Star, one: Classified) -> Iterator[tuple[str, str]]:
    """(dimension, join column) for each parent that has a model, and each thing without a table."""
    for parent in one.parents:
        model = star.dimension(parent.entity)
        if model is not None:
            yield model, ", ".join(parent.columns)
        else:
            yield from _beyond(star, parent)
    for phantom, model in star.phantoms:
        if one.name in phantom.places:
            yield model, phantom.places[one.name]


def _beyond(star: Star, parent: Parent) -> Iterator[tuple[str, str]]:
    """The dimensions of a bridge or fact above the row, where the row has the columns to join them."""
    own = dict(zip(parent.keys, parent.columns, strict=True))
    for up in star.entities[parent.entity].parents:
        model = star.dimension(up.entity)
        if model is not None and all(column in own for column in up.columns):
            yield model, ", ".join(own[column] for column in up.columns)


def _from_headers(star: Star, one: Classified, columns: Columns) -> tuple[list[tuple[str, str]], list[str]]:
    """The foreign keys, the date and the degenerate dimensions of a header, carried to each of its details.

    Returns (the dimensions with their join columns, the names of the degenerate ones).
    """
    own = {c.name.lower() for c in one.entity.columns}
    met: list[tuple[str, str]] = []
    degenerate: list[str] = []
    for parent, header in star.headers(one):
        named: dict[str, str] = {}
        links = _links(star, header)
        hidden = personal_columns(header.entity)
        key = {word.text for word in header.entity.key}
        for column in (c for c in header.entity.columns if c.name not in key):
            tells = words.is_degenerate(column) and column.name not in links
            if not (column.name in links or column == header.event_date or tells) or column.name in hidden:
                continue
            if column.name not in links and column.name in header.upkeep.left_out:
                continue
            if len(columns.made) >= WIDEST:
                break
            formula = path(one.name, parent.word, column.name)
            called = _carried_name(column, header, own)
            named[column.name] = columns.add(called, formula, description=descriptions.from_header(column, header.stem))
            degenerate += [named[column.name]] if tells else []
        met += [(m, by) for m, by in _again(star, header, named)]
        met += carried(star, (one.name, parent.word), header, columns)
        met += _inherited(star, one, (parent.word,), header, columns=columns, seen={one.name, header.name})
    return met, degenerate


def _links(star: Star, header: Classified) -> set[str]:
    """The columns by which a header refers to other things, with or without a table."""
    return {c for p in header.parents for c in p.columns} | {
        p.places[header.name] for p, _ in star.phantoms if header.name in p.places
    }


def _carried_name(column: Attribute, header: Classified, own: Collection[str]) -> str:
    prefix, name = singular(header.stem), column.name.lower()
    return name if name not in own or name.startswith(prefix) else f"{prefix}_{name}"


def _inherited(
    star: Star, one: Classified, steps: tuple[str, ...], header: Classified, *, columns: Columns, seen: set[str]
) -> list[tuple[str, str]]:
    """The dimensions that a header has from its own headers: their foreign keys, carried down the whole way."""
    met: list[tuple[str, str]] = []
    for parent, above in star.headers(header):
        if above.name in seen:
            continue
        seen.add(above.name)
        named: dict[str, str] = {}
        key, hidden = {word.text for word in above.entity.key}, personal_columns(above.entity)
        joins = {c for up in above.parents if star.dimension(up.entity) for c in up.columns}
        taken = {made.name for made in columns.made} | {c.name.lower() for c in one.entity.columns}
        for column in (c for c in above.entity.columns if c.name in joins - key - hidden.keys()):
            if len(columns.made) >= WIDEST:
                break
            formula = path(one.name, *steps, parent.word, column.name)
            called = _carried_name(column, above, taken)
            named[column.name] = columns.add(called, formula, description=descriptions.from_header(column, above.stem))
        met += _again(star, above, named)
        met += _inherited(star, one, (*steps, parent.word), above, columns=columns, seen=seen)
    return met


def _again(star: Star, header: Classified, named: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The dimensions of the header that its details join on the columns that they carry."""
    for up in header.parents:
        model = star.dimension(up.entity)
        if model is not None and all(c in named for c in up.columns):
            yield model, ", ".join(named[c] for c in up.columns)
    for phantom, model in star.phantoms:
        if phantom.places.get(header.name) in named:
            yield model, named[phantom.places[header.name]]


def filled(one: Classified) -> set[str]:
    """The columns that the diagram declares not null."""
    key = {word.text for word in one.entity.key}
    return {c.name for c in one.entity.columns if c.not_null or c.name in key}
