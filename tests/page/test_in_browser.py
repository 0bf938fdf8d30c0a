"""The page in headless Chromium, where there is one: search, lineage, themes, widths, and a thousand models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driving import CHROMIUM, SHOP, WIDTHS, driven, page_of_models

from erd2dbt.page.composing import project_page
from erd2dbt.page.html import page_html
from erd2dbt.page.states import Ran
from erd2dbt.pipelines import generation

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: `apt-get install chromium` brings it")


@pytest.fixture(scope="module")
def shop() -> str:
    """With results, and with a description that a browser would run if it were not text."""
    spec = SHOP.read_text(encoding="utf-8")
    hostile = json.dumps("</script><script>alerted = 1</script><img src=x onerror='alerted = 1'>")
    made = generation.generate(spec.replace("People who buy", hostile).encode(), "shop.yml")
    tests = {
        test: ("fail" if str(claim.kind) == "reference" else "pass", "") for claim, test in made.project.guards.items()
    }
    return page_html(project_page(made, run=Ran("dbt build", tests)))


def test_search_lineage_links_keys_and_filters(shop: str, tmp_path: Path) -> None:
    said = driven(shop, "works", tmp_path)
    assert said["focused"] == "search"
    assert said["found"] == ["revenue"]
    assert (said["hash"], said["title"], said["lit"]) == (
        "#customer_value.revenue",
        "customer_value ✓ holds",
        "revenue",
    )
    assert said["trace"] == ["stg_orders.amount"]
    assert set(said["up"]) == {"stg_orders.amount"}
    assert said["self"] == ["customer_value.revenue"]
    assert said["shown"] == ["lineage"]
    assert said["threads"] == [1, 0]
    assert said["after"] == 0
    assert said["arrow"] == ["tab-claims", ["claims"]]
    assert (said["entered"], said["returned"]) == ("customer_value ✓ holds", "customer_value")
    assert said["clicked"] == "#stg_orders.amount"
    assert said["down"] == ["customer_value.revenue"]
    assert said["named"] == "country"
    assert (said["broken"], said["count"]) == (["reference"], "1 of 4")
    assert said["alerted"] == "undefined"


def test_every_view_fits_four_widths_in_both_themes(shop: str, tmp_path: Path) -> None:
    """Nothing is wider than the window, and every text has the contrast that WCAG AA asks for, 4.5 to 1."""
    said = driven(shop, "looks", tmp_path)
    for width in WIDTHS:
        seen = said[str(width)]
        assert [tab for tab, _ in seen["seen"]] == ["tab-erd", "tab-lineage", "tab-claims", "tab-models", "details"]
        assert all(wide <= width for _, wide in seen["seen"])
        assert seen["papers"] == ["rgb(255, 255, 255)", "rgb(20, 24, 28)"]
        assert seen["texts"] > 300
        assert seen["pale"] == []


def test_a_thousand_models_open(tmp_path: Path) -> None:
    text = page_of_models(1000)
    assert driven(text, "opens", tmp_path, real_time=True)["boxes"] == [1000, 1000]
    said = driven(text, "follows", tmp_path)
    # 900 reads 450, and that 225, and so on to 1, which reads 0, which reads itself
    assert (said["up"], said["threads"]) == ([0, 1, 3, 7, 14, 28, 56, 112, 225, 450], 11)
