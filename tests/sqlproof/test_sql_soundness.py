"""What is claimed of random SQL holds of the rows that PostgreSQL gives for it; a wrong rule would be found out."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from erd2dbt.prove.state import NONE, Claims, Key, State
from erd2dbt.run.connection import Connection, SqlError, connect
from erd2dbt.sqlproof import grouping, joins, predicates, select, setops, terms, windows
from erd2dbt.sqlproof.query import judge
from erd2dbt.sqlproof.relation import Rel

sys.path.insert(0, str(Path(__file__).parent))
from sqlqueries import Writer
from sqlworlds import Row, tables, violations

WORLDS, QUERIES = 130, 12


@dataclass(frozen=True, slots=True)
class Answer:
    """A query over tables of which something is known, and what PostgreSQL answers."""

    text: str
    tree: exp.Query
    known: dict[str, State]
    columns: tuple[str, ...]
    rows: Sequence[Row]


@pytest.fixture(scope="module")
def answers(postgres_server: Connection) -> list[Answer]:
    """The queries that PostgreSQL takes: nearly all that are written."""
    found = []
    with connect(postgres_server) as session:
        for seed in range(WORLDS):
            found += list(_answers(session.cursor(), random.Random(seed)))
            session.rollback()
    assert len(found) > 0.98 * WORLDS * QUERIES
    return found


def _answers(cursor, pick: random.Random) -> Iterator[Answer]:
    made = tables(pick)
    cursor.execute("; ".join(table.ddl for table in made))
    writer = Writer({table.name: table.state.columns for table in made}, pick)
    for query in [writer.query(pick.randint(1, 3)) for _ in range(QUERIES)]:
        cursor.execute("savepoint before")
        try:
            cursor.execute(query.text)
        except SqlError:
            cursor.execute("rollback to before")
            continue
        rows, columns = cursor.fetchall(), tuple(column[0] for column in cursor.description)
        tree = sqlglot.parse_one(query.text, read="postgres")
        yield Answer(query.text, tree, {table.name: table.state for table in made}, columns, rows)


def _broken(answers: Iterable[Answer]) -> Iterator[tuple[str, list[str]]]:
    for answer in answers:
        state = judge(answer.tree, answer.known).state
        assert state is not None, answer.text
        assert set(state.columns) == set(answer.columns), answer.text
        found = list(violations(state, answer.columns, answer.rows))
        if found:
            yield answer.text, found


def test_nothing_claimed_is_untrue(answers: list[Answer]) -> None:
    assert list(_broken(answers)) == []


def test_much_is_claimed(answers: list[Answer]) -> None:
    """Keys that are there in more than a row or two are found for a third of the queries at least."""
    telling = [a for a in answers if len(a.rows) > 2]
    keyed = [a for a in telling if (state := judge(a.tree, a.known).state) is not None and state.keys]
    assert len(keyed) > len(telling) / 3


# -- rules made wrong


def _every_filter_rejects_null(found: terms.Terms, condition: exp.Expr) -> set[str]:
    return found._read_by(condition)


def _in_is_one_value(found: terms.Terms, term: exp.Expr) -> None:
    if isinstance(term, exp.In) and term.expressions:
        predicates._fixed(found, term.this)
    _HOLDS(found, term)


_HOLDS, _OPERATOR, _DISTINCT = predicates._holds, joins._operator, select.distinct


def _left_join_drops_rows(kind: str, met: joins._Met) -> State:
    return _OPERATOR("inner" if kind == "left" else kind, met)


def _every_join_meets_one(state: State, columns: Iterable[str]) -> Claims:
    del state, columns
    return NONE


def _ranks_have_no_ties(found: terms.Terms, id_: str, partition: list[str], order: object) -> None:
    del order
    found.key((*partition, id_))


def _union_keeps_keys(first: Rel, rels: Sequence[Rel], states: Sequence[State]) -> State:
    del rels, states
    return first.state


def _first_column_tells_branches(rels: Sequence[Rel]) -> str | None:
    return rels[0].ids[0] if len(rels[0].ids) > 1 else None


def _groupings_never_meet(state: State, sets: Sequence[Sequence[str]], marks: dict[str, Sequence[str]]) -> State:
    by = tuple(dict.fromkeys(column for columns in sets for column in columns))
    return State((*by, *marks), dict.fromkeys(marks, NONE), (), (Key(frozenset(by)),))


def _distinct_on_a_subset(reader: object, rel: Rel, node: exp.Expr) -> Rel:
    found = _DISTINCT(reader, rel, node)
    return replace(found, state=replace(found.state, keys=(Key(frozenset(rel.ids[:1])),)))


def _lateral_is_one_relation(kind: str, met: joins._Met) -> State:
    return _OPERATOR(kind, met)


WRONG: tuple[tuple[object, str, Callable[..., object]], ...] = (
    (terms.Terms, "rejected_by", _every_filter_rejects_null),
    (predicates, "_holds", _in_is_one_value),
    (joins, "_operator", _left_join_drops_rows),
    (State, "is_probe", _every_join_meets_one),
    (joins, "_lateral", _lateral_is_one_relation),
    (windows, "_rank", _ranks_have_no_ties),
    (setops, "_union", _union_keeps_keys),
    (setops, "_discriminator", _first_column_tells_branches),
    (grouping, "stacked", _groupings_never_meet),
    (select, "distinct", _distinct_on_a_subset),
)


@pytest.mark.parametrize(("place", "name", "wrong"), WRONG, ids=[wrong.__name__.strip("_") for _, _, wrong in WRONG])
def test_a_wrong_rule_is_found_out(
    place: object, name: str, wrong: Callable[..., object], answers: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, name, wrong)
    assert next(_broken(answers), None) is not None
