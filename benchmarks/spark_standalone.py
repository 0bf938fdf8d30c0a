"""A Spark cluster on this machine, from the PySpark of this Python, and what its executors did."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WORKERS = 2
MEMORY = "1g"  # what an executor asks for
_PATIENCE = 120.0  # seconds until all processes have said that they run
_DEPLOY = "org.apache.spark.deploy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """Tasks by executor. `busy`: the share of the time that the executors' cores had a task, from the first job on."""

    executors: Mapping[str, int]
    busy: float

    def __str__(self) -> str:
        parts = ", ".join(f"{number:,} by executor {name}" for name, number in sorted(self.executors.items()))
        return f"tasks: {parts}; the cores had one in {self.busy:.0%} of the time"


@contextmanager
def cluster(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """A master and two workers of one core each, for the duration of the context. Yields the master's address."""
    folder.mkdir(parents=True)
    started: list[subprocess.Popen[bytes]] = []
    try:
        words = ["master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
        started.append(_java(words, folder / "master.log", environment))
        address = _waited(folder / "master.log", r"Starting Spark master at (spark://\S+)", 1)[0]
        for number in range(1, WORKERS + 1):
            words = ["worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", MEMORY, "--webui-port", "0"]
            words += ["--work-dir", str(folder / f"worker{number}"), address]
            started.append(_java(words, folder / f"worker{number}.log", environment))
        _waited(folder / "master.log", r"Registering worker (\S+)", WORKERS)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait()


def _java(words: list[str], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Spark's own starter, which becomes the Java process."""
    import pyspark

    home = Path(pyspark.__file__).parent
    kind, *rest = words
    variables = {**os.environ, **environment, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    with log.open("wb") as said:
        return subprocess.Popen(
            [str(home / "bin" / "spark-class"), f"{_DEPLOY}.{kind}", *rest],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )


def _waited(log: Path, pattern: str, times: int) -> list[str]:
    """What a log says that often. Raises TimeoutError with the end of the log."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        found = re.findall(pattern, log.read_text(encoding="utf-8", errors="replace"))
        if len(found) >= times:
            return found
        time.sleep(0.2)
    raise TimeoutError(log.read_text(encoding="utf-8", errors="replace")[-2000:])


# -- the event log


def event_log(folder: Path) -> dict[str, str]:
    """The variables with which a session writes its events into a folder."""
    folder.mkdir(parents=True)
    settings = f"spark.eventLog.enabled true\nspark.eventLog.dir {(folder / 'events').as_uri()}\n"
    (folder / "events").mkdir()
    (folder / "spark-defaults.conf").write_text(settings, encoding="utf-8")
    return {"SPARK_CONF_DIR": str(folder)}


def tasks(folder: Path) -> Tasks:
    """What the executors of all sessions did."""
    executors: Counter[str] = Counter()
    busy = cores = 0.0
    for file in sorted((folder / "events").iterdir()):
        if not file.is_file():
            continue
        times: list[int] = []
        added = 0
        for line in file.open(encoding="utf-8"):
            event = json.loads(line)
            match event["Event"]:
                case "SparkListenerExecutorAdded":
                    added += event["Executor Info"]["Total Cores"]
                case "SparkListenerTaskEnd":
                    info = event["Task Info"]
                    executors[info["Executor ID"]] += 1
                    busy += (info["Finish Time"] - info["Launch Time"]) / 1000
                    times += [info["Launch Time"], info["Finish Time"]]
        cores += added * (max(times) - min(times)) / 1000 if times else 0.0
    return Tasks(executors=dict(executors), busy=busy / cores if cores else 0.0)
