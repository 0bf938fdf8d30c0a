"""What a terminal draws, at any width and with or without colours, whatever the text; and what a pipe gets."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from erd2dbt.cli import drawing, output
from erd2dbt.cli.status import StatusLine
from erd2dbt.explain.tree import Branch
from erd2dbt.pipelines.summary import Paint, table
from erd2dbt.system import progress, secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Shop

PAINTED = re.compile(r"\x1b\[(?:0|[1-4]|3[1-6])(?:;(?:[1-4]|3[1-6]))*m")
HOSTILE = [
    "\x1b[2J",
    "\x1b[8mhidden",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\u202e",
    "\r",
    "a\nb",
    "[bold]x[/bold]",
    ":smile:",
]


def on_a_terminal(shop: Shop, width: int, *words: str, **more: str) -> str:
    """What is written to a terminal of this width, without its carriage returns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    with shop.start(*words, env={**environment, "TERM": "xterm", **more}, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        written = b""
        while chunk := _read(ours):
            written += chunk
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how Linux says that the other end is closed
        return b""


@pytest.mark.parametrize("width", [30, 60, 140])
def test_trees_fit_the_terminal(shop: Shop, width: int) -> None:
    drawn = on_a_terminal(shop, width, "explain", "customer_value.revenue", "shop.yml")
    plain = PAINTED.sub("", drawn)
    assert drawn != plain
    assert max(map(cell_len, plain.splitlines())) <= width
    assert "└── stg_orders.amount" in plain
    assert "    └── shop.orders.amount" in plain
    assert on_a_terminal(shop, width, "explain", "customer_value.revenue", "shop.yml", NO_COLOR="1") == plain


def test_sql_has_colours_and_stays_the_same_text(shop: Shop) -> None:
    drawn = on_a_terminal(shop, 100, "explain", "customer_value", "shop.yml")
    piped = shop.run("explain", "customer_value", "shop.yml").stdout
    assert PAINTED.sub("", drawn) == piped
    assert "\x1b[36mselect\x1b[0m" in drawn
    assert on_a_terminal(shop, 100, "explain", "customer_value", "shop.yml", NO_COLOR="1") == piped


@pytest.mark.parametrize("words", [("explain", "customer_value.revenue", "shop.yml"), ("claims", "shop.yml")], ids=str)
def test_a_pipe_and_a_terminal_that_can_nothing_get_plain_text(shop: Shop, words: tuple[str, ...]) -> None:
    piped = shop.run(*words).stdout
    assert "└" not in piped
    assert "\x1b" not in piped
    assert on_a_terminal(shop, 80, *words, TERM="dumb") == piped


@pytest.mark.parametrize(
    ("environment", "colored"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
    ids=str,
)
def test_colours_in_a_pipe(shop: Shop, environment: dict[str, str], colored: bool) -> None:
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE")}
    with shop.start(
        "check", "shop.yml", env={**clean, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        out, err = process.communicate()
    assert ("\x1b[32mread     \x1b[0m" in out) is colored
    assert ("\x1b[1;33mwarning" in err) is colored
    assert PAINTED.sub("", out + err).count("\x1b") == 0


def test_clicolor_switches_colours_off_on_a_terminal(shop: Shop) -> None:
    assert "\x1b" in on_a_terminal(shop, 80, "check", "shop.yml")
    assert "\x1b" not in on_a_terminal(shop, 80, "check", "shop.yml", CLICOLOR="0")


TEXTS = st.text(max_size=60) | st.sampled_from(HOSTILE)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=3), width=st.integers(20, 150), color=st.booleans())
@example(rows=[("\x1b[2J[red]" * 9, "x" * 300, "界" * 40)], width=20, color=True)
def test_no_text_steers_a_table_or_makes_it_too_wide(rows: list[tuple[str, ...]], width: int, color: bool) -> None:
    shown = drawing.table(table(["name", "count", "note"], rows))(width=width, color=color, encoding="utf-8")
    _is_inert(shown, width, color=color)


@given(labels=st.lists(TEXTS, max_size=4), width=st.integers(20, 150), color=st.booleans())
def test_no_text_steers_a_tree_or_makes_it_too_wide(labels: list[str], width: int, color: bool) -> None:
    branches = [Branch(label, label, [Branch(label)]) for label in labels]
    _is_inert(drawing.tree(branches)(width=width, color=color, encoding="utf-8"), width, color=color)


def _is_inert(shown: str, width: int, *, color: bool) -> None:
    plain = PAINTED.sub("", shown) if color else shown
    assert not [sign for sign in plain if sign != "\n" and not sign.isprintable() and sign.isascii()]
    assert "\x1b" not in plain
    assert "\u202e" not in plain
    assert max([0, *map(cell_len, plain.split("\n"))]) <= width


@given(text=st.text(max_size=80) | st.sampled_from(HOSTILE))
@example("select 'a' -- b\n\nfrom x where y = 1")
def test_coloured_sql_is_the_same_text(text: str) -> None:
    shown = PAINTED.sub("", drawing.sql_text(text.replace("\t", " ")))
    assert shown.split() == output.inert(text.replace("\t", " ")).split()


def test_words_between_brackets_are_words() -> None:
    grid = table(["column"], [["[bold]x[/bold]"], [":smile:"]])
    shown = drawing.table(grid)(width=80, color=True, encoding="utf-8")
    assert "[bold]x[/bold]" in shown
    assert ":smile:" in shown


def test_a_secret_that_a_cell_would_cut_is_hidden() -> None:
    secrets.remember("hunter2hunter2hunter2")
    try:
        grid = table(["name", "address"], [["a" * 30, "hunter2hunter2hunter2"], ["b", "postgresql://u:hunter2@h/d"]])
        for width in (20, 24, 40):
            shown = drawing.table(grid)(width=width, color=False, encoding="utf-8")
            assert "hunter2" not in "".join(shown.split())
            assert "***" in "".join(shown.split())
    finally:
        secrets.forget()


def test_a_terminal_without_these_signs_gets_others() -> None:
    grid = table(["name", "n"], [["a", 1], ["b", 20]])
    assert drawing.table(grid)(width=80, color=False, encoding="ascii").isascii()
    assert drawing.tree([Branch("a", inner=[Branch("b")])])(width=80, color=False, encoding="ascii").isascii()


def test_numbers_stand_to_the_right() -> None:
    shown = drawing.table(table(["name", "rows"], [["a", "1"], ["b", "1,000"]]))(
        width=80, color=False, encoding="utf-8"
    )
    assert [line.rstrip() for line in shown.splitlines()[2:]] == ["a          1", "b      1,000"]


def test_bold_lines_of_a_diff_are_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    output.echo(Paint(True)("--- a", "1") + "\x1b[8mhidden\x1b[0m")
    assert stream.getvalue() == "\x1b[1m--- a\x1b[0m\N{REPLACEMENT CHARACTER}[8mhidden\x1b[0m\n"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], tuple[Terminal, StatusLine]]]:
    """Makes standard error a terminal, from inside of a test: before that pytest has its own there."""
    made: list[StatusLine] = []
    monkeypatch.setattr("erd2dbt.cli.status.PATIENCE", 0.0)
    monkeypatch.setattr("erd2dbt.cli.status._BEAT", 0.01)
    monkeypatch.setattr(output, "width_of", lambda _: 80)
    monkeypatch.setenv("TERM", "xterm")

    def make() -> tuple[Terminal, StatusLine]:
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        made.append(StatusLine())
        progress.show_counts(made[-1])
        return stream, made[-1]

    yield make
    progress.show_counts(None)
    for one in made:
        one.stop()


def until(stream: Terminal, words: str) -> None:
    """Waits for what another thread draws."""
    for _ in range(1000):
        if words in stream.getvalue():
            return
        time.sleep(0.01)
    raise AssertionError(f"{words!r} is never drawn: {stream.getvalue()[-200:]!r}")


def test_a_count_is_a_bar_with_numbers_that_goes_when_it_ends(line: Callable[[], tuple[Terminal, StatusLine]]) -> None:
    stream, status = line()
    with progress.counted("checking", 4) as count:
        count.step()
        until(stream, "1/4")
        count.step(2)
        until(stream, "3/4")
        assert " 75%" in stream.getvalue()
        output.echo("meanwhile", err=True)
    with progress.counted("loading", 2_000_000, is_size=True) as count:
        count.step(500_000)
        until(stream, "0.5/2.0 MB")
    status.stop()
    shown = stream.getvalue()
    assert "\r\x1b[Kmeanwhile\n" in shown
    assert shown.endswith("\r\x1b[K")
    drawn = shown.replace("meanwhile\n", "")
    assert "\n" not in drawn
    assert all(part == "" or part.startswith("\r") for part in drawn.split("\x1b[K"))


def test_a_phase_is_shown_until_something_is_said(line: Callable[[], tuple[Terminal, StatusLine]]) -> None:
    stream, status = line()
    status.phase("dbt reads \x1b[2J the project")
    until(stream, "dbt reads \N{REPLACEMENT CHARACTER}[2J the project")
    status.said()
    until(stream, "\x1b[K\r\x1b[K")
    status.stop()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_quick_work_draws_nothing(
    line: Callable[[], tuple[Terminal, StatusLine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erd2dbt.cli.status.PATIENCE", 60.0)
    stream, status = line()
    for one in progress.counted_over("proving", ["a", "b"]):
        status.phase(one)
    status.stop()
    assert stream.getvalue() == ""


def test_counts_in_a_generator_that_is_left_end(line: Callable[[], tuple[Terminal, StatusLine]]) -> None:
    _, status = line()
    things = progress.counted_over("proving", ["a", "b", "c"])
    assert next(things) == "a"
    things.close()
    assert status._counts == []
