"""`verify` and the generated dbt tests say the same of any rows: NULL, composite keys, and counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dbt.include.global_project
import jinja2
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from erd2dbt.escape.sql import ident
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.generation import Generated
from erd2dbt.run.connection import Connection, connect
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verdict import State, Verdict
from erd2dbt.verify.verification import verify

SPEC = """
version: 1
project: claims
sources: {raw: {schema: raw}}
entities:
  regions: {key: region, columns: {region: int, name: {type: text, values: [north, south]}}}
  prices:
    key: [product, region]
    unique: [[code, name]]
    determines: {product: [name, code], "region, name": code}
    columns: {product: int, region: int, code: {type: int, unique: true}, name: text}
  sales:
    key: sale
    columns: {sale: int, product: int, Region: {type: int, from: Where}, note: {type: text, not_null: true}}
  seals: {key: seal, columns: {seal: int, sale: int, product: int, region: int}}
links:
  prices }o--|| regions: region
  sales }|--o| prices: [product, Region = region]
  seals |o--|| sales: sale
  seals |o--o| prices: [product, region]
models: {}
"""
SOURCE = Path(dbt.include.global_project.__path__[0]) / "macros" / "generic_test_sql"
# shape: (how a table is made, where its rows go; under `inherits` the first goes into the parent)
SHAPES = {
    "plain": ("create table raw.{table} ({columns})", "raw.{table}"),
    "view": (
        "create table {table}_parts.of ({columns}); create view raw.{table} as select * from {table}_parts.of",
        "{table}_parts.of",
    ),
    "partitions": (
        "create table raw.{table} ({columns}) partition by hash ({names[0]}); "
        "create table {table}_parts.whole partition of raw.{table} for values with (modulus 1, remainder 0)",
        "raw.{table}",
    ),
    "inherits": (
        "create table raw.{table} ({columns}); "
        "create unique index on raw.{table} ({names[0]}); create unique index on raw.{table} ({names[1]}); "
        "create table {table}_parts.heir () inherits (raw.{table})",
        "{table}_parts.heir",
    ),
}
few = st.one_of(st.none(), st.integers(1, 3))
word = st.sampled_from([None, "north", "south", "west", ""])
ROWS = {
    "regions": st.lists(st.tuples(few, word), max_size=4),
    "prices": st.lists(st.tuples(few, few, few, word), max_size=5),
    "sales": st.lists(st.tuples(few, few, few, word), max_size=5),
    "seals": st.lists(st.tuples(few, few, few, few), max_size=5),
}


@pytest.fixture(scope="module")
def made() -> Generated:
    return generation.generate(SPEC.encode(), "claims.yml")


def macros(made: Generated) -> dict[str, Any]:
    """The tests of the project and those of dbt itself, by name, as functions that give SQL."""
    texts = [text for path, text in made.files.items() if "generic_tests/" in path and path.endswith(".sql")]
    texts = [re.sub(r"{% (end)?test\b", r"{% \1macro", text) for text in texts]
    texts += [file.read_text().replace("default__test_", "") for file in SOURCE.glob("*.sql")]
    environment = jinja2.Environment()
    environment.globals["should_store_failures"] = lambda: False
    module = environment.from_string("\n".join(texts)).module
    return {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}


def listed_tests(made: Generated) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(name, macro, arguments) of every test on a source table."""
    (text,) = [text for path, text in made.files.items() if path.endswith("__sources.yml")]
    for table in yaml.safe_load(text)["sources"][0]["tables"]:
        model = f"raw.{ident(table['name'])}"
        for test in table.get("data_tests", ()):
            yield _test(test, model, {})
        for column in table["columns"]:
            for test in column.get("data_tests", ()):
                yield _test(test, model, {"column_name": ident(column["name"])})


def _test(test: Any, model: str, about: Mapping[str, str]) -> tuple[str, str, dict[str, Any]]:
    if isinstance(test, str):
        return test, test, {"model": model, **about}
    ((macro, said),) = test.items()
    arguments = dict(said.get("arguments", {}))
    if "to" in arguments:
        arguments["to"] = "raw." + re.findall(r"'([^']+)'", arguments["to"])[1]
    return said.get("name", macro), macro, {"model": model, **about, **arguments}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rows={"regions": [(1, "north"), (1, "south")], "prices": [], "sales": [], "seals": []}, shape="inherits")
@given(rows=st.fixed_dictionaries(ROWS), shape=st.sampled_from(sorted(SHAPES)))
def test_any_rows(database: Connection, made: Generated, rows: dict[str, list[tuple[Any, ...]]], shape: str) -> None:
    """However the tables are made: what the catalog says of a table need not be what a select from it shows."""
    fill(database, rows, shape)
    report = verify(made, database, {"raw": "raw"}, Terms(jobs=1), lambda _: None)
    failures = counted(made, database)
    guards = {claim.text: test for claim, test in made.project.guards.items()}
    judged = [v for v in report.verdicts if v.kind not in ("type", "missing")]
    assert {v.kind for v in judged} == {"key", "unique", "not_null", "determines", "link", "values"}
    for verdict in judged:
        expected = failures_of(verdict, guards, failures)
        assert (verdict.state is State.BROKEN) == any(expected.values()), verdict
        assert verdict.state is not State.UNTESTED, verdict
        if verdict.kind == "not_null" or " exists in " in verdict.text or " has a matching row " in verdict.text:
            assert verdict.found == sum(expected.values()), verdict


def fill(database: Connection, rows: dict[str, list[tuple[Any, ...]]], shape: str) -> None:
    columns = {
        "regions": "region int, name text",
        "prices": "product int, region int, code int, name text",
        "sales": 'sale int, product int, "Where" int, note text',
        "seals": "seal int, sale int, product int, region int",
    }
    with connect(database) as session, session.cursor() as cursor:
        cursor.execute("drop schema if exists raw cascade; create schema raw")
        for table, made in columns.items():
            cursor.execute(f"drop schema if exists {table}_parts cascade; create schema {table}_parts")
            names = [one.split()[0] for one in made.split(", ")]
            first, rest = (text.format(table=table, columns=made, names=names) for text in SHAPES[shape])
            cursor.execute(first)
            for place, row in enumerate(rows[table]):
                holder = f"raw.{table}" if shape == "inherits" and place == 0 else rest
                cursor.execute(f"insert into {holder} values ({', '.join(['%s'] * len(row))})", row)
        session.commit()


def counted(made: Generated, database: Connection) -> dict[str, int]:
    """Rows that each test finds, by its name."""
    known, found = macros(made), {}
    with connect(database) as session, session.cursor() as cursor:
        for name, macro, arguments in listed_tests(made):
            cursor.execute(f"select count(*) from ({known[macro](**arguments)}) as failing")
            found[name if name != macro else f"{macro} of {arguments['model']}"] = cursor.fetchall()[0][0]
    return found


def failures_of(verdict: Verdict, guards: Mapping[str, str], failures: Mapping[str, int]) -> dict[str, int]:
    if verdict.kind == "values":
        return {"values": failures[f"accepted_values of raw.{verdict.entity}"]}
    names = [guards[verdict.text]]
    if verdict.kind == "key":
        names += [f"{verdict.entity}_{column}_is_not_null" for column in verdict.columns]
    return {name: failures[name] for name in names}
