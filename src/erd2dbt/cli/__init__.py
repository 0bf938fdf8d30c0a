"""The command line: options in, one call, text out, an exit code. The only room that prints or exits."""

from __future__ import annotations

from typing import Any

import click

from erd2dbt import __version__
from erd2dbt.cli.accidents import faults_of_the_tool_told
from erd2dbt.cli.adopting import adopt
from erd2dbt.cli.comparing import diff
from erd2dbt.cli.completion import completion
from erd2dbt.cli.converting import convert
from erd2dbt.cli.explaining import claims, explain, lineage, plan
from erd2dbt.cli.importing import import_
from erd2dbt.cli.lsp import lsp
from erd2dbt.cli.miro import pull, push
from erd2dbt.cli.page import page
from erd2dbt.cli.project import build, generate, psql
from erd2dbt.cli.spec import check, init, suggest
from erd2dbt.cli.verifying import preview, verify
from erd2dbt.faults.diagnostics import did_you_mean
from erd2dbt.system.secrets import forget


class Commands(click.Group):
    """Commands by what they are for, in the order in which they are needed; every accident becomes a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        forget()
        with faults_of_the_tool_told():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, which does not know in every version what may have been meant."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            fixes = did_you_mean(args[0], self.commands)
            ctx.fail(f"There is no command `{args[0]}`{f': {fixes[0]}' if fixes else '.'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        widest = max(map(len, self.commands))
        for title, commands in TASKS.items():
            with formatter.section(title):
                rows = [(f"{command.name:{widest}}", command.get_short_help_str(200)) for command in commands]
                formatter.write_dl(rows)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="erd2dbt")
def main() -> None:
    """Turn an approved entity-relationship diagram into a proved, tested and built dbt project."""


TASKS = {
    "Start a spec": (init, import_, convert),
    "Design and explain": (check, suggest, plan, explain, claims, lineage, page),
    "Generate and build": (generate, diff, build, adopt),
    "Look at data": (verify, preview, psql),
    "Miro": (pull, push),
    "Editors and shells": (lsp, completion),
}
for command in (one for commands in TASKS.values() for one in commands):
    main.add_command(command)
