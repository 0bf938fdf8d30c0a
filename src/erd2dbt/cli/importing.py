"""`import`: converts a diagram in any notation to the text of a spec for review."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erd2dbt.cli.console import Console, faults_reported, read_bytes
from erd2dbt.cli.drafts import deliver, drafted_before, drafting, has_boxes
from erd2dbt.cli.own_drawing import OwnDrawing
from erd2dbt.cli.sources import (
    Source,
    address,
    dialect_option,
    from_rows,
    of_database,
    of_warehouse,
    proposer,
    selected,
    selecting,
)
from erd2dbt.cli.spec_files import drafted_files

if TYPE_CHECKING:
    from erd2dbt.diagram.drawing import Diagram
    from erd2dbt.pipelines.drafting import Propose


@click.command("import")
@click.argument("diagram", metavar="[SOURCE]", type=Source(), required=False)
@click.option("--profile", help="Read the warehouse of this dbt profile in place of a SOURCE.")
@click.option("--target", help="With --profile: the target, if it is not the profile's own.")
@click.option("--profiles-dir", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="With --profile: the folder of its profiles.yml [default: ~/.dbt].")  # fmt: skip
@click.option("--board", metavar="ID|URL", help="The board of an export that does not name its board.")
@click.option("--frame", metavar="ID|TITLE", help="Read only this frame of a saved board.")
@dialect_option
@click.option("--schema", "schemas", metavar="NAME", multiple=True,
              help="Only this schema of a database; may be given several times.")  # fmt: skip
@click.option("--infer-keys", is_flag=True,
              help="Propose undeclared keys and links from names, and from rows if there is data. Each is "
              "marked as inferred, with its evidence.")  # fmt: skip
@click.option("--url", help="With --infer-keys: the PostgreSQL that has the rows, where SOURCE is a file.")
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="With --infer-keys: the folder of <table>.csv or <table>.parquet that has the rows.")  # fmt: skip
@click.option("--key-names", type=click.Choice(["entity_id", "as_drawn"]),
              help="What a key `id` is called: `customer_id` of `customers` (the default), or as drawn.")  # fmt: skip
@selecting
@drafting
def import_(
    *,
    diagram: Path | None,
    output: Path | None,
    force: bool,
    conflict: str | None,
    allow_unread: bool,
    infer_keys: bool,
    key_names: str | None,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Read a schema or diagram and write a spec for review.

    SOURCE is a file, `-` for standard input, or the address of a database: `postgresql://user@host/dbname` is read by
    its catalog. Any other warehouse is read through the dbt adapter of a --profile. A file may be SQL of ten
    systems, DBML, Prisma, PlantUML, Mermaid's erDiagram, dbt's properties or Miro's diagram language. Or it is a Miro
    board as JSON (REST API, Web SDK, MCP server), SVG or CSV. The notation is recognised from the content.

    Exits with 1 when something could not be read, unless you say --allow-unread."""
    console = Console(quiet=quiet, verbose=verbose, spoken=output is None)
    _check(diagram, infer_keys, options)
    with faults_reported(console), ExitStack() as stack:
        from erd2dbt.pipelines.drafting import draft_of

        files = drafted_files(console, output) if output is not None else None
        own = OwnDrawing(output, options["frame"])
        before = None if force else drafted_before(console, output)
        read, propose = _read(console, stack, diagram, options, own)
        draft = None
        if has_boxes(read, own):
            read = selected(read)
            draft = draft_of(read, infer_keys=infer_keys, propose=propose, before=before, key_names=key_names)
        how: Any = {"force": force, "conflict": conflict, "allow_unread": allow_unread}
        deliver(console, read, draft, output, **how, own=own, files=files)


def _check(diagram: Path | None, infer_keys: bool, options: Mapping[str, Any]) -> None:
    for word in ("url", "data"):
        if options[word] and not infer_keys:
            raise click.UsageError(f"--{word} goes with --infer-keys.")
    if (diagram is None) == (options["profile"] is None):
        raise click.UsageError("Name a SOURCE, or a --profile.")
    if (options["target"] or options["profiles_dir"]) and options["profile"] is None:
        raise click.UsageError("--target and --profiles-dir go with --profile.")


def _read(
    console: Console, stack: ExitStack, diagram: Path | None, options: Mapping[str, Any], own: OwnDrawing
) -> tuple[Diagram, Propose]:
    """Return the diagram of the source, and the function that proposes undeclared keys and links."""
    if diagram is None:
        from erd2dbt.run.targets import open_target

        folder = options["profiles_dir"] or Path.home() / ".dbt"
        there = stack.enter_context(open_target(folder, options["profile"], options["target"]))
        return of_warehouse(there, options["schemas"]), from_rows(there, console)
    if given := address():
        return of_database(given, options["schemas"]), proposer(console, diagram)
    from erd2dbt.pipelines.drafting import diagram_in
    from erd2dbt.run.duckdb.catalog import is_duckdb, script_of

    board, dialect, frame = (options[word] for word in ("board", "dialect", "frame"))
    if is_duckdb(diagram):
        data, dialect = script_of(diagram, options["schemas"]).encode(), "duckdb"
    else:
        data = read_bytes(console, diagram)
    return diagram_in(data, str(diagram), board, dialect, frame, part=own.take), proposer(console, diagram)
