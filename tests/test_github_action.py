"""`action.yml`: its own shell steps run here as a runner runs them, with a stand-in for GitHub's `gh`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step["run"] for step in ACTION["runs"]["steps"] if "run" in step}
GH = """#!/usr/bin/env bash
# lists the comments that stand in `comments`; writes down what is asked of it
printf '%s\\n' "$*" >> calls
case "$*" in *--jq*) cat comments ;; esac
"""


class Runner:
    """A checkout with a spec, and what a runner gives to each step."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        folder.mkdir()
        shutil.copy(ROOT / "tests" / "cli" / "shop" / "shop.yml", folder / "the shop.yml")
        tools = folder / "tools"
        tools.mkdir()
        (tools / "gh").write_text(GH, encoding="utf-8")
        (tools / "gh").chmod(0o755)
        (folder / "comments").touch()
        places = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary", "RUNNER_TEMP": "temp"}
        (folder / "temp").mkdir()
        self.environment = {
            **os.environ,
            **{name: str(folder / file) for name, file in places.items()},
            "PATH": f"{tools}:{sysconfig.get_path('scripts')}:{os.environ['PATH']}",
            "ERD2DBT_CACHE": str(cache),
            "GITHUB_REPOSITORY": "bakers/shop",
            "SPEC": "the shop.yml",
            "OUTPUT": "dbt",
            "TEMPLATES": "",
            "NUMBER": "7",
        }

    def run(self, step: str, **more: str) -> subprocess.CompletedProcess[str]:
        """As `shell: bash` is run: `bash --noprofile --norc -eo pipefail`."""
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]]
        return subprocess.run(
            words, cwd=self.folder, env={**self.environment, **more}, capture_output=True, text=True, check=False
        )

    def text(self, file: str) -> str:
        return (self.folder / file).read_text(encoding="utf-8")

    @property
    def code(self) -> str:
        return self.text("output").splitlines()[-1].removeprefix("exit-code=")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path / "a checkout", tmp_path / "cache")


def generate(runner: Runner) -> None:
    words = ["erd2dbt", "generate", "the shop.yml", "-o", "dbt", "--no-compile", "-q"]
    subprocess.run(words, cwd=runner.folder, env=runner.environment, check=True)


def test_compare_annotates_and_sums_up(runner: Runner) -> None:
    generate(runner)
    (runner.folder / "dbt" / "README.md").unlink()
    (runner.folder / "dbt" / "dbt_project.yml").unlink()
    done = runner.run("Compare")
    assert done.returncode == 0, done.stderr
    assert [line.partition(",title=")[2].split(" ")[0] for line in done.stdout.splitlines()] == [
        "README.md",
        "dbt_project.yml",
    ]
    assert runner.text("summary").startswith("### ❌ `dbt` is out of date: 2 files\n")
    assert runner.code == "1"
    assert runner.run("Verdict", CODE=runner.code).returncode == 1


def test_what_is_up_to_date_passes(runner: Runner) -> None:
    generate(runner)
    assert (runner.run("Compare").stdout, runner.code) == ("", "0")
    assert runner.text("summary") == "### ✅ `dbt` is up to date with `the shop.yml`\n"
    assert runner.run("Verdict", CODE="0").returncode == 0


def test_faults_are_exit_code_2(runner: Runner) -> None:
    spec = runner.folder / "the shop.yml"
    spec.write_text(runner.text("the shop.yml").replace("rows: customers", "rows: custmers"), encoding="utf-8")
    assert "did you mean `customers`?" in runner.run("Compare").stdout
    assert (runner.code, runner.run("Verdict", CODE=runner.code).returncode) == ("2", 2)


@pytest.mark.parametrize(
    ("comments", "call"),
    [
        ("", "api --silent repos/bakers/shop/issues/7/comments -F body=@"),
        ("41\n42\n", "api --silent -X PATCH repos/bakers/shop/issues/comments/41 -F body=@"),
    ],
    ids=["new", "updated"],
)
def test_one_comment_is_kept_up_to_date(runner: Runner, comments: str, call: str) -> None:
    runner.run("Compare")
    (runner.folder / "comments").write_text(comments, encoding="utf-8")
    assert runner.run("Comment on the pull request").returncode == 0
    assert runner.text("calls").splitlines()[-1].startswith(call)
    assert runner.text("temp/comment.md").startswith("<!-- erd2dbt diff the shop.yml -->\n### ❌ `dbt` is out of date")


def test_a_token_that_may_not_comment_fails_nothing(runner: Runner) -> None:
    runner.run("Compare")
    (runner.folder / "tools" / "gh").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    done = runner.run("Comment on the pull request")
    assert (done.returncode, done.stdout[:10]) == (0, "::notice::")


def test_hooks_of_pre_commit_are_commands(runner: Runner) -> None:
    """Each hook's entry with its arguments, as pre-commit would call it."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    generate(runner)
    arguments = {"erd2dbt-diff": ["the shop.yml", "-o", "dbt"], "erd2dbt-check": ["the shop.yml"]}
    assert {hook["id"] for hook in hooks} == set(arguments)
    for hook in hooks:
        words = [*hook["entry"].split(), *arguments[hook["id"]]]
        subprocess.run(words, cwd=runner.folder, env=runner.environment, check=True, capture_output=True)
