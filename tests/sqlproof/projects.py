"""The models of a generated project as bare SQL, with the states of the relations that they read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp

from erd2dbt.design.plans.plan import Plan
from erd2dbt.diagram.erd import Entity
from erd2dbt.names.length import cut
from erd2dbt.pipelines.generation import plan
from erd2dbt.prove import operators
from erd2dbt.prove.state import State

ROOT = Path(__file__).parents[2]
_REF = re.compile(r"\{\{\s*ref\(\s*'([^']+)'\s*\)\s*\}\}")
_SOURCE = re.compile(r"\{\{\s*source\(\s*'([^']+)'\s*,\s*'([^']+)'\s*\)\s*\}\}")
_CONFIG = re.compile(r"\{\{\s*config\(.*?\)\s*\}\}", re.DOTALL)
_TEXT = re.compile(r"\{\{ \"(\{\{|\{%|\{#)\" \}\}")


def bare(text: str) -> str:
    """The SQL of a model with identifiers for what dbt fills in."""
    text = _CONFIG.sub("", text)
    text = _REF.sub(r'"\1"', text)
    text = _SOURCE.sub(r'"source:\1.\2"', text)
    return _TEXT.sub(r"\1", text)


def models(spec: Path, project: Path) -> Iterator[tuple[Plan, exp.Query, dict[str, State]]]:
    """Each model of a project: its plan, its SQL read, and what is known of every relation there is."""
    _, planned = plan(spec.read_bytes(), spec.name)
    files = {file.stem: file for file in (project / "models").rglob("*.sql")}
    tables = {p.relation.model: p.relation.state for p in planned.plans}
    for made in planned.plans:
        text = bare(files[made.relation.model].read_text(encoding="utf-8"))
        tree = sqlglot.parse_one(text, read="postgres")
        assert isinstance(tree, exp.Query)
        sources = re.findall(r'"(source:[^"]+)"', text)
        yield made, _as_claimed(tree) if sources else tree, tables | {name: _raw(made) for name in sources}


def _raw(made: Plan) -> State:
    """The raw table, under its own column names, as the claims have it."""
    assert isinstance(made.spec, Entity)
    raw = {cut(a.raw or a.name): a.name for a in made.spec.columns if a.formula is None}
    return operators.select(made.relation.state, raw)


def _as_claimed(tree: exp.Query) -> exp.Query:
    """A column cast in staging is the column that the claims speak of: they are tested on the staged rows."""

    def visit(node: exp.Expr) -> exp.Expr:
        return node.this if isinstance(node, exp.Cast) and isinstance(node.this, exp.Column) else node

    return tree.transform(visit)
