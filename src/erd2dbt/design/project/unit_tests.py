"""Unit tests of models in dbt's words: the rows of each input, and the rows that are expected."""

from __future__ import annotations

from collections.abc import Mapping

from erd2dbt.design.plans.plan import Fixture, Given, Plan, Relation, StepKind
from erd2dbt.design.plans.sample_values import Value, as_cell, as_text
from erd2dbt.design.project.engine_sql import DataTypes
from erd2dbt.design.project.project import UnitInput, UnitTest
from erd2dbt.design.project.prose import listed
from erd2dbt.escape import jinja
from erd2dbt.escape.jinja import Jinja
from erd2dbt.names.length import fit
from erd2dbt.sql.spelling import ident, literal


def unit_test(plan: Plan, fixture: Fixture, shelf: Mapping[str, Relation], types: DataTypes) -> UnitTest:
    """The unit test of a plan. A manual edit with a fan-out would duplicate its rows."""
    model, grain = plan.relation.model, listed(plan.proof.grain)
    reduced = any(step.kind in (StepKind.GROUP, StepKind.PICK, StepKind.UNION) for step in plan.proof.steps)
    said = "though each input has two rows" if reduced else "where each join finds one row"
    return UnitTest(
        name=fit(f"{model}_keeps_its_grain"),
        description=f"One row per {grain}, {said}",
        model=model,
        given=tuple(_unit_input(given, shelf[given.relation].model, types) for given in fixture.given),
        expect=tuple(_cells(row) for row in fixture.expect),
    )


def _unit_input(given: Given, model: str, types: DataTypes) -> UnitInput:
    if given.types is None:
        return UnitInput(input=jinja.ref(model), rows=tuple(_cells(row) for row in given.rows))
    words = {name: types.raw(type_) or type_ for name, type_ in given.types.items()}
    # dbt renders these twice: in the YAML, and as SQL
    selects = [jinja.text(jinja.in_sql(_values(row, words))) for row in given.rows]
    lines = [line for select in selects for line in (Jinja("union all"), select)][1:]
    return UnitInput(input=jinja.ref(model), rows=(), sql=tuple(lines))


def _cells(row: Mapping[str, Value]) -> Mapping[str, object]:
    return {name: as_cell(value) for name, value in row.items()}


def _values(row: Mapping[str, Value], types: Mapping[str, str]) -> str:
    """One row as a select of typed constants."""
    shown = {name: literal(as_text(row[name])) if name in row else "null" for name in types}
    return "select " + ", ".join(f"cast({text} as {types[name]}) as {ident(name)}" for name, text in shown.items())
