"""What the rows and the columns of a model are made of, as marks that differ exactly when the definition does.

Names of common table expressions leave no mark, and neither does a lookup that no column reads: it keeps all rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from erd2dbt.design.plans.plan import Cte, Item, Join, Plan, Select
from erd2dbt.diagram.erd import Entity
from erd2dbt.names.length import cut
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import nodes, with_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """`rows` and `columns` are marks. `uses`: the columns of the same model that a column is made of."""

    rows: str
    columns: Mapping[str, str]
    uses: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Known:
    rows: str
    columns: Mapping[str, str]


Named = Callable[[str, str], str]  # relation and column, or "" -> how they are called in the new diagram


def definition(plan: Plan, reads: Mapping[str, Iterable[str]], named: Named) -> Definition:
    """`reads`: the columns of every relation that the plan imports."""
    if plan.sql is not None:
        rows = _mark(*(" ".join(line.split()) for line in plan.sql.splitlines() if line.strip()))
        return Definition(rows=rows, columns={}, uses={})
    return _Reading(plan, named).read(reads)


@dataclass(slots=True)
class _Reading:
    plan: Plan
    named: Named
    finals: set[tuple[str, str]] = field(default_factory=set)  # (CTE, column) that is a column of the model already
    used: dict[str, set[str]] = field(default_factory=dict)

    def read(self, reads: Mapping[str, Iterable[str]]) -> Definition:
        plan = self.plan
        known = {cte: _imported(plan, relation, reads[relation], self.named) for cte, relation in plan.imports}
        self.finals = set(_passed_through(plan))
        for cte in plan.ctes:
            known[cte.name] = self._known_cte(cte, known)
        last = known[plan.ctes[-1].name]
        return Definition(
            rows=last.rows,
            columns={name: last.columns[name] for name in plan.relation.fields},
            uses={name: frozenset(self.used.get(name, ())) - {name} for name in plan.relation.fields},
        )

    def _known_cte(self, cte: Cte, known: Mapping[str, _Known]) -> _Known:
        columns = {}
        for place, item in enumerate(cte.selects[0].items):
            marks = [mark for select in cte.selects for mark in self._column(item.name, place, select, known)]
            columns[item.name] = marks[0] if len(marks) == 1 else _mark(*marks)
        rows = [self._rows(select, known) for select in cte.selects]
        return _Known(rows[0] if len(rows) == 1 else _mark(*rows), columns)

    def _column(self, name: str, place: int, select: Select, known: Mapping[str, _Known]) -> Iterator[str]:
        """The mark of the value, and that of the rows where others than its own decide it."""
        tree = _tree(select.items[place])
        yield self._value(name, tree, select, known)
        if select.group is not None or any(node.key == "window" for node in nodes(tree)):
            yield self._rows(select, known)

    def _rows(self, select: Select, known: Mapping[str, _Known]) -> str:
        """Those of the source, unless some are excluded or made one."""
        parts = [] if select.where is None else [self._value("", select.where, select, known)]
        if select.group is not None:
            parts += ["grouped", *(self._value("", _tree(i), select, known) for i in select.items[: select.group])]
        return _mark(known[select.source].rows, *parts) if parts else known[select.source].rows

    def _value(self, name: str, tree: Tree, select: Select, known: Mapping[str, _Known]) -> str:
        """The mark of an expression; what is looked up is marked with what it is looked up by."""
        joins = {join.alias: join for join in select.joins}

        def called(relation: str, its: str) -> str:
            if relation in joins:
                return self._looked_up(its, joins[relation], select, known)
            if tree.key != "column" and (select.source, its) in self.finals:
                self.used.setdefault(name, set()).add(its)
                return self.named(self.plan.relation.name, its)
            return known[select.source].columns[its]

        return _named_by(tree, called)

    def _looked_up(self, its: str, join: Join, select: Select, known: Mapping[str, _Known]) -> str:
        right = known[join.cte]
        on = (self._value("", a, select, known) + _named_by(b, lambda _, n: right.columns[n]) for a, b in join.on)
        return _mark(right.rows, right.columns[its], *on)


def _tree(item: Item) -> Tree:
    return column(item.name) if item.tree is None else item.tree


def _named_by(tree: Tree, called: Named) -> str:
    """A column is the mark that it is called by; anything else a mark of its text."""
    if tree.key == "column":
        return called(tree.text("table"), tree.name)
    return _mark(one_line(with_columns(tree, called)))


def _imported(plan: Plan, relation: str, columns: Iterable[str], named: Named) -> _Known:
    if isinstance(plan.spec, Entity):
        raw = (cut(a.raw or a.name) for a in plan.spec.columns if a.formula is None)
        return _Known("raw", {name: f"raw.{name}" for name in raw})
    of = named(relation, "")
    return _Known(of, {name: f"{of}.{named(relation, name)}" for name in columns})


def _passed_through(plan: Plan) -> Iterator[tuple[str, str]]:
    """Each column of the model in the CTEs through which it goes unchanged and under its own name."""
    ctes = {cte.name: cte for cte in plan.ctes}
    for name in plan.relation.fields:
        place = plan.ctes[-1].name
        while place in ctes and len(ctes[place].selects) == 1:
            yield place, name
            select = ctes[place].selects[0]
            tree = next((_tree(item) for item in select.items if item.name == name), None)
            if tree is None or not (tree.key == "column" and tree.name == name):
                break
            if tree.text("table") not in ("", select.source):
                break
            place = select.source


def _mark(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
