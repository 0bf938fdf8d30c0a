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

from erd2dbt.page.composing import project_page
from erd2dbt.page.html import page_html
from erd2dbt.page.pictures import lineage_picture
from erd2dbt.page.states import Ran
from erd2dbt.page.values import Input, PageColumn, PageModel
from erd2dbt.pipelines import generation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: `apt-get install chromium` brings it")

HERE = Path(__file__).parent
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --enable-logging=stderr --dump-dom""".split()
WIDTHS = (390, 768, 1440, 2560)
OPENED_WITHIN = 4.0  # seconds; half of it on a machine that does nothing else
PROBE = """<meta charset="utf-8"><body></body><pre id="said"></pre><script>
const page = PAGE, said = {};
const until = (test) => new Promise((done, failed) => {
  const start = Date.now();
  const late = () => Date.now() - start > 50000;
  const look = () => { if (test()) done(); else if (late()) failed(Error(String(test))); else setTimeout(look, 20); };
  look();
});
const opened = (width) => new Promise((done) => {
  const frame = document.createElement("iframe");
  Object.assign(frame, { width, height: 900, srcdoc: page });
  frame.onload = () => done(frame);
  document.body.append(frame);
});
const all = (page, selector) => [...page.querySelectorAll(selector)];
(async () => {
  BODY
})().catch((error) => { said.error = String(error && error.stack); }).finally(() => {
  document.getElementById("said").textContent = JSON.stringify(said);
});
</script>"""
LOOKS = """
  const contrast = (page) => {
    const value = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number).map((one) => {
      const part = one / 255; return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; });
    const light = (text) => { const [r, g, b] = value(text); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const of = (page, property, element) => light(page.defaultView.getComputedStyle(element)[property]);
    const paper = of(page, "backgroundColor", page.body);
    return all(page, "h1, p, .count, a, .state, .change, small, th").map((element) => {
      const ink = of(page, "color", element), [high, low] = ink > paper ? [ink, paper] : [paper, ink];
      return [(high + 0.05) / (low + 0.05), element.className || element.tagName];
    }).sort((a, b) => a[0] - b[0])[0];
  };
  for (const width of WIDTHS) {
    const page = (await opened(width)).contentDocument, root = page.documentElement;
    const seen = [];
    for (const tab of all(page, "[role=tab]")) {
      tab.click();
      await until(() => tab.getAttribute("aria-selected") === "true");
      seen.push([tab.id, root.scrollWidth]);
    }
    const papers = [], contrasts = [];
    for (const theme of ["light", "dark"]) {
      root.dataset.theme = theme;
      papers.push(page.defaultView.getComputedStyle(page.body).backgroundColor);
      contrasts.push(contrast(page));
    }
    said[width] = { seen, papers, contrasts };
  }
"""
WORKS = """
  const frame = await opened(1440), page = frame.contentDocument, view = frame.contentWindow;
  const key = (element, name) => element.dispatchEvent(new view.KeyboardEvent("keydown", { key: name, bubbles: true }));
  const search = page.getElementById("search"), details = page.getElementById("details");
  const box = (picture, name) => all(page, `#${picture} .box`).find((one) => one.dataset.key === name);
  const named = (row) => row.closest(".box").dataset.key + "." + row.dataset.column;
  const rows = (word) => all(page, `.row.${word}`).map(named);
  key(page.body, "/");
  said.focused = page.activeElement.id;
  search.value = "REVEN";
  search.dispatchEvent(new view.Event("input"));
  said.found = all(page, "#results li").map((item) => item.firstChild.textContent);
  key(search, "Enter");
  await until(() => !details.hidden);
  said.hash = view.location.hash;
  said.title = details.querySelector("h2").textContent.trim();
  said.lit = details.querySelector("tr.lit").dataset.column;
  said.trace = all(page, ".trace a").map((link) => link.textContent);
  said.up = rows("up");
  said.self = rows("self");
  said.shown = all(page, ".view:not([hidden])").map((one) => one.id);
  key(page.body, "Escape");
  await until(() => details.hidden);
  said.after = rows("up").length + all(page, ".traced").length;
  page.getElementById("tab-erd").click();
  await until(() => !page.getElementById("erd").hidden);
  const row = [...box("erd", "stg_orders").querySelectorAll(".row")].find((one) => one.dataset.column === "amount");
  row.dispatchEvent(new view.MouseEvent("click", { bubbles: true }));
  await until(() => !details.hidden);
  said.clicked = view.location.hash;
  said.down = rows("down");
  const world = page.querySelector("#erd .world"), first = world.getAttribute("transform");
  key(page.querySelector("#erd svg"), "+");
  await until(() => world.getAttribute("transform") !== first);
  view.location.hash = "#customers.country";
  await until(() => details.querySelector("h2").textContent.includes("stg_customers"));
  said.named = details.querySelector("tr.lit").dataset.column;
  view.location.hash = "#/claims";
  await until(() => details.hidden);
  const state = page.getElementById("claim-state");
  state.value = "broken";
  state.dispatchEvent(new view.Event("input"));
  said.broken = all(page, "#claim-rows tr:not([hidden])").map((one) => one.dataset.kind);
  said.count = page.getElementById("claim-count").textContent;
  said.alerted = String(view.alerted);
"""
OPENS = """
  const start = performance.now(), frame = await opened(1440), page = frame.contentDocument;
  said.seconds = (performance.now() - start) / 1000;
  said.boxes = all(page, "#lineage .box").length;
"""


def driven(page: str, body: str, folder: Path, *, real_time: bool = False) -> dict[str, Any]:
    """What the probe wrote; nothing may be said on the console."""
    text = json.dumps(page).replace("</", "<\\/").replace("<!--", "<\\!--")
    probe = PROBE.replace("BODY", body).replace("WIDTHS", str(list(WIDTHS))).replace("PAGE", text, 1)
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
    said = driven(shop, WORKS, tmp_path)
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
    assert said["after"] == 0
    assert said["clicked"] == "#stg_orders.amount"
    assert said["down"] == ["customer_value.revenue"]
    assert said["named"] == "country"
    assert (said["broken"], said["count"]) == (["reference"], "1 of 4")
    assert said["alerted"] == "undefined"


def test_every_view_fits_four_widths_in_both_themes(shop: str, tmp_path: Path) -> None:
    """Nothing is wider than the window, and the palest text has the contrast that WCAG AA asks for."""
    said = driven(shop, LOOKS, tmp_path)
    for width in WIDTHS:
        seen = said[str(width)]
        assert [tab for tab, _ in seen["seen"]] == ["tab-erd", "tab-lineage", "tab-claims", "tab-models"]
        assert all(wide <= width for _, wide in seen["seen"])
        assert seen["papers"] == ["rgb(255, 255, 255)", "rgb(20, 24, 28)"]
        assert all(ratio >= 4.5 for ratio, _ in seen["contrasts"]), seen["contrasts"]


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
    index = {
        "models": [
            {"key": m.key, "name": m.name, "layer": m.layer, "text": "", "reads": [], "columns": []} for m in models
        ]
    }
    page = replace(empty, models=models, pictures=(lineage_picture(models),), index=index)
    said = driven(page_html(page), OPENS, tmp_path, real_time=True)
    assert said["boxes"] == 1000
    assert said["seconds"] < OPENED_WITHIN
