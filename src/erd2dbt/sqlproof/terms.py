"""Expressions over one relation: each becomes a column of it, with the facts about its values."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from sqlglot import exp

from erd2dbt.datatypes.comparison import joins_on_key
from erd2dbt.datatypes.postgres import family
from erd2dbt.prove.projection import prune
from erd2dbt.prove.state import NONE, Claims, Dependency, Equal, Key, State
from erd2dbt.sql.inference import infer
from erd2dbt.sql.three_valued import is_rejected
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.calendar_parts import MONTH, period_of
from erd2dbt.sqlproof.concatenation import taken_apart
from erd2dbt.sqlproof.congruence import determined, exact, keeps_equal, operands, truncates_to_days
from erd2dbt.sqlproof.functions import CONSTANT, FILLED, steady
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import NULL, Span, one_or
from erd2dbt.sqlproof.scope import OUTER, Formula, Missing, Scope

Last = tuple[frozenset[str], tuple[str, ...]]  # columns of which the last row is kept, and the order
Find = Callable[[exp.Column], "str | Missing"]


class Subqueries(Protocol):
    """What is known of the subqueries in an expression."""

    def inputs(self, query: exp.Expr, terms: Terms | None = None) -> frozenset[str] | None:
        """The columns that determine the value of a subquery, formulas of `terms` included; None where unknown."""

    def read(self, query: exp.Expr) -> frozenset[str] | None:
        """The columns that a subquery reads; None where they are not known."""

    def keep(self, terms: Terms, term: exp.Expr) -> None:
        """Add what a condition with a subquery says of the rows for which it is true."""

    def keep_unmatched(self, terms: Terms, join: exp.Expr | None, claims: Claims) -> None:
        """Add what it says of the rows that a left join finds no match for them."""


class Terms:
    """A state to which columns and facts are added. `state()` is the result.

    `by_node` and `by_shape`: expressions that are columns already (windows, aggregates, group keys).
    """

    def __init__(self, reader: Reader, find: Find, state: State, shapes: Mapping[Hashable, str] | None = None) -> None:
        self.reader = reader
        self.find = find
        self.leads_to = find  # the meaning of a column whose value does not matter
        self._base = state
        self.names = set(state.columns)
        self._columns: list[str] = []
        self._dependencies: list[Dependency] = []
        self._keys: list[Key] = []
        self._equal: list[Equal] = []
        self.not_null: dict[str, Claims] = dict(state.not_null)
        self.nulls: set[str] = set()  # columns that are NULL in every row
        self.types: dict[str, str] = dict(state.types)
        self.known_types: Mapping[str, str] = self.types  # of everything that `leads_to` leads to
        self.literals: dict[str, str] = {}
        self.counts: dict[str, frozenset[str]] = {}
        self.days: frozenset[str] = frozenset()
        self.positive: frozenset[str] = frozenset()
        self.flags: Mapping[str, exp.Expr] = {}
        self.formulas: Sequence[Formula] = ()
        self.spans: Sequence[Span] = ()
        self.subqueries: Subqueries | None = None
        self.last: list[Last] = []
        self.by_node: dict[int, str] = {}
        self.numbers: dict[int, str] = {}  # of windows: the column that numbers the rows of a partition
        self.by_shape: dict[Hashable, str] = dict(shapes or {})
        self.remembered: dict[str, exp.Expr] = {}

    def take(self, scope: Scope | Terms) -> None:
        """Take what is known of the columns of the sources, besides the state."""
        self.days, self.positive, self.flags = scope.days, scope.positive, scope.flags
        self.formulas, self.spans = scope.formulas, scope.spans

    def filtered(self) -> Terms:
        """The same relation, to which a condition may be added that is true for only some of its rows."""
        made = Terms(self.reader, self.find, self.state(), self.by_shape)
        made.last = list(self.last)
        made.by_node, made.counts = dict(self.by_node), dict(self.counts)
        made.take(self)
        made.subqueries = self.subqueries
        return made

    @contextmanager
    def in_ids(self) -> Iterator[None]:
        """Read the columns of expressions by their ids, as those of a flag's condition."""
        find, leads_to = self.find, self.leads_to
        self.find = self.leads_to = lambda column: column.name
        try:
            yield
        finally:
            self.find, self.leads_to = find, leads_to

    def state(self) -> State:
        """The relation with all additions. Constant columns are removed from its keys."""
        grown = self._columns or self._dependencies or self._keys or self._equal
        if grown or self.not_null != self._base.not_null:
            base = self._base
            dependencies = (*base.dependencies, *self._dependencies)
            keys = (*base.keys, *self._keys)
            if self._keys or self._dependencies:
                keys = _without_constants(keys, dependencies, self.not_null)
            self._base = one_or(
                State(
                    (*base.columns, *self._columns),
                    dict(self.not_null),
                    dependencies,
                    keys,
                    (*base.equal, *self._equal),
                    base.one,
                    dict(self.types),
                )
            )
            self._columns, self._dependencies, self._keys, self._equal = [], [], [], []
        return self._base

    def column(self, tree: exp.Expr) -> str | None:
        """The id of the column that the expression is; None for others, OUTER for a column of an enclosing query."""
        while isinstance(tree, exp.Paren):
            tree = tree.this
        known = self.by_node.get(id(tree))
        if known is not None:
            return known
        if isinstance(tree, exp.Column) and not isinstance(tree.this, exp.Star):
            found = self.find(tree)
            if isinstance(found, Missing):
                self.reader.note(found.words, wrong=True)
                return None
            return found
        return self.by_shape.get(self.shape(tree)) if self.by_shape else None

    def number_of(self, window: exp.Expr) -> str | None:
        """The column that numbers the rows of each partition of a window; None where it numbers none."""
        return self.numbers.get(id(window))

    def term(self, tree: exp.Expr, *, remember: bool = False) -> str:
        """The id of an expression's column, added where missing. `remember`: reuse it for the same expression."""
        known = self.column(tree)
        if known is not None and known != OUTER:
            return known
        id_ = self.add()
        given = self.inputs(tree)
        if given is not None:
            self.depends(given, id_)
        source = self._determined_by(tree)
        if source is not None:
            self.depends((id_,), source)
        self._taken_apart(tree, id_)
        filled = self.never_null(tree)
        if filled is not None:
            self.not_null[id_] = filled
        type_ = self.type_of(tree)
        if type_ is not None:
            self.types[id_] = type_
        if isinstance(tree, exp.Literal):
            self.literals[id_] = f"{'s' if tree.is_string else 'n'}{tree.name}"
        if isinstance(tree.this if isinstance(tree, exp.Cast) else tree, exp.Null):
            self.literals[id_] = NULL
        if truncates_to_days(tree) and family(self.type_of(tree.this) or "") in ("timestamp", "date"):
            self.days |= {id_}
        if remember:
            self.by_shape[self.shape(tree)] = id_
            self.remembered[id_] = tree
        self._period(tree, id_)
        return id_

    def _period(self, tree: exp.Expr, id_: str) -> None:
        """Note the parts of a date that a period determines, and that determine it: they are columns as well."""
        found = period_of(tree)
        if found is None or family(self.type_of(found.column) or "") not in ("date", "timestamp"):
            return
        waiting, self.formulas = self.formulas, ()
        for other, known in waiting:  # periods that an earlier select has as columns
            with self.in_ids():
                self._period(other, known)
        trees = found.trees
        if self.shape(trees[0]) == self.shape(tree):
            self.by_shape[self.shape(tree)] = id_
            self.remembered[id_] = tree
        parts = [self.term(part, remember=True) for part in trees]
        for part in parts:
            self.depends((id_,), part)
        self.depends(parts, id_)
        if found.coarser is not None:
            month = parts[trees.index(next(part for part in trees if part.name == MONTH))]
            self.depends((month,), self.term(found.coarser, remember=True))

    def _determined_by(self, tree: exp.Expr) -> str | None:
        """The column that an expression determines: distinct values of it give distinct results. None without one."""
        if isinstance(tree, exp.Cast) and tree.to.this is exp.DType.DATE and self.days:
            column = self.column(tree.this)
            if column in self.days:
                return column
        inner = determined(tree, self._type_of_column)
        while inner is not None:
            column = self.column(inner)
            if column is not None:
                return None if column == OUTER else column
            inner = determined(inner, self._type_of_column)
        return None

    def _taken_apart(self, tree: exp.Expr, id_: str) -> None:
        """Note the columns that a concatenated text determines. A NULL among them makes the text NULL."""
        found = taken_apart(tree, self._type_of_column)
        for value in found.values if found is not None else ():
            column, filled = self.column(value), self._all_filled([*found.values]) if found is not None else None
            if column is not None and column != OUTER and filled is not None:
                self.depends((id_,), column, filled)

    def type_of(self, tree: exp.Expr) -> str | None:
        """The PostgreSQL type of an expression; None where unknown, and for a constant that fits several types."""
        if isinstance(tree, (exp.Literal, exp.Null)):
            return None
        return infer(tree, self._type_of_column)

    def kept_apart(self, a: exp.Expr, b: exp.Expr) -> bool:
        """Whether `a = b` compares without loss, as far as the types are known."""
        types = self.type_of(a), self.type_of(b)
        return types[0] is None or types[1] is None or joins_on_key(types[0], types[1]).keeps_apart

    def _type_of_column(self, column: exp.Column) -> str | None:
        found = self.leads_to(column)
        return self.known_types.get(found) if isinstance(found, str) else None

    def add(self) -> str:
        """A new column of which nothing is known. Returns its id."""
        id_ = self.reader.fresh()
        self._columns.append(id_)
        self.names.add(id_)
        return id_

    def depends(self, left: Iterable[str], right: str, claims: Claims = NONE, *, strict: bool = True) -> None:
        sides = frozenset(left)
        if right not in sides:
            self._dependencies.append(Dependency(sides, frozenset((right,)), strict, claims))

    def key(self, columns: Iterable[str], claims: Claims = NONE) -> None:
        self._keys.append(Key(frozenset(columns), True, claims))

    def equate(self, a: str, b: str, claims: Claims = NONE) -> None:
        if a != b:
            self._equal.append(Equal(frozenset((a, b)), claims))

    def inputs(self, tree: exp.Expr) -> frozenset[str] | None:
        """The columns that determine the expression; None where they are not known."""
        known = self.column(tree)
        if known is not None:
            return frozenset() if known == OUTER else frozenset((known,))
        if isinstance(tree, exp.Subquery):
            return self.subqueries.inputs(tree.this, self) if self.subqueries is not None else None
        if self._is_of_outside(tree):
            return frozenset()
        if not keeps_equal(tree, self._type_of_column) and not exact(tree, self._type_of_column):
            return None
        found: frozenset[str] = frozenset()
        for child in operands(tree):
            of_child = self.inputs(child)
            if of_child is None:
                return None
            found |= of_child
        return found

    def _is_of_outside(self, tree: exp.Expr) -> bool:
        """Whether an expression reads columns of enclosing queries alone: it has one value while this query runs."""
        read = list(columns_in(tree))
        return bool(read) and all(self.find(column) == OUTER for column in read) and steady(tree)

    def rejected_by(self, condition: exp.Expr) -> set[str]:
        """The columns that are not null where the condition is true."""

        def named(id_: str) -> Callable[[exp.Expr], bool]:
            return lambda tree: self.column(tree) == id_

        return {id_ for id_ in self._read_by(condition) if is_rejected(condition, named(id_))}

    def _read_by(self, tree: exp.Expr) -> set[str]:
        """The columns of this relation that an expression reads, without those in subqueries."""
        if isinstance(tree, exp.Query):
            return set()
        known = self.column(tree)
        if known is not None:
            return set() if known == OUTER else {known}
        if isinstance(tree, (exp.Column, exp.DataType)):
            return set()
        return {id_ for child in tree.iter_expressions() for id_ in self._read_by(child)}

    def never_null(self, tree: exp.Expr) -> Claims | None:
        """The claims by which the expression is not null; None where it may be NULL."""
        known = self.column(tree)
        if known is not None:
            return self.not_null.get(known)
        if isinstance(tree, (exp.Null, exp.TryCast)):
            return None
        if isinstance(tree, (*CONSTANT, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Exists)):
            return NONE
        if isinstance(tree, exp.Coalesce):
            proofs = [self.never_null(t) for t in (tree.this, *tree.expressions)]
            return min((p for p in proofs if p is not None), key=len, default=None)
        if isinstance(tree, exp.Case):
            default = tree.args.get("default")
            return self._all_filled([*(b.args["true"] for b in tree.args["ifs"]), default]) if default else None
        if not isinstance(tree, FILLED):
            return None
        return self._all_filled([t for t in tree.iter_expressions() if not isinstance(t, (exp.DataType, exp.Var))])

    def _all_filled(self, trees: list[exp.Expr]) -> Claims | None:
        found = NONE
        for tree in trees:
            filled = self.never_null(tree)
            if filled is None:
                return None
            found |= filled
        return found

    def shape(self, tree: exp.Expr) -> Hashable:
        """A value that is equal for equal expressions over the same columns, however these are qualified."""
        if isinstance(tree, exp.Column):
            found = self.leads_to(tree)
            return found if isinstance(found, str) and found != OUTER else ("elsewhere", tree.sql())
        if isinstance(tree, exp.Paren):
            return self.shape(tree.this)
        args = tuple((k, self._shape(v)) for k, v in tree.args.items() if v not in (None, False, []))
        return type(tree).__name__, args

    def _shape(self, value: object) -> Hashable:
        if isinstance(value, exp.Expr):
            return self.shape(value)
        if isinstance(value, list):
            return tuple(self._shape(v) for v in value)
        return str(value)


def _without_constants(
    keys: tuple[Key, ...], dependencies: tuple[Dependency, ...], not_null: Mapping[str, Claims]
) -> tuple[Key, ...]:
    """The keys, and each key without its constant columns (of a lax key, only not-null ones are removed)."""
    constant = {c: d.claims for d in dependencies if not d.left for c in d.right}
    shorter = []
    for key in keys:
        held = [c for c in key.columns & constant.keys() if key.strict or c in not_null]
        if held:
            cited = key.claims.union(*(constant[c] for c in held))
            if not key.strict:
                cited = cited.union(*(not_null[c] for c in held))
            shorter.append(replace(key, columns=key.columns.difference(held), claims=cited))
    return prune((*keys, *shorter))
