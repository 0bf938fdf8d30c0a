"""The README and the guide say the same of each engine, and both say something of all of them."""

from __future__ import annotations

import re
from pathlib import Path

from erd2dbt.engines.engine import Level
from erd2dbt.engines.registry import ENGINES

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "pages" / "guides" / "engines.md"


def table(page: Path) -> dict[str, tuple[str, str]]:
    """Engine -> (status without its details, date and versions)."""
    found: dict[str, tuple[str, str]] = {}
    text = page.read_text("utf-8").partition("| engine | status | date and versions |\n")[2].partition("\n\n")[0]
    for line in text.split("\n")[1:]:
        names, status, when = (cell.strip() for cell in line.strip("|").split("|"))
        for name in re.findall(r"`(\w+)`", names):
            found[name] = (status.replace("*", "").partition(":")[0], when)
    return found


def test_the_readme_and_the_guide_agree_on_every_engine() -> None:
    assert table(ROOT / "README.md") == table(GUIDE)
    assert table(GUIDE).keys() == ENGINES.keys()


def test_what_was_run_names_its_versions_and_what_was_not_run_has_none() -> None:
    for name, (status, when) in table(GUIDE).items():
        assert status in ("built", "emulated", "generated, not run")
        assert re.match(r"\d{4}-\d{2}", when), name
        assert bool(re.search(r"\d+\.\d+", when)) == (status != "generated, not run"), name
        assert (status == "emulated") == (ENGINES[name].tested.level is Level.EMULATED), name
