"""The spec's own data on the embedded server, as forgiving as a warehouse: what does not fit stays as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from erd2dbt.diagram.erd import Entity, Source
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.registry import require
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import Generated
from erd2dbt.run.adapter import Warehouse
from erd2dbt.run.build import data_file
from erd2dbt.run.connection import Connection
from erd2dbt.run.dry_run_views import raw_table
from erd2dbt.run.duckdb.session import DuckDBFile
from erd2dbt.run.lenient_loading import load_as_it_fits
from erd2dbt.run.load import Loaded
from erd2dbt.run.tables import RawTable

Progress = Callable[[str], None]


def offer(
    generated: Generated, spec: Path, data: Path | None, connection: Connection, progress: Progress
) -> tuple[Loaded, ...]:
    """Loads each entity's file with the columns that it has; one without a file has no table. E703, E704."""
    return load_as_it_fits(_tables(generated, spec, data), connection, progress)


def _tables(generated: Generated, spec: Path, data: Path | None) -> list[RawTable]:
    sources = {s.name: s for s in generated.erd.sources}
    entities = [e for e in generated.erd.entities if e.existing is None]
    files = {e.name: _file(e, sources[e.source], spec.parent, data) for e in entities}
    if entities and not any(files.values()):
        raise ErdError([_no_data(spec)])
    return [raw_table(e, sources[e.source], files[e.name]) for e in entities]


@contextmanager
def offered_in_duckdb(generated: Generated, spec: Path, data: Path | None, progress: Progress) -> Iterator[Warehouse]:
    """The same in a DuckDB file that is gone afterwards. E703, E704, E708."""
    from erd2dbt.run.adapter import open_warehouse
    from erd2dbt.run.duckdb.loading import load_as_it_fits as load_into_file

    require(DUCKDB)
    tables = _tables(generated, spec, data)
    with TemporaryDirectory(prefix="erd2dbt-") as name:
        folder = Path(name)
        place = DuckDBFile(path=folder / "offered.duckdb")
        load_into_file(tables, place, progress)
        (folder / "profiles.yml").write_text(_PROFILE.format(path=place.path), encoding="utf-8")
        with open_warehouse(folder, "offered", None) as warehouse:
            yield warehouse


_PROFILE = """\
offered:
  target: dev
  outputs:
    dev: {{type: duckdb, path: '{path}', schema: analytics, threads: 4}}
"""


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
    return Diagnostic(
        code="E703",
        message=f"no data to read: `{spec}` has no `data:` with files, and no database is named",
        fixes=fixes,
    )
