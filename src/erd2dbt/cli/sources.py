"""The input of a command: a spec, a diagram in any notation, or a database. Each becomes the text of a spec."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erd2dbt.cli.console import DIFFERS, Console, read_bytes
from erd2dbt.cli.output import echo
from erd2dbt.system.progress import stage
from erd2dbt.system.secrets import remember_all

if TYPE_CHECKING:
    from erd2dbt.diagram.drawing import Diagram
    from erd2dbt.diagram.erd import Erd
    from erd2dbt.diagram.selection import Selection
    from erd2dbt.draft.values import Draft
    from erd2dbt.pipelines.drafting import Propose
    from erd2dbt.run.adapter import Warehouse
    from erd2dbt.run.connection import Connection

_ADDRESS = re.compile(r"\s*[A-Za-z][\w+.-]*:(?:[\w+.-]+:)*//")
_MISTYPED = re.compile(r":[^@]+@")  # what is between them is a password if it was meant for an address
# the name of its database, where nothing else can be there
_DATABASE = re.compile(r"[a-z]+://(?:[^\s/?#@]*@)?[^\s/?#@]*/([A-Za-z_][\w.-]*)(?:\?[^\s#]*)?", re.IGNORECASE)
_GIVEN = "erd2dbt.address"
_CATALOG = "reading the catalog of the database …"
_HINT = "`--infer-keys` proposes undeclared keys and links, from names and from the rows of a database"
_INFERRING = "erd2dbt.infer_keys"
_SELECTED = "erd2dbt.diagram.selection"  # of patterns that are still to be compared with something
_TOLD = "erd2dbt.selected"
_LEFT = "erd2dbt.left"  # the tables of a diagram that were not selected


DIALECTS = (
    "postgres",
    "mysql",
    "snowflake",
    "bigquery",
    "tsql",
    "oracle",
    "redshift",
    "databricks",
    "duckdb",
    "sqlite",
    "h2",
)
dialect_option = click.option(
    "--dialect", type=click.Choice(DIALECTS),
    help="The SQL dialect of the file [default: recognised from the file, else postgres].",
)  # fmt: skip


class Source(click.Path):
    """A path, or the address of a PostgreSQL: then the path is the database's name in the current folder."""

    name = "source"

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or not _ADDRESS.match(value):
            if isinstance(value, str) and _MISTYPED.search(value):
                remember_all(value)
            return super().convert(value, param, ctx)
        if ctx is not None:
            ctx.meta[_GIVEN] = value
        found = _DATABASE.fullmatch(value.strip())
        return Path((found and found[1]) or "database")


def selecting(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that select a part of a diagram. `selection` has their values."""
    for option in reversed(
        (
            click.option("--only", multiple=True, metavar="PATTERN", expose_value=False, callback=_remember,
                         help="Only these entities: a name, a glob such as 'order*', tag:X, group:X or source:X. "
                         "May be given several times. Links and models that need other entities are excluded."),
            click.option("--exclude", multiple=True, metavar="PATTERN", expose_value=False, callback=_remember,
                         help="All but these entities; patterns as for --only."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def _remember(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> None:
    ctx.meta[f"{_SELECTED}.{param.name}"] = value


def selection() -> Selection:
    """Return the selection of the command, until it was applied to a diagram."""
    from erd2dbt.diagram.selection import Selection

    meta = click.get_current_context().meta
    return Selection(*(meta.get(f"{_SELECTED}.{word}", ()) for word in ("only", "exclude")))


def is_selecting() -> bool:
    """Return whether the command has a selection."""
    meta = click.get_current_context().meta
    return any(meta.get(f"{_SELECTED}.{word}") for word in ("only", "exclude"))


def selected(diagram: Diagram) -> Diagram:
    """Return the selected part of the diagram. A spec that is drafted from it is not selected from again."""
    from erd2dbt.diagram.selection import of_diagram

    meta = click.get_current_context().meta
    chosen, meta[_LEFT] = of_diagram(diagram, selection())
    meta[_TOLD] = [f"selected {len(chosen.boxes):,} of {len(diagram.boxes):,} entities"] if meta[_LEFT] else []
    meta[f"{_SELECTED}.only"] = meta[f"{_SELECTED}.exclude"] = ()
    return chosen


def selected_lines(erd: Erd) -> list[str]:
    """Return lines on the selected and excluded parts of a diagram or a spec."""
    from erd2dbt.pipelines.summary import selection_lines

    of_diagram: list[str] = click.get_current_context().meta.get(_TOLD, [])
    return [*of_diagram, *selection_lines(erd)]


def unselected() -> frozenset[str]:
    """Return the tables of a diagram that were not selected."""
    left: frozenset[str] = click.get_current_context().meta.get(_LEFT, frozenset())
    return left


def address() -> str | None:
    """Return the address that this command was given, if any."""
    found = click.get_current_context().meta.get(_GIVEN)
    return None if found is None else str(found)


def remember_inferring(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Store the value of `--infer-keys` for the reader of the source."""
    del param
    ctx.meta[_INFERRING] = value


def is_inferring() -> bool:
    return bool(click.get_current_context().meta.get(_INFERRING))


def proposer(console: Console, source: Path) -> Propose:
    """Return the function that proposes undeclared keys and links.

    The evidence is the rows of the database that is read or named by `--url`, those of the files in `--data`, otherwise
    names alone.
    """
    from erd2dbt.draft.keys import with_proposals

    options = click.get_current_context().params
    if given := options.get("url") or address():
        return lambda draft: _from_rows(draft, given, console)
    if folder := options.get("data"):
        return lambda draft: _from_files(draft, source, folder, console)
    return with_proposals


def _from_rows(draft: Draft, given: str, console: Console) -> Draft:
    from erd2dbt.discover.drafts import from_rows
    from erd2dbt.run.connection import from_address

    return from_rows(draft, from_address(given), console.progress)


def from_rows(there: Connection | Warehouse, console: Console) -> Propose:
    """Return the function that proposes keys and links from the rows of an open warehouse."""

    def propose(draft: Draft) -> Draft:
        from erd2dbt.discover import drafts

        return drafts.from_rows(draft, there, console.progress)

    return propose


def _from_files(draft: Draft, source: Path, folder: Path, console: Console) -> Draft:
    from erd2dbt.discover.data_folder import from_files

    return from_files(draft, source, folder, console.progress)


def spec_bytes(console: Console, spec: Path) -> bytes:
    """Return the bytes of a spec: of the file itself, or drafted from a diagram or a database.

    Exits with 1 when a part could not be read. Faults of a draft have their places in its text.
    """
    data, drafted = spec_or_draft(console, spec)
    return data if drafted is None else drafted


def spec_or_draft(console: Console, spec: Path, *, whole: bool = True) -> tuple[bytes, bytes | None]:
    """Return the bytes of the file, and the spec that is drafted from it if it is not a spec.

    Exits with 1 when a part could not be read, unless it need not be `whole`: the draft lists that part, too.
    """
    data, shown = b"", str(spec)
    if given := address():
        from erd2dbt.run.connection import from_address

        diagram, shown = of_database(given), from_address(given).masked_url
    else:
        data = read_bytes(console, spec)
        found = _diagram_in(data, shown)
        if found is None:
            if is_inferring():
                raise click.UsageError(f"--infer-keys is for diagrams and databases; `{spec}` is a spec.")
            return data, None
        diagram = found
    diagram = selected(diagram)
    how = "`erd2dbt import --allow-unread` goes on without"
    if whole and not may_go_on(diagram, allow_unread=False, how=how):
        sys.exit(DIFFERS)
    from erd2dbt.pipelines.drafting import draft_text

    text = draft_text(diagram, infer_keys=is_inferring(), propose=proposer(console, spec))
    hints = {} if is_inferring() else dict.fromkeys(("E057", "W407"), _HINT)
    console.drafted(str(spec), text, f"{shown} --infer-keys" if is_inferring() else shown, hints)
    return data, text.encode()


def _diagram_in(data: bytes, shown: str) -> Diagram | None:
    """Return the diagram of a file; None for a spec, for which no reader of diagrams is imported."""
    from erd2dbt.read.text.signs import is_spec

    if is_spec(data):
        return None
    from erd2dbt.read.recognising import is_diagram, read_diagram

    return read_diagram(data, shown) if is_diagram(data) else None


def of_database(given: str, schemas: Sequence[str] = ()) -> Diagram:
    from erd2dbt.run.catalog import read_catalog
    from erd2dbt.run.connection import from_address

    with stage(_CATALOG):
        return read_catalog(from_address(given), schemas)


def of_warehouse(there: Connection | Warehouse, schemas: Sequence[str] = ()) -> Diagram:
    """Return the diagram of an open database."""
    from erd2dbt.run.adapter import Warehouse
    from erd2dbt.run.catalog import read_catalog
    from erd2dbt.run.warehouse_catalog import read_warehouse

    with stage(_CATALOG):
        return read_warehouse(there, schemas) if isinstance(there, Warehouse) else read_catalog(there, schemas)


def may_go_on(read: Diagram, *, allow_unread: bool, how: str = "--allow-unread goes on without") -> bool:
    """List the parts that could not be read; return whether the command may continue."""
    unread = [one.sentence for one in read.unread]
    if not unread:
        return True
    listed("unread   ", unread)
    if not allow_unread:
        echo(f"\n{len(unread)} unread; nothing was written ({how})", err=True)
    return allow_unread


def listed(head: str, sentences: list[str]) -> None:
    for sentence in sentences:
        echo(head + sentence, err=True)
