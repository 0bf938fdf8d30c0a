"""Prints the output of `diff`: differences of a folder from its spec, or the effects of a changed spec."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from erd2dbt.cli.console import DIFFERS, Console
from erd2dbt.cli.edited_models import broken
from erd2dbt.cli.engines import engine_chooser
from erd2dbt.cli.folder import folder_of
from erd2dbt.cli.generating import fresh, memorized, naming, product, refuse_smaller, remembered
from erd2dbt.cli.output import command, document, echo
from erd2dbt.cli.sources import spec_bytes
from erd2dbt.faults.diagnostics import ErdError

if TYPE_CHECKING:
    from erd2dbt.cli.cached_result import Watch
    from erd2dbt.contract.change import Change
    from erd2dbt.gate.verdict import Verdict
    from erd2dbt.pipelines.product_cache import Product


def report_contract(
    console: Console, old: str, new: str, form: str, *, templates: Path | None, fail_on: str | None
) -> None:
    """Print every change of the contract. Exits with 1 if one is at least as severe as `fail_on`."""
    from erd2dbt.cli.revision import spec_bytes
    from erd2dbt.contract.change import Meaning
    from erd2dbt.contract.compare import contract_changes
    from erd2dbt.pipelines import generation

    with _faults_formed(console, new, form):
        engine = engine_chooser(Path(new))
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


def report_differences(
    console: Console,
    watch: Watch,
    spec: Path,
    form: str,
    *,
    output: Path | None,
    templates: Path | None,
    renames: bool,
    brief: bool = False,
) -> None:
    """Print the verdict. Exits with 1 unless the folder is up to date."""
    from erd2dbt.gate.verdict import Verdict
    from erd2dbt.write.comparison import compare
    from erd2dbt.write.lock import Means, made_by

    with _faults_formed(console, str(spec), form):
        data = spec_bytes(console, spec)
        made = remembered(spec, data, templates, output)
        if made is None:
            made = product(fresh(Console(quiet=True), spec, data, templates, output, compare=True), spec, templates)
            memorized(spec, data, templates, made)
        out = folder_of(output, spec, made.folder)
        refuse_smaller(made, out)
        if form == "text" and output is None and made_by(str(out))[0] is None:
            _say_no_project(console, spec, made, out)
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
    if not comparison.differences and not comparison.likes and comparison.left is None and not verdict.broken:
        watch.keep(data, made, out, (), None)
    if not console.quiet:
        _print(console, verdict, form, brief=brief)
    if not verdict.is_up_to_date:
        sys.exit(DIFFERS)


def _say_no_project(console: Console, spec: Path, made: Product, out: Path) -> NoReturn:
    """Name the folders beside it that have most of these models, and exit with 1."""
    from erd2dbt.escape.shell import word
    from erd2dbt.pipelines.summary import plural, shown
    from erd2dbt.write.lock import read_lock
    from erd2dbt.write.paths import LOCK

    files = plural(len(made.files), "file")
    console.say(f"missing  there is no project in `{out}`; `erd2dbt generate {word(str(spec))}` writes {files} there")
    locked = sorted(lock.parent for lock in out.parent.glob(f"*/{LOCK}"))
    found = []
    for one in locked:
        with contextlib.suppress(ErdError):  # a broken lock of another project
            if 2 * len(made.models.keys() & read_lock(str(one)).keys()) > len(made.models):
                found.append(str(one))
    if found:
        console.say(f"         {shown(found)} {'has' if len(found) == 1 else 'have'} these models: name it with `-o`")
    sys.exit(DIFFERS)


@contextlib.contextmanager
def _faults_formed(console: Console, spec: str, form: str) -> Iterator[None]:
    """Print faults to standard output too if a pull request shows it, as a comment or as annotations."""
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
        console.report(verdict.refused)
