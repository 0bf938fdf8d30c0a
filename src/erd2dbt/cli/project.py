"""Commands about a dbt project: `generate`, `build`, `psql`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erd2dbt.cli.branching import on_branch
from erd2dbt.cli.comparing import tell_differences
from erd2dbt.cli.completion import models
from erd2dbt.cli.console import Console, faults_told
from erd2dbt.cli.generating import folder_of, fresh, memorized, product, remembered
from erd2dbt.cli.options import INFER, SPEC, common, writing
from erd2dbt.cli.output import echo
from erd2dbt.cli.sources import selecting, spec_bytes
from erd2dbt.cli.writing import PLACING, decided, write, written
from erd2dbt.faults.diagnostics import Diagnostic, ErdError

if TYPE_CHECKING:
    from erd2dbt.pipelines.generation import Generated
    from erd2dbt.run.build import Workplace


@click.command()
@SPEC
@INFER
@selecting
@writing
@click.option("--no-compile", is_flag=True, help="Write the files only. Needs neither a database nor dbt.")
@click.option("--offline", is_flag=True, help="Compile without a database: names and macros, but no columns.")
@click.option(
    "--check", is_flag=True, help="Write nothing. Exit with 1 where a run would write, as `erd2dbt diff` does."
)
@click.option(
    "--branch", metavar="NAME", help="Commit the generated files on this new branch. Your work tree is not touched."
)
@click.option(
    "--watch", "is_watching", is_flag=True,
    help="Write the project again after each change of SPEC, and show the diff. dbt does not run. Ctrl-C ends.",
)  # fmt: skip
@common
def generate(
    *,
    spec: Path,
    check: bool,
    branch: str | None,
    is_watching: bool,
    quiet: bool,
    verbose: bool,
    form: str,
    **options: Any,
) -> None:
    """Write the dbt project of SPEC and compile it.

    Proves the grain of every model first. With a fault, nothing is written."""
    console = Console(quiet=quiet, verbose=verbose, json=form == "json")
    if is_watching:
        if check or branch is not None or console.json or not spec.is_file():
            raise click.UsageError("--watch needs a file, and goes without --check, --branch and --format json.")
        _watch(spec, options, quiet=quiet, verbose=verbose)
        return
    with faults_told(console):
        if check:
            tell_differences(console, spec, form, **_only(options, "output", "templates", "renames"))
        elif branch is None:
            _generate(console, spec, spec_bytes(console, spec), options)
        else:
            data = spec_bytes(console, spec)
            out = _folder(spec, data, options["output"])
            with on_branch(branch, spec, out, console.say, force=options["force"]) as folder:
                console.call(folder, out)
                _generate(console, spec, data, {**options, "output": folder}, home=out)


def _generate(console: Console, spec: Path, data: bytes, options: Mapping[str, Any], home: Path | None = None) -> None:
    """`home`: the folder whose embedded server is used, where that is not the one that is written."""
    templates, output, no_compile = (options[word] for word in ("templates", "output", "no_compile"))
    placing = _only(options, *PLACING)
    is_brief = no_compile and not console.verbose and not console.json
    if is_brief and (known := remembered(spec, data, templates, output)):
        for line in known.said:
            console.say(line)
        again = Console(quiet=True)
        decision = decided(console, known, spec, lambda: fresh(again, spec, data, templates, output), **placing)
        write(console, known, decision)
        console.finish(())
        return
    generated = fresh(console, spec, data, templates, output)
    made = product(generated, spec, templates)
    decision = decided(console, made, spec, lambda: generated, **placing)
    if no_compile:
        write(console, made, decision)
        memorized(spec, data, templates, made)
    else:
        from erd2dbt.run import build as running

        how = _only(options, "offline", "target", "profiles_dir")
        with written(console, generated, made, decision, home=home, **how) as place:
            memorized(spec, data, templates, made)
            done = running.compile_project(generated, place, console.progress, decision.texts)
        _tell_run(console, done.faults, done.summary)
    console.finish(generated.planned.remarks)


def _watch(spec: Path, options: Mapping[str, Any], *, quiet: bool, verbose: bool) -> None:
    """Each run has a console of its own: faults show the lines of the text that it read."""
    from erd2dbt.cli.watching import watch, watched

    def run(again: bool) -> None:
        console = Console(quiet=quiet, verbose=verbose)
        with faults_told(console):
            data = spec_bytes(console, spec)
            if again:
                _generate_showing(console, spec, data, options)
            else:
                _generate(console, spec, data, {**options, "no_compile": True})

    watch(Console(quiet=quiet), lambda: watched(spec, options["templates"]), run)


def _generate_showing(console: Console, spec: Path, data: bytes, options: Mapping[str, Any]) -> None:
    """The diff before it is written."""
    from erd2dbt.gate.as_text import diff_lines
    from erd2dbt.write.comparison import compare

    templates, output = options["templates"], options["output"]
    generated = fresh(console, spec, data, templates, output)
    made = product(generated, spec, templates)
    decision = decided(console, made, spec, lambda: generated, **_only(options, *PLACING))
    found = compare(made.files, decision.out, templates=made.templates, naming=decision.naming)
    for line in diff_lines(found, console.paint):
        console.say(line)
    write(console, made, decision)
    memorized(spec, data, templates, made)


def _folder(spec: Path, data: bytes, output: Path | None) -> Path:
    """Where the project goes, before anything is generated."""
    from erd2dbt.read.spec.reader import read_spec

    if output is not None:
        return output
    erd = read_spec(data, str(spec))
    return folder_of(output, spec, erd.settings.output or erd.project)


@click.command()
@SPEC
@INFER
@selecting
@writing
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder of <table>.csv or <table>.parquet to load [default: the spec's `data:`].")  # fmt: skip
@click.option(
    "--load",
    is_flag=True,
    help="Load the data into the PostgreSQL of --target, too. Without it, only the embedded one is loaded.",
)
@click.option(
    "--stepwise",
    is_flag=True,
    help="Build model by model, check rows, grain and totals of each step, and stop at "
    "the first model that differs. Then run the tests.",
)
@click.option("--show", metavar="MODEL", shell_complete=models, help="Print the first rows of this model at the end.")
@common
def build(
    *,
    spec: Path,
    data: Path | None,
    load: bool,
    stepwise: bool,
    show: str | None,
    quiet: bool,
    verbose: bool,
    form: str,
    **options: Any,
) -> None:
    """Generate from SPEC, load its data and run `dbt build`.

    The data is the `data:` of the spec, or --data. Without data, the tests run on empty tables."""
    console = Console(quiet=quiet, verbose=verbose, json=form == "json")
    with faults_told(console):
        templates, output = options["templates"], options["output"]
        generated = fresh(console, spec, spec_bytes(console, spec), templates, output)
        _known_model(generated, show)
        made = product(generated, spec, templates)
        decision = decided(console, made, spec, lambda: generated, **_only(options, *PLACING))
        from erd2dbt.run import build as running

        how = _only(options, "target", "profiles_dir")
        with written(console, generated, made, decision, offline=False, **how) as place:
            if place.embedded or load:
                loaded = running.load_data(generated, spec, data, place, console.progress)
                console.say(running.loaded_line(loaded))
            if stepwise:
                _one_by_one(console, generated, place)
            done = running.build_project(generated, place, console.progress)
            _tell_run(console, done.faults, done.summary)
            if show is not None:
                rows = running.first_rows(generated, place, show)
                console.say(f"\n{show}, first rows")
                console.say(rows)
        console.finish(generated.planned.remarks)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--url", is_flag=True, help="Print the URL and serve until Ctrl-C instead of opening a shell.")
@click.option("-c", "--command", "sql", help="Run this SQL and exit.")
def psql(*, folder: Path, url: bool, sql: str | None) -> None:
    """Open a PostgreSQL shell on the tables built in DIR."""
    console = Console()
    with faults_told(console):
        from erd2dbt.run import shell

        sys.exit(shell.open_shell(folder, sql=sql, url_only=url, say=echo))


def _one_by_one(console: Console, generated: Generated, place: Workplace) -> None:
    from erd2dbt.run import stepwise

    made = stepwise.build(generated, place, console.progress)
    console.say(stepwise.told(made))
    if made.faults:
        raise ErdError(made.faults)


def _only(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: options[name] for name in names}


def _known_model(generated: Generated, show: str | None) -> None:
    models = [plan.relation.model for plan in generated.planned.own]
    if show is not None and show not in models:
        from erd2dbt.faults.diagnostics import did_you_mean

        fixes = did_you_mean(show, models)
        raise ErdError([Diagnostic(code="E030", message=f"`--show {show}`: there is no such model", fixes=fixes)])


def _tell_run(console: Console, faults: Sequence[Diagnostic], summary: str) -> None:
    console.say(summary)
    if faults:
        raise ErdError(faults)
