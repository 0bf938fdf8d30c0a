"""Reports on a project with other files: what a run did not change, and what the owner should add."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from erd2dbt.adopt.survey import PROJECT
from erd2dbt.design.project.source_names import dbt_table
from erd2dbt.design.project.surroundings import Place
from erd2dbt.pipelines.generation import Generated
from erd2dbt.render.project import block, project_file
from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.tree import Node

_PROPOSED = ("flags", "models", "vars")  # settings in `dbt_project.yml` that models require


def doubled(generated: Generated) -> tuple[tuple[str, Place], ...]:
    """Return what is excluded because it is described elsewhere: (`source shop.orders` or `model stg_orders`, file)."""
    around, project = generated.around, generated.project
    here = {(file.source.name, table.name) for file in project.sources for table in file.source.tables}
    tables = [(e.source, dbt_table(e)) for e in generated.erd.entities if e.existing is None]
    found = [(f"source {s}.{t}", around.sources.get((s, t))) for s, t in tables if (s, t) not in here]
    described = {model.name for file in project.properties for model in file.models}
    names = [plan.relation.model for plan in generated.planned.own if plan.relation.model not in described]
    found += [(f"model {name}", around.models.get(name)) for name in names]
    return tuple((what, place) for what, place in found if place is not None)


def notes(generated: Generated, templates: Path | None) -> Iterator[str]:
    """Return lines of a summary; empty for a project that consists of generated files."""
    for what, place in doubled(generated):
        yield f"kept     {what} stays in {place}; its tests are in {generated.around.test_path}/existing"
    yield from (f"unread   {path}: it cannot be read without dbt" for path in generated.around.unread)
    if PROJECT in generated.around.theirs:
        wanted = _plain(_root(project_file(generated.project, templates)))
        lacking = _lacking(
            {word: wanted[word] for word in _PROPOSED if word in wanted}, _plain(_root(generated.around.settings))
        )
        if lacking:
            yield f"propose  {PROJECT} was not generated; add this to it:"
            text = re.sub(r'"(\+\w+)"', r"\1", block(lacking, 0))  # in the style of dbt's documentation
            yield from (f"           {line}" for line in text.split("\n"))


def _root(text: str) -> Node:
    document = read(text)
    assert document is not None, "the survey has read it"
    return document.root


def _plain(node: Node) -> Any:
    if node.kind == "mapping":
        return {entry.key.value: _plain(entry.value) for entry in node.entries if entry.key is not None}
    if node.kind == "sequence":
        return [_plain(entry.value) for entry in node.entries]
    return {"true": True, "false": False}.get(node.value, node.value)


def _lacking(wanted: Mapping[str, Any], there: Any, above: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the required settings without a value at their key or above it. Existing values belong to the owner."""
    known = there if isinstance(there, dict) else {}
    configs = {**(above or {}), **{word.removeprefix("+"): value for word, value in known.items()}}
    found: dict[str, Any] = {}
    for word, value in wanted.items():
        if isinstance(value, dict):
            if inner := _lacking(value, known.get(word), configs):
                found[word] = inner
        elif configs.get(word.removeprefix("+")) != value and not known.keys() & {word, word.removeprefix("+")}:
            found[word] = value
    return found
