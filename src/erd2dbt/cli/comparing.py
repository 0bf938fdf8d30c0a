"""`diff`: whether a folder is what its spec gives, for people and for CI; nothing is written."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erd2dbt.cli.console import DIFFERS, Console, faults_told, read_bytes
from erd2dbt.cli.generating import fresh, product
from erd2dbt.cli.options import SPEC, TEMPLATES
from erd2dbt.diagnostics import ErdError

if TYPE_CHECKING:
    from erd2dbt.gate.verdict import Verdict

FORMATS = ("text", "json", "markdown", "github")


@click.command()
@SPEC
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of the dbt project [default: the spec's `output:`, else its project name].")  # fmt: skip
@TEMPLATES
@click.option("--stat", is_flag=True, help="Only the list of files, not what changes in them.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but faults: the exit code tells.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
              help="For people, machines, a comment on a pull request, or annotations by GitHub Actions.")  # fmt: skip
def diff(*, spec: Path, output: Path | None, templates: Path | None, stat: bool, quiet: bool, form: str) -> None:
    """Compare the project in DIR with what SPEC gives now.

    Exits with 0 when it is up to date, 1 when not, 2 on faults. Needs no database and writes nothing."""
    console = Console(quiet=quiet, json=form == "json")
    with faults_told(console):
        tell_differences(console, spec, form, output=output, templates=templates, brief=stat)


def tell_differences(
    console: Console, spec: Path, form: str, *, output: Path | None, templates: Path | None, brief: bool = False
) -> None:
    """Prints the verdict and exits with 1 unless the folder is up to date."""
    from erd2dbt.gate.verdict import Verdict
    from erd2dbt.product import keep, recall
    from erd2dbt.write.comparison import compare

    with _faults_formed(console, spec, form):
        data = read_bytes(console, spec)
        made = recall(spec, data, templates)
        if made is None:
            made = product(fresh(Console(quiet=True), spec, data, templates), spec, templates)
            keep(spec, data, templates, made)
        out = output or spec.parent / made.folder
        verdict = Verdict(
            comparison=compare(made.files, out, templates=made.templates),
            spec=str(spec),
            out=str(out),
            models=made.models,
            places=made.places,
        )
    if not console.quiet:
        _print(console, verdict, form, brief=brief)
    if not verdict.is_up_to_date:
        sys.exit(DIFFERS)


@contextlib.contextmanager
def _faults_formed(console: Console, spec: Path, form: str) -> Iterator[None]:
    """Faults go to standard output too where its reader is a pull request: a comment or annotations."""
    try:
        yield
    except ErdError as error:
        from erd2dbt.gate import as_github, as_markdown

        if form == "markdown":
            click.echo(as_markdown.faults_markdown(error.diagnostics, console.sources, str(spec)), nl=False)
        elif form == "github":
            for line in as_github.fault_commands(error.diagnostics, str(spec)):
                click.echo(line)
        raise


def _print(console: Console, verdict: Verdict, form: str, *, brief: bool) -> None:
    from erd2dbt.gate import as_github, as_json, as_markdown, as_text

    if form == "json":
        click.echo(json.dumps(as_json.verdict_data(verdict), ensure_ascii=False, indent=2))
    elif form == "markdown":
        click.echo(as_markdown.verdict_markdown(verdict), nl=False)
    elif form == "github":
        for line in as_github.verdict_commands(verdict):
            click.echo(line)
    else:
        for line in as_text.verdict_lines(verdict, console.paint, brief=brief):
            console.say(line)
        console.tell(verdict.refused)
