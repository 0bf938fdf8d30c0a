"""A verdict for people at a terminal: each file with its fate and cause, then the unified diff."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.gate.verdict import Verdict
from erd2dbt.pipelines.summary import Paint, like_lines, plural
from erd2dbt.write.comparison import Comparison, Difference
from erd2dbt.write.faults import shown

_COLOURS = {"+": "32", "-": "31", "@": "36"}


def verdict_lines(verdict: Verdict, paint: Paint, *, brief: bool = False) -> Iterator[str]:
    """The whole text; `brief` leaves the diff out. Notes of edits that stay come before what is due."""
    if verdict.interrupted:
        yield f"note     {verdict.interrupted}"
    for one in verdict.comparison.differences:
        yield _line(verdict, one)
    likes = ((one.of, one.old, one.new, one.why) for one in verdict.comparison.likes)
    yield from map(shown, like_lines(likes, followed=verdict.comparison.is_followed))
    due = verdict.comparison.due
    if not brief and any(one.diff for one in due):
        yield ""
        yield from diff_lines(verdict.comparison, paint)
    if due:
        yield ""
        command = shown(verdict.fix_command)
        yield f"{shown(verdict.out)} is out of date: {plural(len(due), 'file')}; `{command}` writes them"
        if verdict.selected:
            models = " ".join(verdict.selected)
            yield f"then run `dbt build --select {models}`, or `--select state:modified+ --state DIR`"
    yield from verdict.notes
    for sentence in verdict.broken:
        yield f"broken   {shown(sentence)}"
    if not due and verdict.broken:
        yield f"{shown(verdict.out)} is up to date, but dbt cannot compile it"
    elif not due and not verdict.is_up_to_date:
        yield f"{shown(verdict.out)} is out of date; `{shown(verdict.fix_command)}` finishes it"
    elif not due:
        yield f"same     {shown(verdict.out)} is up to date"


def diff_lines(comparison: Comparison, paint: Paint) -> Iterator[str]:
    """The unified diff of each file that a run would change."""
    return (_painted(line, paint) for one in comparison.due for line in one.diff)


def _line(verdict: Verdict, one: Difference) -> str:
    return f"{one.change.fate:<8} {shown(one.change.path + one.change.moved)}  ({verdict.causes(one)})"


def _painted(line: str, paint: Paint) -> str:
    code = _COLOURS.get(line[:1])
    text = "\t".join(map(shown, line.split("\t")))
    if line.startswith(("---", "+++")):
        return paint(text, "1")
    return paint(text, code) if code else text
