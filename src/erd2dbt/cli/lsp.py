"""`lsp`: serves an editor on standard input and output."""

from __future__ import annotations

import sys

import click

from erd2dbt.cli.console import FAULTS, Console, faults_reported
from erd2dbt.cli.output import echo, protocol
from erd2dbt.cli.unexpected_errors import accident_text


@click.command()
@click.option("--stdio", is_flag=True, hidden=True, help="Use standard input and output, the only transport.")
def lsp(*, stdio: bool) -> None:
    """Serve an editor over the Language Server Protocol.

    Faults as you type, their fixes, hover, completion, definitions and renaming. Your editor starts this command."""
    del stdio
    with faults_reported(Console()):
        try:
            from erd2dbt.lsp.server import serve
        except ImportError:
            echo(
                "error: `erd2dbt lsp` needs pygls, which is not installed\n  = fix: `pip install 'erd2dbt[lsp]'`",
                err=True,
            )
            sys.exit(FAULTS)
        with protocol() as (reads, writes):
            serve(reads, writes, accident_text)
