"""`pull`: a live board of Miro becomes a spec, or goes into the one that is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erd2dbt.cli.console import Console, faults_told
from erd2dbt.cli.drafts import deliver, drafting

if TYPE_CHECKING:
    from erd2dbt.miro.client import Client

TOKEN_FILE = click.option("--token-file", type=click.Path(path_type=Path, dir_okay=False),
                          help="File with the access token [default: the variable MIRO_TOKEN].")  # fmt: skip


@click.command()
@click.argument("board", metavar="BOARD")
@click.option("--frame", metavar="ID|TITLE", help="Read this frame alone [default: the one that the link shows].")
@click.option("--save-board", type=click.Path(path_type=Path, dir_okay=False),
              help="Keep what Miro answered in this file; `erd2dbt import` reads it, without Miro.")  # fmt: skip
@TOKEN_FILE
@drafting
def pull(
    *,
    board: str,
    output: Path | None,
    force: bool,
    conflict: str | None,
    frame: str | None,
    save_board: Path | None,
    token_file: Path | None,
    allow_unread: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Read BOARD, the address or the id of a Miro board, and write a spec for it, to be reviewed.

    A second pull merges what has changed on the board into the spec that you edited meanwhile. Exits with 1 when
    something on the board could not be read, unless you allow it."""
    console = Console(quiet=quiet, verbose=verbose, spoken=output is None)
    with faults_told(console):
        from erd2dbt.drafting import drafted
        from erd2dbt.miro.client import board_address
        from erd2dbt.miro.pulling import dump
        from erd2dbt.miro.pulling import pull as pulling

        address = board_address(board)
        client = client_of(token_file, console.progress)
        data = dump(pulling(client, address, frame))
        console.progress(f"{client.spent:,} credits of Miro's 100,000 in a minute")
        if save_board is not None:
            _save(save_board, data)
            console.sources[str(save_board)] = data.decode()
        file = str(save_board or f"board {address.board}")
        read, text = drafted(data, file, address.board)
        deliver(console, read, text, output, force=force, conflict=conflict, allow_unread=allow_unread)


def client_of(token_file: Path | None, say: Callable[[str], None]) -> Client:
    """A client for the token that people have given; MIRO_API_URL is the address of a proxy before Miro's API."""
    from erd2dbt.miro.client import API, Client
    from erd2dbt.miro.token import find_token

    return Client(find_token(token_file, os.environ), os.environ.get("MIRO_API_URL") or API, say=say)


def _save(place: Path, data: bytes) -> None:
    from erd2dbt.write.files import replace_file

    replace_file(str(place), data)
