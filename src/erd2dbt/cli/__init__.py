"""The command line: options in, one call, text out, an exit code. The only room that prints or exits."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from erd2dbt import __version__

# By what they are for: the module, its function, and the first line of its help, so that only the command that runs is
# imported.
TASKS = {
    "Start a spec": {
        "init": ("spec", "init", "Write a small example SPEC and its JSON Schema."),
        "import": ("importing", "import_", "Read a schema or diagram and write a spec for review."),
        "convert": ("converting", "convert", "Write entities and links in another notation."),
    },
    "Design and explain": {
        "check": ("spec", "check", "Prove every model and show all warnings; write nothing."),
        "suggest": ("spec", "suggest", "Print the models of a star schema, derived from SPEC."),
        "plan": ("explaining", "plan", "Show the implementation plan of SPEC and what is open."),
        "explain": ("explaining", "explain", "Explain a code, the grain of a model, or a column."),
        "claims": ("explaining", "claims", "List every claim of SPEC, its test and who relies on it."),
        "lineage": ("explaining", "lineage", "Show the upstream columns of every column."),
        "page": ("page", "page", "Write SPEC as one HTML page: diagrams, proofs, SQL, claims."),
    },
    "Generate and build": {
        "generate": ("project", "generate", "Write the dbt project of SPEC and compile it."),
        "diff": ("diff", "diff", "Compare a project with its SPEC, or two versions of a spec."),
        "build": ("project", "build", "Generate from SPEC, load its data and run `dbt build`."),
        "adopt": ("adopting", "adopt", "List descriptions in your own YAML files, or move them."),
    },
    "Look at data": {
        "verify": ("verifying", "verify", "Check every claim of SPEC against the data."),
        "preview": ("verifying", "preview", "Show the first rows of ENTITY's table, ordered by key."),
        "psql": ("project", "psql", "Open the engine's shell on the tables built in DIR, or run one query."),
    },
    "Miro": {
        "pull": ("miro", "pull", "Read a live Miro board and write a spec for review."),
        "push": ("miro", "push", "Draw SPEC on a Miro board, or update the drawing."),
    },
    "Editors and shells": {
        "lsp": ("lsp", "lsp", "Serve an editor over the Language Server Protocol."),
        "completion": ("completion", "completion", "Print the completion script of a shell."),
    },
}
COMMANDS = {name: where for commands in TASKS.values() for name, where in commands.items()}


class Commands(click.Group):
    """Commands that are imported when they run. Every exception in one becomes a message."""

    def make_context(self, *given: Any, **named: Any) -> click.Context:
        """Handle `--help` and `--version` before any command is invoked."""
        try:
            return super().make_context(*given, **named)
        except BrokenPipeError:  # a reader that has gone: click's own affair
            raise
        except OSError:
            from erd2dbt.cli.unexpected_errors import crashes_reported

            with crashes_reported():
                raise

    def invoke(self, ctx: click.Context) -> Any:
        from erd2dbt.cli.unexpected_errors import crashes_reported
        from erd2dbt.system.secrets import forget

        forget()
        with crashes_reported():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"erd2dbt.cli.{module}"), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a command as click does, and suggest a similar name, which some versions of click do not."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from erd2dbt.faults.diagnostics import did_you_mean

            fixes = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"There is no command `{args[0]}`{f': {fixes[0]}' if fixes else '.'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        widest = max(map(len, COMMANDS))
        for title, commands in TASKS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:{widest}}", said) for name, (_, _, said) in commands.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="erd2dbt")
def main() -> None:
    """Turn an approved entity-relationship diagram into a proved, tested and built dbt project."""
