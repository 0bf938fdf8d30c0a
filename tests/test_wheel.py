"""What is shipped: a wheel that generates without the checkout, and a source archive that makes the same wheel."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = """
import sys, erd2dbt, erd2dbt.cli
code = sys.argv.pop(1)
assert erd2dbt.__file__.startswith(code), erd2dbt.__file__
erd2dbt.cli.main()
"""
SHIPPED_SPECS = ("erd2dbt.schema.json", "starter.yml")


def built(source: Path, target: str, into: Path) -> Path:
    """hatchling's archive of a source folder."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (archive,) = into.iterdir()
    return archive


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def run_from(code: Path, *words: str | Path) -> str:
    """The command line of the package in `code`, from wherever the test stands."""
    done = subprocess.run(
        [sys.executable, "-P", "-B", "-c", PROGRAM, str(code), *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(code), "ERD2DBT_CACHE": f"{Path.cwd()}/cache-{code.name}"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(built(ROOT, "wheel", folder / "dist")) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_has_the_package_its_templates_and_its_specs_alone(wheel: Path) -> None:
    package, about = sorted(path.name for path in wheel.iterdir())
    assert (package, about.endswith(".dist-info")) == ("erd2dbt", True)
    specs = contents(ROOT / "specs")
    expected = {
        **contents(ROOT / "src" / "erd2dbt"),
        **{f"templates/{name}": data for name, data in contents(ROOT / "templates").items()},
        **{f"specs/{name}": specs[name] for name in SHIPPED_SPECS},
    }
    inside = contents(wheel / package)
    assert sorted(inside) == sorted(expected)
    assert inside == expected
    assert (wheel / about / "licenses" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_wheel_generates_what_the_checkout_does(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = [
        run_from(code, "generate", ROOT / "specs" / "marketing.yml", "--no-compile", "-o", code.name).splitlines()[:2]
        for code in (wheel, ROOT / "src")
    ]
    assert said[0] == said[1]
    made = contents(tmp_path / wheel.name)
    assert len(made) > 20
    assert made == contents(tmp_path / "src")
    assert run_from(wheel, "explain", "E202").startswith("E202: ")
    run_from(wheel, "init", "begin.yml")
    assert Path("begin.yml").read_bytes() == (ROOT / "specs" / "starter.yml").read_bytes()
    run_from(wheel, "check", "begin.yml")


def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(built(ROOT, "sdist", tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.glob("erd2dbt-*")
    for file in ("pyproject.toml", "README.md", "LICENSE", "tests/conftest.py", "specs/marketing.yml"):
        assert (source / file).read_bytes() == (ROOT / file).read_bytes()
    with zipfile.ZipFile(built(source, "wheel", tmp_path / "again")) as archive:
        again = {name: archive.read(name) for name in archive.namelist()}
    assert again == contents(wheel)


def test_archives_are_the_same_bytes_wherever_and_whenever_they_are_built(tmp_path: Path) -> None:
    """In another folder, by somebody with another umask, from files of another time."""
    first = {target: built(ROOT, target, tmp_path / target) for target in ("sdist", "wheel")}
    with tarfile.open(first["sdist"]) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.glob("erd2dbt-*")
    for file in (*source.rglob("*"), source):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    before = os.umask(0o077)
    try:
        again = {target: built(source, target, tmp_path / f"again {target}") for target in first}
    finally:
        os.umask(before)
    assert {target: digest(file) for target, file in again.items()} == {t: digest(f) for t, f in first.items()}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
