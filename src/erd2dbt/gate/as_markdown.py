"""A verdict as a comment on a pull request; GitHub takes 65,536 characters, GitLab more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from erd2dbt.diagnostics import Diagnostic, as_text
from erd2dbt.gate.verdict import Verdict
from erd2dbt.report import plural
from erd2dbt.write.comparison import Difference
from erd2dbt.write.faults import shown

MOST = 60_000  # characters, so that what others add still fits
_FENCE = re.compile(r"`{3,}")


def verdict_markdown(verdict: Verdict) -> str:
    """A heading, a table of files with fate and cause, what to do, and the diffs, as many as fit."""
    due = verdict.comparison.due
    if not due:
        notes = _table(verdict, verdict.comparison.differences)
        return "\n".join([f"### ✅ {code(verdict.out)} is up to date with {code(verdict.spec)}", *notes, ""])
    head = [
        f"### ❌ {code(verdict.out)} is out of date: {plural(len(due), 'file')}",
        *_table(verdict, verdict.comparison.differences),
        "",
        f"Run {code(verdict.mend)} and commit what it writes.",
    ]
    if verdict.selected:
        head.append(f"What it changes builds with {code('dbt build --select ' + ' '.join(verdict.selected))}.")
    return "\n".join(_fitting([*head, ""], [list(_details(one)) for one in due if one.diff]))


def faults_markdown(faults: Iterable[Diagnostic], sources: Mapping[str, str], spec: str) -> str:
    """A heading and the faults as they stand in a terminal, as far as they fit."""
    lines = as_text(faults, sources)[:MOST].split("\n")
    return "\n".join([f"### ❌ {code(spec)} has faults", "", *_fenced(lines, "text"), ""])


def _fitting(head: list[str], parts: list[list[str]]) -> Iterator[str]:
    yield from head
    room = MOST - sum(len(line) + 1 for line in head)
    left = 0
    for part in parts:
        room -= sum(len(line) + 1 for line in part)
        if room < 0:
            left += 1
        else:
            yield from part
    if left:
        yield f"The diffs of {plural(left, 'file')} are left out here: they are too long."
        yield ""


def _table(verdict: Verdict, differences: tuple[Difference, ...]) -> Iterator[str]:
    if differences:
        yield from ("", "| file | fate | cause |", "|---|---|---|")
    for one in differences:
        yield f"| {cell(code(one.change.path))} | {one.change.fate} | {cell(plain(verdict.causes(one)))} |"


def _details(one: Difference) -> Iterator[str]:
    yield f"<details><summary>{_html(one.change.path)}</summary>"
    yield from ("", *_fenced(one.diff, "diff"), "", "</details>", "")


def _fenced(lines: Sequence[str], language: str) -> Iterator[str]:
    """Between fences that are longer than any in it."""
    fence = "`" * max([3, *(len(found) + 1 for line in lines for found in _FENCE.findall(line))])
    yield from (f"{fence}{language}", *lines, fence)


def code(text: str) -> str:
    """As code, whatever back-ticks it has."""
    text = shown(text)
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    tick, pad = "`" * (longest + 1), " " if longest else ""
    return f"{tick}{pad}{text}{pad}{tick}"


def plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#@])", r"\\\1", shown(text))


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def _html(text: str) -> str:
    return shown(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
