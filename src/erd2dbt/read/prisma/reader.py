"""Converts Prisma's models to tables, and these to a diagram: columns, keys, and the relations in fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from erd2dbt.diagram.drawing import Diagram
from erd2dbt.read.ddl.dialect import Dialect
from erd2dbt.read.dialects.systems import DIALECTS
from erd2dbt.read.prisma.grammar import Block, Call, Field, Parser
from erd2dbt.read.prisma.types import type_of
from erd2dbt.read.relational.drawing import drawn
from erd2dbt.read.relational.values import PUBLIC, Column, OwnType, Reference, Table, Tables, Type
from erd2dbt.read.text.accounting import DEFAULT, Account
from erd2dbt.read.text.places import Places

_MODEL = re.compile(r"^[ \t]*(?:model|enum)\s+\w+\s*\{[ \t]*(?://[^\n]*)?$", re.MULTILINE)
_FIELD = re.compile(r"^[ \t]+\w+[ \t]+\w+(?:\[\])?\??[^\n]*@(?:id|unique|relation|default|map|db\.)|^[ \t]*@@\w+\(|"
                    r"^[ \t]*(?:datasource|generator)\s+\w+\s*\{", re.MULTILINE)  # fmt: skip
_SYSTEMS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "sqlserver": "tsql", "sqlite": "sqlite",
            "cockroachdb": "postgres"}  # fmt: skip
_CLIENT = "how a client is generated or called"
_ON_CHANGE = "what happens to the rows that lead there"
_INDEX = "an index, and no claim"
_VIEW = "a view; its query is not part of the diagram"
_COMPOSITE = "a type of documents, and no table"
_IGNORED_FIELD = {"default": DEFAULT, "updatedAt": "what is written on each change", "ignore": _CLIENT}
_IGNORED_MODEL = {"index": _INDEX, "fulltext": _INDEX, "ignore": _CLIENT, "allow": "who may see the values",
                  "deny": "who may see the values"}  # fmt: skip


def is_prisma(text: str) -> bool:
    return _MODEL.search(text) is not None and _FIELD.search(text) is not None


def read_prisma(text: str, file: str) -> Diagram:
    """Return the diagram of a schema's models."""
    return drawn(read_tables(text, file), file)


def read_tables(text: str, file: str) -> Tables:
    """Return the tables of a schema."""
    account = Account(Places(file, text))
    parser = Parser(account)
    blocks = list(parser.blocks())
    reader = _Reader(account, {block.name: block for block in blocks if block.kind == "model"}, _dialect(blocks))
    reader.read(blocks)
    parser.settle()
    account.close()
    reader.found.parts = account.parts
    return reader.found


def _dialect(blocks: list[Block]) -> Dialect:
    providers = (block.settings.get("provider") for block in blocks if block.kind == "datasource")
    provider = next((one for one in providers if isinstance(one, str)), "")
    return DIALECTS[_SYSTEMS.get(provider, "postgres")]


@dataclass(slots=True, eq=False)
class _Relation:
    """A field whose type is a model, with the model that contains it."""

    owner: Block
    shown: Field
    other: Block
    said: Call | None
    back: _Relation | None = field(default=None, repr=False, compare=False)  # the field at the other end

    @property
    def name(self) -> str | None:
        return self.said.text("name", "0") if self.said else None

    @property
    def columns(self) -> tuple[str, ...]:
        return self.said.names("fields") if self.said else ()


@dataclass(slots=True)
class _Reader:
    account: Account
    models: dict[str, Block]
    dialect: Dialect
    found: Tables = field(default_factory=Tables)
    enums: dict[str, OwnType] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)  # model -> field -> column

    def read(self, blocks: list[Block]) -> None:
        self.found.seen = self.account.seen
        for block in blocks:
            self._beside(block)
        for block in blocks:
            if block.kind == "enum":
                self._enum(block)
        for block in self.models.values():
            self._named(block)
        relations = [one for block in self.models.values() for one in self._model(block)]
        _pair(relations)
        for one in relations:
            if one.columns:
                self._refer(one)
            elif one.back is None:
                why = f"no field of `{one.other.name}` leads back"
                self.account.leave(one.shown.start, one.shown.end, why, unread=True)
        lists = [one for one in relations if one.back and not one.columns and not one.back.columns]
        for one in lists:
            if one.back and relations.index(one) < relations.index(one.back):
                self._between(one, one.back)

    def _beside(self, block: Block) -> None:
        """Report blocks that are not part of the schema."""
        why = {"datasource": _CLIENT, "generator": _CLIENT, "view": _VIEW, "type": _COMPOSITE}.get(block.kind)
        if why:
            self.account.ignore(why, block.start, max(block.end, block.start + 1))
        elif block.kind not in ("model", "enum"):
            self.account.leave(block.start, max(block.end, block.start + 1), "this block is not known", unread=True)

    def _schema(self, block: Block) -> str:
        said = block.attribute("schema")
        return (said.text("map", "0") if said else None) or self.dialect.schema

    def _mapped(self, block: Block | Field) -> str:
        said = block.attribute("map")
        return (said.text("name", "0") if said else None) or block.name

    def _enum(self, block: Block) -> None:
        own = OwnType(schema=self._schema(block) or PUBLIC, name=self._mapped(block))
        own.values = tuple(self._mapped(value) for value in block.fields)
        self.enums[block.name] = own
        self.found.types[own.schema, own.name] = own
        self._attributes(block, {"map", "schema"}, {})
        for value in block.fields:
            self._attributes(value, {"map"}, _IGNORED_FIELD)

    def _named(self, block: Block) -> None:
        table = Table(schema=self._schema(block), name=self._mapped(block), span=block.span, description=block.doc)
        self.tables[block.name] = self.found.tables[table.id] = table
        self.columns[block.name] = {one.name: self._mapped(one) for one in block.fields}

    def _model(self, block: Block) -> Iterator[_Relation]:
        """Read the columns and keys of a model, and its fields that are relations."""
        table, named = self.tables[block.name], self.columns[block.name]
        self._attributes(block, {"id", "unique", "map", "schema"}, _IGNORED_MODEL)
        for one in block.fields:
            known = {"id", "unique", "map", "relation", *(a.name for a in one.attributes if a.name.startswith("db."))}
            self._attributes(one, known, _IGNORED_FIELD)
            if one.type and (other := self.models.get(one.type.name)):
                yield _Relation(block, one, other, one.attribute("relation"))
                continue
            table.columns[named[one.name]] = self._column(one, named[one.name])
            if one.attribute("id"):
                table.key = (named[one.name],)
            if one.attribute("unique"):
                table.uniques.append((named[one.name],))
        for said in block.attributes:
            if said.name in ("id", "unique") and (columns := self._known(table, named, said, "fields", "0")):
                self._sorted(said)
                table.key = columns if said.name == "id" else table.key
                table.uniques += [columns] if said.name == "unique" else []
        for name in table.key:
            table.columns[name].not_null = True

    def _known(self, table: Table, named: dict[str, str], said: Call, *keys: str) -> tuple[str, ...]:
        """Return the columns that an attribute lists; empty if one does not exist, which is reported."""
        columns = tuple(named.get(name, name) for name in said.names(*keys))
        lost = [name for name in columns if name not in table.columns]
        if lost or not columns:
            why = f"there is no column `{lost[0]}`" if lost else "it lists no columns"
            self.account.leave(said.start, said.end, why, unread=True)
            return ()
        return columns

    def _sorted(self, said: Call) -> None:
        """Ignore the name and the sort order of an index: they are not claims."""
        for key, place in said.places.items():
            value = said.arguments[key]
            if key in ("name", "map", "clustered", "type"):
                self.account.ignore(_CLIENT, *place)
            for one in value if isinstance(value, list) else ():
                for inner in one.places.values() if isinstance(one, Call) else ():
                    self.account.ignore(_INDEX, *inner)

    def _column(self, one: Field, name: str) -> Column:
        assert one.type is not None
        type_ = self._type(one, one.type)
        type_.array = one.is_list
        return Column(name=name, span=one.span, spelling=one.name if one.name != name and one.name.lower() == name
                      else None, type=type_, not_null=not one.is_optional and not one.is_list,
                      description=one.doc)  # fmt: skip

    def _type(self, one: Field, written: Call) -> Type:
        if written.name == "Unsupported":
            return Type(name=(written.text("0") or "").lower())
        if own := self.enums.get(written.name):
            return Type(name=own.name, schema=own.schema)
        native = next((attribute for attribute in one.attributes if attribute.name.startswith("db.")), None)
        return type_of(written.name, native, self.dialect) or Type(name=written.name)

    def _attributes(self, owner: Block | Field, known: set[str], ignored: dict[str, str]) -> None:
        """Mark the attributes of a field or a model: those in `ignored` as ignored, unknown ones as unread."""
        for one in owner.attributes:
            if one.name in ignored:
                self.account.ignore(ignored[one.name], one.start, one.end)
            elif one.name not in known:
                self.account.leave(one.start, one.end, "this attribute is not known", unread=True)

    def _refer(self, relation: _Relation) -> None:
        named, theirs = self.columns[relation.owner.name], self.columns[relation.other.name]
        table, said = self.tables[relation.owner.name], relation.said
        assert said is not None
        other = self.tables[relation.other.name]
        columns = self._known(table, named, said, "fields")
        to = self._known(other, theirs, said, "references") if columns else ()
        if not to:
            return
        for name, why in (("onDelete", _ON_CHANGE), ("onUpdate", _ON_CHANGE), ("map", _CLIENT)):
            if name in said.places:
                self.account.ignore(why, *said.places[name])
        reference = Reference(columns=columns, table=other.id, to=to, span=relation.shown.span)
        reference.one = relation.back is not None and not relation.back.shown.is_list
        table.references.append(reference)

    def _between(self, one: _Relation, other: _Relation) -> None:
        """Return the join table of a many-to-many relation in the database: `_AToB` with the columns A and B."""
        first, second = sorted((one, other), key=lambda relation: relation.owner.name)
        if one.owner is other.owner:
            first, second = sorted((one, other), key=lambda relation: relation.shown.name)
        name = f"_{one.name or f'{first.owner.name}To{second.owner.name}'}"
        table = Table(schema=self.tables[first.owner.name].schema, name=name, span=first.shown.span)
        for letter, relation in (("A", first), ("B", second)):
            to = self.tables[relation.owner.name]
            if len(to.key) != 1 or to.key[0] not in to.columns:
                self.account.leave(one.shown.start, one.shown.end, f"`{to.name}` has no key of one column", unread=True)
                return
            type_ = to.columns[to.key[0]].type
            table.columns[letter] = Column(name=letter, span=relation.shown.span, type=type_, not_null=True)
            table.references.append(Reference(columns=(letter,), table=to.id, to=to.key, span=relation.shown.span))
        table.key = ("A", "B")
        self.found.tables[table.id] = table


def _pair(relations: list[_Relation]) -> None:
    """Pair each field with the one at the other end: both have the same relation name, and at most one lists
    columns."""
    for one in relations:
        if one.back is None:
            ends = (other for other in relations if other is not one and other.back is None and _is_pair(one, other))
            if back := next(ends, None):
                one.back, back.back = back, one


def _is_pair(one: _Relation, other: _Relation) -> bool:
    is_one = bool(one.columns) != bool(other.columns)
    lists = one.shown.is_list and other.shown.is_list
    return one.other is other.owner and other.other is one.owner and one.name == other.name and (is_one or lists)
