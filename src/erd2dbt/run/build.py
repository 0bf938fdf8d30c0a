"""Runs a generated project in PostgreSQL and dbt: the server, its data, the dry run, compile and build."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from erd2dbt.diagram.erd import Entity, Source
from erd2dbt.engines.clickhouse import CLICKHOUSE
from erd2dbt.engines.duckdb import DUCKDB
from erd2dbt.engines.engine import Engine
from erd2dbt.engines.postgres import POSTGRES
from erd2dbt.engines.registry import require
from erd2dbt.engines.spark import SPARK
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import Generated
from erd2dbt.pipelines.summary import Grid, plural, shown, table
from erd2dbt.render.project import profiles_file
from erd2dbt.run import dbt as running
from erd2dbt.run import fanout_diagnosis
from erd2dbt.run.adapter_session import AdapterTarget
from erd2dbt.run.clickhouse import session as embedded_clickhouse
from erd2dbt.run.clickhouse.session import ClickHouseFolder
from erd2dbt.run.connection import from_profile
from erd2dbt.run.dbt_failures import faults as blamed
from erd2dbt.run.dry_run_views import NO_EDITS, Edits, dry_run_views, raw_entities, raw_table
from erd2dbt.run.duckdb.loading import file_of
from erd2dbt.run.duckdb.session import DuckDBFile
from erd2dbt.run.load import Loaded, load
from erd2dbt.run.postgres_embedded import cache_folder, serve
from erd2dbt.run.sessions import Place, reading
from erd2dbt.run.spark.session import SparkFolder, lake_of, require_local

Progress = Callable[[str], None]
FIRST_ROWS = 5
SECONDS = 60  # for the query that shows them


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """The project's folder, its profile, and a PostgreSQL (None: offline)."""

    project: Path
    profiles_dir: Path
    target: str | None
    connection: Place | None
    embedded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """The result of a run: faults with their places in the spec, and a line for the summary."""

    faults: tuple[Diagnostic, ...]
    summary: str


@contextmanager
def workplace(
    generated: Generated,
    out: Path,
    *,
    offline: bool,
    target: str | None,
    profiles_dir: Path | None,
    home: Path | None = None,
) -> Iterator[Workplace]:
    """Open the requested profile, or the embedded server for the duration of the context. Raises E701, E704, E708.

    `home`: the folder whose server is used, if it is not `out`.
    """
    require_installed(generated.engine, offline=offline, target=target, profiles_dir=profiles_dir)
    if target is not None or profiles_dir is not None:
        folder = profiles_dir or out
        connection = None if offline else _of_profile(generated, folder, target)
        yield Workplace(project=out, profiles_dir=folder, target=target, connection=connection, embedded=False)
    elif offline or not _is_local(generated.engine):
        folder = _profiles(generated, out)
        yield Workplace(project=out, profiles_dir=folder, target=None, connection=None, embedded=False)
    elif generated.engine is not POSTGRES:
        local = _local_place(generated, home or out)
        folder = _profiles(generated, out)
        yield Workplace(project=out, profiles_dir=folder, target=None, connection=local, embedded=True)
    else:
        with serve(cache_folder(generated.erd.project, home or out)) as connection:
            yield Workplace(
                project=out, profiles_dir=_profiles(generated, out), target=None, connection=connection, embedded=True
            )


def require_installed(engine: Engine, *, offline: bool, target: str | None, profiles_dir: Path | None) -> None:
    """Raise ErdError E708 with what to install, if `workplace` needs something for the engine that is missing."""
    has_profile = target is not None or profiles_dir is not None
    if has_profile or offline or not _is_local(engine):
        if not (has_profile and offline):  # dbt reads the profile, which may be of another type
            require(engine)
    elif engine is SPARK:
        require_local()
    elif engine is CLICKHOUSE:
        embedded_clickhouse.require_local()
    else:
        require(engine)


def _is_local(engine: Engine) -> bool:
    """Return whether the engine runs on this machine without a profile."""
    is_embedded = engine is CLICKHOUSE and not embedded_clickhouse.has_server()
    return is_embedded or engine in (POSTGRES, DUCKDB, SPARK)


def _local_place(generated: Generated, folder: Path) -> DuckDBFile | SparkFolder | ClickHouseFolder:
    """Return the project's tables in a folder."""
    project = generated.erd.project
    if generated.engine is DUCKDB:
        return file_of(folder, project)
    if generated.engine is SPARK:
        return lake_of(folder, project)
    return embedded_clickhouse.folder_of(folder, project)


def _of_profile(generated: Generated, folder: Path, target: str | None) -> Place | None:
    """Return the target of a profile that is queried directly. dbt reads all other profiles."""
    profile = generated.project.profile
    if generated.engine is POSTGRES:
        return from_profile(folder, profile, target)
    from erd2dbt.run.profile import read_target, read_word

    if generated.engine is not DUCKDB:
        schema = read_word(folder / "profiles.yml", profile, target, ("schema", "dataset"))
        return AdapterTarget(profiles_dir=folder, profile=profile, target=target, schema=schema)
    values = read_target(folder / "profiles.yml", profile, target, "duckdb")
    return DuckDBFile(path=Path(values["path"]), schema=values.get("schema", "main"))


def _profiles(generated: Generated, out: Path) -> Path:
    """Return the folder of profiles: the project's own, or one in the cache if the project's owner has another
    profile."""
    if generated.project.name == generated.erd.project and "profiles.yml" not in generated.project.theirs:
        return out
    folder = cache_folder(generated.erd.project, out) / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profiles.yml").write_text(profiles_file(generated.project), encoding="utf-8")
    return folder


def compile_project(
    generated: Generated, place: Workplace, progress: Progress, edited: Edits = NO_EDITS
) -> BuildResult:
    """Run the dry run in PostgreSQL (if there is one), then `dbt compile`. `edited` as for `dry_run_views`."""
    began, engine = time.monotonic(), generated.engine.title
    if place.connection is None:
        run = call_dbt(["compile", *running.OFFLINE], place, progress)
        how = "offline: no column, type or function was checked"
    elif isinstance(place.connection, AdapterTarget):
        run = call_dbt(["compile"], place, progress)
        how = f"with its adapter for {engine}: no column, type or function was checked"
    else:
        rehearsed = dry_run_views(generated, place.connection, edited)
        if rehearsed.faults:
            return BuildResult(faults=rehearsed.faults, summary=f"tried    every model as a view on {engine}: refused")
        progress(f"every model exists as a view on {engine} ({time.monotonic() - began:.1f} s)")
        run = call_dbt(["compile"], place, progress)
        but = f" but {shown(rehearsed.untried)}, which only dbt can read" if rehearsed.untried else ""
        how = f"and every model tried as a view on {engine}{but}"
    models = len(generated.planned.own)
    verb = "compiled" if run.ok else "refused "
    summary = f"{verb} {plural(models, 'model')} with dbt, {how}, in {time.monotonic() - began:.1f} s"
    return BuildResult(faults=blamed(run, generated.project.places), summary=summary)


def build_project(generated: Generated, place: Workplace, progress: Progress) -> BuildResult:
    """Run `dbt build`, which creates every model and runs every test. For a failed test, the result has the reason."""
    began = time.monotonic()
    run = call_dbt(["build"], place, progress)
    place_of = place.connection
    reasons = fanout_diagnosis.reasons(generated, run, place.project, place_of) if place_of is not None else {}
    kinds = Counter((r.resource_type, r.status) for r in run.results)
    built = sum(n for (kind, status), n in kinds.items() if kind == "model" and status == "success")
    tests = [(status, n) for (kind, status), n in sorted(kinds.items()) if kind != "model"]
    passed = sum(n for status, n in tests if status == "pass")
    others: Counter[str] = Counter()
    for status, n in tests:
        if status not in ("pass", "success"):  # a seed counts as a success
            others[status] += n
    bad = "".join(f", {n} {status}" for status, n in sorted(others.items()))
    skipped = kinds[("model", "skipped")]
    models = plural(built, "model") + (f" ({skipped} skipped)" if skipped else "")
    summary = f"built    {models}; {plural(passed, 'test')} passed{bad}; in {time.monotonic() - began:.1f} s"
    warned = (f"warn     {r.name}: {plural(r.failures or 0, 'row')}" for r in run.results if r.status == "warn")
    summary = "\n".join([summary, *warned])
    return BuildResult(faults=blamed(run, generated.project.places, reasons), summary=summary)


def call_dbt(command: Sequence[str], place: Workplace, progress: Progress) -> running.DbtRun:
    environment = place.connection.environment() if place.connection and place.embedded else {}
    return running.run_dbt(command, place.project, place.profiles_dir, place.target, environment, progress)


# -- data


def load_data(
    generated: Generated, spec: Path, data: Path | None, place: Workplace, progress: Progress
) -> tuple[Loaded, ...]:
    """Load the files of `--data` or the spec. Entities without a file get an empty table. Raises E702, E703."""
    assert place.connection is not None
    sources = {s.name: s for s in generated.erd.sources}
    tables = [
        raw_table(entity, sources[entity.source], data_file(entity, sources[entity.source], spec.parent, data))
        for entity in raw_entities(generated)
    ]
    if isinstance(place.connection, AdapterTarget):
        message = f"--load does not load data into {place.connection.masked_url}"
        fixes = ("load the raw tables with the tools of the warehouse",)
        raise ErdError([Diagnostic(code="E704", message=message, fixes=fixes)])
    if isinstance(place.connection, DuckDBFile):
        from erd2dbt.run.duckdb.loading import load as load_into_file

        return load_into_file(tables, place.connection, progress)
    if isinstance(place.connection, ClickHouseFolder):
        from erd2dbt.run.clickhouse.loading import load as load_into_folder

        return load_into_folder(tables, place.connection, progress)
    if isinstance(place.connection, SparkFolder):
        from erd2dbt.run.spark.loading import load as load_into_lake

        return load_into_lake(tables, place.connection, progress)
    return load(tables, place.connection, progress)


def data_file(entity: Entity, source: Source, base: Path, data: Path | None) -> Path | None:
    """Return the data file: from `--data`, else the entity's own file, else from the source's folder."""
    if data is None and entity.data is not None:
        return base / entity.data
    folder = data or (base / source.data if source.data is not None else None)
    if folder is None:
        return None
    candidates = [folder / f"{entity.table}{ending}" for ending in (".csv", ".parquet")]
    found = next((path for path in candidates if path.exists()), None)
    if found is None:
        wanted = " or ".join(f"`{path.name}`" for path in candidates)
        message = f"there is no data for `{entity.name}`: `{folder}` contains no {wanted}"
        fixes = (f"put a file there, or name one: `data: <file>` in the entity `{entity.name}`",)
        raise ErdError([Diagnostic(code="E703", message=message, span=entity.span, fixes=fixes)])
    return found


def loaded_line(loaded: Sequence[Loaded]) -> str:
    """Return `loaded   4 tables, 22,732 rows in 0.3 s`."""
    rows, kept = sum(one.rows for one in loaded), sum(one.kept for one in loaded)
    seconds = sum(one.seconds for one in loaded)
    unchanged = f" ({kept} unchanged since the last time)" if kept else ""
    empty = "" if rows or not loaded else "; no source has `data:`, so that every test passes on empty tables"
    return f"loaded   {plural(len(loaded), 'table')}, {rows:,} rows in {seconds:.1f} s{unchanged}{empty}"


def first_rows(generated: Generated, place: Workplace, model: str) -> Grid:
    """Return the first rows of a model, sorted by its grain, as a table."""
    assert place.connection is not None
    plan = next(p for p in generated.planned.plans if p.relation.model == model)
    quoted = generated.engine.names.quoting.ident
    order = ", ".join(quoted(name) for name in plan.relation.grain)
    relation = f"{quoted(place.connection.schema)}.{quoted(model)}"
    with reading(place.connection, SECONDS) as session:
        cursor = session.cursor()
        cursor.execute(f"select * from {relation} order by {order} limit {FIRST_ROWS}")  # noqa: S608 - quoted
        names = [column.name for column in cursor.description or ()]
        return table(names, cursor.fetchall())
