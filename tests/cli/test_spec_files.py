"""A spec and what is remembered of it are written all or none, whoever kills or overtakes the run."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.write.paths import JOURNAL, RUNNING, unsafe
from erd2dbt.write.recovery import Recovered, recover
from erd2dbt.write.run_lock import drawing, locked_run
from erd2dbt.write.together import standing, write_together

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import kills

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conftest import Shop

SPEC, MEMORY = Path("shop.yml"), Path(".shop.yml.drafted")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    SPEC.write_bytes(b"old\n")
    MEMORY.write_bytes(b"old memory\n")
    return tmp_path


def left(steps: Mapping[str, tuple[bytes | None, bytes]], done: int = 0) -> None:
    """What a killed run leaves after so many of its steps."""
    Path(RUNNING).mkdir()
    Path(RUNNING, "pid").write_text("1")
    for number, (name, (_, after)) in enumerate(steps.items()):
        Path(name if number < done else f"{RUNNING}/{number}").write_bytes(after)
    lines = [[name, before and digest(before), digest(after)] for name, (before, after) in steps.items()]
    Path(RUNNING, JOURNAL).write_text(json.dumps({"format": 1, "steps": lines}))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


BOTH = {"shop.yml": (b"old\n", b"new\n"), ".shop.yml.drafted": (b"old memory\n", b"new memory\n")}


@pytest.mark.parametrize("done", [0, 1, 2])
@pytest.mark.usefixtures("here")
def test_what_a_killed_run_began_is_finished(done: int) -> None:
    left(BOTH, done)
    assert recover(Path()) is Recovered.FINISHED
    assert (SPEC.read_bytes(), MEMORY.read_bytes()) == (b"new\n", b"new memory\n")
    assert not Path(RUNNING).exists()


@pytest.mark.usefixtures("here")
def test_a_spec_that_people_changed_since_keeps_its_memory() -> None:
    left(BOTH)
    SPEC.write_bytes(b"mine\n")
    assert recover(Path()) is Recovered.DROPPED
    assert (SPEC.read_bytes(), MEMORY.read_bytes()) == (b"mine\n", b"old memory\n")


@pytest.mark.usefixtures("here")
def test_a_spec_that_people_changed_once_it_was_written_gets_its_memory() -> None:
    left(BOTH, 1)
    SPEC.write_bytes(b"new\nmine\n")
    assert recover(Path()) is Recovered.FINISHED
    assert (SPEC.read_bytes(), MEMORY.read_bytes()) == (b"new\nmine\n", b"new memory\n")


@pytest.mark.usefixtures("here")
def test_what_changed_since_it_was_read_is_not_written() -> None:
    found = standing([SPEC, MEMORY])
    MEMORY.write_bytes(b"of another run\n")
    with pytest.raises(ErdError) as caught:
        write_together(found, {SPEC: b"new\n"})
    assert caught.value.diagnostics[0].message.endswith("changed while it was being worked on; nothing was written")
    assert SPEC.read_bytes() == b"old\n"
    assert not Path(RUNNING).exists()


@pytest.mark.parametrize("name", ["../out.yml", "/x", ".git/config", RUNNING, "..", "a/b"])
@pytest.mark.usefixtures("here")
def test_a_journal_of_a_stranger_names_files_of_its_folder_alone(name: str) -> None:
    left({name: (None, b"theirs\n")})
    with pytest.raises(ErdError, match="is not what this erd2dbt writes"):
        recover(Path())


def test_a_journal_that_was_found_follows_no_link_out_of_its_folder(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = tmp_path_factory.mktemp("far") / "profile"
    far.write_bytes(b"old\n")
    SPEC.unlink()
    SPEC.symlink_to(far)
    left(BOTH)
    assert recover(here) is Recovered.DROPPED
    assert (far.read_bytes(), MEMORY.read_bytes()) == (b"old\n", b"old memory\n")
    write_together(standing([SPEC, MEMORY]), {SPEC: b"new\n", MEMORY: b"new memory\n"})
    assert (far.read_bytes(), SPEC.is_symlink()) == (b"new\n", True)


@pytest.mark.parametrize("path", [".git/config", "models/.GIT/hooks/x", "GIT~1/config", ".git", "a/.git . /b"])
def test_nothing_is_generated_into_gits_own_folder(path: str) -> None:
    assert unsafe(path) == "is git's own, in which commands can stand"
    assert unsafe(path.replace(".git", "git").replace("GIT", "it")) is None or "~" in path


def test_a_run_says_who_else_is_there(shop: Shop) -> None:
    Path("er.mmd").write_text("erDiagram\n  users {\n    int user_id PK\n  }\n")
    for held in (locked_run, drawing):
        with held("."):
            done = shop.run("import", "er.mmd", "-o", "spec.yml")
        assert done.exit_code == 2
        assert f"another run (process {os.getpid()}) is writing into `.`; nothing was written" in done.stderr
        assert not Path("spec.yml").exists()
    assert shop.run("import", "er.mmd", "-o", "spec.yml").exit_code == 0


# -- a part of what `benchmarks/kills.py` does


@pytest.fixture
def killing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What went wrong; the environment is put back."""
    for name in ("ERD2DBT_CACHE", "MIRO_TOKEN", "MIRO_API_URL", "no_proxy"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    monkeypatch.chdir(Path())
    kills.prepare()
    wrong: list[str] = []
    yield wrong
    assert wrong == []


@pytest.mark.parametrize("name", ["generate --branch", "import again", "check --fix", "adopt", "push again", "pull"])
def test_killed_at_changes_of_the_disk_the_next_run_heals_and_says_so(name: str, killing: list[str]) -> None:
    story = next(one for one in kills.stories() if one.name == name)
    assert kills.killed_at_steps(story, killing, every=7, most=4) >= 1


def test_every_command_has_a_story() -> None:
    assert {story.words[0] for story in kills.stories()} >= set(kills.COMMANDS) - kills.NO_STORY.keys()


def test_two_runs_at_once(killing: list[str]) -> None:
    """Those that write the same files: each with itself, and one that reads what the other writes."""
    together = {story.words[0]: story for story in kills.TOGETHER}
    for one, other in (("generate", "generate"), ("import", "import"), ("push", "pull")):
        kills.both(together[one], together[other], killing)
