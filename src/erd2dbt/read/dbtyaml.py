"""dbt's properties files: sources and models with their columns, and keys and references as tests say them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from erd2dbt.diagram import Diagram, Seen
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import PUBLIC, Column, Reference, Table, Tables, Type
from erd2dbt.read.yamlsource import Document, MappingNode, Node, ScalarNode, SequenceNode, compose

_KINDS = ("models", "seeds", "snapshots")
_LIST = re.compile(
    rf"^(?:sources|{'|'.join(_KINDS)}):[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*-", re.MULTILINE
)
_CALL = re.compile(r"(ref|source)\s*\(\s*([^)]*)\)")
_STRING = re.compile(r"""['"]([^'"]*)['"]""")
_RELATION = re.compile(r"^\s*([\w$.\"]+)\s*(?:\(([^)]*)\))?")
_TOGETHER = (  # tests and constraints of several columns
    "unique", "unique_combination_of_columns", "dbt_utils.unique_combination_of_columns",
    "dbt_expectations.expect_compound_columns_to_be_unique",
)  # fmt: skip
_LISTS = ("combination_of_columns", "column_list", "columns")
_Fields = Mapping[str, Node]


def is_dbt_properties(text: str) -> bool:
    """Whether `sources:` or `models:` is a list, as dbt has it; in a spec they are mappings."""
    return _LIST.search(text) is not None


def read_dbt_properties(text: str, file: str) -> Diagram:
    """The diagram of sources and models. ErdError when it is no YAML."""
    document = compose(text.encode(), file)
    reading = _Reading(document, Tables())
    body = _fields(document.root)
    for source in _entries(body.get("sources")):
        schema = reading.plain(source.get("schema"), _text(source.get("name")))
        for table in _entries(source.get("tables")):
            name = _text(table.get("name"))
            found = reading.table(table, reading.plain(table.get("identifier"), name), schema)
            found.tags = tuple(dict.fromkeys((*_tags(source), *found.tags)))
            reading.known["source", _text(source.get("name")), name] = found.id
    for kind in _KINDS:
        for model in map(_of_latest_version, _entries(body.get(kind))):
            name, config = _text(model.get("name")), _fields(model.get("config"))
            schema = reading.plain(config.get("schema", model.get("schema")), PUBLIC)
            called = reading.plain(config.get("alias", model.get("alias")), name)
            reading.known["ref", "", name] = reading.table(model, called, schema).id
    for reference in reading.references:
        reading.refer(*reference)
    return drawn(reading.found, file)


def _of_latest_version(model: dict[str, Node]) -> dict[str, Node]:
    """A model with `versions:` as its latest one is: under another name, and with other columns."""
    node = model.get("versions")
    versions = [_fields(item) for item in node.value] if isinstance(node, SequenceNode) else []
    versions = [version for version in versions if "v" in version]
    if not versions:
        return model
    wanted = _text(model.get("latest_version"))
    latest = next((one for one in versions if _text(one["v"]) == wanted), max(versions, key=_by_version))
    called = ScalarNode(tag="tag:yaml.org,2002:str", value=f"{_text(model['name'])}_v{_text(latest['v'])}")
    found = {"alias": called, **model, **{name: node for name, node in latest.items() if name != "columns"}}
    said = latest.get("columns")
    own = said.value if isinstance(said, SequenceNode) else None
    base = model.get("columns")
    if own is None or not isinstance(base, SequenceNode):
        return found
    rules = [_fields(item) for item in own if "include" in _fields(item)]
    apart = {name for rule in rules for name in _texts(rule.get("exclude"))}
    kept = [item for item in base.value if rules and _text(_fields(item).get("name")) not in apart]
    listed = [name for rule in rules for name in _texts(rule.get("include"))]
    kept = [item for item in kept if not listed or _text(_fields(item).get("name")) in listed]
    columns = [*kept, *(item for item in own if "name" in _fields(item))]
    found["columns"] = SequenceNode(tag=base.tag, value=columns, start_mark=base.start_mark, end_mark=base.end_mark)
    return found


def _by_version(version: _Fields) -> tuple[float, str]:
    text = _text(version["v"])
    return (float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else -1, text)


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
    if isinstance(node, ScalarNode) and _text(node) not in ("all", "*"):
        return (_text(node),)
    return tuple(_text(item) for item in node.value) if isinstance(node, SequenceNode) else ()


def _names(node: Node | None) -> tuple[str, ...]:
    return tuple(name.strip('"') for name in _texts(node))


def _tags(fields: _Fields) -> tuple[str, ...]:
    said = (*_texts(fields.get("tags")), *_texts(_fields(fields.get("config")).get("tags")))
    return tuple(dict.fromkeys(said))


def _tests(fields: _Fields) -> Iterator[tuple[str, dict[str, Node], Node]]:
    """(name, arguments, node) of each test and constraint; tests of some rows only are none."""
    for word in ("constraints", "tests", "data_tests"):
        node = fields.get(word)
        for item in node.value if isinstance(node, SequenceNode) else ():
            if isinstance(item, ScalarNode):
                yield item.value, {}, item
            elif (said := _fields(item)) and word == "constraints":
                yield _text(said.get("type")), said, item
            elif said:
                name = _text(said.get("test_name")) or next(iter(said))
                inner = _fields(said.get(name)) or said
                arguments = {**inner, **_fields(inner.get("arguments"))}
                is_partial = "where" in arguments or "where" in _fields(arguments.get("config"))
                if not is_partial or name == "relationships":
                    yield name, arguments, item


@dataclass(slots=True)
class _Reading:
    """`known`: (ref or source, its source, name) -> the table; `references` are looked up when all are known."""

    document: Document
    found: Tables
    known: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    references: list[tuple[Table, tuple[str, ...], _Fields, Node]] = field(default_factory=list)

    def plain(self, node: Node | None, otherwise: str) -> str:
        """A name; of a template the last text in it, which is what `var` and `env_var` fall back on."""
        text = _text(node)
        if node is None or "{{" not in text:
            return text or otherwise
        texts = _STRING.findall(text)
        taken = texts[-1] if len(texts) > 1 and texts[-1] else otherwise
        span = self.document.span(node)
        why = f"a template, taken for `{taken}`"
        self.found.seen.append(Seen(kind=f"line {span.line}", why=why, span=span, text=text))
        return taken

    def table(self, fields: _Fields, name: str, schema: str) -> Table:
        span = self.document.span(fields["name"])
        description = _text(fields.get("description")) or None
        config = _fields(fields.get("config"))
        table = Table(schema=schema, name=name.strip('"'), span=span, description=description)
        table.group = _text(fields.get("group")) or _text(config.get("group")) or None
        table.tags = _tags(fields)
        types = _fields(config.get("column_types"))
        for column in _entries(fields.get("columns")):
            self._column(table, column, _text(types.get(_text(column["name"]))))
        for test, arguments, node in _tests(fields):
            together = next((names for word in _LISTS if (names := _names(arguments.get(word)))), ())
            if test == "primary_key" and together:
                table.key = together
            elif test in _TOGETHER and together:
                table.uniques.append(together)
            elif test == "foreign_key" and together:
                self.references.append((table, together, arguments, node))
        table.key = table.key or _sure_key(table)
        self.found.tables[table.id] = table
        return table

    def _column(self, table: Table, fields: _Fields, of_seed: str) -> None:
        name, type_ = _text(fields["name"]).strip('"'), _text(fields.get("data_type")) or of_seed
        column = Column(name=name, span=self.document.span(fields["name"]))
        column.type = Type(name=type_.lower()) if type_ else None
        column.description = _text(fields.get("description")) or None
        table.columns[name] = column
        for test, arguments, node in _tests(fields):
            if test == "not_null":
                column.not_null = True
            elif test in ("unique", "dbt_expectations.expect_column_values_to_be_unique"):
                table.uniques.append((name,))
            elif test == "primary_key":
                table.key = (*table.key, name)
            elif test == "accepted_values":
                column.values = _texts(arguments.get("values"))
            elif test in ("relationships", "foreign_key"):
                self.references.append((table, (name,), arguments, node))

    def refer(self, table: Table, columns: tuple[str, ...], test: _Fields, node: Node) -> None:
        """A `relationships` test or a foreign key; one whose target is not in this file is told when it is drawn."""
        words, to = _text(test.get("to")), _names(test.get("field")) or _names(test.get("to_columns"))
        if not words and (match := _RELATION.match(_text(test.get("expression")).removeprefix("references "))):
            words = match[1]
            to = to or tuple(name.strip().strip('"') for name in (match[2] or "").split(",") if name.strip())
        reference = Reference(columns=columns, table=self._target(words), to=to, span=self.document.span(node))
        table.references.append(reference)

    def _target(self, words: str) -> tuple[str, str]:
        """`ref('a')`, `source('s', 'a')`, or `schema.a` as a constraint's expression has it."""
        if call := _CALL.search(words):
            texts = _STRING.findall(call[2])
            source = texts[0] if call[1] == "source" and len(texts) > 1 else ""
            name = texts[-1] if texts else words
            return self.known.get((call[1], source, name), (source or PUBLIC, name))
        parts = [part.strip('"') for part in words.split(".")]
        if len(parts) > 1:
            return parts[-2], parts[-1]
        return self.known.get(("ref", "", words), (PUBLIC, words))


def _sure_key(table: Table) -> tuple[str, ...]:
    """What is said to be unique and never null; of several columns, unique is enough: such tests stand for keys."""
    sure = [one for one in table.uniques if all(name in table.columns and table.columns[name].not_null for name in one)]
    together = [one for one in table.uniques if len(one) > 1]
    return next(iter((*sure, *together)), ())
