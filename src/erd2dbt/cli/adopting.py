"""`adopt`: lists descriptions in files of a project's owner, and moves them into generated files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from erd2dbt.cli.console import Console, faults_reported, read_bytes
from erd2dbt.cli.folder import folder_of
from erd2dbt.cli.generating import fresh
from erd2dbt.cli.options import SPEC, TEMPLATES

if TYPE_CHECKING:
    from erd2dbt.adopt.adoption import Adoption


@click.command()
@SPEC
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of the dbt project [default: the spec's `output:`, else its project name].")  # fmt: skip
@TEMPLATES
@click.option("--write", is_flag=True, help="Move these descriptions into the generated files.")
def adopt(*, spec: Path, output: Path | None, templates: Path | None, write: bool) -> None:
    """List descriptions in your own YAML files, or move them.

    Lists the sources and models of SPEC that YAML files of the project describe already. `generate` does not touch
    these files. With --write the descriptions move into the generated files, with their tests and comments. Where both
    say something, the text of the project wins."""
    console = Console()
    with faults_reported(console):
        from erd2dbt.adopt.adoption import adoption, carry_out
        from erd2dbt.write.changes import recover

        generated = fresh(Console(quiet=True), spec, read_bytes(console, spec), templates, output)
        out = folder_of(output, spec, generated.erd.settings.output or generated.erd.project)
        if recovered := recover(out):
            console.say(f"note     the last run was interrupted: {recovered}")
            generated = fresh(Console(quiet=True), spec, read_bytes(console, spec), templates, output)
        found = adoption(generated, out, templates)
        if write:
            carry_out(found, out)
        _report(console, found, done=write)


def _report(console: Console, found: Adoption, *, done: bool) -> None:
    for one in found.taken:
        console.say(f"{'adopted ' if done else 'adopt   '} {one.what}: {one.place} -> {one.path}")
    for one in found.left:
        console.say(f"left     {one.what}: {one.place} is within braces or uses an anchor; move it by hand")
    if not found.taken and not found.left:
        console.say("same     nothing of this spec is described in a file of someone else")
    elif found.taken and not done:
        console.say("\nrun with --write to move them")
