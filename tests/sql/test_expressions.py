"""Expressions of PostgreSQL's manual: what is printed has the value and the type of what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot.errors import SqlglotError

from erd2dbt.run.connection import SqlError, connect
from erd2dbt.sql.printing import is_kept, printed
from erd2dbt.sql.reading import read_one
from sql.facts import CREATED, EXPRESSIONS

if TYPE_CHECKING:
    from erd2dbt.run.connection import Connection

# What sqlglot cannot read, or would change; each is refused where it stands.
REFUSED = {
    "collation for (t)",
    "i operator(pg_catalog.+) 1",
    "ip <<= inet '192.168.0.0/16'",
    "substring('foobar' similar '%#\"o_b#\"%' escape '#')",
}


def again(text: str) -> str | None:
    """What is printed of a text; None where it is refused."""
    try:
        tree = read_one(text)
    except SqlglotError:
        return None
    return printed(tree) if is_kept(text, tree) else None


def test_few_are_refused() -> None:
    assert {text for text in EXPRESSIONS if again(text) is None} == REFUSED
    assert len(EXPRESSIONS) > 550


def test_values_and_types_are_those_of_the_text(database: Connection) -> None:
    different = []
    with connect(database) as session:
        session.autocommit = True
        cursor = session.cursor()
        cursor.execute(CREATED)
        for text in EXPRESSIONS:
            made = again(text)
            if made is None:
                continue
            try:
                both = ", ".join(f"pg_typeof({one})::text, ({one})::text" for one in (text, made))
                cursor.execute(f"select {both} from facts")
            except SqlError as error:
                different.append((text, made, str(error)))
                continue
            different += [(text, made, row) for row in cursor.fetchall() if row[:2] != row[2:]]
    assert different == [], "\n".join(map(str, different))
