"""The embedded server: what it is, whom it serves, and that it is gone when nobody needs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.run import postgres_embedded
from erd2dbt.run.account import Account
from erd2dbt.run.cluster import Cluster
from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import cache_folder, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

# Serves the folder argv[1], says so, and then waits for its input to end.
SERVING = """
import sys
from pathlib import Path
from erd2dbt.run.postgres_embedded import serve
with serve(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="erd2dbt-test-") as root:
        yield Path(root) / "data"


def ask(connection: Connection, query: str) -> list[tuple[object, ...]]:
    with connect(connection) as session:
        cursor = session.cursor()
        cursor.execute(query)
        return list(cursor.fetchall())


def server_process(folder: Path) -> int | None:
    """The process number that the server wrote down; None after a proper end."""
    for file in folder.glob("postgres*/postmaster.pid"):
        return int(file.read_text().split("\n")[0])
    return None


def serving(folder: Path) -> subprocess.Popen[str]:
    """Another process that serves the folder already."""
    words = [sys.executable, "-c", SERVING, str(folder)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str]) -> int:
    process.communicate()
    return process.returncode


def test_it_speaks_utf8_and_lives_in_utc(postgres_server: Connection) -> None:
    settings = ask(
        postgres_server,
        "select lower('ÄÉ'), current_setting('server_encoding'), current_setting('timezone'), "
        "array(select x from unnest(array['b', 'A', 'a', 'B']) as x order by x)",
    )
    assert settings == [("äé", "UTF8", "UTC", ["A", "B", "a", "b"])]


def test_data_survives_and_only_the_owner_can_read_it(folder: Path) -> None:
    with serve(folder) as connection:
        ask(connection, "create table kept as select 42 as answer; commit; select 1")
    assert server_process(folder) is None
    with serve(folder) as connection:
        assert ask(connection, "select answer from kept") == [(42,)]
    assert folder.stat().st_mode & 0o067 == 0
    assert [path.stat().st_mode & 0o077 for path in folder.glob("postgres*")] == [0]


@pytest.mark.parametrize("name", ["Müller & Söhne's data", 'a, "b" $HOME %s', "x" * 150], ids=str.split)
def test_any_path_will_do(folder: Path, name: str) -> None:
    folder.mkdir()
    with serve(folder / name) as connection:
        socket = Path(connection.host)
        assert ask(connection, "select 1") == [(1,)]
    assert socket.is_relative_to(folder) or not socket.exists()


def test_two_processes_share_it_and_the_last_one_stops_it(folder: Path) -> None:
    other = serving(folder)
    first = server_process(folder)
    with serve(folder) as connection:
        assert server_process(folder) == first
        assert ended(other) == 0
        assert ask(connection, "select 1") == [(1,)]
    assert server_process(folder) is None


def test_it_can_be_served_twice_in_one_process(folder: Path) -> None:
    with serve(folder) as outer:
        with serve(folder) as inner:
            assert inner == outer
        assert ask(outer, "select 1") == [(1,)]
    assert server_process(folder) is None


@pytest.mark.usefixtures("minded_interrupts")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)])
def test_a_signal_stops_it(folder: Path, number: signal.Signals, code: int) -> None:
    process = serving(folder)
    process.send_signal(number)
    assert ended(process) == code
    assert server_process(folder) is None


def test_an_exception_stops_it(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), serve(folder):
        _ = 1 / 0
    assert server_process(folder) is None


def gone(folder: Path) -> bool:
    """Whether the server ends within some seconds."""
    end = time.monotonic() + 20
    while server_process(folder) is not None and time.monotonic() < end:
        time.sleep(0.05)
    return server_process(folder) is None


def test_it_ends_with_the_last_process_even_if_that_is_killed_by_force(folder: Path) -> None:
    first, second = serving(folder), serving(folder)
    first.kill()
    ended(first)
    with serve(folder) as connection:
        second.kill()
        ended(second)
        assert ask(connection, "select 1") == [(1,)]
    assert server_process(folder) is None
    third = serving(folder)
    third.kill()
    ended(third)
    assert gone(folder)
    with serve(folder) as connection:
        assert ask(connection, "select 1") == [(1,)]


@pytest.mark.parametrize(
    "text", [b"", b"rubbish", b"1\n2\n3\n4\n5\n6\n", b"-1\n\n\nport\n\n\n\n", b"\xff\x00" * 40, b"9" * 5000 + b"\n" * 9]
)
def test_rubbish_in_its_notes_does_not_matter(folder: Path, text: bytes) -> None:
    cluster = Cluster(data=folder, programs=folder, account=Account())
    folder.mkdir()
    (folder / "postmaster.pid").write_bytes(text)
    address = cluster.address()
    assert address is None or 0 <= address[1] < 100_000


def test_a_killed_server_is_started_again(folder: Path) -> None:
    with serve(folder) as connection:
        ask(connection, "create table kept as select 42 as answer; commit; select 1")
        killed = server_process(folder)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
    assert server_process(folder) == killed
    with serve(folder) as connection:
        assert ask(connection, "select answer from kept") == [(42,)]
    assert server_process(folder) is None


def test_a_process_number_that_is_now_someone_else_s_does_not_matter(folder: Path) -> None:
    with serve(folder):
        pass
    (stale,) = folder.glob("postgres*")
    (stale / "postmaster.pid").write_text(f"{os.getppid()}\n{stale}\n0\n5432\n{folder}/socket\n\n0 0\nready\n")
    with serve(folder) as connection:
        assert ask(connection, "select 1") == [(1,)]


def test_a_broken_data_folder_is_told_with_the_server_s_words(folder: Path) -> None:
    with serve(folder):
        pass
    (control,) = folder.glob("postgres*/global/pg_control")
    control.unlink()
    with pytest.raises(ErdError) as caught, serve(folder):
        pass
    (fault,) = caught.value.diagnostics
    assert fault.code == "E701"
    assert str(folder) in fault.message
    assert "pg_control" in "".join(fault.notes)
    assert "`--target`" in fault.fixes[0]
    assert "`erd2dbt generate --no-compile`" in fault.fixes[1]


def test_a_folder_that_cannot_be_made_is_told(folder: Path) -> None:
    folder.write_text("a file is in the way")
    with pytest.raises(ErdError) as caught, serve(folder / "below"):
        pass
    assert [fault.code for fault in caught.value.diagnostics] == ["E701"]


def test_a_platform_without_a_server_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_embedded.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ErdError, match="no server for this platform"), serve(folder):
        pass


def test_each_spec_has_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERD2DBT_CACHE", str(tmp_path))
    one, two = cache_folder("shop", tmp_path / "a.yml"), cache_folder("shop", tmp_path / "b.yml")
    assert one.parent == two.parent == tmp_path
    assert one != two
    assert one == cache_folder("shop", tmp_path / "x" / ".." / "a.yml")
    assert cache_folder("../etc", tmp_path / "a.yml").name.startswith(".._etc-")
    monkeypatch.delenv("ERD2DBT_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_folder("shop", tmp_path / "a.yml").parent == tmp_path / "cache" / "erd2dbt"
