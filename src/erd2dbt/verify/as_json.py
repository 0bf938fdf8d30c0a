"""The report for machines, and as the baseline of later reports."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from erd2dbt.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.verify.verdict import LinkFigures, Report, Verdict


def report_data(report: Report) -> dict[str, Any]:
    """Plain data; claims in the order of the spec."""
    return {
        "project": report.project,
        "sample": report.sample,
        "seconds": round(report.seconds, 3),
        "claims": [_verdict(report, verdict) for verdict in report.verdicts],
        "links": [_link(link) for link in report.links],
        "tables": [asdict(figures) for figures in report.tables],
        "notes": list(report.notes),
        "proposals": [asdict(proposal) for proposal in report.proposals],
        "mended": list(report.mended),
    }


def _verdict(report: Report, verdict: Verdict) -> dict[str, Any]:
    worst = [{"key": key, "rows": count} for key, count in verdict.worst]
    new = verdict in report.new
    return {"id": verdict.id, **asdict(verdict), **_place(verdict.place), "worst": worst, "new": new}


def _link(link: LinkFigures) -> dict[str, Any]:
    return {**asdict(link), **_place(link.place), "observed": link.observed}


def _place(place: Span | None) -> dict[str, Any]:
    return {"place": {"file": place.file, "line": place.line, "column": place.column} if place else None}


def known_ids(file: Path) -> frozenset[str]:
    """The ids of what a report says is broken. E714."""
    try:
        claims = json.loads(file.read_text(encoding="utf-8"))["claims"]
        return frozenset(str(claim["id"]) for claim in claims if claim["state"] == "broken")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    except (ValueError, LookupError, TypeError):
        reason = "it is no report of `erd2dbt verify --format json`"
    fixes = (f"make it: `erd2dbt verify SPEC --format json -o {file}`",)
    raise ErdError([Diagnostic(code="E714", message=f"`{file}`: {reason}", fixes=fixes)])
