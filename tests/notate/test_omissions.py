"""What a notation has no place for is counted on standard error, and nothing else is missing in the text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main
from erd2dbt.diagram.drawing import Diagram
from erd2dbt.notate.omissions import omissions
from erd2dbt.pipelines.drafting import WRITERS
from erd2dbt.read.recognising import read_diagram

SPEC = """version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  buyers:
    key: buyer_id
    description: People
    columns: {buyer_id: int, name: {type: text, not_null: true, description: Full name}, upper_name: {is: upper(name)}}
  baskets:
    key: basket_id
    unique: [[buyer_id, state]]
    columns: {basket_id: int, buyer_id: int, state: {type: text, values: [paid, open]}, worth: numeric}
links: {"buyers ||--o{ baskets": buyer_id}
models:
  dim_buyers: {grain: buyer_id, rows: buyers, columns: {worth: {is: sum(baskets.worth), default: 0}}}
  big_buyers: {grain: buyer_id, sql: "select buyer_id from {{ ref('stg_buyers') }}"}
"""


def run(tmp_path: Path, *words: str) -> Result:
    spec = tmp_path / "shop.yml"
    spec.write_text(SPEC, encoding="utf-8")
    done = CliRunner().invoke(main, [words[0], str(spec), *words[1:]])
    assert done.exit_code == 0, done.output
    return done


@pytest.mark.parametrize(
    ("notation", "lost"),
    [
        ("mermaid", ["1 value list", "1 NOT NULL mark", "1 table description", "1 unique constraint"]),
        ("dsl", ["1 column description", "1 value list", "1 table description", "1 unique constraint"]),
        ("dbml", []),
        ("ddl", []),
        ("spec", []),
    ],
)
def test_convert_counts_what_it_omits(tmp_path: Path, notation: str, lost: list[str]) -> None:
    said = run(tmp_path, "convert", "--to", notation).stderr.splitlines()
    assert said[0].startswith("omitted  2 models, 1 computed column: tables and links are written")
    assert ("push" in said[0]) == (notation in ("mermaid", "dsl"))
    assert (sorted(said[1].split(": ")[0].removeprefix("omitted  ").split(", ")) if said[1:] else []) == sorted(lost)


def test_push_counts_what_it_omits(tmp_path: Path) -> None:
    mermaid, dsl = (run(tmp_path, "push", "--to", notation) for notation in ("mermaid", "dsl"))
    assert mermaid.stderr == (
        "omitted  1 NOT NULL mark, 1 table description, 1 computed column, 1 column description, 1 value list, "
        "1 unique constraint, 1 SQL model, 1 default: "
        "Mermaid has no place for them\n"
    )
    assert dsl.stderr.startswith("omitted  1 formula, 1 table description, 1 computed column")
    assert '"sum(baskets.worth)"' in mermaid.stdout
    picture = run(tmp_path, "push", "--to", "svg")
    assert picture.stderr == mermaid.stderr.replace("Mermaid has", "the picture has")


def test_push_counts_where_rows_come_from_and_what_is_accepted(tmp_path: Path) -> None:
    text = SPEC.replace("{raw: {schema: raw}}", "{erp: {schema: erp_data}}")
    text = text.replace("    key: buyer_id\n", "    key: buyer_id\n    loaded_at: seen_at\n", 1)
    text = text.replace("name: {type: text,", 'seen_at: timestamp, name: {type: text, from: "Full Name",')
    text = text.replace("default: 0}", 'default: 0, type: "numeric(12,2)", accept: {W303: known}}')
    spec = tmp_path / "shop.yml"
    spec.write_text(text, encoding="utf-8")
    for notation in ("mermaid", "dsl", "svg"):
        done = CliRunner().invoke(main, ["push", str(spec), "--to", notation])
        for lost in ("1 source", "1 raw name", "1 load time", "1 declared type", "1 accepted fault"):
            assert lost in done.stderr, done.output


def _diagram() -> Diagram:
    fact = 'fct_a { int a_id PK\n int n "count(stg_a.a_id)" }'
    text = f"erDiagram\n  stg_a {{ int a_id PK }}\n  {fact}\n  stg_a ||..|| fct_a : x"
    return read_diagram(text.encode(), "a.mmd")


def test_lineage_and_formulas_of_a_diagram(tmp_path: Path) -> None:
    """Mermaid has them; a schema cannot. A formula with a character that a comment cannot have is omitted."""
    read = _diagram()
    lines = tuple(replace(line, left_cap=None, right_cap=None) for line in read.lines)
    boxes = [
        replace(box, rows=tuple(replace(row, derivation=row.description) for row in box.rows)) for box in read.boxes
    ]
    drawn = replace(read, boxes=tuple(boxes), lines=lines)
    assert omissions(drawn, "ddl") == {"formula": 1, "lineage line": 1}
    assert omissions(drawn, "dbml") == {"formula": 1, "lineage line": 1}
    assert omissions(drawn, "dsl") == {"formula": 1, "column description": 1}
    assert omissions(drawn, "mermaid") == {"column description": 1}
    odd = [replace(box, rows=tuple(replace(row, derivation="x like 'a%'") for row in box.rows)) for box in boxes]
    assert omissions(replace(drawn, boxes=tuple(odd)), "mermaid") == {"formula": 3}
    assert "like" not in WRITERS["mermaid"](replace(drawn, boxes=tuple(odd)))
