"""A table with a column of most types, for tests that ask the server what an expression is."""

from __future__ import annotations

from pathlib import Path

TYPES = {
    "i": "integer", "b": "bigint", "s": "smallint", "n": "numeric(12,2)", "r": "real", "d": "double precision",
    "t": "text", "v": "character varying(20)", "c": "character(3)", "bo": "boolean", "dt": "date",
    "ts": "timestamp without time zone", "tz": "timestamp with time zone", "tm": "time without time zone",
    "iv": "interval", "j": "jsonb", "js": "json", "a": "integer[]", "ta": "text[]", "by": "bytea", "u": "uuid",
    "rg": "int4range", "ip": "inet", "x": "bit(4)", "p": "point",
}  # fmt: skip
_ROWS = (
    "1, 1, 1, 10.25, 1.5, 2.5, 'apple', 'abc', 'a', true, '2024-02-29', '2024-02-29 23:30:15.75',"
    " '2024-02-29 23:30+02', '10:20', '1 mon 2 days 03:04', '{\"a\": \"x\", \"n\": 3, \"k\": [1, 2]}', '{\"a\": 1}',"
    " '{1,2}', '{a,b}', '\\x1f2e', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '[1,9)', '192.168.1.5/24', B'1010', '(1,2)'",
    "2, 20, 2, -3.50, -2.25, 0.1, 'pop', 'B', 'bcd', false, '2020-01-01', '2020-01-01 00:00',"
    " '2020-01-01 00:00+00', '00:00', '-1 day', '{}', '[]', '{3,4,2}', '{c}', '\\x00ff', gen_random_uuid(),"
    " '[2,3)', '10.0.0.1', B'0000', '(0,0)'",
    "3, null, 3, null, null, null, null, '', null, null, null, null, null, null, null, null, null, null, '{}', null,"
    " null, 'empty', null, null, null",
)
CREATED = (
    f"create table facts ({', '.join(f'{name} {type_}' for name, type_ in TYPES.items())});"
    f"insert into facts values {', '.join(f'({row})' for row in _ROWS)}"
)
EXPRESSIONS = tuple(
    line
    for line in Path(__file__).with_name("expressions.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
