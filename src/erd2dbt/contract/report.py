"""Changes of what a diagram promises, told to people, machines, a pull request and GitHub's annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from erd2dbt.contract.change import Change, Meaning
from erd2dbt.escape.github_actions import Command, command
from erd2dbt.escape.markdown import cell, code, marked
from erd2dbt.pipelines.summary import Paint
from erd2dbt.write.faults import shown

_COLOURS = {Meaning.BREAKING: "31", Meaning.RISKY: "33", Meaning.ADDITIVE: "32", Meaning.DOCUMENTATION: "2"}
_WORDS = {Meaning.BREAKING: "error", Meaning.RISKY: "warning", Meaning.ADDITIVE: "notice"}
_MOST = 12  # names of what is reached, in words for people


def text_lines(changes: Sequence[Change], paint: Paint) -> Iterator[str]:
    """A line for each change with its place, a second one with what it reaches, and how many there are of each."""
    for one in changes:
        subject = f"{one.subject}  " if one.model else ""
        meaning = paint(f"{one.meaning:<14}", _COLOURS[one.meaning])
        yield f"{meaning}{shown(subject + one.what)}  ({shown(str(one.span))})"
        if one.reaches:
            yield f"{'':<14}downstream: {shown(_downstream_words(one))}"
    if changes:
        yield ""
    yield _counted(changes)


def data(changes: Sequence[Change]) -> dict[str, Any]:
    """`{counts: {breaking, …}, changes: [{meaning, model, column, what, reaches, file, line, column_number}]}`."""
    counts = Counter(one.meaning for one in changes)
    return {
        "counts": {str(meaning): counts[meaning] for meaning in Meaning},
        "changes": [
            {
                "meaning": str(one.meaning),
                "model": one.model or None,
                "column": one.column,
                "what": one.what,
                "reaches": list(one.reaches),
                "place": {"file": one.span.file, "line": one.span.line, "column": one.span.column},
            }
            for one in changes
        ],
    }


def markdown(changes: Sequence[Change], old: str, new: str) -> str:
    """A heading and a table, the gravest first."""
    lines = [f"### What {code(new)} changes against {code(old)}: {_counted(changes)}"]
    if changes:
        lines += ["", "| | what | change | downstream |", "|---|---|---|---|"]
    for one in changes:
        subject = code(one.subject) if one.model else "project"
        reached = ", ".join(code(name) for name in one.reaches[:_MOST]) + _and_more(one)
        lines.append(f"| {one.meaning} | {cell(subject)} | {cell(marked(one.what))} | {cell(reached)} |")
    return "\n".join([*lines, ""])


def commands(changes: Sequence[Change], new: str) -> Iterator[Command]:
    """Annotations of the new spec; what left the diagram is at its head. Documentation is not annotated."""
    for one in changes:
        if one.meaning in _WORDS:
            place = (one.span.line, one.span.column) if one.span.file == new else (1, 1)
            reached = f"; downstream: {_downstream_words(one)}" if one.reaches else ""
            title = f"{one.meaning}: {one.subject or 'project'}"
            yield command(_WORDS[one.meaning], new, place, title, f"{one.what}{reached}")


def _counted(changes: Sequence[Change]) -> str:
    counts = Counter(one.meaning for one in changes)
    return ", ".join(f"{counts[meaning]} {meaning}" for meaning in Meaning if counts[meaning]) or "nothing"


def _downstream_words(one: Change) -> str:
    return ", ".join(one.reaches[:_MOST]) + _and_more(one)


def _and_more(one: Change) -> str:
    return f" and {len(one.reaches) - _MOST} more" if len(one.reaches) > _MOST else ""
