"""Specs drafted from diagrams, as text; `ERD2DBT_UPDATE_GOLDEN=1` writes the expected ones anew."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from erd2dbt.diagram.erd import TODO
from erd2dbt.diagram.todos import todos, without_todos
from erd2dbt.draft.remarks import remarks_in
from erd2dbt.draft.values import Remark
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.pipelines.generation import plan
from erd2dbt.read.spec.reader import read_spec
from read.board.drawn import FIXTURES

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "cases").iterdir())


def text_of(case: Path) -> str:
    """`input.*`, or what `fixtures.txt` names: the answers of the REST API, put together."""
    (given,) = (path for path in case.iterdir() if path.name != "expected.yml")
    if given.name == "fixtures.txt":
        names = given.read_text(encoding="utf-8").split()
        if len(names) > 1:
            pages = [page for name in names for page in json.loads((FIXTURES / name).read_text(encoding="utf-8"))]
            return drafted(json.dumps(pages).encode(), "board.json")[1]
        return drafted((FIXTURES / names[0]).read_bytes(), names[0])[1]
    return drafted(given.read_bytes(), given.name)[1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_drafts(case: Path) -> None:
    """The draft is as expected, can be read, and is proved; what is open is told, or refused where a model needs it."""
    text, expected = text_of(case), case / "expected.yml"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    left = list(todos(read_spec(text.encode(), "spec.yml")))
    if not left:
        plan(text.encode(), "spec.yml")
        return
    erd, aside = without_todos(read_spec(text.encode(), "spec.yml"))
    refused = {place for _, place in todos(erd)}
    told = {d.span for d in aside}
    bare = {e.name for e in read_spec(text.encode(), "spec.yml").entities if any(c.name == TODO for c in e.columns)}
    assert [what for what, place in left if place not in refused | told and what.split("`")[-2] not in bare] == []
    if refused:
        with pytest.raises(ErdError) as caught:
            plan(text.encode(), "spec.yml")
        assert {(d.code, d.span) for d in caught.value.diagnostics} == {("E057", place) for place in refused}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_json_schema_takes_drafts(case: Path) -> None:
    schema = json.loads((ROOT / "specs" / "erd2dbt.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(yaml.safe_load(text_of(case)), schema)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_todo_says_what_it_needs(case: Path) -> None:
    lines = text_of(case).split("\n")
    needed = {said.line for said in remarks_in("\n".join(lines)) if said.remark is Remark.NEEDS}
    bare = [line for n, line in enumerate(lines, 1) if re.search(r": TODO\b", line) and n not in needed]
    assert [line.strip() for line in bare if not line.strip().startswith(("grain:", "rows:"))] == []


def test_every_form_of_the_board_gives_the_same_spec() -> None:
    """But for what its head and its end say of the file and of the board."""
    names = (
        "diagram_dsl.txt",
        "diagram_create_reply.json",
        "diagram_mermaid.mmd",
        "canvas_read.svg",
        "mcp_readback.json",
    )
    texts = [drafted((FIXTURES / name).read_bytes(), name)[1] for name in names]
    bodies = {re.sub(r"(?s)\A.*?(?=\nsources:)|\nmiro:.*|\n# .*", "", text).rstrip("\n") for text in texts}
    assert len(bodies) == 1


@pytest.mark.parametrize(
    ("label", "is_listed"),
    [("only active customers", True), ("since 2024", True), ("ohne stornierte", True), ("places", False), ("", False)],
)
def test_a_condition_at_a_foreign_key_is_listed(label: str, is_listed: bool) -> None:
    customers = 'n1 "customers" "PK\tcustomer_id\tint" #ccf4ff'
    orders = 'n2 "orders" "PK\torder_id\tint\nFK\tcustomer_id\tint" #ccf4ff'
    line = f'e1 "{label}" n1 only_one -- zero_or_many n2'
    spec = drafted("\n".join((customers, orders, line)).encode(), "shop.txt")[1]
    ignored = [said.text for said in remarks_in(spec) if said.remark is Remark.IGNORED]
    assert ignored == [f"the line says “{label}”; a link is of all rows"] * is_listed
