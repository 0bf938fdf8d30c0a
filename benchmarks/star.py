"""How long a plain schema takes: read, derive, prove and render, and, told apart, dbt's compile.

python benchmarks/star.py [SCHEMA.sql …] [--tables 1000] [--compile]

Prints seconds and their ratio to the start of a bare Python; with `--compile`, which share of the whole dbt takes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import drafted


def schema(tables: int) -> str:
    """A schema of that many tables: of each five, two things, a header, its lines, and a bridge."""
    parts = []
    for n in range(0, tables, 5):
        parts += [
            f"create table customer_{n} (id int primary key, name text, created_at timestamp);",
            f"create table product_{n} (id int primary key, name text, price numeric(8,2));",
            f"create table orders_{n} (id int primary key, customer_id int not null references customer_{n} (id),"
            " ordered_at timestamp not null, freight numeric(8,2));",
            f"create table order_line_{n} (id int primary key, order_id int not null references orders_{n} (id),"
            f" product_id int not null references product_{n} (id), quantity int, amount numeric(10,2));",
            f"create table related_{n} (a_id int references product_{n} (id), c_id int references customer_{n} (id),"
            " primary key (a_id, c_id));",
        ]
    return "\n".join(parts)


def measure(name: str, sql: str, bare: float, *, compiled: bool) -> None:
    began = time.perf_counter()
    spec = drafted(sql.encode(), f"{name}.sql", infer_keys=True)[1]
    read = time.perf_counter()
    made = generation.generate(spec.encode(), f"{name}.yml")
    done = time.perf_counter()
    line = f"{name:24} {len(made.erd.entities):6} entities {len(made.erd.models):6} models"
    line += f"  read {formatted(read - began, bare)}  derive, prove, render {formatted(done - read, bare)}"
    if compiled:
        taken = compile_seconds(made.files)
        line += f"  dbt compile {formatted(taken, bare)}, {taken / (taken + done - began):.0%} of the whole"
    print(line)


def formatted(seconds: float, bare: float) -> str:
    return f"{seconds:7.2f} s ({seconds / bare:.0f}x)"


def bare_start() -> float:
    """The median of five starts of Python that do nothing."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", ""], check=True)
        taken.append(time.perf_counter() - began)
    return sorted(taken)[2]


def compile_seconds(files: dict[str, str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text, encoding="utf-8")
        began = time.perf_counter()
        words = ["compile", "--no-introspect", "--no-populate-cache", "--profiles-dir", folder, "--project-dir", folder]
        program = "from dbt.cli.main import cli; cli()"
        subprocess.run([sys.executable, "-c", program, *words], check=False, capture_output=True, cwd=folder)
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schemas", nargs="*", type=Path)
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--compile", action="store_true")
    given = parser.parse_args()
    bare = bare_start()
    print(f"a bare Python starts in {bare:.3f} s")
    for file in given.schemas:
        measure(file.stem, file.read_text(encoding="utf-8", errors="replace"), bare, compiled=given.compile)
    measure(f"{given.tables} tables", schema(given.tables), bare, compiled=given.compile)


if __name__ == "__main__":
    main()
