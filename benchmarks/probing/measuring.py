"""Every probe run on PostgreSQL and on an engine, and which rules gave the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from erd2dbt.engines.engine import Engine
from erd2dbt.engines.lowering import UnmeasuredError
from erd2dbt.engines.measured import Measured
from probing.comparing import NOT_TRIED, Difference, Given, Refusal, difference
from probing.printing import printed, with_rules
from probing.runners import AGGREGATED, BAGS, NOWHERE, Runner, grouped, numbered
from probing.table import Probe, Row, Table

Say = Callable[[str], None]
Wanted = dict[Probe, Given]
_REFUSED_SHOWN = 2  # rows that PostgreSQL refuses, tried one by one


@dataclass(slots=True)
class Outcome:
    """`equal` probes, those that `differ`, rows that only the engine refuses (`loud`), and probes that the rules have
    no words for."""

    equal: list[Probe] = field(default_factory=list)
    differ: list[Difference] = field(default_factory=list)
    loud: list[Difference] = field(default_factory=list)
    unmeasured: list[Probe] = field(default_factory=list)


def on_postgres(postgres: Runner, engine: Engine, probes: Iterable[Probe]) -> tuple[Wanted, list[Probe]]:
    """PostgreSQL's values, and the probes that it refuses for every row."""
    found: Wanted = {}
    for table, is_aggregate, some in _by_table(probes):
        found |= _values(postgres, table, {p: printed(engine, p) for p in some}, {}, is_aggregate)
    invalid = [probe for probe, given in found.items() if all(isinstance(v, Refusal) for v in given.values())]
    return {probe: given for probe, given in found.items() if probe not in invalid}, invalid


def measured(
    runner: Runner, engine: Engine, rules: Mapping[str, Measured], wanted: Wanted, say: Say = lambda line: None
) -> Outcome:
    """The probes of `wanted` with these rules."""
    outcome = Outcome()
    ruled = with_rules(engine, rules)
    asked = {probe: given for probe, given in wanted.items() if engine.name in (probe.table.only or (engine.name,))}
    for table, is_aggregate, some in _by_table(asked):
        texts = {}
        for probe in some:
            try:
                texts[probe] = printed(ruled, probe)
            except UnmeasuredError:
                outcome.unmeasured.append(probe)
        found = _values(runner, table, texts, wanted, is_aggregate)
        rows = _rows_by_number(table, is_aggregate)
        for probe in texts:
            wrong = difference(probe, wanted[probe], found[probe], rows, runner.takes)
            if wrong is not None and not wrong.loud:
                outcome.differ.append(wrong)
                continue
            outcome.equal.append(probe)
            outcome.loud += [wrong] if wrong is not None else []
        say(f"{engine.name}: {', '.join(table.types)}: {len(texts)} probes")
    return outcome


def _by_table(probes: Iterable[Probe]) -> Iterable[tuple[Table, bool, list[Probe]]]:
    ordered = sorted(probes, key=lambda probe: (repr(probe.table), probe.is_aggregate))
    for (table, is_aggregate), group in groupby(ordered, key=lambda probe: (probe.table, probe.is_aggregate)):
        yield table, is_aggregate, list(group)


def _rows_by_number(table: Table, is_aggregate: bool) -> dict[int, Row]:
    """The rows behind each number; of a group, the values of its first column."""
    if not is_aggregate:
        return dict(enumerate(table.rows))
    found: dict[int, Row] = {NOWHERE: ()}
    for number, *cells in grouped(table)[1]:
        found[int(number or 0)] = (*found.get(int(number or 0), ()), *cells)
    return found


def _values(
    runner: Runner, table: Table, texts: Mapping[Probe, str], wanted: Wanted, is_aggregate: bool
) -> dict[Probe, Given]:
    """All in one select where no row fails that `wanted` has a value of."""
    if not texts:
        return {}
    columns, rows = (grouped if is_aggregate else numbered)(table)
    runner.fill("probed", columns, rows)
    if is_aggregate:
        return _bags(runner, texts)
    found: dict[Probe, Given] = {}
    able = {}
    for probe, text in texts.items():
        problem = runner.refusal(f"select {text} as v from probed")
        if problem is not None:
            found[probe] = dict.fromkeys(range(len(table.rows)), Refusal(problem))
            continue
        refused = [n for n, value in wanted.get(probe, {}).items() if isinstance(value, Refusal)]
        listed = ", ".join(map(str, refused))
        able[probe] = f"case when i not in ({listed}) then {text} end" if refused else text
        found[probe] = {n: _one(runner, f"select {text} as v from probed where i = {n}")
                        for n in refused[:_REFUSED_SHOWN]} | dict.fromkeys(
                            refused[_REFUSED_SHOWN:], NOT_TRIED)  # fmt: skip
    for probe, given in _rows(runner, able, len(table.rows)).items():
        found[probe] = {**given, **found.get(probe, {})}
    return found


def _rows(runner: Runner, texts: dict[Probe, str], count: int) -> dict[Probe, Given]:
    together = _asked(runner, texts)
    if together is not None:
        return together
    if len(texts) > 1:
        items, half = list(texts.items()), len(texts) // 2
        return _rows(runner, dict(items[:half]), count) | _rows(runner, dict(items[half:]), count)
    return {probe: _split(runner, text, 0, count) for probe, text in texts.items()}


def _split(runner: Runner, text: str, low: int, high: int) -> dict[int, Any]:
    """The values of some rows, each row that fails alone as a refusal."""
    try:
        return dict(runner.rows(f"select i, {text} as v from probed where i >= {low} and i < {high} order by i"))
    except Exception as error:
        if high - low == 1:
            return {low: Refusal(words(error))}
    middle = (low + high) // 2
    return _split(runner, text, low, middle) | _split(runner, text, middle, high)


def _bags(runner: Runner, texts: Mapping[Probe, str]) -> dict[Probe, Given]:
    """The values of each group, asked without `group by`: only so a group without rows has one."""
    groups = (*range(BAGS), NOWHERE)
    problems = {probe: runner.refusal(f"select {text} as v from probed") for probe, text in texts.items()}
    able = {probe: text for probe, text in texts.items() if problems[probe] is None}
    bags = {number: _bag(runner, able, number) for number in groups}
    return {
        probe: {n: bags[n][probe] for n in groups} if problem is None else dict.fromkeys(groups, Refusal(problem))
        for probe, problem in problems.items()
    }


def _bag(runner: Runner, texts: Mapping[Probe, str], number: int) -> dict[Probe, Any]:
    """All in one select where none fails."""
    if not texts:
        return {}
    listed = ", ".join(f"{text} as v{n}" for n, text in enumerate(texts.values()))
    try:
        return dict(
            zip(texts, runner.rows(f"select {listed} from probed where {AGGREGATED} = {number}")[0], strict=True)
        )
    except Exception as error:
        if len(texts) == 1:
            return dict.fromkeys(texts, Refusal(words(error)))
    items, half = list(texts.items()), len(texts) // 2
    return _bag(runner, dict(items[:half]), number) | _bag(runner, dict(items[half:]), number)


def _one(runner: Runner, sql: str) -> Any:
    try:
        return runner.rows(sql)[0][0]
    except Exception as error:
        return Refusal(words(error))


def _asked(runner: Runner, texts: Mapping[Probe, str]) -> dict[Probe, Given] | None:
    if not texts:
        return {}
    listed = ", ".join(f"{text} as v{n}" for n, text in enumerate(texts.values()))
    try:
        rows = runner.rows(f"select i, {listed} from probed order by i")
    except Exception:
        return None
    return {probe: {row[0]: row[n + 1] for row in rows} for n, probe in enumerate(texts)}


def words(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:160] if lines else type(error).__name__
