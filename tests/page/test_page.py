"""The page as a document: what it shows of a project, of results and of changes; no text of a diagram is live."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from outline import Outline

from erd2dbt.cli import main
from erd2dbt.contract.compare import contract_changes
from erd2dbt.page.composing import comparison_page, project_page
from erd2dbt.page.html import page_html
from erd2dbt.page.states import Ran, last_run
from erd2dbt.page.values import Page
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.generation import Generated

HERE = Path(__file__).parent
SHOP = (HERE / "shop.yml").read_text(encoding="utf-8")
EXPECTED = HERE / "shop.outline.txt"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)> \"'&{{ 7*7 }}`"


def generated(text: str, name: str = "shop.yml") -> Generated:
    return generation.generate(text.encode(), name)


def outline(page: Page) -> Outline:
    return Outline(page_html(page))


@pytest.fixture(scope="module")
def shop() -> Generated:
    return generated(SHOP)


@pytest.fixture(scope="module")
def page(shop: Generated) -> Outline:
    return outline(project_page(shop))


def test_what_stands_on_the_page(page: Outline) -> None:
    """Both diagrams, and the headings of the views, the claims and the details of each model."""
    found = "\n".join([*page.drawn(), "", *page.headings]) + "\n"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        EXPECTED.write_text(found, encoding="utf-8")
    assert found == EXPECTED.read_text(encoding="utf-8")


def test_the_script_knows_the_lineage(page: Outline) -> None:
    value = next(model for model in page.index["models"] if model["key"] == "customer_value")
    assert value["reads"] == ["stg_customers", "stg_orders"]
    assert ["revenue", [["stg_orders", "amount"]]] in value["columns"]


def test_links_lead_to_models_and_columns_that_are_there(page: Outline) -> None:
    columns = {(m["key"], name) for m in page.index["models"] for name, _ in m["columns"]}
    known = {f"#{m['key']}" for m in page.index["models"]} | {f"#{key}.{name}" for key, name in columns}
    links = {found["href"] for found in page.all("a") if not found["href"].startswith("#/")}
    assert "#customer_value.revenue" in links
    assert links <= known


def test_nothing_is_loaded_and_only_the_script_of_the_tool_may_run(page: Outline) -> None:
    scripts = page.all("script")
    assert [found.get("type") for found in scripts] == ["application/json", None]
    assert not [found for _, found in page.elements if {"src", "srcset"} & found.keys()]
    assert page.all("link") == [{"rel": "icon", "href": "data:,"}]
    policy = page.all("meta", http_equiv="Content-Security-Policy")[0]["content"]
    digest = base64.b64encode(hashlib.sha256(page.scripts[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in policy


def test_text_of_a_diagram_is_shown_and_not_obeyed() -> None:
    """In descriptions, in values and in names that PostgreSQL takes."""
    text = SHOP.replace("People who buy", json.dumps(HOSTILE)).replace("A small shop", json.dumps(HOSTILE))
    text = text.replace("country: text", f"country: {{type: text, from: {json.dumps(HOSTILE[:40])}}}")
    made = outline(project_page(generated(text)))
    assert len(made.all("script")) == 2
    assert made.all("img") == []
    assert not [name for _, found in made.elements for name in found if name.startswith("on")]
    assert "<img src=x onerror=alert(1)> \"'&{{ 7*7 }}" in made.text
    assert HOSTILE in {model["text"] for model in made.index["models"]}


def test_characters_that_html_has_not_are_replaced(shop: Generated) -> None:
    made = page_html(replace(project_page(shop), sum="a\x00\x1b[31mb", states="a\x00\x1b[31mb"))
    assert "a\ufffd\ufffd[31mb" in made
    assert "\x1b" not in made


def test_names_of_files_are_text_in_a_comparison() -> None:
    old, new = generated(SHOP, "<b>old</b>.yml"), generated(SHOP.replace("amount", "paid"), "<b>new</b>.yml")
    made = outline(comparison_page(old, new, contract_changes(old, new), ("<b>old</b>.yml", "<b>new</b>.yml")))
    assert "<b>new</b>.yml compared with <b>old</b>.yml" in made.text
    assert "old" not in made.headings


# -- states


def test_states_are_those_of_the_last_tests(shop: Generated) -> None:
    """A test that failed breaks its claim, the link that draws it, and the model whose proof cites it."""
    key, reference, *_ = (
        test for claim, test in shop.project.guards.items() if str(claim.kind) in ("key", "reference")
    )
    guards = {str(claim.kind): test for claim, test in shop.project.guards.items()}
    run = Ran("dbt build", {guards["reference"]: ("fail", "Got 3 results"), guards["key"]: ("pass", "")})
    made = outline(project_page(shop, run=run))
    assert "States of claims: dbt build" in made.text
    assert "stg_customers -> stg_orders: link broken" in made.drawn()
    assert "stg_orders: staging broken" in made.drawn()
    states = [found["data-state"] for found in made.all("tr") if "data-state" in found]
    assert states.count("broken") == 1
    assert states.count("holds") == 1
    assert "untested" in states
    assert "Got 3 results" in made.text
    assert key != reference


def test_a_page_without_results_shows_no_states(page: Outline) -> None:
    assert "States of claims" not in page.text
    assert page.all("select", id="claim-state") == []


@pytest.mark.parametrize(
    "left",
    [
        "{",
        "[]",
        "null",
        '{"args": {"which": "compile"}, "metadata": {"generated_at": "2024"}, "results": []}',
        '{"results": []}',
    ],
)
def test_a_run_without_tests_says_nothing(tmp_path: Path, left: str) -> None:
    folder = tmp_path / "target"
    folder.mkdir()
    assert last_run(tmp_path) is None
    folder.joinpath("run_results.json").write_text(left, encoding="utf-8")
    assert last_run(tmp_path) is None


def test_the_last_run_is_read_as_dbt_writes_it(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    result = {"unique_id": "test.shop.orders_key.0a1b", "status": "fail", "message": "Got 1 result"}
    built = {"unique_id": "model.shop.orders", "status": "success", "message": None}
    written = {
        "metadata": {"generated_at": "2024-05-01T10:20:30.5Z"}, "args": {"which": "build"}, "results": [result, built]
    }  # fmt: skip
    (tmp_path / "target" / "run_results.json").write_text(json.dumps(written), encoding="utf-8")
    run = last_run(tmp_path)
    assert run == Ran("dbt build of 2024-05-01 10:20 UTC", {"orders_key": ("fail", "Got 1 result")})


# -- what changes


def test_what_came_what_left_and_what_changed() -> None:
    new = SHOP.replace("    keep: [country]\n", "").replace("      revenue:", "      turnover:")
    new = (
        new.replace("country: text", "country: text, city: text") + "  by_country: {grain: country, rows: customers}\n"
    )
    new = new.replace("}o--||", "}|--||")
    old_made, new_made = generated(SHOP), generated(new)
    changes = contract_changes(old_made, new_made)
    made = outline(comparison_page(old_made, new_made, changes, ("old", "new")))
    drawn = made.drawn()
    assert "stg_customers -> stg_orders: link changed" in drawn
    assert "by_country: marts added" in drawn
    at = drawn.index("customer_value: marts changed")
    assert drawn[at + 1 : at + 5] == ["  customer_id", "  turnover: added", "  country: removed", "  revenue: removed"]
    assert made.text.index("breaking") < made.text.index("column removed") < made.text.index("additive")


def test_a_model_that_left_keeps_its_details() -> None:
    old, new = generated(SHOP), generated(SHOP[: SHOP.index("models:")] + "models: {}\n")
    made = outline(comparison_page(old, new, contract_changes(old, new), ("old", "new")))
    assert "customer_value: marts removed" in made.drawn()
    assert "stg_orders -> customer_value: lineage removed" in made.drawn()
    assert len(made.all("template", data_key="customer_value")) == 1
    assert "All that was paid" in made.text


def test_nothing_changed(shop: Generated) -> None:
    made = outline(comparison_page(shop, shop, (), ("old", "new")))
    assert "Nothing." in made.text
    assert not [line for line in made.drawn() if line.endswith(("added", "removed", "changed"))]


# -- other shapes of projects


def test_the_bus_matrix_of_a_derived_star() -> None:
    made = outline(project_page(generated(SHOP[: SHOP.index("models:")])))
    assert len(made.all("section", id="bus")) == 1
    assert "Fact Kind dim_customers" in made.text


def test_entities_without_links_and_names_that_are_long() -> None:
    entities = "".join(f"  {'e' * 50}{n}: {{key: id, columns: {{id: int}}}}\n" for n in range(3))
    made = outline(
        project_page(
            generated(f"version: 1\nproject: p\nsources: {{raw: {{schema: raw}}}}\nentities:\n{entities}models: {{}}\n")
        )
    )
    assert len(made.all("g", kind="box")) == 6
    assert made.all("g", kind="line") == []
    assert "e" * 25 + "…" in made.text


def test_a_link_of_an_entity_with_itself_is_drawn() -> None:
    text = SHOP.replace("links:\n", "links:\n  orders }o--o| orders: {parent: parent_id = order_id}\n")
    text = text.replace("customer_id: int, amount", "customer_id: int, parent_id: int, amount")
    drawn = outline(project_page(generated(text))).drawn()
    assert "stg_orders -> stg_orders: link" in drawn


# -- the commands


def run(*words: str) -> Result:
    return CliRunner().invoke(main, [*words], catch_exceptions=False)


def test_page_and_diff_write_the_same_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shop: Generated
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yml").write_text(SHOP, encoding="utf-8")
    assert run("page", "shop.yml", "-o", "page.html").stdout == "wrote    page.html\n"
    text = Path("page.html").read_text(encoding="utf-8")
    assert text == page_html(project_page(shop)) == run("page", "shop.yml").stdout
    Path("new.yml").write_text(SHOP.replace("revenue:", "turnover:"), encoding="utf-8")
    done = run("diff", "shop.yml", "new.yml", "--format", "html", "--fail-on", "breaking")
    assert done.exit_code == 1
    assert "column removed" in Outline(done.stdout).text
    assert run("diff", "shop.yml", "--format", "html").exit_code == 2


@pytest.mark.parametrize("left", ["", "{}", '{"claims": [{}], "project": "p"}'])
def test_a_report_that_is_none(tmp_path: Path, left: str) -> None:
    (tmp_path / "shop.yml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "report.json").write_text(left, encoding="utf-8")
    done = run("page", str(tmp_path / "shop.yml"), "--report", str(tmp_path / "report.json"))
    assert (done.exit_code, "error E714" in done.stderr) == (2, True)
