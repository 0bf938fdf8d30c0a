"""`import`: a diagram in any notation becomes the text of a spec, for people to review."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from erd2dbt.cli.console import DIFFERS, Console, faults_told, read_bytes
from erd2dbt.cli.sources import STDIN, Source, address, listed, may_go_on, of_database
from erd2dbt.diagnostics import Diagnostic, ErdError


@click.command("import")
@click.argument("diagram", metavar="SOURCE", type=Source())
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False),
              help="The spec to write [default: standard output].")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite a spec that is there.")
@click.option("--board", metavar="ID|URL", help="The board of FILE, where the export does not say it.")
@click.option("--schema", "schemas", metavar="NAME", multiple=True,
              help="Only this schema of a database; may be given several times.")  # fmt: skip
@click.option("--allow-unread", is_flag=True, help="Go on without what could not be read; it is listed in the spec.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but faults.")
@click.option("-v", "--verbose", is_flag=True, help="List what was left out, too.")
def import_(
    *,
    diagram: Path,
    output: Path | None,
    force: bool,
    board: str | None,
    schemas: tuple[str, ...],
    allow_unread: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Read SOURCE, a file (`-`: standard input) or the address of a database, and write a spec for it, to be reviewed.

    SQL of PostgreSQL, DBML, Mermaid's erDiagram, Miro's diagram language, and Miro boards as JSON (REST API, Web SDK,
    MCP server), SVG or CSV; the notation is seen from the content. `postgresql://user@host/dbname` is read by its
    catalog. Exits with 1 when something could not be read, unless you allow it."""
    console = Console(quiet=quiet, verbose=verbose, spoken=output is None)
    with faults_told(console):
        from erd2dbt.drafting import draft_lines, draft_text, drafted

        if output is not None and output.exists() and not force:
            click.echo(f"error: `{output}` is there already; nothing was written (--force overwrites it)", err=True)
            sys.exit(DIFFERS)
        if given := address():
            read = of_database(given, schemas)
            text = draft_text(read)
        else:
            read, text = drafted(diagram_bytes(console, diagram), str(diagram), board)
        if verbose:
            listed("left     ", [one.sentence for one in read.seen if not one.unread])
        if not may_go_on(read, allow_unread=allow_unread):
            sys.exit(DIFFERS)
        for line in draft_lines(read, text, str(output or "SPEC")):
            console.say(line)
        if output is None:
            click.echo(text, nl=False)
        else:
            _write(output, text)
            console.say(f"wrote    {output}")


def diagram_bytes(console: Console, diagram: Path) -> bytes:
    return sys.stdin.buffer.read() if diagram == STDIN else read_bytes(console, diagram)


def _write(output: Path, text: str) -> None:
    from erd2dbt.write.files import replace_file

    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ErdError([Diagnostic(code="E803", message=f"cannot write `{output}`: {reason}")]) from None
    replace_file(str(output), text.encode())
