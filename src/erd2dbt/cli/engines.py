"""The engine of a command: from `--engine`, the spec's `engine:`, the last run, or PostgreSQL, in this order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erd2dbt.engines.names import DEFAULT_NAME, NAMES

if TYPE_CHECKING:
    from erd2dbt.diagram.erd import Erd
    from erd2dbt.engines.engine import Engine

_SAID = "erd2dbt.engine"


def _remember(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    del param
    ctx.meta[_SAID] = value


ENGINE = click.option(
    "--engine", type=click.Choice(NAMES), expose_value=False, callback=_remember,
    help="The warehouse that the project is for [default: the spec's `engine:`, else as in the last run, else "
    f"{DEFAULT_NAME}].",
)  # fmt: skip


def engine_option() -> str | None:
    """Return the value of `--engine`."""
    found: str | None = click.get_current_context().meta.get(_SAID)
    return found


def last_engine(out: Path) -> str | None:
    """Return the engine of the last run into a folder; None if there was none."""
    from erd2dbt.write.lock import made_by

    found = made_by(str(out))[2]
    return (found if found in NAMES else DEFAULT_NAME) if found is not None else None


def engine_chooser(spec: Path, output: Path | None = None) -> Callable[[Erd], Engine]:
    """Return a function that chooses the engine of a diagram from `spec` for `output`."""
    option = engine_option()

    def chosen(erd: Erd) -> Engine:
        from erd2dbt.cli.folder import folder_of
        from erd2dbt.engines.registry import engine_of

        name = option or erd.settings.engine
        return engine_of(name or last_engine(folder_of(output, spec, erd.settings.output or erd.project)))

    return chosen
