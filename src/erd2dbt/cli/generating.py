"""Shared by commands that generate: the result for a spec, new or from the cache."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from erd2dbt.cli.console import DIFFERS, Console
from erd2dbt.cli.engines import engine_chooser, engine_option, last_engine
from erd2dbt.cli.folder import folder_of
from erd2dbt.cli.output import echo
from erd2dbt.cli.sources import selected_lines, selection, unselected
from erd2dbt.engines.names import DEFAULT_NAME

if TYPE_CHECKING:
    from erd2dbt.design.project.surroundings import Surroundings
    from erd2dbt.diagram.erd import Erd
    from erd2dbt.pipelines.generation import Generated, Memory
    from erd2dbt.pipelines.product_cache import Product
    from erd2dbt.write.changes import Naming


class _Folder:
    """The contents of the folder that a spec names, which is known once the spec has been read."""

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
        """Return whether this version of the tool wrote the text, and therefore proved it already."""
        from erd2dbt.write.lock import digest

        return digest(text.encode()) in self.written


def fresh(
    console: Console, spec: Path, data: bytes, templates: Path | None, output: Path | None, *, compare: bool = False
) -> Generated:
    """Return the result as values, for the contents of the output folder. Warnings and notes are printed with -v,
    otherwise counted.

    `compare`: the SQL that was written before is not proved again from its text.
    """
    from erd2dbt.pipelines import generation, summary

    folder = _Folder(output, spec)
    proved = folder.has_written if compare else None
    made = generation.generate(
        data,
        str(spec),
        templates,
        folder.survey,
        proved,
        selection=selection(),
        engine_of=engine_chooser(spec, output),
        memory=_memory(spec, templates),
    )
    for line in selected_lines(made.erd):
        console.say(line)
    console.say(summary.diagram_line(made.erd, len(made.planned.own)))
    console.say(summary.star_line(made.erd, str(spec)))
    if console.verbose and not console.json:
        console.report(made.planned.remarks)
    else:
        console.say(summary.warnings_line(made.planned.remarks, str(spec)))
    return made


def _memory(spec: Path, templates: Path | None) -> Memory | None:
    """Return the results of earlier runs on the spec, with this program and these templates."""
    from erd2dbt.cache.pieces import Pieces
    from erd2dbt.cache.program import program_digest
    from erd2dbt.pipelines.generation import Memory

    try:
        return Memory(Pieces.of(str(spec.resolve())), program_digest(templates))
    except OSError:
        return None


def remembered(spec: Path, data: bytes, templates: Path | None, output: Path | None) -> Product | None:
    """Return the result of the same run with the same surroundings, from the cache."""
    from erd2dbt.adopt.survey import survey
    from erd2dbt.pipelines.product_cache import around_digest, cached_product

    known = cached_product(spec, _key(data), templates)
    if known is None or (last_engine(folder_of(output, spec, known.folder)) or DEFAULT_NAME) != (
        known.engine or DEFAULT_NAME
    ):
        return None
    if known.around != around_digest(survey(folder_of(output, spec, known.folder))):
        return None
    return known


def memorized(spec: Path, data: bytes, templates: Path | None, made: Product) -> None:
    """Store the result for `remembered`, for this selection only."""
    from erd2dbt.pipelines.product_cache import cache_product

    cache_product(spec, _key(data), templates, made)


def _key(data: bytes) -> bytes:
    """Return the data that determines the result besides the tool and its templates."""
    return selection().key(data) + f"\0{engine_option() or ''}".encode()


def refuse_smaller(made: Product, out: Path) -> None:
    """Exit with 1 if the project has entities that are still in the spec and that this run excludes."""
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
    """Return the files to write, and the lines that `fresh` prints."""
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
        engine="" if made.engine.name == DEFAULT_NAME else made.engine.name,
        names={name: as_data(one) for name, one in identities(erd, project.sql_paths).items()},
    )


def naming(made: Product, *, follow: bool) -> Naming:
    """Return the names of the diagram. `follow` is the value of `--renames`."""
    from erd2dbt.diagram.identity import from_data
    from erd2dbt.write.changes import Naming

    return Naming(now={name: from_data(one) for name, one in made.names.items()}, follow=follow)
