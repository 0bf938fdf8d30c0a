"""Dates that PostgreSQL truncates as times in the session's time zone, for engines that have no such times."""

from __future__ import annotations

from sqlglot import exp

from erd2dbt.engines.kinds import kind_of
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.inference import TypeOf, infer
from erd2dbt.sql.layout import is_whole
from erd2dbt.sql.trees import copied


def of_midnight(cast: exp.Cast, type_of: TypeOf) -> Tree | None:
    """`date_trunc('month', d)::date` of a date, without a time zone; None for another cast.

    PostgreSQL takes the midnight of `d` in the session's time zone, and casts back to a date there. The midnight
    without a time zone has the same day.
    """
    call = cast.this.unnest()
    if not isinstance(call, exp.Anonymous) or call.name.lower() != "date_trunc" or len(call.expressions) != 2:
        return None
    unit, day = (copied(one) for one in call.expressions)
    if kind_of(infer(day, type_of)) != "date":
        return None
    inner = day if is_whole(day) else exp.paren(day, copy=False)
    midnight = exp.Cast(this=inner, to=exp.DataType.build("timestamp", dialect="postgres"))
    truncated = exp.Anonymous(this=call.this, expressions=[unit, midnight])
    return exp.Cast(this=truncated, to=copied(cast.args["to"]))
