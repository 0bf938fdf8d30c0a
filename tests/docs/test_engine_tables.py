"""The README and the guide say the same of each engine, and both say something of all of them."""

from __future__ import annotations

import re
from pathlib import Path

from erd2dbt.engines.engine import Level
from erd2dbt.engines.registry import ENGINES

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "pages" / "guides" / "engines.md"

_STATUS = {
    Level.BUILT: "built",
    Level.EMULATED: "emulated",
    Level.COMPILED: "compiled",
    Level.PRINTED: "generated, not run",
}


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
        assert re.match(r"\d{4}-\d{2}", when), name
        assert bool(re.search(r"\d+\.\d+", when)) == (status != "generated, not run"), name
        assert status == _STATUS[ENGINES[name].tested.level], name


def test_the_readme_builds_on_duckdb_by_one_word_in_its_second_paragraph() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    paragraphs = text.partition("## Try it\n\n")[2].split("\n\n")
    assert "`--engine duckdb`" in paragraphs[0]
    commands = re.findall(r"^\S*pip install .* && (.*)$", text, re.MULTILINE)
    assert any(command.endswith("build specs/marketing.yml -o on-duckdb --engine duckdb") for command in commands)


def test_the_bound_on_dbt_is_the_one_that_the_docs_name() -> None:
    """It is below every version that only some machines can install; `benchmarks/dbt_versions.py` builds with all."""
    (bound,) = re.findall(r'^    "(dbt-core[^"]+)",$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert bound == "dbt-core>=1.10.6,<1.12"
    assert f"`{bound}`" in (ROOT / "docs" / "pages" / "reference" / "project.md").read_text("utf-8")
    versions = (ROOT / "benchmarks" / "dbt_versions.py").read_text("utf-8")
    lowest = bound.partition(",")[0]
    assert f'"{lowest},<1.11"' in versions
