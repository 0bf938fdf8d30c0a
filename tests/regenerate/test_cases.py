"""Diagrams that change and people who edit, in clones of a real repository: what is told, and every file in the end.

A case is a folder below `cases`. Its `story.yml` says `about:` in a sentence and `story:` in steps, which begin in a
clone of a repository that holds `shop.yml` and, in the folder `dbt`, what was generated from it:

* `edit FILE: [[old, new], …]`, a text to write, or nothing to delete it; `latin1 FILE:` does so to the bytes
* `template FILE: [[old, new], …]`: a template of one's own in the folder `templates`, made from the tool's
* `crlf FILE:`, `chmod FILE: "755"`, `move FILE: FILE`, `link FILE: TARGET`, `git: [command, …]` (`!` before: it fails)
* `generate: [option, …]`: `erd2dbt diff`, then `erd2dbt generate`, and the laws that hold after it

What else lies in the folder `files` of the case is put into the clone. `expected.txt` holds what was said and how the
project differs in the end from one that is generated into an empty folder; `ERD2DBT_UPDATE_GOLDEN=1` rewrites it.
"""

from __future__ import annotations

import difflib
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from folders import stamps

from erd2dbt.cli import main
from erd2dbt.design.project.identities import identities
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.product_cache import templates_digest
from erd2dbt.system.shipped_files import shipped
from erd2dbt.write.bases import read_bases
from erd2dbt.write.changes import Naming, apply, decide
from erd2dbt.write.lock import TOOL, Means, names, read_lock
from erd2dbt.write.paths import BASE, LOCK, RUNNING

HERE = Path(__file__).parent
CASES = sorted(case.parent for case in HERE.glob("cases/*/story.yml"))
UNSAID = ("read ", "checked ", "done ")  # the same in every run, or never the same
SPEC, OUT = "shop.yml", Path("dbt")
VISIBLE = {"\r": "␍", "\ufeff": "<BOM>", TOOL: "{TOOL}"}


def git(*words: str, folder: Path | None = None, fails: bool = False) -> None:
    done = subprocess.run(["git", *words], check=False, cwd=folder, capture_output=True, text=True)
    assert bool(done.returncode) == fails, done.stdout + done.stderr


@pytest.fixture(scope="module")
def as_anyone() -> Any:
    """Git without the settings of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{name}_NAME", "anyone")
            patch.setenv(f"GIT_{name}_EMAIL", "anyone@example.org")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory, as_anyone: None) -> Path:
    """The repository that every case clones."""
    del as_anyone
    folder = tmp_path_factory.mktemp("origin")
    shutil.copy(HERE / SPEC, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ERD2DBT_CACHE", str(folder.with_name("cache of the origin")))
        assert run("generate", SPEC, "-o", str(OUT), "--no-compile").exit_code == 0
    git("init", "-q", "-b", "main", folder=folder)
    git("add", "-A", folder=folder)
    git("commit", "-q", "-m", "generated", folder=folder)
    return folder


@dataclass
class Clone:
    """The current folder, and what was said in it so far."""

    said: list[str] = field(default_factory=list)
    templates: Path | None = None

    def step(self, step: Any) -> None:
        ((words, given),) = step.items()
        verb, _, path = words.partition(" ")
        getattr(self, verb)(*([Path(path)] if path else []), given)

    def edit(self, path: Path, changes: Any, encoding: str = "utf-8") -> None:
        if changes is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        text = changes if isinstance(changes, str) else path.read_bytes().decode(encoding)
        for pair in [] if isinstance(changes, str) else changes:
            old, new = (words.replace("{TOOL}", TOOL) for words in pair)
            assert text.count(old) == 1, f"`{old}` is not once in {path}"
            text = text.replace(old, new)
        path.write_bytes(text.encode(encoding))

    def latin1(self, path: Path, changes: Any) -> None:
        self.edit(path, changes, "latin-1")

    def template(self, path: Path, changes: Any) -> None:
        own = "templates" / path
        own.parent.mkdir(parents=True)
        shutil.copy(shipped("templates") / path, own)
        self.edit(own, changes)

    def crlf(self, path: Path, _: None) -> None:
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def chmod(self, path: Path, mode: str) -> None:
        path.chmod(int(mode, 8))

    def move(self, path: Path, to: str) -> None:
        Path(to).parent.mkdir(parents=True, exist_ok=True)
        path.rename(to)

    def link(self, path: Path, to: str) -> None:
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.symlink_to(to)

    def git(self, commands: list[str]) -> None:
        for command in commands:
            git(*command.removeprefix("!").split(), fails=command.startswith("!"))

    def generate(self, options: list[str]) -> None:
        """Says what differs and what is done, and holds the laws."""
        used = [word for option in options if option.startswith("--templates") for word in option.split("=")]
        self.templates = Path(used[1]) if used else None
        kept, files, before = everything(), contents(OUT, LOCK, BASE), stamps(Path())
        differs = self.told("diff", SPEC, "-o", str(OUT), "--stat", *(["=".join(used)] if used else []))
        assert stamps(Path()) == before, "diff wrote something"
        words = ["generate", SPEC, "-o", str(OUT), "--no-compile", *options]
        done = self.told(*words, known=differs.stderr)
        if done.exit_code == 2 or done.stderr.endswith("nothing was written\n"):
            assert everything() == kept, "a run that was refused wrote something"
            assert differs.exit_code == done.exit_code
            return
        assert differs.exit_code == (contents(OUT, LOCK, BASE) != files), "diff does not say what generate does"
        before = stamps(Path())
        assert run(*[word for word in words if not word.startswith("--conflict")]).exit_code == done.exit_code
        assert stamps(Path()) == before, "a second run wrote something"
        if done.exit_code:
            return
        assert run("diff", SPEC, "-o", str(OUT), "-q", *(["=".join(used)] if used else [])).exit_code == 0
        known = names(read_lock(str(OUT)))
        assert read_bases(str(OUT)).keys() == known, "the texts that were generated last are not kept"
        assert not (OUT / RUNNING).exists()

    def told(self, *words: str, known: str = "") -> Result:
        done = run(*words)
        lines = [line for line in done.stdout.splitlines() if not line.startswith(UNSAID)]
        faults = done.stderr.replace(known, "(the same faults)\n") if known else done.stderr
        self.said += [f"$ erd2dbt {' '.join(words)}", *lines, *faults.splitlines(), f"→ {done.exit_code}", ""]
        return done

    def differences(self) -> list[str]:
        """From what is generated into an empty folder to what stands here, file by file."""
        fresh = Path("fresh")
        made = generation.generate(Path(SPEC).read_bytes(), SPEC, self.templates)
        naming, templates = Naming(now=identities(made.erd, made.project.sql_paths)), templates_digest(self.templates)
        apply(decide(made.files, fresh, naming=naming), made.files, fresh, means=Means(templates), naming=naming)
        generated, here = (contents(folder, BASE) for folder in (fresh, OUT))
        return [
            line for path in sorted({*generated, *here}) for line in patch(path, generated.get(path), here.get(path))
        ]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def everything() -> dict[str, str]:
    return contents(Path(), "")


def contents(folder: Path, *but: str) -> dict[str, str]:
    """What stands in each file, with its mode where it is not as usual; of links, where they lead."""
    found = {}
    for place in sorted(folder.rglob("*")):
        path = place.relative_to(folder).as_posix()
        if path.startswith((".git/", "fresh/")) or place.name in but:
            continue
        if place.is_symlink():
            found[path] = f"-> {place.readlink()}\n"
        elif place.is_file():
            executable = place.stat().st_mode & stat.S_IXUSR
            found[path] = "executable\n" * bool(executable) + place.read_bytes().decode(errors="surrogateescape")
    return found


def patch(path: str, generated: str | None, here: str | None) -> list[str]:
    if generated == here:
        return []
    if here and here.count("\n") == here.count("\r\n") > 0:
        return [f"=== {path}", "(lines end as on Windows)", *patch(path, generated, here.replace("\r", ""))[1:]]
    texts = [(text or "").split("\n") for text in (generated, here)]
    for text in texts:
        if text and not text[-1]:
            text.pop()
        else:
            text.append("(no line break)")
    if generated is None:
        return [f"+++ {path}", *(f"+{visible(line)}" for line in texts[1])]
    lines = list(difflib.unified_diff(*texts, n=0, lineterm=""))[2:]
    return [f"=== {path}", *(visible(line) for line in lines if not line.startswith("@@"))]


def visible(line: str) -> str:
    for sign, name in VISIBLE.items():
        line = line.replace(sign, name)
    return "".join(f"<{ord(c) - 0xDC00:02X}>" if "\udc80" <= c <= "\udcff" else c for c in line)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERD2DBT_CACHE", str(tmp_path / "cache"))
    git("clone", "-q", str(origin), "clone", folder=tmp_path)
    if (case / "files").exists():
        shutil.copytree(case / "files", tmp_path / "clone", dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "clone")
    clone = Clone()
    for step in yaml.safe_load((case / "story.yml").read_text(encoding="utf-8"))["story"]:
        clone.step(step)
    is_done = "→ 0" in clone.said[-2:] or ("→ 1" in clone.said[-2:] and "nothing was written" not in clone.said[-4:])
    found = clone.said + (clone.differences() if is_done else [])
    text = "\n".join(visible(line) for line in found).rstrip("\n").replace(str(tmp_path), "…") + "\n"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        (case / "expected.txt").write_text(text, encoding="utf-8", newline="\n")
    assert text == (case / "expected.txt").read_text(encoding="utf-8")


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 40
