"""How long it takes to read a schema in each notation, in seconds of the processor per megabyte.

Usage: `python benchmarks/reading.py [--megabytes 0.1,1,10] [--only dbml,mysql]`. The schemas are made here: tables of
twelve columns, each with a key, comments and a foreign key to the table before it. Prints the seconds per megabyte for
each size, and the growth exponent between the smallest and the largest: 1 is linear.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Mapping

from erd2dbt.read.dialects.systems import DIALECTS
from erd2dbt.read.recognising import read_diagram
from erd2dbt.system.garbage_collection import rarely_collected

COLUMNS = tuple(f"column_{number}" for number in range(9))
MEGABYTE = 1_000_000


def sql(table: str, parent: str | None, types: tuple[str, str], quote: str, behind: str) -> str:
    """CREATE TABLE with names in these quotes (`""`, or `[]`)."""
    number, text = types
    left, right = quote

    def name(plain: str) -> str:
        return f"{left}{plain}{right}"

    rows = [f"  {name('id')} {number} NOT NULL", f"  {name('parent_id')} {number}"]
    rows += [f"  {name(column)} {text} DEFAULT 'a;b'" for column in COLUMNS]
    rows.append(f"  CONSTRAINT pk_{table} PRIMARY KEY ({name('id')})")
    if parent:
        rows.append(f"  FOREIGN KEY ({name('parent_id')}) REFERENCES {name(parent)} ({name('id')})")
    return f"CREATE TABLE {name(table)} (\n" + ",\n".join(rows) + f"\n){behind};\n"


def dbml(table: str, parent: str | None) -> str:
    rows = ["  id integer [pk, note: 'the key']", f"  parent_id integer{f' [ref: > {parent}.id]' if parent else ''}"]
    rows += [f"  {column} varchar(20) [not null, default: 'a']" for column in COLUMNS]
    return f"Table {table} {{\n" + "\n".join(rows) + "\n}\n"


def mermaid(table: str, parent: str | None) -> str:
    rows = ['    int id PK "the key"', "    int parent_id FK", *(f"    varchar(20) {column}" for column in COLUMNS)]
    line = f"  {parent} ||--o{{ {table} : parent_id\n" if parent else ""
    return f"  {table} {{\n" + "\n".join(rows) + f"\n  }}\n{line}"


def plantuml(table: str, parent: str | None) -> str:
    rows = ["  * id : int", "  --", "  parent_id : int <<FK>>", *(f"  * {column} : varchar(20)" for column in COLUMNS)]
    line = f"{parent} ||--o{{ {table} : parent_id\n" if parent else ""
    return f"entity {table} {{\n" + "\n".join(rows) + f"\n}}\n{line}"


def prisma(table: str, parent: str | None) -> str:
    rows = [
        "  id Int @id @default(autoincrement())",
        "  parent_id Int?",
        *(f"  {column} String?" for column in COLUMNS),
    ]
    rows += [f"  parent {parent}? @relation(fields: [parent_id], references: [id])"] if parent else []
    number = int(table.rpartition("_")[2])
    return f"/// One row.\nmodel {table} {{\n" + "\n".join(rows) + f"\n  children table_{number + 1}[]\n}}\n"


def dbt(table: str, parent: str | None) -> str:
    tests = f"[{{relationships: {{to: ref('{parent}'), field: id}}}}]" if parent else "[]"
    rows = ["      - {name: id, tests: [unique, not_null]}", f"      - {{name: parent_id, tests: {tests}}}"]
    rows += [f"      - {{name: {column}, data_type: varchar(20), description: 'a'}}" for column in COLUMNS]
    return f"  - name: {table}\n    columns:\n" + "\n".join(rows) + "\n"


Write = Callable[[str, str | None], str]


def of_system(number: str, text: str, quote: str = '""', behind: str = "") -> Write:
    return lambda table, parent: sql(table, parent, (number, text), quote, behind)


# notation -> what stands before all tables, and one table
NOTATIONS: Mapping[str, tuple[str, Write]] = {
    "postgres": ("", of_system("integer", "varchar(20)")),
    "mysql": ("", of_system("int unsigned", "varchar(20)", "``", " ENGINE=InnoDB COMMENT='a'")),
    "tsql": ("", of_system("int", "nvarchar(20)", "[]", " ON [PRIMARY]")),
    "oracle": ("", of_system("NUMBER(10)", "VARCHAR2(20 BYTE)")),
    "snowflake": ("", of_system("NUMBER(38,0)", "STRING")),
    "bigquery": ("", of_system("INT64", "STRING", "``", " OPTIONS(description='a')")),
    "databricks": ("", of_system("BIGINT", "STRING", "``", " USING DELTA")),
    "redshift": ("", of_system("integer", "varchar(20)", '""', " diststyle even")),
    "duckdb": ("", of_system("UINTEGER", "VARCHAR")),
    "sqlite": ("", of_system("INTEGER", "TEXT", "[]", " WITHOUT ROWID")),
    "dbml": ("", dbml),
    "mermaid": ("erDiagram\n", mermaid),
    "plantuml": ("@startuml\n", plantuml),
    "prisma": ("", prisma),
    "dbt": ("version: 2\nmodels:\n", dbt),
}


def made(notation: str, size: int) -> str:
    """A schema of about so many bytes."""
    head, write = NOTATIONS[notation]
    one = len(write("table_1000", "table_999"))
    tables = max(2, size // one)
    return head + "".join(write(f"table_{n}", f"table_{n - 1}" if n else None) for n in range(tables))


def seconds(notation: str, text: str) -> float:
    begun = time.process_time()
    with rarely_collected():
        read_diagram(text.encode(), notation, notation if notation in DIALECTS else None)
    return time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", default="0.1,1,10")
    parser.add_argument("--only", default=",".join(NOTATIONS))
    chosen = parser.parse_args()
    sizes = [float(size) for size in chosen.megabytes.split(",")]
    print(f"{'notation':<12}" + "".join(f"{f'{size:g} MB':>10}" for size in sizes) + f"{'exponent':>10}")
    for notation in chosen.only.split(","):
        seconds(notation, made(notation, 10_000))  # what is made once is made
        texts = [made(notation, int(size * MEGABYTE)) for size in sizes]
        found = [seconds(notation, text) for text in texts]
        per = "".join(f"{took / len(text) * MEGABYTE:>10.2f}" for took, text in zip(found, texts, strict=True))
        growth = math.log(found[-1] / found[0]) / math.log(len(texts[-1]) / len(texts[0])) if len(texts) > 1 else 1.0
        print(f"{notation:<12}{per}{growth:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
