"""Lists what is broken in the data, by boxes of the board: from a report of `verify`, or from the last dbt run."""

from __future__ import annotations

from pathlib import Path

import click


def broken(data: bytes, spec: Path, report: Path | None, project: Path | None) -> dict[str, list[str]]:
    """Return dbt model -> a line for each broken claim and failed test.

    Raises ErdError E714 for a report that cannot be read; click.UsageError if there is no result.
    """
    from erd2dbt.cli.folder import folder_of
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
    found: dict[str, list[str]] = {}
    known = set()
    for claim in page.claims:
        known.add(claim.test)
        if claim.state == State.BROKEN:
            found.setdefault(claim.model, []).append(f"{claim.text}: {claim.why}" if claim.why else claim.text)
    models = sorted((plan.relation.model for plan in generated.planned.plans), key=len, reverse=True)
    for name, (status, message) in run.tests.items() if run else ():
        if status in ("fail", "error") and name not in known:
            model = next((one for one in models if one in name), "")
            found.setdefault(model, []).append(f"{name}: {message}" if message else name)
    return found
