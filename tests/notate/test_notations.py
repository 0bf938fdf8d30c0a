"""What is written in a notation is read back as the same `Erd`, as far as the notation can say it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import schemas as corpus
from erd2dbt.diagram.drawing import Diagram
from erd2dbt.diagram.erd import Erd
from erd2dbt.faults.diagnostics import Span
from erd2dbt.notate.erd import diagram_of
from erd2dbt.pipelines.drafting import WRITERS
from erd2dbt.read.recognising import read_diagram
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import Column, OwnType, Reference, Table, Tables, Type
from erd2dbt.read.spec.reader import read_spec
from read.meaning import differences, erd_of, meaning, raw_meaning

SPAN = Span("source", 1, 1)
TYPES = (
    "integer", "bigint", "text", "character varying(20)", "numeric(12,2)", "timestamp with time zone", "text[]",
    "jsonb", "bytea", "money", "interval", "tstzrange", "date", "boolean", "uuid", "double precision[]", "citext",
)  # fmt: skip
PLAIN = (
    st.from_regex(r"[a-z][a-z0-9]{0,5}(_[a-z0-9]{1,4})?", fullmatch=True) | st.sampled_from(["pk", "fk", "uk"])
).filter(lambda name: name != "id")
RESERVED = [
    "order",
    "group",
    "user",
    "select",
    "table",
    "end",
    "default",
    "title",
    "erDiagram",
    "class",
    "style",
    "ref",
]
ODD = st.sampled_from(RESERVED) | (
    st.text("aZé_ .,'-()日/$#:[]{}<>&*!?1", min_size=1, max_size=12).map(str.strip).filter(lambda one: one.strip("._ "))
)
VALUE = st.text("ab '\"é,;}{\\日", min_size=1, max_size=6).map(str.strip).filter(bool)
VALUES = st.lists(VALUE, min_size=1, max_size=3, unique=True).map(tuple)
TEXTS = st.text("ab 'é\"\\\n\t;-{}$日%", max_size=20).map(str.strip).map(lambda text: text or None)


@st.composite
def schemas(draw: st.DrawFn, names: st.SearchStrategy[str] = PLAIN, *, is_odd: bool = False) -> Tables:
    """Tables with keys, enumerations, composite and self references."""
    found = Tables(title="shop")
    for name in draw(st.lists(names, min_size=2, max_size=5, unique_by=lambda name: name.casefold())):
        schema = draw(st.sampled_from(["public", "sales"])) if is_odd else "public"
        table = Table(schema=schema, name=name, span=SPAN, description=draw(TEXTS) if is_odd else None)
        columns = draw(st.lists(names, min_size=1, max_size=4, unique_by=lambda name: name.casefold()))
        for place, column in enumerate([f"{name}_id" if not is_odd else "the id", *columns]):
            if column in table.columns:
                continue
            type_ = Type(name=draw(st.sampled_from(TYPES)))
            if place and draw(st.integers(0, 5)) == 0:
                own = OwnType(schema=schema, name=f"{name} {place}", values=draw(VALUES))
                found.types[schema, own.name] = own
                type_ = Type(name=own.name, schema=schema)
            table.columns[column] = Column(name=column, span=SPAN, type=type_, not_null=draw(st.booleans()))
            table.columns[column].description = draw(TEXTS) if is_odd else None
        listed = list(table.columns)
        table.key = tuple(listed[: draw(st.integers(1, 2))])
        for column in table.key:
            table.columns[column].not_null = True
        if is_odd and draw(st.booleans()):
            table.uniques.append(tuple(listed[-2:]))
        found.tables[table.id] = table
    for table in found.tables.values():
        for other in draw(st.lists(st.sampled_from(list(found.tables.values())), max_size=3)):
            _refer(draw, table, other, len(table.references))
    return found


def _refer(draw: st.DrawFn, table: Table, other: Table, number: int) -> None:
    columns = []
    for to in other.key:
        again = other is table or len(other.key) > 1 or any(one.table == other.id for one in table.references)
        name = f"{other.name}_{number}_{to}" if again else to
        if name in table.columns:
            return
        type_ = other.columns[to].type
        table.columns[name] = Column(name=name, span=SPAN, type=type_, not_null=draw(st.booleans()))
        columns.append(name)
    table.references.append(Reference(columns=tuple(columns), table=other.id, to=other.key, span=SPAN))


def again(diagram: Diagram, notation: str) -> tuple[dict[str, Any], dict[str, Any]]:
    first, second = erds(diagram, notation)
    return meaning(first), meaning(second)


def erds(diagram: Diagram, notation: str) -> tuple[Erd, Erd]:
    """As it is drafted, and as it is read back from the notation."""
    first = erd_of(diagram)
    text = WRITERS[notation](diagram_of(first))
    return first, read_spec(text.encode(), "spec.yml") if notation == "spec" else erd_of(text)


@pytest.mark.parametrize("notation", ["spec", "ddl", "dbml"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_relational_notations_say_everything(notation: str, data: st.DataObject) -> None:
    diagram = drawn(data.draw(schemas(ODD, is_odd=True)), "source")
    assert differences(*again(diagram, notation)) == []


@pytest.mark.parametrize("notation", ["mermaid", "dsl"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_drawn_notations_say_tables_columns_types_keys_and_links(notation: str, data: st.DataObject) -> None:
    """Neither has words for descriptions, uniqueness of several columns, enumerations."""
    first, second = again(drawn(data.draw(schemas()), "source"), notation)
    assert differences(_drawn(first), _drawn(second)) == []


def _drawn(said: dict[str, Any]) -> dict[str, Any]:
    entities = {
        name: (set(own["key"]), {column: fields[0] for column, fields in own["columns"].items()})
        for name, own in said["entities"].items()
    }
    return {"entities": entities, "links": said["links"]}


def test_types_of_other_systems_are_those_of_postgresql_in_its_sql() -> None:
    mermaid = "erDiagram\n orders {\n  String id PK\n  DateTime placed\n  Colour colour\n }\n"
    ddl = WRITERS["ddl"](read_diagram(mermaid.encode(), "orders.mmd"))
    assert [line.strip(" ,") for line in ddl.splitlines()[1:4]] == ["id text", "placed timestamp", "colour colour"]


@corpus.needed
@pytest.mark.parametrize("name", ["adventureworks", "chinook", "northwind", "oscar", "pagila", "omop"])
@pytest.mark.parametrize("notation", ["spec", "ddl", "dbml"])
def test_known_schemas_come_back(name: str, notation: str) -> None:
    from erd2dbt.read.ddl.reader import read_ddl

    first, second = erds(read_ddl(corpus.script(name), name), notation)
    said = meaning if notation == "spec" else raw_meaning
    assert differences(said(first), said(second)) == []


@pytest.mark.parametrize("notation", ["ddl", "dbml"])
def test_values_of_a_column_that_is_named_like_an_array_stay(notation: str) -> None:
    script = """create table parts (id int primary key, "[1]" text check ("[1]" in ('a', 'b')),
        "kinds[]" text check ("kinds[]" in ('c', 'd')));"""
    first, second = again(read_diagram(script.encode(), "parts.sql"), notation)
    assert first == second
    assert "('a', 'b')" in str(first)
    assert "('c', 'd')" in str(first)
