"""`import`: a diagram in any notation becomes the text of a spec, for people to review."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from erd2dbt.cli.console import Console, faults_told, read_bytes
from erd2dbt.cli.drafts import deliver, drafted_before, drafting
from erd2dbt.cli.sources import STDIN, Source, address, of_database


@click.command("import")
@click.argument("diagram", metavar="SOURCE", type=Source())
@click.option("--board", metavar="ID|URL", help="The board of FILE, where the export does not say it.")
@click.option("--schema", "schemas", metavar="NAME", multiple=True,
              help="Only this schema of a database; may be given several times.")  # fmt: skip
@click.option("--infer-keys", is_flag=True, help="Propose keys that nobody drew, by names; each is marked as inferred.")
@drafting
def import_(
    *,
    diagram: Path,
    output: Path | None,
    force: bool,
    conflict: str | None,
    board: str | None,
    schemas: tuple[str, ...],
    allow_unread: bool,
    infer_keys: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Read SOURCE, a file (`-`: standard input) or the address of a database, and write a spec for it, to be reviewed.

    SQL of PostgreSQL, DBML, Mermaid's erDiagram, Miro's diagram language, and Miro boards as JSON (REST API, Web SDK,
    MCP server), SVG or CSV; the notation is seen from the content. `postgresql://user@host/dbname` is read by its
    catalog. Exits with 1 when something could not be read, unless you allow it."""
    console = Console(quiet=quiet, verbose=verbose, spoken=output is None)
    with faults_told(console):
        from erd2dbt.drafting import draft_text, drafted

        before = None if force else drafted_before(console, output)
        if given := address():
            read = of_database(given, schemas)
            text = draft_text(read, infer_keys=infer_keys, before=before)
        else:
            data = diagram_bytes(console, diagram)
            read, text = drafted(data, str(diagram), board, infer_keys=infer_keys, before=before)
        deliver(console, read, text, output, force=force, conflict=conflict, allow_unread=allow_unread)


def diagram_bytes(console: Console, diagram: Path) -> bytes:
    return sys.stdin.buffer.read() if diagram == STDIN else read_bytes(console, diagram)
