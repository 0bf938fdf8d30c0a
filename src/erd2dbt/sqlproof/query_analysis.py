"""What is found out about a query: its state, the operators it is made of, and what cannot be analyzed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.prove.additivity import Law
from erd2dbt.prove.claims import Claim
from erd2dbt.prove.state import NONE, State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.names import written


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlStep:
    """One operator in the order of evaluation. `hi`: rows out per row in, "one" or "many"; `loses`: rows may vanish.

    `claims` are those by which a join meets at most one row; `cte` is the named select that the step stands in.
    """

    kind: str
    node: exp.Expr
    said: str = ""
    of: tuple[exp.Expr, ...] = ()
    hi: str = "one"
    loses: bool = False
    claims: frozenset[Claim] = NONE
    cte: str | None = None

    @property
    def text(self) -> str:
        """The step in a few words, such as `left join orders on customer_id`."""
        words = [self.said, ", ".join(written(tree) for tree in self.of)] if self.said else [self.sql]
        return " ".join(word for word in words if word)

    @property
    def placed(self) -> str:
        """The step as a message names it."""
        return f"`{self.text}`{f' (in `{self.cte}`)' if self.cte else ''}"

    @property
    def sql(self) -> str:
        """The part of the query that the step is, as PostgreSQL would read it."""
        return one_line(self.node).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`state` is under the names that the query returns (None where they are not known), `columns` these in order.

    `wrong`: those of `unjudged` that are sentences, of what PostgreSQL will refuse as well.
    """

    state: State | None
    columns: tuple[str, ...]
    steps: tuple[SqlStep, ...]
    unjudged: tuple[str, ...]
    wrong: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """An aggregate that breaks a law of additivity, or branches that multiply each other (E304, no law).

    `measure` is a column of `home`, whose rows are told apart by `key`; `joins` are those that fan out.
    `along`: the time of a stock; `in_each`: each group has all rows of `home`.
    """

    code: str
    aggregate: str
    measure: str
    home: str
    key: tuple[str, ...]
    joins: tuple[str, ...]
    cte: str | None = None
    law: Law | None = None
    along: tuple[str, ...] = ()
    in_each: bool = False
