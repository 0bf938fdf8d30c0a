"""`import`: a diagram in any notation becomes the text of a spec, for people to review."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from erd2dbt.cli.console import Console, faults_told, read_bytes
from erd2dbt.cli.drafts import deliver, drafting

STDIN = Path("-")


@click.command("import")
@click.argument("diagram", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--board", metavar="ID|URL", help="The board of FILE, where the export does not say it.")
@drafting
def import_(
    *,
    diagram: Path,
    output: Path | None,
    force: bool,
    conflict: str | None,
    board: str | None,
    allow_unread: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Read a diagram from FILE (`-`: standard input) and write a spec for it, to be reviewed.

    Miro boards as JSON (REST API, Web SDK, MCP server), SVG or CSV, Miro's diagram language, and Mermaid's erDiagram;
    the notation is seen from the content. Exits with 1 when something could not be read, unless you allow it."""
    console = Console(quiet=quiet, verbose=verbose, spoken=output is None)
    with faults_told(console):
        from erd2dbt.drafting import drafted

        read, text = drafted(diagram_bytes(console, diagram), str(diagram), board)
        deliver(console, read, text, output, force=force, conflict=conflict, allow_unread=allow_unread)


def diagram_bytes(console: Console, diagram: Path) -> bytes:
    return sys.stdin.buffer.read() if diagram == STDIN else read_bytes(console, diagram)
