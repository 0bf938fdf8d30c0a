"""`page`: writes a spec as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from erd2dbt.cli.console import Console, faults_reported
from erd2dbt.cli.engines import ENGINE, engine_chooser
from erd2dbt.cli.options import INFER, SPEC
from erd2dbt.cli.output import document, echo
from erd2dbt.cli.sources import selecting, selection, spec_bytes

if TYPE_CHECKING:
    from erd2dbt.pipelines.generation import Generated

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@SPEC
@ENGINE
@INFER
@selecting
@click.option("-o", "--output", type=FILE, help="Write the page to this file [default: standard output].")
@click.option("--report", type=FILE, metavar="FILE",
              help="A report of `erd2dbt verify --format json`: the page shows its states and profiles.")  # fmt: skip
@click.option("--project", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="Folder of the built dbt project: the page shows the states of its last tests [default: the "
              "spec's `output:`, else its project name].")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Print only faults.")
def page(*, spec: Path, output: Path | None, report: Path | None, project: Path | None, quiet: bool) -> None:
    """Write SPEC as one HTML page: diagrams, proofs, SQL, claims.

    The page loads nothing from the network. A link such as page.html#orders.amount leads to a model or a column."""
    console = Console(quiet=quiet)
    with faults_reported(console):
        from erd2dbt.pipelines import generation

        generated = generation.generate(
            spec_bytes(console, spec), str(spec), selection=selection(), engine_of=engine_chooser(spec)
        )
        text = _written(generated, spec, report, project)
        if output is None:
            document(text)
            return
        from erd2dbt.write.files import replace_file

        replace_file(str(output), text.encode())
        if not quiet:
            echo(f"wrote    {output}")


def _written(generated: Generated, spec: Path, report: Path | None, project: Path | None) -> str:
    from erd2dbt.cli.folder import folder_of
    from erd2dbt.page.composing import project_page
    from erd2dbt.page.html import page_html
    from erd2dbt.page.states import last_run
    from erd2dbt.verify.as_json import read_report

    if report is not None:
        return page_html(project_page(generated, report=read_report(report)))
    erd = generated.erd
    return page_html(
        project_page(generated, run=last_run(folder_of(project, spec, erd.settings.output or erd.project)))
    )
