"""Finds values for the variables of a tableau: conditions are true, and values differ unless they must be equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.plans.plan import Field, Relation
from erd2dbt.design.plans.sample_values import UntestableError, Value, compared, fits, neighbours, read_as, sample
from erd2dbt.design.unit_tests.needed_rows import Condition
from erd2dbt.design.unit_tests.predicates import CLOCK_PROOF, holds, reads_clock, value_of
from erd2dbt.design.unit_tests.tableau import Tableau, Variable
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in, nodes

_ROUNDS = 8  # constants make rows equal, which makes more variables equal
_STEPS = 2_000  # steps of one search
_WISHES = 12
_YEAR = 2025


@dataclass(frozen=True)
class Unknown:
    """A class of equal variables: the columns that show it, and its possible values."""

    columns: tuple[tuple[Relation, Field], ...]
    can_be_null: bool
    allowed: tuple[str, ...]  # only these values are allowed; any, where empty

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The types of the columns. A column without a known type takes its partner's."""
        types = tuple(dict.fromkeys(shown.type for _, shown in self.columns if shown.type))
        if not types:
            relation, shown = self.columns[0]
            raise UntestableError(f"the type of `{relation.name}.{shown.name}` is not known")
        return types

    @cached_property
    def type(self) -> str:
        """The type of the column with the fewest values."""
        return min(self.types, key=_width)

    def sample(self, n: int) -> Value:
        value = None
        if not self.allowed:
            value = sample(self.type, n)
        elif n < len(self.allowed):
            value = read_as(self.allowed[n], self.type)
        if value is None or not self._fits(value):
            raise self._too_few()
        return value

    def _too_few(self) -> UntestableError:
        return UntestableError(f"`{self.columns[0][1].name}` has too few values")

    def free_of(self, taken: Collection[Value]) -> Value:
        """The first sample that is equal to none of these values."""
        for n in range(len(taken) + 1):
            if compared(value := self.sample(n)) not in taken:
                return value
        raise self._too_few()

    def can_be(self, value: Value) -> bool:
        if value is None:
            return self.can_be_null
        is_allowed = not self.allowed or any(read_as(text, self.type) == value for text in self.allowed)
        return is_allowed and self._fits(value)

    def _fits(self, value: Value) -> bool:
        """Whether each of the columns stores the value as it is."""
        return all(fits(value, type_) for type_ in self.types)


def _width(type_: str) -> tuple[int, str]:
    order = ("boolean", "date", "integer", "numeric", "float", "timestamp", "text")
    kind = family(type_)
    return (order.index(kind) if kind in order else len(order), type_)


@dataclass(slots=True)
class Solver:
    tableau: Tableau
    conditions: Sequence[Condition]
    shelf: Mapping[str, Relation]
    _unknowns: dict[Variable, Unknown] = field(default_factory=dict)
    _kinds: dict[Variable, object] = field(default_factory=dict)  # variables of one kind get distinct values

    def values(self) -> dict[Variable, Value]:
        """A value for each class of variables; UntestableError where conditions cannot be satisfied."""
        for _ in range(_ROUNDS):
            self.tableau.chase()
            self._look()
            pinned = self._pinned()
            if not self._merged(pinned):
                return self._filled(pinned)
        raise UntestableError("its conditions leave no two rows")

    def values_with(self, wishes: Sequence[Condition]) -> dict[Variable, Value]:
        """Like `values`, with as many of the wishes satisfied as possible, in order of priority."""
        kept = list(self.conditions)
        found = self.values()
        for wish in wishes[:_WISHES]:
            trial = Solver(self.tableau.copy(), [*kept, wish], self.shelf)
            try:
                found = trial.values()
            except UntestableError:
                continue
            kept.append(wish)
            self.tableau.become(trial.tableau)
        return found

    def _look(self) -> None:
        """Compute the current classes, and which of them share a kind: those of joined columns."""
        shown: dict[Variable, list[tuple[Relation, Field]]] = defaultdict(list)
        kinds = _Sets()
        for row in self.tableau.rows:
            for name, cell in row.cells.items():
                root = self.tableau.find(cell)
                shown[root].append((row.relation, row.relation.fields[name]))
                kinds.join(root, (row.relation.name, name))
        joined = {self.tableau.find(variable) for variable in self.tableau.joined}
        self._unknowns = {
            root: Unknown(
                tuple(columns),
                root not in joined and not any(f.name in r.state.not_null for r, f in columns),
                next((values for _, f in columns if (values := self._allowed(f))), ()),
            )
            for root, columns in shown.items()
        }
        self._kinds = {root: kinds.find(root) for root in shown}

    def _allowed(self, shown: Field) -> tuple[str, ...]:
        said = shown.said
        if said is None and shown.origin is not None and shown.plain:
            said = self.shelf[shown.origin.entity].fields[shown.origin.column].said
        return said.values if said is not None else ()

    # -- conditions

    def _pinned(self) -> dict[Variable, Value]:
        parts = _Sets()
        for number, condition in enumerate(self.conditions):
            for cell in condition.cells.values():
                parts.join(("condition", number), self.tableau.find(cell))
        together: dict[object, list[Condition]] = defaultdict(list)
        for number, condition in enumerate(self.conditions):
            together[parts.find(("condition", number))].append(condition)
        found: dict[Variable, Value] = {}
        for conditions in together.values():
            found |= self._satisfying_values(conditions)
        return found

    def _satisfying_values(self, conditions: list[Condition]) -> dict[Variable, Value]:
        """Values that satisfy all conditions, distinct where possible."""
        roots = list(dict.fromkeys(self.tableau.find(c) for cond in conditions for c in cond.cells.values()))
        options = {root: self._options(root, roots, conditions) for root in roots}
        for distinct in (True, False):
            search = _Search(self, roots, options, conditions, distinct=distinct)
            if (found := search.run()) is not None:
                return found
        told = conditions[0].tree if search.problem is None else None
        raise UntestableError(
            f"no generated row passes `{one_line(told)}`" if told is not None else str(search.problem)
        )

    def _options(self, root: Variable, roots: list[Variable], conditions: list[Condition]) -> list[Value]:
        """The candidates of a variable, likeliest first. Variables of one kind start at different candidates."""
        unknown = self._unknowns[root]
        place = [r for r in roots if self._kinds[r] == self._kinds[root]].index(root)
        trees = [c.tree for c in conditions if root in map(self.tableau.find, c.cells.values())]
        constants = [v for tree in trees for v in _constants(tree, unknown)]
        samples = list(_samples(unknown, place + 2))
        turned = constants[place % max(len(constants), 1) :] + constants
        near = [n for value in constants for n in neighbours(value)]
        is_timed = any(map(reads_clock, trees)) and family(unknown.type) in ("date", "timestamp")
        clock = [read_as(day, unknown.type) for day in CLOCK_PROOF] if is_timed else []
        reckoned = [v for tree in trees for v in _reckoned(tree, unknown)]
        wanted = [*samples[place : place + 1], *turned, *near, *clock, *samples, None, *reckoned]
        return [v for v in dict.fromkeys(wanted) if unknown.can_be(v)]

    def _merged(self, values: Mapping[Variable, Value]) -> bool:
        """Merge variables of one kind that have equal values. Returns whether there were any."""
        first: dict[object, Variable] = {}
        changed = False
        for root, value in values.items():
            if value is not None:
                changed |= self.tableau.equate(first.setdefault((self._kinds[root], compared(value)), root), root)
        return changed

    def _filled(self, pinned: dict[Variable, Value]) -> dict[Variable, Value]:
        """Give all other variables the first free values of their kind."""
        used: dict[object, set[Value]] = defaultdict(set)
        for root, value in pinned.items():
            used[self._kinds[root]].add(compared(value))
        values = dict(pinned)
        for root in self._unknowns:  # in the order of the rows
            if root in values:
                continue
            taken = used[self._kinds[root]]
            values[root] = self._unknowns[root].free_of(taken)
            taken.add(compared(values[root]))
        return values


def _samples(unknown: Unknown, count: int) -> Iterator[Value]:
    for n in range(count):
        try:
            yield unknown.sample(n)
        except UntestableError:
            return


def _reckoned(tree: Tree, unknown: Unknown) -> Iterator[Value]:
    """Candidates for a column in arithmetic: `amount * 2 = 50`, `extract(day from day) = 5`."""
    numbers = [v for node in nodes(tree) if isinstance(node, exp.Literal) and isinstance(v := _number(node), Decimal)]
    kind = family(unknown.type)
    if kind in ("integer", "numeric", "float") and any(isinstance(n, (exp.Binary, exp.Func)) for n in nodes(tree)):
        pairs = [(a, b) for a in numbers for b in numbers if a is not b]
        values = [v for a, b in pairs for v in (a + b, a - b, a * b, *([a / b] if b else []))]
        whole = kind == "integer"
        yield from (read_as(v, unknown.type) for v in values if not whole or v == v.to_integral_value())
    if kind in ("date", "timestamp") and any(isinstance(n, exp.Extract) for n in nodes(tree)):
        for number in map(int, numbers):
            parts = ((number, 1, 1), (_YEAR, number, 1), (_YEAR, 1, number))
            yield from (
                read_as(date(y, m, d), unknown.type)
                for y, m, d in parts
                if 0 < y < 9999 and m <= 12 and m > 0 and 0 < d <= 31
            )


def _number(literal: Tree) -> Decimal | None:
    return None if literal.args.get("is_string") else Decimal(literal.this)


def _constants(tree: Tree, unknown: Unknown) -> Iterator[Value]:
    """The constants of a condition, as the column's type; a pattern without its wildcards."""
    for node in nodes(tree):
        if isinstance(node, (exp.DataType, exp.Var)) or any(True for _ in columns_in(node)) or reads_clock(node):
            continue
        try:
            value = value_of(node, lambda _: None)
            if isinstance(value, str) and family(unknown.type) == "text":
                yield value
                yield value.replace("%", "").replace("_", "a")
            elif value is not None:
                yield read_as(value, unknown.type)
        except UntestableError:
            continue


class _Sets:
    """Disjoint sets (union-find)."""

    def __init__(self) -> None:
        self._parents: dict[object, object] = {}

    def find(self, item: object) -> object:
        while self._parents.setdefault(item, item) != item:
            item = self._parents[item]
        return item

    def join(self, a: object, b: object) -> None:
        self._parents[self.find(b)] = self.find(a)


class _Search:
    """A depth-first search over the candidates of each variable. A condition is checked as soon as it can be."""

    def __init__(
        self,
        solver: Solver,
        roots: list[Variable],
        options: Mapping[Variable, Iterable[Value]],
        conditions: list[Condition],
        *,
        distinct: bool,
    ) -> None:
        self._roots, self._options, self._distinct = roots, dict(options), distinct
        self._kinds, self._steps = solver._kinds, 0
        self.problem: UntestableError | None = None
        self._due: dict[Variable, list[tuple[Tree, dict[tuple[str, str], Variable]]]] = defaultdict(list)
        for condition in conditions:
            cells = {name: solver.tableau.find(cell) for name, cell in condition.cells.items()}
            last = max(cells.values(), key=roots.index, default=None)
            if last is None:
                self._constant(condition.tree)
            elif len(set(cells.values())) == 1:  # checked once for each value, not for each combination
                self._options[last] = [v for v in self._options[last] if self._holds(condition.tree, cells, {last: v})]
            else:
                self._due[last].append((condition.tree, cells))

    def _constant(self, tree: Tree) -> None:
        if not holds(tree, lambda _: None):
            raise UntestableError(f"nothing passes `{one_line(tree)}`")

    def run(self) -> dict[Variable, Value] | None:
        chosen: dict[Variable, Value] = {}
        return chosen if self._complete(chosen) is None else None

    def _complete(self, chosen: dict[Variable, Value]) -> set[Variable] | None:
        """Assign the remaining variables. On failure, return those that caused it, for backjumping."""
        if len(chosen) == len(self._roots):
            return None
        root = self._roots[len(chosen)]
        blamed: set[Variable] = set()
        for value in self._options[root]:
            self._steps += 1
            if self._steps > _STEPS:
                return set()
            why = self._against(root, value, chosen)
            if why is None:
                chosen[root] = value
                why = self._complete(chosen)
                if why is None:
                    return None
                del chosen[root]
                if root not in why:
                    return why
            blamed |= why - {root}
        return blamed

    def _against(self, root: Variable, value: Value, chosen: Mapping[Variable, Value]) -> set[Variable] | None:
        """The variables that exclude this value; None where it fits."""
        if self._distinct:
            kind, its = self._kinds[root], compared(value)
            same = {r for r, v in chosen.items() if compared(v) == its and self._kinds[r] == kind}
            if same:
                return same
        now = {**chosen, root: value}
        for condition in self._due[root]:
            if not self._holds(*condition, now):
                return set(condition[1].values())
        return None

    def _holds(self, tree: Tree, cells: Mapping[tuple[str, str], Variable], values: Mapping[Variable, Value]) -> bool:
        try:
            return holds(tree, lambda column: values[cells[column.table, column.name]])
        except UntestableError as problem:
            self.problem = problem
            return False
