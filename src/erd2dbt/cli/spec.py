"""Commands about a spec: `check`, `init`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from erd2dbt.cli.console import DIFFERS, Console, faults_reported, read_bytes
from erd2dbt.cli.engines import ENGINE, engine_chooser
from erd2dbt.cli.options import INFER, SPEC, common
from erd2dbt.cli.output import document, echo
from erd2dbt.cli.sources import selected_lines, selecting, selection, spec_bytes
from erd2dbt.cli.spec_files import spec_files
from erd2dbt.escape import shell
from erd2dbt.system import quick_exit


@click.command()
@SPEC
@ENGINE
@INFER
@selecting
@click.option("--fix", is_flag=True, help="Make the repairs that leave no choice, in SPEC itself.")
@common
def check(*, spec: Path, fix: bool, quiet: bool, verbose: bool, form: str) -> None:
    """Prove every model and show all warnings; write nothing.

    With -v, the grain of every model is listed, too."""
    console = Console(quiet=quiet, json=form == "json")
    quick_exit.allow()
    with faults_reported(console):
        from erd2dbt.pipelines import generation, summary

        if fix:
            _fix(console, spec)
        data = spec_bytes(console, spec)
        erd, planned = generation.checked(data, str(spec), selection(), engine_chooser(spec))
        if console.json or not quiet:
            console.report(planned.remarks)
        for line in (*selected_lines(erd), *(summary.grain_lines(planned.own) if verbose else ())):
            console.say(line)
        console.say(summary.diagram_line(erd, len(planned.own)))
        console.say(summary.star_line(erd, str(spec)))


@click.command()
@SPEC
@INFER
@selecting
@click.option("--format", "form", type=click.Choice(["spec", "mermaid"]), default="spec", show_default=True,
              help="The models as text of a spec, or the star as a Mermaid diagram.")  # fmt: skip
def suggest(*, spec: Path, form: str) -> None:
    """Print the models of a star schema, derived from SPEC.

    These are the models that `generate` derives for a spec without `models:`. Copy them below `models:` to edit them.
    The `models:` of SPEC are ignored."""
    console = Console()
    with faults_reported(console):
        from erd2dbt.pipelines.generation import star
        from erd2dbt.star.report import star_mermaid, star_text

        data = spec_bytes(console, spec)
        found = star(data, str(spec), selection())
        console.report(found.remarks)
        document(star_text(found) if form == "spec" else star_mermaid(found))


@click.command()
@click.argument("spec", type=click.Path(path_type=Path, dir_okay=False))
def init(*, spec: Path) -> None:
    """Write a small example SPEC and its JSON Schema."""
    from erd2dbt.system.shipped_files import shipped

    console = Console()
    with faults_reported(console):
        schema = spec.parent / "erd2dbt.schema.json"
        files = spec_files(console, spec, schema)
        if spec.exists():
            echo(f"error: `{spec}` already exists; nothing was written", err=True)
            sys.exit(DIFFERS)
        shipped_as = {spec: "starter.yml", schema: schema.name}
        files.write({path: (shipped("specs") / name).read_bytes() for path, name in shipped_as.items()})
        console.say(f"wrote    {spec} and {schema}; next: erd2dbt generate {shell.word(str(spec))} -o out")


def _fix(console: Console, spec: Path) -> None:
    """Fix the spec in place; print each repair."""
    from erd2dbt.pipelines.autofix import autofix

    files = spec_files(console, spec)
    fixed = autofix(read_bytes(console, spec), str(spec))
    files.write({spec: fixed.data})
    for fault in fixed.repaired:
        console.say(f"fixed    {fault.span}: {fault.code}: {fault.message}")
