"""What is known about a query: its state, its operators, and the parts that cannot be analyzed."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.prove.additivity import Law
from erd2dbt.prove.claims import Claim
from erd2dbt.prove.state import NONE, State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof.names import written
from erd2dbt.sqlproof.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlStep:
    """One operator, in the order of evaluation.

    `hi`: rows out per row in, "one" or "many". `loses`: rows may be dropped. `claims`: why a join matches at most one
    row. `cte`: the CTE that contains the step.
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
        """The step in a few words: `left join orders on customer_id`."""
        words = [self.said, ", ".join(written(tree) for tree in self.of)] if self.said else [self.sql]
        return " ".join(word for word in words if word)

    @property
    def placed(self) -> str:
        """The step's name in messages."""
        return f"`{self.text}`{f' (in `{self.cte}`)' if self.cte else ''}"

    @property
    def sql(self) -> str:
        """The part of the query that the step comes from, as PostgreSQL SQL."""
        return one_line(self.node).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The analysis of a query.

    `state` uses the names that the query returns, and is None where these are not known. `columns` has them in order.
    `wrong`: the sentences of `unjudged` about SQL that PostgreSQL rejects too.
    """

    state: State | None
    columns: tuple[str, ...]
    steps: tuple[SqlStep, ...]
    unjudged: tuple[str, ...]
    wrong: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """An aggregate that breaks a law of additivity, or branches that fan out against each other (E304, no law).

    `measure` is a column of `home`, whose rows are identified by `key`. `joins`: the joins that fan out. `along`: the
    time of a stock. `own`: the join looks up `home`, whose rows many rows share. `in_each`: each group has all rows of
    `home`. `presumed`: the measure is a rate by its form only. `shared`: it is a share, and nothing says that the
    shares of one `key` sum to one. `zeros`: the rows that repeat the measure show 0. `apart`: the columns in which the
    rows that repeat it differ.
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
    own: bool = False
    in_each: bool = False
    presumed: bool = False
    shared: bool = False
    zeros: bool = False
    apart: tuple[str, ...] = ()
    node: exp.Expr | None = field(default=None, compare=False)


class Undecided(enum.Enum):
    """What nothing decides: which of several rows is taken, the order of a list, or the value of a run."""

    ROW = enum.auto()
    LIST = enum.auto()
    RUN = enum.auto()


@dataclass(frozen=True, slots=True)
class AnyRow:
    """A value that nothing decides, as written. `ordered`: an order of its rows is given, but rows can tie in it."""

    written: str
    cte: str | None
    ordered: bool
    kind: Undecided = Undecided.ROW
    node: exp.Expr | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NamedPair:
    """Two columns that a query compares: their names in it, and the table columns that they show.

    `tied`: further columns that the two relations are compared by, or that a condition limits. `fixed`: the columns of
    each that have one value. `whole`: the compared columns identify a row of either.
    """

    names: tuple[str, str]
    shows: tuple[tuple[Shown, ...], tuple[Shown, ...]]
    tied: frozenset[Shown] = frozenset()
    fixed: tuple[frozenset[Shown], frozenset[Shown]] = (frozenset(), frozenset())
    whole: bool = False


@dataclass(frozen=True, slots=True)
class NamedJoin:
    """A join, or another comparison of rows, with the pairs of columns that it compares.

    `natural`: all columns of the same name. `keys`: not a join, so columns that identify nothing may well be compared.
    """

    text: str
    pairs: tuple[NamedPair, ...]
    natural: bool
    cte: str | None
    keys: bool = False
    node: exp.Expr | None = field(default=None, compare=False)


class Doubted(enum.Enum):
    """The kind of a doubtful part of a query."""

    SEVERAL_ROWS = enum.auto()  # a subquery where one value is needed
    ONE_LEVEL = enum.auto()  # the level of one thing stands for several
    NULL_IN_LIST = enum.auto()  # `not in` a list that may contain NULL
    COMPARED_WITH_NULL = enum.auto()  # `x = null`, which is never true


@dataclass(frozen=True, slots=True)
class Doubt:
    """A part of a query that fails or misleads, as written. `of`: the columns that it is about.

    `shows`: the table columns that each of them shows, or is computed from. `nulls`: why a formula may be NULL, which
    may be unknown (empty); None for a column that is shown unchanged.
    """

    kind: Doubted
    written: str
    cte: str | None
    of: tuple[str, ...] = ()
    shows: tuple[tuple[Shown, ...], ...] = ()
    node: exp.Expr | None = field(default=None, compare=False)
    nulls: tuple[str | None, ...] = ()
