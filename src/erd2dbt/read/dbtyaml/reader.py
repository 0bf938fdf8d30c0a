"""Converts dbt's properties files to tables: sources and models with columns, and keys and references from tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from erd2dbt.diagram.drawing import Diagram, SourceBox
from erd2dbt.read.dbtyaml.nodes import Fields, Nodes
from erd2dbt.read.dbtyaml.tests import Test, as_spec, tests_of
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import PUBLIC, Column, Reference, Rule, Table, Tables, Type
from erd2dbt.read.text.accounting import Account
from erd2dbt.read.text.places import Places
from erd2dbt.read.text.signs import KINDS
from erd2dbt.read.yaml.source import Node, ScalarNode, SequenceNode, compose
from erd2dbt.sql.checks import check_of

_CALL = re.compile(
    r"""\b(ref|source)\s*\(\s*((?:['"][^'"]*['"]\s*,\s*)?['"][^'"]*['"])"""
    r"""\s*(?:,\s*v(?:ersion)?\s*=\s*['"]?\w+['"]?\s*)?\)"""
)
_STRING = re.compile(r"""['"]([^'"]*)['"]""")
_RELATION = re.compile(r"^\s*([\w$.\"]+)\s*(?:\(([^)]*)\))?")
_DOC = re.compile(r"\s*\{\{\s*doc\s*\([^)]*\)\s*\}\}\s*")
_SETTING = "a setting of dbt"
_NO_TABLES = "no table, key or column"
_ROOT = ("version", "exposures", "metrics", "semantic_models", "saved_queries", "macros", "unit_tests", "analyses",
         "groups", "data_tests")  # fmt: skip
_SETTINGS = ("config", "quoting", "external", "docs", "access", "latest_version", "deprecation_date", "overrides",
             "versions", "time_spine", "primary_entity", "quote", "policy_tags", "granularity",
             "dimension", "entity", "enabled", "path", "semantic_model", "relation")  # fmt: skip
_AGES = ("warn_after", "error_after")


def read_dbt_properties(text: str, file: str) -> Diagram:
    """Return the diagram of sources and models. Raises ErdError when the file is not YAML, or has a duplicate key."""
    document = compose(text.encode(), file)
    nodes = Nodes(document, Account(Places(file, document.text)))
    reading = _Reading(nodes, Tables(seen=nodes.account.seen))
    body = nodes.fields(document.root)
    for source in filter(reading.is_enabled, nodes.entries(body.get("sources"))):
        reading.source(source)
    for kind in KINDS:
        for model in filter(reading.is_enabled, nodes.entries(body.get(kind))):
            reading.model(_of_latest_version(model), is_snapshot=kind == "snapshots")
            model.ignore(_SETTING, *_SETTINGS)
    for table, columns, test in reading.references:
        reading.refer(table, columns, test)
    body.ignore(_NO_TABLES, *_ROOT)
    nodes.ignore_anchors(body)
    nodes.faults.raise_if_failed()
    nodes.account.settle(sorted(set(nodes.parts(document.root))))
    nodes.account.close()
    reading.found.parts = nodes.account.parts
    return drawn(reading.found, file)


def _of_latest_version(model: Fields) -> Fields:
    """Return a model with `versions:` as its latest version, which may have another name and other columns."""
    nodes, node = model.nodes, model.get("versions")
    listed = node.value if isinstance(node, SequenceNode) else []
    items = [item for item in listed if "v" in nodes.fields(item)]
    versions = [nodes.fields(item) for item in items]
    if not versions:
        return model
    wanted = model.text("latest_version")
    latest = next((one for one in versions if _v(one) == wanted), max(versions, key=_by_version))
    for version, item in zip(versions, items, strict=True):
        if version is not latest:
            nodes.leave("another version of a model, of which the latest is read", item)
    key = model.raw["name"][0]
    called = ScalarNode(tag="", value=f"{model.text('name')}_v{latest.text('v')}",
                        start_mark=key.start_mark, end_mark=key.end_mark)  # fmt: skip
    own = {name: pair for name, pair in latest.raw.items() if name not in ("columns", "v")}
    found = Fields(nodes, {"alias": (key, called), **model.raw, **own})
    said, base = latest.get("columns"), model.get("columns")
    if isinstance(said, SequenceNode) and isinstance(base, SequenceNode):
        found.raw["columns"] = (key, _columns_of(nodes, said, base))
    return found


def _columns_of(nodes: Nodes, own: SequenceNode, base: SequenceNode) -> SequenceNode:
    rules = [rule for item in own.value if "include" in (rule := nodes.fields(item))]
    apart = {name for rule in rules for name in nodes.texts(rule.get("exclude"))}
    kept = [item for item in base.value if rules and nodes.fields(item).text("name") not in apart]
    listed = [name for rule in rules for name in nodes.texts(rule.get("include"))]
    kept = [item for item in kept if not listed or nodes.fields(item).text("name") in listed]
    columns = [*kept, *(item for item in own.value if "name" in nodes.fields(item))]
    return SequenceNode(tag=base.tag, value=columns, start_mark=base.start_mark, end_mark=base.end_mark)


def _by_version(version: Fields) -> tuple[float, str]:
    text = _v(version)
    return (float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else -1, text)


def _v(version: Fields) -> str:
    """Return the version of an entry without marking it as read: all entries are compared, and one is used."""
    return str(version.raw["v"][1].value)


@dataclass(slots=True)
class _Reading:
    """The tables read so far. `known`: (ref or source, its source, name) -> table. `references` are resolved at the
    end."""

    nodes: Nodes
    found: Tables
    known: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    references: list[tuple[Table, tuple[str, ...], Test]] = field(default_factory=list)

    def is_enabled(self, fields: Fields) -> bool:
        """Return whether dbt uses the node: `enabled: false` disables it, at its top level or in its `config`."""
        off = next(
            (some for some in (fields, fields.fields("config")) if some.text("enabled").lower() == "false"), None
        )
        if off is not None:
            self._left(fields, "switched off by `enabled: false`", unread=False)
        return off is None

    def source(self, source: Fields) -> None:
        """Read a source, with the settings that its tables inherit."""
        name, config = source.text("name"), source.fields("config")
        schema = self.plain(source.get("schema"), name)
        ages = source.first("freshness") or config.get("freshness")
        about = SourceBox(
            name=name,
            database=self.plain(source.get("database"), "") or None,
            description=self.described(source) or None,
            loader=self.plain(source.get("loader"), "") or None,
            freshness=self._ages(ages),
            meta=self.mapping(source.get("meta"), config.get("meta")),
        )
        loaded = source.first("loaded_at_field") or config.get("loaded_at_field")
        tags = self.tags(source)
        for table in filter(self.is_enabled, self.nodes.entries(source.get("tables"))):
            called = table.text("name")
            found = self.table(table, self.plain(table.get("identifier"), called), schema, called)
            found.source, found.tags = about, tuple(dict.fromkeys((*tags, *found.tags)))
            own = table.fields("config")
            self._loaded(found, table.first("loaded_at_field") or own.get("loaded_at_field") or loaded)
            for some, where in ((table, "freshness"), (own, "freshness")):
                if where in some:
                    self.nodes.leave("freshness of one table; the spec says it of a source", some.raw[where][1])
            table.ignore(_SETTING, *_SETTINGS)
            self.known["source", name, called] = found.id
        source.ignore(_SETTING, *_SETTINGS)

    def model(self, model: Fields, *, is_snapshot: bool) -> None:
        name, config = model.text("name"), model.fields("config")
        schema = self.plain(config.first("schema") or model.get("schema"), PUBLIC)
        called = self.plain(config.first("alias") or model.get("alias"), name)
        table = self.table(model, called, schema, name)
        self.known["ref", "", name] = table.id
        if is_snapshot:
            self._versioned(table, config)
        model.ignore(_SETTING, *_SETTINGS)

    def _versioned(self, table: Table, config: Fields) -> None:
        """Return the table of a snapshot: it has a row for each version, so its unique columns need
        `dbt_valid_from`."""
        node = config.get("unique_key")
        names = self.nodes.names(node)
        renamed = config.fields("snapshot_meta_column_names").text("dbt_valid_from") or "dbt_valid_from"
        table.key = ()
        if node is None or not names or not all(name.isidentifier() for name in names):
            return
        span = self.nodes.document.span(node)
        for name in (*names, renamed):
            table.columns.setdefault(name, Column(name=name, span=span)).not_null = True
        table.key = (*names, renamed)

    def _ages(self, node: Node | None) -> Mapping[str, object]:
        fields = self.nodes.fields(node)
        found = {age: data for age in _AGES if (data := self.nodes.data(fields.get(age)))}
        return found if all(isinstance(data, dict) for data in found.values()) else {}

    def _loaded(self, table: Table, node: Node | None) -> None:
        """Mark the column with the load time of a row. It is added if the file does not list it."""
        name = self.nodes.text(node).strip('"')
        if not name or node is None:
            return
        if not name.isidentifier():
            self.nodes.leave("an expression says when rows were loaded; the spec takes a column", node)
            return
        span = self.nodes.document.span(node)
        table.columns.setdefault(name, Column(name=name, span=span))
        table.said["loaded_at"] = name

    def plain(self, node: Node | None, otherwise: str) -> str:
        """Return a name. For a template, return the last text in it, which is the default of `var` and `env_var`."""
        text = self.nodes.text(node)
        if node is None or "{{" not in text:
            return text or otherwise
        texts = _STRING.findall(text)
        taken = texts[-1] if len(texts) > 1 and texts[-1] else otherwise
        self.nodes.leave(f"a template, taken for `{taken}`", node)
        return taken

    def described(self, fields: Fields) -> str:
        node, text = fields.get("description"), fields.text("description")
        if node is not None and _DOC.fullmatch(text):
            self.nodes.leave("a doc block, whose text is in another file", node)
            return ""
        return text

    def tags(self, fields: Fields) -> tuple[str, ...]:
        said = (*self.nodes.texts(fields.get("tags")), *self.nodes.texts(fields.fields("config").get("tags")))
        return tuple(dict.fromkeys(said))

    def mapping(self, *given: Node | None) -> dict[str, object]:
        found: dict[str, object] = {}
        for data in (self.nodes.data(node) for node in given if node is not None):
            found |= data if isinstance(data, dict) else {}
        return found

    def table(self, fields: Fields, name: str, schema: str, called: str) -> Table:
        span = self.nodes.document.span(fields.raw["name"][1])
        config = fields.fields("config")
        table = Table(schema=schema, name=name.strip('"'), span=span, spelling=called.strip('"'))
        if known := self.found.tables.get(table.id):
            self._left(fields, f"there is a table `{table.name}` in `{table.schema}` already")
            return known
        table.description = self.described(fields) or None
        table.group = fields.text("group") or config.text("group") or None
        table.tags = self.tags(fields)
        if meta := self.mapping(fields.get("meta"), config.get("meta")):
            table.said["meta"] = meta
        types = config.fields("column_types")
        for column in self.nodes.entries(fields.get("columns")):
            self._column(table, column, types)
        for test in tests_of(fields):
            self._claim(table, test)
        table.key = table.key or _sure_key(table)
        self.found.tables[table.id] = table
        return table

    def _left(self, fields: Fields, why: str, *, unread: bool = True) -> None:
        """Report a description of which nothing was read."""
        parts = [part for pair in fields.raw.values() for node in pair for part in self.nodes.parts(node)]
        self.nodes.account.leave(min(parts)[0], max(end for _, end in parts), why, unread=unread)

    def _listed(self, table: Table, test: Test) -> bool:
        """Return whether a test names columns. Unlisted columns are added. Expressions are reported, and give False."""
        if not all(name.isidentifier() or name in table.columns for name in test.columns):
            self.nodes.leave(f"`{test.name}`: it tests an expression; the spec has no words for it", test.node)
            return False
        for name in test.columns:
            table.columns.setdefault(name, Column(name=name, span=self.nodes.document.span(test.node)))
        return bool(test.columns)

    def _claim(self, table: Table, test: Test) -> None:
        """Apply the claim of a test on a whole table."""
        if test.claim in ("key", "unique", "reference", "not_null") and test.columns:
            if self._listed(table, test):
                self._claim_of(table, test)
        elif test.claim == "check" and (text := test.said.text("expression")):
            rule = Rule(text=text, span=self.nodes.document.span(test.node), said=check_of(text))
            table.rules.append(rule)
        else:
            self._leave(test)

    def _claim_of(self, table: Table, test: Test) -> None:
        """Apply the claim of a test on existing columns."""
        if test.claim == "key":
            table.key = test.columns
        elif test.claim == "unique":
            table.uniques.append(test.columns)
        elif test.claim == "reference":
            self.references.append((table, test.columns, test))
        else:
            for name in test.columns:
                table.columns[name].not_null = True

    def _leave(self, test: Test) -> None:
        why = "a test of some rows only" if test.is_partial else "a test that the spec has no words for"
        self.nodes.leave(f"`{test.name}`: {why}", test.node)

    def _column(self, table: Table, fields: Fields, types: Fields) -> None:
        name = fields.text("name").strip('"')
        type_ = fields.text("data_type") or types.text(name)
        column = Column(name=name, span=self.nodes.document.span(fields.raw["name"][1]))
        column.type = Type(name=type_.lower()) if type_ else None
        column.description = self.described(fields) or None
        table.columns[name] = column
        config = fields.fields("config")
        if meta := self.mapping(fields.get("meta"), config.get("meta")):
            column.said["meta"] = meta
        for some in (fields, config):
            some.ignore("tags of a column; the spec has tags of entities", "tags")
        for test in tests_of(fields):
            self._column_claim(table, column, test)
        fields.ignore(_SETTING, *_SETTINGS)

    def _column_claim(self, table: Table, column: Column, test: Test) -> None:
        """Apply the claim of a test on one column. A test without an equivalent in the spec stays a test."""
        if test.claim == "not_null":
            column.not_null = True
        elif test.claim == "unique":
            table.uniques.append((column.name,))
        elif test.claim == "key":
            table.key = (*table.key, column.name)
        elif test.claim == "values":
            column.values = self.nodes.texts(test.said.first("values", "value_set"))
        elif test.claim == "reference":
            self.references.append((table, (column.name,), test))
        elif test.claim == "check" and (text := test.said.text("expression")):
            table.rules.append(Rule(text=text, span=column.span, said=check_of(text)))
        elif test.is_partial and test.said.first("to", "pk_table_name"):
            self._leave(test)
        else:
            tests = column.said.setdefault("tests", [])
            assert isinstance(tests, list)
            tests.append(as_spec(self.nodes, test.node))

    def refer(self, table: Table, columns: tuple[str, ...], test: Test) -> None:
        """Record a `relationships` test or a foreign key. A target outside this file is reported in the diagram."""
        words, nodes = self.nodes.text(test.said.first("to", "pk_table_name")), self.nodes
        to = nodes.names(test.said.first("field", "to_columns", "pk_column_names", "pk_column_name"))
        expression = test.said.text("expression").removeprefix("references ")
        if not words and (match := _RELATION.match(expression)):
            words = match[1]
            to = to or tuple(name.strip().strip('"') for name in (match[2] or "").split(",") if name.strip())
        span = nodes.document.span(test.node)
        table.references.append(Reference(columns=columns, table=self._target(words), to=to, span=span))

    def _target(self, words: str) -> tuple[str, str]:
        """Return the table of `ref('a')`, `source('s', 'a')`, or `schema.a` in the expression of a constraint."""
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
    """Return the primary key: columns that are unique and not null. For several columns, a unique test is enough."""
    sure = [one for one in table.uniques if all(name in table.columns and table.columns[name].not_null for name in one)]
    together = [one for one in table.uniques if len(one) > 1]
    return next(iter((*sure, *together)), ())
