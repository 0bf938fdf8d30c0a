"""Commands that explain: `explain`, `claims`, `lineage`, `plan`."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erd2dbt.cli.console import FAULTS, Console, faults_reported
from erd2dbt.cli.engines import engine_chooser
from erd2dbt.cli.options import INFER, SPEC, completing
from erd2dbt.cli.output import answer, document, echo
from erd2dbt.cli.sources import selecting, selection, spec_bytes, spec_or_draft
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, did_you_mean
from erd2dbt.system.reading import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable

    from erd2dbt.design.plans.plan import Plan
    from erd2dbt.explain.lineage import Lineage
    from erd2dbt.pipelines.generation import Generated
    from erd2dbt.pipelines.summary import Paint

_CODE = re.compile(r"[EWI]\d+\Z", re.IGNORECASE)


@click.command()
@click.argument("what", metavar="CODE|MODEL[.COLUMN]", shell_complete=completing("explained"))
@click.argument("spec", required=False, type=click.Path(path_type=Path, allow_dash=False))
@click.option("--format", "form", type=click.Choice(["text", "json", "mermaid"]), default="text", show_default=True)
def explain(*, what: str, spec: Path | None, form: str) -> None:
    """Explain a code, the grain of a model, or a column.

    A diagnostic CODE is explained with an example and its fix. For a MODEL of SPEC: why it has its grain. For a
    COLUMN: where it comes from. Without SPEC, the only spec in this folder is read."""
    if _CODE.match(what) or (spec is None and "." not in what and not _specs()):
        _explain_code(what, form)
        return
    console = Console(json=form == "json")
    with faults_reported(console):
        from erd2dbt.explain.lineage import lineage_of

        generated = _generated(console, spec or _only_spec())
        plan, column = _found(generated, what)
        lineage = lineage_of(generated.erd, generated.planned.plans)
        if column is not None and form == "text":
            _show_column(console, generated, lineage, plan, column)
        elif column is not None:
            answer(_column_text(generated, lineage, plan, column, form), machine=form != "text")
        else:
            answer(_model_text(generated, lineage, plan, form, console.paint), machine=form != "text")


def _explain_code(code: str, form: str) -> None:
    from erd2dbt.faults.codes import CODES, as_page

    known = CODES.get(code.upper())
    if known is None:
        fixes = "; ".join(did_you_mean(code.upper(), CODES)) or f"known codes: {', '.join(sorted(CODES))}"
        echo(f"error: there is no code {code}: {fixes}", err=True)
        sys.exit(FAULTS)
    if form == "mermaid":
        raise click.UsageError("A code is explained as text or json.")
    answer(_json(dataclasses.asdict(known)) if form == "json" else as_page(known), machine=form == "json")


def _model_text(generated: Generated, lineage: Lineage, plan: Plan, form: str, paint: Paint) -> str:
    from erd2dbt.explain import as_json, as_mermaid, as_text
    from erd2dbt.explain.derivation import derivation
    from erd2dbt.explain.marts import why_no_mart

    explained = derivation(generated, plan)
    explained = dataclasses.replace(explained, no_mart=why_no_mart(generated.erd, plan.relation.name))
    if form == "json":
        return _json(as_json.derivation_data(explained, lineage))
    return (
        as_mermaid.derivation_flowchart(explained)
        if form == "mermaid"
        else as_text.derivation_text(explained, lineage, paint)
    )


def _show_column(console: Console, generated: Generated, lineage: Lineage, plan: Plan, column: str) -> None:
    from erd2dbt.explain.as_text import column_text
    from erd2dbt.explain.derivation import joins_behind
    from erd2dbt.explain.tree import column_branches

    model = plan.relation.model
    joins = joins_behind(generated, plan, {ref.dataset for ref in lineage.models[model].columns[column]})
    console.show_tree(
        lambda: column_branches(lineage, model, column, joins), lambda: column_text(lineage, model, column, joins)
    )


def _column_text(generated: Generated, lineage: Lineage, plan: Plan, column: str, form: str) -> str:
    from erd2dbt.explain import as_json, as_mermaid
    from erd2dbt.explain.derivation import joins_behind

    model = plan.relation.model
    joins = joins_behind(generated, plan, {ref.dataset for ref in lineage.models[model].columns[column]})
    if form == "json":
        data = {"model": model, "column": column, **as_json.column_data(lineage, model, column)}
        return _json({**data, "joins": [as_json.joined_data(joined) for joined in joins]})
    return as_mermaid.column_flowchart(lineage, model, column)


@click.command()
@SPEC
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def claims(*, spec: Path, form: str) -> None:
    """List every claim of SPEC, its test and who relies on it.

    A claim is a constraint that the diagram promises and a test checks: a key, a link, a unique or not-null column."""
    console = Console(json=form == "json")
    with faults_reported(console):
        from erd2dbt.explain import as_json, as_text
        from erd2dbt.explain.claims import explained_claims
        from erd2dbt.explain.tree import claim_branches

        explained = explained_claims(_generated(console, spec))
        if form == "json":
            document(_json(as_json.claims_data(explained)), nl=True)
        else:
            console.show_tree(lambda: claim_branches(explained), lambda: as_text.claims_text(explained))


@click.command()
@SPEC
@INFER
@selecting
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
def plan(*, spec: Path, form: str) -> None:
    """Show the implementation plan of SPEC and what is open.

    Lists each staging model and each model of `models:` with its purpose, grain, inputs and logic. For a spec
    without `models:` it names the models of the derived star; `erd2dbt suggest` shows them. SPEC may have TODOs and
    faults, or be a diagram that `erd2dbt import` reads. Writes nothing."""
    console = Console()
    with faults_reported(console):
        from erd2dbt.explain.build_plan import outline
        from erd2dbt.explain.build_plan_text import outline_markdown, outline_text
        from erd2dbt.pipelines.generation import chosen

        data, drafted = spec_or_draft(console, spec, whole=False)
        read = data if drafted is None else drafted
        points = outline(chosen(read, str(spec), selection()), read.decode("utf-8", "replace"))
        is_spec = drafted is None
        answer((outline_text if form == "text" else outline_markdown)(points, lines=is_spec), machine=form != "text")


@click.command()
@SPEC
@click.option("--format", "form", type=click.Choice(["text", "json", "openlineage"]), default="text", show_default=True)
@click.option("--namespace", help="Where the tables live, for OpenLineage [default: the project's name].")
@click.option("--event-time", metavar="TIME", help="ISO 8601 time of the events, for OpenLineage [default: now].")
def lineage(*, spec: Path, form: str, namespace: str | None, event_time: str | None) -> None:
    """Show the upstream columns of every column."""
    console = Console(json=form != "text")
    with faults_reported(console):
        from erd2dbt.explain import as_json, as_text, openlineage
        from erd2dbt.explain.lineage import lineage_of
        from erd2dbt.explain.tree import lineage_branches

        generated = _generated(console, spec)
        found = lineage_of(generated.erd, generated.planned.plans)
        if form == "text":
            console.show_tree(lambda: lineage_branches(found), lambda: as_text.lineage_text(found))
        elif form == "json":
            document(_json(as_json.lineage_data(found)), nl=True)
        else:
            time = event_time or datetime.datetime.now(datetime.UTC).isoformat()
            where = namespace or generated.erd.project
            document(_json(openlineage.events(generated, found, namespace=where, time=time)), nl=True)


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


def _generated(console: Console, spec: Path) -> Generated:
    from erd2dbt.pipelines import generation

    return generation.generate(spec_bytes(console, spec), str(spec), engine_of=engine_chooser(spec))


def _specs() -> list[Path]:
    """Return the files in this folder that look like a spec."""
    return [path for path in sorted(Path().glob("*.y*ml")) if re.search(rb"(?m)^entities:", _bytes_of(path))]


def _bytes_of(path: Path) -> bytes:
    """Return the bytes of a file; empty if it cannot be read."""
    try:
        return read_regular(path)
    except OSError:
        return b""


def _only_spec() -> Path:
    found = _specs()
    if len(found) != 1:
        here = f"there are {', '.join(map(str, found))} here" if found else "there is none here"
        raise click.UsageError(f"Say which spec, as in `erd2dbt explain MODEL spec.yml`: {here}.")
    return found[0]


def _found(generated: Generated, what: str) -> tuple[Plan, str | None]:
    """Return the model, by its name in the diagram or in dbt, and the column's name. Raises E030 or E031 for unknown
    names."""
    model, _, column = what.partition(".")
    plans = {name: p for p in generated.planned.own for name in (p.relation.model, p.relation.name)}
    plan = plans.get(model)
    if plan is None:
        raise _unknown("E030", f"there is no model `{model}`", model, plans)
    if column and column not in plan.relation.fields:
        raise _no_column(generated, plan, model, column)
    return plan, column or None


def _no_column(generated: Generated, plan: Plan, model: str, column: str) -> ErdError:
    from erd2dbt.design.joins.missing_columns import overruled, secret_below, stays_in_staging

    message = f"`{model}` has no column `{column}`"
    entity = secret_below(generated.erd, plan.relation.name, column)
    if entity is None:
        return _unknown("E031", message, column, plan.relation.fields)
    fixes = overruled(entity, generated.erd, plan.relation.name, column)
    return ErdError([Diagnostic(code="E031", message=f"{message}: {stays_in_staging(entity)}", fixes=fixes)])


_LISTED = 30  # names, where none is near


def _unknown(code: str, message: str, wanted: str, known: Iterable[str]) -> ErdError:
    from erd2dbt.pipelines.summary import shown

    names = list(known)
    fixes = did_you_mean(wanted, names) or ((f"known: {shown(names, _LISTED)}",) if names else ())
    return ErdError([Diagnostic(code=code, message=message, fixes=fixes)])
