"""`convert`: writes any source in another notation."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erd2dbt.cli.console import DIFFERS, Console, faults_reported, read_bytes
from erd2dbt.cli.output import document, echo
from erd2dbt.cli.sources import (
    Source,
    address,
    dialect_option,
    may_go_on,
    of_database,
    selected,
    selecting,
    selection,
)
from erd2dbt.cli.spec_files import write_text
from erd2dbt.escape import shell
from erd2dbt.pipelines.summary import plural

if TYPE_CHECKING:
    from erd2dbt.diagram.drawing import Diagram

_NOTATIONS = ("spec", "mermaid", "dbml", "dsl", "ddl")
_DRAWN = ("mermaid", "dsl")  # notations that `push --to` writes, too


@click.command()
@click.argument("source", type=Source())
@click.option("--to", "notation", type=click.Choice(_NOTATIONS), required=True,
              help="Spec, Mermaid's erDiagram, DBML, Miro's diagram language, or PostgreSQL DDL.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False),
              help="The file to write [default: standard output].")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@dialect_option
@selecting
@click.option("--allow-unread", is_flag=True, help="Go on without what could not be read.")
def convert(
    *, source: Path, notation: str, output: Path | None, force: bool, dialect: str | None, allow_unread: bool
) -> None:
    """Write entities and links in another notation.

    SOURCE is a spec or anything that `import` reads. What the notation cannot express is omitted and counted."""
    console = Console(spoken=output is None)
    with faults_reported(console):
        from erd2dbt.notate.omissions import TITLES, omissions
        from erd2dbt.pipelines.drafting import WRITERS

        if output is not None and output.exists() and not force:
            echo(f"error: `{output}` already exists; nothing was written (--force overwrites it)", err=True)
            sys.exit(DIFFERS)
        diagram = _diagram(console, source, dialect, notation)
        if not may_go_on(diagram, allow_unread=allow_unread):
            sys.exit(DIFFERS)
        text = WRITERS[notation](diagram)
        if output is None:
            document(text)
        else:
            write_text(output, text)
            console.say(f"wrote    {output}")
        say_omitted(omissions(diagram, notation), f": {TITLES[notation]} has no place for them")


def say_omitted(found: Mapping[str, int], why: str) -> None:
    """Print what the written text does not have, to standard error."""
    if found:
        echo(f"omitted  {', '.join(plural(count, thing) for thing, count in found.items())}{why}", err=True)


def _diagram(console: Console, source: Path, dialect: str | None, notation: str) -> Diagram:
    from erd2dbt.notate.erd import diagram_of
    from erd2dbt.notate.omissions import omissions_of_spec
    from erd2dbt.pipelines.generation import chosen
    from erd2dbt.read.recognising import is_diagram, read_diagram

    if given := address():
        return selected(of_database(given))
    data = read_bytes(console, source)
    if dialect is not None or is_diagram(data):
        return selected(read_diagram(data, str(source), dialect))
    erd = chosen(data, str(source), selection())
    draws = f"; `erd2dbt push {shell.word(str(source))} --to {notation}` draws models" if notation in _DRAWN else ""
    say_omitted(omissions_of_spec(erd), f": tables and links are written{draws if erd.models else ''}")
    return diagram_of(erd)
