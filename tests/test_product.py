"""What was generated once is remembered: the same again says the same, and nothing stale is ever written."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main

ROOT = Path(__file__).parents[1]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ERD2DBT_CACHE", str(tmp_path / "cache"))
    return Path(shutil.copy(ROOT / "specs" / "starter.yml", tmp_path / "spec.yml"))


def generate(spec: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["generate", str(spec), "-o", str(spec.parent / "out"), "--no-compile", *more])


RECORDS = 2  # files that a run writes for the next one


def texts(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def kept(spec: Path) -> list[Path]:
    return list((spec.parent / "cache" / "products").iterdir())


def summary(result: Result) -> list[str]:
    return [line for line in result.stdout.splitlines() if line.startswith(("read", "told"))]


def test_the_second_run_says_the_same_without_generating(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = generate(spec)
    written = texts(spec.parent / "out")
    monkeypatch.setattr("erd2dbt.pipelines.generation.generate", None)
    second = generate(spec)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert summary(second) == summary(first) != []
    assert f"{len(written) - RECORDS} the same" in second.stdout
    assert texts(spec.parent / "out") == written


def test_what_is_remembered_is_written_where_it_is_missing(spec: Path) -> None:
    generate(spec)
    written = texts(spec.parent / "out")
    shutil.rmtree(spec.parent / "out")
    assert f"{len(written) - RECORDS} new" in generate(spec).stdout
    assert texts(spec.parent / "out") == written


def test_a_changed_spec_is_generated_anew(spec: Path) -> None:
    generate(spec)
    before = texts(spec.parent / "out")
    spec.write_text(spec.read_text().replace("project: ", "project: another_"))
    assert generate(spec).exit_code == 0
    assert texts(spec.parent / "out") != before


def test_changed_templates_are_rendered_anew(spec: Path) -> None:
    templates = spec.parent / "templates"
    templates.mkdir()
    for word in ("first", "second of mine"):
        (templates / "gitignore.jinja").write_text(f"{word}\n")
        assert generate(spec, "--templates", str(templates), "--force").exit_code == 0
        assert (spec.parent / "out" / ".gitignore").read_text() == f"{word}\n"


def test_edited_files_are_kept_all_the_same(spec: Path) -> None:
    generate(spec)
    models = sorted((spec.parent / "out" / "models").rglob("*.sql"))[:2]
    for model in models:
        model.write_text("-- mine\n")
    done = generate(spec)
    assert done.exit_code == 0
    assert all(f"{model.name} was edited" in done.stdout for model in models)
    assert all(model.read_text() == "-- mine\n" for model in models)


@pytest.mark.parametrize("text", ["", "{", "nonsense\n{}", "\ud800"])
def test_a_broken_cache_is_no_cache(spec: Path, text: str) -> None:
    generate(spec)
    written = texts(spec.parent / "out")
    (file,) = kept(spec)
    key = file.read_bytes().partition(b"\n")[0]
    for broken in (text.encode("utf-8", "surrogatepass"), key + b"\n" + text.encode("utf-8", "surrogatepass")):
        file.write_bytes(broken)
        assert generate(spec).exit_code == 0
        assert texts(spec.parent / "out") == written


def test_a_cache_that_cannot_be_written_is_none(spec: Path) -> None:
    (spec.parent / "cache").write_text("a file, not a folder")
    assert generate(spec).exit_code == 0
    assert generate(spec).exit_code == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_memory_is_none(spec: Path, seed: int) -> None:
    """Whatever was changed, cut off or put in: what is written is what the spec gives."""
    generate(spec)
    written = texts(spec.parent / "out")
    (memory,) = kept(spec)
    whole, random = memory.read_bytes(), Random(seed)
    at = random.randrange(len(whole))
    damages = (
        whole[:at],
        whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        whole.replace(b"select", b"delete"),
        whole.split(b"\n", 1)[0] + b"\n{}",
        whole.split(b"\n", 2)[0] + b"\n\n" + b"[" * 100_000,
        b"\xff" + whole,
    )
    memory.write_bytes(damages[seed])
    shutil.rmtree(spec.parent / "out")
    assert generate(spec).exit_code == 0
    assert texts(spec.parent / "out") == written
