"""What the derivation says of a schema, in the terms of the hand-made answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import TODO, Entity, Erd, Expression, ModelSpec
from erd2dbt.diagram.graph import build
from erd2dbt.diagram.todos import todos, without_todos
from erd2dbt.faults.diagnostics import Collector, ErdError, Severity
from erd2dbt.star.derive import star_of
from erd2dbt.star.preparation import sound_links
from erd2dbt.star.values import Star
from star_answers import Columns, links_of, plain, plains, raw, table_of

_PATH = re.compile(r'(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))+')


@dataclass(frozen=True, slots=True, kw_only=True)
class Mart:
    """A model that people query. `table`: whose rows it has; None for a thing without a table."""

    name: str
    role: str  # fact, dimension or bridge
    table: str | None
    width: int
    shown: frozenset[tuple[str, str]]  # (table, column) of each of its columns
    date: str | None  # of the event: `column`, or `table.column` of a header
    added: Columns
    to: frozenset[tuple[Columns, str | None]]  # (own columns, the table of the dimension)
    meets: tuple[str, ...]  # the dimensions that it joins, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """`todos`: what is open in the drafted spec. `refused`: no star without the open entities left out by hand."""

    marts: tuple[Mart, ...]
    todos: int
    refused: bool
    parents: Mapping[str, int]  # table -> how many others it refers to

    @property
    def by_table(self) -> dict[str, Mart]:
        return {mart.table: mart for mart in self.marts if mart.table is not None}

    @property
    def leaves(self) -> list[Mart]:
        """The dimensions to which no other mart refers."""
        met = {name for mart in self.marts for name in mart.meets}
        return [mart for mart in self.marts if mart.role == "dimension" and mart.name not in met]


def verdicts(erd: Erd) -> Verdicts:
    """The star of a drafted diagram; where it is refused, that of what is decided in it."""
    erd = replace(erd, models=(), is_plain=True)
    star = _star(erd)
    refused = star is None
    if star is None:
        star = _star(_decided(erd))
    marts = () if star is None else tuple(_marts(star))
    parents: dict[str, set[str]] = {}
    for table, _, parent in links_of(erd):
        parents.setdefault(table, set()).add(parent)
    return Verdicts(
        marts=marts,
        todos=len(list(todos(erd))),
        refused=refused,
        parents={table: len(found - {table}) for table, found in parents.items()},
    )


def _star(erd: Erd) -> Star | None:
    try:
        return star_of(sound_links(without_todos(erd)[0])[0])
    except ErdError:
        return None


def _decided(erd: Erd) -> Erd:
    """Without entities whose key or columns are open, and without links that are open or have faults."""
    kept = [one for one in erd.entities if not _is_open(one)]
    names = {one.name for one in kept}
    links = [one for one in erd.links if {one.left, one.right} <= names and not any(TODO in p for p in one.columns)]
    decided = replace(erd, entities=tuple(kept), links=tuple(links))
    faults = Collector()
    build(decided, faults)
    wrong = {fault.span for fault in faults.found if fault.severity is Severity.ERROR}
    return replace(decided, links=tuple(link for link in links if link.span not in wrong))


def _is_open(entity: Entity) -> bool:
    columns = entity.columns
    return any(word.text == TODO for word in entity.key) or any(TODO in (c.name, c.type) for c in columns)


def _marts(star: Star) -> Iterator[Mart]:
    specs = {spec.name: spec for spec in star.specs}
    for spec in star.specs:
        role = _role(spec)
        if role is not None:
            yield _mart(star, spec, role, specs)


def _role(spec: ModelSpec) -> str | None:
    kind = spec.star.kind if spec.star else ""
    if kind in ("date dimension", "pre-aggregation"):
        return None
    return next((role for role in ("fact", "dimension", "bridge") if kind.endswith(role)), None)


def _mart(star: Star, spec: ModelSpec, role: str, specs: Mapping[str, ModelSpec]) -> Mart:
    assert spec.star is not None
    entity = star.entities[spec.star.entity].entity if spec.star.entity else None
    columns = _columns(star, spec, entity)
    own = {name: column for name, (table, column) in columns.items() if entity and table == table_of(entity)}
    dates = [by for model, by in spec.star.dimensions if _kind(specs, model) == "date dimension"]
    return Mart(
        name=spec.name,
        role=role,
        table=table_of(entity) if entity else None,
        width=len(columns),
        shown=frozenset(columns.values()),
        date=_dated(columns, own, dates[0]) if dates else None,
        added=frozenset(own[name] for name in spec.star.measures if name in own),
        to=frozenset(_references(star, spec, own, specs)),
        meets=tuple(model for model, _ in spec.star.dimensions),
    )


def _kind(specs: Mapping[str, ModelSpec], model: str) -> str:
    found = specs[model].star
    return found.kind if found else ""


def _dated(columns: Mapping[str, tuple[str, str]], own: Mapping[str, str], by: str) -> str:
    table, column = columns.get(by, ("", plain(by)))
    return column if by in own else f"{table}.{column}"


def _references(
    star: Star, spec: ModelSpec, own: Mapping[str, str], specs: Mapping[str, ModelSpec]
) -> Iterator[tuple[Columns, str | None]]:
    """By own columns only: what a header meets is the header's."""
    assert spec.star is not None
    for model, by in spec.star.dimensions:
        names = by.split(", ")
        there = specs[model].star
        if _kind(specs, model) != "date dimension" and all(name in own for name in names):
            entity = there.entity if there else None
            yield plains(own[name] for name in names), table_of(star.entities[entity].entity) if entity else None


def _columns(star: Star, spec: ModelSpec, entity: Entity | None) -> dict[str, tuple[str, str]]:
    """Column of a model -> (table, column) that it shows; ("", its name) for what is computed of nothing."""
    found = {}
    if entity is not None and spec.sql is None:
        kept = {word.text for word in (*spec.grain, *(spec.keep or ()))}
        names = [c.name for c in entity.columns if spec.keep is None or c.name in kept]
        found = {name: (table_of(entity), plain(raw(entity, name))) for name in names}
    for column in spec.columns:
        text = column.formula.text if isinstance(column.formula, Expression) else ""
        found[column.name] = _shown(star, spec, text) or ("", plain(column.name))
    return found or {word.text: ("", plain(word.text)) for word in spec.grain}


def _shown(star: Star, spec: ModelSpec, formula: str) -> tuple[str, str] | None:
    """The place that the first path of a formula leads to."""
    found = _PATH.search(formula)
    steps = [step.strip('"') for step in re.findall(r'"[^"]+"|\w+', found[0])] if found else []
    if not steps or steps[0] not in star.entities:
        return None
    at = steps[0]
    for word in steps[1:-1]:
        up = next((p.entity for p in star.entities[at].parents if p.word == word), None)
        if up is None:
            return None
        at = up
    entity = star.entities[at].entity
    return table_of(entity), plain(raw(entity, steps[-1]))
