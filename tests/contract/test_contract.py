"""What a changed spec means, word for word: `<case>/{old,new}.yml` in, `expected.*` out.
`ERD2DBT_UPDATE_GOLDEN=1` rewrites what is expected."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main
from erd2dbt.contract.change import Meaning
from erd2dbt.contract.compare import contract_changes
from erd2dbt.contract.types import fits
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines import generation

FOLDER = Path(__file__).parent
CASES = sorted(path.parent.name for path in FOLDER.glob("*/old.yml"))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["diff", *words], catch_exceptions=False)


def same_as(path: Path, text: str) -> None:
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_changes_word_for_word(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER / case)
    done = run("old.yml", "new.yml")
    assert (done.exit_code, done.stderr) == (0, "")
    same_as(FOLDER / case / "expected.txt", done.stdout)


@pytest.mark.parametrize(("form", "name"), [("json", "json"), ("markdown", "md"), ("github", "github.txt")])
def test_formats_word_for_word(form: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER / "columns")
    same_as(FOLDER / "columns" / f"expected.{name}", run("old.yml", "new.yml", "--format", form).stdout)


# -- laws


OTHER_WORDS = {
    "int": "bigint",
    "text": "varchar(9)",
    "sum(": "max(",
    "max(": "min(",
    "buyer": "payer",
    "raw": "landing",
}


def edits(case: str) -> Iterator[bytes]:
    """What the old spec becomes when one of its lines is left out or has another word."""
    lines = (FOLDER / case / "old.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines[2:], start=2):
        others = {line.replace(old, new, 1) for old, new in OTHER_WORDS.items()} - {line}
        for other in sorted({"", *others}):
            yield "".join([*lines[:number], other, *lines[number + 1 :]]).encode()


@pytest.mark.parametrize("case", ["columns", "promises"])
def test_no_change_of_a_model_is_left_unsaid(case: str) -> None:
    """And whatever is said one way is said the other way round, the other way."""
    tried = 0
    before = generation.generate((FOLDER / case / "old.yml").read_bytes(), "s")
    for new in edits(case):
        try:
            after = generation.generate(new, "s")
        except ErdError:
            continue
        tried += 1
        there, back = contract_changes(before, after), contract_changes(after, before)
        models = {path for path in before.files.keys() | after.files.keys() if path.startswith("models/")}
        differ = any(before.files.get(path) != after.files.get(path) for path in models)
        assert bool(there) is differ
        removed = {c.subject for c in there if c.what.endswith("removed") and "test" not in c.what}
        assert removed == {c.subject for c in back if c.what.startswith(("column added", "model added"))}
        assert {c.what.partition(": ")[2] for c in there if c.what.startswith("no longer")} == {
            c.what.partition(": ")[2] for c in back if c.what.startswith("now promised")
        }
    assert tried >= 15


@pytest.mark.parametrize("case", CASES)
def test_nothing_changes_by_layout_and_order_of_entities(case: str) -> None:
    spec = (FOLDER / case / "old.yml").read_text(encoding="utf-8")
    wordy = "# a comment\n" + spec.replace("entities:\n", "\nentities:  # all of them\n\n")
    before, after = generation.generate(spec.encode(), "s"), generation.generate(wordy.encode(), "s")
    assert contract_changes(before, after) == ()


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("int", "bigint"), ("smallint", "real"), ("int", "numeric(10,0)"), ("numeric(9,0)", "int"),
        ("numeric(8,2)", "numeric(9,3)"),
        ("numeric(8,2)", "numeric"), ("varchar(5)", "varchar(6)"), ("varchar(5)", "text"), ("real", "float8"),
        ("timestamp(3)", "timestamp"), ("time(0)", "time(3)"), ("name", "text"),
    ],
)  # fmt: skip
def test_types_that_fit_into_others(narrow: str, wide: str) -> None:
    assert fits(narrow, wide)
    assert not fits(wide, narrow)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("int", "text"), ("date", "timestamp"), ("timestamp", "timestamptz"), ("numeric(8,2)", "numeric(8,3)"),
        ("bigint", "real"), ("json", "jsonb"), ("citext", "hstore"), ("int[]", "bigint[]"),
    ],
)  # fmt: skip
def test_types_that_do_not(one: str, other: str) -> None:
    assert not fits(one, other)
    assert not fits(other, one)


# -- the command


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits of a spec in a folder with a blank and an umlaut, and an edit that is not committed."""
    folder = tmp_path / "our größte shop"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)

    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True)

    git("init", "-q")
    old = (FOLDER / "columns" / "old.yml").read_text(encoding="utf-8")
    for text in (old, old.replace("country: text", "country: varchar(2)")):
        (folder / "shop.yml").write_text(text, encoding="utf-8")
        git("add", ".")
        git("commit", "-qm", "a change")
    shutil.copy(FOLDER / "columns" / "new.yml", folder / "shop.yml")
    return folder


SPEC = "our größte shop/shop.yml"


def test_revisions_of_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_path = run(f"git:HEAD~1:{SPEC}", SPEC).stdout
    assert by_path == run("git:HEAD~1", SPEC).stdout
    assert by_path.splitlines()[-1] == "6 breaking, 8 risky, 3 documentation"
    narrowed = run(f"git:HEAD~1:{SPEC}", f"git:HEAD:{SPEC}").stdout
    assert narrowed.splitlines()[0] == (
        f"breaking      stg_customers.country  type narrowed: character varying(2), was text  (git:HEAD:{SPEC}:7:52)"
    )
    monkeypatch.chdir(repository)
    assert run("git:HEAD~1", "shop.yml").stdout.splitlines()[-1] == by_path.splitlines()[-1]
    assert run("git:HEAD~1:./shop.yml", "git:HEAD:./shop.yml").stdout.splitlines()[-1] == narrowed.splitlines()[-1]


@pytest.mark.parametrize(
    ("old", "reason"),
    [
        (f"git:nowhere:{SPEC}", "invalid object name 'nowhere'."),
        ("git:HEAD:other.yml", "path 'other.yml' does not exist in 'HEAD'"),
        ("git:--help:other.yml", "there is no revision in it"),
        ("git:", "there is no revision in it"),
        ("absent.yml", "no such file or directory"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_what_cannot_be_read_is_a_fault(old: str, reason: str) -> None:
    done = run(old, SPEC)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"error E015: cannot read `{old}`: {reason}\n\n1 fault\n"


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(FOLDER / "columns" / "old.yml", "shop.yml")
    assert "error E015: cannot read `git:HEAD`: not a git repository" in run("git:HEAD", "shop.yml").stderr


@pytest.mark.parametrize(("fail_on", "code"), [("breaking", 0), ("risky", 1), ("additive", 1), ("documentation", 1)])
def test_fail_on(fail_on: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    old = (FOLDER / "columns" / "old.yml").read_text(encoding="utf-8")
    Path("old.yml").write_text(old, encoding="utf-8")
    Path("new.yml").write_text(old.replace("high: 500", "high: 600"), encoding="utf-8")
    assert run("old.yml", "new.yml", "--fail-on", fail_on, "-q").exit_code == code
    assert run("old.yml", "old.yml", "--fail-on", fail_on).stdout == "nothing\n"


def test_faults_of_either_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    old = (FOLDER / "columns" / "old.yml").read_text(encoding="utf-8")
    Path("good.yml").write_text(old, encoding="utf-8")
    Path("bad.yml").write_text(old.replace("rows: customers", "rows: custmers"), encoding="utf-8")
    for words in (("bad.yml", "good.yml"), ("good.yml", "bad.yml")):
        done = run(*words, "--format", "json")
        assert (done.exit_code, json.loads(done.stdout)[0]["file"]) == (2, "bad.yml")


@pytest.mark.parametrize("words", [("a", "b", "-o", "c"), ("a", "b", "--stat"), ("a", "--fail-on", "risky")])
def test_options_of_the_other_kind_are_refused(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert (done.exit_code, "goes with" in done.stderr) == (2, True)


def test_meanings_are_ordered() -> None:
    assert Meaning.BREAKING.is_as_grave_as(Meaning.RISKY)
    assert not Meaning.DOCUMENTATION.is_as_grave_as(Meaning.ADDITIVE)
