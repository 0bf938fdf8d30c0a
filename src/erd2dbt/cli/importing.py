"""`import`: a diagram in any notation becomes the text of a spec, for people to review."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from erd2dbt.cli.console import Console, faults_told, read_bytes
from erd2dbt.cli.drafts import deliver, drafted_before, drafting
from erd2dbt.cli.sources import STDIN, Source, address, dialect_option, of_database, proposer, selected, selecting


@click.command("import")
@click.argument("diagram", metavar="SOURCE", type=Source())
@click.option("--board", metavar="ID|URL", help="The board of an export that does not name its board.")
@click.option("--frame", metavar="ID|TITLE", help="Read only this frame of a saved board.")
@dialect_option
@click.option("--schema", "schemas", metavar="NAME", multiple=True,
              help="Only this schema of a database; may be given several times.")  # fmt: skip
@click.option("--infer-keys", is_flag=True,
              help="Propose undeclared keys and links, from names and, where there are some, from rows. Each is "
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
    diagram: Path,
    output: Path | None,
    force: bool,
    conflict: str | None,
    board: str | None,
    dialect: str | None,
    frame: str | None,
    schemas: tuple[str, ...],
    allow_unread: bool,
    infer_keys: bool,
    url: str | None,
    data: Path | None,
    key_names: str | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Read a schema or diagram and write a spec for review.

    SOURCE is a file, `-` for standard input, or the address of a database: `postgresql://user@host/dbname` is read by
    its catalog. A file may be SQL of ten systems, DBML, Prisma, PlantUML, Mermaid's erDiagram, dbt's properties
    or Miro's diagram language. Or it is a Miro board as JSON (REST API, Web SDK, MCP server), SVG or CSV. The notation
    is recognised from the content. Exits with 1 when something could not be read, unless you say --allow-unread."""
    console = Console(quiet=quiet, verbose=verbose, spoken=output is None)
    if (url or data) and not infer_keys:
        raise click.UsageError(f"--{'url' if url else 'data'} goes with --infer-keys.")
    with faults_told(console):
        from erd2dbt.pipelines.drafting import diagram_in, draft_text

        before = None if force else drafted_before(console, output)
        if given := address():
            read = of_database(given, schemas)
        else:
            read = diagram_in(diagram_bytes(console, diagram), str(diagram), board, dialect, frame)
        read = selected(read)
        text = draft_text(
            read, infer_keys=infer_keys, propose=proposer(console, diagram), before=before, key_names=key_names
        )
        deliver(console, read, text, output, force=force, conflict=conflict, allow_unread=allow_unread)


def diagram_bytes(console: Console, diagram: Path) -> bytes:
    return sys.stdin.buffer.read() if diagram == STDIN else read_bytes(console, diagram)
