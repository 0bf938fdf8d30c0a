"""How long `erd2dbt generate --no-compile` takes and how much memory, beside the floor for one Python process.

Usage: `python benchmarks/generate.py --sizes 10,100,1000 --repeat 3`. Every figure is the median of processes of
their own; a ratio compares figures of one run of this script, so it holds on any machine.
"""

from __future__ import annotations

import argparse
import atexit
import itertools
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import synthetic
from bytecode import TOOL, compiled_before

HERE = Path(__file__).parent
CACHE = tempfile.mkdtemp(prefix="erd2dbt-benchmark-cache-")


@dataclass(frozen=True, slots=True)
class Cost:
    """One process: wall seconds, seconds of processors (of those that it began, too), the most MB that it held."""

    seconds: float
    busy: float
    megabytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The medians for one size."""

    entities: int
    files: int
    megabytes: float  # of text, the tool's and the floor's
    floor_megabytes: float
    floor: Cost
    cold: Cost
    again: Cost
    edit: Cost
    stages: dict[str, float]


def main() -> None:
    arguments = _arguments()
    os.environ["ERD2DBT_CACHE"] = CACHE
    atexit.register(shutil.rmtree, CACHE, ignore_errors=True)
    compiled_before(HERE / "floor.py", HERE / "stages.py")
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of {arguments.repeat}\n")
    start = _median([_run([sys.executable, "-c", "pass"]) for _ in range(arguments.repeat * 3)])
    help_ = _median([_run([*TOOL, "--help"]) for _ in range(arguments.repeat * 3)])
    print(f"bare interpreter {start.seconds:.3f} s; `erd2dbt --help` {help_.seconds:.3f} s, ", end="")
    print(f"{help_.seconds / start.seconds:.1f} x bare\n")
    found = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as folder:
            found.append(_measure(size, arguments.repeat, Path(folder)))
        _print_table([_ROW_NAMES] * (len(found) == 1) + [_row(found[-1], start)])
    print()
    _print_table([("stage", *(f"{m.entities:,}" for m in found)), *_stage_rows(found)])
    print("\ngrowth exponents (seconds of processors ~ entities ** exponent)")
    for before, after in itertools.pairwise(found):
        print(f"  {before.entities:,} to {after.entities:,}: {_growth(before, after)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=(10, 100, 1000, 10000), help="entities, with commas")
    parser.add_argument("--repeat", type=int, default=3, help="processes per figure")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def _measure(size: int, repeat: int, folder: Path) -> Measured:
    spec, out, bare = (folder / name for name in ("spec.yml", "out", "floor"))
    # In turns, so that a busy minute of the machine is in all of them.
    rounds = [_round(size, spec, out, bare) for _ in range(repeat)]
    floor, cold, again, edit = (_median(costs) for costs in zip(*rounds, strict=True))
    files = [path for path in out.rglob("*") if path.is_file()]
    return Measured(
        entities=size,
        files=len(files),
        megabytes=_bytes(files),
        floor_megabytes=_bytes(path for path in bare.rglob("*") if path.is_file()),
        floor=floor,
        cold=cold,
        again=again,
        edit=edit,
        stages=_stages(spec, folder / "staged"),
    )


def _round(size: int, spec: Path, out: Path, bare: Path) -> tuple[Cost, Cost, Cost, Cost]:
    """The floor, a cold run, the same again, and one more after an edit; nothing is remembered from a round before."""
    text = synthetic.spec(size)
    spec.write_text(text)
    shutil.rmtree(CACHE, ignore_errors=True)
    floor, cold, again = _floor(spec, bare), _fresh(spec, out), _generate(spec, out)
    spec.write_text(synthetic.edited(text))
    edit = _generate(spec, out)
    spec.write_text(text)
    return floor, cold, again, edit


def _floor(spec: Path, out: Path) -> Cost:
    shutil.rmtree(out, ignore_errors=True)
    return _run([sys.executable, str(HERE / "floor.py"), str(spec), str(out)])


def _fresh(spec: Path, out: Path) -> Cost:
    shutil.rmtree(out, ignore_errors=True)
    return _generate(spec, out)


def _generate(spec: Path, out: Path) -> Cost:
    return _run([*TOOL, "generate", str(spec), "--output", str(out), "--no-compile", "--quiet"])


def _run(command: list[str]) -> Cost:
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"`{' '.join(command)}` failed")
    megabytes = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Cost(seconds, used.ru_utime + used.ru_stime, megabytes)


def _median(costs: Sequence[Cost]) -> Cost:
    columns = zip(*((c.seconds, c.busy, c.megabytes) for c in costs), strict=True)
    return Cost(*map(statistics.median, columns))


def _bytes(files: Iterable[Path]) -> float:
    return sum(path.stat().st_size for path in files) / 1e6


def _stages(spec: Path, out: Path) -> dict[str, float]:
    """Seconds of each stage, measured inside a process of its own."""
    command = [sys.executable, str(HERE / "stages.py"), str(spec), str(out)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name: float(seconds) for name, seconds in (line.split() for line in printed.splitlines())}


_ROW_NAMES = (
    "entities",
    "files",
    "MB",
    "floor MB",
    "floor s",
    "cold s",
    "x floor",
    "busy x",
    "no-op s",
    "x cold",
    "x bare",
    "busy x",
    "edit s",
    "x cold",
    "busy x",
    "memory MB",
    "x floor",
)


def _row(m: Measured, start: Cost) -> tuple[str, ...]:
    return (
        f"{m.entities:,}",
        f"{m.files:,}",
        f"{m.megabytes:.2f}",
        f"{m.floor_megabytes:.2f}",
        f"{m.floor.seconds:.2f}",
        f"{m.cold.seconds:.2f}",
        f"{m.cold.seconds / m.floor.seconds:.2f}",
        f"{m.cold.busy / m.floor.busy:.2f}",
        f"{m.again.seconds:.2f}",
        f"{m.again.seconds / m.cold.seconds:.2f}",
        f"{m.again.seconds / start.seconds:.1f}",
        f"{m.again.busy / start.busy:.1f}",
        f"{m.edit.seconds:.2f}",
        f"{m.edit.seconds / m.cold.seconds:.2f}",
        f"{m.edit.busy / m.cold.busy:.2f}",
        f"{m.cold.megabytes:.0f}",
        f"{m.cold.megabytes / m.floor.megabytes:.2f}",
    )


def _stage_rows(found: list[Measured]) -> Iterable[tuple[str, ...]]:
    for name in found[0].stages:
        shares = (f"{m.stages[name]:.2f} {m.stages[name] / sum(m.stages.values()):4.0%}" for m in found)
        yield (name, *shares)


def _growth(before: Measured, after: Measured) -> str:
    """Between two sizes, of a cold run, of the floor and of each stage; the start of the process is part of the first
    two."""
    spent = {"cold": (before.cold.busy, after.cold.busy), "floor": (before.floor.busy, after.floor.busy)}
    spent |= {name: (before.stages[name], after.stages[name]) for name in before.stages if name != "import"}
    ratio = math.log(after.entities / before.entities)
    return ", ".join(f"{name} {math.log(a / b) / ratio:.2f}" for name, (b, a) in spent.items() if a and b)


def _print_table(rows: list[tuple[str, ...]]) -> None:
    for row in rows:
        print("  ".join(cell.rjust(9) for cell in row), flush=True)


if __name__ == "__main__":
    main()
