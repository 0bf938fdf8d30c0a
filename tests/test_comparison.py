"""What two types are compared in, and whether a key meets one row: held against PostgreSQL for every pair."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.datatypes.comparison import Comparison, Equality, equal_is_same, joins_on_key
from erd2dbt.datatypes.postgres import canonical
from erd2dbt.run.connection import SqlError, connect

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

# type -> values in it, no two of them equal; among them those that a cast confuses
VALUES = {
    "smallint": ["0", "1", "32767"],
    "int": ["0", "1", "16777216", "16777217", "2147483647"],
    "bigint": ["0", "1", "16777217", "9007199254740992", "9007199254740993"],
    "numeric": ["0", "1", "0.1", "0.10000000000000000001", "9007199254740993", "9007199254740992"],
    "numeric(30,12)": ["0", "1", "0.1", "9007199254740993", "9007199254740992.000000000001"],
    "real": ["0", "1", "0.1", "16777216", "9007199254740992"],
    "double precision": ["0", "1", "0.1", "16777216", "16777217", "9007199254740992"],
    "text": ["", "a", "a ", "A"],
    "varchar(5)": ["", "a", "a ", "A"],
    "char(3)": ["", "a", "A"],
    "name": ["", "a", "a ", "A"],
    "date": ["2011-12-30", "2011-12-31", "2024-03-31"],
    "timestamp": ["2011-12-30 00:00", "2011-12-31 00:00", "2024-03-31 02:30", "2024-03-31 03:30"],
    "timestamptz": ["2011-12-30 10:00+00", "2011-12-31 00:00+00", "2024-03-31 01:30+00"],
    "time": ["00:00", "12:30"],
    "timetz": ["00:00+00", "12:30+00", "13:30+01"],
    "interval": ["0", "12:30", "1 mon", "31 days"],
    "boolean": ["true", "false"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"],
    "bytea": ["a", "b"],
    "jsonb": ["1", '"a"'],
    "bit(2)": ["10", "11"],
    "varbit": ["1", "10", "100"],
    "inet": ["10.0.0.0/8", "10.0.0.1"],
    "cidr": ["10.0.0.0/8", "10.0.0.1"],
    "money": ["1", "2"],
    "json": ["1"],
    "xml": ["<a/>"],
    "point": ["(0,0)"],
    "polygon": ["((0,0),(1,1))"],
    "box": ["(0,0),(1,2)", "(0,0),(2,1)"],
    "int[]": ["{1}"],
    "bigint[]": ["{1}"],
    "text[]": ["{a}", "{A}"],
    "varchar[]": ["{a}"],
    "json[]": ["{1}"],
}
ZONES = ("UTC", "Europe/Berlin", "Pacific/Apia")


@pytest.fixture(scope="module")
def cursor(postgres_server: Connection) -> Any:
    with connect(postgres_server) as session:
        session.autocommit = True
        yield session.cursor()


def _compares(cursor: Any, left: str, right: str) -> bool:
    try:
        cursor.execute(f"select null::{left} = null::{right}")
        for type_ in {left, right} & VALUES.keys():  # of an array whose elements have no `=` the server says so late
            cursor.execute(f"select '{VALUES[type_][0]}'::{type_} = '{VALUES[type_][0]}'::{type_}")
    except SqlError:
        return False
    return True


def _meets_two(cursor: Any, left: str, right: str) -> bool:
    """Whether a value of one type is equal to two different ones of the other, in some time zone."""
    for zone in ZONES:
        cursor.execute(f"set timezone = '{zone}'")
        for one, other in ((left, right), (right, left)):
            values = ", ".join(f"('{v}'::{one})" for v in VALUES[one])
            others = ", ".join(f"('{v}'::{other})" for v in VALUES[other])
            cursor.execute(
                f"select 1 from (values {others}) as r (v) join (values {values}) as l (v) on l.v = r.v "
                "group by r.v::text having count(distinct l.v::text) > 1"
            )
            if cursor.fetchall():
                return True
    return False


def test_every_pair_is_compared_as_postgresql_does(cursor: Any) -> None:
    wrong = {}
    for left, right in product(VALUES, repeat=2):
        found = joins_on_key(left, right)
        if (found.equality is not Equality.NO_OPERATOR) != _compares(cursor, left, right):
            wrong[left, right] = found
    assert wrong == {}


def test_a_key_meets_one_row_unless_it_is_said_to_meet_more(cursor: Any) -> None:
    """Each pair that is not a key has values of its own that show it; each that is one holds on all of them."""
    comparable = [
        pair for pair in product(VALUES, repeat=2) if joins_on_key(*pair).equality is not Equality.NO_OPERATOR
    ]
    met = {pair: _meets_two(cursor, *pair) for pair in comparable}
    lossy = {pair for pair, twice in met.items() if twice}
    claimed = {pair for pair in comparable if not joins_on_key(*pair).keeps_apart}
    assert lossy <= claimed
    alike = {("time", "timetz"), ("timetz", "time")}  # what they are equal to moves with the session, and no more
    assert claimed - lossy == alike


def test_the_common_type_is_the_one_that_postgresql_casts_to(cursor: Any) -> None:
    cursor.execute("set timezone = 'UTC'")
    wrong = {}
    for left, right in product(VALUES, repeat=2):
        found = joins_on_key(left, right)
        if found.common is None or left == right:
            continue
        cursor.execute(f"create temp table compared (l {left}, r {right})")
        cursor.execute("explain (verbose, costs off) select l = r from compared")
        cast = re.findall(r"::([a-z ]+)", "".join(row[0] for row in cursor.fetchall()))
        cursor.execute("drop table compared")
        if any(canonical(type_) not in (found.common, "bpchar") for type_ in cast):
            wrong[left, right] = found, cast
    assert wrong == {}


@pytest.mark.parametrize(
    ("left", "right", "equality"),
    [
        ("int", "int8", Equality.KEY),
        ("numeric(10,2)", "numeric(12)", Equality.KEY),
        ("bigint", "float", Equality.LOSSY),
        ("numeric", "real", Equality.LOSSY),
        ("varchar(20)", "text", Equality.KEY),
        ("char(3)", "varchar(3)", Equality.LOSSY),
        ("date", "timestamp(3)", Equality.MIDNIGHT),
        ("timestamptz", "timestamp", Equality.SESSION),
        ("text", "int", Equality.NO_OPERATOR),
        ("uuid", "text", Equality.NO_OPERATOR),
        ("mood", "mood", Equality.KEY),
        ("mood", "text", Equality.UNKNOWN),
        ("citext", "Citext", Equality.KEY),
    ],
)
def test_joins_on_key(left: str, right: str, equality: Equality) -> None:
    assert joins_on_key(left, right).equality is equality is joins_on_key(right, left).equality


def test_an_enum_is_compared_with_itself_alone_and_a_domain_as_its_base(cursor: Any) -> None:
    cursor.execute("create temp table unused (a int); create type pg_temp.mood as enum ('a')")
    cursor.execute("create domain pg_temp.amount as numeric")
    assert _compares(cursor, "pg_temp.mood", "pg_temp.mood")
    assert not _compares(cursor, "pg_temp.mood", "text")
    assert _compares(cursor, "pg_temp.amount", "float8")
    assert joins_on_key("amount", "float8") == Comparison(Equality.UNKNOWN)


# type -> two values that are equal, yet written in two ways
TWO_WAYS = {
    "numeric": ("1.0", "1.00"),
    "interval": ("1 mon", "30 days"),
    "real": ("0", "-0"),
    "double precision": ("0", "-0"),
    "jsonb": ("1.0", "1.00"),
    "numrange": ("[1.0,2)", "[1.00,2)"),
    "box": ("(0,0),(1,2)", "(0,0),(2,1)"),
    "interval[]": ("{1 mon}", "{30 days}"),
}


def test_equal_values_are_the_same_but_for_the_types_that_say_otherwise(cursor: Any) -> None:
    for type_, (one, other) in TWO_WAYS.items():
        pair = f"(select '{one}'::{type_} as a, '{other}'::{type_} as b) as pair"
        cursor.execute(f"select a = b, a::text = b::text from {pair}")
        assert cursor.fetchone() == (True, False)
        assert not equal_is_same(type_)
    cursor.execute("select 'a'::char(3) = 'a '::char(2), pg_column_size('a'::char(3)) = pg_column_size('a'::char(2))")
    assert cursor.fetchone() == (True, False)
    assert not equal_is_same("char(3)")
    assert not equal_is_same("citext")
    assert not equal_is_same(None)
    same = [type_ for type_ in VALUES if equal_is_same(type_)]
    for type_ in same:
        values = ", ".join(f"('{v}'::{type_})" for v in VALUES[type_])
        cursor.execute(f"select count(*), count(distinct v::text) from (values {values}) as t (v)")
        assert len(set(cursor.fetchone())) == 1
    assert {"int", "text", "date", "timestamptz", "uuid", "text[]"} <= set(same)
