"""What a large board costs: `erd2dbt import` of a saved board with so many items, as a ratio to a bare Python start.

Usage: `python benchmarks/miro.py --items 1000,10000`. One item in five is an entity, one in five a line; the others
are notes, as boards have them. Every figure is the median of processes of their own.
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
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of {arguments.repeat}\n")
    bare = statistics.median(_seconds([sys.executable, "-c", "pass"]) for _ in range(arguments.repeat * 3))
    print(f"{'':<24} seconds   x bare\n{'bare interpreter':<24} {bare:7.3f} {1.0:8.1f}")
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as folder:
        for size in map(int, arguments.items.split(",")):
            file = Path(folder) / f"{size}.json"
            file.write_text(json.dumps(_board(size)), encoding="utf-8")
            command = [*TOOL, "import", str(file), "-q", "--force", "-o", str(Path(folder) / "spec.yml")]
            seconds = statistics.median(_seconds(command) for _ in range(arguments.repeat))
            print(f"{f'board of {size:,} items':<24} {seconds:7.3f} {seconds / bare:8.1f}")


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _board(size: int) -> dict[str, Any]:
    entities = [_entity(number) for number in range(size // 5)]
    lines = [_line(number) for number in range(1, size // 5)]
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
