"""What was observed, put into the text of a spec as comments above the lines that claim otherwise; no claim changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from erd2dbt.verify.as_text import worst
from erd2dbt.verify.verdict import LinkFigures, Report, State, Verdict

_MARK = "# observed:"
_CAPS = re.compile(r"([|o{}]{2})(--|\.\.)([|o{}]{2})")
_EARLIER = re.compile(rf"^\s*{_MARK}.*$")


def annotated(text: str, report: Report) -> str:
    """The text with a comment above each broken claim, and without those of an earlier run."""
    lines = text.split("\n")
    remarks: dict[int, list[str]] = {}
    for verdict in report.broken:
        if verdict.place is not None:
            remarks.setdefault(verdict.place.line, []).extend(_remarks(report, verdict))
    written = []
    for number, line in enumerate(lines, start=1):
        if _EARLIER.match(line):
            continue
        indent, ending = line[: len(line) - len(line.lstrip())], "\r" if line.endswith("\r") else ""
        told = dict.fromkeys(map(_one_line, remarks.get(number, ())))
        written += [f"{indent}{_MARK} {remark}{ending}" for remark in told]
        written.append(line)
    return "\n".join(written)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _remarks(report: Report, verdict: Verdict) -> Iterator[str]:
    example = f", such as {worst(verdict)}" if verdict.worst else ""
    yield f"broken: {verdict.text}: {verdict.why}{example}"
    if proposal := proposed(report, verdict):
        yield f"proposal: {proposal}"


def proposed(report: Report, verdict: Verdict) -> str:
    """What the spec would have to say for the data to be right, and no more than is drawn; empty where only the rows
    can be fixed."""
    if verdict.kind == "values":
        more = ", ".join(key for key, _ in verdict.worst)
        return f"add {more} to `values` of {verdict.entity}.{verdict.columns[0]}, if these values are right"
    if verdict.kind == "type":
        return "`cast: true`" if verdict.unit == "column" else "`type: text`, and a computed column that reads it"
    if verdict.kind == "key":
        other = (one for one in report.proposals if one.kind == "key" and one.entity == verdict.entity)
        return next((f"`key: [{', '.join(one.columns)}]`, {one.evidence}" for one in other), "")
    drawn = next((link for link in report.links if link.text in verdict.links and link.place == verdict.place), None)
    if drawn is not None:
        return f"draw it as `{drawn.left} {relaxed(drawn)} {drawn.right}`, if the rows are right"
    if verdict.kind == "not_null":
        return f"remove `not_null` of {verdict.entity}.{verdict.columns[0]} if it may be NULL"
    if verdict.kind == "missing" and verdict.state is State.BROKEN:
        return verdict.fix
    return ""


def relaxed(link: LinkFigures) -> str:
    """The link as drawn, with as much left open as the data needs: what only happens to be so is not claimed."""
    drawn = _CAPS.search(link.text)
    observed = _CAPS.search(link.observed)
    if drawn is None or observed is None:
        return link.observed
    left, right = (_widest(drawn[place] + observed[place]) for place in (1, 3))
    return f"{'}' if left[1] else '|'}{left[0]}{drawn[2]}{right[0]}{'{' if right[1] else '|'}"


def _widest(signs: str) -> tuple[str, bool]:
    """Of the signs of two caps: whether none is possible, and whether many are."""
    return "o" if "o" in signs else "|", bool(set(signs) & set("{}"))
