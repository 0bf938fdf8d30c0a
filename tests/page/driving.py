"""Pages driven in headless Chromium.

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

from erd2dbt.page.composing import project_page, search_index
from erd2dbt.page.html import page_html
from erd2dbt.page.pictures import erd_picture, lineage_picture
from erd2dbt.page.values import Input, PageColumn, PageModel
from erd2dbt.pipelines import generation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
HERE = Path(__file__).parent
SHOP = HERE / "shop.yml"
WIDTHS = (390, 768, 1440, 2560)
_PROBE = HERE / "browser"
_FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --enable-logging=stderr --dump-dom""".split()


def driven(page: str, body: str, folder: Path, *, real_time: bool = False) -> dict[str, Any]:
    """What the script `browser/<body>.js` found in the page; nothing may be written to the console."""
    text = json.dumps(page).replace("</", "<\\/").replace("<!--", "<\\!--")
    probe = (_PROBE / "probe.html").read_text(encoding="utf-8")
    script = (_PROBE / f"{body}.js").read_text(encoding="utf-8")
    probe = probe.replace("BODY", script).replace("WIDTHS", str(list(WIDTHS))).replace("PAGE", text, 1)
    (folder / "probe.html").write_text(probe, encoding="utf-8")
    flags = [*_FLAGS, f"--user-data-dir={folder}/browser", "--window-size=2600,1000"]
    flags += ["--timeout=20000"] if real_time else ["--virtual-time-budget=200000"]
    address = (folder / "probe.html").as_uri()
    done = subprocess.run([CHROMIUM, *flags, address], capture_output=True, text=True, timeout=100, check=True)
    assert "CONSOLE" not in done.stderr
    said = json.loads(re.findall(r'<pre id="said">(.*?)</pre>', done.stdout, re.DOTALL)[0].replace("&gt;", ">"))
    assert "error" not in said, said["error"]
    return dict(said)


def page_of_models(count: int) -> str:
    """A page of `count` models, each of which reads two of those before it."""
    empty = project_page(generation.generate(SHOP.read_bytes(), "shop.yml"))
    models = tuple(
        PageModel(
            key=f"m{n}",
            name=f"m{n}",
            layer="staging" if n < count * 3 // 5 else "marts",
            description="One of many",
            grain="id",
            path=f"models/m{n}.sql",
            columns=tuple(
                PageColumn(name=f"c{k}", type="text", marks=("PK",) if not k else (), description="A column",
                           inputs=(Input(f"m{n // 2}", f"m{n // 2}", f"c{k}", "identity"),))
                for k in range(8)
            ),
            reads=tuple({f"m{n // 2}", f"m{n // 3}"}) if n >= count * 3 // 5 else (),
        )
        for n in range(count)
    )  # fmt: skip
    page = replace(
        empty,
        models=models,
        pictures=(erd_picture(models, {}, ()), lineage_picture(models)),
        index=search_index(models),
    )
    return page_html(page)
