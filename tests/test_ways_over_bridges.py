"""E205 beside a bridge lists every way, and each of its words gives what independent SQL says of that way."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import Fix
from erd2dbt.read.spec.pasting import pasted
from erd2dbt.run.connection import Connection, connect
from ways import fault_of, figures

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHOOL = """\
version: 1
project: school
sources: {raw: {schema: raw}}
entities:
  schools: {key: school_id, columns: {school_id: int}}
  students: {key: student_id, columns: {student_id: int, school_id: int}}
  courses: {key: course_id, columns: {course_id: int, school_id: int, points: int}}
  enrolments: {key: [student_id, course_id], columns: {student_id: int, course_id: int}}
  waits: {key: wait_id, columns: {wait_id: int, pupil_id: int, friend_id: int, wish_id: int, other_id: int}}
  trials: {key: trial_id, columns: {trial_id: int, pupil_id: int, friend_id: int, course_id: int}}
links:
  enrolments }o--|| students: student_id
  enrolments }o--|| courses: course_id
  waits }o--|| students: {pupil: pupil_id = student_id, friend: friend_id = student_id}
  waits }o--o| courses: {wish: wish_id = course_id, other: other_id = course_id}
  trials }o--|| students: {pupil: pupil_id = student_id, friend: friend_id = student_id}
  trials }o--|| courses: course_id
models:
"""
ROWS = """\
create schema raw;
create table raw.schools as select * from (values (1), (2)) as t (school_id);
create table raw.students as select * from (values (1, 1), (2, 1), (3, 2)) as t (student_id, school_id);
create table raw.courses as select * from (values (1, 1, 5), (2, 1, 7), (3, 2, 11), (4, 2, 13))
  as t (course_id, school_id, points);
create table raw.enrolments as select * from (values (1, 1), (1, 3), (2, 2)) as t (student_id, course_id);
create table raw.waits as select * from (values
  (1, 1, 2, 4, 2), (2, 2, 3, 3, null), (3, 3, 3, null, 1), (4, 1, 3, 1, 1))
  as t (wait_id, pupil_id, friend_id, wish_id, other_id);
create table raw.trials as select * from (values (1, 3, 1, 4), (2, 3, 2, 2), (3, 2, 2, 1))
  as t (trial_id, pupil_id, friend_id, course_id);
"""
MODEL = "  m: {grain: student_id, rows: students, columns: {x: max(courses.points)}}\n"


def over(bridge: str, student: str, course: str) -> str:
    return (
        "select s.student_id, max(points) from raw.students as s "
        f"left join raw.{bridge} as b on b.{student} = s.student_id "
        f"left join raw.courses as c on c.course_id = b.{course} group by 1 order by 1"
    )


WAITS = {
    f"{mine}.{theirs}": over("waits", f"{theirs}_id", f"{mine}_id")
    for mine, theirs in product(("other", "wish"), ("friend", "pupil"))
}
TRIALS = {side: over("trials", f"{side}_id", "course_id") for side in ("friend", "pupil")}
ENROLMENTS = {"enrolments": over("enrolments", "student_id", "course_id")}


def without(*names: str) -> str:
    """The spec without these entities and their links."""
    return "".join(line for line in SCHOOL.splitlines(keepends=True) if not line.strip().startswith(names))


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS)
        yield cursor


@pytest.mark.parametrize(
    ("text", "code", "right"),
    [
        (without("trials"), "E205", ENROLMENTS | WAITS),
        (without("trials", "enrolments"), "E201", WAITS),  # no bridge has one way, so no way is taken
        (without("waits"), "E205", ENROLMENTS | TRIALS),
        (
            without("enrolments").replace(", other: other_id = course_id", ""),
            "E201",
            {f"trials.{side}": sql for side, sql in TRIALS.items()}
            | {f"waits.{side}": over("waits", f"{side}_id", "wish_id") for side in ("friend", "pupil")},
        ),
    ],
    ids=["beside roles on both sides", "roles on both sides", "beside roles", "same roles twice"],
)
def test_each_way_has_a_word(cursor: Any, text: str, code: str, right: dict[str, str]) -> None:
    fault = fault_of(text + MODEL)
    words = {word: fix for fix in fault.fixes for word in re.findall(r"`via: ([\w.]+)`", fix)}
    assert (fault.code, sorted(words)) == (code, sorted(right))
    found = set()
    for word, fix in words.items():
        assert isinstance(fix, Fix)
        cursor.execute(right[word])
        expected = cursor.fetchall()
        assert figures(cursor, pasted(text + MODEL, fix) or "") == expected
        found.add(tuple(expected))
    assert len(found) > 1


def test_two_words_of_one_bridge_stand_beside_each_other(cursor: Any) -> None:
    """A wait without a wish still counts for its other course."""
    both = ", ".join(f"{name}: {{is: count(courses.points), via: {name}.pupil}}" for name in ("wish", "other"))
    text = without("trials") + f"  m: {{grain: student_id, rows: students, columns: {{{both}}}}}\n"
    cursor.execute(
        "select student_id, (select count(wish_id) from raw.waits where pupil_id = student_id), "
        "(select count(other_id) from raw.waits where pupil_id = student_id) from raw.students order by 1"
    )
    right = cursor.fetchall()
    assert right == [(1, 2, 2), (2, 1, 0), (3, 0, 1)]
    text = text.replace("count(courses.points)", "count(courses.points), accept: {E303: each wait counts}")
    assert figures(cursor, text) == right


def test_a_shared_parent_beside_a_bridge_is_not_taken_unasked(cursor: Any) -> None:
    """The courses of a student's school are not those in which the student enrolled."""
    text = without("trials", "waits").replace(
        "models:", "  students }o--|| schools: school_id\n  courses }o--|| schools: school_id\nmodels:"
    )
    fault = fault_of(text + MODEL)
    assert fault.code == "E205"
    over_school = (
        "select student_id, max(points) from raw.students join raw.courses using (school_id) group by 1 order by 1"
    )
    for fix, sql in zip(fault.fixes, (over_school, ENROLMENTS["enrolments"]), strict=True):
        assert isinstance(fix, Fix)
        cursor.execute(sql)
        right = cursor.fetchall()
        assert figures(cursor, pasted(text + MODEL, fix) or "") == right
