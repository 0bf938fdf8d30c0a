"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from erd2dbt.cli.engines import ENGINE
from erd2dbt.cli.sources import Source, remember_inferring

TEMPLATES = click.option(
    "--templates", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of your own templates. They replace built-in templates of the same name.",
)  # fmt: skip
RENAMES = click.option(
    "--renames", is_flag=True, help="Follow likely renames, too: one name is gone and a similar one is new."
)
SPEC = click.argument("spec", type=Source())
INFER = click.option(
    "--infer-keys", is_flag=True, expose_value=False, callback=remember_inferring,
    help="Where SPEC is a diagram or a database: propose undeclared keys and links from names, and from rows if "
    "there is data.",
)  # fmt: skip


def completing(names: str) -> Callable[[click.Context, click.Parameter, str], list[Any]]:
    """Return the shell completion of an argument: `explained`, `models` or `entities`."""

    def found(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from erd2dbt.cli import completion

        offered: list[Any] = getattr(completion, names)(ctx, param, incomplete)
        return offered

    return found


def common(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(
        (
            click.option("-q", "--quiet", is_flag=True, help="Print only faults."),
            click.option("-v", "--verbose", is_flag=True, help="Print warnings and notes in full, and every phase."),
            click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
                         help="How faults and results are printed."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def writing(function: Callable[..., None]) -> Callable[..., None]:
    folder = click.Path(path_type=Path, file_okay=False)
    for option in reversed(
        (
            click.option("-o", "--output", type=folder, help="Folder of the dbt project [default: the spec's "
                         "`output:`, else its project name]."),
            click.option("--force", is_flag=True, help="Overwrite files that were edited by hand or not generated."),
            click.option("--conflict", type=click.Choice(["markers", "ours", "theirs"]),
                         help="Where you and the spec changed the same thing: write both between markers, the "
                         "generated text (ours), or your text (theirs) [default: nothing is written]."),
            RENAMES,
            TEMPLATES,
            ENGINE,
            click.option("--target", help="Target of a profile: a database of your own instead of the embedded one."),
            click.option("--profiles-dir", type=click.Path(path_type=Path, file_okay=False, exists=True),
                         help="Folder of the profiles.yml to use instead of the embedded database."),
        )
    ):  # fmt: skip
        function = option(function)
    return function
