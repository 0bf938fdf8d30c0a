"""Commands about a dbt project: `generate`, `build`, `psql`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from erd2dbt.cli.cached_result import Watch
from erd2dbt.cli.console import Console, faults_reported
from erd2dbt.cli.options import INFER, SPEC, common, completing, writing
from erd2dbt.cli.output import echo
from erd2dbt.cli.sources import selecting
from erd2dbt.system import quick_exit


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
            raise click.UsageError("--watch needs a file, and excludes --check, --branch and --format json.")
        from erd2dbt.cli.building import watch_project

        watch_project(spec, options, quiet=quiet, verbose=verbose)
        return
    if check or options["no_compile"]:
        quick_exit.allow()
    with faults_reported(console):
        watch = Watch(spec, options["templates"])
        is_told = branch is None and form == "text" and not verbose
        if check:
            if not (is_told and watch.is_unchanged(console, "diff")):
                from erd2dbt.cli.diff_output import report_differences

                report_differences(console, watch, spec, form, **only(options, "output", "templates", "renames"))
        elif not (is_told and options["no_compile"] and watch.is_unchanged(console, "generate")):
            from erd2dbt.cli.building import generate_project

            generate_project(console, watch, spec, options, branch=branch)


def only(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: options[name] for name in names}


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
@click.option(
    "--show",
    multiple=True,
    metavar="MODEL",
    shell_complete=completing("models"),
    help="Print the first rows of this model at the end. Can be repeated.",
)
@common
def build(
    *,
    spec: Path,
    data: Path | None,
    load: bool,
    stepwise: bool,
    show: tuple[str, ...],
    quiet: bool,
    verbose: bool,
    form: str,
    **options: Any,
) -> None:
    """Generate from SPEC, load its data and run `dbt build`.

    The data is the `data:` of the spec, or --data. Without data, the tests run on empty tables."""
    console = Console(quiet=quiet, verbose=verbose, json=form == "json")
    with faults_reported(console):
        from erd2dbt.cli.building import build_project

        build_project(console, spec, options, data=data, load=load, stepwise=stepwise, show=show)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--url", is_flag=True, help="Print the URL and serve until Ctrl-C instead of opening a shell.")
@click.option("-c", "--command", "sql", help="Run this SQL and exit.")
def psql(*, folder: Path, url: bool, sql: str | None) -> None:
    """Open the engine's shell on the tables built in DIR, or run one query.

    The shell is that of PostgreSQL (psql), DuckDB, Spark or ClickHouse. Where it cannot be opened from here, its
    command is printed."""
    console = Console()
    with faults_reported(console):
        from erd2dbt.run import shell

        sys.exit(shell.open_shell(folder, sql=sql, url_only=url, say=echo))
