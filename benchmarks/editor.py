"""How long an editor waits for the faults of an edit, beside what `check` takes for the same text in one process."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent / "tests")]

from erd2dbt.lsp.analysis import analysed  # noqa: E402
from lsp.editor import Editor  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", nargs="?", type=Path, default=HERE.parent / "specs" / "marketing.yml")
    parser.add_argument("--edits", type=int, default=20)
    given = parser.parse_args()
    text = given.spec.read_text(encoding="utf-8")
    edited = [f"{text}# {number}\n" for number in range(given.edits)]
    checks = [_seconds(lambda one=one: analysed(one, str(given.spec))) for one in edited][1:]
    editor = Editor()
    editor.check(text)
    waits = [_seconds(lambda one=one: editor.check(one)) for one in edited][1:]
    hovers = [_seconds(lambda: editor.at("hover", "entities:", 2)) for _ in edited]
    editor.leave()
    check, wait, hover = (statistics.median(found) * 1000 for found in (checks, waits, hovers))
    print(f"check in one process  {check:6.0f} ms")
    print(
        f"edit to faults        {wait:6.0f} ms   {wait / check:.2f} times check; the slowest {max(waits) * 1000:.0f} ms"
    )
    print(f"hover                 {hover:6.1f} ms")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
