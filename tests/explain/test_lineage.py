"""Lineage is exact: on every golden project it is what sqlglot traces in the SQL that was written."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
from sqlglot import exp
from sqlglot.lineage import Node, lineage

from erd2dbt.escape.jinja import named
from erd2dbt.escape.sql import between_quotes
from erd2dbt.explain.lineage import Ref, lineage_of
from erd2dbt.pipelines.generation import generate

ROOT = Path(__file__).parents[2]
CASES = sorted(path.name for path in (ROOT / "tests" / "golden").iterdir())


def spec_of(case: str) -> Path:
    golden = ROOT / "tests" / "golden" / case / "input" / "spec.yml"
    return golden if golden.exists() else ROOT / "specs" / "marketing.yml"


def rendered(text: str) -> str:
    """The SQL as dbt compiles it, with models by their names and raw tables as `source__table`."""
    template = jinja2.Template(text)
    return template.render(ref=lambda name: f'"{name}"', source=lambda source, table: f'"{source}__{table}"')


def traced(node: Node) -> set[tuple[str, str]]:
    leaves = [n for n in node.walk() if not n.downstream and isinstance(n.expression, exp.Table)]
    return {(leaf.expression.name, unquoted(leaf.name.rpartition(".")[2])) for leaf in leaves}


def unquoted(name: str) -> str:
    return name.removeprefix('"').removesuffix('"').replace('""', '"')


def table_of(ref: Ref) -> str:
    return f"{ref.source}__{named(ref.dataset)}" if ref.source else ref.dataset


@pytest.mark.parametrize("case", CASES)
def test_what_sqlglot_traces(case: str) -> None:
    """In both directions, column for column; the ways are ours alone, sqlglot has none."""
    generated = generate(spec_of(case).read_bytes(), "spec.yml")
    found = lineage_of(generated.erd, generated.planned.plans)
    schema = {
        f'"{source.name}__{named(entity.table)}"': {
            f'"{between_quotes(a.raw or a.name)}"': "text" for a in entity.columns if not a.formula
        }
        for source in generated.erd.sources
        for entity in generated.erd.entities
        if entity.source == source.name
    }
    compared = 0
    for plan in generated.planned.plans:
        model = plan.relation.model
        text = rendered(generated.files[generated.project.sql_paths[model]])
        for name in plan.relation.fields:
            ours = {(table_of(ref), ref.column) for ref in found.models[model].columns[name]}
            if any('"' in column for _, column in ours):
                continue  # sqlglot parts such a name at its quotes
            theirs = traced(lineage(f'"{name}"', text, schema=schema, dialect="postgres"))
            assert ours == theirs, f"{model}.{name}"
            compared += 1
        schema[f'"{model}"'] = {f'"{name}"': "text" for name in plan.relation.fields}
    assert compared > 5
