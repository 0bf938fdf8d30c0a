"""The hand-made answers of `star_quality/`, and what the schemas themselves declare."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from erd2dbt.diagram.drawing import Box, Diagram, Key, Row
from erd2dbt.diagram.erd import TODO, Entity, Erd
from erd2dbt.pipelines.drafting import diagram_in, draft_text
from erd2dbt.read.spec.reader import read_spec

FOLDER = Path(__file__).parent / "star_quality"
ROLES = ("fact", "dimension", "bridge", "staging")
# `own`, `blind` and `unseen` need no corpus; the answers of the last two were written by somebody who did not know the
# tool, and no rule was made for those of `unseen`.
HALVES = ("own", "blind", "wild", "fresh", "mixed", "verify", "unseen", "tuning", "final")
FIELDS = set("schema style half files sql replace part notes corrected tables keys keyless links secrets".split())
TABLE_FIELDS = {"role", "date", "sum", "either", "hold", "to", "why"}
Columns = frozenset[str]
LinkTo = tuple[str, Columns, str]  # (table, its columns, the table that they refer to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a person said of a table, names as `plain` gives them.

    `roles`: all that are right, the best first. `dates`: all that are right, `None` for no date, `table.column` for the
    date of a header. `added`, `either`, `held`: numbers that may be summed, may or may not be, and must not be."""

    name: str
    roles: tuple[str, ...]
    dates: tuple[str | None, ...] | None = None
    added: Columns = frozenset()
    either: Columns = frozenset()
    held: Columns = frozenset()
    to: Mapping[Columns, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    schema: str
    style: str
    half: str
    files: tuple[str, ...]  # of the corpus
    sql: str | None  # of a schema of our own
    replaced: tuple[tuple[str, str], ...]
    tables: Mapping[str, Table]
    keys: Mapping[str, Columns]  # that are true and not declared
    keyless: Columns  # tables that have no key at all
    links: tuple[LinkTo, ...]  # that are true and not declared
    secrets: frozenset[tuple[str, str]]

    def text(self, corpus: Path) -> str:
        """The schema's own files, one after the other, with the repairs that make them readable."""
        if self.sql is not None:
            return self.sql
        text = "\n;\n".join((corpus / file).read_bytes().decode("utf-8", "replace") for file in self.files)
        for pattern, by in self.replaced:
            text = re.sub(pattern, by, text)
        return text


def corpus() -> Path:
    """The folder of schemas that `ERD2DBT_CORPUS` names."""
    return Path(os.environ.get("ERD2DBT_CORPUS", "no corpus"))


def answers(half: str | None = None) -> list[Answer]:
    """All of them, or those of one half, by name."""
    found = [answer(file) for file in sorted(FOLDER.glob("*.yml"))]
    return [one for one in found if half in (None, one.half)]


def answer(file: Path) -> Answer:
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Answer(
        schema=said["schema"],
        style=said["style"],
        half=said["half"],
        files=tuple(said.get("files", ())),
        sql=said.get("sql"),
        replaced=tuple((pattern, by) for pattern, by in said.get("replace", ())),
        tables={plain(name): _table(plain(name), one) for name, one in said["tables"].items()},
        keys={plain(name): plains(columns) for name, columns in said.get("keys", {}).items()},
        keyless=plains(said.get("keyless", ())),
        links=tuple(_link(text) for text in said.get("links", ())),
        secrets=frozenset(_place(text) for text in said["secrets"]),
    )


def _table(name: str, said: Mapping[str, Any]) -> Table:
    roles = said["role"]
    dates = said.get("date")
    to = said.get("to", {})
    assert isinstance(to, dict)
    return Table(
        name=name,
        roles=(roles,) if isinstance(roles, str) else tuple(roles),
        dates=None if dates is None else tuple(None if d is None else _date(d) for d in dates),
        added=plains(said.get("sum", ())),
        either=plains(said.get("either", ())),
        held=plains(said.get("hold", ())),
        to={plains(columns.split(",")): plain(parent) for columns, parent in to.items()},
    )


def _date(text: str) -> str:
    return ".".join(plain(part) for part in text.split("."))


def _link(text: str) -> LinkTo:
    """`orders.customer_id -> customers`, `lines.order_id, line_no -> lines`."""
    left, parent = text.split(" -> ")
    table, columns = left.split(".", 1)
    return plain(table), plains(columns.split(",")), plain(parent)


def _place(text: str) -> tuple[str, str]:
    table, column = text.split(".")
    return plain(table), plain(column)


def plain(name: str) -> str:
    """A name without case and underscores: `createdAt`, `created_at`; `duration_` of one system is `duration`."""
    return re.sub(r"[\W_]+", "", name.lower())


def plains(names: Iterable[str]) -> Columns:
    return frozenset(plain(name) for name in names)


# -- what is declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema as it was read: with everything that it declares, and without keys or links."""

    diagram: Diagram

    @property
    def declared(self) -> Erd:
        return _erd(self.diagram)

    @property
    def without_links(self) -> Erd:
        """The links are inferred beside declared keys."""
        return _erd(replace(self.diagram, lines=(), boxes=tuple(_hidden(b, keys=False) for b in self.diagram.boxes)))

    @property
    def without_keys(self) -> Erd:
        """Keys and links are inferred; what is declared unique and is no key stays."""
        return _erd(replace(self.diagram, lines=(), boxes=tuple(_hidden(b, keys=True) for b in self.diagram.boxes)))

    @property
    def keys(self) -> dict[str, set[Columns]]:
        """Table -> the columns of its declared keys: primary and unique ones."""
        return {_of(box): set(_keys(box)) for box in self.diagram.boxes}


def schema_of(one: Answer) -> Schema:
    return Schema(diagram=diagram_in(one.text(corpus()).encode(), f"{one.schema}.sql"))


def _erd(diagram: Diagram) -> Erd:
    text = draft_text(diagram, infer_keys=True)
    return read_spec(text.encode(), "drafted.yml")


def _of(box: Box) -> str:
    return plain(box.table or box.name)


def _keys(box: Box) -> Iterator[Columns]:
    yield from (plains(columns) for columns in (box.key, *box.uniques) if columns)
    yield from (plains([row.name]) for row in box.rows if row.unique or row.has(Key.UK))


def _hidden(box: Box, *, keys: bool) -> Box:
    hidden = {Key.PK, Key.FK} if keys else {Key.FK}
    rows = tuple(_shown(row, hidden, alone=keys and box.key == (row.name,)) for row in box.rows)
    if not keys:
        return replace(box, rows=rows)
    others = tuple(columns for columns in box.uniques if set(columns) != set(box.key))
    return replace(box, rows=rows, keys=(), uniques=others)


def _shown(row: Row, hidden: set[Key], *, alone: bool) -> Row:
    marks = tuple(key for key in row.keys if key not in hidden)
    return replace(row, keys=marks, references=None, unique=row.unique and not alone)


def table_of(entity: Entity) -> str:
    return plain(entity.table)


def links_of(erd: Erd) -> set[LinkTo]:
    """The links of a diagram, from what refers to what it refers to."""
    entities = {one.name: one for one in erd.entities}
    found = set()
    for link in erd.links:
        left, right = entities[link.left], entities[link.right]
        pairs = link.columns
        if not _is_key(right, [b for _, b in pairs]) and _is_key(left, [a for a, _ in pairs]):
            left, right, pairs = right, left, tuple((b, a) for a, b in pairs)
        found.add((table_of(left), plains(raw(left, a) for a, _ in pairs), table_of(right)))
    return found


def _is_key(entity: Entity, columns: list[str]) -> bool:
    return {word.text for word in entity.key} == set(columns)


def raw(entity: Entity, column: str) -> str:
    """What the database calls a column of the diagram."""
    return next((c.raw or c.name for c in entity.columns if c.name == column), column)


def bears_name(link: LinkTo, keys: Mapping[str, set[Columns]], names: Mapping[str, str]) -> bool:
    """Whether the columns of a link are called after their parent, or as the columns of a key that only it has.

    `names`: table -> its name as written."""
    _, columns, parent = link
    if [parent] == [table for table, known in keys.items() if columns in known]:
        return True
    if len(columns) > 1:
        return False
    stem = re.sub(r"(?:id|key|code|fk)$", "", next(iter(columns)))
    written = names.get(parent, parent)
    words = [plain(written), plain(re.split(r"[_\W]", written.strip("_"))[-1])]
    return any(stem.endswith(one) and len(one) > 2 for word in words for one in _singulars(word))


def _singulars(word: str) -> Iterator[str]:
    yield word
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    if word.endswith("es"):
        yield word[:-2]
    if word.endswith("s"):
        yield word[:-1]


def declared_links(one: Schema) -> set[LinkTo]:
    """What the schema's own foreign keys say."""
    text = draft_text(one.diagram)
    return links_of(read_spec(text.encode(), "drafted.yml"))


def key_of(entity: Entity) -> Columns | None:
    """The key of a drafted entity; None while it is open."""
    names = [word.text for word in entity.key]
    return None if TODO in names else plains(raw(entity, name) for name in names)
