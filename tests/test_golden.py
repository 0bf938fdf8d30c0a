"""Whole projects: a spec and its data in, files and rows out. `ERD2DBT_UPDATE_GOLDEN=1` rewrites what is expected."""

from __future__ import annotations

import csv
import difflib
import os
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.pipelines.generation import generate
from erd2dbt.run.connection import connect
from erd2dbt.run.postgres_embedded import cache_folder, serve

ROOT = Path(__file__).parents[1]
CASES = sorted(path.name for path in (ROOT / "tests" / "golden").iterdir())
REFERENCE = "marketing"


def spec_of(case: str) -> Path:
    return ROOT / "specs" / "marketing.yml" if case == REFERENCE else _golden(case) / "input" / "spec.yml"


def project_of(case: str) -> Path:
    return ROOT / "examples" / "marketing" / "project" if case == REFERENCE else _golden(case) / "expected" / "project"


def _golden(case: str) -> Path:
    return ROOT / "tests" / "golden" / case


def files_of(case: str) -> Mapping[str, str]:
    return generate(spec_of(case).read_bytes(), "spec.yml").files


def tree(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


@pytest.mark.parametrize("case", CASES)
def test_generated_files(case: str) -> None:
    made, folder = files_of(case), project_of(case)
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        for stale in set(tree(folder)) - set(made):
            (folder / stale).unlink()
        for path, text in made.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", newline="\n")
    expected = tree(folder)
    lines = [
        line
        for path in sorted({*made, *expected})
        for line in difflib.unified_diff(
            expected.get(path, "").splitlines(), made.get(path, "").splitlines(), f"expected/{path}", path, lineterm=""
        )
    ]
    assert not lines, "\n".join(lines)
    assert set(made) == set(expected)


def test_the_hash_seed_changes_nothing() -> None:
    program = (
        "import sys, pathlib; from erd2dbt.pipelines.generation import generate; "
        "made = [generate(pathlib.Path(path).read_bytes(), 'spec.yml') for path in sys.argv[1:]]; "
        "sys.stdout.buffer.write(repr([sorted(g.files.items()) for g in made]).encode())"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program, *(str(spec_of(case)) for case in CASES)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "4242")
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0].decode() == repr([sorted(files_of(case).items()) for case in CASES])


@pytest.mark.parametrize("case", CASES)
def test_the_order_of_entities_changes_no_model(case: str) -> None:
    """The SQL is the same; properties list the same models and sources, in the order of the spec."""
    spec = yaml.safe_load(spec_of(case).read_text(encoding="utf-8"))
    spec["entities"] = dict(reversed(spec["entities"].items()))
    shuffled = generate(yaml.safe_dump(spec, sort_keys=False, allow_unicode=True).encode(), "spec.yml").files
    made = files_of(case)
    assert set(shuffled) == set(made)
    for path, text in made.items():
        if path.endswith(".sql"):
            assert shuffled[path] == text, path
        elif path.startswith("models/"):
            assert _by_name(shuffled[path]) == _by_name(text), path


def _by_name(text: str) -> object:
    """A properties file without the order of its models, sources and tables."""
    found = yaml.safe_load(text)
    models = {m["name"]: m for m in found.get("models", ())}
    tables = {t["name"]: t for s in found.get("sources", ()) for t in s["tables"]}
    return models, tables, {u["name"]: u for u in found.get("unit_tests", ())}


@pytest.mark.parametrize("case", CASES)
def test_the_project_builds_and_has_the_expected_rows(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every model is built, every test passes, and rows are as worked out by hand from the data."""
    monkeypatch.setenv("ERD2DBT_CACHE", os.environ["ERD2DBT_TESTS_POSTGRES"] + f"/{case}")
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["build", str(spec_of(case)), "-o", str(out)])
    assert done.exit_code == 0, done.output
    models = len(generate(spec_of(case).read_bytes(), "spec.yml").planned.plans)
    assert f"built    {models} models; " in done.output
    rows = sorted((_golden(case) / "expected" / "rows").glob("*.csv"))
    assert rows
    project = generate(spec_of(case).read_bytes(), "spec.yml").erd.project
    with serve(cache_folder(project, out)) as connection, connect(connection) as session:
        cursor = session.cursor()
        for file in rows:
            expected = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
            columns = ", ".join(f'"{name}"' for name in expected[0])
            cursor.execute(f'select {columns} from analytics."{file.stem}"')
            assert _normal(cursor.fetchall()) == _normal(expected[1:]), file.stem


def _normal(rows: list[list[str]] | list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted((tuple(_value(v) for v in row) for row in rows), key=repr)


def _value(value: object) -> object:
    """Numbers to nine digits, everything else as text; an empty field is NULL."""
    if value is None or value == "":
        return None
    try:
        return round(Decimal(str(value)), 9).normalize() + 0
    except InvalidOperation:
        return str(value)
