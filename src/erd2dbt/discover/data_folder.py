"""Compares a draft with a folder of data files, in the embedded server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.discover.drafts import from_rows
from erd2dbt.discover.queries import Progress
from erd2dbt.draft.values import Draft, DraftEntity
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.names.length import cut
from erd2dbt.run.lenient_loading import load_as_it_fits
from erd2dbt.run.postgres_embedded import cache_folder, serve
from erd2dbt.run.tables import RawColumn, RawTable


def from_files(draft: Draft, spec: Path, folder: Path, progress: Progress) -> Draft:
    """Return the result of `from_rows` for `<table>.csv` or `<table>.parquet`. `spec` is the draft. Raises ErdError
    E703, E704."""
    tables = [_table(draft, one, folder) for one in draft.entities]
    if not any(table.file for table in tables):
        message = f"`{folder}` contains no data of these entities"
        fixes = (f"name the files after their tables, as in `{tables[0].name}.csv`",) if tables else ()
        raise ErdError([Diagnostic(code="E703", message=message, fixes=fixes)])
    with serve(cache_folder(f"{draft.project}-infer", spec)) as connection:
        load_as_it_fits(tables, connection, progress)
        return from_rows(draft, connection, progress)


def _table(draft: Draft, one: DraftEntity, folder: Path) -> RawTable:
    schema = draft.schema_of(one)
    name = one.table or one.name
    files = (folder / f"{name}{ending}" for ending in (".csv", ".parquet"))
    file = next((path for path in files if path.exists()), None)
    return RawTable(schema=schema, name=cut(name), columns=tuple(_columns(one)), file=file)


def _columns(one: DraftEntity) -> Iterator[RawColumn]:
    for column in one.columns:
        yield RawColumn(cut(str(column.fields.get("from", column.name))), canonical(column.type) or "text")
