"""Existing dbt models: they are read by `ref()` and never generated. Their keys are claims, and tested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.design.plans.layers import layer_of
from erd2dbt.design.plans.plan import Field, Plan, Proof, Relation, Step, StepKind
from erd2dbt.design.project.project import DataTest, SingularTest
from erd2dbt.design.project.tests import Tested
from erd2dbt.diagram.erd import Entity, ModelSpec, Word
from erd2dbt.escape.jinja import Call
from erd2dbt.faults.diagnostics import Collector, Hint, did_you_mean
from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind

FOLDER = "tests/existing"


def plan_existing(model: ModelSpec, name: Word, faults: Collector) -> Plan | None:
    """The plan of an existing model. Its key is the grain, by a claim. None after adding E031."""
    known = [column.name for column in model.columns]
    missing = [word for word in model.grain if word.text not in known]
    for word in missing:
        fixes = did_you_mean(word.text, known) or (Hint(f"add `{word.text}` to `columns`, with its type"),)
        faults.add("E031", f"`{model.name}` has no column `{word.text}`", word.span, fixes=fixes)
    if missing:
        return None
    grain = tuple(word.text for word in model.grain)
    key = Claim(kind=ClaimKind.KEY, relation=model.name, columns=grain, span=model.span)
    columns = {c.name: canonical(c.type or "") or c.type for c in model.columns}
    fields = {c.name: Field(name=c.name, type=columns[c.name], said=c) for c in model.columns}
    relation = Relation(
        name=model.name,
        model=name.text,
        layer=layer_of(model),
        grain=grain,
        fields=fields,
        state=operators.source(list(columns), key=key, uniques=[], not_null=[], determines=[]),
        span=model.span,
    )
    return existing(relation, model, key)


def existing(relation: Relation, spec: Entity | ModelSpec, key: Claim) -> Plan:
    """The plan of an existing relation."""
    because = f"({', '.join(key.columns)}) is the primary key of {relation.model}, an existing model"
    step = Step(kind=StepKind.FROM, name=relation.name, because=because, claims=frozenset((key,)))
    proof = Proof(grain=key.columns, steps=(step,), claims=frozenset((key,)))
    there = replace(relation, open=True)  # a diagram need not list all of its columns
    return Plan(relation=there, spec=spec, imports=(), ctes=(), proof=proof, existing=True)


def singular_tests(of: Call, model: str, tested: Tested) -> Iterator[SingularTest]:
    """Tests of nodes that another YAML file describes, each in its own file: dbt takes properties from one place only.

    `of`: the model or source table as dbt's Jinja names it. `model`: its name in the names of tests.
    """
    found: list[tuple[str | None, DataTest]] = [(None, test) for test in tested.whole]
    found += [(column, test) for column, tests in tested.columns.items() for test in tests]
    for column, test in found:
        name = test.label or f"{test.name}_{model}{f'_{column}' if column else ''}"
        yield SingularTest(path=f"{FOLDER}/{name}.sql", name=name, of=of, column=column, test=test)
