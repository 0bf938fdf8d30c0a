"""What is collected while a query is read: steps, unknown constructs, and joins and aggregates to check later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.prove.measure import Measure
from erd2dbt.prove.state import NONE, Claims, State
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.query_analysis import AnyRow, Doubt, Doubted, NamedJoin, SqlStep, Trap
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Missing, Scope
from erd2dbt.sqlproof.shown import LookupJoin


@dataclass(slots=True)
class Cte:
    """A CTE that is read at its first use. `env`: the relations that it can name."""

    node: exp.CTE
    env: Env
    recursive: bool
    rel: Rel | None = None
    busy: bool = False
    looped: bool = False  # it is recursive


Env = Mapping[str, Cte]


@dataclass(slots=True)
class Reader:
    """One reading of a query. `query` reads a nested one: (tree, environment, enclosing scope). `named` reads a CTE."""

    tables: Mapping[str, State]
    whole: exp.Expr
    query: Callable[[Reader, exp.Expr, Env, Scope | None], Rel]
    named: Callable[[Reader, Cte], Rel]
    watch: bool = False  # also look for traps
    measures: Mapping[str, Mapping[str, Measure | None]] = field(default_factory=dict)  # of table columns
    finds_all: Callable[[LookupJoin], bool] = lambda _: False  # whether a link claims that each row has a partner
    once: frozenset[int] = frozenset()  # ids of nodes that are assumed to return at most one row
    steps: list[SqlStep] = field(default_factory=list)
    unjudged: dict[str, bool] = field(default_factory=dict)  # in words, and whether the query is wrong
    traps: list[Trap] = field(default_factory=list)
    any_rows: list[AnyRow] = field(default_factory=list)  # values of a row that no order decides
    doubts: list[Doubt] = field(default_factory=list)
    joins: list[NamedJoin] = field(default_factory=list)  # where traps are looked for
    lost: list[Missing] = field(default_factory=list)  # references that match no column, where traps are looked for
    within: dict[int, Rel] = field(default_factory=dict)  # subqueries that return a value, by the ids of their nodes
    members: dict[int, Doubt] = field(default_factory=dict)  # tests for members of lists with a NULL, by node
    of_parents: dict[str, str | None] = field(default_factory=dict)  # types of columns of joined tables
    cte: str | None = None
    _fresh: int = 0
    _mentioned: tuple[str, ...] | None = None

    def fresh(self) -> str:
        """A new id, which no column has."""
        self._fresh += 1
        return f"\1{self._fresh}"

    def type_at(self, home: str, column: str) -> str | None:
        """The type of a column of a table, or of a column of a parent as a filter of the table reads it."""
        return self.of_parents[column] if column in self.of_parents else self.tables[home].types.get(column)

    def note(self, words: str, *, wrong: bool = False) -> None:
        """Note a construct that cannot be analyzed. `wrong`: a sentence about SQL that PostgreSQL rejects."""
        if words:
            self.unjudged.setdefault(words, wrong)

    def doubt(self, kind: Doubted, node: exp.Expr | None, written: str = "", of: Iterable[str] = ()) -> None:
        """Record a doubtful part of the query. `written`: its words, where these are not the text of the node."""
        text = written or (one_line(node) if node is not None else "")
        self.doubts.append(Doubt(kind, text, self.cte, tuple(of), node=node))

    def step(
        self,
        kind: str,
        node: exp.Expr,
        said: str = "",
        *,
        of: tuple[exp.Expr, ...] = (),
        loses: bool = False,
        many: bool = False,
        claims: Claims = NONE,
    ) -> None:
        """Record an operator. `many`: it may return several rows for one."""
        hi = "many" if many else "one"
        self.steps.append(
            SqlStep(kind=kind, node=node, said=said, of=of, hi=hi, loses=loses, claims=claims, cte=self.cte)
        )

    def mentioned(self) -> tuple[str, ...]:
        """Every column name in the query. An unknown table may have any of them."""
        if self._mentioned is None:
            names = (folded(c.this) for c in columns_in(self.whole) if not isinstance(c.this, exp.Star))
            self._mentioned = tuple(dict.fromkeys(names))
        return self._mentioned
