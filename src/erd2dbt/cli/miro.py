"""`pull`: converts a live Miro board to a spec, or merges it into one. `push`: draws a spec on a board."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from erd2dbt.cli.console import DIFFERS, Console, faults_reported, read_bytes
from erd2dbt.cli.converting import say_omitted
from erd2dbt.cli.drafts import deliver, drafted_before, drafting, has_boxes
from erd2dbt.cli.options import SPEC
from erd2dbt.cli.output import document, echo
from erd2dbt.cli.own_drawing import OwnDrawing
from erd2dbt.cli.sources import spec_bytes
from erd2dbt.cli.spec_files import drafted_files, drawing_files, write_text
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.summary import plural

if TYPE_CHECKING:
    from erd2dbt.explain.drawing import SpecDrawing
    from erd2dbt.miro.client import Client
    from erd2dbt.miro.notes import Finding
    from erd2dbt.miro.pushing import Pushed, Side, Step
    from erd2dbt.miro.record import Record

TOKEN_FILE = click.option("--token-file", type=click.Path(path_type=Path, dir_okay=False),
                          help="File with the access token [default: the variable MIRO_TOKEN].")  # fmt: skip


@click.command()
@click.argument("board", metavar="[BOARD]", required=False)
@click.option("--frame", metavar="ID|TITLE", help="Read only this frame [default: the frame of the link, else of "
              "`miro: frame:` in the spec].")  # fmt: skip
@click.option("--save-board", type=click.Path(path_type=Path, dir_okay=False),
              help="Save the board to this file. `erd2dbt import` reads it without Miro.")  # fmt: skip
@TOKEN_FILE
@drafting
def pull(
    *,
    board: str | None,
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

    BOARD is the address or the id of the board; the default is `miro: board:` of the spec, or the board on which it
    was drawn the last time. A second pull merges the changes of the board into the spec and keeps your edits. What
    `push` drew is read as the spec's own drawing: what people changed in it goes into the spec. Exits with 1 when
    something on the board could not be read, unless you say --allow-unread."""
    console = Console(quiet=quiet, verbose=verbose, spoken=output is None)
    with faults_reported(console):
        from erd2dbt.miro.client import board_address
        from erd2dbt.miro.pulling import dump
        from erd2dbt.miro.pulling import pull as pulling
        from erd2dbt.pipelines.drafting import diagram_in, draft_of

        files = drafted_files(console, output) if output is not None else None
        known = read_bytes(console, output) if output is not None and output.is_file() and not force else None
        if board is None and (board := known_board(output, known) if output is not None else None) is None:
            raise click.UsageError("Missing argument 'BOARD': which board to read.")
        address = board_address(board)
        own = OwnDrawing(output)
        client = client_of(token_file, console.progress)
        frame = frame or _known_frame(known, address.board)
        data = dump(pulling(client, address, frame, whole=own.known_on(address.board)))
        console.progress(f"{client.spent:,} credits of Miro's 100,000 in a minute")
        if save_board is not None:
            write_text(save_board, data.decode())
            console.sources[str(save_board)] = data.decode()
        file = str(save_board or f"board {address.board}")
        read = diagram_in(data, file, address.board, part=own.take)
        before = None if force else drafted_before(console, output)
        draft = draft_of(read, before=before) if has_boxes(read, own) else None
        how: Any = {"force": force, "conflict": conflict, "allow_unread": allow_unread}
        deliver(console, read, draft, output, **how, own=own, files=files)


def _known_frame(data: bytes | None, board: str) -> str | None:
    """Return the frame that the spec names on this board."""
    from erd2dbt.read.spec.reader import read_spec

    if data is None:
        return None
    with suppress(ErdError):  # a merge says what is wrong with it
        known = read_spec(data, "spec").board
        return known.frame if known is not None and known.board == board else None
    return None


@click.command()
@SPEC
@click.argument("board", metavar="[BOARD]", required=False)
@click.option("--dry-run", is_flag=True, help="Write nothing. Print the calls and what they cost.")
@click.option("--prune", is_flag=True, help="Delete items of an earlier push that are no longer in the spec.")
@click.option("--conflict", type=click.Choice(["ours", "theirs"]),
              help="Where people changed the drawing: draw the spec over it (ours), or leave it as it is (theirs) "
              "[default: nothing is written].")  # fmt: skip
@click.option("--status", "--comments", is_flag=True,
              help="Show broken claims and failed tests as sticky notes beside their boxes and lines, from the last "
              "dbt run. Notes of what is fixed are deleted.")  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="With --status: a report of `erd2dbt verify --format json` instead of a dbt run.")  # fmt: skip
@click.option("--project", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="With --status: folder of the built dbt project [default: the spec's `output:`, else its project "
              "name].")  # fmt: skip
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
    conflict: Side | None,
    status: bool,
    report: Path | None,
    project: Path | None,
    notation: str | None,
    token_file: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Draw SPEC on a Miro board, or update the drawing.

    BOARD is the address or the id of the board; the default is the board of the last push, or `miro: board:` of the
    spec. The drawing has a frame of its own. Nothing else on the board is touched. Where people changed the drawing,
    nothing is written until you pull, or decide with --conflict. `.SPEC.miro` beside the spec remembers the items:
    commit it."""
    console = Console(quiet=quiet, verbose=verbose)
    with faults_reported(console):
        data = spec_bytes(console, spec)
        drawn, renamed = _drawn(data, spec)
        if notation is not None:
            _print_drawing(data, spec, drawn, notation)
            return
        board = board or known_board(spec, data)
        if board is None:
            raise click.UsageError("Missing argument 'BOARD': where to draw it; or `--to` prints it.")
        notes = _notes(data, spec, report, project) if status or report else None
        pushing = _Push(console, spec, board, data.decode("utf-8", "replace"), drawn, renamed, notes)
        pushing.run(client_of(token_file, console.progress), prune=prune, dry_run=dry_run, conflict=conflict)


def _notes(data: bytes, spec: Path, report: Path | None, project: Path | None) -> list[Finding]:
    from erd2dbt.cli.board_status import broken

    return broken(data, spec, report, project)


def _drawn(data: bytes, spec: Path) -> tuple[SpecDrawing, dict[str, str]]:
    """Return the picture of a spec, and the old names of its boxes. The spec may have open decisions."""
    from erd2dbt.diagram.todos import todos
    from erd2dbt.explain.drawing import drawing, old_names
    from erd2dbt.explain.open_drawing import open_drawing
    from erd2dbt.pipelines.generation import chosen, plan

    erd = chosen(data, str(spec))
    if any(True for _ in todos(erd)):
        return open_drawing(erd), {}
    erd, planned = plan(data, str(spec))
    return drawing(erd, planned.plans), old_names(erd, planned.plans)


def known_board(spec: Path, data: bytes | None) -> str | None:
    """Return the board that the spec names, or the board of the last push. Raises ErdError E068."""
    from erd2dbt.miro.record import read_record, record_of
    from erd2dbt.read.spec.reader import read_spec

    named = None
    with suppress(ErdError):
        named = read_spec(data, str(spec)).board if data is not None else None
    return (named.board if named else "") or read_record(record_of(spec)).board or None


def _print_drawing(data: bytes, spec: Path, drawn: SpecDrawing, notation: str) -> None:
    """Print the drawing in a notation, and what this has no place for."""
    from erd2dbt.explain.drawn_formulas import omissions_of_drawing, with_formulas
    from erd2dbt.notate.dsl import dsl_text
    from erd2dbt.notate.mermaid import mermaid_text
    from erd2dbt.notate.omissions import TITLES, omissions
    from erd2dbt.notate.svg import svg_text
    from erd2dbt.pipelines.generation import chosen

    erd = chosen(data, str(spec))
    diagram = with_formulas(drawn, erd)
    mermaid = mermaid_text(diagram)
    texts = {
        "svg": lambda: svg_text(drawn.diagram, mermaid),
        "mermaid": lambda: mermaid,
        "dsl": lambda: dsl_text(diagram),
    }
    document(texts[notation]())
    text = "mermaid" if notation == "svg" else notation  # a picture carries its diagram as Mermaid
    say_omitted(omissions(diagram, text) | omissions_of_drawing(erd), f": {TITLES[notation]} has no place for them")


@dataclass(frozen=True, slots=True)
class _Push:
    """One push of a spec."""

    console: Console
    spec: Path
    board: str
    text: str
    drawn: SpecDrawing
    renamed: dict[str, str]
    notes: list[Finding] | None

    def run(self, client: Client, *, prune: bool, dry_run: bool, conflict: Side | None) -> None:
        from erd2dbt.miro.client import board_address
        from erd2dbt.miro.pushing import push as pushing
        from erd2dbt.miro.record import read_record, record_of, record_text
        from erd2dbt.miro.shapes import desired_board

        address = board_address(self.board)
        what = desired_board(self.drawn.diagram, self.drawn.names, self.drawn.links)
        with drawing_files(self.console, record_of(self.spec), dry_run=dry_run) as files:
            record = read_record(record_of(self.spec), address.board)

            def keep() -> None:
                record.spec = self.text
                files.write(record_text(record).encode())

            how: Any = {"renamed": self.renamed, "prune": prune, "dry_run": dry_run, "prefer": conflict}
            done = pushing(client, what, record, keep, **how)
            if done.waiting:
                self._refuse(done)
            if self.notes is not None and not dry_run:
                self._note(client, record, keep)
        self._report(done, client.spent, dry_run=dry_run)
        for name in what.unlisted:
            self.console.say(
                f"note     {name} is linked to itself: its row says it, as Miro has no line within one shape"
            )

    def _note(self, client: Client, record: Record, keep: Callable[[], None]) -> None:
        from erd2dbt.miro.notes import sync_notes

        assert self.notes is not None
        found = sync_notes(client, record, self.notes, keep)
        broken = len(self.notes)
        self.console.say(
            f"status   {plural(broken, 'broken claim')}: {plural(found.drawn, 'note')} drawn, {found.changed} changed, "
            f"{found.deleted} deleted"
        )
        for one in self.notes:
            if not one.box:
                self.console.say(f"status   {one.text}")

    def _refuse(self, done: Pushed) -> NoReturn:
        for edit in done.waiting:
            echo(f"edited   {edit.sentence}", err=True)
        echo(
            f"error: people changed {plural(len(done.waiting), 'item')} of the drawing; nothing was written\n"
            f"help: `erd2dbt pull -o {self.spec}` takes the changes into the spec\n"
            "help: `--conflict=ours` draws the spec over them, `--conflict=theirs` leaves them on the board",
            err=True,
        )
        sys.exit(DIFFERS)

    def _report(self, done: Pushed, spent: int, *, dry_run: bool) -> None:
        for step in done.steps if dry_run or self.console.verbose else ():
            self.console.say(_call(step))
        _say_done(self.console, done, spent, dry_run=dry_run)
        for name in done.left:
            self.console.say(f"left     {name} is no longer in the spec; --prune deletes it")
        for edit in done.kept:
            self.console.say(f"kept     {edit.sentence}")
        for name in done.added:
            self.console.say(f"added    box “{name}” was drawn by people; `erd2dbt pull` takes it into the spec")


def _call(step: Step) -> str:
    what = step.names[0] if len(step.names) == 1 else f"{len(step.names)} {step.kind}s"
    return f"{step.method:<8} {step.path}  {what}  {step.credits:,} credits"


def _say_done(console: Console, done: Pushed, spent: int, *, dry_run: bool) -> None:
    """Print `drew     1 frame, 10 shapes, 12 connectors`, by action."""
    words = {"draw": "drew", "change": "changed", "delete": "deleted"}
    for word, said in words.items():
        kinds: dict[str, int] = {}
        for step in done.steps:
            if step.word == word:
                kinds[step.kind] = kinds.get(step.kind, 0) + len(step.names)
        if kinds and not dry_run:
            console.say(f"{said:<8} {', '.join(plural(n, kind) for kind, n in kinds.items())}")
    if not done.steps:
        is_same = not done.kept and not done.added
        console.say(f"same     {'the board shows the spec' if is_same else 'nothing of ours has changed'}")
    cost = sum(step.credits for step in done.steps)
    if dry_run:
        console.say(f"would    cost {cost:,} credits in {plural(len(done.steps), 'call')}; Miro gives 100,000 a minute")
    else:
        console.say(f"spent    {spent:,} credits")


def client_of(token_file: Path | None, say: Callable[[str], None]) -> Client:
    """Return a client for the user's token. MIRO_API_URL is the address of a proxy for Miro's API."""
    from erd2dbt.miro.client import API, Client
    from erd2dbt.miro.token import find_token

    return Client(find_token(token_file, os.environ), os.environ.get("MIRO_API_URL") or API, say=say)
