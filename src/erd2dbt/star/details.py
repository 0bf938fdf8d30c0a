"""Details added up to the grain of their header before they meet it, so that two kinds of them multiply nothing."""

from __future__ import annotations

from dataclasses import dataclass

from erd2dbt.erd import Expression, ModelSpec, StarModel
from erd2dbt.sql.identifiers import ident
from erd2dbt.star import prose, words
from erd2dbt.star.headers import Header
from erd2dbt.star.kinds import Classified, Kind
from erd2dbt.star.values import Star
from erd2dbt.star.writing import Columns, Names, columns_beside, path, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A fact whose rows are parts of those of another, and the model that adds them up to the other's grain."""

    one: Classified
    header: Header
    model: str


def details(star: Star, names: Names) -> dict[str, list[Detail]]:
    """Header -> what is added up for it."""
    found: dict[str, list[Detail]] = {}
    for one in star.entities.values():
        if one.kind is not Kind.TRANSACTION or one.entity.grain:
            continue
        for header in one.headers:
            over = header.parent.entity
            if not star.entities[over].entity.grain:
                model = names.free(f"int_{words.many(one.name)}_by_{words.one(over)}")
                found.setdefault(over, []).append(Detail(one=one, header=header, model=model))
    return found


def detail_sums(detail: Detail) -> ModelSpec:
    """`int_details_by_header`: one row per header that has details."""
    one, parent = detail.one, detail.header.parent
    span = one.entity.span
    columns = columns_beside(span, parent.columns)
    columns.add(words.many(one.name), "count(*)", description=prose.count_of(one.name, parent.entity))
    for measure in one.added:
        said = prose.sum_of(measure, one.name, parent.entity)
        columns.add(_total(measure.name), f"sum({path(one.name, measure.name)})", description=said)
    never_empty = {c.name for c in one.entity.columns if c.not_null} | {word.text for word in one.entity.key}
    present = " and ".join(f"{ident(c)} is not null" for c in parent.columns if c not in never_empty)
    return ModelSpec(
        name=detail.model,
        span=span,
        grain=words_of(parent.columns, span),
        rows=words_of([one.name], span),
        where=Expression(present, span) if present else None,
        columns=tuple(columns.made),
        description=prose.paragraphs(
            f"One row per {prose.row_of(parent.entity)} that has {prose.rows_of(one.name)}: these added up.",
            f"So that they meet the {prose.row_of(parent.entity)} at its own grain, and multiply nothing.",
        ),
        star=StarModel(
            kind="pre-aggregation",
            because=(
                f"`{one.name}` is added up to one row per row of `{parent.entity}` before it is met there",
                f"it is a detail: {detail.header.because}",
            ),
        ),
    )


def add_sums(columns: Columns, detail: Detail) -> None:
    """What the details come to, on each row of their header; 0 where it has none."""
    one, header = detail.one, detail.header.parent.entity
    counted = words.many(one.name)
    columns.add(counted, path(detail.model, counted), default="0", description=prose.count_of(one.name, header))
    for measure in one.added:
        name = _total(measure.name)
        called = name if name not in columns.taken else f"{counted}_{name}"
        said = prose.sum_of(measure, one.name, header)
        columns.add(called, path(detail.model, name), default="0", description=said)


def _total(measure: str) -> str:
    name = measure.lower()
    return name if name.startswith("total") else f"total_{name}"
