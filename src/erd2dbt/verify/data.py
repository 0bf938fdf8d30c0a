"""The spec's own data on the embedded server, as forgiving as a warehouse: what does not fit stays as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from erd2dbt.diagram.erd import Entity, Source
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import Generated
from erd2dbt.run.build import data_file
from erd2dbt.run.connection import Connection
from erd2dbt.run.dry_run_views import raw_table
from erd2dbt.run.lenient_loading import load_as_it_fits
from erd2dbt.run.load import Loaded

Progress = Callable[[str], None]


def offer(
    generated: Generated, spec: Path, data: Path | None, connection: Connection, progress: Progress
) -> tuple[Loaded, ...]:
    """Loads each entity's file with the columns that it has; one without a file has no table. E703, E704."""
    sources = {s.name: s for s in generated.erd.sources}
    entities = [e for e in generated.erd.entities if e.existing is None]
    files = {e.name: _file(e, sources[e.source], spec.parent, data) for e in entities}
    if entities and not any(files.values()):
        raise ErdError([_no_data(spec)])
    tables = [raw_table(e, sources[e.source], files[e.name]) for e in entities]
    return load_as_it_fits(tables, connection, progress)


def _file(entity: Entity, source: Source, base: Path, data: Path | None) -> Path | None:
    try:
        found = data_file(entity, source, base, data)
    except ErdError:
        return None
    return found if found is not None and found.exists() else None


def _no_data(spec: Path) -> Diagnostic:
    fixes = (
        "name a database: `--url postgresql://…`, or `--target` of a dbt profile",
        "say where the rows are: `data:` of a source, or `--data FOLDER`",
    )
    return Diagnostic(code="E703", message=f"`{spec}` names no data that is there", fixes=fixes)
