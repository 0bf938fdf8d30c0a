"""Functions of engines that cannot run here, and that match PostgreSQL by their manuals. They were not measured.

They are the calls that the tool itself writes, and calls of standard SQL. All others are refused on these engines.
"""

from __future__ import annotations

from collections.abc import Mapping

TRUNCATED = ("year", "quarter", "month", "week", "day")  # weeks begin on Monday, as in the calendar
_NUMBERS = ("integer", "numeric", "float")
_WIDEST = {(a, b): max(a, b, key=_NUMBERS.index) for a in _NUMBERS for b in _NUMBERS}
_ARITHMETIC = {f"{sign}({a}, {b})": "same | ?" for sign in "+-*" for a, b in _WIDEST}
_DIVISION = {f"/({a}, nonzero {b})": "same" for a, b in _WIDEST if "float" in (a, b)}
_CASTS = {
    f"cast({a}, {b})": "same"
    for a, b in (
        *((a, b) for a in ("integer", "numeric") for b in _NUMBERS),
        *(("text", b) for b in (*_NUMBERS, "date", "timestamp")),
        ("integer", "text"),
        ("timestamp", "date"),
        ("date", "timestamp"),
    )
}  # fmt: skip
_CALLS = dict.fromkeys(
    (
        *(f"{word}({kind})" for word in ("sum", "abs") for kind in _NUMBERS),
        *(f"{word}(text)" for word in ("lower", "upper", "length", "trim")),
        *(f"{word}(numeric)" for word in ("floor", "ceil")),
        *(f"date_trunc({unit}, timestamp)" for unit in TRUNCATED),
        *(f"extract({unit}, {of})" for unit in ("year", "quarter", "month", "day") for of in ("date", "timestamp")),
        "avg(float)",
        "replace(text, text, text)",
        "||(text, text)",
        "round(numeric, integer)",
        "count distinct(record)",
    ),
    "same | ?",
)

COMMON: Mapping[str, str] = {**_ARITHMETIC, **_DIVISION, **_CASTS, **_CALLS}

_DIGITS = " union all ".join(f"select {n} as n" for n in range(10))


def days_by_numbers(moved: str) -> str:
    """All days between those of `bounds`, from a hundred thousand generated numbers: no table needs as many rows.

    `moved`: the expression for the day that is `number` days after `first_day`.
    """
    return "\n".join(
        (
            f"select {moved} as date_day",
            "from bounds",
            "cross join (",
            "    select a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n as number",
            f"    from ({_DIGITS}) as a",
            *(f"    cross join ({_DIGITS}) as {name}" for name in "bcde"),
            ") as numbers",
            f"where {moved} <= last_day",
        )
    )
