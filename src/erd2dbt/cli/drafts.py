"""What `import` and `pull` share: a drafted spec is written, or merged into the one that people edited meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erd2dbt.cli.console import DIFFERS, Console
from erd2dbt.cli.output import document, echo
from erd2dbt.cli.sources import listed, may_go_on, unselected
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines import summary

if TYPE_CHECKING:
    from erd2dbt.diagram.drawing import Diagram
    from erd2dbt.write.merging.values import Side

_SIDES: dict[str | None, Side] = {"ours": "generated", "theirs": "yours"}


def drafting(function: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that writes a draft."""
    for option in reversed(
        (
            click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False),
                         help="The spec to write. An existing spec is merged [default: standard output]."),
            click.option("--force", is_flag=True, help="Overwrite an existing spec, manual edits included."),
            click.option("--conflict", type=click.Choice(["markers", "ours", "theirs"]),
                         help="Where you and the diagram changed the same thing: write both between markers, the "
                         "text of the diagram (ours), or your text (theirs) [default: nothing is written]."),
            click.option("--allow-unread", is_flag=True,
                         help="Go on without what could not be read. It is listed in the spec."),
            click.option("-q", "--quiet", is_flag=True, help="Print only faults."),
            click.option("-v", "--verbose", is_flag=True, help="List what was ignored, too."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def deliver(
    console: Console,
    read: Diagram,
    text: str,
    output: Path | None,
    *,
    force: bool,
    conflict: str | None,
    allow_unread: bool,
) -> None:
    """Says what was drafted, and writes it; exits with 1 when something is in the way."""
    from erd2dbt.pipelines.drafting import draft_lines

    if output is not None and output.exists() and not force:
        _check_memory(output)
    if console.verbose:
        listed("left     ", [one.sentence for one in read.seen if not one.unread])
    if not may_go_on(read, allow_unread=allow_unread):
        sys.exit(DIFFERS)
    for line in draft_lines(read, text, str(output or "SPEC")):
        console.say(line)
    if output is None:
        document(text)
    elif force or not output.exists():
        _write(output, text, text)
        console.say(f"wrote    {output}")
    else:
        _merge(console, output, text, conflict)


def drafted_before(console: Console, output: Path | None) -> str | None:
    """What was drafted into this spec the last time, where that is remembered."""
    from erd2dbt.cli.console import read_bytes
    from erd2dbt.pipelines.redrafting import memory_of
    from erd2dbt.read.yaml.source import decode

    if output is None or not output.exists() or not (memory := memory_of(output)).is_file():
        return None
    return decode(read_bytes(console, memory), str(memory))


def _check_memory(output: Path) -> None:
    """Nothing can be merged with a spec of which nobody knows what in it was drafted."""
    from erd2dbt.pipelines.redrafting import memory_of

    if not (memory := memory_of(output)).is_file():
        echo(
            f"error: `{output}` already exists, and `{memory.name}`, its last generated version, does not; "
            "nothing was written (--force overwrites the spec)",
            err=True,
        )
        sys.exit(DIFFERS)


def _merge(console: Console, output: Path, text: str, conflict: str | None) -> None:
    """The draft goes into the spec that is there; what was drafted the last time tells what people wrote."""
    from erd2dbt.cli.console import read_bytes
    from erd2dbt.pipelines.redrafting import check_readable, conflict_faults, memory_of, redraft
    from erd2dbt.read.yaml.source import decode

    files = (memory_of(output), output)
    before, spec = (decode(read_bytes(console, file), str(file)) for file in files)
    _refuse_smaller(before, output)
    check_readable(spec, str(output))
    merged = redraft(before, spec, text, prefer=_SIDES.get(conflict))
    if merged.conflicts and conflict is None:
        console.tell(conflict_faults(merged, str(output)))
        echo("\nnothing was written", err=True)
        sys.exit(DIFFERS)
    for old, new in merged.renamed:
        console.say(f"renamed  {old} is {new} now")
    for name in merged.gone:
        console.say(f"removed  {name} is no longer drawn")
    for name in merged.kept:
        console.say(f"kept     {name} is no longer drawn, but people have worked on it")
    for name in merged.missed:
        console.say(f"missed   {name} has changed in the diagram, and the spec has nothing of that name")
    if merged.text == spec and before == text:
        console.say(f"same     {output}")
        return
    _write(output, merged.text, text)
    console.say(f"merged   {output}" if merged.text != spec else f"same     {output}")
    if merged.conflicts and conflict == "markers":
        console.tell(conflict_faults(merged, str(output)))
        sys.exit(DIFFERS)


def _refuse_smaller(before: str, output: Path) -> None:
    """What is not selected is still drawn: it must not leave the spec as if it were gone."""
    from erd2dbt.read.spec.reader import read_spec

    if not (left := unselected()):
        return
    there = [entity.name for entity in read_spec(before.encode(), str(output)).entities if entity.name in left]
    if there:
        echo(
            f"error: `{output}` has {summary.shown(there)}, which this selection excludes; nothing was written "
            "(name another spec, or --force)",
            err=True,
        )
        sys.exit(DIFFERS)


def make_folder(output: Path) -> None:
    """The folder that a file is to stand in. ErdError E803."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ErdError([Diagnostic(code="E803", message=f"cannot write `{output}`: {reason}")]) from None


def write_text(output: Path, text: str) -> None:
    """The file, with the folders above it; as it was where it holds that text already. ErdError E803."""
    from erd2dbt.write.files import replace_file

    make_folder(output)
    try:
        is_there = output.is_file() and output.read_bytes() == text.encode()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ErdError([Diagnostic(code="E803", message=f"cannot write `{output}`: {reason}")]) from None
    if not is_there:
        replace_file(str(output), text.encode())


def _write(output: Path, spec: str, draft: str) -> None:
    """Killed between the two, the next run comes to the same: a draft that is remembered too late is merged once more,
    and a new spec whose draft is remembered already is written once more."""
    from erd2dbt.pipelines.redrafting import memory_of

    make_folder(output)
    files = [(output, spec), (memory_of(output), draft)]
    for place, text in files if output.exists() else reversed(files):
        write_text(place, text)
