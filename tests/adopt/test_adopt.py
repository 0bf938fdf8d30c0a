"""A dbt project of someone else into which is generated: what is left to its owner, read of it, refused, or taken
over. `ERD2DBT_UPDATE_GOLDEN=1` rewrites what is expected."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from erd2dbt.cli import main

HERE = Path(__file__).parent
GENERATE = ("generate", "shop.yml", "-o", "crm", "--no-compile")
SCHEMA, SOURCES = "crm/transform/schema.yml", "crm/transform/crm/sources.yml"


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec beside the project of the CRM, which has models, a seed, sources and descriptions of its own."""
    for name in ("crm", "data"):
        shutil.copytree(HERE / name, tmp_path / name)
    shutil.copy(HERE / "shop.yml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ERD2DBT_CACHE", f"{os.environ['ERD2DBT_TESTS_POSTGRES']}/{tmp_path.name}")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def replace(file: str, old: str, new: str) -> None:
    path = Path(file)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def theirs() -> dict[str, bytes]:
    return {path: Path("crm", path).read_bytes() for path in files(HERE / "crm")}


def files(folder: Path) -> list[str]:
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and "target" not in p.parts
    )


def same_as(name: str, text: str) -> None:
    expected = HERE / "expected" / name
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(text, encoding="utf-8", newline="\n")
    assert text == expected.read_text(encoding="utf-8")


def told(result: Result) -> str:
    """Without the line that tells the time."""
    return "".join(line for line in result.stdout.splitlines(keepends=True) if not line.startswith("done "))


# -- left to its owner


@pytest.mark.usefixtures("crm")
def test_only_files_of_ours_are_written(crm: Path) -> None:
    before = theirs()
    first = run(*GENERATE)
    assert first.exit_code == 0, first.output
    same_as("generated.txt", told(first))
    assert theirs() == before
    same_as("files.txt", "".join(f"{path}\n" for path in files(Path("crm")) if path not in before))
    assert "wrote    0 files" in run(*GENERATE).stdout
    diff = run("diff", "shop.yml", "-o", "crm")
    assert diff.exit_code == 0
    assert [line for line in diff.stdout.splitlines() if line.startswith("kept")] == [
        line for line in first.stdout.splitlines() if line.startswith("kept")
    ]


@pytest.mark.usefixtures("crm")
def test_what_is_proposed_is_enough() -> None:
    text = told(run(*GENERATE))
    proposed = yaml.safe_load(text[text.index("add this to it:\n") :].partition("\n")[2])
    assert proposed == {
        "flags": {"require_generic_test_arguments_property": True},
        "models": {"crm": {"marts": {"+materialized": "table"}}},
    }
    replace(
        "crm/dbt_project.yml",
        "    +materialized: view\n",
        "    +materialized: view\n    marts: {materialized: table}\n",
    )
    with Path("crm/dbt_project.yml").open("a", encoding="utf-8") as file:
        file.write("flags: {require_generic_test_arguments_property: true}\n")
    assert "propose" not in run(*GENERATE).stdout


@pytest.mark.usefixtures("crm")
def test_the_whole_project_builds_and_every_claim_is_tested() -> None:
    """Their models, our models, their profile beside ours for the embedded server."""
    built = run("build", "shop.yml", "-o", "crm", "--show", "customer_value")
    assert built.exit_code == 0, built.output
    assert "built    6 models; 32 tests passed;" in built.stdout
    assert built.stdout.rstrip().splitlines()[-3:-1] == [
        "          1  de            1          2    10.00",
        "          2  fr            1          0     5.00",
    ]
    replace("data/payments.csv", "2,1,6.00", "1,9,6.00")
    broken = run("build", "shop.yml", "-o", "crm")
    assert broken.exit_code == 2
    assert "payments_payment_id_is_primary_key" in broken.stderr.split("`")
    assert "warn     payments_order_id_exists_in_orders: 1 row" in broken.stdout


@pytest.mark.usefixtures("crm")
def test_existing_files_of_ours_that_left_and_edits_in_the_midst_of_theirs() -> None:
    run(*GENERATE)
    with Path("crm/transform/marts/daily_orders.sql").open("a", encoding="utf-8") as file:
        file.write("-- mine\n")
    Path("crm/transform/marts/more.sql").write_text("select 1 as one\n", encoding="utf-8")
    replace("shop.yml", "      orders: count(orders.order_id)\n", "")
    done = run(*GENERATE)
    assert done.exit_code == 0, done.output
    assert Path("crm/transform/marts/daily_orders.sql").read_text(encoding="utf-8").endswith("-- mine\n")
    assert Path("crm/transform/marts/more.sql").exists()


# -- refused


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("crm/transform/old/customer_value.sql", "select 1 as customer_id\n"),
        ("crm/transform/old/customer_value.py", "def model(dbt, session): ...\n"),
        ("crm/seeds/customer_value.csv", "customer_id\n1\n"),
        ("crm/snapshots/s.sql", "{% snapshot customer_value %}select 1 as a{% endsnapshot %}\n"),
        ("crm/dbt_packages/p/models/x/customer_value.sql", "select 1 as customer_id\n"),
    ],
)
@pytest.mark.usefixtures("crm")
def test_models_of_one_name_are_refused(file: str, text: str) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text, encoding="utf-8")
    before = files(Path("crm"))
    done = run(*GENERATE)
    assert done.exit_code == 2
    assert (
        f"error E808: the project has a model `customer_value` of its own: `{file.removeprefix('crm/')}`" in done.stderr
    )
    assert files(Path("crm")) == before


@pytest.mark.usefixtures("crm")
def test_two_things_that_are_missing_and_two_that_are_taken() -> None:
    replace("shop.yml", "existing: dim_calendar", "existing: dim_calender")
    replace("shop.yml", "existing: stg_crm_addresses", "existing: addresses")
    Path("crm/macros").mkdir()
    Path("crm/macros/t.sql").write_text("{% test determines(model) %}select 1{% endtest %}\n", encoding="utf-8")
    Path("crm/transform/daily_orders.sql").write_text("select 1 as a\n", encoding="utf-8")
    same_as("refused.txt", run(*GENERATE).stderr)


@pytest.mark.usefixtures("crm")
def test_a_project_file_that_cannot_be_read() -> None:
    Path("crm/dbt_project.yml").write_text("name: crm\nname: twice\n", encoding="utf-8")
    done = run(*GENERATE)
    assert (done.exit_code, "error E807" in done.stderr) == (2, True)


@pytest.mark.usefixtures("crm")
def test_yaml_that_only_dbt_can_read_is_told() -> None:
    Path("crm/transform/odd.yml").write_text("models:\n  {% for x in [] %}\n", encoding="utf-8")
    assert "unread   transform/odd.yml: it cannot be read without dbt" in run(*GENERATE).stdout


@pytest.mark.usefixtures("crm")
def test_the_same_file_of_someone_else_is_adopted() -> None:
    run(*GENERATE)
    kept = {path: Path("crm", path).read_bytes() for path in files(Path("crm"))}
    for name in (".erd2dbt.lock", ".erd2dbt.base"):
        Path("crm", name).unlink()
    done = run(*GENERATE)
    assert done.exit_code == 0, done.output
    assert "wrote    0 files to crm:" in done.stdout
    assert "adopted" in done.stdout
    records = (".erd2dbt.lock", ".erd2dbt.base")
    assert all(Path("crm", path).read_bytes() == kept[path] for path in kept if path not in records)


# -- taken over


@pytest.mark.usefixtures("crm")
def test_adopt_shows_and_does_it() -> None:
    run(*GENERATE)
    before = {path: Path("crm", path).read_bytes() for path in files(Path("crm"))}
    shown = run("adopt", "shop.yml", "-o", "crm")
    assert {path: Path("crm", path).read_bytes() for path in files(Path("crm"))} == before
    same_as("adopt.txt", shown.stdout)
    done = run("adopt", "shop.yml", "-o", "crm", "--write")
    assert (shown.exit_code, done.exit_code) == (0, 0)
    for name, path in (
        ("their_sources.yml", SOURCES), ("their_schema.yml", SCHEMA),
        ("our_sources.yml", "crm/transform/staging/shop/_shop__sources.yml"),
        ("our_marts.yml", "crm/transform/marts/_marts__models.yml"),
    ):  # fmt: skip
        same_as(name, Path(path).read_text(encoding="utf-8"))
    again = run("adopt", "shop.yml", "-o", "crm", "--write").stdout.splitlines()
    assert [line.split(":")[0] for line in again] == ["left     model daily_orders"]
    built = run("build", "shop.yml", "-o", "crm")
    assert built.exit_code == 0, built.output
    assert "built    6 models; 30 tests passed;" in built.stdout


@pytest.mark.usefixtures("crm")
def test_adopting_before_the_first_run_and_a_file_that_is_then_empty() -> None:
    Path(SCHEMA).write_text("version: 2\nmodels:\n  - name: customer_value\n    description: Worth\n", encoding="utf-8")
    assert run("adopt", "shop.yml", "-o", "crm", "--write").exit_code == 0
    assert not Path(SCHEMA).exists()
    assert "description: Worth\n" in Path("crm/transform/marts/_marts__models.yml").read_text(encoding="utf-8")
    assert run("diff", "shop.yml", "-o", "crm").exit_code == 0


@pytest.mark.usefixtures("crm")
def test_nothing_to_adopt() -> None:
    Path(SCHEMA).unlink()
    Path(SOURCES).unlink()
    same = "same     nothing of this spec is described in a file of someone else\n"
    assert run("adopt", "shop.yml", "-o", "crm", "--write").stdout == same
    assert not Path("crm/.erd2dbt.lock").exists()
