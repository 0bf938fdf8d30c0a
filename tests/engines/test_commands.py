"""What the commands say of the engine that a project is generated for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from engines.test_duckdb import shop
from erd2dbt.cli import main
from erd2dbt.run.duckdb.session import opened
from test_golden import ROOT


@pytest.mark.parametrize("command", ["generate", "build"])
def test_nothing_is_written_without_the_adapter(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("erd2dbt.engines.registry.is_installed", lambda engine: False)
    spec = str(ROOT / "specs" / "marketing.yml")
    done = CliRunner().invoke(main, [command, spec, "-o", str(tmp_path / "out"), "--engine", "duckdb"])
    assert done.exit_code == 2
    assert "pip install 'erd2dbt[duckdb]'" in done.output
    assert not (tmp_path / "out").exists()


def test_output_says_for_which_engine_and_what_the_shell_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_bytes(shop("twice: orders.lines * 2"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: None)
    for engine, words in (("duckdb", "to out for duckdb: 9 new"), ("postgres", "to here: 9 new")):
        out = "out" if engine == "duckdb" else "here"
        done = CliRunner().invoke(main, ["generate", "shop.yml", "-o", out, "--engine", engine, "--no-compile"])
        assert words in done.output
    with opened(tmp_path / "out" / "shop.duckdb"):
        pass
    shell = CliRunner().invoke(main, ["psql", "out"])
    assert "Ask one query with `-c SQL`" in shell.output
    assert shell.output.splitlines()[-1] == "duckdb out/shop.duckdb"
