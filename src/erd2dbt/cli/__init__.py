"""The command line: options in, one call, text out, an exit code. The only room that prints or exits."""

from __future__ import annotations

from typing import Any

import click

from erd2dbt import __version__
from erd2dbt.cli.accidents import faults_of_the_tool_told
from erd2dbt.cli.adopting import adopt
from erd2dbt.cli.comparing import diff
from erd2dbt.cli.converting import convert
from erd2dbt.cli.explaining import claims, explain, lineage, plan
from erd2dbt.cli.importing import import_
from erd2dbt.cli.lsp import lsp
from erd2dbt.cli.miro import pull, push
from erd2dbt.cli.page import page
from erd2dbt.cli.project import build, generate, psql
from erd2dbt.cli.spec import check, init, suggest
from erd2dbt.cli.verifying import preview, verify
from erd2dbt.system.secrets import forget


class Commands(click.Group):
    """Commands in the order in which they are needed; whatever happens in one, a sentence tells it."""

    def invoke(self, ctx: click.Context) -> Any:
        forget()
        with faults_of_the_tool_told():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="erd2dbt")
def main() -> None:
    """Turn an approved entity-relationship diagram into a proved, tested and built dbt project."""


COMMANDS = (
    import_, pull, convert, plan, suggest, verify, preview, generate, diff, build, adopt, push, check, explain, claims,
    lineage, page, init, psql, lsp,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)
