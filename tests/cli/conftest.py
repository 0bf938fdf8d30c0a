"""A small shop of two entities, where a user stands, and the command line as it is run there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main

SHOP = Path(__file__).parent / "shop"


@dataclass(frozen=True, slots=True)
class Shop:
    """The current folder: `shop.yml` and its data, with a mistake where a test makes one."""

    folder: Path

    def run(self, *words: str) -> Result:
        """In this process; an exception is the test's failure."""
        return CliRunner().invoke(main, words, catch_exceptions=False)

    def start(self, *words: str, **options: object) -> subprocess.Popen[str]:
        """As a process of its own, with the words of `Popen`."""
        program = Path(sysconfig.get_path("scripts")) / "erd2dbt"
        return subprocess.Popen([program, *words], text=True, encoding="utf-8", **options)  # type: ignore[call-overload]

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shutil.copytree(SHOP, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ERD2DBT_CACHE", f"{os.environ['ERD2DBT_TESTS_POSTGRES']}/{tmp_path.name}")
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    return Shop(tmp_path)
