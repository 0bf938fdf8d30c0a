"""Lists what is broken in the data, by boxes of the board: from a report of `verify`, or from the last dbt run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from erd2dbt.diagram.erd import Erd
    from erd2dbt.miro.notes import Finding
    from erd2dbt.page.values import PageClaim

_FAILED = ("fail", "warn", "error")
_OF_TABLE = "source_"  # begins the name of a test of a source


def broken(data: bytes, spec: Path, report: Path | None, project: Path | None) -> list[Finding]:
    """Return each broken claim and failed test, with its dbt model and its links.

    Raises ErdError E714 for a report that cannot be read; click.UsageError if there is no result.
    """
    from erd2dbt.cli.folder import folder_of
    from erd2dbt.miro.notes import Finding
    from erd2dbt.page.composing import project_page
    from erd2dbt.page.states import last_run
    from erd2dbt.pipelines import generation
    from erd2dbt.verify.as_json import read_report
    from erd2dbt.verify.verdict import State

    generated = generation.generate(data, str(spec))
    erd = generated.erd
    run = None if report else last_run(folder_of(project, spec, erd.settings.output or erd.project))
    if report is None and run is None:
        raise click.UsageError(
            "--status has no result to show: run `erd2dbt build`, or `erd2dbt verify --format json -o FILE` and give "
            "--report FILE."
        )
    page = project_page(generated, report=read_report(report) if report else None, run=run)
    found, known = [], set()
    for claim in page.claims:
        if claim.state != State.UNTESTED:
            known.add(claim.test)
        if claim.state == State.BROKEN:
            text = f"{claim.text}: {claim.why}" if claim.why else claim.text
            found.append(Finding(text, claim.model, tuple(_links(claim, erd))))
    models = {plan.relation.model: plan.relation.model for plan in generated.planned.plans}
    staged = {plan.relation.name: plan.relation.model for plan in generated.planned.plans}
    tables = {f"{one.source}_{one.table}": staged[one.name] for one in erd.entities}
    for name, (status, message) in run.tests.items() if run else ():
        if status in _FAILED and name not in known:
            found.append(
                Finding(
                    f"{name}: {message}" if message else name,
                    _model(name, tables if name.startswith(_OF_TABLE) else models),
                )
            )
    return found


def _links(claim: PageClaim, erd: Erd) -> Iterator[str]:
    """Return the links that make a claim. Links with the same text differ in their place."""
    for text in claim.links:
        fitting = [link for link in erd.links if link.text == text]
        same = [link for link in fitting if str(link.span) == claim.place]
        yield from (link.name for link in same or (fitting if len(fitting) == 1 else ()))


def _model(test: str, models: Mapping[str, str]) -> str:
    """Return the model of a test by its name, where dbt puts the model after the kind of test. Empty if unknown.

    `models`: what the name has for a model -> the model. For a test of a source this is `<source>_<table>`.
    """
    named = [one for one in models if one in test]
    return models[min(named, key=lambda one: (test.index(one), -len(one)))] if named else ""
