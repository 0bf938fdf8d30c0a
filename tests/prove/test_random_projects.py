"""Random diagrams with data that satisfies every claim: what is generated has its grain, not a row or a sum more."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import Generated, generate
from erd2dbt.run.connection import Connection, Session, connect

sys.path.insert(0, str(Path(__file__).parent))
from worlds import World, world

CHUNK = 40
REF = re.compile(r"\{\{\s*ref\('([^']+)'\)\s*\}\}")
SOURCE = re.compile(r"\{\{\s*source\('[^']+',\s*'([^']+)'\)\s*\}\}")


@pytest.mark.parametrize("chunk", range(4))
def test_random_worlds(chunk: int, database: Connection) -> None:
    """Every model has just the wanted rows, and every value is what a query of the raw tables says."""
    outcomes: Counter[str] = Counter()
    with connect(database) as session:
        for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
            made = world(seed)
            try:
                generated = generate(made.spec, "spec.yml")
            except ErdError as refused:
                outcomes.update({d.code for d in refused.diagnostics if d.code.startswith("E")})
                continue
            _build(made, generated, session)
            _check(made, session, seed)
            outcomes["built"] += 1
            session.rollback()
    assert outcomes["built"] >= CHUNK * 0.7, outcomes


def _build(made: World, generated: Generated, session: Session) -> None:
    with session.cursor() as cursor:
        cursor.execute("create schema raw")
        for table in made.tables:
            columns = ", ".join(f"{ident(name)} {type_}" for name, type_ in table.columns.items())
            cursor.execute(f"create table raw.{table.name} ({columns})")
            for row in table.rows:
                marks = ", ".join(["%s"] * len(row))
                cursor.execute(f"insert into raw.{table.name} ({', '.join(row)}) values ({marks})", list(row.values()))
        for name, path in generated.project.sql_paths.items():
            text = REF.sub(lambda found: f"public.{ident(found[1])}", generated.files[path])
            text = SOURCE.sub(lambda found: f"raw.{ident(found[1])}", text)
            cursor.execute(f"create view public.{ident(name)} as {text}")


def _check(made: World, session: Session, seed: int) -> None:
    with session.cursor() as cursor:
        for model in made.models:
            grain = ", ".join(model.grain)
            cursor.execute(f"select {grain} from public.{model.name} order by {grain}")
            rows = cursor.fetchall()
            cursor.execute(f"{model.rows} order by {grain}")
            assert rows == cursor.fetchall(), (seed, model.name)
            for check in model.checks:
                cursor.execute(
                    f"select m.{check.column}, {check.sql} from public.{model.name} as m "
                    f"where m.{check.column} is distinct from {check.sql}"
                )
                assert cursor.fetchall() == [], (seed, model.name, check.column)
