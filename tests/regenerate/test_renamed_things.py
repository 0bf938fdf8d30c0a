"""What follows a new name: models of a derived star, properties that a dumper rewrote, a spec that is drafted again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from folders import generate, tree, write

from erd2dbt.design.project.identities import identities
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import diagram_in, draft_text
from erd2dbt.pipelines.redrafting import redraft
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.write.changes import Naming, alike, decide

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHOP = """\
version: 1
project: shop
sources: {crm: {schema: crm}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, name: text}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, sold_at: timestamp, amount: int}}
links:
  orders }o--|| customers: customer_id
"""
RENAMED = SHOP.replace("customers: {key", "clients: {renamed_from: customers, table: customers, key").replace(
    "|| customers:", "|| clients:"
)
NAMED = SHOP.replace("project: shop\n", "project: shop\nnaming: {dimension: 'd_{entity}', staging: 'base_{entity}'}\n")


def project(text: str, out: Path) -> dict[str, str]:
    made = generation.generate(text.encode(), "shop.yml")
    return generate(dict(made.files), out, naming=Naming(now=identities(made.erd, made.project.sql_paths)))


@pytest.mark.parametrize(
    ("now", "model", "staged"), [(RENAMED, "dim_clients", "stg_clients"), (NAMED, "d_customers", "base_customers")]
)
def test_models_of_a_star_follow_their_entity_and_the_naming(tmp_path: Path, now: str, model: str, staged: str) -> None:
    project(SHOP, tmp_path)
    for path in ("models/marts/dim_customers.sql", "models/marts/fct_orders.sql"):
        write(tmp_path, {path: f"{tree(tmp_path)[path]}-- mine\n"})
    fates = project(now, tmp_path)
    assert "orphan" not in fates.values()
    stands = tree(tmp_path)
    assert not [path for path in stands if path.endswith("dim_customers.sql")]
    assert stands[f"models/marts/{model}.sql"].endswith("-- mine\n")
    assert f"ref('{staged}')" in stands[f"models/marts/{model}.sql"]
    made = generation.generate(now.encode(), "shop.yml")
    naming = Naming(now=identities(made.erd, made.project.sql_paths))
    assert alike(made.files, tmp_path, naming) == ()
    assert {change.fate for change in decide(made.files, tmp_path, naming=naming)} <= {"same", "keep"}


@pytest.mark.parametrize("sort", [False, True])
def test_new_names_reach_properties_that_a_dumper_rewrote(tmp_path: Path, *, sort: bool) -> None:
    text = SHOP + "models:\n  value: {grain: customer_id, rows: customers, columns: {spent: sum(orders.amount)}}\n"
    project(text, tmp_path)
    files = {path: one for path, one in tree(tmp_path).items() if path.startswith("models/") and path.endswith(".yml")}
    write(tmp_path, {path: yaml.safe_dump(yaml.safe_load(one), sort_keys=sort) for path, one in files.items()})
    now = text.replace("customers: {key", "clients: {renamed_from: customers, key").replace(
        "|| customers:", "|| clients:"
    )
    now = now.replace("value: {", "worth: {renamed_from: value, ").replace("rows: customers", "rows: clients")
    now = now.replace("spent: sum(orders.amount)", "paid: {is: sum(orders.amount), renamed_from: spent}")
    made = generation.generate(now.encode(), "shop.yml")
    project(now, tmp_path)
    stands = tree(tmp_path)
    for path in (path for path in made.files if path.startswith("models/") and path.endswith(".yml")):
        assert unordered(yaml.safe_load(stands[path])) == unordered(yaml.safe_load(made.files[path])), path


def unordered(value: object) -> object:
    if isinstance(value, dict):
        return frozenset((key, unordered(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return frozenset(map(unordered, value))
    return value.strip() if isinstance(value, str) else value


def drawn(*names: str) -> str:
    """A draft of boxes, each with an item of its own whatever its name; the second refers to the first."""
    boxes = [
        {"id": str(n), "type": "shape", "position": {"x": 300 * n, "y": 0},
         "data": {"content": f"<p>{name}</p><p>PK key_{n} int</p>"}}
        for n, name in enumerate(names, 1)
    ]  # fmt: skip
    ends = {"startItem": {"id": "2"}, "endItem": {"id": "1"}}
    caps = {"style": {"startStrokeCap": "erd_many", "endStrokeCap": "erd_only_one"}}
    board = [*boxes, {"id": "9", "type": "connector", **ends, **caps}]
    return draft_text(diagram_in(json.dumps(board).encode(), "board.json", "uXjVboard="))


def quoted(text: str) -> str:
    return json.dumps(yaml.safe_load(text), indent=2)


LAYOUTS = {"as drafted": str, "sorted": lambda text: yaml.safe_dump(yaml.safe_load(text)), "quoted": quoted}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "names", [("clients", "orders", "items"), ("orders", "customers", "items"), ("items", "customers", "orders")]
)
def test_a_spec_is_drafted_again_whatever_its_layout_and_names(layout: str, names: tuple[str, ...]) -> None:
    rewritten: Callable[[str], str] = LAYOUTS[layout]
    before, now = drawn("customers", "orders", "items"), drawn(*names)
    found = redraft(before, rewritten(before), now)
    if found.conflicts:
        assert layout != "as drafted"
        return
    merged, expected = (read_spec(text.encode(), "spec.yml") for text in (found.text, now))
    assert sorted(one.name for one in merged.entities) == sorted(names)
    assert [(one.left, one.right) for one in merged.links] == [(one.left, one.right) for one in expected.links]
    columns = [{one.name: sorted(c.name for c in one.columns) for one in erd.entities} for erd in (merged, expected)]
    assert columns[0] == columns[1]


TESTS = {
    "{accepted_values: {arguments: {values: [a]}}}": {"arguments": {"values": ["a"]}},
    "{accepted_values: {values: [a], name: known, config: {severity: warn}}}": {
        "name": "known", "arguments": {"values": ["a"]}, "config": {"severity": "warn"},
    },
    "{accepted_values: {values: [a], where: b > 1, tags: [x]}}": {
        "arguments": {"values": ["a"]}, "config": {"where": "b > 1", "tags": ["x"]},
    },
}  # fmt: skip


@pytest.mark.parametrize("said", TESTS)
def test_a_test_of_the_spec_takes_the_form_that_dbt_reads(said: str) -> None:
    text = SHOP.replace("name: text", f"name: {{type: text, tests: [{said}]}}") + "models: {}\n"
    files = generation.generate(text.encode(), "shop.yml").files
    properties = next(yaml.safe_load(one) for path, one in files.items() if path.endswith("_stg_crm__models.yml"))
    columns = {column["name"]: column for model in properties["models"] for column in model["columns"]}
    assert columns["name"]["data_tests"] == [{"accepted_values": TESTS[said]}]
