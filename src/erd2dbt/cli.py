"""The command line: options in, one call, text out, an exit code. The only module that prints or exits.

Exit codes: 0 done, 1 differs or refused, 2 faults.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erd2dbt import __version__
from erd2dbt.diagnostics import Diagnostic, ErdError, Severity, as_json, as_text

if TYPE_CHECKING:
    from erd2dbt.pipeline import Generated
    from erd2dbt.product import Product
    from erd2dbt.report import Paint

DIFFERS, FAULTS = 1, 2
INTERRUPTED = 130
LABEL = 9  # columns of a summary line before its text


class Console:
    """Standard output for what was asked for, standard error for progress and faults."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False, json: bool = False) -> None:
        self.quiet, self.verbose, self.json = quiet, verbose, json
        self.started = time.monotonic()
        self.sources: dict[str, str] = {}

    @property
    def paint(self) -> Paint:
        from erd2dbt.report import Paint

        return Paint(_colored(sys.stdout))

    def say(self, line: str | None) -> None:
        """A line of the summary; its first column says what was done, and is coloured on a terminal."""
        if line is None or self.quiet or self.json:
            return
        done, said = line[:LABEL], line[LABEL:]
        is_summary = done.strip().isalpha() and done.endswith(" ")
        click.echo(self.paint.good(done) + said if is_summary else line)

    def progress(self, line: str) -> None:
        """A phase that takes its time; seen on a terminal and with -v, so that logs stay short."""
        if not self.quiet and not self.json and (self.verbose or sys.stderr.isatty()):
            click.echo(f"         {line}", err=True)

    def tell(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Faults in full; as JSON they are the output."""
        if self.json:
            click.echo(as_json(diagnostics))
        elif diagnostics:
            click.echo(as_text(diagnostics, self.sources, color=_colored(sys.stderr)), err=True)

    def finish(self, remarks: Sequence[Diagnostic]) -> None:
        """The end of a run that went well: how long it took, or what a machine should know of it."""
        if self.json:
            self.tell(remarks)
        self.say(f"done     in {time.monotonic() - self.started:.1f} s")


def _colored(stream: Any) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def _faults_told(console: Console) -> Iterator[None]:
    """Faults become text and exit code 2; nothing that a user can cause becomes a traceback."""
    try:
        yield
    except ErdError as error:
        console.tell(error.diagnostics)
        found = sum(d.severity is Severity.ERROR for d in error.diagnostics)
        if not console.json:
            click.echo(f"\n{found} {'fault' if found == 1 else 'faults'}", err=True)
        sys.exit(FAULTS)
    except KeyboardInterrupt:
        click.echo("\ninterrupted", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; what is left unsaid is unwanted
        sys.exit(DIFFERS)


class Commands(click.Group):
    """Commands in the order in which they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="erd2dbt")
def main() -> None:
    """Turn an approved entity-relationship diagram into a proved, tested and built dbt project."""


_SPEC = click.argument("spec", type=click.Path(path_type=Path, allow_dash=False))


def _common(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(
        (
            click.option("-q", "--quiet", is_flag=True, help="Say nothing but faults."),
            click.option("-v", "--verbose", is_flag=True, help="Say warnings and notes in full, and every phase."),
            click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
                         help="How faults and results are told."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def _writing(function: Callable[..., None]) -> Callable[..., None]:
    folder = click.Path(path_type=Path, file_okay=False)
    for option in reversed(
        (
            click.option("-o", "--output", type=folder, help="Folder of the dbt project [default: the spec's "
                         "`output:`, else its project name]."),
            click.option("--force", is_flag=True, help="Overwrite files that were edited or that are not ours."),
            click.option("--templates", type=click.Path(path_type=Path, file_okay=False, exists=True),
                         help="Folder of templates that come before the built-in ones."),
            click.option("--target", help="Target of a profile: any PostgreSQL instead of the embedded one."),
            click.option("--profiles-dir", type=click.Path(path_type=Path, file_okay=False, exists=True),
                         help="Folder of the profiles.yml to use instead of the embedded PostgreSQL."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@main.command()
@_SPEC
@_writing
@click.option("--no-compile", is_flag=True, help="Write only: no database and no dbt are needed.")
@click.option("--offline", is_flag=True, help="Compile without a database: names and macros, but no columns.")
@_common
def generate(
    *, spec: Path, no_compile: bool, offline: bool, quiet: bool, verbose: bool, form: str, **options: Any
) -> None:
    """Read SPEC, prove every model, write the dbt project and compile it."""
    console = Console(quiet=quiet, verbose=verbose, json=form == "json")
    with _faults_told(console):
        from erd2dbt.product import keep

        data, templates = _read(console, spec), options["templates"]
        if no_compile and (known := _remembered(console, spec, data, templates)):
            _written(console, known, spec, **_only(options, "output", "force"))
            console.finish(())
            return
        generated = _generated(console, spec, data, templates)
        made = _product(generated, spec)
        out = _written(console, made, spec, **_only(options, "output", "force"))
        keep(spec, data, templates, made)
        if not no_compile:
            from erd2dbt.run import build as running

            with running.workplace(
                generated, out, offline=offline, **_only(options, "target", "profiles_dir")
            ) as place:
                done = running.compile_project(generated, place, console.progress)
            _tell_run(console, done.faults, done.summary)
        console.finish(generated.planned.remarks)


@main.command()
@_SPEC
@_writing
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder of <table>.csv or <table>.parquet to load [default: the spec's `data:`].")  # fmt: skip
@click.option("--load", is_flag=True, help="Load the data into a PostgreSQL that is not the embedded one, too.")
@click.option("--show", metavar="MODEL", help="Print the first rows of this model at the end.")
@_common
def build(
    *,
    spec: Path,
    data: Path | None,
    load: bool,
    show: str | None,
    quiet: bool,
    verbose: bool,
    form: str,
    **options: Any,
) -> None:
    """Generate from SPEC, load the example's data and run `dbt build`."""
    console = Console(quiet=quiet, verbose=verbose, json=form == "json")
    with _faults_told(console):
        generated = _generated(console, spec, _read(console, spec), options["templates"])
        _known_model(generated, show)
        out = _written(console, _product(generated, spec), spec, **_only(options, "output", "force"))
        from erd2dbt.run import build as running

        with running.workplace(generated, out, offline=False, **_only(options, "target", "profiles_dir")) as place:
            if place.embedded or load:
                loaded = running.load_data(generated, spec, data, place, console.progress)
                console.say(running.loaded_line(loaded))
            done = running.build_project(generated, place, console.progress)
            _tell_run(console, done.faults, done.summary)
            if show is not None:
                console.say("\n" + running.first_rows(generated, place, show))
        console.finish(generated.planned.remarks)


@main.command()
@_SPEC
@click.option("--fix", is_flag=True, help="Make the repairs that leave no choice, in SPEC itself.")
@_common
def check(*, spec: Path, fix: bool, quiet: bool, verbose: bool, form: str) -> None:
    """Read SPEC and prove every model; write nothing. Says every warning and note."""
    del verbose
    console = Console(quiet=quiet, json=form == "json")
    with _faults_told(console):
        from erd2dbt import pipeline, report

        if fix:
            _mended(console, spec)
        erd, planned = pipeline.plan(_read(console, spec), str(spec))
        if console.json or not quiet:
            console.tell(planned.remarks)
        console.say(report.diagram_line(erd, len(planned.plans)))


@main.command()
@click.argument("code")
def explain(*, code: str) -> None:
    """Explain a diagnostic CODE, such as E202, with an example and its mend."""
    from erd2dbt.codes import CODES, as_page

    known = CODES.get(code.upper())
    if known is None:
        from erd2dbt.diagnostics import did_you_mean

        fixes = "; ".join(did_you_mean(code.upper(), CODES)) or f"known codes: {', '.join(sorted(CODES))}"
        click.echo(f"error: there is no code {code}: {fixes}", err=True)
        sys.exit(FAULTS)
    click.echo(as_page(known))


@main.command()
@click.argument("spec", type=click.Path(path_type=Path, dir_okay=False))
def init(*, spec: Path) -> None:
    """Write a small SPEC to begin with, and the JSON Schema that editors check it by beside it."""
    from erd2dbt.shipped import shipped

    console = Console()
    with _faults_told(console):
        schema = spec.parent / "erd2dbt.schema.json"
        if spec.exists():
            click.echo(f"error: `{spec}` is there already; nothing was written", err=True)
            sys.exit(DIFFERS)
        for path, name in ((schema, schema.name), (spec, "starter.yml")):
            try:
                path.write_bytes((shipped("specs") / name).read_bytes())
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise ErdError([Diagnostic(code="E803", message=f"cannot write `{path}`: {reason}")]) from None
        console.say(f"wrote    {spec} and {schema}; next: erd2dbt generate {spec} -o out")


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--url", is_flag=True, help="Print the URL and serve until Ctrl-C instead of opening a shell.")
@click.option("-c", "--command", "sql", help="Run this SQL and leave.")
def psql(*, folder: Path, url: bool, sql: str | None) -> None:
    """Open a PostgreSQL shell on what was built in DIR, or print its URL."""
    console = Console()
    with _faults_told(console):
        from erd2dbt.run import shell

        sys.exit(shell.open_shell(folder, sql=sql, url_only=url, say=click.echo))


def _mended(console: Console, spec: Path) -> None:
    """Repairs the spec in place; says each repair."""
    from erd2dbt.mend import mend
    from erd2dbt.write.files import replace_file

    before = _read(console, spec)
    mended = mend(before, str(spec))
    if mended.data != before:
        replace_file(str(spec), mended.data)
    for fault in mended.repaired:
        console.say(f"mended   {fault.span}: {fault.code}: {fault.message}")


def _only(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: options[name] for name in names}


def _read(console: Console, spec: Path) -> bytes:
    """The bytes of the spec, remembered for the excerpts of faults. E015 when it cannot be read."""
    try:
        data = spec.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ErdError([Diagnostic(code="E015", message=f"cannot read `{spec}`: {reason}")]) from None
    console.sources[str(spec)] = data.decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff")
    return data


def _generated(console: Console, spec: Path, data: bytes, templates: Path | None) -> Generated:
    """Everything as values; warnings and notes in full with -v, else counted."""
    from erd2dbt import pipeline, report

    generated = pipeline.generate(data, str(spec), templates)
    console.say(report.diagram_line(generated.erd, len(generated.planned.plans)))
    if console.verbose and not console.json:
        console.tell(generated.planned.remarks)
    else:
        console.say(report.warnings_line(generated.planned.remarks, str(spec)))
    return generated


def _remembered(console: Console, spec: Path, data: bytes, templates: Path | None) -> Product | None:
    """What the same run gave last time; None where it has to say more than a summary."""
    from erd2dbt.product import recall

    known = None if console.verbose or console.json else recall(spec, data, templates)
    for line in known.said if known is not None else ():
        console.say(line)
    return known


def _product(generated: Generated, spec: Path) -> Product:
    """What is written of it, and the lines that `_generated` says of it."""
    from erd2dbt import report
    from erd2dbt.product import Product

    erd, planned = generated.erd, generated.planned
    said = (report.diagram_line(erd, len(planned.plans)), report.warnings_line(planned.remarks, str(spec)))
    return Product(
        files=generated.files,
        said=tuple(line for line in said if line),
        folder=erd.settings.output or erd.project,
    )


def _written(console: Console, made: Product, spec: Path, *, output: Path | None, force: bool) -> Path:
    """The folder that was written; exits with 1 when a file of the user's is in the way."""
    from erd2dbt import report
    from erd2dbt.write import changes

    out = output or spec.parent / made.folder
    decided = changes.decide(made.files, out, force=force)
    refused = changes.refusals(decided)
    if refused:
        console.tell(refused)
        click.echo("\nnothing was written", err=True)
        sys.exit(DIFFERS)
    changes.apply(decided, made.files, out)
    console.say(report.files_line({str(fate): n for fate, n in changes.counts(decided).items()}, str(out)))
    for left in (change for change in decided if change.fate is changes.Fate.ORPHAN):
        console.say(f"left     {left.path} {left.reason}")
    return out


def _known_model(generated: Generated, show: str | None) -> None:
    models = [plan.relation.model for plan in generated.planned.plans]
    if show is not None and show not in models:
        from erd2dbt.diagnostics import did_you_mean

        fixes = did_you_mean(show, models)
        raise ErdError([Diagnostic(code="E030", message=f"`--show {show}`: there is no such model", fixes=fixes)])


def _tell_run(console: Console, faults: Sequence[Diagnostic], summary: str) -> None:
    console.say(summary)
    if faults:
        raise ErdError(faults)
