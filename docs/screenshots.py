"""Makes the pictures of README and docs, in headless Chromium: `python docs/screenshots.py`.

The reference example is built, and the steps of the tutorial are done, as a reader does them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMAGES = Path(__file__).parent / "pages" / "images"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
WIDTH, HEIGHT, SCALE = 1240, 720, 1.5

sys.path.insert(0, str(ROOT / "tests" / "docs"))
from sessions import Session, blocks  # noqa: E402


def environment() -> dict[str, str]:
    return os.environ | {"PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"}


def run(folder: Path, *words: str | Path) -> None:
    subprocess.run([str(word) for word in words], cwd=folder, env=environment(), check=True)


def shoot(page: Path, place: str, name: str) -> None:
    """One picture of the page at a place such as `model.column`."""
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=4000"]
        flags += [
            f"--user-data-dir={profile}",
            f"--window-size={WIDTH},{HEIGHT}",
            f"--force-device-scale-factor={SCALE}",
            f"--screenshot={IMAGES / name}",
        ]
        subprocess.run([CHROMIUM, *flags, f"{page.as_uri()}#{place}"], check=True, capture_output=True)
    print(f"wrote {IMAGES / name}")


def reference(folder: Path) -> Path:
    spec = ROOT / "specs" / "marketing.yml"
    run(folder, "erd2dbt", "build", spec, "-o", "dbt", "--quiet")
    run(folder, "erd2dbt", "page", spec, "--project", "dbt", "-o", "marketing.html")
    return folder / "marketing.html"


def tutorial(folder: Path) -> Path:
    here = folder / "tutorial"
    here.mkdir()
    session = Session(here, environment())
    session.run(blocks((IMAGES.parent / "tutorial.md").read_text(encoding="utf-8")))
    return session.folder / "page.html"


def main() -> None:
    if not CHROMIUM:
        sys.exit("no Chromium here: `apt-get install chromium` brings it")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = reference(Path(folder))
        shoot(page, "customer_lifetime_value.ltv_tier", "page.png")
        shoot(tutorial(Path(folder)), "customer_value.revenue", "tutorial.png")


if __name__ == "__main__":
    main()
