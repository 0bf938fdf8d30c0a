"""`diff`: options in, and a quick answer if nothing has changed."""

from __future__ import annotations

from pathlib import Path

import click

from erd2dbt.cli.cached_result import Watch
from erd2dbt.cli.console import Console, faults_reported
from erd2dbt.cli.engines import ENGINE
from erd2dbt.cli.options import INFER, RENAMES, SPEC, TEMPLATES
from erd2dbt.cli.sources import is_selecting, selecting
from erd2dbt.system import quick_exit

FORMATS = ("text", "json", "markdown", "github", "html")


GRAVE = ("breaking", "risky", "additive", "documentation")


@click.command()
@SPEC
@ENGINE
@INFER
@click.argument("new", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of the dbt project [default: the spec's `output:`, else its project name].")  # fmt: skip
@selecting
@TEMPLATES
@RENAMES
@click.option("--stat", is_flag=True, help="List the files only, without their changes.")
@click.option(
    "--fail-on", type=click.Choice(GRAVE), help="With NEW: exit with 1 when a change is of this severity or worse."
)
@click.option("-q", "--quiet", is_flag=True, help="Print only faults. The exit code has the answer.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
              help="For people, machines, a comment on a pull request, annotations of GitHub Actions, or, with NEW, "
              "an HTML page.")  # fmt: skip
def diff(
    *,
    spec: Path,
    new: str | None,
    output: Path | None,
    templates: Path | None,
    renames: bool,
    stat: bool,
    fail_on: str | None,
    quiet: bool,
    form: str,
) -> None:
    """Compare a project with its SPEC, or two versions of a spec.

    With SPEC alone: what `generate` would change in the project. With NEW: what the change from SPEC to NEW means to
    the readers of the models. SPEC and NEW may be `git:REV:path`, or `git:REV` for the same file.

    Exits with 0 when the project is up to date, 1 when it is not, 2 on faults. Needs no database and writes nothing."""
    console = Console(quiet=quiet, json=form == "json")
    for word, given, wanted in (
        ("-o", output, False), ("--stat", stat or None, False), ("--renames", renames or None, False),
        ("--only and --exclude", is_selecting() or None, False), ("--fail-on", fail_on, True),
    ):  # fmt: skip
        if given is not None and (new is not None) is not wanted:
            raise click.UsageError(f"{word} goes {'with two specs' if wanted else 'with one spec and a folder'}.")
    if form == "html" and new is None:
        raise click.UsageError("--format html needs two specs.")
    quick_exit.allow()
    with faults_reported(console):
        if new is not None:
            from erd2dbt.cli.diff_output import report_contract

            report_contract(console, str(spec), new, form, templates=templates, fail_on=fail_on)
            return
        watch = Watch(spec, templates)
        if not (form == "text" and watch.is_unchanged(console, "diff")):
            from erd2dbt.cli.diff_output import report_differences

            report_differences(
                console, watch, spec, form, output=output, templates=templates, renames=renames, brief=stat
            )
