"""Models made one after the other, the rows of each step counted, until one has not the grain that was proved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from erd2dbt.design.plan import Plan
from erd2dbt.diagnostics import Diagnostic, Span
from erd2dbt.pipeline import Generated
from erd2dbt.report import plural, table
from erd2dbt.run.blame import faults as blamed
from erd2dbt.run.build import Progress, Workplace, call_dbt
from erd2dbt.run.dbt import DbtRun
from erd2dbt.run.guilt import Inquiry, inquiring
from erd2dbt.sql.identifiers import ident
from erd2dbt.sql.prefixes import SelectStep, steps

FILE = "target/stepwise.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A model: rows after each of its steps, rows in all, values of its grain, and rows where that is empty."""

    model: str
    grain: tuple[str, ...]
    steps: tuple[tuple[str, int], ...]
    rows: int
    values: int
    empty: int

    @property
    def holds(self) -> bool:
        return self.rows == self.values and not self.empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The models as far as they were made; with faults the last one is the guilty one."""

    counted: tuple[Counted, ...]
    faults: tuple[Diagnostic, ...] = ()


def build(generated: Generated, place: Workplace, progress: Progress) -> Made:
    """One `dbt run` for each model, in order. The counts stay in the project, in `target/stepwise.json`."""
    assert place.connection is not None
    made = Made(counted=())
    with inquiring(generated, place.project, place.connection) as inquiry:
        for plan in generated.planned.own:
            run = call_dbt(["run", "--select", plan.relation.model], place, progress)
            made = _next(made, run, generated.project.places, plan, inquiry)
            if made.faults:
                break
    (place.project / FILE).write_text(json.dumps(_data(made), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return made


def _next(made: Made, run: DbtRun, places: Mapping[str, Span], plan: Plan, inquiry: Inquiry) -> Made:
    if not run.ok:
        reasons = {node.unique_id: tuple(inquiry.said(node)) for node in run.results if node.status == "error"}
        return replace(made, faults=blamed(run, places, reasons))
    counted = _counted(plan, inquiry)
    if counted is None:
        return made
    faults = () if counted.holds else (_fault(counted, places, inquiry.guilty(plan)),)
    return Made(counted=(*made.counted, counted), faults=faults)


def _fault(counted: Counted, places: Mapping[str, Span], guilty: Iterable[str]) -> Diagnostic:
    empty = f", and {plural(counted.empty, 'row')} with an empty one" if counted.empty else ""
    values = f"{counted.values:,} values of ({', '.join(counted.grain)})"
    return Diagnostic(
        code="E706",
        message=f"`{counted.model}` has {plural(counted.rows, 'row')} for {values}{empty}",
        span=places.get(counted.model),
        notes=tuple(guilty),
    )


def _counted(plan: Plan, inquiry: Inquiry) -> Counted | None:
    """None for a model that is no relation of its own."""
    keys = [ident(name) for name in plan.relation.grain]
    relation = f"{ident(inquiry.schema)}.{ident(plan.relation.model)}"
    empty = " or ".join(f"{key} is null" for key in keys)
    counts = [
        inquiry.count(f"select {what} from {relation}")  # noqa: S608 - quoted
        for what in ("count(*)", f"count(distinct ({', '.join(keys)}))", f"count(*) filter (where {empty})")
    ]
    rows, values, empties = counts
    if rows is None or values is None or empties is None:
        return None
    return Counted(
        model=plan.relation.model,
        grain=plan.relation.grain,
        steps=tuple(_steps(inquiry, inquiry.sql(plan))),
        rows=rows,
        values=values,
        empty=empties,
    )


def _steps(inquiry: Inquiry, sql: str) -> Iterator[tuple[str, int]]:
    """Rows of each select, and between its joins."""
    for select in steps(sql):
        for name, query in _queries(select):
            count = inquiry.count(query) if query else None
            if count is not None:
                yield name, count


def _queries(select: SelectStep) -> Iterator[tuple[str, str | None]]:
    name = select.name or "the last select"
    if select.joins:
        yield f"{name}: in", select.before
    yield from ((f"{name}: {join.text}", join.count) for join in select.joins)
    yield name, f"{select.head}select count(*) from ({select.rows}) as made"  # noqa: S608 - the model's own


def _data(made: Made) -> dict[str, object]:
    return {
        "models": [{**asdict(one), "holds": one.holds} for one in made.counted],
        "faults": [fault.message for fault in made.faults],
    }


def told(made: Made) -> str:
    """A line for each step of each model."""
    lines = []
    for one in made.counted:
        grain = f"({', '.join(one.grain)})"
        lines += [(one.model, name, f"{rows:,}", "") for name, rows in one.steps]
        lines.append((one.model, grain, f"{one.rows:,}", "one row each" if one.holds else f"{one.values:,} values"))
    return table(["model", "step", "rows", "grain"], lines)
