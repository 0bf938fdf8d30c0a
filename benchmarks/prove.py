"""How long proving takes: 500 models of 50 columns, and keys that would be exponential if they were enumerated.

Usage: `python benchmarks/prove.py [--models 500] [--columns 50]`. One core; prints seconds, medians of three, and the
ratio to reading the spec's YAML with libyaml, which holds on any machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import yaml

from erd2dbt.design.models import model, staging
from erd2dbt.pipelines.generation import plan
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.operators import Output, group, left_join, select, source
from erd2dbt.prove.state import State

RUNS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--columns", type=int, default=50)
    arguments = parser.parse_args()
    text = spec(arguments.models, arguments.columns).encode()
    loading = median(lambda: yaml.load(text, Loader=yaml.CSafeLoader))
    proofs = Stopwatch()
    proofs.on(model, "prove")
    proofs.on(staging, "_state")
    planned = median(lambda: plan(text, "spec.yml"))
    proved = proofs.seconds / RUNS
    print(f"{arguments.models} models of {arguments.columns} columns: proved in {proved:.2f} s,", end=" ")
    print(f"{proved / loading:.2f} x loading the YAML ({loading:.2f} s)")
    print(f"read, planned and proved, every expression parsed: {planned:.2f} s, {planned / loading:.2f} x")
    single = median(lambda: lookups(15))
    for width in (15, 30, 60):
        taken = median(lambda w=width: lookups(w))
        print(f"{width} lookups with three uniques each: {taken:.4f} s, {taken / single / width * 15:.2f} x per lookup")
    for width in (10, 20, 40):
        print(f"{width} composite keys in a chain of {width} joins: {median(lambda w=width: chain(w)):.4f} s")


def spec(models: int, columns: int) -> str:
    """A star: one entity of measures below ten others, and models of lookups, sums and rates over them."""
    parents = "".join(
        f"  dim_{d}:\n    key: dim_{d}_id\n    columns:\n      dim_{d}_id: bigint\n"
        + "".join(f"      label_{d}_{c}: text\n" for c in range(10))
        for d in range(10)
    )
    keys = "".join(f"      dim_{d}_id: bigint\n" for d in range(10))
    measures = "".join(f"      measure_{c}: numeric(12,2)\n" for c in range(columns))
    links = "".join(f"  sales }}o--|| dim_{d}: dim_{d}_id\n" for d in range(10))
    return (
        "version: 1\nproject: wide\nsources: {raw: {schema: raw}}\nentities:\n"
        f"{parents}  sales:\n    key: sale_id\n    columns:\n      sale_id: bigint\n{keys}{measures}"
        f"links:\n{links}models:\n" + "".join(_model(n, columns) for n in range(models))
    )


def _model(number: int, columns: int) -> str:
    place = number % 10
    labels = [f"      label_{c}: dim_{place}.label_{place}_{c}\n" for c in range(5)]
    sums = [f"      total_{c}: sum(sales.measure_{c})\n" for c in range((columns - 5) // 2)]
    rates = [f"      rate_{c}: ratio(total_{c}, total_{c + 1})\n" for c in range(columns - 5 - len(sums) - 1)]
    return f"  m_{number}:\n    grain: dim_{place}_id\n    rows: dim_{place}\n    columns:\n" + "".join(
        [*labels, *sums, *rates[: len(sums) - 1]]
    )


def chain(width: int) -> State:
    """A left join of many relations with a composite key each; none of them is a key of the whole."""
    state = _relation(0)
    for number in range(1, width):
        state = left_join(state, _relation(number), [("a_0", f"a_{number}")])
    grouped = group(state, ["a_0", "b_0"], [Output("total", frozenset({f"c_{width - 1}"}))])
    return select(grouped, {"a": "a_0", "b": "b_0", "total": "total"})


def lookups(width: int) -> State:
    """A fact with a unique of its own, looked up in tables with a key and three uniques each, two columns kept."""
    facts = ("fact_id", "code", *(f"d{n}_id" for n in range(width)))
    state = source(facts, key=_claim("fact", "fact_id"), uniques=[_claim("fact", "code")])
    for number in range(width):
        columns = [f"{name}_{number}" for name in ("id", "a", "b", "c", "label")]
        uniques = [_claim(f"d{number}", column) for column in columns[1:4]]
        dimension = source(columns, key=_claim(f"d{number}", columns[0]), uniques=uniques)
        state = left_join(state, dimension, [(f"d{number}_id", columns[0])])
    kept = ["fact_id", *(f"{name}_{number}" for number in range(width) for name in ("a", "label"))]
    shown = select(state, {name: name for name in kept})
    assert shown.is_key(["fact_id"]) is not None
    return shown


def _claim(relation: str, column: str) -> Claim:
    return Claim(kind=ClaimKind.UNIQUE, relation=relation, columns=(column,))


def _relation(number: int) -> State:
    columns = tuple(f"{letter}_{number}" for letter in "abc")
    return source(columns, key=Claim(kind=ClaimKind.KEY, relation=f"r{number}", columns=columns[:2]))


class Stopwatch:
    """The seconds spent in functions that are replaced by watched ones."""

    seconds = 0.0

    def on(self, module: object, name: str) -> None:
        function = getattr(module, name)

        def watched(*arguments: object) -> object:
            begun = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.perf_counter() - begun

        setattr(module, name, watched)


def median(run: Callable[[], object]) -> float:
    found = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        run()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


if __name__ == "__main__":
    main()
