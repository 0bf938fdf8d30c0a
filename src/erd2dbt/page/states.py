"""The claims of a project with what was last found of each: by `verify`, or by the tests of a dbt run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erd2dbt.explain.claims import ExplainedClaim
from erd2dbt.page.values import PageClaim
from erd2dbt.system.reading import read_regular
from erd2dbt.verify.as_text import worst
from erd2dbt.verify.verdict import Report, State, Verdict

_RAN = ("build", "test")  # commands of dbt that run tests
_STATES = {"pass": State.HOLDS, "fail": State.BROKEN, "warn": State.BROKEN}


@dataclass(frozen=True, slots=True)
class Ran:
    """Tests of the last dbt run by name: its status and its message. `origin` names the run for people."""

    origin: str
    tests: Mapping[str, tuple[str, str]]


def last_run(folder: Path) -> Ran | None:
    """What `dbt build` or `dbt test` left in the project's `target/`; None where no such run can be read."""
    file = folder / "target" / "run_results.json"
    try:
        found: Any = json.loads(read_regular(file))
        if found["args"]["which"] not in _RAN:
            return None
        nodes = [(node["unique_id"].split("."), node) for node in found["results"]]
        tests = {
            words[2]: (str(node["status"]), str(node.get("message") or ""))
            for words, node in nodes
            if words[0] == "test"
        }
        time = str(found["metadata"]["generated_at"])[:16].replace("T", " ")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return Ran(f"dbt {found['args']['which']} of {time} UTC", tests)


def page_claims(
    told: Iterable[ExplainedClaim], models: Mapping[str, str], report: Report | None, run: Ran | None
) -> Iterator[PageClaim]:
    """All claims, then what `verify` checked beside them. `models`: relation -> dbt model."""
    verdicts = {verdict.text: verdict for verdict in report.verdicts} if report is not None else {}
    for one in told:
        verdict = verdicts.pop(one.claim.text, None)
        key = models.get(one.claim.relation, "")
        if verdict is not None:
            yield _judged(verdict, key, one.test)
            continue
        state, why = _tested(one.test, run)
        relied = (*one.reliance.rows, *one.reliance.filled, *one.reliance.values)
        yield PageClaim(
            text=one.claim.text,
            kind=str(one.claim.kind),
            model=key,
            state=state,
            place=str(one.claim.span or ""),
            test=one.test,
            links=one.links,
            relied_on_by=tuple(dict.fromkeys(relied)),
            why=why,
        )
    yield from (_judged(verdict, models.get(verdict.entity, ""), None) for verdict in verdicts.values())


def worst_of(states: Iterable[str]) -> str:
    """Of several: broken if one is, else `holds` if one holds, else untested."""
    found = set(states)
    return next((str(state) for state in (State.BROKEN, State.HOLDS, State.UNTESTED) if str(state) in found), "")


def _tested(test: str | None, run: Ran | None) -> tuple[str, str]:
    if run is None:
        return "", ""
    status, message = run.tests.get(test or "", ("", ""))
    state = _STATES.get(status, State.UNTESTED)
    return str(state), message if state is State.BROKEN or status == "error" else ""


def _judged(verdict: Verdict, key: str, test: str | None) -> PageClaim:
    share = (
        f" ({verdict.share:.2%})" if verdict.why and verdict.rows and verdict.unit == "row" and verdict.found else ""
    )
    return PageClaim(
        text=verdict.text,
        kind=verdict.kind,
        model=key,
        state=str(verdict.state),
        place=str(verdict.place or ""),
        test=test,
        links=verdict.links,
        relied_on_by=verdict.models,
        why=f"{verdict.why}{share}",
        worst=worst(verdict) if verdict.worst else "",
        fix=verdict.fix if verdict.state is State.BROKEN else "",
        item=verdict.item,
    )
