"""`pull`: a live board of Miro becomes a spec, or goes into the one that is there. `push`: a spec is drawn there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erd2dbt.cli.console import Console, faults_told
from erd2dbt.cli.drafts import deliver, drafted_before, drafting, write_text
from erd2dbt.cli.options import SPEC
from erd2dbt.cli.output import document
from erd2dbt.cli.sources import spec_bytes

if TYPE_CHECKING:
    from erd2dbt.diagram.drawing import Diagram
    from erd2dbt.miro.client import Client
    from erd2dbt.miro.pushing import Pushed, Step

TOKEN_FILE = click.option("--token-file", type=click.Path(path_type=Path, dir_okay=False),
                          help="File with the access token [default: the variable MIRO_TOKEN].")  # fmt: skip


@click.command()
@click.argument("board", metavar="BOARD")
@click.option(
    "--frame", metavar="ID|TITLE", help="Read only this frame [default: the frame of the link, if it has one]."
)
@click.option("--save-board", type=click.Path(path_type=Path, dir_okay=False),
              help="Save the board to this file. `erd2dbt import` reads it without Miro.")  # fmt: skip
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
    """Read a live Miro board and write a spec for review.

    BOARD is the address or the id of the board. A second pull merges the changes of the board into the spec and keeps
    your edits. Exits with 1 when something on the board could not be read, unless you say --allow-unread."""
    console = Console(quiet=quiet, verbose=verbose, spoken=output is None)
    with faults_told(console):
        from erd2dbt.miro.client import board_address
        from erd2dbt.miro.pulling import dump
        from erd2dbt.miro.pulling import pull as pulling
        from erd2dbt.pipelines.drafting import drafted

        address = board_address(board)
        client = client_of(token_file, console.progress)
        data = dump(pulling(client, address, frame))
        console.progress(f"{client.spent:,} credits of Miro's 100,000 in a minute")
        if save_board is not None:
            write_text(save_board, data.decode())
            console.sources[str(save_board)] = data.decode()
        file = str(save_board or f"board {address.board}")
        before = None if force else drafted_before(console, output)
        read, text = drafted(data, file, address.board, before=before)
        deliver(console, read, text, output, force=force, conflict=conflict, allow_unread=allow_unread)


@click.command()
@SPEC
@click.argument("board", metavar="[BOARD]", required=False)
@click.option("--dry-run", is_flag=True, help="Write nothing. Print the calls and what they cost.")
@click.option("--prune", is_flag=True, help="Delete items of an earlier push that are no longer in the spec.")
@click.option(
    "--to",
    "notation",
    type=click.Choice(["dsl", "mermaid", "svg"]),
    help="Print the diagram instead: in Miro's diagram language, as Mermaid's erDiagram, or as a picture.",
)
@TOKEN_FILE
@click.option("-q", "--quiet", is_flag=True, help="Print only faults.")
@click.option("-v", "--verbose", is_flag=True, help="Print each call.")  # fmt: skip
def push(
    *,
    spec: Path,
    board: str | None,
    dry_run: bool,
    prune: bool,
    notation: str | None,
    token_file: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Draw SPEC on a Miro board, or update the drawing.

    BOARD is the address or the id of the board. The drawing has a frame of its own. Nothing else on the board is
    touched. `.SPEC.miro` beside the spec remembers the items: commit it."""
    console = Console(quiet=quiet, verbose=verbose)
    with faults_told(console):
        from erd2dbt.explain.drawing import drawing, old_names
        from erd2dbt.pipelines import generation

        erd, planned = generation.plan(spec_bytes(console, spec), str(spec))
        diagram = drawing(erd, planned.plans)
        if notation is not None:
            document(_noted(diagram, notation))
        elif board is None:
            raise click.UsageError("Missing argument 'BOARD': where to draw it; or `--to` prints it.")
        else:
            client = client_of(token_file, console.progress)
            renamed = old_names(erd, planned.plans)
            _push(console, client, spec, board, diagram, renamed=renamed, prune=prune, dry_run=dry_run)


def _noted(diagram: Diagram, notation: str) -> str:
    from erd2dbt.notate.dsl import dsl_text
    from erd2dbt.notate.mermaid import mermaid_text
    from erd2dbt.notate.svg import svg_text

    return {"dsl": dsl_text, "mermaid": mermaid_text, "svg": svg_text}[notation](diagram)


def _push(
    console: Console,
    client: Client,
    spec: Path,
    board: str,
    diagram: Diagram,
    *,
    renamed: dict[str, str],
    prune: bool,
    dry_run: bool,
) -> None:
    from erd2dbt.miro.client import board_address
    from erd2dbt.miro.pushing import push as pushing
    from erd2dbt.miro.record import read_record, record_of, record_text
    from erd2dbt.miro.shapes import wanted

    address = board_address(board)
    file = record_of(spec)
    record = read_record(file, address.board)
    what = wanted(diagram)

    def keep() -> None:
        write_text(file, record_text(record))

    done = pushing(client, what, record, keep, renamed=renamed, prune=prune, dry_run=dry_run)
    for step in done.steps if dry_run or console.verbose else ():
        console.say(_call(step))
    _tell(console, done, client.spent, dry_run=dry_run)
    for name in what.untold:
        console.say(f"note     {name} is linked to itself: Miro draws no line within one shape, its row says it")
    for name in done.left:
        console.say(f"left     {name} is no longer in the spec; --prune deletes it")


def _call(step: Step) -> str:
    what = step.names[0] if len(step.names) == 1 else f"{len(step.names)} {step.kind}s"
    return f"{step.method:<8} {step.path}  {what}  {step.credits:,} credits"


def _tell(console: Console, done: Pushed, spent: int, *, dry_run: bool) -> None:
    """`drew     1 frame, 10 shapes, 12 connectors`, by what was done."""
    from erd2dbt.pipelines.summary import plural

    words = {"draw": "drew", "change": "changed", "delete": "deleted"}
    for word, said in words.items():
        kinds: dict[str, int] = {}
        for step in done.steps:
            if step.word == word:
                kinds[step.kind] = kinds.get(step.kind, 0) + len(step.names)
        if kinds and not dry_run:
            console.say(f"{said:<8} {', '.join(plural(n, kind) for kind, n in kinds.items())}")
    if not done.steps:
        console.say("same     the board shows the spec")
    cost = sum(step.credits for step in done.steps)
    if dry_run:
        console.say(f"would    cost {cost:,} credits in {plural(len(done.steps), 'call')}; Miro gives 100,000 a minute")
    else:
        console.say(f"spent    {spent:,} credits")


def client_of(token_file: Path | None, say: Callable[[str], None]) -> Client:
    """A client for the token that people have given; MIRO_API_URL is the address of a proxy before Miro's API."""
    from erd2dbt.miro.client import API, Client
    from erd2dbt.miro.token import find_token

    return Client(find_token(token_file, os.environ), os.environ.get("MIRO_API_URL") or API, say=say)
