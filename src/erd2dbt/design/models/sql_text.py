"""The SQL of a hand-written model, with what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from erd2dbt.design.columns.attributes import measures_of
from erd2dbt.design.joins.walks import World
from erd2dbt.design.models.attribute_origins import finds_all
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram.erd import Expression, ModelSpec
from erd2dbt.faults.diagnostics import Fix, Paste, Span
from erd2dbt.prove.state import State
from erd2dbt.sqlproof.dbttext import opened, places, plain
from erd2dbt.sqlproof.extents import extent
from erd2dbt.sqlproof.query import Watched, watched


@dataclass(frozen=True, slots=True)
class SqlText:
    """The SQL of one model: its text, its tree (None where only dbt can read it), and the relations it reads."""

    spec: ModelSpec
    sql: Expression
    query: exp.Query | None
    reads: Mapping[str, Relation]

    @property
    def states(self) -> dict[str, State]:
        """The state of each relation, with the types of its columns."""
        return {name: _typed(relation) for name, relation in self.reads.items()}

    def watched(self, world: World) -> Watched:
        """Its aggregates and the measures of its columns, from the measures of the columns it reads."""
        if self.query is None:
            return Watched((), {})
        entities = world.graph.entities
        measures = {name: measures_of(relation, entities.get(relation.name)) for name, relation in self.reads.items()}
        return watched(self.query, self.states, measures, lambda step: finds_all(step, self.reads, world))

    def place(self, node: exp.Expr | None) -> Span:
        """The place of a part of the query in the spec; that of the whole SQL where it is not known."""
        parsed = opened(plain(self.sql.text))
        found = extent(node, parsed) if node is not None else None
        known = places(self.sql.text) if found is not None else None
        if found is None or known is None or found[1] >= len(known):
            return self.sql.span
        return self.sql.place(known[found[0]][0], known[found[1]][1])

    @property
    def grain(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.spec.grain)

    @property
    def is_open(self) -> bool:
        """Whether a relation that it reads may have unknown columns."""
        return any(relation.open for relation in self.reads.values())


def _typed(relation: Relation) -> State:
    return replace(relation.state, types={f.name: f.type for f in relation.fields.values() if f.type})


def assuming(spec: ModelSpec, told: str = "assume the grain (this adds a test with severity error)") -> tuple[Fix, ...]:
    """The fix that assumes the grain of a model. `told`: what it does, where it is about something else."""
    text = "{reason: <why it holds>}"
    told = f"{told}:\nassume: {text}"
    return (Fix(told, Paste(("models", spec.name, "assume"), text)),)
