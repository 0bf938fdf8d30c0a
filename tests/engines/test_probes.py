"""The list of each engine is what was measured: every call in it has PostgreSQL's value on the engine that is here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot import exp

from erd2dbt.engines.lowering import Columns, UnmeasuredError, lowered
from erd2dbt.engines.measured import load
from erd2dbt.engines.registry import DEFAULT, ENGINES
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.spark.session import missing
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.spelling import spelled_for
from erd2dbt.sqlproof.dbttext import read
from erd2dbt.sqlproof.functions import single_valued

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from probing.measuring import Outcome, Wanted, measured, on_postgres
from probing.runners import RUNNERS, Postgres
from probing.table import Probe, probes

LISTED = [name for name in RUNNERS if load(name)]


@pytest.fixture(scope="module")
def wanted(postgres_server: Connection) -> Wanted:
    """PostgreSQL's values; it takes every probe."""
    with connect(postgres_server) as session:
        found, invalid = on_postgres(Postgres(session), DEFAULT, probes())
    assert [probe.text for probe in invalid if probe.table.types != ("boolean",)] == []
    return found


def outcome(name: str, wanted: Wanted) -> Outcome:
    engine = ENGINES[name]
    return measured(RUNNERS[name](), engine, engine.rules, wanted)


def test_the_table_is_large() -> None:
    every = list(probes())
    assert len({probe.text for probe in every}) > 250
    assert min(len(probe.table.rows) for probe in every) > 2


@pytest.mark.parametrize("name", ["duckdb", "spark", "clickhouse"])
def test_what_is_listed_is_equal(name: str, wanted: Wanted) -> None:
    skip_where_not_here(name)
    found = outcome(name, wanted)
    assert [str(one) for one in found.differ] == []
    assert set(load(name)) <= {signature for probe in found.equal for signature in probe.signatures}


def test_a_wrong_rule_is_found(wanted: Wanted) -> None:
    """The comparison sees other values, other errors, and calls that the engine does not have."""
    pytest.importorskip("duckdb")
    engine = ENGINES["duckdb"]
    from erd2dbt.engines.measured import parsed

    lines = ("length(text) | strlen(a)", "lower(text) | upper(a)", "abs(integer) | nosuch(a)", "reverse(text)")
    wrong = parsed(lines)
    asked = {probe: given for probe, given in wanted.items() if set(probe.signatures) <= set(wrong)}
    found = measured(RUNNERS["duckdb"](), engine, wrong, asked)
    assert {one.probe.text for one in found.differ} >= {"length(a)", "lower(a)", "abs(a)"}
    assert "reverse(a)" in {probe.text for probe in found.equal}


@pytest.mark.parametrize("name", LISTED)
@pytest.mark.parametrize("text", ["quote_literal(a)", "to_char(b, 'FM999')", "a ~ 'x.$'", "num_nonnulls(a, b)"])
def test_what_is_not_listed_is_refused(name: str, text: str) -> None:
    types = {"a": "text", "b": "integer"}
    columns = Columns(lambda column: types[column.name], lambda column: None)
    with pytest.raises(UnmeasuredError):
        lowered(read_one(text), ENGINES[name], columns)


def skip_where_not_here(name: str) -> None:
    if name == "spark":
        if needed := missing():
            pytest.skip(f"no local Spark: {'; '.join(one.install for one in needed)}")
    else:
        pytest.importorskip({"clickhouse": "chdb"}.get(name, name))


def test_probes_tell_their_calls() -> None:
    def of(text: str) -> Iterator[Probe]:
        return (probe for probe in probes() if probe.text == text)

    assert next(of("to_char(a, 'YYYY-MM')")).signatures[0] == "to_char(date, 'YYYY-MM')"
    assert "/(integer, nonzero integer)" in {probe.signatures[0] for probe in of("a / nullif(b, 0)")}
    assert next(of("a ~ 'c$'")).signatures == ("~(text, pattern)",)
    assert next(of("a ~ '[0-9]+'")).signatures == ("~(text, plain)",)
    assert next(of("extract(epoch from a - b)")).shows == ("extract(epoch, interval)", "-(timestamp, timestamp)")


def test_what_the_lists_call_gives_one_value_in_the_proof() -> None:
    """Else a model that groups and calls it could not be proved. `regexp_matches` gives rows in PostgreSQL."""
    for engine in ENGINES.values():
        with spelled_for(engine.spelling):
            texts = [one_line(rule.template) for rule in engine.rules.values() if rule.template is not None]
            queries = [read(f"select {text} from t").query for text in (*texts, "printf('%.15g', a)")]
        calls = {call for query in queries if query is not None for call in query.find_all(exp.Anonymous)}
        assert {call.name.lower() for call in calls if not single_valued(call)} <= {"regexp_matches"}, engine.name
