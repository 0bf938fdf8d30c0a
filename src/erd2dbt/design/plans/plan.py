"""The plan of a model: its common table expressions as values, the steps, and the proof of its grain.

No step is a bare join: an input is looked up (many-to-one), grouped (pre-aggregated) or picked (row_number).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from erd2dbt.design.plans.sample_values import Value
from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, ModelSpec
from erd2dbt.faults.diagnostics import Span
from erd2dbt.prove.claims import Claim
from erd2dbt.prove.measure import Measure
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree


class Layer(enum.StrEnum):
    STAGING = "staging"
    INTERMEDIATE = "intermediate"
    MARTS = "marts"


@dataclass(frozen=True, slots=True)
class Origin:
    """The diagram's attribute whose value a column shows unchanged."""

    entity: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a relation. `type` is in PostgreSQL's spelling, None only where hand-written SQL hides it.

    `inherits`: the (relation, column) pairs that the value depends on; its description comes from them. `path`: the
    links from the relation's rows to the row with `origin`; empty for their own. `also`: of the grain of a union, the
    origin and the path of the column in the other sources.
    """

    name: str
    type: str | None
    origin: Origin | None = None
    path: tuple[str, ...] = ()
    also: tuple[tuple[Origin, tuple[str, ...]], ...] = ()
    inherits: tuple[tuple[str, str], ...] = ()
    said: Attribute | ColumnSpec | None = None
    plain: bool = False  # shows one other column unchanged
    made: str | None = None  # of hand-written SQL: its expression
    optional: bool = False  # of a model's plain column: NULL where a lookup matches nothing or its attribute is NULL
    null_by: str = ""  # of hand-written SQL: why it may be NULL
    measure: Measure | None = None  # of a model's column; None: one value per row, of no other kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A staged entity or a model, as a model can read it: by the diagram's name, with its proved state."""

    name: str
    model: str  # the dbt model
    layer: Layer
    grain: tuple[str, ...]
    fields: Mapping[str, Field]
    state: State
    span: Span
    root: str | None = None  # the entity whose grain values all occur here; None after rows are filtered
    open: bool = False  # whether there may be columns besides `fields`


@dataclass(frozen=True, slots=True)
class Item:
    """One column of a select list. `tree` is None for a plain column of the only input, with the name `name` there."""

    name: str
    tree: Tree | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """A left join that cannot fan out. `on`: pairs (left tree, right tree)."""

    cte: str
    alias: str
    on: tuple[tuple[Tree, Tree], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The columns on which an input is joined, and why. `links`: the diagram's links, in order.

    `on`: pairs of a column of the model's rows and one of the input, qualified where it belongs to another relation.
    `named`: the columns that match by name only. `said`: `match:` declares the join.
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
    """One select. `group`: how many leading items it groups by, None without aggregation.

    `labels`: items with the single value that a column has in each group.
    """

    items: tuple[Item, ...]
    source: str
    joins: tuple[Join, ...] = ()
    where: Tree | None = None
    group: int | None = None
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cte:
    """A named select. Several selects are combined by `union distinct`."""

    name: str
    selects: tuple[Select, ...]


class StepKind(enum.StrEnum):
    """The closed list of row operations. Each has one grain rule (grain calculus, section 1.2)."""

    FROM = "from"
    UNION = "union"
    GROUP = "group"
    LOOKUP = "lookup"
    PICK = "pick"
    DERIVE = "derive"
    SQL = "sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a proof: the operation, why it keeps or makes the grain, and the claims it depends on.

    `cte`: the CTE of the step, None where there is only one. `reads`: the relations that it reads. `by`: the columns
    that are unique after the step. Both are empty for hand-written SQL.
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
    """Why a model has one row per `grain`, which is not null. `claims`: all claims that this depends on."""

    grain: tuple[str, ...]
    steps: tuple[Step, ...]
    claims: frozenset[Claim]
    filled: frozenset[Claim] = frozenset()  # the claims among them that only state that a grain column is not null
    values: frozenset[Claim] = frozenset()  # claims that decide which value a column shows, never how many rows
    assumed: str | None = None

    @property
    def kind(self) -> str:
        """How the grain is proved.

        `structural`: by the SQL alone. `by claim`: if the claims are true. `assumed`: if the author is right. `open`:
        the key of the source is unknown.
        """
        if not self.grain:
            return "open"
        if self.assumed is not None:
            return "assumed"
        return "by claim" if self.claims - self.filled else "structural"


@dataclass(frozen=True, slots=True)
class Given:
    """The test rows of one input. A column that a row lacks is NULL.

    `types`: the columns that the model reads, where the rows must be SQL because dbt cannot make them from values.
    """

    relation: str
    rows: tuple[Mapping[str, Value], ...]
    types: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """Rows of each input, and the grain values that the model must return, each once."""

    given: tuple[Given, ...]
    expect: tuple[Mapping[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A planned model. `imports`: pairs (CTE name, relation). The last of `ctes` is the model's result."""

    relation: Relation
    spec: Entity | ModelSpec
    imports: tuple[tuple[str, str], ...]
    ctes: tuple[Cte, ...]
    proof: Proof
    sql: str | None = None  # hand-written
    reads: tuple[str, ...] = field(default=())  # relations read, in order of first use
    existing: bool = False  # an existing dbt model: it is read, not generated
    fixture: Fixture | None = None
    joined: tuple[Joined, ...] = ()
    untested: str | None = None  # why it has no fixture, where one is wanted
