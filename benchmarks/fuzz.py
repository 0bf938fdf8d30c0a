"""Mutated and hostile input for all readers and commands: no traceback, no hang, nothing live, no secret told.

    python benchmarks/fuzz.py 20000 [--seed 1] [--first 0] [--keep folder]

Each input is a function of its number: `--first 4711 1` runs number 4,711 alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner, Result

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "escape")]

from outputs import faults_of_log, faults_of_project  # noqa: E402
from payloads import PAYLOADS  # noqa: E402

from erd2dbt.cli import main  # noqa: E402
from erd2dbt.notate.erd import diagram_of  # noqa: E402
from erd2dbt.notate.svg import svg_text  # noqa: E402
from erd2dbt.pipelines.drafting import WRITERS  # noqa: E402
from erd2dbt.read.spec.reader import read_spec  # noqa: E402

SECRET = "canary-0e6a77f1c2"
SLOWEST = 5.0  # seconds for one input
CASES = ROOT / "tests" / "draft" / "cases"  # a diagram of each notation, at least
LARGEST = 30_000  # bytes of a seed
FIXTURES = ROOT / "tests" / "read" / "board" / "fixtures"
_WORDS = (
    *PAYLOADS.values(),
    "{{",
    "}}",
    "{%",
    "'",
    '"',
    "\\",
    "`",
    ";",
    "--",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\x1b[31m",
    "\u202e",
    "\ufeff",
    "\u2028",
    "\ud800",
    "é",
    "💥",
    "-1",
    "0",
    "9" * 30,
    "9" * 5000,
    "1e999",
    "NaN",
    "null",
    "true",
    "[]",
    "{}",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "<",
    ">",
    "&amp;",
    "&#0;",
    "<!--",
    "<p>",
    ":",
    ": ",
    "- ",
    "#",
    "|",
    "&a",
    "*a",
    "!!python/x",
    "<<: *a",
    "id",
    "key",
    "columns",
    "select",
    "create table",
    "primary key",
    "references",
    "PK",
    "FK",
    "||--o{",
    "Table",
    "Ref:",
    "a" * 3000,
    "a " * 3000,
    "(" * 300,
    "x||" * 300,
    "::text" * 100,
)


@dataclass(frozen=True)
class Seed:
    """A well-formed input, and the commands that it is for."""

    name: str
    data: bytes
    commands: tuple[tuple[str, ...], ...]


@dataclass
class Account:
    """What was seen; `failures` as (number of the input, seed, command, what)."""

    inputs: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    failures: list[tuple[int, str, str, str]] = field(default_factory=list)


SPEC_COMMANDS = (
    ("check", "{}"),
    ("plan", "{}"),
    ("claims", "{}"),
    ("lineage", "{}"),
    ("suggest", "{}"),
    ("check", "{}", "--format", "json"),
    ("generate", "{}", "--no-compile", "-o", "out"),
    ("generate", "{}", "--no-compile", "-o", "out", "--conflict", "markers"),
    ("plan", "{}", "--format", "markdown"),
    ("claims", "{}", "--format", "json"),
    ("lineage", "{}", "--format", "openlineage"),
    *(("convert", "{}", "--to", notation) for notation in WRITERS),
    ("push", "{}", "--to", "svg"),
    ("push", "{}", "--to", "dsl"),
    ("diff", "{}", "-o", "out", "--format", "github"),
    ("diff", "{}", "-o", "out", "--format", "markdown"),
    ("check", "{}", "--fix"),
    ("diff", "good.yml", "{}"),
    ("diff", "{}", "good.yml", "--format", "markdown"),
    ("generate", "{}", "--only", "o*", "--no-compile"),
)
DIAGRAM_COMMANDS = (
    ("import", "{}"),
    ("import", "{}", "--allow-unread", "-o", "drafted.yml"),
    ("import", "{}", "--infer-keys", "--allow-unread"),
    *(("convert", "{}", "--to", notation, "--allow-unread") for notation in WRITERS),
    ("plan", "{}"),
    ("check", "{}"),
    ("generate", "{}", "--no-compile", "-o", "out2"),
    ("check", "{}", "--infer-keys"),
    ("suggest", "{}"),
)


def seeds() -> list[Seed]:
    every = (ROOT / "tests" / "escape" / "every_place.yml").read_bytes()
    diagram = diagram_of(read_spec(every, "every_place.yml"))
    found = [Seed("spec.yml", every, SPEC_COMMANDS), Seed("spec.yml", _hand_written(every), SPEC_COMMANDS)]
    for notation, ending in (("ddl", "sql"), ("dbml", "dbml"), ("mermaid", "mmd"), ("dsl", "txt")):
        found.append(Seed(f"drawn.{ending}", WRITERS[notation](diagram).encode(), DIAGRAM_COMMANDS))
    found.append(Seed("drawn.svg", svg_text(diagram).encode(), DIAGRAM_COMMANDS))
    found.append(Seed("schema.yml", _DBT, DIAGRAM_COMMANDS))
    for file in sorted([*FIXTURES.iterdir(), *CASES.glob("*/input.*")]):
        if not file.name.startswith("expected") and file.stat().st_size < LARGEST:
            found.append(Seed(file.name, file.read_bytes(), DIAGRAM_COMMANDS))
    return found


def _hand_written(spec: bytes) -> bytes:
    return spec + b"  by_hand: {grain: id, sql: \"select c.id, c.plan from {{ ref('stg_customers') }} as c\"}\n"


_DBT = b"""
version: 2
sources:
  - name: raw
    schema: raw
    tables:
      - name: orders
        description: Orders
        columns:
          - {name: id, data_type: int, data_tests: [unique, not_null]}
          - name: customer_id
            data_tests:
              - relationships: {arguments: {to: "source('raw', 'customers')", field: id}}
              - accepted_values: {arguments: {values: [1, 2]}}
      - name: customers
        data_tests: [{dbt_utils.unique_combination_of_columns: {combination_of_columns: [id, name]}}]
        columns: [{name: id, data_type: int, data_tests: [unique, not_null]}, {name: name, data_type: text}]
"""


def mutated(data: bytes, random_: random.Random) -> bytes:
    """One to eight changes of bytes, words and lines."""
    made = bytearray(data)
    for _ in range(random_.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        at, length = random_.randrange(len(made) + 1), random_.choice((1, 2, 5, 20, 100))
        piece = bytes(made[at : at + length])
        change = random_.randrange(9)
        if change == 0:
            del made[at : at + length]
        elif change in (1, 2, 3):
            made[at:at] = random_.choice(_WORDS).encode("utf-8", "surrogatepass")
        elif change == 4:
            made[at : at + length] = random_.choice(_WORDS).encode("utf-8", "surrogatepass")
        elif change == 5:
            made[at:at] = piece * random_.choice((1, 2, 50))
        elif change == 6 and made:
            made[at % len(made)] = random_.randrange(256)
        elif change == 7:
            _swap_lines(made, random_)
        elif change == 8 and random_.random() < 0.2:
            del made[at:]
    return bytes(made[:200_000])


def _swap_lines(made: bytearray, random_: random.Random) -> None:
    lines = bytes(made).split(b"\n")
    one, other = random_.randrange(len(lines)), random_.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    made[:] = b"\n".join(lines)


def inputs(
    first: int, count: int, seed: int, known: Sequence[Seed]
) -> Iterator[tuple[int, Seed, tuple[str, ...], bytes]]:
    """(number, seed, command, data); each depends on its number and the seed alone."""
    for number in range(first, first + count):
        random_ = random.Random(f"{seed}/{number}")
        one = random_.choice(known)
        command = random_.choice(one.commands)
        data = mutated(one.data, random_)
        if random_.random() < 0.02:
            data = data.decode("utf-8", "replace").encode(random_.choice(("utf-16", "latin-1", "utf-8-sig")), "replace")
        yield number, one, command, data


def run(count: int, *, first: int = 0, seed: int = 1, keep: Path | None = None, until: float = float("inf")) -> Account:
    """Runs inputs in a folder of their own until their number or the time is over."""
    account, known, runner = Account(), seeds(), CliRunner()
    secrets = {"MIRO_TOKEN": SECRET, "PGPASSWORD": SECRET, "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as folder, chdir(folder), patch.dict(os.environ, secrets):
        os.environ["ERD2DBT_CACHE"] = str(Path(folder) / "cache")
        Path("good.yml").write_bytes(known[0].data)
        for number, one, command, data in inputs(first, count, seed, known):
            if time.monotonic() > until:
                break
            Path(one.name).write_bytes(data)
            began = time.monotonic()
            done = runner.invoke(main, [word.format(one.name) if word == "{}" else word for word in command])
            spent = time.monotonic() - began
            account.inputs += 1
            account.codes[done.exit_code] += 1
            account.slowest = max(account.slowest, spent)
            for what in wrong(done, spent, data, is_spec="convert" not in command and "push" not in command):
                account.failures.append((number, one.name, " ".join(command), what))
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{number}_{one.name}").write_bytes(data)
            if number % 50 == 0:
                shutil.rmtree("out", ignore_errors=True)
    return account


def wrong(done: Result, spent: float, data: bytes, *, is_spec: bool) -> Iterator[str]:
    """What must not be, of one run."""
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        yield f"{type(done.exception).__name__}: {done.exception}"
    if done.exit_code not in (0, 1, 2):
        yield f"exit code {done.exit_code}: {done.stderr[:300]}"
    if spent > SLOWEST:
        yield f"{spent:.1f} s"
    if SECRET in done.output and SECRET.encode() not in data:
        yield "the secret is told"
    yield from (f"standard error: {fault}" for fault in faults_of_log(done.stderr))
    folder = Path("out")
    if is_spec and folder.is_dir():
        files = {str(f.relative_to(folder)): f.read_text(encoding="utf-8") for f in folder.rglob("*") if f.is_file()}
        files = {path: text for path, text in files.items() if "<<<<<<<" not in text and not path.startswith(".")}
        yield from faults_of_project(files)
        shutil.rmtree(folder)


def main_() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    given = parser.parse_args()
    began = time.monotonic()
    keep = given.keep.resolve() if given.keep else None
    account = run(given.count, first=given.first, seed=given.seed, keep=keep, until=began + given.seconds)
    for failure in account.failures:
        print(json.dumps(failure))
    codes = ", ".join(f"{count:,} with {code}" for code, count in sorted(account.codes.items()))
    print(
        f"{account.inputs:,} inputs in {time.monotonic() - began:.0f} s; ended {codes}; "
        f"slowest {account.slowest:.1f} s; {len(account.failures)} failures"
    )
    return 1 if account.failures else 0


if __name__ == "__main__":
    sys.exit(main_())
