"""dbt's properties files: sources and models with their columns, keys and references as tests say them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from erd2dbt.diagram import Diagram
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import PUBLIC, Column, Reference, Table, Tables, Type
from erd2dbt.read.yamlsource import Document, MappingNode, Node, ScalarNode, SequenceNode, compose

_KINDS = ("models", "seeds", "snapshots")
_LIST = re.compile(
    rf"^(?:sources|{'|'.join(_KINDS)}):[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*-", re.MULTILINE
)
_CALL = re.compile(r"(ref|source)\s*\(\s*([^)]*)\)")
_STRING = re.compile(r"""['"]([^'"]*)['"]""")
_TOGETHER = ("unique_combination_of_columns", "dbt_utils.unique_combination_of_columns", "primary_key")


def is_dbt_properties(text: str) -> bool:
    """Whether `sources:` or `models:` is a list, as dbt has it; in a spec they are mappings."""
    return _LIST.search(text) is not None


def read_dbt_properties(text: str, file: str) -> Diagram:
    """The diagram of sources and models. ErdError when it is no YAML."""
    document = compose(text.encode(), file)
    reading = _Reading(document, Tables())
    body = _fields(document.root)
    for source in _entries(body.get("sources")):
        schema = _text(source.get("schema")) or _text(source.get("name")) or PUBLIC
        for table in _entries(source.get("tables")):
            name = _text(table.get("name"))
            found = reading.table(table, _text(table.get("identifier")) or name, schema)
            reading.known["source", _text(source.get("name")), name] = found.id
    for kind in _KINDS:
        for model in _entries(body.get(kind)):
            name = _text(model.get("name"))
            schema = _text(_fields(model.get("config")).get("schema")) or PUBLIC
            reading.known["ref", "", name] = reading.table(model, _text(model.get("alias")) or name, schema).id
    for reference in reading.references:
        reading.refer(*reference)
    return drawn(reading.found, file)


def _fields(node: Node | None) -> dict[str, Node]:
    if not isinstance(node, MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}


def _entries(node: Node | None) -> Iterator[dict[str, Node]]:
    """The mappings of a list, those with a name."""
    for item in node.value if isinstance(node, SequenceNode) else ():
        if "name" in (fields := _fields(item)):
            yield fields


def _text(node: Node | None) -> str:
    return str(node.value).strip() if isinstance(node, ScalarNode) else ""


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(_text(item) for item in node.value) if isinstance(node, SequenceNode) else ()


def _tests(fields: Mapping[str, Node]) -> Iterator[tuple[str, dict[str, Node], Node]]:
    """(name, arguments, node) of each test and constraint."""
    for word in ("tests", "data_tests", "constraints"):
        node = fields.get(word)
        for item in node.value if isinstance(node, SequenceNode) else ():
            if isinstance(item, ScalarNode):
                yield item.value, {}, item
            elif (said := _fields(item)) and word == "constraints":
                yield _text(said.get("type")), said, item
            elif said:
                name = _text(said.get("test_name")) or next(iter(said))
                arguments = _fields(said.get(name)) or said
                yield name, {**arguments, **_fields(arguments.get("arguments"))}, item


@dataclass(slots=True)
class _Reading:
    """`known`: (ref or source, its source, name) -> the table; `references` are looked up when all are known."""

    document: Document
    found: Tables
    known: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    references: list[tuple[Table, tuple[str, ...], dict[str, Node], Node]] = field(default_factory=list)

    def table(self, fields: Mapping[str, Node], name: str, schema: str) -> Table:
        span = self.document.span(fields["name"])
        description = _text(fields.get("description")) or None
        table = Table(schema=schema, name=name.strip('"'), span=span, description=description)
        for column in _entries(fields.get("columns")):
            self._column(table, column)
        for test, arguments, _ in _tests(fields):
            together = _texts(arguments.get("combination_of_columns")) or _texts(arguments.get("columns"))
            if test in _TOGETHER and together:
                table.key = table.key or together
        if not table.key:
            sure = [one for one in table.uniques if all(table.columns[name].not_null for name in one)]
            table.key = sure[0] if sure else ()
        self.found.tables[table.id] = table
        return table

    def _column(self, table: Table, fields: Mapping[str, Node]) -> None:
        name, type_ = _text(fields["name"]).strip('"'), _text(fields.get("data_type"))
        column = Column(name=name, span=self.document.span(fields["name"]))
        column.type = Type(name=type_.lower()) if type_ else None
        column.description = _text(fields.get("description")) or None
        table.columns[name] = column
        for test, arguments, node in _tests(fields):
            if test == "not_null":
                column.not_null = True
            elif test == "unique":
                table.uniques.append((name,))
            elif test == "primary_key":
                table.key = (*table.key, name)
            elif test == "accepted_values":
                column.values = _texts(arguments.get("values"))
            elif test == "relationships":
                self.references.append((table, (name,), arguments, node))

    def refer(self, table: Table, columns: tuple[str, ...], test: Mapping[str, Node], node: Node) -> None:
        """A `relationships` test; one whose target is not in this file is told when it is drawn."""
        call = _CALL.search(_text(test.get("to")))
        words = _STRING.findall(call[2]) if call else []
        name = words[-1] if words else _text(test.get("to"))
        source = words[0] if call and call[1] == "source" and len(words) > 1 else ""
        other = self.known.get((call[1] if call else "ref", source, name), (source or PUBLIC, name))
        to = (_text(test.get("field")),) if "field" in test else ()
        reference = Reference(columns=columns, table=other, to=to, span=self.document.span(node))
        table.references.append(reference)
