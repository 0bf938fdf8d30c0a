"""Reads dbt's JSON log, line by line: progress for people, and facts that its results do not contain."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from erd2dbt.system.progress import Count

_ON_ITS_WAY = {"started", "compiling", "executing"}
_STEPS = 10  # lines of progress during the run


@dataclass(slots=True)
class Log:
    """Receives the lines of one run of dbt. `plain` are lines outside its JSON log."""

    progress: Callable[[str], None]
    command: str
    count: Count
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)  # unique id -> file below the project
    compiled: dict[str, str] = field(default_factory=dict)  # unique id -> its SQL below the project
    attached: dict[str, str] = field(default_factory=dict)  # a test's unique id -> its model's
    _done: set[str] = field(default_factory=set)
    _failed: int = 0

    def take(self, line: str) -> None:
        try:
            event = json.loads(line)
            info, data = event["info"], event["data"]
        except (ValueError, TypeError, KeyError):
            self.plain.append(line.rstrip())
            return
        if "node_info" in data:
            self._node(info, data)
        elif info["level"] == "error":
            self.errors.append(data.get("exc") or info["msg"])
        elif info["level"] == "warn":
            self.warnings.append(info["msg"].removeprefix("[WARNING]: "))
        else:
            self._phase(info["name"], data)

    def _phase(self, name: str, data: dict[str, Any]) -> None:
        if name == "MainReportVersion":
            self.progress(f"dbt {data['version'].lstrip('=')} reads the project")
        elif name == "FoundStats":
            self.progress(f"dbt found {data['stat_line']}")
        elif name == "ConcurrencyLine":
            self.progress(f"dbt {self.command} with {data['num_threads']} threads")

    def _node(self, info: dict[str, Any], data: dict[str, Any]) -> None:
        node = data["node_info"]["unique_id"]
        if info["name"] == "SQLCompiledPath":
            self.compiled[node] = data["path"]
        elif "path" in data:
            self.paths[node] = data["path"]
        if data.get("attached_node"):
            self.attached[node] = data["attached_node"]
        total = data.get("total") or data.get("num_models")
        if total and "index" in data and data["node_info"]["node_status"] not in _ON_ITS_WAY:
            self._count(node, total, failed=info["level"] == "error")

    def _count(self, node: str, total: int, *, failed: bool) -> None:
        before = len(self._done) * _STEPS // total
        self._done.add(node)
        self.count.total, self.count.done = total, len(self._done)
        self._failed += failed
        if len(self._done) * _STEPS // total > before:
            tail = f", {self._failed} failed" if self._failed else ""
            self.progress(f"dbt {self.command}: {len(self._done):,} of {total:,} done{tail}")
