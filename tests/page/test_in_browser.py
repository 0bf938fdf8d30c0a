"""The page in headless Chromium, where there is one: search, lineage, themes, widths, and a thousand entities.

One probe page holds the page under test in frames, drives it and writes what it saw. One start of the browser each
serves all questions, for that is what takes time.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from erd2dbt.page.composing import project_page, search_index
from erd2dbt.page.html import page_html
from erd2dbt.page.pictures import erd_picture, lineage_picture
from erd2dbt.page.states import Ran
from erd2dbt.page.values import Input, PageColumn, PageModel
from erd2dbt.pipelines import generation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: `apt-get install chromium` brings it")

HERE = Path(__file__).parent
PROBE = HERE / "browser"
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --enable-logging=stderr --dump-dom""".split()
WIDTHS = (390, 768, 1440, 2560)
OPENED_WITHIN = 4.0  # seconds; half of it on a machine that does nothing else


def driven(page: str, body: str, folder: Path, *, real_time: bool = False) -> dict[str, Any]:
    """What the script `browser/<body>.js` found in the page; nothing may be written to the console."""
    text = json.dumps(page).replace("</", "<\\/").replace("<!--", "<\\!--")
    probe = (PROBE / "probe.html").read_text(encoding="utf-8")
    script = (PROBE / f"{body}.js").read_text(encoding="utf-8")
    probe = probe.replace("BODY", script).replace("WIDTHS", str(list(WIDTHS))).replace("PAGE", text, 1)
    (folder / "probe.html").write_text(probe, encoding="utf-8")
    flags = [*FLAGS, f"--user-data-dir={folder}/browser", "--window-size=2600,1000"]
    flags += ["--timeout=20000"] if real_time else ["--virtual-time-budget=200000"]
    address = (folder / "probe.html").as_uri()
    done = subprocess.run([CHROMIUM, *flags, address], capture_output=True, text=True, timeout=100, check=True)
    assert "CONSOLE" not in done.stderr
    said = json.loads(re.findall(r'<pre id="said">(.*?)</pre>', done.stdout, re.DOTALL)[0].replace("&gt;", ">"))
    assert "error" not in said, said["error"]
    return dict(said)


@pytest.fixture(scope="module")
def shop() -> str:
    """With results, and with a description that a browser would run if it were not text."""
    spec = (HERE / "shop.yml").read_text(encoding="utf-8")
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


def test_a_thousand_models_open_in_time(tmp_path: Path) -> None:
    empty = project_page(generation.generate((HERE / "shop.yml").read_bytes(), "shop.yml"))
    models = tuple(
        PageModel(
            key=f"m{n}",
            name=f"m{n}",
            layer="staging" if n < 600 else "marts",
            description="One of a thousand",
            grain="id",
            path=f"models/m{n}.sql",
            columns=tuple(
                PageColumn(name=f"c{k}", type="text", marks=("PK",) if not k else (), description="A column",
                           inputs=(Input(f"m{n // 2}", f"m{n // 2}", f"c{k}", "identity"),))
                for k in range(8)
            ),
            reads=tuple({f"m{n // 2}", f"m{n // 3}"}) if n >= 600 else (),
        )
        for n in range(1000)
    )  # fmt: skip
    page = replace(
        empty,
        models=models,
        pictures=(erd_picture(models, {}, ()), lineage_picture(models)),
        index=search_index(models),
    )
    text = page_html(page)
    said = driven(text, "opens", tmp_path, real_time=True)
    assert said["boxes"] == [1000, 1000]
    assert said["seconds"] < OPENED_WITHIN
    said = driven(text, "follows", tmp_path)
    # 900 reads 450, and that 225, and so on to 1, which reads 0, which reads itself
    assert (said["up"], said["threads"]) == ([0, 1, 3, 7, 14, 28, 56, 112, 225, 450], 11)
