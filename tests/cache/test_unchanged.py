"""A run that would change nothing knows it at once, says what the whole run would say, and misses no change."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cache import up_to_date as settled_module
from erd2dbt.cli import main

ROOT = Path(__file__).parents[2]
MODELS = "models/marts"


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ERD2DBT_CACHE", str(tmp_path / "cache"))
    return Path(shutil.copy(ROOT / "specs" / "starter.yml", tmp_path / "spec.yml"))


def run(spec: Path, *words: str, more: tuple[str, ...] = ()) -> Result:
    return CliRunner().invoke(main, [words[0], str(spec), "-o", str(spec.parent / "out"), *words[1:], *more])


def generate(spec: Path, *more: str) -> Result:
    return run(spec, "generate", "--no-compile", more=more)


def is_known(monkeypatch: pytest.MonkeyPatch, call: Callable[[], Result]) -> bool:
    """Whether the command does without reading the spec."""
    with monkeypatch.context() as patch:
        patch.setattr("erd2dbt.cli.building.generate_project", _called)
        patch.setattr("erd2dbt.cli.diff_output.report_differences", _called)
        try:
            call()
        except Called:
            return False
        return True


class Called(BaseException):
    """No command takes it for a fault of its own."""


def _called(*_: object, **__: object) -> None:
    raise Called


def without_time(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("done ")]


@pytest.mark.parametrize("words", [("generate", "--no-compile"), ("diff",), ("generate", "--check")])
def test_what_is_said_is_what_the_whole_run_says(
    spec: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(spec)
    assert is_known(monkeypatch, lambda: run(spec, *words))
    quick = run(spec, *words)
    shutil.rmtree(spec.parent / "cache")
    whole = run(spec, *words)
    assert quick.exit_code == whole.exit_code == 0
    assert without_time(quick.stdout) == without_time(whole.stdout) != []


def test_diff_leaves_it_for_the_next_one(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(spec)
    shutil.rmtree(spec.parent / "cache")
    assert not is_known(monkeypatch, lambda: run(spec, "diff"))
    assert run(spec, "diff").exit_code == 0
    assert is_known(monkeypatch, lambda: run(spec, "diff"))
    assert is_known(monkeypatch, lambda: generate(spec))


def marts(spec: Path) -> list[Path]:
    return sorted((spec.parent / "out" / MODELS).rglob("*.sql"))


def edit_spec(spec: Path) -> None:
    spec.write_text(spec.read_text() + "\n# a remark\n")


def edit_with_the_same_length_and_time(spec: Path) -> None:
    for file in marts(spec)[:2]:
        before, text = file.stat(), file.read_text()
        file.write_text(text.replace("select", "sElect", 1))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_a_copy(spec: Path) -> None:
    file = marts(spec)[0]
    file.with_suffix(".new").write_text(file.read_text().replace("select", "sElect", 1))
    file.with_suffix(".new").replace(file)


def remove_two(spec: Path) -> None:
    for file in marts(spec)[:2]:
        file.unlink()


def add_a_model(spec: Path) -> None:
    for name in ("mine", "mine_too"):
        (spec.parent / "out" / "models" / f"{name}.sql").write_text("select 1 as one\n")


def add_a_macro(spec: Path) -> None:
    (spec.parent / "out" / "macros").mkdir(exist_ok=True)
    (spec.parent / "out" / "macros" / "mine.sql").write_text("{% test mine(model) %}select 1{% endtest %}\n")


def edit_the_lock(spec: Path) -> None:
    lock = spec.parent / "out" / ".erd2dbt.lock"
    lock.write_text(lock.read_text().replace("0", "1"))


def leave_a_run(spec: Path) -> None:
    (spec.parent / "out" / ".erd2dbt.running").mkdir()


def put_a_link(spec: Path) -> None:
    file = marts(spec)[0]
    shutil.copy(file, spec.parent / "elsewhere.sql")
    file.unlink()
    file.symlink_to(spec.parent / "elsewhere.sql")


CHANGES = (
    edit_spec,
    edit_with_the_same_length_and_time,
    replace_by_a_copy,
    remove_two,
    add_a_model,
    add_a_macro,
    edit_the_lock,
    leave_a_run,
    put_a_link,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("is_old", [False, True])
def test_every_change_is_noticed(
    spec: Path, change: Callable[[Path], None], is_old: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(spec)
    if is_old:  # files that were written some time ago are known by their times, the others by their text
        time.sleep(0.05)
        shutil.rmtree(spec.parent / "cache")
        assert run(spec, "diff").exit_code == 0
    assert is_known(monkeypatch, lambda: generate(spec))
    change(spec)
    assert not is_known(monkeypatch, lambda: generate(spec))


@pytest.mark.parametrize("options", [("--exclude", "*s"), ("--templates",)])
def test_other_options_are_another_project(
    spec: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(spec)
    if options == ("--templates",):
        (spec.parent / "templates").mkdir()
        options = ("--templates", str(spec.parent / "templates"))
    assert not is_known(monkeypatch, lambda: generate(spec, *options))


def test_a_changed_program_is_noticed(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(spec)
    for name in ("one", "another"):
        monkeypatch.setattr(settled_module, "program_digest", lambda _, name=name: name)
        assert not is_known(monkeypatch, lambda: generate(spec))


def test_an_edited_file_is_told_in_every_run(spec: Path) -> None:
    generate(spec)
    for file in marts(spec)[:2]:
        file.write_text(file.read_text() + "-- mine\n")
    runs = [generate(spec) for _ in range(2)]
    assert all(f"{file.name} was edited" in done.stdout for done in runs for file in marts(spec)[:2])


def test_a_cache_of_somebody_else_has_nothing(spec: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The key of the user stands outside of the cache."""
    generate(spec)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another user"))
    assert not is_known(monkeypatch, lambda: generate(spec))
    assert generate(spec).exit_code == 0
    assert is_known(monkeypatch, lambda: generate(spec))


def test_a_key_that_others_can_read_is_none(spec: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    generate(spec)
    assert is_known(monkeypatch, lambda: generate(spec))
    (tmp_path / "state" / "erd2dbt" / "key").chmod(0o644)
    assert not is_known(monkeypatch, lambda: generate(spec))


@pytest.mark.parametrize("at", [0, 31, 32, -1])
def test_a_damaged_entry_is_none(spec: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(spec)
    (entry,) = (spec.parent / "cache" / "settled").iterdir()
    data = bytearray(entry.read_bytes())
    for damaged in (data[:at], data[:at] + bytes([data[at] ^ 1]) + data[at:][1:]):
        entry.write_bytes(damaged)
        assert not is_known(monkeypatch, lambda: generate(spec))
    assert generate(spec).exit_code == 0
