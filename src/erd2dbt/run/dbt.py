"""Runs dbt as a separate process in this Python environment; the seam to dbt.

`compile` with OFFLINE needs no server. It reads the project, resolves every ref, source and macro, and renders the SQL
of every model and test. Only a database can check whether that SQL parses, whether its columns, functions and types
exist, and whether tests pass. A macro that queries the database (`run_query`, `get_columns_in_relation`) makes it fail.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.run.events import Log
from erd2dbt.system.progress import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

OFFLINE = ("--no-introspect", "--no-populate-cache")

_ENTRY = "from dbt.cli.main import cli; cli()"  # equals the `dbt` command of this environment
_LOCAL = {  # by the variable that names the tables of a local engine
    "ERD2DBT_SPARK_LAKE": f"from erd2dbt.run.spark.dbt_ansi import keep; keep(); {_ENTRY}",
    "ERD2DBT_CLICKHOUSE": f"from erd2dbt.run.clickhouse.dbt_embedded import serve; serve(); {_ENTRY}",
}
_PATIENCE = 5.0  # seconds for dbt to end after each signal


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResult:
    """The result of one model, test or unit test. The paths are relative to the project."""

    unique_id: str
    name: str
    resource_type: str
    status: str  # success, pass, warn, fail, error, skipped
    message: str
    failures: int | None  # number of rows that a test's query returned
    seconds: float
    path: str  # empty if dbt gave no message
    model: str | None  # of a test: its model
    compiled: str | None  # of a failed node: the SQL that ran


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtRun:
    """One run. `counts`: results by status; `errors` and `warnings`: messages without a node."""

    command: tuple[str, ...]
    ok: bool
    results: tuple[NodeResult, ...]
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
    errors: tuple[str, ...]


def run_dbt(  # noqa: PLR0917 - dbt's own words, in the order of its command line
    command: Sequence[str],
    project: Path,
    profiles_dir: Path,
    target: str | None,
    environment: Mapping[str, str],
    progress: Callable[[str], None],
) -> DbtRun:
    """Run a command such as `dbt build`; its files stay in the project's `target/`. Raises ErdError E705 when it cannot
    run.

    Ctrl-C, or any other exception, ends dbt and all of its processes.
    """
    project = project.absolute()
    results = project / "target" / "run_results.json"
    results.unlink(missing_ok=True)
    arguments = [*command, "--project-dir", str(project), "--profiles-dir", str(profiles_dir.absolute())]
    arguments += ["--target", target] if target else []
    with counted(f"dbt {command[0]}", None) as count:
        log = Log(progress, command[0], count)
        code = _listen(arguments, _environment(project, environment), log)
    nodes = _read(results, log, f"{project}{os.sep}")
    if code != 0 and not nodes and not log.errors:
        _broken(log.plain)
    return DbtRun(
        command=tuple(command),
        ok=code == 0,
        results=nodes,
        counts=Counter(node.status for node in nodes),
        warnings=tuple(log.warnings),
        errors=tuple(log.errors),
    )


def _environment(project: Path, more: Mapping[str, str]) -> dict[str, str]:
    return {
        **os.environ,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "DBT_TARGET_PATH": str(project / "target"),
        "DBT_LOG_PATH": str(project / "target" / "logs"),
        "PYTHONIOENCODING": "utf-8",
        **more,
    }


def _listen(arguments: Sequence[str], environment: Mapping[str, str], log: Log) -> int:
    """Pass dbt's output to the log; return its exit code. The terminal's Ctrl-C reaches only this process."""
    words = ("--log-format", "json", "--no-use-colors", "--no-version-check")
    # -P: modules in the current folder cannot replace those of dbt.
    entry = next((text for name, text in _LOCAL.items() if name in environment), _ENTRY)
    with subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-P", "-c", entry, *arguments, *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                log.take(line)
            return process.wait()
        except BaseException:
            _end(process)
            raise


def _end(process: subprocess.Popen[str]) -> None:
    """End the process group: dbt cancels its queries on SIGINT, and is killed after a limit."""
    if sys.platform == "win32":
        process.terminate()
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
            return


def _read(file: Path, log: Log, root: str) -> tuple[NodeResult, ...]:
    """Return the results in dbt's run_results.json; empty if dbt ended before it wrote any."""
    try:
        results = json.loads(file.read_text(encoding="utf-8"))["results"]
    except FileNotFoundError:
        return ()
    return tuple(_result(result, log, root) for result in results)


def _result(result: Mapping[str, Any], log: Log, root: str) -> NodeResult:
    node = result["unique_id"]
    kind, _, *names = node.split(".")
    attached = log.attached.get(node)
    compiled = log.compiled.get(node)
    return NodeResult(
        unique_id=node,
        name=names[1] if kind == "unit_test" else names[0],
        resource_type=kind,
        status=result["status"],
        message=(result["message"] or "").replace(root, ""),
        failures=result["failures"],
        seconds=result["execution_time"],
        path=log.paths.get(node, ""),
        model=names[0] if kind == "unit_test" else attached.split(".")[2] if attached else None,
        compiled=compiled.replace(root, "") if compiled else None,
    )


def _broken(plain: Sequence[str]) -> NoReturn:
    said = [line for line in plain if line.strip()]
    install = f"`{sys.executable} -m pip install --force-reinstall dbt-core dbt-postgres`"
    crashed = any(line.startswith("Traceback") for line in said)
    raise ErdError(
        [
            Diagnostic(
                code="E705",
                message=f"dbt does not run: {said[-1].strip() if said else 'it ended without a message'}",
                notes=("\n".join(said[-6:-1]),) if said[:-1] else (),
                fixes=(install,) if crashed else (),
            )
        ]
    )
