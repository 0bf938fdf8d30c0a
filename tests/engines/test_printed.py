"""One small project as each engine prints it. `ERD2DBT_UPDATE_GOLDEN=1` rewrites what is expected."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlglot
import yaml

from erd2dbt.engines.engine import Engine, Level
from erd2dbt.engines.names import NAMES
from erd2dbt.engines.registry import ENGINES
from erd2dbt.pipelines.generation import Generated, generate

HERE = Path(__file__).parent
SPEC = HERE / "printed.yml"
OTHERS = [engine for engine in ENGINES.values() if not engine.is_language]


def made_for(engine: Engine) -> Generated:
    return generate(SPEC.read_bytes(), "printed.yml", engine_of=lambda _: engine)


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_the_project_is_printed_in_the_words_of_the_engine(engine: Engine) -> None:
    """The SQL of all models and the types of their columns, in one file for an engine."""
    made = made_for(engine)
    text = "".join(f"==== {path}\n{_body(made.files[path])}" for path in made.project.sql_paths.values())
    for file in made.project.properties:
        for model in file.models:
            text += f"==== {model.name}\n" + "".join(f"{c.name}: {c.data_type}\n" for c in model.columns)
    expected = HERE / "printed" / f"{engine.name}.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


def _body(text: str) -> str:
    """Without the comment on top."""
    lines = text.splitlines()
    return "\n".join(lines[next(n for n, line in enumerate(lines) if not line.startswith("--")) :]) + "\n"


def test_the_command_line_knows_all_engines() -> None:
    assert tuple(ENGINES) == NAMES


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_the_text_is_sql_of_the_engine(engine: Engine) -> None:
    """Another reader, which knows the grammar of each, takes every model."""
    made = made_for(engine)
    for path in made.project.sql_paths.values():
        text = made.files[path].replace("{{", "").replace("}}", "")
        for call in ("source('raw', 'shops')", "source('raw', 'sales')", "ref('stg_shops')", "ref('stg_sales')"):
            text = text.replace(call, "t")
        assert len(sqlglot.parse(text, read=engine.dialect)) == 1


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_names_that_are_reserved_or_odd_are_quoted_as_the_engine_quotes(engine: Engine) -> None:
    made = made_for(engine)
    text = made.files[made.project.sql_paths["shop_figures"]]
    quoting = engine.names.quoting
    assert f"as {quoting.mark}{'ORDER' if quoting.folds_up else 'order'}{quoting.mark}" in text
    assert quoting.ident("Größe") in text
    assert quoting.literal("it's \\ ") in text
    assert quoting.ident("shop_id") == "shop_id"


def test_engines_say_how_far_they_were_proved() -> None:
    assert {e.name for e in ENGINES.values() if e.tested.level is Level.BUILT} >= {"postgres", "duckdb"}
    assert all(engine.tested.when and engine.tested.versions for engine in ENGINES.values())


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_a_derived_star_has_its_calendar_on_every_engine(engine: Engine) -> None:
    """Proved, and in the words of the engine: `generate_series` is of PostgreSQL and DuckDB alone."""
    text = "\n".join(SPEC.read_text(encoding="utf-8").partition("models:")[:1])
    made = generate(text.encode(), "printed.yml", engine_of=lambda _: engine)
    days = made.files[made.project.sql_paths["dim_dates"]]
    assert ("generate_series" in days) == (engine.calendar is None)
    assert len(sqlglot.parse(days.replace("{{ ref('stg_sales') }}", "t"), read=engine.dialect)) == 1
    (model,) = [m for file in made.project.properties for m in file.models if m.name == "dim_dates"]
    untyped = [column.name for column in model.columns if column.data_type is None]
    # dbt refuses a contract without the type of each column. The days that Trino computes have none.
    assert untyped == (["date_day"] if engine.dialect == "trino" or engine.name == "athena" else [])
    assert model.contract == (not untyped)


def test_names_of_the_project_fit_every_engine() -> None:
    """The language keeps names to 63 bytes, and no engine takes less."""
    for engine in ENGINES.values():
        assert engine.names.limit >= 63


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)
def test_what_runs_before_dbt_is_the_engines_own_statement(engine: Engine) -> None:
    """dbt renders it, so that its macros stand there as they are; so do the settings of tables."""
    project = yaml.safe_load(made_for(engine).files["dbt_project.yml"])
    assert project.get("on-run-start") == engine.on_run_start
    settings = {name[1:]: value for name, value in project["models"]["kiosk"].items() if name.startswith("+")}
    assert settings == engine.table_settings
