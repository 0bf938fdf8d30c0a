"""The report for a terminal: what is broken in full, then a line for each table, then the sum."""

from __future__ import annotations

from collections.abc import Iterator

from erd2dbt.faults.diagnostics import Diagnostic
from erd2dbt.pipelines.summary import plural, table
from erd2dbt.verify.verdict import KINDS, ColumnFigures, Report, State, Verdict

_HEADS = {"missing": "columns"}  # the table exists and has the columns of the diagram
CODES = {"missing": "E712", "type": "E713", "values": "E713"}


def faults(report: Report) -> tuple[Diagnostic, ...]:
    """Each broken claim with its place, its rows, what depends on it and what to do."""
    return tuple(_fault(report, verdict) for verdict in report.broken)


def _fault(report: Report, verdict: Verdict) -> Diagnostic:
    known = " (known from the baseline)" if verdict.id in report.known else ""
    why = f": {verdict.why}" if verdict.why else ""
    return Diagnostic(
        code=CODES.get(verdict.kind, "E711"),
        message=f"the data breaks `{verdict.text}`{why}{_share(verdict)}{known}",
        span=verdict.place,
        notes=tuple(_notes(verdict)),
        fixes=(verdict.fix,) if verdict.fix else (),
    )


def _share(verdict: Verdict) -> str:
    if not verdict.rows or verdict.unit != "row":
        return ""
    error = f" ± {verdict.error:.2%} (a sample)" if verdict.error is not None else ""
    return f" ({verdict.share:.2%} of {verdict.rows:,}{error})"


def _notes(verdict: Verdict) -> Iterator[str]:
    if verdict.worst:
        yield f"for example {worst(verdict)}"
    if verdict.links:
        yield f"declared by the link {' and '.join(f'`{link}`' for link in verdict.links)}"
    if verdict.item:
        yield f"item {verdict.item} of the Miro board"
    if verdict.models:
        yield f"models that depend on it: {', '.join(verdict.models)}"
    elif verdict.kind not in CODES:
        yield "no proof depends on it"


def worst(verdict: Verdict) -> str:
    """The keys with the most rows, with their numbers of rows if one has several."""
    counted = any(count > 1 for _, count in verdict.worst)
    return ", ".join(f"{key} ({plural(count, 'row')})" if counted else key for key, count in verdict.worst)


def length(column: ColumnFigures) -> str:
    """`3` or `3 to 17` characters; empty for what is not a text."""
    if column.shortest is None or column.longest is None:
        return ""
    return f"{column.shortest:,}" if column.shortest == column.longest else f"{column.shortest:,} to {column.longest:,}"


def summary(report: Report) -> Iterator[str]:
    """The table of tables, what could not be tested, what is worth a look, and the sum as the last line."""
    kinds = [kind for kind in KINDS if any(verdict.kind == kind for verdict in report.verdicts)]
    yield table(
        ["entity", "rows", *(_HEADS.get(kind, kind) for kind in kinds)],
        [[f.entity, f"{f.rows:,}", *(_cell(report, f.entity, kind) for kind in kinds)] for f in report.tables],
    )
    untested: dict[str, list[str]] = {}
    for verdict in report.verdicts:
        if verdict.state is State.UNTESTED:
            untested.setdefault(verdict.why, []).append(verdict.text)
    yield from (f"untested {why}: {'; '.join(texts)}" for why, texts in untested.items())
    yield from (f"look     {note}" for note in report.notes)
    yield from (f"fixed    {one}" for one in report.fixed)
    yield sum_line(report)


def _cell(report: Report, entity: str, kind: str) -> str:
    """`1 broken, 2 untested, 3 ok`."""
    found = [v.state for v in report.verdicts if v.entity == entity and v.kind == kind]
    if not found:
        return ""
    broken, untested = found.count(State.BROKEN), found.count(State.UNTESTED)
    words = [f"{broken} broken"] if broken else []
    words += [f"{untested} untested"] if untested else []
    held = len(found) - broken - untested
    words += [f"{held} ok"] if held else []
    return ", ".join(words)


def sum_line(report: Report) -> str:
    """`verified 61 claims on 4 tables, 22,727 rows: 60 hold, 1 broken; in 0.4 s`."""
    rows = sum(f.rows for f in report.tables)
    counts = [f"{report.of(State.HOLDS)} hold", f"{len(report.broken)} broken"]
    if report.known and len(report.new) < len(report.broken):
        counts[-1] += f" ({len(report.new)} new)"
    if report.of(State.UNTESTED):
        counts.append(f"{report.of(State.UNTESTED)} untested")
    looked = f"{plural(len(report.verdicts), 'claim')} on {plural(len(report.tables), 'table')}, {rows:,} rows"
    sample = f" (samples of {report.sample:,})" if report.sample is not None else ""
    return f"verified {looked}{sample}: {', '.join(counts)}; in {report.seconds:.1f} s"
