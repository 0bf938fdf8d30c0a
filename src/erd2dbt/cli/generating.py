"""What the commands that generate share: the product of a spec, fresh or remembered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.cli.console import DIFFERS, Console
from erd2dbt.cli.output import echo
from erd2dbt.cli.sources import selected_lines, selection, unselected
from erd2dbt.escape.shell import word
from erd2dbt.faults.diagnostics import Diagnostic, ErdError

if TYPE_CHECKING:
    from erd2dbt.design.project.surroundings import Surroundings
    from erd2dbt.diagram.erd import Erd
    from erd2dbt.pipelines.generation import Generated
    from erd2dbt.pipelines.product_cache import Product
    from erd2dbt.write.changes import Naming


def folder_of(output: Path | None, spec: Path, folder: str) -> Path:
    """Where the project goes: as told, else below the spec's folder. ErdError E804 where a spec leads out of it."""
    if output is None and (Path(folder).is_absolute() or ".." in Path(folder).parts):
        message = f"`output: {folder}` leads out of the folder of the spec; nothing was written"
        fixes = (f"name the folder on the command line: `-o {word(str(spec.parent / folder))}`",)
        raise ErdError([Diagnostic(code="E804", message=message, fixes=fixes)])
    return output or spec.parent / folder


class _Folder:
    """What stands in the folder that a spec names, which is known once the spec has been read."""

    def __init__(self, output: Path | None, spec: Path) -> None:
        self.output, self.spec = output, spec
        self.written: frozenset[str] = frozenset()

    def survey(self, erd: Erd) -> Surroundings:
        from erd2dbt.adopt.survey import survey
        from erd2dbt.write.lock import TOOL, made_by, read_lock

        out = folder_of(self.output, self.spec, erd.settings.output or erd.project)
        found = survey(out)
        root = str(out)
        if made_by(root)[0] == TOOL:
            self.written = frozenset(name for hashes in read_lock(root).values() for name in hashes)
        return found

    def has_written(self, text: str) -> bool:
        """Whether this version of the tool wrote the text, and so proved it from the text before."""
        from erd2dbt.write.lock import digest

        return digest(text.encode()) in self.written


def fresh(
    console: Console, spec: Path, data: bytes, templates: Path | None, output: Path | None, *, compare: bool = False
) -> Generated:
    """Everything as values, for what stands in the output folder; warnings and notes in full with -v, else counted.

    Where only to `compare` is wanted, the SQL that was written before is not proved from its text again."""
    from erd2dbt.pipelines import generation, summary

    folder = _Folder(output, spec)
    proved = folder.has_written if compare else None
    made = generation.generate(data, str(spec), templates, folder.survey, proved, selection=selection())
    for line in selected_lines(made.erd):
        console.say(line)
    console.say(summary.diagram_line(made.erd, len(made.planned.own)))
    console.say(summary.star_line(made.erd, str(spec)))
    if console.verbose and not console.json:
        console.tell(made.planned.remarks)
    else:
        console.say(summary.warnings_line(made.planned.remarks, str(spec)))
    return made


def remembered(spec: Path, data: bytes, templates: Path | None, output: Path | None) -> Product | None:
    """What the same run gave last time into the same surroundings."""
    from erd2dbt.adopt.survey import survey
    from erd2dbt.pipelines.product_cache import around_digest, recall

    known = recall(spec, selection().key(data), templates)
    if known is None or known.around != around_digest(survey(folder_of(output, spec, known.folder))):
        return None
    return known


def memorized(spec: Path, data: bytes, templates: Path | None, made: Product) -> None:
    """For `remembered`, of this very selection."""
    from erd2dbt.pipelines.product_cache import keep

    keep(spec, selection().key(data), templates, made)


def refuse_smaller(made: Product, out: Path) -> None:
    """Exits with 1 when the project has entities that are in the spec still and that this run leaves out."""
    from erd2dbt.write.lock import read_names

    left = {*made.left, *unselected()}
    if not left or not (there := sorted(left & read_names(str(out)).keys())):
        return
    from erd2dbt.pipelines.summary import shown

    echo(
        f"error: the project in `{out}` has {shown(there)}, which this selection excludes. Nothing was written. "
        "Give the selection its own folder with -o, or delete this one first",
        err=True,
    )
    sys.exit(DIFFERS)


def product(made: Generated, spec: Path, templates: Path | None) -> Product:
    """What is written of it, and the lines that `fresh` says of it."""
    from erd2dbt.adopt.notes import notes
    from erd2dbt.design.project.identities import identities
    from erd2dbt.diagram.identity import as_data
    from erd2dbt.pipelines import summary
    from erd2dbt.pipelines.product_cache import Product, around_digest, templates_digest

    erd, planned, project = made.erd, made.planned, made.project
    proved, star = summary.diagram_line(erd, len(planned.own)), summary.star_line(erd, str(spec))
    said = (*selected_lines(erd), proved, star, summary.warnings_line(planned.remarks, str(spec)))
    models = {path: model for model, path in project.sql_paths.items()}
    places = {path: project.places[model] for path, model in models.items() if model in project.places}
    return Product(
        files=made.files,
        left=erd.unselected.entities if erd.unselected else (),
        notes=tuple(notes(made, templates)),
        around=around_digest(made.around),
        said=tuple(line for line in said if line),
        folder=erd.settings.output or erd.project,
        models=models,
        places={path: (place.line, place.column) for path, place in places.items()},
        templates=templates_digest(templates),
        names={name: as_data(one) for name, one in identities(erd, project.sql_paths).items()},
    )


def naming(made: Product, *, follow: bool) -> Naming:
    """The names of the diagram; `follow` as `--renames` says."""
    from erd2dbt.diagram.identity import from_data
    from erd2dbt.write.changes import Naming

    return Naming(now={name: from_data(one) for name, one in made.names.items()}, follow=follow)
