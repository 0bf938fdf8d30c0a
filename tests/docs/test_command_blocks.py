"""README and docs: every command that they show is run, and prints what they show.

`ERD2DBT_UPDATE_GOLDEN=1` writes what is printed now into the pages, to be read before it is committed."""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.sessions import Session, blocks, updated
from erd2dbt.run.connection import Connection
from miro.boards import shop
from miro.server import Miro

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "pages").rglob("*.md"))]
WITH_COMMANDS = [page for page in PAGES if any(block.steps() for block in blocks(page.read_text(encoding="utf-8")))]
BOARD, DATABASE = "https://miro.com/app/board/uXjVMktErd0=/", "postgresql://reader@localhost/shop"


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def miro() -> Iterator[Miro]:
    """Miro with the board that the docs read."""
    with Miro() as server:
        shop(server)
        yield server


@pytest.fixture
def environment(tmp_path: Path, miro: Miro) -> dict[str, str]:
    """A shell of somebody who has only the tool, git and a token of Miro."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name in {"PYTHONPATH", "LANG", "TMPDIR", "SYSTEMROOT"}}
    return kept | {
        "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "COLUMNS": "120",
        "ERD2DBT_CACHE": f"{os.environ['ERD2DBT_TESTS_POSTGRES']}/docs",
        "MIRO_API_URL": miro.url,
        "MIRO_TOKEN": miro.token,
        "no_proxy": "*",
        **{f"GIT_{who}_{what}": "reader@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=named)
def test_what_a_page_shows_is_printed(
    page: Path, tmp_path: Path, environment: dict[str, str], database: Connection
) -> None:
    text = page.read_text(encoding="utf-8")
    if "--engine duckdb" in text:
        pytest.importorskip("dbt.adapters.duckdb")
    folder = tmp_path / "here"
    if page.name == "README.md":
        for name in ("specs", "examples/marketing/data"):
            shutil.copytree(ROOT / name, folder / name)
    else:
        folder.mkdir()
    address = database.url
    session = Session(
        folder,
        environment,
        rewrite=lambda command: command.replace(".venv/bin/", "").replace(DATABASE, f"'{address}'"),
        restore=lambda printed: printed.replace(address, DATABASE).replace(database.dbname, "shop"),
    )
    session.run(blocks(text))
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        page.write_text(updated(text, session.differing), encoding="utf-8")
        return
    assert [f"$ {step.command}\n{printed}" for step, printed in session.differing] == []


def test_all_pages_with_commands_are_run() -> None:
    """No block of commands is indented, in another form or in another language, so that none is overlooked."""
    assert len(WITH_COMMANDS) >= 8
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"^[ \t]+```|^~~~|^```(bash|shell|zsh|text\n\$)", text, re.MULTILINE), named(page)
        found = [*blocks(text), *(block for block in blocks(text) if block.output_at)]
        assert len(found) * 2 == len(re.findall(r"^```", text, re.MULTILINE)), named(page)


def test_what_is_not_run_has_a_reason() -> None:
    reasons = {block.why for page in PAGES for block in blocks(page.read_text(encoding="utf-8")) if block.why}
    assert reasons <= {
        "the test command",
        "it needs the service itself",
        "it needs a warehouse",
        "it installs packages",
    }
