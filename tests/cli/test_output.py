"""What reaches terminals and logs: text of others steers neither, and no secret is in it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import COMMANDS, main
from erd2dbt.cli import output as exits
from erd2dbt.escape.terminal import inert, without_commands
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.system import secrets

SPEC = "version: 1\nproject: shop\nsources: {raw: {}}\nentities: {orders: {key: id, columns: {id: int}}}\nmodels: {}\n"
WORD = "a-passWord"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://bob:{WORD}%@host/db",
        f"postgresql://bob:{WORD}#x@host/db",
        f"postgresql://bob:x/{WORD}@host/db",
        f"postgresql://bob:x?{WORD}@host/db",
        f"postgresql://bob:x@{WORD}@host/db",
        f"postgresql://bob:x {WORD}@host/db",
        f"  postgresql://bob:{WORD}@nowhere.invalid/db",
        f"postgresql+psycopg2://bob:{WORD}@host/db",
        f"mysql://bob:{WORD}@host/db",
        f"jdbc:postgresql://bob:{WORD}@host/db",
        f"POSTGRES://bob:{WORD}@nowhere.invalid:1/db",
        f"postgresql://bob:{WORD}@host:port/db",
        f"postgresql://nowhere.invalid/db?user=bob&password={WORD}",
        f"postgresql://nowhere.invalid/db?sslpassword={WORD}&pass",
        f"//bob:{WORD}@host/db",
        f"bob:{WORD}@host/db",
        f"postgresql:/bob:{WORD}@host/db",
        f"postgresql//bob:{WORD}@host/db",
    ],
)
@pytest.mark.parametrize("command", ["import", "check", "convert --to ddl", "verify spec.yml --url"])
def test_no_password_of_an_address_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, address: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yml").write_text(SPEC, encoding="utf-8")
    done = run(*command.split(), address)
    assert done.exit_code == 2
    assert WORD not in done.output
    assert not [path for path in tmp_path.rglob("*") if WORD in path.name]


def test_an_address_that_is_none_is_told_without_its_words() -> None:
    done = run("import", f"postgresql://bob:{WORD}#@host/db")
    assert done.stderr.startswith("error E704: this is not an address: ")
    assert "%40" in done.stderr


@pytest.mark.parametrize("secret", ["correct horse", "p'q\"r\\s", "äöü-pass", "50%-pass", "x" * 40])
def test_a_secret_is_hidden_in_each_of_its_forms(secret: str) -> None:
    secrets.forget()
    secrets.remember(secret)
    from urllib.parse import quote

    for form in (secret, quote(secret, safe=""), repr(secret)[1:-1]):
        assert secret not in secrets.scrubbed(f"could not connect: {form} is wrong")
        assert form not in secrets.scrubbed(f"could not connect: {form} is wrong")
    secrets.forget()


def test_a_word_that_is_public_is_no_secret() -> None:
    secrets.forget()
    secrets.remember("postgres", public=("postgres",))
    assert secrets.scrubbed("the user postgres") == "the user postgres"


def test_an_address_keeps_its_user_and_its_mask() -> None:
    assert secrets.scrubbed("at postgresql://bob:x@y@host/db") == "at postgresql://bob:***@host/db"
    masked = "at postgresql://bob:***@/db?host=h"
    assert secrets.scrubbed(masked) == masked


def test_a_log_has_no_command_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    naming = 'naming: {staging: "x\\n::stop-commands::p\\n ##[set-env]"}\n'
    Path("spec.yml").write_text(SPEC + naming, encoding="utf-8")
    done = run("check", "spec.yml")
    assert done.exit_code == 2
    assert not [line for line in done.stderr.splitlines() if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("text", ["::error::x", " \t::error::x", "a\n::x", "a ##[set-env]"])
def test_a_runner_finds_no_command(text: str) -> None:
    shown = without_commands(text)
    assert not [line for line in shown.splitlines() if line.lstrip().startswith("::") or "##[" in line]


def test_casts_in_a_sentence_stay() -> None:
    assert without_commands("write `x::text`") == "write `x::text`"


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x9b", "\r", "\u202e", "\u2066", "\ud800", "\u2028"])
def test_no_sign_steers_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str) -> None:
    assert inert(f"a{sign}b") == "a\N{REPLACEMENT CHARACTER}b"
    monkeypatch.chdir(tmp_path)
    Path("a.sql").write_bytes(f'create table "a{sign}" (id int primary key'.encode("utf-8", "surrogatepass"))
    done = run("import", "a.sql")
    assert sign not in done.stderr


def test_colours_of_the_tool_reach_a_terminal_and_those_of_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", stream)
    exits.echo("\x1b[1;31merror\x1b[0m: \x1b[2J\x1b]0;title\x07", err=True)
    unshown = "\N{REPLACEMENT CHARACTER}"
    assert stream.getvalue() == f"\x1b[1;31merror\x1b[0m: {unshown}[2J{unshown}]0;title{unshown}\n"


def process(*words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **options.pop("environment", {})}  # type: ignore[dict-item]
    return subprocess.run(
        [sys.executable, "-c", "from erd2dbt.cli import main; main()", *words],
        stderr=subprocess.PIPE, env=environment, check=False, **options,
    )  # type: ignore[call-overload]  # fmt: skip


def test_an_encoding_that_lacks_a_sign_is_a_fault_for_files_and_a_number_for_people(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("create table größe (id int primary key, ключ text);", encoding="utf-8")
    poor = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = process("convert", "a.sql", "--to", "ddl", stdout=subprocess.PIPE, cwd=tmp_path, environment=poor)
    assert done.returncode == 2
    assert b"standard output is in cp1252, which has no sign for U+043A" in done.stderr
    said = process("check", "no_ключ.yml", stdout=subprocess.PIPE, cwd=tmp_path, environment=poor)
    assert rb"cannot read `no_\u043a" in said.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("create table a (id int primary key);", encoding="utf-8")
    with open("/dev/full", "wb") as full:
        done = process("convert", "a.sql", "--to", "ddl", stdout=full, cwd=tmp_path)
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False)
    assert b"no space left on device" in done.stderr


def test_a_fault_of_the_tool_is_a_sentence_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError(f"postgresql://bob:{WORD}@host/db")

    monkeypatch.setattr("erd2dbt.pipelines.generation.plan", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "spec.yml").write_text(SPEC, encoding="utf-8")
    done = run("check", str(tmp_path / "spec.yml"))
    assert done.exit_code == 70
    assert done.stderr.startswith("error: this is a bug in erd2dbt, not in your input: KeyError in ")
    assert "Traceback" not in done.output
    (log,) = tmp_path.glob("erd2dbt-*.log")
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert WORD not in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "error",
    [MemoryError(), ImportError("/lib/parser.so: failed to map segment from shared object")],
    ids=["objects", "libraries"],
)
def test_memory_that_runs_out_is_no_fault_of_the_tool(
    error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def greedy(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("erd2dbt.pipelines.generation.plan", greedy)
    (tmp_path / "spec.yml").write_text(SPEC, encoding="utf-8")
    done = run("check", str(tmp_path / "spec.yml"))
    assert (done.exit_code, done.stderr) == (2, "error: the input needs more memory than there is\n")


def test_work_goes_on_where_no_thread_can_report_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refused)
    (tmp_path / "spec.yml").write_text(SPEC, encoding="utf-8")
    assert run("check", str(tmp_path / "spec.yml"), "-v").exit_code == 0


def test_a_line_without_end_is_shown_around_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yml").write_text("version: 1\nproject: " + "x " * 300_000 + "\n", encoding="utf-8")
    done = run("check", "spec.yml")
    assert done.exit_code == 2
    assert max(map(len, done.stderr.splitlines())) < 2000


def test_outputs_that_are_closed_are_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    exits.echo("nobody reads it", err=True)
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(ErdError, match="it is closed"):
        exits.document("nobody reads it")


SAID = (
    "--help",
    "--version",
    "check --help",
    "completion bash",
    "claims spec.yml --format json",
    "lineage spec.yml --format json",
    "explain E202",
    "convert spec.yml --to dbml",
)


@pytest.mark.skipif(sys.platform == "win32", reason="outputs are closed by a shell of Unix")
@pytest.mark.parametrize("into", ["> /dev/full", ">&-", "2>&- >&-"])
def test_no_command_ends_in_a_traceback_where_nothing_can_be_written(into: str, tmp_path: Path) -> None:
    """In processes: an output is closed before Python begins."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no disk that is always full")
    (tmp_path / "spec.yml").write_text(
        "version: 1\nproject: p\nsources: {s: {schema: s}}\nentities: {a: {key: id, columns: {id: int}}}\n"
    )
    for words in SAID:
        line = f"{sys.executable} -m erd2dbt {words} {into}"
        done = subprocess.run(line, shell=True, check=False, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode in (0, 2), (words, done.stderr)
        assert "Traceback" not in done.stderr, words
        assert "bug" not in done.stderr, words


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_help_of_every_command_ends_well(command: str) -> None:
    asked = run(command, "--help")
    assert (asked.exit_code, asked.stderr) == (0, "")
