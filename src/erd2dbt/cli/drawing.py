"""The seam to rich: tables, trees, coloured SQL and progress bars, as lines of text for a terminal.

Every text is escaped and loses its secrets before the layout: a secret that is split between lines cannot be found.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.color import ColorSystem
from rich.console import Console, Group, RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.table import Column, Table
from rich.text import Text
from rich.tree import Tree

from erd2dbt.escape.terminal import inert
from erd2dbt.system.secrets import scrubbed

if TYPE_CHECKING:
    from erd2dbt.explain.tree import Branch
    from erd2dbt.pipelines.summary import Grid

_NARROW = 60  # columns of a terminal below which a bar has no time left to show
_THEME = ANSISyntaxTheme(
    {
        ("Keyword",): Style(color="cyan"),
        ("Name", "Builtin"): Style(color="cyan"),
        ("Literal", "String"): Style(color="green"),
        ("Literal", "Number"): Style(color="magenta"),
        ("Comment",): Style(dim=True),
    }
)


class _Sink(io.StringIO):
    """A stream that discards its text. It gives the encoding of the terminal."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


def lines_of(drawing: RenderableType, *, width: int, color: bool, encoding: str) -> str:
    """Return the lines of a drawing, at most as wide as the terminal. Only colours and emphasis are control
    sequences."""
    console = Console(
        file=_Sink(encoding), width=width, force_terminal=True, color_system="standard" if color else None,
        no_color=not color, markup=False, highlight=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    lines = []
    for line in console.render_lines(drawing, console.options, pad=False):
        shown = [(inert(one.text), one.style) for one in line if not one.control]
        if shown:
            shown[-1] = (shown[-1][0].rstrip(), shown[-1][1])
        lines.append("".join(_painted(text, style if color else None) for text, style in shown))
    return "\n".join(line.rstrip() for line in lines)


def _painted(text: str, style: Style | None) -> str:
    return style.render(text, color_system=ColorSystem.STANDARD) if style and text else text


def said(text: object, style: str = "") -> Text:
    """Return text from any source, escaped."""
    return Text(inert(scrubbed(str(text))), style=style, overflow="fold")


def table(grid: Grid) -> Drawn:
    """Return cells in columns, numbers right-aligned. If columns would be too narrow, each row is a block of lines."""
    drawn = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
    for name, is_number in zip(grid.columns, grid.numeric, strict=True):
        drawn.add_column(said(name), justify="right" if is_number else "left", min_width=min(len(name), 8))
    for row in grid.rows:
        drawn.add_row(*(said("" if cell is None else cell) for cell in row))
    return Drawn(_Fitting(drawn, grid))


class _Fitting:
    """A table if each column has enough space, otherwise a block of lines for each row."""

    def __init__(self, drawn: Table, grid: Grid) -> None:
        self.drawn, self.grid = drawn, grid

    def __rich_console__(self, console: Console, options: object) -> Iterable[RenderableType]:
        room = console.width
        needed = sum(min(len(str(name)), 8) + 2 for name in self.grid.columns)
        if needed <= room:
            yield self.drawn
            return
        widest = max(map(len, self.grid.columns))
        for number, row in enumerate(self.grid.rows, 1):
            yield said(f"-- row {number}", "dim")
            for name, cell in zip(self.grid.columns, row, strict=True):
                yield Text.assemble(said(f"{name:<{widest}}  ", "bold"), said("" if cell is None else cell))


def tree(branches: Sequence[Branch]) -> Drawn:
    """Return a tree with nested branches."""
    return Drawn(Group(*(_tree(one) for one in branches)))


def _tree(branch: Branch, into: Tree | None = None) -> Tree:
    label = Text.assemble(said(branch.label, "bold" if into is None else ""), said(branch.note, "dim"))
    drawn = Tree(label, guide_style="dim") if into is None else into.add(label)
    for one in branch.inner:
        _tree(one, drawn)
    return drawn


def sql_text(text: str) -> str:
    """Return coloured SQL as text, with the same lines."""
    syntax = Syntax("", "postgres", theme=_THEME)
    shown = syntax.highlight(inert(scrubbed(text)))
    lines = shown.split("\n", allow_blank=True)
    if not text.endswith("\n") and lines and not lines[-1].plain:
        lines.pop()
    drawn = Group(*(Text.assemble(line, no_wrap=True, overflow="ignore") for line in lines))
    return lines_of(drawn, width=100_000, color=True, encoding="utf-8")


class Bar:
    """Show one of several counts, with the estimated remaining time."""

    def __init__(self, title: str, total: float | None, *, is_size: bool) -> None:
        self._made = Progress(auto_refresh=False)
        self._task = self._made.add_task(title, total=total)
        self._is_size = is_size

    def show(self, done: float, total: float | None) -> None:
        self._made.update(self._task, completed=done, total=total)

    def lines(self, *, width: int, color: bool, encoding: str) -> str:
        """The bar as one line."""
        columns: list[ProgressColumn] = [
            TextColumn("{task.description:<8}", table_column=Column(no_wrap=True), markup=False),
            BarColumn(bar_width=min(30, max(6, width // 4)), complete_style="green", finished_style="green"),
            DownloadColumn() if self._is_size else MofNCompleteColumn(),
        ]
        if width >= _NARROW:
            columns += [TaskProgressColumn(), TimeRemainingColumn()]
        self._made.columns = tuple(columns)
        table = self._made.make_tasks_table(self._made.tasks)
        return lines_of(table, width=width, color=color, encoding=encoding)


def phase_line(line: str) -> Drawn:
    """Return a phase on one line, cut at the terminal's width."""
    text = said(line)
    text.no_wrap, text.overflow = True, "ellipsis"
    return Drawn(text)


class Drawn:
    """A drawing whose lines are made when the width is known."""

    def __init__(self, drawing: RenderableType) -> None:
        self.drawing = drawing

    def __call__(self, *, width: int, color: bool, encoding: str) -> str:
        return lines_of(self.drawing, width=width, color=color, encoding=encoding)
