"""What a large board costs: `erd2dbt import` of a saved board with so many items, as a ratio to a bare Python start.

Usage: `python benchmarks/board_calls.py --items 1000,10000 --entities 300 --shape varied`. `board_shapes` makes the
boards, and says what each shape has without `--entities`. Every figure is the median of processes of their own, in
seconds of the processor. `--push` draws as many entities on a server of this machine, kills the push half way, and lets
the next one finish it. `--sheet 200000` is a spreadsheet export with so many cells.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from board_shapes import SHAPES, board, sheet

TOOL = [sys.executable, "-c", "from erd2dbt.cli import main; main()"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", default="1000,10000", help="sizes of boards [default: %(default)s]")
    parser.add_argument("--entities", type=int, help="how many of the items are entities [default: a fifth]")
    parser.add_argument("--shape", default="notes", choices=SHAPES)
    parser.add_argument("--sheet", type=int, help="a spreadsheet export with so many cells, too")
    parser.add_argument("--push", action="store_true", help="draw on a board, too")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of {arguments.repeat}\n")
    bare = statistics.median(_seconds([sys.executable, "-c", "pass"]) for _ in range(arguments.repeat * 3))
    print(f"{'':<24} seconds   x bare\n{'bare interpreter':<24} {bare:7.3f} {1.0:8.1f}")
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as folder:
        for size in map(int, arguments.items.split(",")):
            file = Path(folder) / f"{size}.json"
            file.write_text(json.dumps(board(arguments.shape, size, arguments.entities)), encoding="utf-8")
            _import(file, arguments.repeat, bare, f"{arguments.shape}: {size:,} items")
            if arguments.push:
                _push(Path(folder) / "spec.yml")
        if arguments.sheet:
            file = Path(folder) / "sheet.csv"
            file.write_text(sheet(arguments.sheet), encoding="utf-8")
            _import(file, 1, bare, f"sheet: {arguments.sheet:,} cells")


def _import(file: Path, repeat: int, bare: float, what: str) -> None:
    spec = str(file.with_name("spec.yml"))
    command = [*TOOL, "import", str(file), "-q", "--force", "--allow-unread", "-o", spec]
    seconds = statistics.median(_seconds(command) for _ in range(repeat))
    print(f"{what:<24} {seconds:7.3f} {seconds / bare:8.1f}")


def _seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _push(spec: Path) -> None:
    """Calls and seconds of a push that is killed at half of its calls, and of the one that finishes it."""
    sys.path[0] = str(Path(__file__).parents[1] / "tests")  # this file is called as the package of the server
    from miro.server import Miro

    with Miro() as miro:
        environment = {**os.environ, "MIRO_API_URL": miro.url, "MIRO_TOKEN": miro.token, "no_proxy": "*"}
        command = [*TOOL, "push", str(spec), miro.board.id, "-q"]
        miro.left = miro.credits_of_a_minute = 10**9  # time is not waited for here
        started = time.perf_counter()
        running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        while running.poll() is None and len(miro.writes()) < 200:
            time.sleep(0.01)
        running.kill()
        running.wait()
        half = len(miro.writes())
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        seconds, calls = time.perf_counter() - started, len(miro.writes())
        shapes = sum(item["type"] == "shape" for item in miro.board.items.values())
        print(f"  killed after {half} calls, finished with {calls - half}: {seconds:.1f} s; {shapes} shapes, "
              f"{len(miro.board.connectors)} connectors on the board")  # fmt: skip
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        print(f"  the next push: {len(miro.writes()) - calls} calls")


if __name__ == "__main__":
    main()
