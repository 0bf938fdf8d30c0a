"""The report for a pull request or a wiki."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from erd2dbt.escape.markdown import cell, code, marked, text
from erd2dbt.verify.as_text import length, sum_line, worst
from erd2dbt.verify.verdict import LinkFigures, Report, State, TableFigures, Verdict


def report_markdown(report: Report) -> str:
    """Broken claims, links as observed, the profile of each table."""
    parts = [f"# {text(report.project)}: the diagram checked against the data", sum_line(report)]
    if report.broken:
        parts += ["## Broken", *map(_broken, report.broken)]
    if untested := [v for v in report.verdicts if v.state is State.UNTESTED]:
        parts += ["## Untested", "\n".join(f"* {text(v.text)}: {marked(v.why)}" for v in untested)]
    if report.fixed:
        parts += ["## Fixed since the baseline", "\n".join(f"* {text(one)}" for one in report.fixed)]
    if report.notes:
        parts += ["## Worth a look", "\n".join(f"* {marked(note)}" for note in report.notes)]
    if report.links:
        head = ["link", "observed", "values left", "values right", "in both"]
        parts += ["## Links", _table(head, map(_link, report.links))]
    parts += ["## Tables", *map(_profile, report.tables)]
    return "\n\n".join(parts) + "\n"


def _broken(verdict: Verdict) -> str:
    lines = [f"* **{text(verdict.text)}**: {marked(verdict.why)}"]
    if verdict.rows and verdict.unit == "row":
        lines[0] += f" ({verdict.share:.2%} of {verdict.rows:,})"
    lines += [f"  * for example {text(worst(verdict))}"] if verdict.worst else []
    lines += [f"  * models that depend on it: {', '.join(map(code, verdict.models))}"] if verdict.models else []
    lines += [f"  * declared by the link {' and '.join(map(code, verdict.links))}"] if verdict.links else []
    lines += [f"  * item {text(verdict.item)} of the Miro board"] if verdict.item else []
    lines += [f"  * {marked(verdict.fix)} ({code(str(verdict.place))})"] if verdict.fix else []
    return "\n".join(lines)


def _link(link: LinkFigures) -> list[str]:
    counts = (link.left_values, link.right_values, link.shared)
    return [code(link.text), code(link.observed), *(f"{count:,}" for count in counts)]


def _profile(figures: TableFigures) -> str:
    head = ["column", "type", "empty", "distinct", "length", "least", "greatest", "most frequent"]
    return f"### {text(figures.entity)} ({figures.rows:,} rows)\n\n{_table(head, _columns(figures))}"


def _columns(figures: TableFigures) -> Iterator[list[str]]:
    for column in figures.columns:
        empty = 1 - column.filled / figures.rows if figures.rows else 0.0
        top = text(", ".join(f"{value} ({count:,})" for value, count in column.top[:3]))
        counts = [f"{empty:.1%}", f"{column.distinct:,}", length(column)]
        named = [text(column.name), text(column.type), *counts]
        yield [*named, text(column.low or ""), text(column.high or ""), top]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)
