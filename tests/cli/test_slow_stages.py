"""A stage that takes longer than a moment is told, on a terminal or with -v, and never with -q."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.pipelines import drafting, generation, redrafting
from erd2dbt.system import progress
from erd2dbt.write import changes
from erd2dbt.write import together as spec_files

SPEC = """
version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  orders: {key: order_id, columns: {order_id: bigint, amount: numeric}}
  visits: {key: visit_id, columns: {visit_id: bigint}}
models:
  order_amounts: {grain: order_id, rows: orders, columns: {amount: orders.amount}}
"""


@pytest.fixture
def listening() -> Any:
    yield
    progress.report_to(None)


DDL = """
create table orders (id int primary key, amount numeric);
create table visits (id int primary key, order_id int references orders);
"""


def slow(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, patience: float = 0.3) -> None:
    """One part takes long, and everything that takes longer than `patience` is told."""
    quick = getattr(module, name)

    def slowly(*arguments: Any, **more: Any) -> Any:
        time.sleep(patience * 3)
        return quick(*arguments, **more)

    monkeypatch.setattr(module, name, slowly)
    monkeypatch.setattr(progress, "MOMENT", patience)


@pytest.mark.parametrize(("flags", "told"), [(("-v",), True), ((), False), (("-q",), False)])
def test_a_slow_stage_is_told(
    flags: tuple[str, ...], told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: None
) -> None:
    (tmp_path / "spec.yml").write_text(SPEC)
    slow(monkeypatch, generation, "plan_all", patience=0.05)
    command = ["generate", str(tmp_path / "spec.yml"), "-o", str(tmp_path / "out"), "--no-compile", *flags]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert ("proving 3 models …" in done.output) is told
    assert "reading" not in done.stderr


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(
    ("module", "name", "told"),
    [
        (drafting, "read_diagram", "reading tables.sql …"),
        (drafting, "draft", "drafting a spec of 2 boxes …"),
        (redrafting, "read_spec", "merging the diagram into the spec …"),
        (redrafting, "merge", "merging the diagram into the spec …"),
        (spec_files, "write_inside", "writing spec.yml …"),
    ],
)
def test_a_slow_stage_of_an_import_is_told(
    module: Any, name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a second import, which merges."""
    monkeypatch.chdir(tmp_path)
    command = ["import", "tables.sql", "-o", "spec.yml"]
    Path("tables.sql").write_text(DDL)
    assert CliRunner().invoke(main, command, catch_exceptions=False).exit_code == 0
    Path("tables.sql").write_text(DDL.replace("amount numeric", "amount numeric, day date"))
    slow(monkeypatch, module, name)
    done = CliRunner().invoke(main, [*command, "-v"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert told in [line.strip() for line in done.stderr.splitlines()]
    assert "day: date" in Path("spec.yml").read_text()


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(
    ("name", "told"), [("decide", "comparing {} files with out …"), ("apply", "writing {} files to out …")]
)
def test_slow_writing_is_told(name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yml").write_text(SPEC)
    slow(monkeypatch, changes, name)
    done = CliRunner().invoke(main, ["generate", "spec.yml", "-o", "out", "--no-compile", "-v"])
    assert done.exit_code == 0, done.output
    count = done.stdout.count("\nnew ")
    assert told.format(count) in [line.strip() for line in done.stderr.splitlines()]
