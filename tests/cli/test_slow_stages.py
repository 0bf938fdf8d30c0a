"""A stage that takes longer than a moment is told, on a terminal or with -v, and never with -q."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.pipelines import generation
from erd2dbt.system import progress

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


@pytest.mark.parametrize(("flags", "told"), [(("-v",), True), ((), False), (("-q",), False)])
def test_a_slow_stage_is_told(
    flags: tuple[str, ...], told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: None
) -> None:
    (tmp_path / "spec.yml").write_text(SPEC)
    proved = generation.plan_all

    def slowly(*arguments: Any) -> Any:
        time.sleep(0.3)
        return proved(*arguments)

    monkeypatch.setattr(generation, "plan_all", slowly)
    monkeypatch.setattr(progress, "MOMENT", 0.05)
    command = ["generate", str(tmp_path / "spec.yml"), "-o", str(tmp_path / "out"), "--no-compile", *flags]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert ("proving 3 models …" in done.output) is told
    assert "reading" not in done.stderr
