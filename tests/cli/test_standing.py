"""What stands in a project after edits and merges is read, proved and told, and what dbt cannot compile as well."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shop

GENERATE = ("generate", "shop.yml", "--no-compile", "-o", "out")
DIFF = ("diff", "shop.yml", "-o", "out", "--stat")
VALUE, YAML = "out/models/marts/customer_value.sql", "out/models/marts/_marts__models.yml"


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def out(shop: Shop) -> Shop:
    assert shop.run(*GENERATE).exit_code == 0
    return shop


def test_a_merge_is_proved(out: Shop) -> None:
    edit(VALUE, "select * from final", "select *, 1 as mine from final")
    out.replace("shop.yml", "      paid: max(orders.paid_on)\n", "")
    done = out.run(*GENERATE)
    assert done.exit_code == 0
    assert "proved   merged and proved: models/marts/customer_value.sql\n" in done.stdout


def test_an_edit_that_breaks_the_grain_is_listed_whenever_it_stands_there(out: Shop) -> None:
    edit(VALUE, "select * from final", "select final.* from final cross join orders")
    why = "unproved models/marts/customer_value.sql does not have one row per (customer_id)"
    assert why in out.run(*GENERATE).stdout
    out.replace("shop.yml", "      paid: max(orders.paid_on)\n", "")
    done = out.run(*GENERATE)
    assert (done.exit_code, why in done.stdout, "merged and proved" in done.stdout) == (0, True, False)


def test_a_merge_that_reads_a_column_that_has_gone_is_refused(out: Shop) -> None:
    edit(VALUE, "select * from final", "select customer_id, max(paid) as paid, sum(revenue) as r from final group by 1")
    assert "unproved" not in out.run(*GENERATE).stdout
    out.replace("shop.yml", "      paid: max(orders.paid_on)\n", "")
    before = Path(VALUE).read_text()
    done = out.run(*GENERATE)
    assert (done.exit_code, Path(VALUE).read_text()) == (1, before), done.output
    assert "error E811: merged with what is generated now, the file " in done.stderr
    assert "reads the column `paid`, which does not exist" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      - name: ", "     - name: ", "it is not YAML"),
        ("models:\n", "---\nmodels:\n", "a second document begins there"),
        ("models:\n", "models: []\nmodels:\n", "`models` is there twice, also in line "),
        ("      - name: ", "      - {a: 1, a: 2}\n      - name: ", "`a` is there twice, also in line "),
        ("models:\n", "# \0\nmodels:\n", "it contains a NUL byte"),
        ("models:\n", "<<<<<<< HEAD\n=======\n>>>>>>> main\nmodels:\n", "it contains the markers of a merge conflict"),
    ],
)
def test_a_properties_file_that_cannot_be_read_is_refused_at_its_place(
    out: Shop, old: str, new: str, said: str
) -> None:
    edit(YAML, old, new)
    before = Path(YAML).read_bytes()
    for command in (GENERATE, DIFF):
        done = out.run(*command)
        assert (done.exit_code, Path(YAML).read_bytes()) == (1, before)
        assert "error E812: " in done.stderr
        assert said in done.stderr
    assert out.run(*GENERATE, "--conflict=theirs").exit_code == 0
    assert Path(YAML).read_bytes() == before
    assert out.run(*GENERATE, "--force").exit_code == 0


def test_models_of_ones_own_that_read_what_has_another_name_are_listed(out: Shop) -> None:
    mine = Path("out/models/report.sql")
    mine.write_text("-- mine\nselect *\nfrom {{ ref(\"stg_customers\") }}\n{# {{ ref('no') }} #}\n")
    assert out.run(*DIFF).exit_code == 0
    spec = Path("shop.yml").read_text().replace("customers", "clients")
    Path("shop.yml").write_text(
        spec.replace("  clients:\n", "  clients:\n    table: customers\n    renamed_from: customers\n", 1)
    )
    where = "models/report.sql:3 reads `stg_customers`, which is not in the project"
    done = out.run(*GENERATE)
    assert done.exit_code == 0
    assert f"reads    {where}; it is `stg_clients` now: write `ref('stg_clients')`\n" in done.stdout
    done = out.run(*DIFF)
    assert (done.exit_code, f"broken   {where}\n" in done.stdout) == (1, True)
    for form, told in (("json", f'"{where}"'), ("markdown", "cannot be compiled"), ("github", "::error")):
        assert told in out.run(*DIFF, "--format", form).stdout
    mine.write_text("select * from {{ ref('stg_clients') }}\n")
    assert out.run(*DIFF).exit_code == 0
    mine.write_text("select * from {{ ref('of_a_package') }}\n")
    Path("out/packages.yml").write_text("packages: []\n")
    assert out.run(*DIFF).exit_code == 0


def test_an_edited_model_that_is_no_sql_is_broken(out: Shop) -> None:
    edit(VALUE, "select * from final", "select * from final where (")
    done = out.run(*DIFF)
    assert (done.exit_code, "broken   models/marts/customer_value.sql cannot be read" in done.stdout) == (1, True)


def test_a_formatted_model_that_left_the_spec_goes(out: Shop) -> None:
    text = Path(VALUE).read_text()
    Path(VALUE).write_text(text.replace("\n\n", "\n").replace("select\n        ", "select "))
    text = Path("shop.yml").read_text()
    Path("shop.yml").write_text(text[: text.index("  customer_value:")] + text[text.index("  order_facts:") :])
    done = out.run(*GENERATE)
    assert (done.exit_code, Path(VALUE).exists()) == (0, False)


@pytest.mark.parametrize("folder", ["../elsewhere", "/elsewhere", "a/../../b"])
def test_a_spec_leads_to_no_folder_but_below_its_own(shop: Shop, folder: str) -> None:
    shop.replace("shop.yml", "project: shop\n", f"project: shop\noutput: {folder}\n")
    done = shop.run("generate", "shop.yml", "--no-compile")
    assert (done.exit_code, f"error E804: `output: {folder}` leads out of the folder of the spec" in done.stderr) == (
        2,
        True,
    )
    assert shop.run(*GENERATE).exit_code == 0


@pytest.mark.parametrize("text", ["", "# nothing\n", "entities: [", "[]\n"])
def test_a_diagram_is_not_merged_into_a_spec_that_is_empty_or_broken(shop: Shop, text: str) -> None:
    Path("er.mmd").write_text("erDiagram\n  users {\n    int user_id PK\n  }\n")
    shop.run("import", "er.mmd", "-o", "spec.yml")
    Path("spec.yml").write_text(text)
    done = shop.run("import", "er.mmd", "-o", "spec.yml")
    assert (done.exit_code, Path("spec.yml").read_text()) == (2, text)
    assert "spec.yml:1:" in done.stderr


def test_what_a_killed_import_had_half_written_is_gone_after_the_next(shop: Shop) -> None:
    Path("er.mmd").write_text("erDiagram\n  users {\n    int user_id PK\n  }\n")
    program = (
        "import os, signal\nfrom erd2dbt.cli import main\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nmain()"
    )
    words = [sys.executable, "-c", program, "import", "er.mmd", "-o", "spec.yml"]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    assert Path(".erd2dbt.running").is_dir()
    assert shop.run("import", "er.mmd", "-o", "spec.yml").exit_code == 0
    assert not [*Path().glob("*.new"), *Path().glob(".erd2dbt*")]
    assert "same" in shop.run("import", "er.mmd", "-o", "spec.yml").stdout


def test_a_killed_adoption_is_finished_or_undone(shop: Shop) -> None:
    shutil.rmtree("out", ignore_errors=True)
    Path("out/models").mkdir(parents=True)
    Path("out/dbt_project.yml").write_text("name: theirs\nversion: '1.0'\nprofile: theirs\n")
    mine = Path("out/models/theirs.yml")
    mine.write_text("version: 2\n\nmodels:\n  - name: stg_orders\n    description: Mine\n")
    assert shop.run(*GENERATE).exit_code == 0
    program = (
        "import os, signal\nfrom erd2dbt.cli import main\nfrom erd2dbt.write import files\n"
        "files.remove = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nmain()"
    )
    words = ("adopt", "shop.yml", "-o", "out", "--write")
    assert subprocess.run([sys.executable, "-c", program, *words], check=False).returncode == -signal.SIGKILL
    assert mine.exists()
    done = shop.run(*GENERATE)
    assert "the last run was interrupted: its changes were finished" in done.stdout
    assert not mine.exists()
    assert "description: Mine" in Path("out/models/staging/shop/_stg_shop__models.yml").read_text()
