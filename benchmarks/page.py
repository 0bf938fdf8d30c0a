"""How long the page takes to open in headless Chromium, as ratios to the page of ten models.

python benchmarks/page.py [--models 10,100,1000] [--repeat 3]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "page"))
from driving import CHROMIUM, driven, page_of_models


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--models", default="10,100,1000", help="the first number is that of the page that the others are compared with"
    )
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    if not CHROMIUM:
        sys.exit("There is no Chromium here: `apt-get install chromium` brings it")
    print(f"{'models':>8}{'kilobytes':>11}{'seconds':>9}{'ratio':>8}")
    first = 0.0
    for count in map(int, arguments.models.split(",")):
        text = page_of_models(count)
        seconds = median(opening(text) for _ in range(arguments.repeat))
        first = first or seconds
        print(f"{count:>8}{len(text) / 1000:>11.0f}{seconds:>9.2f}{seconds / first:>8.1f}")


def opening(text: str) -> float:
    """Seconds from the start of loading until both pictures stand."""
    with tempfile.TemporaryDirectory() as folder:
        return float(driven(text, "opens", Path(folder), real_time=True)["seconds"])


if __name__ == "__main__":
    main()
