"""Details are summed to the grain of their header before they join it, so that two kinds of details do not fan out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from erd2dbt.diagram.erd import ModelSpec, StarModel
from erd2dbt.infer.words import is_number
from erd2dbt.names.plurals import singular
from erd2dbt.names.stems import numbered
from erd2dbt.star import descriptions
from erd2dbt.star.headers import Header
from erd2dbt.star.kinds import Classified, Kind
from erd2dbt.star.values import Star, rows_of
from erd2dbt.star.writing import Columns, Names, columns_beside, path, words_of

WIDEST = 400  # columns added to a fact besides its own; PostgreSQL allows 1,664 in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A fact whose rows are parts of a header's rows, and the model that sums them to the header's grain."""

    one: Classified
    header: Header
    above: Classified  # the header
    model: str


def details(star: Star, names: Names) -> dict[str, list[Detail]]:
    """Header -> the details that are summed for it."""
    found: dict[str, list[Detail]] = {}
    for one in star.entities.values():
        if one.kind is not Kind.TRANSACTION or one.entity.grain or not star.has_mart(one):
            continue
        for header in one.headers:
            over = header.parent.entity
            if not star.entities[over].entity.grain:
                above = star.entities[over]
                lines = numbered(one.stem, one.plural, star.erd.settings.number)
                model = names.free(f"int_{lines}_by_{singular(above.stem)}")
                found.setdefault(over, []).append(Detail(one=one, header=header, above=above, model=model))
    return found


def detail_sums(detail: Detail) -> ModelSpec:
    """`int_details_by_header`: one row per header that has details."""
    one, parent = detail.one, detail.header.parent
    span = one.entity.span
    rows = descriptions.rows_of(one.plural)
    columns = columns_beside(span, parent.columns)
    columns.add(one.counted, "count(*)", description=descriptions.count_of(one.plural, detail.above.stem))
    for measure in one.added:
        said = descriptions.sum_of(measure, one.plural, detail.above.stem)
        columns.add(_total(measure.name), f"sum({path(one.name, measure.name)})", description=said)
    never_empty = {c.name for c in one.entity.columns if c.not_null} | {word.text for word in one.entity.key}
    optional = [c for c in parent.columns if c not in never_empty]
    return ModelSpec(
        name=detail.model,
        span=span,
        grain=words_of(parent.columns, span),
        rows=words_of([one.name], span),
        where=rows_of(one, *optional),
        columns=tuple(columns.made),
        description=descriptions.paragraphs(
            f"{descriptions.capital(rows)} aggregated to one row per {descriptions.row_of(detail.above.stem)}.",
            f"{descriptions.capital(descriptions.rows_of(detail.above.plural))} without {rows} have no row here.",
        ),
        star=StarModel(
            kind="pre-aggregation",
            because=(
                f"`{one.name}` is aggregated to one row per row of `{parent.entity}` before the join",
                f"it is a detail: {detail.header.because}",
            ),
        ),
    )


def add_sums(columns: Columns, detail: Detail, others: Sequence[Detail]) -> None:
    """Add the summed measures of the details to their header's columns; 0 for a header without details.

    A measure that `others` of the same header also have is named after its details, whichever comes first.
    """
    one = detail.one
    again = {_total(m.name) for other in others if other is not detail for m in other.one.added}
    counted = one.counted
    columns.add(
        counted,
        path(detail.model, counted),
        default="0",
        description=descriptions.count_of(one.plural, detail.above.stem),
    )
    for measure in one.added:
        name = _total(measure.name)
        if len(columns.made) >= WIDEST:
            return
        called = name if name not in columns.taken | again else f"{one.plural}_{name}"
        said = descriptions.sum_of(measure, one.plural, detail.above.stem)
        empty = {"default": "0"} if is_number(measure.type) else {}  # a number of rows is not an amount of money
        columns.add(called, path(detail.model, name), **empty, description=said)


def _total(measure: str) -> str:
    name = measure.lower()
    return name if name.startswith("total") else f"total_{name}"
