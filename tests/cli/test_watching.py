"""`generate --watch`: real edits of a file, as editors make them, and what is shown and written of each."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shop

WAITS = "watching shop.yml; Ctrl-C ends"
MODEL = Path("out/models/marts/order_facts.sql")
COUNTRY = "country: customers.country"


class Watcher:
    """The command at work; `said` is all that it prints until it waits again."""

    def __init__(self, shop: Shop, *words: str) -> None:
        self.shop = shop
        command = ("generate", "shop.yml", "-o", "out", "--watch", *words)
        self.process = shop.start(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def said(self) -> str:
        found = []
        while WAITS not in (line := self._lines.get(timeout=60)):
            found.append(line)
        return "".join(found)

    def rest(self) -> str:
        self.process.wait(timeout=60)
        found = []
        while True:
            try:
                found.append(self._lines.get(timeout=1))
            except queue.Empty:
                return "".join(found)


@pytest.fixture
def watcher(shop: Shop, minded_interrupts: None) -> Iterator[Watcher]:
    watcher = Watcher(shop)
    yield watcher
    watcher.process.kill()
    watcher.process.wait()


def replaced(text: str) -> None:
    """As most editors save: a new file is moved to the place of the old one."""
    Path(".shop.yml.swp").write_text(text, encoding="utf-8")
    os.replace(".shop.yml.swp", "shop.yml")


def test_each_edit_is_shown_as_a_diff_and_written(watcher: Watcher) -> None:
    text = Path("shop.yml").read_text(encoding="utf-8")
    assert "wrote    11 files to out: 11 new" in watcher.said()
    replaced(text.replace(COUNTRY, "land: customers.country"))
    said = watcher.said()
    assert "-        customers.country\n+        customers.country as land\n" in said
    assert "wrote    2 files to out: 2 changed, 9 the same" in said
    assert "country as land" in MODEL.read_text(encoding="utf-8")
    Path("shop.yml").write_text(text, encoding="utf-8")  # and as the others do
    assert "+        customers.country\n" in watcher.said()
    assert "as land" not in MODEL.read_text(encoding="utf-8")


def test_faults_are_shown_and_cleared_and_nothing_is_written_meanwhile(watcher: Watcher) -> None:
    text = Path("shop.yml").read_text(encoding="utf-8")
    watcher.said()
    before = MODEL.read_text(encoding="utf-8")
    replaced(text.replace(COUNTRY, "country: customers.continent"))
    assert "error E031: `customers` has no column `continent`" in watcher.said()
    replaced(text[: text.index("models:")] + "models: {a: [")
    assert "error E00" in watcher.said()
    assert MODEL.read_text(encoding="utf-8") == before
    replaced(text)
    assert "fixed    there is no fault any more" in watcher.said()


def test_a_file_that_goes_and_comes_back_at_once_is_an_edit(watcher: Watcher) -> None:
    text = Path("shop.yml").read_text(encoding="utf-8")
    watcher.said()
    Path("shop.yml").unlink()
    Path("shop.yml").write_text(text.replace(COUNTRY, "land: customers.country"), encoding="utf-8")
    said = watcher.said()
    assert "cannot read" not in said
    assert "customers.country as land" in said
    Path("shop.yml").unlink()
    assert "error E015: cannot read `shop.yml`" in watcher.said()
    Path("shop.yml").write_text(text, encoding="utf-8")
    assert "fixed    there is no fault any more" in watcher.said()


def test_an_edit_by_hand_that_is_in_the_way_is_no_end(watcher: Watcher) -> None:
    text = Path("shop.yml").read_text(encoding="utf-8")
    watcher.said()
    by_hand = MODEL.read_text(encoding="utf-8").replace("customers.country\n", "upper(customers.country) as country\n")
    MODEL.write_text(by_hand, encoding="utf-8")
    replaced(text.replace(COUNTRY, "land: customers.country"))
    assert "nothing was written" in watcher.said()
    assert MODEL.read_text(encoding="utf-8") == by_hand
    replaced(text)
    assert "fixed" in watcher.said()


def test_ctrl_c_ends_it_and_leaves_nothing_behind(watcher: Watcher) -> None:
    watcher.said()
    watcher.process.send_signal(signal.SIGINT)
    assert watcher.rest() == "\nstopped\n"
    assert watcher.process.returncode == 0
    everything = subprocess.run(["ps", "-A", "-ww", "-o", "ppid="], capture_output=True, text=True, check=True).stdout
    assert str(watcher.process.pid) not in everything.split()
    assert sorted(path.name for path in Path("out").glob(".erd2dbt*")) == [".erd2dbt.base", ".erd2dbt.lock"]


@pytest.mark.parametrize("words", [("--check",), ("--branch", "x"), ("--format", "json")], ids=lambda w: w[0])
def test_what_goes_with_no_watching(shop: Shop, words: tuple[str, ...]) -> None:
    done = shop.run("generate", "shop.yml", "--watch", *words)
    assert done.exit_code == 2
    assert "--watch needs a file, and excludes" in done.stderr
