"""Converts dbt's failures to faults in the spec: the model or test, the database's message, the number of rows."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from erd2dbt.run.dbt import DbtRun, NodeResult

# "Database Error in model x (models/x.sql)"
_HEADLINE = re.compile(r"\s*[A-Z]\w*(?: \w+)? Error(?: in .*)?$")
_COMPILED = "compiled code at "
# Of Spark: the text of Python's bridge to Java before the name of the error, and Java's stack after it.
_BRIDGE = re.compile(r"\s*An error occurred while calling \w+\.\w+\.\s*: (?:[^\n]*?(?=\[[A-Z_.]+\]))?")
_STACK = re.compile(r"^\s*at [\w.$/]+\(.*$", re.MULTILINE)
_CANNOT = {"model": "cannot be built", "seed": "cannot be loaded"}
_FINE = {"success", "pass", "warn", "skipped", "no-op"}
_MENTION = re.compile(r"(?:model|test|unit_test|source|snapshot|seed)\.\w+\.(\w+)|([\w-]+)\.(?:sql|ya?ml)\b")


def faults(
    run: DbtRun, places: Mapping[str, Span], reasons: Mapping[str, Sequence[str]] | None = None
) -> tuple[Diagnostic, ...]:
    """Return E706 for each failed test and E705 for other failures. Nodes that dbt skipped are not reported.

    `places`: keyed by unique id, test name or model name; a test falls back on its model. `reasons`: additional facts
    on a node, by its unique id.
    """
    nodes = [
        _fault(node, places, (reasons or {}).get(node.unique_id, ()))
        for node in run.results
        if node.status not in _FINE
    ]
    found = (*(_general(error, places) for error in run.errors), *nodes)
    return found if found or run.ok else (_silent(run),)


def _silent(run: DbtRun) -> Diagnostic:
    command = " ".join(run.command)
    return Diagnostic(code="E705", message=f"`dbt {command}` failed and gave no reason", notes=run.warnings)


def _fault(node: NodeResult, places: Mapping[str, Span], reasons: Sequence[str]) -> Diagnostic:
    known = (places[key] for key in (node.unique_id, node.name, node.model or "") if key in places)
    first, *rest = _words(node.message)
    notes = ["\n".join(rest)] if rest else []
    notes.extend(reasons)
    if node.compiled:
        notes.append(f"its SQL: {node.compiled}")
    failed = node.status == "fail"
    outcome = _failure(node, first) if failed else f"{_CANNOT.get(node.resource_type, 'cannot run')}: {first}"
    return Diagnostic(
        code="E706" if failed else "E705",
        message=f"{_node_words(node)} {outcome}",
        span=next(known, None),
        notes=tuple(notes),
    )


def _node_words(node: NodeResult) -> str:
    about = f" of `{node.model}`" if node.model and node.model != node.name else ""
    return f"the {node.resource_type.replace('_', ' ')} `{node.name}`{about}"


def _failure(node: NodeResult, words: str) -> str:
    if node.resource_type == "unit_test":
        return f"failed: {words}"
    rows = "1 failing row" if node.failures == 1 else f"{node.failures:,} failing rows"
    return f"failed: {rows} found"


def _general(error: str, places: Mapping[str, Span]) -> Diagnostic:
    """Return a fault without a node: reading or compiling the project, or connecting to the database, failed."""
    first, *rest = _words(error)
    mentioned = [name for match in _MENTION.findall(error) for name in match if name]
    place = next((places[name] for name in mentioned if name in places), None)
    at = f" at `{mentioned[0]}`" if mentioned else ""
    return Diagnostic(
        code="E704" if "connection to server" in error else "E705",
        message=f"dbt stopped{at}: {first}",
        span=place,
        notes=("\n".join(rest),) if rest else (),
    )


def _words(text: str) -> list[str]:
    """Return the lines of a message, at least one, without dbt's headlines, Java's stack, and the path of the SQL."""
    if _BRIDGE.search(text):
        text = _BRIDGE.sub("\n", _STACK.split(text, maxsplit=1)[0])
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and _COMPILED not in line]
    while len(lines) > 1 and _HEADLINE.match(lines[0]):
        del lines[0]
    return textwrap.dedent("\n".join(lines)).split("\n") if lines else ["no reason was given"]
