"""Every word of PostgreSQL's grammar, and of sqlglot's, may be the name of a column, an entity and a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from erd2dbt.escape.sql import ident
from erd2dbt.pipelines.generation import generate
from erd2dbt.run.connection import Connection, connect
from erd2dbt.sql.printing import printed
from erd2dbt.sql.reading import query, read_one

if TYPE_CHECKING:
    from collections.abc import Iterator

# sqlglot's own words, those of other systems.
FOREIGN = sorted(
    word.lower()
    for word in Dialect.get_or_raise("postgres").tokenizer_class.KEYWORDS
    if re.fullmatch(r"[A-Za-z_]+", word)
)
FORMS = (
    "{w}",
    "{w} + 1",
    "1 + {w}",
    "t.{w} > 0 and {w} is null",
    "sum({w}) filter (where {w} > 0)",
    "({w})::text || {w}",
)
QUERY = (
    "with {w} as (select 1 as {w}, 2 as n) select {w}.{w}, n as {w}_ from {w} where {w} > 0 and {w}.{w} = 1 "
    "group by {w}, {w}.{w}, n order by {w}.{w} desc"
)


@pytest.fixture
def words(database: Connection) -> Iterator[list[str]]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute("select word from pg_get_keywords()")
        yield sorted({*FOREIGN, *(word for (word,) in cursor.fetchall())})


def columns(tree: exp.Expr) -> set[str]:
    return {column.name for column in tree.find_all(exp.Column)}


def test_a_name_is_read_back_wherever_it_is_printed(words: list[str]) -> None:
    assert len(words) > 450
    for word in words:
        for form in FORMS:
            tree = read_one(form.format(w=f'"{word}"'))
            assert columns(tree) == {word}
            assert columns(read_one(printed(tree))) == {word}, form.format(w=word)


def test_the_server_takes_what_is_printed(words: list[str], database: Connection) -> None:
    with connect(database) as session:
        cursor = session.cursor()
        for word in words:
            text = QUERY.replace("{w}_", "other").format(w=ident(word))
            cursor.execute(text)
            assert cursor.fetchall() == [(1, 2)]
            assert columns(query(text)) == {word, "n"}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_specs_name_anything_with_them(words: list[str], place: int) -> None:
    """All of them as columns, and some as entities and models, that lookups, sums, picks and SQL read."""
    listed = ", ".join(f'"{word}": int' for word in words)
    used = [word for word in words[place::40] if word not in ("n", "id", "day")]
    lines = "\n".join(
        f"""\
  "{word}_of":
    grain: id
    rows: things
    where: 'things."{word}" > 0'
    keep: ["{word}"]
    columns:
      sum: 'sum(parts."{word}")'
      last: {{last: 'parts."{word}"', order: '"{word}" desc', where: '"{word}" is not null'}}
      looked_up: '"{word}"."{word}"'
  "m_{word}":
    grain: id
    sql: |
      select id, "{word}", last as "other" from {{{{ ref('{word}_of') }}}} where "{word}" > 1"""
        for word in used
    )
    entities = "\n".join(f'  "{word}": {{key: id, columns: {{id: int, "{word}": int}}}}' for word in used)
    links = "\n".join(f'  "things }}o--|| {word}": id' for word in used)
    text = f"""\
version: 1
project: words
sources: {{raw: {{}}}}
entities:
  things: {{key: id, columns: {{id: int, {listed}}}}}
  parts: {{key: n, columns: {{n: int, id: int, {listed}}}}}
{entities}
links:
  parts }}o--|| things: id
{links}
models:
{lines}
"""
    made = generate(text.encode(), "words.yml")
    assert len(made.planned.plans) == 2 + 3 * len(used)


def test_a_reserved_word_before_a_point_is_a_name(words: list[str]) -> None:
    """`true.amount` and `current_user.amount` read an entity of this name; no constant takes the place of its word."""
    for word in words:
        for form in ("{w}.amount", "sum({w}.amount) + 1", "1 - {w}.amount", "orders.{w}.amount", 'max({w}."Amount")'):
            tree = read_one(form.format(w=word))
            (column,) = tree.find_all(exp.Column)
            assert [part.name.lower() for part in column.parts][-2:] == [word, "amount"], form.format(w=word)
    for text in ("true", "x = 'if'", "x = 'true'", "1.5 + null", "x = current_date"):
        assert columns(read_one(text)) == ({"x"} if "x" in text else set())
