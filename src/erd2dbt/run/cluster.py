"""A private PostgreSQL data folder: created, started and stopped by the programs of one installation."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from erd2dbt.run.file_lock import try_lock

if TYPE_CHECKING:
    from erd2dbt.run.account import Account

USER = "postgres"
SOCKET_BYTES = 103  # of a Unix socket's path: macOS has the shortest limit
STOP_SECONDS = 5.0  # seconds to wait after each signal

_PORT, _PROCESS = re.compile(r"[0-9]{1,5}"), re.compile(r"[1-9][0-9]{0,9}")

# A throw-away server: what a crash of the machine costs is made again from the data files, a killed process
# costs nothing. Room for locks on 20,000 tables in one transaction. No parallel plans: sums of floats repeat.
_SETTINGS = """
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 60
max_locks_per_transaction = 1024
max_parallel_workers_per_gather = 0
shared_buffers = 128MB
max_wal_size = 1GB
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.english'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A PostgreSQL cluster. `data` and its other files are in one folder; `programs` is the bin folder of a
    PostgreSQL."""

    data: Path
    programs: Path
    account: Account

    @property
    def log(self) -> Path:
        return self.data.parent / "log"

    def create(self) -> None:
        """Create a new data folder, atomically; UTF-8, sorted by code point. Raises CalledProcessError."""
        for old in self.data.parent.glob("new*"):  # of an interrupted run, whose process may still write
            shutil.rmtree(old, ignore_errors=True)
        new = self.data.with_name(f"new-{os.getpid()}")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.account.give(new)
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        trust = ("--auth=trust", f"--username={USER}")
        self._run("initdb", "-D", new.name, *locale, *trust, "--no-sync", "--no-data-checksums")
        new.rename(self.data)

    def launch(self) -> subprocess.Popen[Any]:
        """Start the server, unaffected by the terminal's Ctrl-C. It may not be ready yet. Returns its process. Raises
        OSError."""
        settings = _SETTINGS + self._listening()
        (self.data / "postgresql.conf").write_text(settings, encoding="utf-8")
        with self.log.open("wb") as log, self._life() as life:
            inherited = [] if sys.platform == "win32" else [life.fileno()]
            words = self._words(stdout=log, stderr=log, pass_fds=inherited)
            command = [str(self.programs / "postgres"), "-D", self.data.name]
            server = subprocess.Popen(command, **words)  # noqa: S603 - a program of the installation
        # Another process may stop the server while this one continues, so a thread waits for the child.
        threading.Thread(target=server.wait, daemon=True).start()
        return server

    @property
    def alive(self) -> bool:
        """Return whether any process of the server lives. They inherit a lock; process numbers are not reliable."""
        if sys.platform == "win32":  # no such inheritance
            return self._process_id() is not None
        life = try_lock(self._life_file)
        if life is not None:
            life.close()
        return life is None

    def _life(self) -> IO[bytes]:
        """Return the lock for a new server. Without a living process, an old process number is removed, because it
        misleads."""
        life = try_lock(self._life_file)
        if life is None:
            raise OSError("its data folder is in use by another PostgreSQL")
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return life

    @property
    def _life_file(self) -> Path:
        return self.data.parent / "alive"

    def stop(self) -> None:
        """Stop the server if it runs: first by a signal that also ends its sessions, then by force."""
        for signal in ("INT", "QUIT", "KILL"):
            told = None
            end = time.monotonic() + STOP_SECONDS
            while self.alive and time.monotonic() < end:
                number = self._process_id()  # None while a server is starting
                if number is not None and number != told:
                    self._run("pg_ctl", "kill", signal, number, check=False)
                    told = number
                time.sleep(0.01)
        self._forget_socket()

    def address(self) -> tuple[str, int] | None:
        """Return host and port of the last server; None if it was never ready, or wrote none."""
        lines = self._pid_file()
        if len(lines) < 6 or not _PORT.fullmatch(lines[3]):
            return None
        return lines[4] or "127.0.0.1", int(lines[3])

    def _pid_file(self) -> list[str]:
        """Return the lines of postmaster.pid: process, data folder, start, port, socket folder, address, shared memory,
        state."""
        try:
            return (self.data / "postmaster.pid").read_text(errors="surrogateescape").splitlines()
        except FileNotFoundError:
            return []

    def _process_id(self) -> str | None:
        lines = self._pid_file()
        return lines[0] if lines and _PROCESS.fullmatch(lines[0]) else None

    def _listening(self) -> str:
        if sys.platform == "win32":
            return f"listen_addresses = '127.0.0.1'\nport = {_free_port()}\n"
        folder = str(self._socket_folder()).replace('"', '""').replace("'", "''")
        return f"listen_addresses = ''\nport = 5432\nunix_socket_directories = '\"{folder}\"'\n"

    def _socket_folder(self) -> Path:
        """Return the socket folder: beside the data, or a temporary one if the path is too long or has libpq's
        comma."""
        self._forget_socket()
        folder = self.data.parent / "socket"
        if len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_BYTES and "," not in str(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        else:
            folder = Path(tempfile.mkdtemp(prefix="erd2dbt-"))
            self._far_socket.symlink_to(folder)
        self.account.give(folder)
        return folder

    def _forget_socket(self) -> None:
        if self._far_socket.is_symlink():
            shutil.rmtree(self._far_socket.readlink(), ignore_errors=True)
            self._far_socket.unlink()

    @property
    def _far_socket(self) -> Path:
        return self.data.parent / "far-socket"

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(self.programs / program), *arguments]
        subprocess.run(command, check=check, capture_output=True, **self._words())  # noqa: S603 - as above

    def _words(self, **more: Any) -> dict[str, Any]:
        """Return the arguments for subprocess: in the cluster's folder, as its account, without the terminal."""
        folder = self.data.parent
        away = {"stdin": subprocess.DEVNULL, "start_new_session": True}
        return {"cwd": folder, "env": _environment(), **away, **self.account.words, **more}


def _environment() -> dict[str, str]:
    """Return the user's environment without PG… variables, which would change a server or a client."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
