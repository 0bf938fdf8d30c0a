"""Connects to any warehouse through the dbt adapter of a profile; the seam to dbt as a library.

dbt reads the profile, opens the connection and runs the queries in this process. Only selects are sent.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from erd2dbt.engines.registry import ENGINES
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.sql.dialects import dialect_of
from erd2dbt.system.secrets import remember

_PROJECT = """\
name: erd2dbt_questions
version: '1.0'
config-version: 2
profile: {profile}
"""
_COMMAND = ("--quiet", "--no-send-anonymous-usage-stats", "--no-version-check", "parse", "--no-partial-parse")


class WarehouseError(Exception):
    """The warehouse's error for a query, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A table or view: the parts of its name, and its columns with the warehouse's types."""

    path: tuple[str, ...]
    schema: str
    name: str
    is_view: bool
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Warehouse:
    """An open connection: dbt's `type:`, the SQL dialect, and the schema in which dbt builds.

    One query at a time; each one has its own snapshot.
    """

    kind: str
    dialect: str
    schema: str
    database: str | None
    _adapter: Any

    @property
    def shown(self) -> str:
        """The address for display, without a password."""
        return ".".join(part for part in (self.database, self.schema) if part) + f" ({self.kind})"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a select. Raises WarehouseError."""
        return self.answer(sql)[1]

    def answer(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the column names and the rows of a select. Raises WarehouseError."""
        try:
            if hasattr(self._adapter.connections, "add_query"):
                _, cursor = self._adapter.connections.add_query(sql, auto_begin=False)
                rows = [tuple(row) for row in cursor.fetchall()]
                return [str(column[0]) for column in cursor.description or ()], rows
            _, table = self._adapter.execute(sql, auto_begin=False, fetch=True)
            return [str(name) for name in table.column_names], [tuple(row) for row in table.rows]
        except Exception as error:  # each adapter has its own
            with contextlib.suppress(Exception):  # a failed transaction refuses further queries
                self._adapter.connections.get_thread_connection().handle.rollback()
            raise WarehouseError(_words(error)) from None

    def schemas(self) -> list[str]:
        """Return all schemas that dbt can access. Raises WarehouseError."""
        try:
            return sorted(str(name) for name in self._adapter.list_schemas(self.database))
        except Exception as error:
            raise WarehouseError(_words(error)) from None

    def listed(self, schemas: Iterable[str], columns_of: Iterable[str] | None = None) -> list[Listed]:
        """Return the relations of these schemas, with the columns of those in `named` (in any case), or of all.

        Sends one query for each schema and each relation. Raises WarehouseError.
        """
        wanted = None if columns_of is None else {name.casefold() for name in columns_of}
        return [one for schema in dict.fromkeys(schemas) for one in self._of_schema(schema, wanted)]

    def _of_schema(self, schema: str, wanted: set[str] | None) -> Iterator[Listed]:
        try:
            place = self._adapter.Relation.create(database=self.database, schema=schema)
            for found in self._adapter.list_relations_without_caching(place.without_identifier()):
                has_columns = wanted is None or found.identifier.casefold() in wanted
                columns = self._adapter.get_columns_in_relation(found) if has_columns else ()
                policy = found.include_policy
                parts = ((policy.database, found.database), (policy.schema, found.schema), (True, found.identifier))
                yield Listed(
                    path=tuple(str(name) for is_part, name in parts if is_part and name),
                    schema=str(found.schema),
                    name=str(found.identifier),
                    is_view=str(found.type) != "table",
                    columns={str(column.name): _type(column) for column in columns},
                )
        except Exception as error:
            raise WarehouseError(_words(error)) from None


def _type(column: Any) -> str:
    """Return the type with its digits; text without the length that dbt adds by default."""
    return str(column.dtype if column.is_string() and column.char_size is None else column.data_type)


@contextmanager
def open_warehouse(profiles_dir: Path, profile: str, target: str | None) -> Iterator[Warehouse]:
    """Open the warehouse of a profile for the duration of the context. Raises ErdError E704 where dbt cannot connect,
    E708 where its adapter is not installed."""
    with tempfile.TemporaryDirectory(prefix="erd2dbt-") as folder:
        adapter = _adapter(Path(folder), profiles_dir.absolute(), profile, target)
        credentials = adapter.config.credentials
        for name, value in credentials.to_dict().items():
            if isinstance(value, str) and name not in credentials._connection_keys():  # what dbt itself does not show
                remember(value, public=(credentials.schema, credentials.database or ""))
        kind = str(adapter.type())
        if kind == "duckdb":
            _require_file(str(credentials.path))
        with adapter.connection_named("erd2dbt"):
            made = Warehouse(
                kind=kind,
                dialect=dialect_of(kind),
                schema=credentials.schema,
                database=credentials.database or None,
                _adapter=adapter,
            )
            _reach(made)
            try:
                yield made
            finally:
                with contextlib.suppress(Exception):
                    adapter.cleanup_connections()


def _require_file(path: str) -> None:
    """Check that the file exists: DuckDB would create an empty database."""
    if path.startswith((":memory:", "md:", "motherduck:")) or Path(path).is_file():
        return
    message = f"the profile's DuckDB file `{path}` does not exist"
    fixes = ("run the command in the folder that the path starts from, or write the whole path in profiles.yml",)
    raise ErdError([Diagnostic(code="E704", message=message, fixes=fixes)])


def _reach(warehouse: Warehouse) -> None:
    try:
        warehouse.rows("select 1 as reached")
    except WarehouseError as error:
        message = f"cannot connect to {warehouse.shown}: {error}"
        fixes = ("correct this target in profiles.yml", "try it with `dbt debug`")
        raise ErdError([Diagnostic(code="E704", message=message, fixes=fixes)]) from None


def _adapter(folder: Path, profiles_dir: Path, profile: str, target: str | None) -> Any:
    """Return the adapter as dbt creates it for a project, here without models. dbt's macros list tables and columns."""
    from dbt.adapters.factory import FACTORY
    from dbt.cli.main import dbtRunner
    from dbt.context.providers import generate_runtime_macro_context

    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(_PROJECT.format(profile=profile), encoding="utf-8")
    words = [*_COMMAND, "--project-dir", str(folder), "--profiles-dir", str(profiles_dir)]
    words += ["--log-path", str(folder / "logs"), "--target-path", str(folder / "target")]
    words += ["--target", target] if target else []
    with _silence():
        done = dbtRunner().invoke(words)
    if not done.success or not FACTORY.adapters:
        raise ErdError([_refused(done.exception, profiles_dir)])
    adapter: Any = next(iter(FACTORY.adapters.values()))
    adapter.set_macro_resolver(done.result)
    adapter.set_macro_context_generator(generate_runtime_macro_context)
    return adapter


@contextmanager
def _silence() -> Iterator[None]:
    """Suppress dbt's output. Faults are raised as exceptions."""
    logging.getLogger("dbt").setLevel(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _refused(error: BaseException | None, profiles_dir: Path) -> Diagnostic:
    words = _words(error) if error is not None else "it gave no reason"
    if "Could not find adapter type" in words:
        kind = words.partition("adapter type")[2].strip().rstrip("!. ")
        known = ENGINES.get(kind)
        fix = (
            f"pip install 'erd2dbt[{known.extra}]'" if known is not None and known.extra else f"pip install dbt-{kind}"
        )
        message = f"the dbt adapter of `type: {kind}` is not installed"
        return Diagnostic(code="E708", message=message, fixes=(fix,))
    message = f"dbt cannot read the profile in `{profiles_dir}`: {words}"
    return Diagnostic(code="E704", message=message, fixes=("try it with `dbt debug`",))


def _words(error: BaseException) -> str:
    """Return the first informative line: dbt's headlines name the place, not the cause."""
    text = str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if not line.endswith(("Error", "Error:"))]
    return (said or lines or [type(error).__name__])[0]
