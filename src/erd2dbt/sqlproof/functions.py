"""Which functions give equal results for equal arguments, which return one value per row, which may return a set."""

from __future__ import annotations

from sqlglot import exp

from erd2dbt.sql.overloads import flags_of

# Equal arguments give equal results. Functions that show how a number is written are not here (text, division).
PURE: tuple[type[exp.Expr], ...] = (
    exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Abs, exp.Floor, exp.Ceil, exp.Sign,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.And, exp.Or, exp.Not,
    exp.Is, exp.In, exp.Between, exp.Coalesce, exp.Nullif, exp.Case, exp.If, exp.Greatest, exp.Least,
    exp.TimestampTrunc, exp.DateTrunc, exp.Lower, exp.Upper, exp.AtTimeZone,
    exp.Literal, exp.Boolean, exp.Null, exp.CurrentDate, exp.CurrentTimestamp, exp.Var, exp.Interval,
)  # fmt: skip

# NULL where an operand is NULL, and only then.
FILLED: tuple[type[exp.Expr], ...] = (
    exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.DPipe, exp.Abs, exp.Floor, exp.Ceil, exp.Cast,
    exp.Lower, exp.Upper, exp.TimestampTrunc, exp.Length, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
    exp.Like, exp.ILike, exp.And, exp.Or, exp.Not,
)  # fmt: skip

CONSTANT = (exp.Literal, exp.Boolean, exp.Null, exp.CurrentDate, exp.CurrentTimestamp)

# One row per group. Anything else that sqlglot takes for an aggregate is one only with GROUP BY.
AGGREGATES: tuple[type[exp.Expr], ...] = (
    exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg, exp.ArrayAgg, exp.GroupConcat, exp.LogicalAnd, exp.LogicalOr,
    exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.CovarPop, exp.CovarSamp,
    exp.PercentileCont, exp.PercentileDisc, exp.AnyValue, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.JSONArrayAgg,
    exp.JSONObjectAgg, exp.JSONBObjectAgg, exp.Mode, exp.RegrSlope, exp.Grouping,
)  # fmt: skip

SETS = (exp.UDTF, exp.Explode, exp.ExplodingGenerateSeries, exp.GenerateSeries)
_VOLATILE = (exp.Rand, exp.Randn, exp.Uuid)

_UNSTEADY: tuple[type[exp.Expr], ...] = (exp.Query, exp.Window, exp.AggFunc, *_VOLATILE, *SETS)

# PostgreSQL functions (chapter 9) without a type in sqlglot that return one value, always the same.
_STEADY = frozenset(
    """
    age array_fill array_ndims array_to_json array_upper ascii btrim cardinality date_part daterange div gcd
    get_byte hashtext int4range int8range isempty isfinite json_array_length json_build_array json_build_object
    json_extract_path json_extract_path_text json_object json_strip_nulls json_typeof jsonb_array_length
    jsonb_build_array jsonb_build_object jsonb_extract_path jsonb_extract_path_text jsonb_object jsonb_path_exists
    jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_typeof lcm lower_inc
    lower_inf make_date make_time make_timestamptz min_scale num_nonnulls num_nulls numrange octet_length quote_ident
    quote_literal quote_nullable range_merge regexp_match regexp_substr row row_to_json scale similarity
    string_to_array strip to_ascii to_hex to_json to_jsonb to_tsquery to_tsvector trim_array trim_scale ts_rank
    tsrange tstzrange unaccent upper_inc upper_inf uuid_generate_v5 width_bucket
    """.split()
)
# One value, but a new one at each call.
_FICKLE = frozenset(
    "clock_timestamp gen_random_uuid nextval random_normal statement_timestamp timeofday uuidv4 uuidv7".split()
)

# One value on other engines: functions of their measured lists without a type in sqlglot.
_ELSEWHERE = frozenset(
    """
    accuratecast adddays addseconds assumenotnull countmatches date_format dateadd divide error formatdatetime
    initcaputf8 intdiv leftpadutf8 lengthutf8 lowerutf8 makedate32 parsedatetime64besteffort positionutf8 printf
    raise_error replaceall replaceregexpall replaceregexpone reverseutf8 rightpadutf8 round_even splitbystring
    strlen strptime substringutf8 throwif todate32 todate32ornull todatetime64
    todayofmonth todayofweek todayofyear todecimal128 todecimal256 todecimal64 tofloat64 tohour toint128 toint32
    toint64 toisoweek toisoyear tomicrosecond tominute tomonday tomonth tonullable toquarter tosecond
    tostartofhour tostartofminute tostartofmonth tostartofquarter tostartofsecond tostartofyear tostring
    touint8ornull tounixtimestamp64micro toyear trimboth trimleft trimright upperutf8 weekday
    """.split()
)
FORMATS_OF_DATES = frozenset({"format_date", "strftime"})  # always the same text, on other engines
_AGGREGATES_ELSEWHERE = frozenset("stddevpop stddevsamp varpop varsamp".split())


def is_aggregate(tree: exp.Expr) -> bool:
    """An aggregate call, with its FILTER or WITHIN GROUP where it has one."""
    while isinstance(tree, (exp.Filter, exp.WithinGroup)):
        tree = tree.this
    return isinstance(tree, AGGREGATES) or is_of_catalog(tree)


_SPELLED: dict[type[exp.Expr], str] = {
    exp.LogicalAnd: "bool_and",
    exp.LogicalOr: "bool_or",
    exp.BitwiseAndAgg: "bit_and",
    exp.BitwiseOrAgg: "bit_or",
    exp.BitwiseXorAgg: "bit_xor",
    exp.JSONArrayAgg: "json_agg",
    exp.JSONObjectAgg: "json_object_agg",
    exp.JSONBObjectAgg: "jsonb_object_agg",
    exp.GroupConcat: "string_agg",
}


def called(call: exp.Expr) -> str:
    """PostgreSQL's name of a function; empty where the call is not a function."""
    if isinstance(call, exp.Anonymous):
        return call.name.lower()
    return _SPELLED.get(type(call)) or (call.sql_name().lower() if isinstance(call, exp.Func) else "")


def is_of_catalog(call: exp.Expr) -> bool:
    """Whether PostgreSQL's catalog lists the call as an aggregate."""
    return isinstance(call, (exp.Anonymous, exp.AggFunc)) and "a" in flags_of(called(call))


def steady(tree: exp.Expr) -> bool:
    """Whether the expression has the same value in a row each time it is evaluated."""
    if isinstance(tree, exp.Column):
        return True
    if isinstance(tree, _UNSTEADY):
        return False
    if isinstance(tree, exp.Anonymous) and tree.name.lower() not in _STEADY | FORMATS_OF_DATES:
        return False
    return all(steady(child) for child in tree.iter_expressions())


def is_volatile(tree: exp.Expr) -> bool:
    """Whether a call gives another value each time it is evaluated."""
    return isinstance(tree, _VOLATILE) or (isinstance(tree, exp.Anonymous) and "v" in flags_of(called(tree)))


def single_valued(call: exp.Expr) -> bool:
    """Whether a function without a type in sqlglot is known to return one value, not a set of rows."""
    name = call.name.lower()
    known = (_STEADY, _FICKLE, _ELSEWHERE, FORMATS_OF_DATES, _AGGREGATES_ELSEWHERE)
    return any(name in names for names in known) or "a" in flags_of(name)


def scalar_elsewhere(call: exp.Expr) -> bool:
    """Whether a function of another engine gives one value per row."""
    return call.name.lower() in _ELSEWHERE | FORMATS_OF_DATES
