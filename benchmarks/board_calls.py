"""What a large board costs: `erd2dbt import` of a saved board with so many items, as a ratio to a bare Python start.

Usage: `python benchmarks/board_calls.py --items 1000,10000 --entities 300`. Without `--entities`, one item in five is
an entity; each but the first has a line, and the others are notes, as boards have them. Every figure is the median of
processes of their own. `--push` draws as many entities on a server of this machine, kills the push half way, and lets
the next one finish it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TOOL = [sys.executable, "-c", "from erd2dbt.cli import main; main()"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", default="1000,10000", help="sizes of boards [default: %(default)s]")
    parser.add_argument("--entities", type=int, help="how many of the items are entities [default: a fifth]")
    parser.add_argument("--push", action="store_true", help="draw on a board, too")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of {arguments.repeat}\n")
    bare = statistics.median(_seconds([sys.executable, "-c", "pass"]) for _ in range(arguments.repeat * 3))
    print(f"{'':<24} seconds   x bare\n{'bare interpreter':<24} {bare:7.3f} {1.0:8.1f}")
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as folder:
        for size in map(int, arguments.items.split(",")):
            file = Path(folder) / f"{size}.json"
            file.write_text(json.dumps(_board(size, arguments.entities)), encoding="utf-8")
            command = [*TOOL, "import", str(file), "-q", "--force", "-o", str(Path(folder) / "spec.yml")]
            seconds = statistics.median(_seconds(command) for _ in range(arguments.repeat))
            print(f"{f'board of {size:,} items':<24} {seconds:7.3f} {seconds / bare:8.1f}")
            if arguments.push:
                _push(Path(folder) / "spec.yml")


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


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


def _board(size: int, wanted: int | None) -> dict[str, Any]:
    count = size // 5 if wanted is None else wanted
    entities = [_entity(number) for number in range(count)]
    lines = [_line(number) for number in range(1, count)]
    notes = [_note(number) for number in range(size - len(entities) - len(lines))]
    return {"items": [*entities, *notes], "connectors": lines}


def _entity(number: int) -> dict[str, Any]:
    rows = ["PK id bigint", *(["FK up_id bigint"] if number else []), "name text", "amount numeric(10,2)"]
    content = f"<p><strong>table_{number}</strong></p>" + "".join(f"<p>{row}</p>" for row in rows)
    return {
        "id": str(10**6 + number),
        "type": "shape",
        "data": {"content": content, "shape": "rectangle"},
        "style": {"fillColor": "#ccf4ff"},
        "position": {"x": number % 50 * 400, "y": number // 50 * 300},
        "geometry": {"width": 300, "height": 200},
    }


def _line(number: int) -> dict[str, Any]:
    style = {"startStrokeCap": "erd_zero_or_many", "endStrokeCap": "erd_only_one"}
    ends = {"startItem": {"id": str(10**6 + number)}, "endItem": {"id": str(10**6 + number // 2)}}
    return {"id": str(2 * 10**6 + number), "type": "connector", "style": style, **ends}


def _note(number: int) -> dict[str, Any]:
    return {
        "id": str(3 * 10**6 + number),
        "type": "sticky_note",
        "data": {"content": f"<p>Do we need this? Ask {number}.</p>", "shape": "square"},
        "position": {"x": -2000 - number % 50 * 250, "y": number // 50 * 250},
        "geometry": {"width": 200, "height": 200},
    }


if __name__ == "__main__":
    main()
