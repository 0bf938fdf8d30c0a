"""`generate --branch` on real repositories: a branch with generated files alone, and a tree as it was in any case."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.system.git import Repository

if TYPE_CHECKING:
    from conftest import Shop

GENERATE = ("generate", "shop.yml", "-o", "our dbt", "--no-compile", "--branch", "feature/diagram")


def git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def committed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop in a repository, with a file that nobody generated and one that nobody committed."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")
    git("init", "-q", "-b", "main")
    Path("notes.md").write_text("mine\n")
    git("add", ".")
    git("commit", "-qm", "The shop")
    Path("scratch.txt").write_text("not committed\n")
    return shop


def state() -> tuple[str, str, list[str], dict[str, bytes]]:
    """The branch, all branches with their commits, what git says of the tree, and every file."""
    files = (path for path in Path().rglob("*") if path.is_file() and ".git" not in path.parts)
    status = git("status", "--porcelain", "--untracked-files=all").splitlines()
    branches = git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads")
    return git("symbolic-ref", "HEAD"), branches, status, {str(path): path.read_bytes() for path in files}


def generated(committed: Shop, branch: str = GENERATE[-1]) -> None:
    """What is generated, on the branch that the tree is on."""
    done = committed.run(*GENERATE[:-1], branch)
    assert done.exit_code == 0, done.output
    git("switch", "-q", branch)


def test_the_commit_holds_what_was_generated_and_nothing_else(committed: Shop) -> None:
    before = state()
    done = committed.run(*GENERATE)
    assert done.exit_code == 0, done.output
    commit = git("rev-parse", "--short", "feature/diagram").strip()
    assert done.stdout.splitlines()[-2:] == [
        f"branch   feature/diagram: committed as {commit}, on top of main", "next     git switch feature/diagram",
    ]  # fmt: skip
    assert "to our dbt:" in done.stdout
    assert (before[0], before[2:]) == (state()[0], state()[2:])
    names = git("show", "--name-only", "--format=%s", "feature/diagram").splitlines()
    git("switch", "-q", "feature/diagram")
    assert names[0] == "Generate our dbt from shop.yml"
    there = {str(path) for path in Path("our dbt").rglob("*") if path.is_file()}
    assert set(names[2:]) == there >= {"our dbt/.erd2dbt.lock", "our dbt/models/marts/order_facts.sql"}
    assert git("status", "--porcelain") == "?? scratch.txt\n"


def test_removed_and_merged_files_are_part_of_it(committed: Shop) -> None:
    generated(committed)
    value = Path("our dbt/models/marts/customer_value.sql")
    value.write_text(value.read_text() + "-- mine\n")
    committed.replace("shop.yml", "  order_facts:", "  order_lines:")
    committed.replace("shop.yml", "      revenue: sum(orders.amount)\n", "")
    git("commit", "-qam", "An edit, and the diagram of May")
    generated(committed, "feature/may")
    changed = dict(
        line.split("\t")[::-1] for line in git("show", "--name-status", "--no-renames", "--format=").splitlines()
    )
    assert changed["our dbt/models/marts/order_facts.sql"] == "D"
    assert changed["our dbt/models/marts/order_lines.sql"] == "A"
    assert changed["our dbt/models/marts/customer_value.sql"] == "M"
    assert value.read_text().endswith("-- mine\n")


def test_a_branch_whose_name_is_a_command_is_quoted_where_it_is_to_be_pasted(committed: Shop) -> None:
    words = (*GENERATE[:-1], "$(touch${IFS}a)")
    assert "next     git switch '$(touch${IFS}a)'\n" in committed.run(*words).stdout
    assert "git branch -D '$(touch${IFS}a)'" in committed.run(*words).stderr


def test_without_a_change_there_is_no_branch(committed: Shop) -> None:
    generated(committed)
    before = state()
    done = committed.run(*GENERATE[:-1], "feature/again")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (
        0, "branch   feature/again is not needed: nothing changed",
    )  # fmt: skip
    assert state() == before


def dirty() -> None:
    Path("notes.md").write_text("changed\n")
    Path("shop.yml").write_text(Path("shop.yml").read_text() + "# changed\n")


def detached() -> None:
    git("checkout", "-q", "--detach")


def taken() -> None:
    git("branch", "feature/diagram")


@pytest.mark.parametrize(
    ("make", "words", "said"),
    [
        (dirty, (), "the tree is dirty: `notes.md`, `shop.yml`"),
        (taken, (), "there is a branch `feature/diagram` already"),
        (lambda: None, ("--branch", "two words"), "`two words` is not a name for a branch"),
        (lambda: None, ("--branch=-f",), "`-f` is not a name for a branch"),
        (lambda: None, ("--branch", "HEAD"), "`HEAD` is not a name for a branch"),
        (lambda: None, ("--branch", "refs/heads/main"), "`refs/heads/main` already means something else to git"),
        (lambda: None, ("--branch", "refs/heads/new"), "`refs/heads/new` already means something else to git"),
        (lambda: None, ("--branch", "@"), "`@` already means something else to git"),
        (lambda: None, ("--branch", "FETCH_HEAD"), "`FETCH_HEAD` already means something else to git"),
        (lambda: None, ("--branch", "0" * 40), f"`{'0' * 40}` already means something else to git"),
        (lambda: git("tag", "v1"), ("--branch", "v1"), "`v1` already means something else to git"),
        (lambda: git("tag", "v1"), ("--branch", "tags/v1"), "`tags/v1` already means something else to git"),
    ],
)
def test_what_is_refused(committed: Shop, make: object, words: tuple[str, ...], said: str) -> None:
    make()  # type: ignore[operator]
    before = state()
    done = committed.run(*GENERATE, *words)
    assert done.exit_code == 2
    assert f"error E810: {said}" in done.stderr
    assert state() == before


def test_a_detached_head_and_a_repository_without_a_commit(committed: Shop) -> None:
    detached()
    assert "its head is detached" in committed.run(*GENERATE).stderr
    Path("new").mkdir()
    git("init", "-q", "new")
    done = committed.run("generate", "shop.yml", "-o", "new", "--no-compile", "--branch", "b")
    assert (done.exit_code, "it has no commit yet" in done.stderr) == (2, True)


def test_outside_of_a_repository_and_without_git(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cannot make the branch `feature/diagram`: not a git repository" in shop.run(*GENERATE).stderr
    monkeypatch.setenv("PATH", "")
    assert "git is not installed" in shop.run(*GENERATE).stderr
    assert not Path("our dbt").exists()


def test_generated_files_that_are_not_in_version_control(committed: Shop) -> None:
    committed.run(*GENERATE[:-2])
    before = state()
    done = committed.run(*GENERATE)
    assert done.exit_code == 2
    assert "generated files are not in version control: `our dbt/.erd2dbt.base`" in done.stderr
    assert state() == before


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg"])
def test_a_hook_that_refuses_takes_everything_back(committed: Shop, hook: str) -> None:
    before = state()
    place = Path(".git/hooks", hook)
    place.parent.mkdir(exist_ok=True)
    place.write_text("#!/bin/sh\necho no such thing >&2\nexit 1\n")
    place.chmod(0o755)
    done = committed.run(*GENERATE)
    assert done.exit_code == 2
    assert "cannot commit on the branch `feature/diagram`, so there is none: no such thing" in done.stderr
    assert state() == before


def test_faults_and_refusals_take_everything_back(committed: Shop) -> None:
    generated(committed)
    committed.replace("shop.yml", "rows: customers", "rows: custmers")
    git("commit", "-qam", "A slip")
    before = state()
    assert committed.run(*GENERATE[:-1], "feature/slip").exit_code == 2
    assert state() == before
    committed.replace("shop.yml", "rows: custmers", "rows: customers")
    committed.replace("shop.yml", "revenue: sum(orders.amount)", "revenue: min(orders.amount)")
    value = Path("our dbt/models/marts/customer_value.sql")
    value.write_text(value.read_text().replace("sum(amount)", "sum(amount) * 2"))
    git("commit", "-qam", "A conflict")
    before = state()
    assert committed.run(*GENERATE[:-1], "feature/conflict").exit_code == 1
    assert state() == before


def test_what_dbt_refuses_takes_everything_back(committed: Shop) -> None:
    committed.replace(
        "shop.yml", "latest: {last: orders.order_id, order: ordered_at}", "latest: {is: no_such(name), type: int}"
    )
    git("commit", "-qam", "A function that does not exist")
    before = state()
    done = committed.run("generate", "shop.yml", "-o", "our dbt", "--branch", "feature/diagram")
    assert done.exit_code == 2
    assert "E705" in done.stderr
    assert state() == before
    assert not os.path.exists("our dbt")


def test_what_is_saved_while_it_works_stays_and_is_not_committed(
    committed: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    generated(committed)
    committed.replace("shop.yml", "      revenue: sum(orders.amount)\n", "")
    git("commit", "-qam", "The diagram of May")
    value, begin = Path("our dbt/models/marts/customer_value.sql"), Repository.add_work_tree

    def saved(self: Repository, place: Path, commit: str) -> Repository:
        value.write_text("-- saved meanwhile\n")
        Path("notes.md").write_text("saved meanwhile\n")
        git("add", "notes.md")
        return begin(self, place, commit)

    monkeypatch.setattr(Repository, "add_work_tree", saved)
    done = committed.run(*GENERATE[:-1], "feature/may")
    assert done.exit_code == 0, done.output
    assert value.read_text() == "-- saved meanwhile\n"
    assert git("diff", "--cached", "--name-only") == "notes.md\n"
    assert "saved meanwhile" not in git("show", "feature/may")


@pytest.mark.parametrize("force", [False, True])
def test_a_file_that_is_not_in_version_control_is_never_overwritten(committed: Shop, *, force: bool) -> None:
    mine = Path("our dbt/models/marts/customer_value.sql")
    mine.parent.mkdir(parents=True)
    mine.write_text("-- mine\n")
    done = committed.run(*GENERATE, *(["--force"] if force else []))
    assert mine.read_text() == "-- mine\n"
    assert git("status", "--porcelain", "our dbt") == '?? "our dbt/"\n'
    assert (done.exit_code, "would be overwritten: `our dbt/models/marts/customer_value.sql`" in done.stderr) == (
        (0, False) if force else (2, True)
    )


def test_what_git_ignores_is_left_out_and_said(committed: Shop) -> None:
    Path(".gitignore").write_text("profiles.yml\n")
    git("add", ".gitignore")
    git("commit", "-qm", "Profiles are private")
    done = committed.run(*GENERATE)
    assert done.exit_code == 0, done.output
    assert "ignored  git ignores `our dbt/profiles.yml`: not in the commit" in done.stdout
    git("switch", "-q", "feature/diagram")
    assert (Path("our dbt/profiles.yml").exists(), Path("our dbt/README.md").exists()) == (False, True)


@pytest.mark.parametrize("words", [GENERATE, GENERATE[:-2]])
def test_the_work_tree_of_a_killed_run_is_removed_by_the_next(committed: Shop, words: tuple[str, ...]) -> None:
    program = (
        "import os, signal\nfrom erd2dbt.cli import main\nfrom erd2dbt.system.git import Repository\n"
        "Repository.commit = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nmain()"
    )
    before = state()
    assert subprocess.run([sys.executable, "-c", program, *GENERATE], check=False).returncode == -signal.SIGKILL
    assert state() == before
    assert len(git("worktree", "list").splitlines()) == 2
    done = committed.run(*words)
    assert done.exit_code == 0, done.output
    assert "note     a run with --branch was killed: its work tree was removed" in done.stdout
    assert len(git("worktree", "list").splitlines()) == 1
    assert not Path(".git/erd2dbt").exists()


def test_the_advice_for_a_branch_that_is_checked_out_can_be_followed(committed: Shop) -> None:
    done = committed.run(*GENERATE[:-1], "main")
    assert "there is a branch `main` already" in done.stderr
    assert ("switch to another branch first" in done.stderr, "branch -D" in done.stderr) == (True, False)


def nobody(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_CONFIG", "EMAIL"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git("config", "user.useConfigOnly", "true")  # else git makes a name of this machine's


def test_who_commits_must_be_known_before_anything_is_generated(
    committed: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nobody(monkeypatch, tmp_path_factory.mktemp("home"))
    before = state()
    done = committed.run(*GENERATE)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "error E810: git does not know who you are, so it cannot commit" in done.stderr
    assert "fix: git config user.email" in done.stderr
    assert state() == before
    git("config", "user.name", "Bo")
    assert committed.run(*GENERATE).exit_code == 2
    git("config", "user.email", "bo@example.org")
    assert committed.run(*GENERATE).exit_code == 0
    assert git("show", "--no-patch", "--format=%an <%ae>", GENERATE[-1]) == "Bo <bo@example.org>\n"


def merging(is_conflict: bool) -> None:
    git("switch", "-qc", "side")
    Path("notes.md" if is_conflict else "theirs.md").write_text("side\n")
    git("add", "notes.md" if is_conflict else "theirs.md")
    git("commit", "-qm", "Aside")
    git("switch", "-q", "main")
    Path("notes.md").write_text("main\n")
    git("commit", "-qam", "On main")


@pytest.mark.parametrize("words", [("merge", "side"), ("rebase", "side"), ("cherry-pick", "side")])
def test_a_conflict_of_git_that_is_being_solved_is_left_as_it_is(committed: Shop, words: tuple[str, ...]) -> None:
    merging(is_conflict=True)
    assert subprocess.run(["git", *words], check=False, capture_output=True).returncode
    before = git("status"), Path("notes.md").read_bytes()
    done = committed.run(*GENERATE)
    assert (done.exit_code, "error E810: " in done.stderr) == (2, True)
    assert (git("status"), Path("notes.md").read_bytes()) == before
    assert "feature" not in git("branch")


def test_a_merge_that_waits_for_its_commit_is_dirty(committed: Shop) -> None:
    merging(is_conflict=False)
    git("merge", "-q", "--no-commit", "--no-ff", "side")
    before = git("status")
    assert "the tree is dirty: `theirs.md`" in committed.run(*GENERATE).stderr
    assert git("status") == before


@pytest.mark.parametrize("folder", ["with blanks", "Straße ü", 'it\'s "quoted"', "$(touch x)", "-o"])
def test_a_shallow_clone_in_any_folder(committed: Shop, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    git("clone", "-q", "--depth", "1", "--no-tags", "--", f"file://{Path.cwd()}", f"clones/{folder}")
    monkeypatch.chdir(Path("clones", folder))
    before = state()
    done = committed.run(*GENERATE)
    assert done.exit_code == 0, done.output
    assert (before[0], before[2:]) == (state()[0], state()[2:])
    assert "our dbt/dbt_project.yml" in git("ls-tree", "-r", "--name-only", GENERATE[-1])
    assert len(git("worktree", "list").splitlines()) == 1


def test_a_linked_work_tree_a_submodule_and_a_folder_inside(committed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    git("worktree", "add", "-q", "-b", "other", "linked")
    git("clone", "-q", ".", "apart")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "./apart", "part")
    git("commit", "-qam", "A submodule")
    top = Path.cwd()
    for number, place in enumerate(("linked", "part", "below/it")):
        Path(top, place).mkdir(parents=True, exist_ok=True)
        Path(top, place, "shop.yml").write_bytes(Path(top, "shop.yml").read_bytes())
        monkeypatch.chdir(top / place)
        git("add", "shop.yml")
        git("commit", "-qa", "--allow-empty", "-m", "A spec")
        before = git("status"), git("worktree", "list")
        done = committed.run(*GENERATE[:-1], f"new{number}")
        assert done.exit_code == 0, done.output
        assert (git("status"), git("worktree", "list")) == before
        names = git("ls-tree", "-r", "--name-only", "--full-tree", f"new{number}")
        assert ("below/it/our dbt/README.md" if "below" in place else "our dbt/README.md") in names
