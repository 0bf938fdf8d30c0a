"""The JSON Schema and the reader know the same language: same fields, same verdict on the same specs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import jsonschema
import pytest
import yaml

from erd2dbt.faults.codes import CODES
from erd2dbt.read.spec import attributes, board, entities, models, reader, settings
from erd2dbt.read.spec.fields import Grammar
from read.completion import codes_of, completed

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "specs" / "erd2dbt.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

GRAMMARS = {
    "": reader.SPEC,
    "source": settings.SOURCE,
    "freshness": settings.FRESHNESS,
    "age": settings.AGE,
    "miro": board.BOARD,
    "naming": settings.NAMING,
    "layout": settings.LAYOUT,
    "star": settings.STAR,
    "materialized": settings.MATERIALIZED,
    "test_settings": settings.TESTS,
    "docs": settings.DOCS,
    "entity": entities.ENTITY,
    "existing_entity": entities.EXISTING,
    "claim": entities.DETERMINES,
    "latest": entities.LATEST,
    "column_mapping": attributes.COLUMN,
    "model": models.MODEL,
    "existing_model": models.EXISTING,
    "typed_column": models.TYPED,
    "model_column_mapping": models.COLUMN,
    "assume": models.ASSUME,
}


class EditorLoader(yaml.CSafeLoader):
    """Reads YAML as an editor's language server does: dates are text."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, regexp) for tag, regexp in rows if not tag.endswith(":timestamp")]
        for first, rows in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def is_valid(data: bytes) -> bool:
    return VALIDATOR.is_valid(yaml.load(data, EditorLoader))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("name", "grammar"), GRAMMARS.items(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_schema_and_reader_know_the_same_fields(name: str, grammar: Grammar) -> None:
    part = SCHEMA["$defs"][name] if name else SCHEMA
    assert list(part["properties"]) == list(grammar.fields)
    assert part["additionalProperties"] is False


def test_no_grammar_is_forgotten() -> None:
    modules = (reader, attributes, board, entities, models, settings)
    found = {id(value) for module in modules for value in vars(module).values() if isinstance(value, Grammar)}
    assert found == {id(grammar) for grammar in (*GRAMMARS.values(), models.SQL_MODEL)}


def test_codes_that_can_be_accepted() -> None:
    accepted = [code for code, doc in CODES.items() if doc.acceptable]
    assert sorted(SCHEMA["$defs"]["accept"]["properties"]) == sorted(accepted)


def properties(part: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "properties":
                yield from value.items()
            for body in value.values() if key == "properties" else [value]:
                yield from properties(body)


def test_every_property_is_described_and_shown() -> None:
    for name, body in properties(SCHEMA):
        assert body.get("description"), name
        assert body.get("examples") or "$ref" in body, name
        inside = jsonschema.Draft202012Validator({**body, "$defs": SCHEMA["$defs"]})
        assert all(inside.is_valid(example) for example in body.get("examples", ())), name


# Valid for both ------------------------------------------------------------------------------------------

COLUMNS = """
entities:
  orders:
    key: [order_id, "line no"]
    table: order-list
    renamed_from: purchases
    unique: [[email, country], [phone]]
    determines: {country: [region], "email, phone": name}
    columns:
      order_id: bigint
      line no: {type: "numeric(12,2)", from: Line-No, not_null: on, unique: yes, cast: true, stock: off}
      share: ratio(a, b)
      one: 1
      paid: true
      state: {type: text, values: [open, 2, true], tests: [not_null, {in_range: {min: 0}}], meta: {a: [1]}}
      band: {tier: amount, cut: {high: 1.5, "0": 0.5, none: 1}, else: null, description: 2024}
      net: {is: amount - tax, type: mood, renamed_from: [sum, total]}
    loaded_at: synced
    data: orders.csv
    tags: daily
"""
MODELS = """
models:
  totals:
    grain: order_id
    rows: [orders, customers]
    where: amount > 0
    keep: all
    match: {orders: {order_id: id}}
    via: {orders: buyer}
    layer: intermediate
    materialized: view
    contract: off
    tests: unique
    renamed_from: [sums, "order sums"]
    columns:
      total: {is: sum(orders.amount), renamed_from: sum}
      average: {is: avg(orders.amount), default: 0, accept: {W303: meant}, via: buyer, type: int, values: [1]}
      first: {first: orders.name, where: a = 1, order: [seen, order_id desc], default: none}
      last: {last: orders.name}
      band: {tier: total, cut: {high: 1}}
  by_hand:
    grain: [a, b]
    sql: |
      select 1 as a, 2 as b
    assume: {reason: one row}
"""
REST = """
description: A shop
sources:
  raw:
    schema: public
    freshness: {warn_after: {count: 12, period: hour}, error_after: {count: 2, period: day}}
links:
  orders }o--|| customers: {buyer: customer_id, payer: [paid_by = customer_id, site]}
  orders |o..|{ "order items": [a, b = c]
  a ||--o{ b: "x = y"
miro:
  board: uXjVPabc123=
  frame: Staging
  items: {orders: "12", orders.amount: 13, "orders }o--|| customers : payer": "14", "a ||--o{ b": "15"}
naming: {staging: "stg_{source}__{entity}", fact: "f_{entity}", number: as_drawn, strip: [app_, _tbl]}
layout: {marts: group, intermediate: flat, properties: model}
star: {audit: keep, deleted: leave_out}
materialized: {staging: view, intermediate: ephemeral, marts: table}
tests: {severity: warn, relationships: off}
contract: enforced
tags: [a, b]
meta: {owner: null}
output: dbt
"""
DETERMINES_LIST = """
entities:
  orders:
    key: a
    columns: {a: date}
    determines: [{columns: [a, b], determines: c}]
    unique: [a, b]
"""
STARRED = """
layout: model
naming: {strip: app_}
entities:
  orders: {key: a, columns: {a: date, b: text}, audit: [], deleted: b, group: sales}
  lines: {key: a, columns: {a: date, b: text}, audit: b}
"""
VALID = [COLUMNS, MODELS, REST, DETERMINES_LIST, STARRED, "version: '1'", "sources: {raw: }", "models: {}"]


@pytest.mark.parametrize("snippet", VALID)
def test_both_take(snippet: str) -> None:
    data = completed(snippet)
    assert codes_of(data) == set()
    VALIDATOR.validate(yaml.load(data, EditorLoader))


def test_both_take_the_reference_spec() -> None:
    data = (ROOT / "specs" / "marketing.yml").read_bytes()
    assert codes_of(data) == set()
    VALIDATOR.validate(yaml.load(data, EditorLoader))


# Refused by both -----------------------------------------------------------------------------------------


def entity(body: str) -> str:
    return f"entities: {{orders: {{{body}}}}}"


def column(body: str) -> str:
    return entity(f"key: a, columns: {{a: int, b: {body}}}")


def model(body: str) -> str:
    return f"models: {{totals: {{{body}}}}}"


def model_column(body: str) -> str:
    return model(f"grain: a, rows: orders, columns: {{b: {body}}}")


INVALID = [
    ("version: 2", "E013"),
    ("project: my-shop", "E011"),
    ("project: [shop]", "E009"),
    ("owner: sales", "E008"),
    ("description: {a: b}", "E009"),
    ("sources: {}", "E009"),
    ("sources: [raw]", "E009"),
    ("sources: {raw: {shema: x}}", "E008"),
    (f"sources: {{raw: {{schema: {'x' * 64}}}}}", "E011"),
    ("sources: {raw-erp: {}}", "E011"),
    ("sources: {raw: {freshness: {warn: {}}}}", "E008"),
    ("sources: {raw: {freshness: {warn_after: {count: 0, period: day}}}}", "E009"),
    ("sources: {raw: {freshness: {warn_after: {count: 1}}}}", "E010"),
    ("sources: {raw: {freshness: {warn_after: {count: 1, period: week}}}}", "E016"),
    ("sources: {raw: {freshness: {warn_after: {count: 1, period: day, x: 1}}}}", "E008"),
    ("sources: {raw: {meta: [a]}}", "E009"),
    ("entities: {}", "E009"),
    ("entities: {orders: }", "E009"),
    (entity("columns: {a: int}"), "E010"),
    (entity("key: a"), "E010"),
    (entity("key: [], columns: {a: int}"), "E009"),
    (entity("key: [a, a], columns: {a: int}"), "E016"),
    (entity("key: a, columns: {}"), "E009"),
    (entity("key: a, columns: [a]"), "E009"),
    (entity("key: a, columns: {a: int}, keys: a"), "E008"),
    (entity("key: a, columns: {a: int}, determines: a"), "E009"),
    (entity("key: a, columns: {a: int}, determines: [{columns: a}]"), "E010"),
    (entity("key: a, columns: {a: int}, determines: [{columns: a, determines: b, c: d}]"), "E008"),
    (entity("key: a, columns: {a: int}, renamed_from: [b, b]"), "E016"),
    (column("{type: int, renamed_from: }"), "E009"),
    (entity("key: a, columns: {a: int}, unique: []"), "E009"),
    (entity("key: a, columns: {a: int}, unique: [a, a]"), "E016"),
    (entity("key: a, columns: {a: int}, tags: {a: b}"), "E009"),
    ("entities: {order items: {key: a, columns: {a: int}}}", "E011"),
    (entity("key: a, columns: {a: int, 'b/c': int}"), "E011"),
    (entity("key: a, columns: {a: int, ' b': int}"), "E011"),
    (entity("key: a, columns: {a: int, '{{b}}': int}"), "E011"),
    (column("[int]"), "E009"),
    (column(""), "E009"),
    (column("{}"), "E010"),
    (column("{description: x}"), "E010"),
    (column("{type: int, nul: true}"), "E008"),
    (column("{type: '!!'}"), "E022"),
    (column("{type: int, unique: often}"), "E016"),
    (column("{type: int, values: []}"), "E009"),
    (column(f"{{type: int, from: {'x' * 64}}}"), "E011"),
    (column("{type: int, cut: {a: 1}}"), "E016"),
    (column("{tier: a}"), "E010"),
    (column("{tier: a, cut: {}}"), "E009"),
    (column("{tier: a, is: b, cut: {x: 1}}"), "E016"),
    (column("{is: a, cast: true}"), "E016"),
    (column("{type: int, tests: [{a: {}, b: {}}]}"), "E009"),
    (column("{type: int, tests: [not null]}"), "E011"),
    (column("{type: int, tests: [{unique: yes}]}"), "E009"),
    ("links: [a]", "E009"),
    ("links: {a -> b: c}", "E036"),
    ("links: {a o}--|| b: c}".replace("a o}--|| b", "'a o}--|| b'"), "E036"),
    ("links: {'a }o--|| b': }", "E036"),
    ("links: {'a }o--|| b': {}}", "E036"),
    ("links: {'a }o--|| b': []}", "E009"),
    ("links: {'a }o--|| b': 'a = b = c'}", "E036"),
    ("links: {'a }o--|| b': {the role: a}}", "E011"),
    ("links: {'a }o--|| b': {r: {a: b}}}", "E009"),
    ("miro: ", "E009"),
    ("miro: {items: {orders: 1}}", "E010"),
    ("miro: {board: a, boards: b}", "E008"),
    ("miro: {board: a, items: [b]}", "E009"),
    ("miro: {board: a, items: {orders: }}", "E009"),
    ("models: ", "E009"),
    ("models: [a]", "E009"),
    (model("rows: orders"), "E010"),
    (model("grain: a"), "E010"),
    (model("grain: [], rows: orders"), "E009"),
    (model("grain: a, rows: orders, joins: b"), "E008"),
    (model("grain: a, rows: orders, keep: b"), "E016"),
    (model("grain: a, rows: orders, layer: mart"), "E016"),
    (model("grain: a, rows: orders, materialized: incremental"), "E016"),
    (model("grain: a, rows: orders, contract: maybe"), "E016"),
    (model("grain: a, rows: orders, match: {b: c}"), "E009"),
    (model("grain: a, rows: orders, via: [b]"), "E009"),
    (model("grain: a, rows: orders, assume: {reason: b}"), "E016"),
    (model("grain: a, rows: orders, columns: [b]"), "E009"),
    (model("grain: a, rows: orders, sql: select 1"), "E016"),
    (model("grain: a, sql: select 1, assume: {}"), "E010"),
    (model("grain: a, sql: select 1, assume: why"), "E009"),
    (model("grain: a, sql: select 1, assume: {reason: b, c: d}"), "E008"),
    (model_column(""), "E009"),
    (model_column("[a]"), "E009"),
    (model_column("{default: 0}"), "E010"),
    (model_column("{is: a, joins: b}"), "E008"),
    (model_column("{is: a, first: b}"), "E016"),
    (model_column("{is: a, where: b}"), "E016"),
    (model_column("{is: a, else: b}"), "E016"),
    (model_column("{tier: a, order: b, cut: {a: 1}}"), "E016"),
    (model_column("{is: a, accept: {E202: b}}"), "E016"),
    (model_column("{is: a, accept: {W999: b}}"), "E016"),
    (model_column("{is: a, default: [0]}"), "E009"),
    ("naming: {staging: stg}", "E016"),
    ("naming: {marts: '{entity}'}", "E008"),
    ("naming: {fact: '{entity}'}", "E016"),
    ("naming: {bridge: 'int_{entity}'}", "E016"),
    ("naming: {dimension: 'dim_{schema}'}", "E016"),
    ("naming: {number: both}", "E016"),
    ("naming: {strip: [app_, tbl]}", "E016"),
    ("naming: {strip: _}", "E016"),
    ("layout: file", "E016"),
    ("layout: {marts: area}", "E016"),
    ("layout: {staging: group}", "E008"),
    ("layout: [folder]", "E009"),
    ("star: {audit: drop}", "E016"),
    ("star: {dates: keep}", "E008"),
    ("entities: {orders: {key: a, columns: {a: int}, group: a/b}}", "E011"),
    ("materialized: {mart: table}", "E008"),
    ("materialized: {marts: tabel}", "E016"),
    ("tests: {severity: eror}", "E016"),
    ("tests: {relationships: some}", "E016"),
    ("tests: [unique]", "E009"),
    ("contract: enforce", "E016"),
    ("meta: a", "E009"),
]


@pytest.mark.parametrize(("snippet", "code"), INVALID)
def test_both_refuse(snippet: str, code: str) -> None:
    data = completed(snippet)
    assert codes_of(data) == {code}
    assert not is_valid(data)


@pytest.mark.parametrize("section", ["version", "project", "sources", "entities"])
def test_both_refuse_a_spec_without(section: str) -> None:
    whole = yaml.load(completed(""), EditorLoader)
    del whole[section]
    data = yaml.safe_dump(whole).encode()
    assert codes_of(data)
    assert not is_valid(data)
