"""The report for machines, and as the baseline of later reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.system.reading import read_whole
from erd2dbt.verify.verdict import ColumnFigures, LinkFigures, Proposal, Report, State, TableFigures, Verdict

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Taken = TypeVar("_Taken")
_Value = TypeVar("_Value", bound="DataclassInstance")


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
        "fixed": list(report.fixed),
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
    return _read_report(
        file, lambda data: frozenset(str(one["id"]) for one in data["claims"] if one["state"] == "broken")
    )


def read_report(file: Path) -> Report:
    """A report as `report_data` wrote it, without what a baseline knew. E714."""
    return _read_report(file, _report)


def _report(data: Any) -> Report:
    return Report(
        project=str(data["project"]),
        verdicts=tuple(_fields(Verdict, one, state=State(one["state"]), worst=_counted(one)) for one in data["claims"]),
        tables=tuple(
            _fields(TableFigures, one, columns=tuple(_fields(ColumnFigures, column) for column in one["columns"]))
            for one in data["tables"]
        ),
        links=tuple(_fields(LinkFigures, one) for one in data["links"]),
        notes=tuple(map(str, data["notes"])),
        seconds=float(data["seconds"]),
        sample=data["sample"],
        proposals=tuple(_fields(Proposal, one) for one in data["proposals"]),
    )


def _counted(verdict: Any) -> tuple[tuple[str, int], ...]:
    return tuple((str(one["key"]), int(one["rows"])) for one in verdict["worst"])


def _fields(kind: type[_Value], data: Any, **known: Any) -> _Value:
    """A value of the report from its own fields; lists become tuples."""
    found = {field.name: _tuples(data[field.name]) for field in fields(kind) if field.name in data}
    if data.get("place"):
        found["place"] = Span(**data["place"])
    return kind(**{**found, **known})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value


def _read_report(file: Path, take: Callable[[Any], _Taken]) -> _Taken:
    try:
        return take(json.loads(read_whole(file)))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    except (ValueError, LookupError, TypeError, AttributeError):
        reason = "it is not a report of `erd2dbt verify --format json`"
    fixes = (f"make it: `erd2dbt verify SPEC --format json -o {file}`",)
    raise ErdError([Diagnostic(code="E714", message=f"`{file}`: {reason}", fixes=fixes)])
