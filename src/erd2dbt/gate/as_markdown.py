"""A verdict as a comment on a pull request; GitHub takes 65,536 characters, GitLab more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from erd2dbt.escape.markdown import cell, code, fenced, in_html, marked, text
from erd2dbt.escape.terminal import inert
from erd2dbt.faults.diagnostics import Diagnostic, as_text
from erd2dbt.gate.verdict import Verdict
from erd2dbt.pipelines.summary import like_lines, plural
from erd2dbt.write.comparison import Difference

MOST = 60_000  # characters, so that what others add still fits


def verdict_markdown(verdict: Verdict) -> str:
    """A heading, a table of files with fate and cause, what to do, and the diffs, as many as fit."""
    due = verdict.comparison.due
    notes = [*_interrupted(verdict), *_table(verdict, verdict.comparison.differences)]
    if verdict.is_up_to_date:
        return "\n".join([f"### ✅ {code(verdict.out)} is up to date with {code(verdict.spec)}", *notes, ""])
    is_due = due or not verdict.broken
    what = "is out of date" if is_due else "cannot be compiled"
    head = [
        f"### ❌ {code(verdict.out)} {what}" + (f": {plural(len(due), 'file')}" if due else ""),
        *notes,
        *_likes(verdict),
        *(line for sentence in verdict.broken for line in ("", marked(f"{sentence}."))),
    ]
    if not is_due:
        return "\n".join([*head, ""])
    head += [
        "",
        f"Run {code(verdict.fix_command)} and commit what it writes.",
    ]
    if verdict.selected:
        head.append(f"What it changes builds with {code('dbt build --select ' + ' '.join(verdict.selected))}.")
    return "\n".join(_fitting([*head, ""], [list(_details(one)) for one in due if one.diff]))


def faults_markdown(faults: Iterable[Diagnostic], sources: Mapping[str, str], spec: str) -> str:
    """A heading and the faults as they are in a terminal, as far as they fit."""
    lines = as_text(faults, sources)[:MOST].split("\n")
    return "\n".join([f"### ❌ {code(spec)} has faults", "", *fenced(lines, "text"), ""])


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
        yield f"The diffs of {plural(left, 'file')} are omitted here: they are too long."
        yield ""


def _interrupted(verdict: Verdict) -> Iterator[str]:
    if verdict.interrupted:
        yield from ("", marked(verdict.interrupted.capitalize() + "."))


def _table(verdict: Verdict, differences: tuple[Difference, ...]) -> Iterator[str]:
    if differences:
        yield from ("", "| file | change | cause |", "|---|---|---|")
    for one in differences:
        moved = f" (renamed from {code(one.change.place)})" if one.change.origin else ""
        yield f"| {cell(code(one.change.path) + moved)} | {one.change.fate} | {cell(text(verdict.causes(one)))} |"


def _likes(verdict: Verdict) -> Iterator[str]:
    likes = [(one.of, one.old, one.new, one.why) for one in verdict.comparison.likes]
    if likes:
        yield ""
        yield from (f"* {marked(said)}" for said in like_lines(likes, followed=verdict.comparison.is_followed))


def _details(one: Difference) -> Iterator[str]:
    yield f"<details><summary>{in_html(one.change.path)}</summary>"
    yield from ("", *fenced(list(map(inert, one.diff)), "diff"), "", "</details>", "")
