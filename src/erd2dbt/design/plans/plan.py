"""The plan of a model: its common table expressions as values, the steps that make them, and the proof of its grain.

No step is a bare join: an input is looked up (many-to-one), grouped (pre-aggregated) or picked (row_number).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from erd2dbt.design.plans.sample_values import Value
from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, ModelSpec
from erd2dbt.faults.diagnostics import Span
from erd2dbt.prove.additivity import Measure
from erd2dbt.prove.claims import Claim
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree


class Layer(enum.StrEnum):
    STAGING = "staging"
    INTERMEDIATE = "intermediate"
    MARTS = "marts"


@dataclass(frozen=True, slots=True)
class Origin:
    """The attribute of the diagram whose value a column shows unchanged."""

    entity: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a relation. `type` is PostgreSQL's own spelling, None only where hand-written SQL hides it.

    `inherits` are the (relation, column) pairs that the value is made of: where a description comes from.
    `path` are the links from the relation's rows to the row that shows `origin`; none where it is their own.
    """

    name: str
    type: str | None
    origin: Origin | None = None
    path: tuple[str, ...] = ()
    inherits: tuple[tuple[str, str], ...] = ()
    said: Attribute | ColumnSpec | None = None
    plain: bool = False  # shows one other column unchanged
    made: str | None = None  # of hand-written SQL: the expression that makes it
    optional: bool = False  # of a model's plain column: NULL where a lookup finds nothing or its attribute is NULL
    measure: Measure | None = None  # of a model's column; None: one value for each row, of no other kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What a model can read: a staged entity or a model, by the diagram's name, with what is proved of it."""

    name: str
    model: str  # the dbt model
    layer: Layer
    grain: tuple[str, ...]
    fields: Mapping[str, Field]
    state: State
    span: Span
    root: str | None = None  # the entity whose values of the grain all appear here; None once rows are filtered
    open: bool = False  # whether there may be columns that `fields` does not list


@dataclass(frozen=True, slots=True)
class Item:
    """One column of a select list. `tree` is None for a plain column of the only input, called `name` there."""

    name: str
    tree: Tree | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """A left join that cannot multiply rows: `on` pairs (left tree, right tree)."""

    cte: str
    alias: str
    on: tuple[tuple[Tree, Tree], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """By which columns an input is joined, and why: `links` are those of the diagram, in the order they are walked.

    `on` pairs a column of the model's rows with one of the input, qualified where it is of another relation.
    `named` are those columns that are only matched by their name; `said` where `match:` decides.
    """

    input: str
    on: tuple[tuple[str, str], ...]
    links: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    said: bool = False

    @property
    def text(self) -> str:
        """`order_items on order_id (order_items }o--|| orders)`."""
        on = ", ".join(a if a == b else f"{a} = {b}" for a, b in self.on)
        return f"{self.input} on {on} ({self.why})" if self.why else f"{self.input} on {on}"

    @property
    def why(self) -> str:
        """The links, `match:`, and the columns that only have the same name."""
        named = [f"{', '.join(self.named)}: same name, no link"] if self.named else []
        links = [", ".join(self.links)] if self.links else []
        said = ["by `match:` in the spec"] if self.said else []
        return "; ".join([*links, *said, *named])


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """One select; `group` is how many leading items it groups by, None when it does not aggregate. `labels`: items that
    show the one value that a column has in each group."""

    items: tuple[Item, ...]
    source: str
    joins: tuple[Join, ...] = ()
    where: Tree | None = None
    group: int | None = None
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cte:
    """A named select; several are joined by `union distinct`."""

    name: str
    selects: tuple[Select, ...]


class StepKind(enum.StrEnum):
    """The closed list of what may happen to rows; each has one grain rule (grain calculus, section 1.2)."""

    FROM = "from"
    UNION = "union"
    GROUP = "group"
    LOOKUP = "lookup"
    PICK = "pick"
    DERIVE = "derive"
    SQL = "sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a proof: what happened, why it keeps or makes the grain, and the claims that this depends on.

    `cte` is the CTE in which it happens, None where it is the only one. `reads` are the relations that it reads, `by`
    the columns of which each value is one row afterwards; both are empty for hand-written SQL.
    """

    kind: StepKind
    name: str
    because: str
    cte: str | None = None
    claims: frozenset[Claim] = frozenset()
    reads: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Why a model has one row per `grain`, and none for an empty value of it; `claims` are all that this depends on."""

    grain: tuple[str, ...]
    steps: tuple[Step, ...]
    claims: frozenset[Claim]
    filled: frozenset[Claim] = frozenset()  # those of them that say only that no value of the grain is empty
    values: frozenset[Claim] = frozenset()  # claims that decide which value a column shows, never how many rows
    assumed: str | None = None

    @property
    def kind(self) -> str:
        """`structural`: by the SQL alone; `by claim`: while the claims hold; `assumed`: if the author is right; `open`:
        of a source whose key is not known."""
        if not self.grain:
            return "open"
        if self.assumed is not None:
            return "assumed"
        return "by claim" if self.claims - self.filled else "structural"


@dataclass(frozen=True, slots=True)
class Given:
    """Made-up rows of one input; a column that a row lacks is NULL.

    `types`: the columns that the model reads, where the rows must be SQL: dbt cannot make them of values.
    """

    relation: str
    rows: tuple[Mapping[str, Value], ...]
    types: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """Rows of each input and the grain values that the model must give, once each."""

    given: tuple[Given, ...]
    expect: tuple[Mapping[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A model, decided. `imports` pairs (CTE name, relation); the last of `ctes` is what the model returns."""

    relation: Relation
    spec: Entity | ModelSpec
    imports: tuple[tuple[str, str], ...]
    ctes: tuple[Cte, ...]
    proof: Proof
    sql: str | None = None  # hand-written
    reads: tuple[str, ...] = field(default=())  # relations read, in order of first use
    existing: bool = False  # a dbt model of someone else: it is read, not generated
    fixture: Fixture | None = None
    joined: tuple[Joined, ...] = ()
    untested: str | None = None  # why there is no fixture, where one is wanted
