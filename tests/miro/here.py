"""The current folder, from which a board is pulled and to which one is pushed."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from erd2dbt.cli import main
from miro.server import Miro


class Here:
    """The current folder, from which a board is pulled and to which one is pushed."""

    def __init__(self, folder: Path, miro: Miro) -> None:
        self.folder, self.miro = folder, miro

    def run(self, *words: str) -> Result:
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        assert self.miro.token not in done.output, "the token was shown"
        written = [file for file in self.folder.rglob("*") if file.is_file() and file.name != "token.txt"]
        assert not [file for file in written if self.miro.token.encode() in file.read_bytes()], "the token was kept"
        return done

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = self.text(name)
        assert text.count(old) == 1, old
        (self.folder / name).write_text(text.replace(old, new), encoding="utf-8")
