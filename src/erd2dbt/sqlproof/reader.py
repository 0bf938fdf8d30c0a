"""What is gathered while a query is read: steps, what cannot be analyzed, joins and aggregates to check again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.prove.additivity import Measure
from erd2dbt.prove.state import NONE, Claims, State
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.query_analysis import SqlStep, Trap
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Missing, Scope


@dataclass(slots=True)
class Cte:
    """A named select that is read when it is first used; `env` is what it sees itself."""

    node: exp.CTE
    env: Env
    recursive: bool
    rel: Rel | None = None
    busy: bool = False
    looped: bool = False  # it reads itself


Env = Mapping[str, Cte]


@dataclass(slots=True)
class Reader:
    """One reading of a query. `query` reads a nested one: (tree, environment, enclosing scope); `named` a CTE."""

    tables: Mapping[str, State]
    whole: exp.Expr
    query: Callable[[Reader, exp.Expr, Env, Scope | None], Rel]
    named: Callable[[Reader, Cte], Rel]
    watch: bool = False  # look for traps as well
    measures: Mapping[str, Mapping[str, Measure | None]] = field(default_factory=dict)  # of the columns of tables
    once: frozenset[int] = frozenset()  # ids of nodes that are taken to give one row at most, in spite of what is known
    steps: list[SqlStep] = field(default_factory=list)
    unjudged: dict[str, bool] = field(default_factory=dict)  # in words; whether the query is wrong
    traps: list[Trap] = field(default_factory=list)
    lost: list[Missing] = field(default_factory=list)  # references that lead nowhere, where it watches
    cte: str | None = None
    _fresh: int = 0
    _mentioned: tuple[str, ...] | None = None

    def fresh(self) -> str:
        """An id that no column has."""
        self._fresh += 1
        return f"\1{self._fresh}"

    def note(self, words: str, *, wrong: bool = False) -> None:
        """Note what cannot be judged; `wrong`: a sentence that says what PostgreSQL will refuse."""
        if words:
            self.unjudged.setdefault(words, wrong)

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
        """Record an operator; `many` where it may give several rows for one."""
        hi = "many" if many else "one"
        self.steps.append(
            SqlStep(kind=kind, node=node, said=said, of=of, hi=hi, loses=loses, claims=claims, cte=self.cte)
        )

    def mentioned(self) -> tuple[str, ...]:
        """Every column name in the query: all that is known of a table that is not."""
        if self._mentioned is None:
            names = (folded(c.this) for c in columns_in(self.whole) if not isinstance(c.this, exp.Star))
            self._mentioned = tuple(dict.fromkeys(names))
        return self._mentioned
