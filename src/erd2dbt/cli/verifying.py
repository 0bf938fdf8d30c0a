"""Commands that look at data: `verify`, `preview`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erd2dbt.cli.console import DIFFERS, Console, faults_reported
from erd2dbt.cli.engines import ENGINE, engine_chooser
from erd2dbt.cli.options import INFER, SPEC, completing
from erd2dbt.cli.output import document, echo
from erd2dbt.cli.sources import address, selecting, selection, spec_bytes, spec_or_draft
from erd2dbt.cli.spec_files import spec_files
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, did_you_mean

if TYPE_CHECKING:
    from erd2dbt.diagram.erd import Erd
    from erd2dbt.pipelines.generation import Generated
    from erd2dbt.run.adapter import Warehouse
    from erd2dbt.run.connection import Connection
    from erd2dbt.verify.verdict import Report

_FORMATS = ["text", "json", "markdown", "html"]


def database(function: Callable[..., None]) -> Callable[..., None]:
    """Return the tables' database: by default the embedded server with the spec's data."""
    folder = click.Path(path_type=Path, file_okay=False, exists=True)
    for option in reversed(
        (
            click.option("--url", help="The PostgreSQL to read: postgresql://user@host:5432/database."),
            click.option("--target", help="The warehouse to read, as a target of a dbt profile. Any adapter that is "
                         "installed will do."),
            click.option("--profile", help="The dbt profile to use [default: that of the project]."),
            click.option("--profiles-dir", type=folder, help="Folder of the profiles.yml to use."),
            click.option("--schema", "schemas", multiple=True, metavar="[SOURCE=]NAME",
                         help="The schema of the tables, if it is not the `schema` of their source."),
            click.option("--data", type=folder, help="Folder of <table>.csv or <table>.parquet for the embedded "
                         "server [default: the spec's `data:`]."),
            click.option("-q", "--quiet", is_flag=True, help="Print only faults."),
            click.option("-v", "--verbose", is_flag=True, help="Print every phase and its speed."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@click.command()
@SPEC
@ENGINE
@INFER
@selecting
@database
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True,
              help="The report for a terminal, a machine, a wiki, or as one HTML page.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to this file.")
@click.option(
    "--fail-on", metavar="KINDS", help="Exit with 1 only for these kinds of broken claims, for example key,link."
)
@click.option("--baseline", type=click.Path(path_type=Path, dir_okay=False),
              help="An earlier report as JSON. Claims that are broken there do not fail.")  # fmt: skip
@click.option("--sample", type=click.IntRange(min=100), metavar="N", help="Read only about N rows of each table.")
@click.option(
    "--write", is_flag=True, help="Write what is broken into SPEC as comments, with proposals. No claim changes."
)
@click.option("--timeout", type=click.IntRange(min=1), default=600, show_default=True, metavar="SECONDS",
              help="Time limit of one statement.")  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(1, 32), default=4, show_default=True, help="Number of connections at the same time."
)
def verify(
    *,
    spec: Path,
    form: str,
    output: Path | None,
    fail_on: str | None,
    baseline: Path | None,
    write: bool,
    **options: Any,
) -> None:
    """Check every claim of SPEC against the data.

    Checks keys, links, types and values, and lists each broken claim with its rows. Reads only. Exit code 0: all
    claims hold, 1: some are broken, 2: faults."""
    console = Console(quiet=options["quiet"], verbose=options["verbose"], json=form == "json")
    with faults_reported(console):
        kinds = _kinds(fail_on)
        if write:
            _spec_text(console, spec)
        generated = _generated(console, spec)
        report = _report(console, generated, spec, options)
        if baseline is not None:
            from erd2dbt.verify.as_json import known_ids

            report = replace(report, known=known_ids(baseline))
        _report_result(console, report, generated, form, output)
        if write:
            _feed_back(console, report, spec)
        if any(v.kind in kinds for v in report.new):
            sys.exit(DIFFERS)


def _kinds(fail_on: str | None) -> set[str]:
    from erd2dbt.verify.verdict import KINDS

    wanted = {word.strip() for word in fail_on.split(",")} if fail_on is not None else set(KINDS)
    if unknown := sorted(wanted - set(KINDS)):
        raise click.BadParameter(f"{', '.join(unknown)}: known are {', '.join(KINDS)}", param_hint="--fail-on")
    return wanted


def _generated(console: Console, spec: Path) -> Generated:
    from erd2dbt.pipelines import generation

    data = spec_bytes(console, spec)
    return generation.generate(data, str(spec), selection=selection(), engine_of=engine_chooser(spec))


def _report(console: Console, generated: Generated, spec: Path, options: Mapping[str, Any]) -> Report:
    from erd2dbt.verify.query_runner import Terms
    from erd2dbt.verify.verification import verify as verified

    terms = Terms(sample=options["sample"], seconds=options["timeout"], jobs=options["jobs"])
    schemas = _schemas(generated.erd, options["schemas"])
    with _connection(console, generated, spec, options) as connection:
        return verified(generated, connection, schemas, terms, console.progress)


def _schemas(erd: Erd, said: tuple[str, ...]) -> dict[str, str]:
    """Return source -> schema. Raises E704 for an unknown source."""
    schemas = {source.name: source.schema for source in erd.sources}
    for word in said:
        source, _, name = word.rpartition("=")
        if source and source not in schemas:
            fixes = did_you_mean(source, schemas) or ("write `--schema NAME`, or `--schema SOURCE=NAME`",)
            message = f"`--schema {word}`: the spec has no source `{source}`"
            raise ErdError([Diagnostic(code="E704", message=message, fixes=fixes)])
        schemas |= {source: name} if source else dict.fromkeys(schemas, name)
    return schemas


@contextmanager
def _connection(
    console: Console, generated: Generated, spec: Path, options: Mapping[str, Any]
) -> Iterator[Connection | Warehouse]:
    """Return the named database, otherwise the embedded one with the spec's data."""
    from erd2dbt.run.connection import from_address
    from erd2dbt.run.targets import open_target

    if url := options["url"] or address():
        yield from_address(url)
    elif any(options[word] is not None for word in ("profile", "target", "profiles_dir")):
        folder = options["profiles_dir"] or Path.home() / ".dbt"
        with open_target(folder, options["profile"] or generated.project.profile, options["target"]) as there:
            yield there
    elif generated.engine is DUCKDB:
        from erd2dbt.verify.data import offered_in_duckdb

        with offered_in_duckdb(generated, spec, options["data"], console.progress) as warehouse:
            yield warehouse
    else:
        from erd2dbt.run.build import loaded_line
        from erd2dbt.run.postgres_embedded import cache_folder, serve
        from erd2dbt.verify.data import offer

        with serve(cache_folder(f"{generated.erd.project}-verify", spec)) as connection:
            loaded = offer(generated, spec, options["data"], connection, console.progress)
            console.progress(loaded_line(loaded))
            yield connection


def _report_result(console: Console, report: Report, generated: Generated, form: str, output: Path | None) -> None:
    """Write the report if it is requested. On a terminal, broken claims go to standard error, as faults do."""
    if form == "text" and output is None:
        from erd2dbt.verify import as_text

        console.report(as_text.faults(report))
        for line in as_text.summary(report):
            console.say(line)
        return
    text = _written(report, generated, form, console)
    if output is None:
        document(text)
        return
    from erd2dbt.verify.as_text import sum_line
    from erd2dbt.write.files import replace_file

    replace_file(str(output), text.encode())
    echo(f"{sum_line(report)}; wrote {output}", err=console.json)


def _feed_back(console: Console, report: Report, spec: Path) -> None:
    """Write comments into the spec itself, but only if its meaning does not change."""
    from erd2dbt.pipelines import generation
    from erd2dbt.verify.spec_comments import annotated

    files = spec_files(console, spec)
    data = _spec_text(console, spec)
    after = annotated(data.decode(), report).encode()
    if after == data:
        return
    before = generation.plan(data, str(spec))[1].claims
    if generation.plan(after, str(spec))[1].claims != before:
        raise ErdError([Diagnostic(code="E803", message=f"`{spec}` would say something else with comments in it")])
    files.write({spec: after})
    console.say(f"wrote    what was observed into {spec}, as comments")


def _spec_text(console: Console, spec: Path) -> bytes:
    """Return the bytes of a file that must be a spec, not a diagram."""
    data, drafted = spec_or_draft(console, spec)
    if drafted is not None:
        raise click.UsageError("--write needs a spec: `erd2dbt import` writes one.")
    return data


def _written(report: Report, generated: Generated, form: str, console: Console) -> str:
    from erd2dbt.verify import as_json, as_markdown, as_text

    if form == "json":
        return json.dumps(as_json.report_data(report), indent=2, ensure_ascii=False) + "\n"
    if form == "markdown":
        return as_markdown.report_markdown(report)
    if form == "html":
        from erd2dbt.page.composing import project_page
        from erd2dbt.page.html import page_html

        return page_html(project_page(generated, report=report))
    from erd2dbt.faults.diagnostics import as_text as told

    return "\n".join([told(as_text.faults(report), console.sources), *as_text.summary(report)]).lstrip() + "\n"


def _no_entity(generated: Generated, spec: Path, name: str) -> Diagnostic:
    names = [entity.name for entity in generated.erd.entities]
    if name in {word for plan in generated.planned.own for word in (plan.relation.name, plan.relation.model)}:
        from erd2dbt.escape.shell import word

        fixes: tuple[str, ...] = (
            f"build it and see its first rows: `erd2dbt build {word(str(spec))} --show {word(name)}`",
            f"query what was built: `erd2dbt psql DIR -c 'select * from {word(name)}'`",  # noqa: S608 - to paste
        )
        message = f"`{name}` is a model, and `preview` shows the tables of entities"
    else:
        message, fixes = f"there is no entity `{name}`", did_you_mean(name, names) or (f"known: {', '.join(names)}",)
    return Diagnostic(code="E030", message=message, fixes=fixes)


@click.command()
@SPEC
@ENGINE
@click.argument("entity", shell_complete=completing("entities"))
@database
@click.option("-n", "--rows", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many rows.")
def preview(*, spec: Path, entity: str, rows: int, **options: Any) -> None:
    """Show the first rows of ENTITY's table, ordered by key."""
    console = Console(quiet=options["quiet"], verbose=options["verbose"])
    with faults_reported(console):
        from erd2dbt.verify.preview import first_rows, laid_out

        generated = _generated(console, spec)
        found = next((e for e in generated.erd.entities if e.name == entity), None)
        if found is None:
            raise ErdError([_no_entity(generated, spec, entity)])
        schemas = _schemas(generated.erd, options["schemas"])
        with _connection(console, generated, spec, options) as connection:
            head, grid = first_rows(generated.erd, found, connection, schemas, rows)
            echo(head)
            console.show_grid(grid, laid_out)
