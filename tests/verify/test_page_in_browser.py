"""The page opened in headless Chromium, where there is one: no console error, no overflow, dark and light."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_planted import twice

if TYPE_CHECKING:
    from conftest import Marketing

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --enable-logging=stderr --virtual-time-budget=2000 --dump-dom""".split()
PROBE = """<iframe id="page" width="{width}" height="900" srcdoc="{page}"></iframe><p id="said"></p><script>
onload = () => {{
  const page = document.getElementById("page").contentDocument, root = page.documentElement;
  const claims = page.querySelectorAll(".claims li").length, paper = getComputedStyle(page.body).backgroundColor;
  document.getElementById("said").textContent = [root.scrollWidth, root.clientWidth, claims, paper].join("; ");
}};</script>"""


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine; the page is judged by its text alone")
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(("scheme", "paper"), [(1, "rgb(255, 255, 255)"), (0, "rgb(20, 24, 28)")])
def test_opened(marketing: Marketing, width: int, scheme: int, paper: str) -> None:
    twice(marketing)
    marketing.report()
    assert marketing.run("--url", marketing.connection.url, "--format", "html", "-o", "report.html").exit_code == 1
    page = html.escape(Path("report.html").read_text(encoding="utf-8"))
    Path("probe.html").write_text(PROBE.format(width=width, page=page), encoding="utf-8")
    flags = [*FLAGS, f"--blink-settings=preferredColorScheme={scheme}", f"--user-data-dir={marketing.folder}/browser"]
    address = (marketing.folder / "probe.html").as_uri()
    done = subprocess.run([CHROMIUM, *flags, address], capture_output=True, text=True, timeout=60, check=True)
    assert "CONSOLE" not in done.stderr
    (said,) = re.findall(r'<p id="said">(.*?)</p>', done.stdout)
    wide, seen, claims, colour = said.split("; ")
    assert int(wide) <= int(seen) <= width
    assert int(claims) > 20
    assert colour == paper
