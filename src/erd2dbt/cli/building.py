"""The steps of `generate` and `build`: generate a project, write it, compile it, load data and build it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erd2dbt.cli.branching import on_branch
from erd2dbt.cli.cached_result import Watch
from erd2dbt.cli.console import Console, faults_reported
from erd2dbt.cli.folder import folder_of
from erd2dbt.cli.generating import fresh, memorized, product, remembered
from erd2dbt.cli.sources import spec_bytes
from erd2dbt.cli.writing import PLACING, Kept, decided, write, written
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, did_you_mean
from erd2dbt.system.garbage_collection import rarely_collected

if TYPE_CHECKING:
    from erd2dbt.pipelines.generation import Generated
    from erd2dbt.run.build import Workplace


def generate_project(
    console: Console, watch: Watch, spec: Path, options: Mapping[str, Any], *, branch: str | None
) -> None:
    """Generate a project. `options` of the command; `branch`: commit the files there instead of writing to the
    folder."""
    data = spec_bytes(console, spec)
    if branch is None:
        with rarely_collected():
            _generate(console, spec, data, options, kept=Kept(watch, data))
        return
    out = _folder(spec, data, options["output"])
    with on_branch(branch, spec, out, console.say, force=options["force"]) as folder:
        console.call(folder, out)
        _generate(console, spec, data, {**options, "output": folder}, home=out)


def _generate(
    console: Console,
    spec: Path,
    data: bytes,
    options: Mapping[str, Any],
    *,
    home: Path | None = None,
    kept: Kept | None = None,
) -> None:
    """Generate a project. `home`: the folder whose embedded server is used, if it is not the written folder."""
    templates, output, no_compile = (options[word] for word in ("templates", "output", "no_compile"))
    placing = only(options, *PLACING)
    is_brief = no_compile and not console.verbose and not console.json
    if is_brief and (known := remembered(spec, data, templates, output)):
        for line in known.said:
            console.say(line)
        again = Console(quiet=True)
        decision = decided(console, known, spec, lambda: fresh(again, spec, data, templates, output), **placing)
        write(console, known, decision, kept)
        console.finish(())
        return
    generated = fresh(console, spec, data, templates, output)
    how = only(options, "offline", "target", "profiles_dir")
    if not no_compile:
        from erd2dbt.run import build as running

        running.require_installed(generated.engine, **how)
    made = product(generated, spec, templates)
    decision = decided(console, made, spec, lambda: generated, **placing)
    if no_compile:
        write(console, made, decision, kept)
        memorized(spec, data, templates, made)
    else:
        with written(console, generated, made, decision, home=home, kept=kept, **how) as place:
            memorized(spec, data, templates, made)
            done = running.compile_project(generated, place, console.progress, decision.texts)
        _report_run(console, done.faults, done.summary)
    console.finish(generated.planned.remarks)


def watch_project(spec: Path, options: Mapping[str, Any], *, quiet: bool, verbose: bool) -> None:
    """Watch a spec. `options` of `generate`. Each run has its own console, so that faults show the text that it
    read."""
    from erd2dbt.cli.watching import watch, watched

    def run(again: bool) -> None:
        console = Console(quiet=quiet, verbose=verbose)
        with faults_reported(console):
            before = Watch(spec, options["templates"])
            data = spec_bytes(console, spec)
            if again:
                _generate_showing(console, spec, data, options, Kept(before, data))
            else:
                _generate(console, spec, data, {**options, "no_compile": True}, kept=Kept(before, data))

    watch(Console(quiet=quiet), lambda: watched(spec, options["templates"]), run)


def _generate_showing(console: Console, spec: Path, data: bytes, options: Mapping[str, Any], kept: Kept) -> None:
    """Show the diff before it is written."""
    from erd2dbt.gate.as_text import diff_lines
    from erd2dbt.write.comparison import compare
    from erd2dbt.write.lock import Means

    templates, output = options["templates"], options["output"]
    generated = fresh(console, spec, data, templates, output)
    made = product(generated, spec, templates)
    decision = decided(console, made, spec, lambda: generated, **only(options, *PLACING))
    found = compare(made.files, decision.out, means=Means(made.templates, made.engine), naming=decision.naming)
    for line in diff_lines(found, console.paint):
        console.say(line)
    write(console, made, decision, kept)
    memorized(spec, data, templates, made)


def _folder(spec: Path, data: bytes, output: Path | None) -> Path:
    """Return the folder of the project before anything is generated."""
    from erd2dbt.read.spec.reader import read_spec

    if output is not None:
        return output
    erd = read_spec(data, str(spec))
    return folder_of(output, spec, erd.settings.output or erd.project)


def build_project(
    console: Console,
    spec: Path,
    options: Mapping[str, Any],
    *,
    data: Path | None,
    load: bool,
    stepwise: bool,
    show: Sequence[str],
) -> None:
    """Build a project. `options` of the command."""
    templates, output = options["templates"], options["output"]
    generated = fresh(console, spec, spec_bytes(console, spec), templates, output)
    _known_models(generated, show)
    from erd2dbt.run import build as running

    how = {**only(options, "target", "profiles_dir"), "offline": False}
    running.require_installed(generated.engine, **how)
    made = product(generated, spec, templates)
    decision = decided(console, made, spec, lambda: generated, **only(options, *PLACING))
    with written(console, generated, made, decision, **how) as place:
        if place.connection is None and (stepwise or show or load):
            raise ErdError([_unasked(generated)])
        if place.embedded or load:
            loaded = running.load_data(generated, spec, data, place, console.progress)
            console.say(running.loaded_line(loaded))
        if stepwise:
            _one_by_one(console, generated, place)
        done = running.build_project(generated, place, console.progress)
        _report_run(console, done.faults, done.summary)
        for model in dict.fromkeys(show):
            rows = running.first_rows(generated, place, model)
            console.say(f"\n{model}, first rows")
            console.say(rows)
    console.finish(generated.planned.remarks)


def _one_by_one(console: Console, generated: Generated, place: Workplace) -> None:
    from erd2dbt.run import stepwise

    made = stepwise.build(generated, place, console.progress)
    console.say(stepwise.report_text(made))
    if made.faults:
        raise ErdError(made.faults)


def _unasked(generated: Generated) -> Diagnostic:
    title = generated.engine.title
    message = f"`--stepwise`, `--show` and `--load` query the database directly, and only dbt can query {title}"
    return Diagnostic(code="E704", message=message, fixes=("leave these options out",))


def _known_models(generated: Generated, show: Sequence[str]) -> None:
    models = [plan.relation.model for plan in generated.planned.own]
    unknown = [name for name in dict.fromkeys(show) if name not in models]
    if unknown:
        raise ErdError(
            Diagnostic(
                code="E030", message=f"`--show {name}`: there is no such model", fixes=did_you_mean(name, models)
            )
            for name in unknown
        )


def _report_run(console: Console, faults: Sequence[Diagnostic], summary: str) -> None:
    console.say(summary)
    if faults:
        raise ErdError(faults)


def only(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: options[name] for name in names}
