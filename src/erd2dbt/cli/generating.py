"""What the commands that generate share: the product of a spec, fresh or remembered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.cli.console import Console

if TYPE_CHECKING:
    from erd2dbt.pipeline import Generated
    from erd2dbt.product import Product
    from erd2dbt.write.changes import Naming


def fresh(console: Console, spec: Path, data: bytes, templates: Path | None) -> Generated:
    """Everything as values; warnings and notes in full with -v, else counted."""
    from erd2dbt import pipeline, report

    made = pipeline.generate(data, str(spec), templates)
    console.say(report.diagram_line(made.erd, len(made.planned.plans)))
    if console.verbose and not console.json:
        console.tell(made.planned.remarks)
    else:
        console.say(report.warnings_line(made.planned.remarks, str(spec)))
    return made


def remembered(console: Console, spec: Path, data: bytes, templates: Path | None) -> Product | None:
    """What the same run gave last time; None where it has to say more than a summary."""
    from erd2dbt.product import recall

    known = None if console.verbose or console.json else recall(spec, data, templates)
    for line in known.said if known is not None else ():
        console.say(line)
    return known


def product(made: Generated, spec: Path, templates: Path | None) -> Product:
    """What is written of it, and the lines that `fresh` says of it."""
    from erd2dbt import report
    from erd2dbt.design.identities import identities
    from erd2dbt.identity import as_data
    from erd2dbt.product import Product, templates_digest

    erd, planned, project = made.erd, made.planned, made.project
    said = (report.diagram_line(erd, len(planned.plans)), report.warnings_line(planned.remarks, str(spec)))
    models = {path: model for model, path in project.sql_paths.items()}
    places = {path: project.places[model] for path, model in models.items() if model in project.places}
    return Product(
        files=made.files,
        said=tuple(line for line in said if line),
        folder=erd.settings.output or erd.project,
        models=models,
        places={path: (place.line, place.column) for path, place in places.items()},
        templates=templates_digest(templates),
        names={name: as_data(one) for name, one in identities(erd, project.sql_paths).items()},
    )


def naming(made: Product, *, follow: bool) -> Naming:
    """The names of the diagram; `follow` as `--renames` says."""
    from erd2dbt.identity import from_data
    from erd2dbt.write.changes import Naming

    return Naming(now={name: from_data(one) for name, one in made.names.items()}, follow=follow)
