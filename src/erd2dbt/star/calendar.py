"""The date dimension: one row per day, from the first to the last event of all facts, without gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import indent

from erd2dbt.diagram.erd import Expression, ModelSpec, StarModel
from erd2dbt.engines.engine import Calendar
from erd2dbt.engines.registry import ENGINES
from erd2dbt.escape.sql import POSTGRES, Quoting
from erd2dbt.faults.diagnostics import Span
from erd2dbt.star.descriptions import paragraphs
from erd2dbt.star.kinds import Classified
from erd2dbt.star.reasons import abbreviated
from erd2dbt.star.writing import words_of

_SQL = """\
with event_days as (

{days}

),

bounds as (

    -- excludes placeholders such as 1900-01-01 and 9999-12-31
    select
        min(event_day) as first_day,
        max(event_day) as last_day
    from event_days
    where event_day between date '1900-01-02' and date '2099-12-30'

),

days as (

    select cast(series.moment as date) as date_day
    from bounds
    cross join
        generate_series(
            bounds.first_day, bounds.last_day, interval '1 day'
        ) as series (moment)

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
    group by 1

)

select * from final
"""
_DAY = """\
    select cast({column} as date) as event_day
    from {{{{ ref('{model}') }}}}"""


def calendar(name: str, dated: Sequence[Classified], staged: Mapping[str, str]) -> ModelSpec:
    """`dim_dates` over the facts that have dates. Its grain follows from its last GROUP BY.

    `staged`: entity -> its staging model.
    """
    span = dated[0].entity.span
    dates = [(one, date) for one in dated for date in one.dates]
    days = [(date.name, staged[one.name]) for one, date in dates]
    events = abbreviated([f"{one.name}.{date.name}" for one, date in dates])
    return ModelSpec(
        name=name,
        span=span,
        grain=words_of(["date_day"], span),
        sql=_on_each_engine(days, span),
        description=paragraphs(
            "Calendar, one row per day from the first to the last date of any fact, without gaps.",
            "Facts join to it on their dates, one role for each date. Weeks start on Monday, which is day 1.",
            "Dates before 1900 and after 2099 are excluded as outliers.",
        ),
        star=StarModel(kind="date dimension", because=(f"facts have dates: {events}",)),
    )


def _text(days: Sequence[tuple[str, str]], quoting: Quoting) -> str:
    """The SQL of the calendar over (date, staging model), with names quoted for an engine."""
    parts = (_DAY.format(column=quoting.ident(column), model=model) for column, model in days)
    return _SQL.format(days="\n\n    union all\n\n".join(parts))


def _on_each_engine(days: Sequence[tuple[str, str]], span: Span) -> Expression:
    """PostgreSQL's SQL, and the SQL of each engine that needs its own or was measured to give the same days."""
    text = _text(days, POSTGRES)
    others = {}
    for engine in (one for one in ENGINES.values() if not one.is_language):
        its = _text(days, engine.names.quoting)
        its = its if engine.calendar is None else _by(engine.calendar, its)
        others[engine.name] = Expression(its, span, (), engine.name)
    return Expression(text, span, tuple(others.items()))


_DAYS = "\n\ndays as (\n\n"
_WEEKDAY, _WEEK, _MONTH = (
    "extract(isodow from date_day)",
    "cast(date_trunc('week', date_day) as date)",
    "cast(date_trunc('month', date_day) as date)",
)


def _by(calendar: Calendar, text: str) -> str:
    """The calendar's SQL for an engine."""
    head, _, rest = text.partition(_DAYS)
    tail = rest.partition("\n\n),\n")[2]
    made = f"{head}{_DAYS}{indent(calendar.days, '    ')}\n\n),\n{tail}"
    for ours, its in (
        (_WEEKDAY, calendar.day_of_week),
        (_WEEK, calendar.week_start),
        (_MONTH, calendar.month_start),
    ):
        made = made.replace(ours, its)
    for word, type_ in calendar.types.items():
        made = made.replace(f" as {word})", f" as {type_})")
        made = re.sub(rf"\b{word} ('[^']*')", rf"cast(\1 as {type_})", made)
    return made
