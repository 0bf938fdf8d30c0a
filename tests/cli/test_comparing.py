"""What `diff` and `generate --check` say of a folder, word for word, and that they write nothing.
`ERD2DBT_UPDATE_GOLDEN=1` rewrites what is expected."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.gate.as_github import command
from erd2dbt.gate.as_markdown import MOST

if TYPE_CHECKING:
    from conftest import Shop

EXPECTED = Path(__file__).parent / "comparing"
GENERATE = ("generate", "shop.yml", "--no-compile", "-o", "out")
DIFF = ("diff", "shop.yml", "-o", "out")
VALUE, FACTS, YAML = (
    "models/marts/customer_value.sql", "models/marts/order_facts.sql", "models/marts/_marts__models.yml",
)  # fmt: skip
FORMATS = ("text", "json", "markdown", "github")


def tree(folder: str = "out") -> dict[str, tuple[int, bytes]]:
    files = (path for path in Path(folder).rglob("*") if path.is_file())
    return {path.as_posix(): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def append(path: str, text: str) -> None:
    with Path("out", path).open("a", encoding="utf-8") as file:
        file.write(text)


def same_as(name: str, text: str) -> None:
    expected = EXPECTED / name
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(text, encoding="utf-8", newline="\n")
    assert text == expected.read_text(encoding="utf-8")


def causes(shop: Shop, *more: str) -> dict[str, list[str]]:
    """Path -> its fate, then its causes."""
    told = json.loads(shop.run(*DIFF, "--format", "json", *more).stdout)
    return {file["path"]: [file["fate"], *file["causes"]] for file in told["files"]}


# -- no project


def test_a_folder_without_a_project_is_named_with_those_that_have_one(shop: Shop) -> None:
    """Without -o the folder is that of the spec's project; the diff of all files of a new one says nothing."""
    missing = "missing  there is no project in `shop`; `erd2dbt generate shop.yml` writes 11 files there\n"
    for words in (("diff", "shop.yml"), ("generate", "shop.yml", "--check")):
        assert shop.run(*words).stdout == missing
    shop.run(*GENERATE)
    Path("broken").mkdir()
    Path("broken", ".erd2dbt.lock").write_text("{", encoding="utf-8")
    assert shop.run("diff", "shop.yml").stdout == f"{missing}         `out` has these models: name it with `-o`\n"


# -- up to date


@pytest.mark.parametrize("words", [DIFF, ("generate", "shop.yml", "-o", "out", "--check")], ids=["diff", "check"])
def test_what_was_just_generated_is_up_to_date(shop: Shop, words: tuple[str, ...]) -> None:
    shop.run(*GENERATE)
    before = tree()
    done = shop.run(*words)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "same     out is up to date\n", "")
    assert tree() == before


def test_edits_that_stay_are_told_and_up_to_date(shop: Shop) -> None:
    shop.run(*GENERATE)
    append(VALUE, "-- mine\n")
    append(FACTS, "-- mine, too\n")
    done = shop.run(*DIFF)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"keep     {VALUE}  (edited by hand)",
        f"keep     {FACTS}  (edited by hand)",
        "same     out is up to date",
    ]


def test_after_a_run_it_is_up_to_date_whatever_was_edited(shop: Shop) -> None:
    """An edited file of a model that left is told, but it is the user's own by now."""
    shop.run(*GENERATE)
    append(FACTS, "-- mine\n")
    shop.replace("shop.yml", "  order_facts:", "  order_lines:")
    assert shop.run(*DIFF).exit_code == 1
    assert shop.run(*GENERATE).exit_code == 0
    done = shop.run(*DIFF)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, f"orphan   {FACTS}  (stale, edited by hand)")


# -- out of date


def differ(shop: Shop) -> None:
    """A renamed model, a new column, an edit beside it, a file that was deleted and one that stays edited."""
    shop.run(*GENERATE)
    shop.replace("shop.yml", "  order_facts:", "  order_lines:")
    shop.replace("shop.yml", "      revenue: sum(orders.amount)\n", "      revenue: max(orders.amount)\n")
    append(VALUE, "-- mine: ``` and | and <b>\n")
    append("models/staging/shop/stg_orders.sql", "-- mine\n")
    Path("out/dbt_project.yml").unlink()


@pytest.mark.parametrize("form", FORMATS)
def test_differences_word_for_word(shop: Shop, form: str) -> None:
    differ(shop)
    before = tree(".")
    done = shop.run(*DIFF, "--format", form)
    assert (done.exit_code, done.stderr) == (1, "")
    assert {path: text for path, text in tree(".").items() if path in before} == before
    same_as({"json": "verdict.json", "markdown": "verdict.md"}.get(form, f"{form}.txt"), done.stdout)


def test_the_unified_diff_is_one_that_git_applies(shop: Shop) -> None:
    differ(shop)
    told = json.loads(shop.run(*DIFF, "--format", "json").stdout)
    patch = "".join(file["diff"] for file in told["files"])
    subprocess.run(["git", "apply", "--directory=out", "-"], input=patch, text=True, check=True)
    assert shop.run(*DIFF).exit_code == 0


def test_stat_leaves_the_diff_out(shop: Shop) -> None:
    differ(shop)
    told = shop.run(*DIFF, "--stat").stdout.splitlines()
    fates = [line.split()[0] for line in told if line.split()[-1:] and line.endswith(")")]
    assert fates == ["update", "create", "update", "merge", "remove", "create", "keep"]
    assert not any(line.startswith(("@@", "---")) for line in told)


def test_quiet_tells_by_its_exit_code_alone(shop: Shop) -> None:
    differ(shop)
    done = shop.run(*DIFF, "-q")
    assert (done.exit_code, done.output) == (1, "")


def test_nothing_generated_yet(shop: Shop) -> None:
    found = causes(shop)
    assert {tuple(words) for words in found.values()} == {("create", "missing")}
    assert not Path("out").exists()


def test_faults_are_exit_code_2(shop: Shop) -> None:
    shop.replace("shop.yml", "rows: customers", "rows: custmers")
    done = shop.run(*DIFF)
    assert done.exit_code == 2
    assert "did you mean `customers`?" in done.stderr


def test_faults_reach_the_pull_request_too(shop: Shop) -> None:
    shop.replace("shop.yml", "rows: customers", "rows: custmers")
    shop.replace("shop.yml", "  orders }o--|| customers", "  ordrs }o--|| customers")
    annotated = shop.run(*DIFF, "--format", "github").stdout.splitlines()
    assert [line.partition(",title=")[2] for line in annotated] == [
        "E030::the link `ordrs }o--|| customers` names `ordrs`, which is not an entity%0Afix: did you mean `orders`?",
        "E030::there is no entity or model `custmers`%0Afix: did you mean `customers`?",
    ]
    assert all(line.startswith("::error file=shop.yml,line=") for line in annotated)
    commented = shop.run(*DIFF, "--format", "markdown").stdout.splitlines()
    assert commented[:3] == ["### ❌ `shop.yml` has faults", "", "```text"]
    assert sum("error E030" in line for line in commented) == 2


def test_conflicts_are_listed(shop: Shop) -> None:
    shop.run(*GENERATE)
    for path in (VALUE, FACTS):
        file = Path("out", path)
        file.write_text(file.read_text().replace("left join", "inner join"))
    shop.replace("shop.yml", "orders }o--|| customers: customer_id", "orders }o--o| customers: customer_id")
    file = Path("out", VALUE)
    file.write_text(file.read_text().replace("sum(amount)", "sum(amount) * 2"))
    shop.replace("shop.yml", "revenue: sum(orders.amount)", "revenue: min(orders.amount)")
    done = shop.run(*DIFF)
    assert done.exit_code == 1
    assert f"conflict {VALUE}  (edited by hand, spec changed)" in done.stdout
    assert "error E806" in done.stderr


# -- causes


def test_causes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.run(*GENERATE)
    own = Path("templates/marts")
    shop.replace("shop.yml", "  order_facts:", "  order_lines:")
    assert causes(shop)[FACTS] == ["remove", "stale"]
    assert causes(shop)[YAML] == ["update", "spec changed"]
    shop.replace("shop.yml", "  order_lines:", "  order_facts:")
    own.mkdir(parents=True)
    shipped = Path(__file__).parents[2] / "templates"
    shutil.copy(shipped / "README.md.jinja", "templates/README.md.jinja")
    with Path("templates/README.md.jinja").open("a", encoding="utf-8") as file:
        file.write("\nOurs.\n")
    assert causes(shop, "--templates", "templates") == {"README.md": ["update", "template changed"]}
    monkeypatch.setattr("erd2dbt.write.comparison.TOOL", "erd2dbt 99.0.0")
    assert causes(shop, "--templates", "templates") == {"README.md": ["update", "tool version changed"]}
    text = shop.run(*DIFF, "--templates", "templates", "--stat").stdout
    assert "README.md  (tool version changed (erd2dbt 0.1.0 to erd2dbt 99.0.0))" in text


def test_a_file_of_someone_else_and_a_lost_lock(shop: Shop) -> None:
    Path("out").mkdir()
    Path("out/README.md").write_text("mine\n")
    assert causes(shop)["README.md"] == ["conflict", "not generated by erd2dbt"]
    Path("out/README.md").unlink()
    shop.run(*GENERATE)
    Path("out/.erd2dbt.lock").unlink()
    assert {tuple(words) for words in causes(shop).values()} == {("adopt", "as generated, not in the lock")}
    assert shop.run(*DIFF).exit_code == 0


# -- formats that others read


def test_markdown_fits_a_comment_however_long_the_diffs_are(shop: Shop) -> None:
    columns = ", ".join(f"a_rather_long_name_{n}: text" for n in range(600))
    for name in ("wide", "wider"):
        wide = f"  {name}:\n    key: id\n    columns: {{id: int, {columns}}}\n"
        shop.replace("shop.yml", "  orders:\n    key", f"{wide}  orders:\n    key")
    text = shop.run(*DIFF, "--format", "markdown").stdout
    assert len(text) <= MOST + 200
    assert "are omitted here: they are too long" in text


def test_github_commands_are_escaped() -> None:
    told = command("error", "a,b:c%.yml", (3, 4), "x:y\nz", "50%\r\n::set-env::")
    assert told == "::error file=a%2Cb%3Ac%25.yml,line=3,col=4,title=x%3Ay%0Az::50%25%0A::set-env::"
