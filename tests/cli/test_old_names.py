"""Files of one's own that use what is called otherwise now are listed with their lines, and stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shop

GENERATE = ("generate", "shop.yml", "--no-compile", "-o", "out")
OWN = {
    "models/report.sql": "-- name\nselect\n    c.name,\n    c.country\nfrom {{ ref('stg_customers') }} as c\n",
    "models/both.sql": "select name from {{ ref('stg_customers') }} join {{ ref('stg_orders') }} using (customer_id)\n",
    "models/other.sql": "select 1 as name from {{ ref('stg_orders') }}\n",
    "models/frame.py": "def model(dbt, session):\n    # stg_customers\n    return dbt.ref('stg_customers')['name']\n",
    "models/report.yml": "exposures:\n  - name: board\n    depends_on: [ref('stg_customers')]\n    meta: {x: name}\n",
    "tests/named.sql": "select * from {{ ref('stg_customers') }} where name is null\n",
    "macros/of.sql": "{% macro of() %}select name from {{ ref('stg_customers') }}{% endmacro %}\n",
    "analyses/a.sql": "select name\nfrom {{ ref('stg_customers') }}\n",
    "snapshots/s.yml": "snapshots:\n  - name: s\n    relation: ref('stg_customers')\n    config: {check_cols: name}\n",
}


@pytest.fixture
def out(shop: Shop) -> Shop:
    assert shop.run(*GENERATE).exit_code == 0
    for path, text in OWN.items():
        file = Path("out", path)
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert "reads " not in shop.run(*GENERATE).stdout
    return shop


def told(shop: Shop) -> set[str]:
    done = shop.run(*GENERATE)
    assert done.exit_code == 0, done.output
    assert {path: Path("out", path).read_text(encoding="utf-8") for path in OWN} == OWN
    return {
        line[9:] for line in done.stdout.splitlines() if line.startswith("reads  ") and "which is not in" not in line
    }


def test_a_renamed_column(out: Shop) -> None:
    out.replace("shop.yml", "name: text, ", "full_name: {type: text, renamed_from: name}, ")
    out.replace("shop.yml", "keep: [name]", "keep: [full_name]")
    said = "uses the column `name` of `stg_customers`, which is `full_name` now"
    sure = ("models/report.sql:3", "models/frame.py:3", "tests/named.sql:1", "macros/of.sql:1", "analyses/a.sql:1")
    by_name = {f"{place} {said}" for place in sure}
    in_yaml = {f"models/report.yml:4 {said}", f"snapshots/s.yml:4 {said}"}
    assert told(out) == by_name | in_yaml | {f"models/both.sql:1 {said.replace('uses', 'may use')}"}
    assert told(out) == set()


def test_a_renamed_model(out: Shop) -> None:
    text = Path("shop.yml").read_text(encoding="utf-8").replace("customers", "clients")
    new = "  clients:\n    table: customers\n    renamed_from: customers\n"
    Path("shop.yml").write_text(text.replace("  clients:\n", new, 1), encoding="utf-8")
    said = "names the model `stg_customers`, which is `stg_clients` now"
    places = ("models/frame.py:3", "models/report.yml:3", "snapshots/s.yml:3")
    assert told(out) == {f"{place} {said}" for place in places}


@pytest.mark.parametrize("folder", ["..", "../../..", "/"])
def test_folders_out_of_the_project_are_not_searched(out: Shop, folder: str) -> None:
    Path("theirs").mkdir()
    Path("theirs/dbt_project.yml").write_text(
        f"name: theirs\nprofile: theirs\nmodel-paths: [models, '{folder}']\ntest-paths: ['{folder}']\n",
        encoding="utf-8",
    )
    Path("loose.yml").write_text("models: [{name: stg_customers}]\n", encoding="utf-8")
    done = out.run("generate", "shop.yml", "--no-compile", "-o", "theirs")
    assert "loose.yml" not in done.output
