"""The tableau of a model's query: input rows with variables as cells, and the equalities between these.

Equalities follow from the chase of database theory. Rows that agree on the left side of a key or dependency also agree
on its right side. So every claim of the inputs is true for any values of the variables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from erd2dbt.design.plans.plan import Relation

Variable = int


@dataclass(eq=False, slots=True)
class Row:
    """A row of an input. Columns that nothing reads have no cell, and are NULL."""

    relation: Relation
    cells: dict[str, Variable] = field(default_factory=dict)


@dataclass(slots=True)
class Tableau:
    rows: list[Row] = field(default_factory=list)
    apart: list[tuple[Row, Row]] = field(default_factory=list)  # rows that must be distinct
    joined: set[Variable] = field(default_factory=set)  # variables that cannot be NULL
    _parents: list[Variable] = field(default_factory=list)

    def row(self, relation: Relation) -> Row:
        made = Row(relation)
        self.rows.append(made)
        for name in relation.grain:
            self.joined.add(self.cell(made, name))
        return made

    def cell(self, row: Row, name: str) -> Variable:
        if name not in row.cells:
            row.cells[name] = self._variable()
        return row.cells[name]

    def _variable(self) -> Variable:
        self._parents.append(len(self._parents))
        return len(self._parents) - 1

    def find(self, variable: Variable) -> Variable:
        """The representative of the variable's class."""
        while self._parents[variable] != variable:
            variable = self._parents[variable]
        return variable

    def equate(self, a: Variable, b: Variable) -> bool:
        """Make two variables equal. Returns whether they were distinct."""
        first, second = sorted((self.find(a), self.find(b)))
        self._parents[second] = first
        return first != second

    def same(self, a: Row, b: Row) -> bool:
        """Whether two rows are the same: they agree on the key."""
        return a.relation is b.relation and all(
            self.find(a.cells[name]) == self.find(b.cells[name]) for name in a.relation.grain
        )

    def prefer(self, pairs: Iterable[tuple[Variable, Variable]]) -> None:
        """Make these pairs equal while distinct rows stay distinct: all of them together, else one by one."""
        wanted = list(pairs)
        if not self._tried(wanted):
            for pair in wanted:
                self._tried([pair])

    def _tried(self, pairs: list[tuple[Variable, Variable]]) -> bool:
        before = list(self._parents)
        was = [self.same(a, b) for a, b in self.apart]
        for a, b in pairs:
            self.equate(a, b)
        self.chase()
        if [self.same(a, b) for a, b in self.apart] == was:
            return True
        self._parents = before
        return False

    def copy(self) -> Tableau:
        """A tableau with the same rows and its own equalities."""
        return Tableau(self.rows, self.apart, self.joined, list(self._parents))

    def become(self, other: Tableau) -> None:
        self._parents = other._parents

    def chase(self) -> None:
        """Apply keys, dependencies and equal columns of every input until nothing changes."""
        by_relation: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            by_relation[row.relation.name].append(row)
        rules = {name: list(_rules(rows[0].relation, rows)) for name, rows in by_relation.items()}
        changed = True
        while changed:
            before = list(self._parents)
            for name, rows in by_relation.items():
                self._apply(rows, rules[name])
            changed = before != self._parents

    def _apply(self, rows: list[Row], rules: list[tuple[frozenset[str], frozenset[str]]]) -> None:
        for row in rows:
            for equal in row.relation.state.equal:
                if equal.pair <= row.cells.keys():
                    self.equate(*(row.cells[name] for name in sorted(equal.pair)))
        for left, right in rules:
            seen: dict[tuple[Variable, ...], dict[str, Variable]] = {}
            for row in rows:
                if not left <= row.cells.keys():
                    continue
                known = seen.setdefault(tuple(self.find(row.cells[name]) for name in sorted(left)), {})
                for name in right & row.cells.keys():
                    self.equate(known.setdefault(name, row.cells[name]), row.cells[name])


def _rules(relation: Relation, rows: list[Row]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """The dependencies between columns with cells. A key determines all others."""
    asked = frozenset().union(*(row.cells for row in rows))
    yield frozenset(relation.grain), asked
    for key in relation.state.keys:
        if key.columns <= asked:
            yield key.columns, asked
    for dependency in relation.state.dependencies:
        if dependency.left <= asked and dependency.right & asked:
            yield dependency.left, dependency.right & asked
