"""The input rows that a model needs, so that every join matches a row and every group has two."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.design.plans.plan import Cte, Item, Join, Relation, Select
from erd2dbt.design.plans.sample_values import UntestableError
from erd2dbt.design.unit_tests.tableau import Row, Tableau, Variable
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.predicates import conjuncts
from erd2dbt.sql.trees import columns_in, nodes

Cells = Callable[[str], Variable | None]  # a column's variable; None for a value that is computed


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that rows must pass. `cells`: the variables of its columns, as (qualifier, name)."""

    tree: Tree
    cells: Mapping[tuple[str, str], Variable]


@dataclass(slots=True)
class _Made:
    """One row of a select: its cells, created on demand, and the partition of a rank."""

    cells: Cells
    ranks: dict[str, list[Variable]] = field(default_factory=dict)
    grouped: list[Variable] = field(default_factory=list)


@dataclass(slots=True)
class Demand:
    """The needed rows. `strangers`: reduced inputs also get rows that join no row of the model.

    `measures`: summed columns get values.
    """

    imports: Mapping[str, Relation]
    ctes: Mapping[str, Cte]
    strangers: bool
    measures: bool
    tableau: Tableau = field(default_factory=Tableau)
    conditions: list[Condition] = field(default_factory=list)
    filters: list[Condition] = field(default_factory=list)  # of aggregates: rows may fail them
    twins: list[tuple[list[Row], list[Row]]] = field(default_factory=list)
    _again: bool = False  # whether a second row is made, like the first one
    _single: bool = False  # whether one row is enough for a group
    strays: list[Row] = field(default_factory=list)  # rows of strangers
    unmet: list[tuple[Row, Row, str]] = field(default_factory=list)  # (matched row, stranger, differing column)

    def row(self, cte: str) -> Cells:
        """The cells of a new row of a CTE, with all the rows that it depends on."""
        if cte in self.imports:
            made = self.tableau.row(self.imports[cte])
            return lambda name: self.tableau.cell(made, name) if name in made.relation.fields else None
        selects = self.ctes[cte].selects
        first, *others = [self._select(select).cells for select in selects]
        for other in others:
            for item in selects[0].items:
                self._equate(first(item.name), other(item.name), item.name)
        return first

    def _select(self, select: Select) -> _Made:
        """One row of the select, from two rows where rows are grouped or picked."""
        picked = picked_from(select, self.ctes)
        if picked is not None:
            ranked, rank = picked
            if self._single:
                return self._once(ranked)
            one, two = self._twins(ranked)
            self._all_equal(one.ranks[rank], two.ranks[rank])
            return _Made(one.cells)
        if select.group is None or self._single:
            return self._once(select)
        one, two = self._twins(select)
        self._all_equal(one.grouped, two.grouped)
        return one

    def _twins(self, select: Select) -> tuple[_Made, _Made]:
        start = len(self.tableau.rows)
        one = self._once(select)
        middle = len(self.tableau.rows)
        with self._while(_again=True):
            two = self._once(select)
        rows = self.tableau.rows
        mine, others = ([r for r in part if r not in self.strays] for part in (rows[start:middle], rows[middle:]))
        self.twins.append((mine, others))
        self.tableau.apart.append((mine[0], others[0]))
        return one, two

    @contextlib.contextmanager
    def _while(self, *, _again: bool = False, _single: bool = False) -> Iterator[None]:
        was = self._again, self._single
        self._again, self._single = was[0] or _again, was[1] or _single
        yield
        self._again, self._single = was

    def _once(self, select: Select) -> _Made:
        here = [len(self.tableau.rows)]
        env: dict[str, Cells] = {select.source: self.row(select.source)}
        is_ranked = any(isinstance(item.tree, exp.Window) for item in select.items)
        for join in select.joins:
            start = len(self.tableau.rows)
            self._join(join, env, select.source)
            self._keep_apart(here, start)
            if not self._again and not is_ranked and (join.cte in self.imports or self.strangers):
                self._strangers(join, self.tableau.rows[start], env[join.alias])
        if select.where is not None:
            self.conditions.extend(self._conditions(select.where, env, select.source))
        items = {item.name: shown_by(item, select) for item in select.items}
        made = _Made(lambda name: self._cell(items[name], env, select.source) if name in items else None)
        for position, (name, tree) in enumerate(items.items()):
            if isinstance(tree, exp.Window):
                by = tree.args["partition_by"]
                made.ranks[name] = [v for part in by for v in self._cells_in(part, env, select.source)]
            elif position < (select.group or 0):
                made.grouped += self._cells_in(tree, env, select.source)
            elif self.measures and select.group is not None:
                self._measure(tree, env, select.source)
        return made

    def _measure(self, tree: Tree, env: Mapping[str, Cells], source: str) -> None:
        """Create cells for counted and summed columns, and the filter that they should pass."""
        for node in nodes(tree):
            if isinstance(node, (exp.Sum, exp.Count)):
                self._cells_in(node, env, source)
            if isinstance(node, exp.Filter):
                with contextlib.suppress(UntestableError):
                    self.filters.extend(self._conditions(node.expression.this, env, source))

    def _join(self, join: Join, env: dict[str, Cells], source: str) -> None:
        env[join.alias] = self.row(join.cte)
        for a, b in join.on:
            self._equate(self._cell(a, env, source), self._cell(b, env, source), one_line(a))

    def _keep_apart(self, here: list[int], start: int) -> None:
        """Rows of one relation that are joined with each other are distinct: nobody is their own manager."""
        rows = self.tableau.rows
        made = [rows[start], *(others[0] for mine, others in self.twins if mine[0] is rows[start])]
        self.tableau.apart += [(rows[at], row) for at in here for row in made if rows[at].relation is row.relation]
        here.append(start)

    def _strangers(self, join: Join, met: Row, cells: Cells) -> None:
        """For each join column, add a row that differs only there: a join without that column matches two rows.

        A fan-out before a pick is not visible: one row is picked anyway.
        """
        for differs in range(len(join.on)):
            start = len(self.tableau.rows)
            with self._while(_again=True, _single=True):
                other = self.row(join.cte)
            self.strays += self.tableau.rows[start:]
            stranger = self.tableau.rows[start]
            self.tableau.apart.append((met, stranger))
            self.unmet.append((met, stranger, join.on[differs][1].name))
            for place, (_, there) in enumerate(join.on):
                cell, its = cells(there.name), other(there.name)
                if cell is not None and its is not None and place != differs:
                    self.tableau.equate(cell, its)

    def _conditions(self, tree: Tree, env: Mapping[str, Cells], source: str) -> Iterator[Condition]:
        for part in conjuncts(tree):
            cells = {}
            for read in columns_in(part):
                cell = self._cell(read, env, source)
                if cell is None:
                    raise UntestableError(f"its filter `{one_line(part)}` reads a computed column")
                cells[read.table, read.name] = cell
            yield Condition(part, cells)

    def _cell(self, tree: Tree, env: Mapping[str, Cells], source: str) -> Variable | None:
        """The cell of a plain column, also under a cast: both sides of a join have the same casts. None for others."""
        while isinstance(tree, (exp.Cast, exp.Paren)):
            tree = tree.this
        return env[tree.table or source](tree.name) if isinstance(tree, exp.Column) else None

    def _cells_in(self, tree: Tree, env: Mapping[str, Cells], source: str) -> list[Variable]:
        """The cells that an expression depends on: where they are equal, so is the expression."""
        cells = [self._cell(read, env, source) for read in columns_in(tree)]
        return [cell for cell in cells if cell is not None]

    def _all_equal(self, ones: Sequence[Variable], twos: Sequence[Variable]) -> None:
        for one, two in zip(ones, twos, strict=True):
            self.tableau.equate(one, two)
            self.tableau.joined.add(one)

    def _equate(self, a: Variable | None, b: Variable | None, name: str) -> None:
        if a is None or b is None:
            raise UntestableError(f"it joins on a computed value, `{name}`")
        self.tableau.equate(a, b)
        self.tableau.joined |= {a, b}


def shown_by(item: Item, select: Select) -> Tree:
    """An item as an expression. A label is the column that it shows, which has one value in each group."""
    tree = item.tree or column(item.name, select.source)
    return next(columns_in(tree)) if item.name in select.labels else tree


def picked_from(select: Select, ctes: Mapping[str, Cte]) -> tuple[Select, str] | None:
    """The ranked select of which a select keeps the first rows, and the name of the rank; None for other selects."""
    ranked = ctes[select.source].selects[0] if select.source in ctes else None
    where = select.where
    if ranked is None or not isinstance(where, exp.EQ) or not isinstance(where.this, exp.Column):
        return None
    named = next((i for i in ranked.items if i.name == where.this.name), None)
    return (ranked, named.name) if named is not None and isinstance(named.tree, exp.Window) else None
