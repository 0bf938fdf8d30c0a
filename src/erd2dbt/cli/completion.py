"""Completion in shells: the script that `completion` prints, and the names that a shell requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from erd2dbt.cli.output import document
from erd2dbt.system.reading import read_regular

if TYPE_CHECKING:
    from erd2dbt.lsp.outline import Outline

SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_ERD2DBT_COMPLETE"
_SAFE = re.compile(r"[\w.]+")  # what a shell takes as it is; another name is typed by hand


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash: eval "$(erd2dbt completion bash)"              in ~/.bashrc
    zsh:  eval "$(erd2dbt completion zsh)"               in ~/.zshrc, below compinit
    fish: erd2dbt completion fish > ~/.config/fish/completions/erd2dbt.fish"""
    found = get_completion_class(shell)
    assert found is not None, "click knows these shells"
    script = found(ctx.find_root().command, {}, "erd2dbt", _VARIABLE)
    document(script.source_template % script.source_vars())


def explained(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a code, a model, or `model.column`."""
    del param
    from erd2dbt.faults.codes import CODES

    if "." in incomplete:
        columns = (f"{model}.{column}" for found in _outlines(ctx) for model, column in _columns(found))
        return _items(columns, incomplete)
    return _items((*CODES, *(name for found in _outlines(ctx) for name in found.models)), incomplete)


def models(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    del param
    return _items((name for found in _outlines(ctx) for name in found.models), incomplete)


def entities(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    del param
    return _items((name for found in _outlines(ctx) for name in found.entities), incomplete)


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and _SAFE.fullmatch(name)]


def _columns(found: Outline) -> Iterator[tuple[str, str]]:
    from erd2dbt.lsp.symbols import columns_of

    yield from ((model, column) for model in found.models for column in columns_of(found, model))


def _outlines(ctx: click.Context) -> Iterator[Outline]:
    """Yield the outlines of the typed spec, otherwise of the specs in this folder. Unreadable files are skipped."""
    from erd2dbt.lsp.analysis import is_spec
    from erd2dbt.lsp.outline import outline

    typed: Any = ctx.params.get("spec")
    for file in [Path(typed)] if typed else sorted(Path().glob("*.y*ml")):
        try:
            text = read_regular(file).decode("utf-8", "replace")
        except OSError:
            continue
        found = outline(text, str(file)) if is_spec(text) else None
        if found is not None:
            yield found
