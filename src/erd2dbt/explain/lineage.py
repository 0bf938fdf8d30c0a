"""Column lineage of the whole project: the upstream columns of each column, one model back and in the raw tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from erd2dbt.design.plans.plan import Cte, Plan, Relation, Select
from erd2dbt.diagram.erd import Entity, Erd
from erd2dbt.names.length import cut
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.flows import Flow, flows, flows_of_query
from erd2dbt.sqlproof.dbttext import plain


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A column of a dataset: of a dbt model, or of a raw table (`source` names its dbt source, else it is empty)."""

    source: str
    dataset: str
    column: str

    @property
    def text(self) -> str:
        return f"{f'{self.source}.' if self.source else ''}{self.dataset}.{self.column}"


Inputs = Mapping[Ref, tuple[Flow, ...]]  # sorted by column; the ways in which each is used


@dataclass(frozen=True, slots=True)
class ModelLineage:
    """Of one model: the inputs of each column, and the inputs that decide which rows there are."""

    model: str
    columns: Mapping[str, Inputs]
    rows: Inputs


@dataclass(frozen=True, slots=True)
class Lineage:
    """All models by their dbt names, in the order in which they are built."""

    models: Mapping[str, ModelLineage]
    _known: dict[tuple[str, str], Inputs] = field(default_factory=dict, compare=False, repr=False)

    def raw(self, model: str, name: str) -> Inputs:
        """The raw columns behind a column; a way is as direct as all steps on it are."""
        if (model, name) not in self._known:
            self._known[model, name] = _merged(self._raw(model, name))
        return self._known[model, name]

    def _raw(self, model: str, name: str) -> Iterator[tuple[Ref, Flow]]:
        for ref, ways in self.models[model].columns[name].items():
            if ref.source or ref.dataset not in self.models:  # a raw table, or someone else's model
                yield from ((ref, way) for way in ways)
                continue
            deeper = self.raw(ref.dataset, ref.column)
            yield from ((raw, way.after(before)) for raw, found in deeper.items() for before in found for way in ways)


def lineage_of(erd: Erd, plans: Iterable[Plan]) -> Lineage:
    """The lineage of every planned model; exact for generated SQL, as sqlglot traces it for hand-written SQL."""
    ordered = tuple(plans)
    shelf = {plan.relation.name: plan.relation for plan in ordered}
    return Lineage({plan.relation.model: _model(plan, shelf) for plan in ordered if not plan.existing})


_Found = list[tuple[Ref, Flow]]
_Columns = dict[str, _Found]


def _model(plan: Plan, shelf: Mapping[str, Relation]) -> ModelLineage:
    if plan.sql is not None:
        return _by_hand(plan, plan.sql, shelf)
    known = {cte: _imported(plan, shelf[name]) for cte, name in plan.imports}
    rows: _Found = []
    for cte in plan.ctes:
        known[cte.name] = _cte_columns(cte, known, rows)
    return ModelLineage(
        model=plan.relation.model,
        columns={name: _merged(known[plan.ctes[-1].name][name]) for name in plan.relation.fields},
        rows=_merged(rows),
    )


def _imported(plan: Plan, relation: Relation) -> _Columns:
    """A relation's columns as they are; of a staging model, those of the raw table."""
    if isinstance(plan.spec, Entity):
        raw = [cut(a.raw or a.name) for a in plan.spec.columns if a.formula is None]
        return {name: [(Ref(plan.spec.source or "", cut(plan.spec.table), name), Flow.IDENTITY)] for name in raw}
    return {name: [(Ref("", relation.model, name), Flow.IDENTITY)] for name in relation.fields}


def _cte_columns(cte: Cte, known: Mapping[str, _Columns], rows: _Found) -> _Columns:
    """The columns of a CTE; what its joins, filters and groups read is added to `rows`."""
    found: _Columns = {item.name: [] for item in cte.selects[0].items}
    for select in cte.selects:
        seen = {select.source: known[select.source], **{join.alias: known[join.cte] for join in select.joins}}
        for name, item in zip(found, select.items, strict=True):
            tree = item.tree if item.tree is not None else column(item.name)
            found[name] += _traced(tree, select, seen)
        rows += _deciding(select, seen)
    return found


def _traced(tree: Tree, select: Select, seen: Mapping[str, _Columns]) -> Iterator[tuple[Ref, Flow]]:
    for read, way in flows(tree):
        for ref, before in seen[read.table or select.source][read.name]:
            yield ref, way.after(before)


def _deciding(select: Select, seen: Mapping[str, _Columns]) -> Iterator[tuple[Ref, Flow]]:
    grouped = [item.tree if item.tree is not None else column(item.name) for item in select.items[: select.group or 0]]
    joined = [tree for join in select.joins for pair in join.on for tree in pair]
    filtered = [select.where] if select.where is not None else []
    for way, trees in ((Flow.JOIN, joined), (Flow.FILTER, filtered), (Flow.GROUP_BY, grouped)):
        for tree in trees:
            yield from ((ref, way.after(before)) for ref, before in _traced(tree, select, seen))


def _by_hand(plan: Plan, text: str, shelf: Mapping[str, Relation]) -> ModelLineage:
    read = {shelf[name].model: shelf[name] for name in plan.reads}
    tables = {model: {f.name: f.type or "text" for f in r.fields.values()} for model, r in read.items()}
    columns = {
        name: _merged(
            (Ref("", table, its), way)
            for (table, its), way in flows_of_query(plain(text), name, tables)
            if its in tables.get(table, {})
        )
        for name in plan.relation.fields
    }
    return ModelLineage(model=plan.relation.model, columns=columns, rows={})


def _merged(found: Iterable[tuple[Ref, Flow]]) -> Inputs:
    ways: dict[Ref, set[Flow]] = {}
    for ref, way in found:
        ways.setdefault(ref, set()).add(way)
    return {ref: tuple(sorted(ways[ref])) for ref in sorted(ways)}
