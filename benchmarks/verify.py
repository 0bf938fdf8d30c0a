"""What `erd2dbt verify` costs on one large fact with four links and 20 columns, as a ratio to what a database
does anyway.

Usage: `python benchmarks/verify.py [--rows 10000000]`. Makes the tables on an embedded server of its own, in the folder
`--folder`, and prints seconds, the ratios to one `select count(*)`, to `vacuum analyze` of the same tables and to the
queries that a person would write for the same claims, one after the other, and the most memory that the tool held.
Nothing is asserted.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from erd2dbt.pipelines import generation
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import serve
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verification import verify

PARENTS = {"customers": 100_000, "products": 10_000, "shops": 1_000, "days": 2_000}
MEASURES = [f"amount_{n}" for n in range(8)]
WORDS = [f"word_{n}" for n in range(5)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--keyed", action="store_true", help="with primary keys in the database, too")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="erd2dbt-", dir=arguments.folder) as folder:
        Path(folder).chmod(0o755)
        with serve(Path(folder) / "server") as connection:
            seconds = timed(lambda: fill(connection, arguments.rows))
            print(f"{arguments.rows:,} rows of {8 + len(MEASURES) + len(WORDS) - 1} columns made in {seconds:.1f} s")
            if arguments.keyed:
                for table, key in {"sales": "sale_id", **{t: f"{t[:-1]}_id" for t in PARENTS}}.items():
                    ask(connection, f"alter table raw.{table} add primary key ({key})")
            report(connection, arguments.sample)


def report(connection: Connection, sample: int | None) -> None:
    vacuum = timed(lambda: ask(connection, "vacuum analyze"))
    counts = [f"select count(*) from raw.{table}" for table in ("sales", *PARENTS)]
    ask(connection, counts[0])
    count = timed(lambda: [ask(connection, sql) for sql in counts])
    made = generation.generate(spec().encode(), "verify.yml")
    before = memory()
    began = time.perf_counter()
    report = verify(made, connection, {"raw": "raw"}, Terms(sample=sample), lambda line: print(f"  {line}"))
    seconds = time.perf_counter() - began
    states = ", ".join(sorted({str(verdict.state) for verdict in report.verdicts}))
    print(f"{len(report.verdicts)} claims ({states}) and the profile: {seconds:.1f} s")
    print(f"{seconds / count:.1f} x count(*) of all tables ({count:.2f} s)")
    print(f"{seconds / vacuum:.1f} x vacuum analyze ({vacuum:.2f} s)")
    keys = timed(lambda: [ask(connection, sql) for sql in by_hand_keys()])
    claims = keys + timed(lambda: [ask(connection, sql) for sql in by_hand_columns_and_links()])
    print(f"{seconds / claims:.1f} x the claims by hand ({claims:.2f} s, {keys:.2f} s of it for primary keys)")
    print(f"memory of the tool: {memory():.0f} MB at most, {memory() - before:.0f} MB of it for verifying")


def spec() -> str:
    keys = {table: f"{table[:-1]}_id" for table in PARENTS}
    columns = ["sale_id: bigint", *(f"{key}: int" for key in keys.values()), "sold_at: timestamp", "is_paid: boolean"]
    columns += [f'{name}: "numeric(12,2)"' for name in MEASURES] + [f"{name}: text" for name in WORDS]
    parents = [f"  {table}: {{key: {key}, columns: {{{key}: int, name: text}}}}" for table, key in keys.items()]
    links = [f"  sales }}o--|| {table}: {key}" for table, key in keys.items()]
    lines = ["version: 1", "project: bench", "sources: {raw: {schema: raw}}", "entities:"]
    lines += [f"  sales: {{key: sale_id, columns: {{{', '.join(columns)}}}}}", *parents]
    return "\n".join([*lines, "links:", *links, "models: {}"])


def by_hand_keys() -> list[str]:
    """A query for each primary key: the values that repeat. No plan of PostgreSQL answers it without every value."""
    keys = {"sales": "sale_id", **{table: f"{table[:-1]}_id" for table in PARENTS}}
    return [
        f"select count(*) from (select 1 from raw.{table} group by {key} having count(*) > 1) as t"
        for table, key in keys.items()
    ]


def by_hand_columns_and_links() -> list[str]:
    """A query for each link, as dbt's test of relationships asks it, and one for each column: NULLs and both ends."""
    keys = {table: f"{table[:-1]}_id" for table in PARENTS}
    links = [
        f"select count(*) from raw.sales as s left join raw.{table} as p using ({key}) "
        f"where s.{key} is not null and p.{key} is null"
        for table, key in keys.items()
    ]
    columns = ["sale_id", *keys.values(), "sold_at", *MEASURES, *WORDS]
    profile = [f"select count(*) filter (where {c} is null), min({c}), max({c}) from raw.sales" for c in columns]
    return [*links, *profile, "select count(*) filter (where is_paid is null) from raw.sales"]


def fill(connection: Connection, rows: int) -> None:
    ask(connection, "create schema raw")
    for table, size in PARENTS.items():
        key = f"{table[:-1]}_id"
        numbers = f"generate_series(1, {size}) as n"
        ask(connection, f"create table raw.{table} as select n as {key}, 'name ' || n as name from {numbers}")
    parents = [f"1 + (hashint8(n * {k + 7}) & 2147483647) % {size} as {table[:-1]}_id"
               for k, (table, size) in enumerate(PARENTS.items())]  # fmt: skip
    measures = [f"(((n * {k + 13}) % 100000) / 100.0)::numeric(12,2) as {name}" for k, name in enumerate(MEASURES)]
    words = [f"'value ' || (n * {k + 3}) % {10 ** (k + 1)} as {name}" for k, name in enumerate(WORDS)]
    columns = ["n::bigint as sale_id", *parents, "timestamp '2024-01-01' + n * interval '1 second' as sold_at",
               "n % 3 = 0 as is_paid", *measures, *words]  # fmt: skip
    numbers = f"generate_series(1, {rows}) as n"
    ask(connection, f"create table raw.sales as select {', '.join(columns)} from {numbers}")


def ask(connection: Connection, sql: str) -> None:
    with connect(connection) as session:
        session.autocommit = True
        session.cursor().execute(sql)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def memory() -> float:
    """The most that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
