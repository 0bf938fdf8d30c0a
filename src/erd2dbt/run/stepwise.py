"""Builds models one by one and compares each with its proof: its rows, its grain and its totals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from erd2dbt.design.columns.flows import spine
from erd2dbt.design.plans.plan import Plan
from erd2dbt.faults.diagnostics import Diagnostic, Span
from erd2dbt.pipelines.generation import Generated
from erd2dbt.pipelines.summary import plural, table
from erd2dbt.run.build import Progress, Workplace, call_dbt
from erd2dbt.run.dbt import DbtRun
from erd2dbt.run.dbt_failures import faults as blamed
from erd2dbt.run.fanout_diagnosis import FanoutDiagnosis, diagnosing
from erd2dbt.run.totals import Known, Total, broken_totals, shown, totals
from erd2dbt.sql.prefixes import SelectStep, ctes, steps
from erd2dbt.sql.prefixes import tables as imported
from erd2dbt.sql.spelling import ident
from erd2dbt.system.progress import counted_over

FILE = "target/stepwise.json"
VERSION = 1  # version of the file's format


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One step of a model's SQL: its description, its CTE (None: the last select), rows in and rows out."""

    cte: str | None
    step: str
    rows_in: int | None
    rows_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A built model: its steps, its rows, the distinct values of its grain, rows with a NULL grain, and its totals.

    `promised`: the number of grain values that its inputs have, by the plan; None where only its author knows.
    """

    model: str
    grain: tuple[str, ...]
    steps: tuple[Counted, ...]
    promised: int | None
    rows: int
    values: int
    empty: int
    totals: tuple[Total, ...]

    @property
    def is_grained(self) -> bool:
        return self.rows == self.values and not self.empty

    @property
    def is_whole(self) -> bool:
        return self.promised in (None, self.values)

    @property
    def holds(self) -> bool:
        return self.is_grained and self.is_whole and all(total.holds for total in self.totals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The models that were built. With faults, the last one is the faulty model."""

    made: tuple[Made, ...]
    faults: tuple[Diagnostic, ...] = ()


def build(generated: Generated, place: Workplace, progress: Progress) -> Run:
    """Run `dbt run` for each model, in order. The run is saved in the project, in `target/stepwise.json`."""
    assert place.connection is not None
    done, known = Run(made=()), Known()
    with diagnosing(generated, place.project, place.connection) as diagnosis:
        for plan in counted_over("building", generated.planned.own):
            run = call_dbt(["run", "--select", plan.relation.model], place, progress)
            done = _next(done, run, plan, places=generated.project.places, diagnosis=diagnosis, known=known)
            if done.faults:
                break
    (place.project / FILE).write_text(json.dumps(_data(done), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return done


def _next(
    done: Run, run: DbtRun, plan: Plan, *, places: Mapping[str, Span], diagnosis: FanoutDiagnosis, known: Known
) -> Run:
    if not run.ok:
        reasons = {node.unique_id: tuple(diagnosis.explained(node)) for node in run.results if node.status == "error"}
        return replace(done, faults=blamed(run, places, reasons))
    made = _made(plan, diagnosis, known)
    if made is None:
        return done
    faults = () if made.holds else tuple(_faults(made, places.get(made.model), plan, diagnosis))
    return Run(made=(*done.made, made), faults=faults)


# -- what is wrong


def _faults(made: Made, place: Span | None, plan: Plan, diagnosis: FanoutDiagnosis) -> Iterator[Diagnostic]:
    """Return one fault each for the grain, the rows and the totals. The first one has the faulty steps."""
    changing = tuple(diagnosis.changing_rows(plan))
    multiplied = diagnosis.fanning_out(plan) if not made.is_grained else ()
    blamed = [*(one for one in multiplied if not any(other.startswith(one) for other in changing)), *changing]
    for message, notes in _broken(made):
        yield Diagnostic(code="E706", message=message, span=place, notes=(*notes, *dict.fromkeys(blamed)))
        blamed = []


def _broken(made: Made) -> Iterator[tuple[str, tuple[str, ...]]]:
    grain = f"({', '.join(made.grain)})"
    if made.rows != made.values:
        yield f"`{made.model}` has {plural(made.rows, 'row')} for {made.values:,} values of {grain}", ()
    if made.empty:
        yield f"`{made.model}` has {plural(made.empty, 'row')} with a NULL in {grain}", ()
    if made.promised is not None and made.promised != made.values:
        gap = made.promised - made.values
        what = f"{abs(gap):,} {'is' if abs(gap) == 1 else 'are'} {'missing' if gap > 0 else 'too many'}"
        yield f"`{made.model}` has {made.values:,} values of {grain}, its rows have {made.promised:,}: {what}", ()
    count, lines = broken_totals(made.totals)
    if lines:
        yield f"{count} of `{made.model}` {'differs' if len(lines) == 1 else 'differ'} from the source", lines


# -- what is counted


def _made(plan: Plan, diagnosis: FanoutDiagnosis, known: Known) -> Made | None:
    """Return the built model; None if it has no relation."""
    keys = [ident(name) for name in plan.relation.grain]
    relation = diagnosis.relation(plan)
    empty = " or ".join(f"{key} is null" for key in keys)
    row = diagnosis.row(f"select count(*), coalesce(sum(case when {empty} then 1 else 0 end), 0) from {relation}")  # noqa: S608 - quoted
    grain = f"select {', '.join(keys)} from {relation}"  # noqa: S608 - quoted
    values = diagnosis.count(_distinct(grain))
    if row is None or values is None:
        return None
    rows, empties = row
    return Made(
        model=plan.relation.model,
        grain=plan.relation.grain,
        steps=tuple(_steps(diagnosis, diagnosis.sql(plan))),
        promised=_promised(plan, diagnosis),
        rows=rows,
        values=values,
        empty=empties,
        totals=totals(plan, diagnosis, rows, known),
    )


def _distinct(query: str) -> str:
    return f"select count(*) from (select distinct * from ({query}) as grain) as made"  # noqa: S608 - quoted


def _promised(plan: Plan, diagnosis: FanoutDiagnosis) -> int | None:
    query = spine(plan)
    return diagnosis.count(ctes(diagnosis.generated_sql(plan)) + _distinct(query)) if query else None


def _steps(diagnosis: FanoutDiagnosis, sql: str) -> Iterator[Counted]:
    """Return the joins, the filters, and the other steps that change the rows of a select."""
    passed = set(imported(sql)) if sql else set()
    for select in steps(sql):
        changes = bool(select.joins or select.where or select.merges)
        if changes or (select.name not in passed and select.columns):
            yield from _row_counts(diagnosis, select)


def _row_counts(diagnosis: FanoutDiagnosis, select: SelectStep) -> Iterator[Counted]:
    before = diagnosis.count(select.before)
    for text, query in [*((join.text, join.count) for join in select.joins), (select.where or "", select.kept)]:
        after = diagnosis.count(query)
        if after is not None:
            yield Counted(cte=select.name, step=text, rows_in=before, rows_out=after)
            before = after
    if select.merges or not (select.joins or select.where):
        made = diagnosis.count(f"{select.head}select count(*) from ({select.rows}) as made")  # noqa: S608 - its own SQL
        if made is not None:
            step = "grouped" if select.merges else "selected"
            yield Counted(cte=select.name, step=step, rows_in=before, rows_out=made)


# -- the report


def _data(done: Run) -> dict[str, object]:
    return {
        "version": VERSION,
        "models": [_model(one) for one in done.made],
        "faults": [fault.message for fault in done.faults],
    }


def _model(made: Made) -> dict[str, Any]:
    found = [
        {
            "column": total.column,
            "source": total.source,
            "of": str(total.of),
            "made": str(total.made),
            "left_out": [{"amount": str(amount), "why": why} for amount, why in total.left_out if amount],
            "left_out_before": str(total.before),
            "holds": total.holds,
        }
        for total in made.totals
    ]
    return {**asdict(made), "totals": found, "holds": made.holds}


def report_text(done: Run) -> str:
    """Return a line for each step, each grain and each total of each model."""
    lines = [line for one in done.made for line in _lines(one)]
    return table(["model", "step", "in", "out", ""], lines)


def _lines(made: Made) -> Iterator[tuple[str, ...]]:
    name = made.model
    for step in made.steps:
        if step.step == "selected" and step.rows_in == step.rows_out:
            continue
        where = f"{step.cte}: " if step.cte else ""
        said = f"{where}{step.step.partition(' on ')[0]}"
        yield name, said, "" if step.rows_in is None else f"{step.rows_in:,}", f"{step.rows_out:,}", ""
        name = ""
    promised = "" if made.promised is None else f"{made.promised:,}"
    verdict = ["one row each" if made.rows == made.values else f"{made.values:,} values"]
    verdict += [f"{made.empty:,} empty"] if made.empty else []
    verdict += [] if made.is_whole else [f"{promised} promised"]
    yield name, f"rows by ({', '.join(made.grain)})", promised, f"{made.rows:,}", "; ".join(verdict)
    for total in made.totals:
        yield "", f"{total.column}: {total.source}", shown(total.of), shown(total.made), total.remark
