"""The date dimension: each day from the first to the last event of any fact, without gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from erd2dbt.erd import Expression, ModelSpec, StarModel
from erd2dbt.sql.identifiers import ident
from erd2dbt.star.classify import Classified
from erd2dbt.star.writing import words_of

_SQL = """\
with event_days as (

{bounds}

),

bounds as (

    select
        min(first_day) as first_day,
        max(last_day) as last_day
    from event_days

),

days as (

    select cast(day.moment as date) as date_day
    from bounds
    cross join
        generate_series(
            bounds.first_day, bounds.last_day, interval '1 day'
        ) as day (moment)

),

final as (

    select
        date_day,
        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_of_year,
        cast(extract(month from date_day) as integer) as month_of_year,
        cast(extract(day from date_day) as integer) as day_of_month,
        cast(extract(isodow from date_day) as integer) as day_of_week,
        cast(date_trunc('week', date_day) as date) as week_start_date,
        cast(date_trunc('month', date_day) as date) as month_start_date
    from days
    group by date_day

)

select * from final
"""
_BOUND = """\
    select
        min(cast({column} as date)) as first_day,
        max(cast({column} as date)) as last_day
    from {{{{ ref('{model}') }}}}"""


def calendar(name: str, dated: Sequence[Classified], staged: Mapping[str, str]) -> ModelSpec:
    """`dim_dates` over the facts that have a date; its grain follows from its last grouping.

    `staged`: entity -> its staging model."""
    span = dated[0].entity.span
    bounds = [
        _BOUND.format(column=ident(one.event_date.name), model=staged[one.name])
        for one in dated
        if one.event_date is not None
    ]
    events = ", ".join(f"`{one.name}.{one.event_date.name}`" for one in dated if one.event_date)
    return ModelSpec(
        name=name,
        span=span,
        grain=words_of(["date_day"], span),
        sql=Expression(_SQL.format(bounds="\n\n    union all\n\n".join(bounds)), span),
        description="Each day from the first to the last event of any fact, without gaps",
        star=StarModel(kind="date dimension", because=(f"facts have dates: {events}",)),
    )
