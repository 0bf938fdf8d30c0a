"""`diff`: whether a folder is what its spec gives, or what a changed spec means; nothing is written."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erd2dbt.cli.console import DIFFERS, Console, faults_told
from erd2dbt.cli.engines import ENGINE, chooser
from erd2dbt.cli.generating import folder_of, fresh, memorized, naming, product, refuse_smaller, remembered
from erd2dbt.cli.options import INFER, RENAMES, SPEC, TEMPLATES
from erd2dbt.cli.output import command, document, echo
from erd2dbt.cli.sources import selecting, selection, spec_bytes
from erd2dbt.cli.standing import broken
from erd2dbt.faults.diagnostics import ErdError

if TYPE_CHECKING:
    from erd2dbt.contract.change import Change
    from erd2dbt.gate.verdict import Verdict

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
        ("--only and --exclude", True if selection() else None, False), ("--fail-on", fail_on, True),
    ):  # fmt: skip
        if given is not None and (new is not None) is not wanted:
            raise click.UsageError(f"{word} goes {'with two specs' if wanted else 'with one spec and a folder'}.")
    if form == "html" and new is None:
        raise click.UsageError("--format html goes with two specs.")
    with faults_told(console):
        if new is not None:
            tell_contract(console, str(spec), new, form, templates=templates, fail_on=fail_on)
        else:
            tell_differences(console, spec, form, output=output, templates=templates, renames=renames, brief=stat)


def tell_contract(
    console: Console, old: str, new: str, form: str, *, templates: Path | None, fail_on: str | None
) -> None:
    """Prints every change of what is promised; exits with 1 when one is as grave as `fail_on`."""
    from erd2dbt.cli.revision import spec_bytes
    from erd2dbt.contract.change import Meaning
    from erd2dbt.contract.compare import contract_changes
    from erd2dbt.pipelines import generation

    with _faults_formed(console, new, form):
        engine = chooser(Path(new))
        before = generation.generate(spec_bytes(console, old, like=new), old, templates, engine_of=engine)
        after = generation.generate(spec_bytes(console, new, like=old), new, templates, engine_of=engine)
        changes = contract_changes(before, after)
    if form == "html":
        from erd2dbt.page.composing import comparison_page
        from erd2dbt.page.html import page_html

        document(page_html(comparison_page(before, after, changes, (old, new))))
    elif not console.quiet:
        _print_changes(console, changes, old, new, form)
    if fail_on is not None and any(one.meaning.is_as_grave_as(Meaning(fail_on)) for one in changes):
        sys.exit(DIFFERS)


def _print_changes(console: Console, changes: Sequence[Change], old: str, new: str, form: str) -> None:
    from erd2dbt.contract import report

    if form == "json":
        document(json.dumps(report.data(changes), ensure_ascii=False, indent=2), nl=True)
    elif form == "markdown":
        document(report.markdown(changes, old, new))
    elif form == "github":
        for line in report.commands(changes, new):
            command(line)
    else:
        for said in report.text_lines(changes, console.paint):
            echo(said)


def tell_differences(
    console: Console,
    spec: Path,
    form: str,
    *,
    output: Path | None,
    templates: Path | None,
    renames: bool,
    brief: bool = False,
) -> None:
    """Prints the verdict and exits with 1 unless the folder is up to date."""
    from erd2dbt.gate.verdict import Verdict
    from erd2dbt.write.comparison import compare
    from erd2dbt.write.lock import Means

    with _faults_formed(console, str(spec), form):
        data = spec_bytes(console, spec)
        made = remembered(spec, data, templates, output)
        if made is None:
            made = product(fresh(Console(quiet=True), spec, data, templates, output, compare=True), spec, templates)
            memorized(spec, data, templates, made)
        out = folder_of(output, spec, made.folder)
        refuse_smaller(made, out)
        means = Means(made.templates, made.engine)
        comparison = compare(made.files, out, means=means, naming=naming(made, follow=renames))
        verdict = Verdict(
            comparison=comparison,
            broken=tuple(broken(made, out, [one.change for one in comparison.differences])),
            spec=str(spec),
            out=str(out),
            notes=made.notes,
            models=made.models,
            places=made.places,
        )
    if not console.quiet:
        _print(console, verdict, form, brief=brief)
    if not verdict.is_up_to_date:
        sys.exit(DIFFERS)


@contextlib.contextmanager
def _faults_formed(console: Console, spec: str, form: str) -> Iterator[None]:
    """Faults go to standard output too where its reader is a pull request: a comment or annotations."""
    try:
        yield
    except ErdError as error:
        from erd2dbt.gate import as_github, as_markdown

        if form == "markdown":
            document(as_markdown.faults_markdown(error.diagnostics, console.sources, spec))
        elif form == "github":
            for line in as_github.fault_commands(error.diagnostics, spec):
                command(line)
        raise


def _print(console: Console, verdict: Verdict, form: str, *, brief: bool) -> None:
    from erd2dbt.gate import as_github, as_json, as_markdown, as_text

    if form == "json":
        document(json.dumps(as_json.verdict_data(verdict), ensure_ascii=False, indent=2), nl=True)
    elif form == "markdown":
        document(as_markdown.verdict_markdown(verdict))
    elif form == "github":
        for line in as_github.verdict_commands(verdict):
            command(line)
    else:
        for said in as_text.verdict_lines(verdict, console.paint, brief=brief):
            console.say(said)
        console.tell(verdict.refused)
