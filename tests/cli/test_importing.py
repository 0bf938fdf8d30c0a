"""`import` as it is typed: what is written, what is said where, what is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from read.board.drawn import FIXTURES

if TYPE_CHECKING:
    from conftest import Shop

MERMAID = "erDiagram\n  users {\n    int user_id PK\n  }\n  visits {\n    int visit_id PK\n    int user_id FK\n  }\n"
HALF = json.dumps([
    {"id": "1", "type": "shape", "data": {"content": "<p>users</p><p>PK user_id int</p>"}},
    {"id": "2", "type": "shape", "isSupported": False, "position": {"x": 3.0, "y": 4.5}},
    {"id": "3", "type": "table", "position": {"x": 5.0, "y": 6.0}},
    {"id": "4", "type": "text", "data": {"content": "made by Kim"}},
])  # fmt: skip


def test_a_diagram_becomes_a_spec_that_generates(shop: Shop) -> None:
    Path("größen und maße.mmd").write_text(MERMAID, encoding="utf-8")
    done = shop.run("import", "größen und maße.mmd", "-o", "neu/spec.yml")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "read     2 entities, 1 link, 0 models from größen und maße.mmd\n"
        "open     0 TODOs and 2 guesses; `erd2dbt plan neu/spec.yml` lists them\n"
        "account  15 parts of the input read, 0 unread, 0 ignored\n"
        "wrote    neu/spec.yml\n"
    )
    assert "\nproject: groen_und_mae\n" in Path("neu/spec.yml").read_text(encoding="utf-8")
    assert shop.run("generate", "neu/spec.yml", "--no-compile", "-o", "out").exit_code == 0


def test_without_a_name_the_spec_goes_to_standard_output_and_the_summary_to_standard_error(shop: Shop) -> None:
    Path("users.mmd").write_text(MERMAID, encoding="utf-8")
    shop.run("import", "users.mmd", "-o", "spec.yml")
    done = shop.run("import", "users.mmd")
    assert done.stdout == Path("spec.yml").read_text(encoding="utf-8")
    assert done.stderr.startswith("read     2 entities, 1 link, 0 models from users.mmd\n")
    assert "wrote" not in done.stderr
    assert shop.run("import", "users.mmd", "-q").stderr == ""


def test_from_standard_input(shop: Shop) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cat:
        process = shop.start("import", "-", stdin=cat.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert cat.stdin is not None
        cat.stdin.write(MERMAID.encode())
        cat.stdin.close()
        said, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert "\nproject: my_project\n" in said


def test_a_spec_that_is_there_is_kept_unless_forced(shop: Shop) -> None:
    before = Path("shop.yml").read_bytes()
    Path("users.mmd").write_text(MERMAID, encoding="utf-8")
    refused = shop.run("import", "users.mmd", "-o", "shop.yml")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == (
        "error: `shop.yml` already exists, and `.shop.yml.drafted`, its last generated version, does not; "
        "nothing was written (--force overwrites the spec)\n"
    )
    assert Path("shop.yml").read_bytes() == before
    os.chmod("shop.yml", 0o640)
    assert shop.run("import", "users.mmd", "-o", "shop.yml", "--force").exit_code == 0
    assert "users:" in Path("shop.yml").read_text(encoding="utf-8")
    assert Path("shop.yml").stat().st_mode & 0o777 == 0o640


def test_what_could_not_be_read_is_listed_and_refused_unless_allowed(shop: Shop) -> None:
    Path("board.json").write_text(HALF, encoding="utf-8")
    listed = (
        "unread   shape 2 at (3, 4.5): the export does not show its text, as with Miro's own ERD shapes\n"
        "unread   table 3 at (5, 6): the export does not show its rows\n"
    )
    refused = shop.run("import", "board.json", "-o", "spec.yml")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == listed + "\n2 unread; nothing was written (--allow-unread goes on without)\n"
    assert not Path("spec.yml").exists()
    allowed = shop.run("import", "board.json", "-o", "spec.yml", "--allow-unread", "-v")
    assert allowed.exit_code == 0
    assert allowed.stderr == "left     text 4, “made by Kim”: a note\n" + listed
    assert "account  2 parts of the input read, 2 unread, 1 ignored; listed at the end of the spec\n" in allowed.stdout
    text = Path("spec.yml").read_text(encoding="utf-8")
    assert text.endswith(
        "# unread: shape 2 at (3, 4.5): the export does not show its text, as with Miro's own ERD shapes\n"
        "# unread: table 3 at (5, 6): the export does not show its rows\n"
        "# ignored: text 4, “made by Kim”: a note\n"
    )


def test_each_entity_keeps_its_item_and_a_link_to_it(shop: Shop) -> None:
    pages = [json.loads((FIXTURES / name).read_text()) for name in ("rest_items.json", "rest_connectors.json")]
    Path("board.json").write_text(json.dumps([*pages[0], *pages[1]]), encoding="utf-8")
    assert shop.run("import", "board.json", "-o", "spec.yml", "--allow-unread").exit_code == 0
    text = Path("spec.yml").read_text(encoding="utf-8")
    items = re.findall(
        r'^    (\w+): "(\d+)"  # https://miro.com/app/board/uXjVMktErd0=/\?moveToWidget=(\d+)$', text, re.M
    )
    assert len(items) == 10
    assert all(item == linked for _, item, linked in items)
    assert ("sessions", "3458764660700000021", "3458764660700000021") in items


@pytest.mark.parametrize("board", ["uXjVMktErd0=", "https://miro.com/app/board/uXjVMktErd0%3D/?moveToWidget=3"])
def test_an_export_that_does_not_say_its_board_is_told_it(shop: Shop, board: str) -> None:
    export = str(FIXTURES / "web_sdk_items.json")
    without = shop.run("import", export, "--allow-unread").stdout
    assert "\nmiro:" not in without
    told = shop.run("import", export, "--allow-unread", "--board", board).stdout
    assert '\nmiro:\n  board: "uXjVMktErd0="\n' in told
    assert "https://miro.com/app/board/uXjVMktErd0=/?moveToWidget=3458764660700000021\n" in told


def test_what_the_board_says_stands_beside_what_is_open(shop: Shop) -> None:
    """Quoted, never interpreted."""
    pages = json.loads((FIXTURES / "rest_items.json").read_text())
    note = {
        "id": "77",
        "type": "sticky_note",
        "data": {"content": "<p>An LTV tier is <b>high</b> from $500.</p><p>So!</p>"},
    }
    Path("board.json").write_text(json.dumps([*pages, note]), encoding="utf-8")
    assert shop.run("import", "board.json", "-o", "spec.yml", "--allow-unread").exit_code == 0
    (line,) = re.findall(r"ltv_tier: .*", Path("spec.yml").read_text(encoding="utf-8"))
    assert line.startswith("ltv_tier: TODO  # needs: its thresholds, as {tier: ")
    assert line.endswith("; the diagram says: “An LTV tier is high from $500.”")


@pytest.mark.parametrize("words", [("no.json",), (".",), ("shop.yml",), ("empty.mmd",)])
def test_what_is_no_diagram_is_a_fault(shop: Shop, words: tuple[str, ...]) -> None:
    Path("empty.mmd").touch()
    done = shop.run("import", *words, "-o", "spec.yml")
    assert done.exit_code == 2
    assert re.search(r"error E0(15|50): ", done.stderr)
    assert done.stderr.endswith("1 fault\n")
    assert not Path("spec.yml").exists()


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(shop: Shop) -> None:
    Path("users.mmd").write_text(MERMAID, encoding="utf-8")
    Path("closed").mkdir(mode=0o500)
    done = shop.run("import", "users.mmd", "-o", "closed/spec.yml")
    assert done.exit_code == 2
    assert "E803" in done.stderr


def test_a_file_where_a_folder_is_wanted(shop: Shop) -> None:
    Path("users.mmd").write_text(MERMAID, encoding="utf-8")
    done = shop.run("import", "users.mmd", "-o", "shop.yml/spec.yml")
    assert done.exit_code == 2
    assert "error E803: cannot write into `shop.yml`" in done.stderr


def test_a_box_that_has_another_name_in_the_spec_is_told_when_it_changes(shop: Shop) -> None:
    Path("users.mmd").write_text(MERMAID, encoding="utf-8")
    assert shop.run("import", "users.mmd", "-o", "people.yml", "-q").exit_code == 0
    spec = Path("people.yml").read_text(encoding="utf-8")
    Path("people.yml").write_text(re.sub(r"\busers\b", "people", spec), encoding="utf-8")
    assert "missed" not in shop.run("import", "users.mmd", "-o", "people.yml").output
    Path("users.mmd").write_text(MERMAID.replace("user_id PK", "user_id PK\n    text town"), encoding="utf-8")
    told = shop.run("import", "users.mmd", "-o", "people.yml").output
    assert "missed   users has changed in the diagram, and the spec has nothing of that name\n" in told
